"""The contract of `models.protocol.Model`: what each implementation keeps, whoever answers."""

from __future__ import annotations

import asyncio
import json

import pytest
from implementations import Implementation
from model_conversations import completed, events_of, run, says, texts

from llmspell.errors import MalformedAnswer, ProviderError
from llmspell.journal.entries import Usage
from llmspell.models.messages import Message, from_value, system, to_value, tool_answer
from llmspell.models.protocol import (
    Completed,
    ModelEvent,
    ModelRequest,
    ModelResponse,
    ReasoningDelta,
    TextDelta,
    ToolDefinition,
)

TOOLS = (
    ToolDefinition(
        "get_weather",
        "The weather in a city.",
        {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
    ),
    ToolDefinition("get_time", "What time it is.", {"type": "object", "properties": {}}),
)
ANSWERS = {
    "say hello": "Hello! How are you today, and what may I do for you?",
    "one call": "",
    "several calls": "Let me look.",
    "think first": "It is 42.",
    "cut short": "This is all that",
}
REFUSALS = {
    "hurry always": {"kind": "rate_limited", "retryable": True, "status": 429, "retry_after_s": 7.0},
    "break always": {"kind": "server", "retryable": True, "status": 500},
    "wrong key": {"kind": "authentication", "retryable": False, "status": 401},
}


def asking(said: str, *more: Message) -> ModelRequest:
    return says(said, *more, tools=TOOLS if "call" in said else ())


def whole(able: Implementation, *requests: ModelRequest) -> list[ModelResponse]:
    """What a new model answers to requests that follow each other."""

    async def work() -> list[ModelResponse]:
        async with able.open() as model:
            return [await model.request(it) for it in requests]

    return run(work())


def piecewise(able: Implementation, request: ModelRequest) -> list[ModelEvent]:
    """All events of a streamed answer of a new model."""

    async def work() -> list[ModelEvent]:
        async with able.open() as model:
            return await events_of(model, request)

    return run(work())


def without_ids(message: Message) -> list[object]:
    """What must be the same in two answers to the same request; ids need not be."""
    return [message.role, message.text, message.reasoning, [(it.name, dict(it.arguments)) for it in message.tool_calls]]


def test_it_says_who_it_is(any_model: Implementation) -> None:
    async def work() -> None:
        async with any_model.open() as model:
            assert (model.provider, model.name) == (any_model.provider, any_model.name)
            assert set(model.capabilities.media) <= {"image", "audio", "document"}

    run(work())


@pytest.mark.parametrize("said", ANSWERS)
def test_the_answer_is_there_whole(able: Implementation, said: str) -> None:
    (response,) = whole(able, asking(said))
    assert response.message.role == "assistant"
    assert response.message.text == ANSWERS[said]
    assert response.model


@pytest.mark.parametrize("said", ANSWERS)
def test_a_stream_has_one_end_and_its_pieces_are_the_answer(any_model: Implementation, said: str) -> None:
    events = piecewise(any_model, asking(said))
    assert [it for it in events if isinstance(it, Completed)] == events[-1:]
    response = completed(events)
    assert "".join(texts(events)) == response.message.text
    assert "".join(it.text for it in events if isinstance(it, ReasoningDelta)) == response.message.reasoning
    assert all(it.text for it in events if isinstance(it, TextDelta | ReasoningDelta))


@pytest.mark.parametrize("said", ANSWERS)
def test_whole_and_streamed_answers_agree(any_model: Implementation, said: str) -> None:
    (response,) = whole(any_model, asking(said))
    streamed = completed(piecewise(any_model, asking(said)))
    assert without_ids(streamed.message) == without_ids(response.message)
    assert streamed.finish_reason == response.finish_reason
    assert streamed.model == response.model


@pytest.mark.parametrize("said", ["say hello", "one call"])
def test_usage_is_what_the_provider_says(able: Implementation, said: str) -> None:
    expected = {"say hello": Usage(11, 7), "one call": Usage(21, 9)}[said]
    (response,) = whole(able, asking(said))
    assert response.usage == expected
    assert completed(piecewise(able, asking(said))).usage == expected


@pytest.mark.parametrize(
    ("said", "reason"),
    [("say hello", "stop"), ("one call", "tool_calls"), ("several calls", "tool_calls"), ("cut short", "length")],
)
def test_the_reason_to_end_is_said(able: Implementation, said: str, reason: str) -> None:
    (response,) = whole(able, asking(said))
    assert response.finish_reason == reason


def test_a_tool_call_and_its_answer_are_one_conversation(able: Implementation) -> None:
    (first,) = whole(able, asking("one call"))
    (call,) = first.message.tool_calls
    assert (call.name, dict(call.arguments)) == ("get_weather", {"city": "Oslo", "days": 2})
    assert call.id
    assert not call.is_malformed
    (second,) = whole(able, asking("one call", first.message, tool_answer(call, "it rains")))
    assert second.message.text == "Take an umbrella to Oslo."
    assert second.message.tool_calls == ()


def test_several_tool_calls_come_in_their_order_each_with_a_name_of_its_own(able: Implementation) -> None:
    (first,) = whole(able, asking("several calls"))
    calls = first.message.tool_calls
    assert [(it.name, dict(it.arguments)) for it in calls] == [
        ("get_weather", {"city": "Oslo"}),
        ("get_weather", {"city": "Rome"}),
        ("get_time", {}),
    ]
    assert len({it.id for it in calls}) == 3
    results = [tool_answer(it, f"of {it.id}", is_error=it.name == "get_time") for it in calls]
    (second,) = whole(able, asking("several calls", first.message, *results))
    assert second.message.text == "Rain in Oslo, sun in Rome, and it is noon."


def test_what_is_streamed_can_be_carried_on_as_well(able: Implementation) -> None:
    first = completed(piecewise(able, asking("one call"))).message
    result = tool_answer(first.tool_calls[0], "it rains")
    last = completed(piecewise(able, asking("one call", first, result)))
    assert last.message.text == "Take an umbrella to Oslo."


def test_the_system_prompt_is_heard(able: Implementation) -> None:
    pirate, nobody = whole(able, says(system("You are a pirate"), "who are you?"), says("who are you?"))
    assert pirate.message.text == "A pirate, me hearty."
    assert nobody.message.text == "Nobody."


@pytest.mark.parametrize("said", ANSWERS)
def test_an_answer_survives_as_plain_data_and_is_carried_on(able: Implementation, said: str) -> None:
    for message in (whole(able, asking(said))[0].message, completed(piecewise(able, asking(said))).message):
        kept = from_value(json.loads(json.dumps(to_value(message))))
        assert kept == message
        if said == "think first":
            assert kept.reasoning
            assert kept.opaque  # what a provider wants to see again
            (second,) = whole(able, says(said, kept, "and then?"))
            assert second.message.text == "Nothing more."


def test_several_requests_at_once_get_each_their_own_answer(any_model: Implementation) -> None:
    said = [*ANSWERS, *ANSWERS]

    async def work() -> tuple[list[ModelResponse], list[list[ModelEvent]]]:
        async with any_model.open() as model:
            answers = asyncio.gather(*(model.request(asking(it)) for it in said))
            streams = asyncio.gather(*(events_of(model, asking(it)) for it in said))
            return list(await answers), list(await streams)

    answers, streams = run(work())
    for i, it in enumerate(said):
        expected = it if any_model.provider == "echo" else ANSWERS[it]
        assert answers[i].message.text == expected
        assert completed(streams[i]).message.text == expected


@pytest.mark.parametrize("n_steps", [0, 1, 3, 30])
def test_cancelling_ends_a_request_at_once_and_the_model_can_be_asked_again(able: Implementation, n_steps: int) -> None:
    async def work() -> str:
        async with able.open() as model:
            await model.request(asking("say hello"))  # whatever is made once is made now
            task = asyncio.ensure_future(model.request(says("never answer")))
            for _ in range(n_steps):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return (await model.request(asking("say hello"))).message.text

    assert run(work()) == ANSWERS["say hello"]


def test_closing_a_stream_ends_the_request_at_once_and_the_model_can_be_asked_again(able: Implementation) -> None:
    async def work() -> str:
        async with able.open() as model:
            stream = model.stream(says("begin and hang"))
            first = await anext(stream)
            assert isinstance(first, TextDelta)
            assert first.text.startswith("These words come")
            await stream.aclose()
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
            return (await model.request(asking("say hello"))).message.text

    assert run(work()) == ANSWERS["say hello"]


def test_cancelling_whoever_reads_ends_a_stream_at_once(able: Implementation) -> None:
    async def work() -> None:
        async with able.open() as model:
            begun = asyncio.Event()

            async def read() -> None:
                async for _ in model.stream(says("begin and hang")):
                    begun.set()

            task = asyncio.ensure_future(read())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(work())


@pytest.mark.parametrize("said", REFUSALS)
def test_a_refusal_says_who_refused_what_and_whether_to_try_again(able: Implementation, said: str) -> None:
    async def work() -> list[ProviderError]:
        found = []
        async with able.open() as model:
            for asked in (model.request(asking(said)), events_of(model, asking(said))):
                with pytest.raises(ProviderError) as raised:
                    await asked
                found.append(raised.value)
        return found

    expected = {"provider": able.provider, "model": able.name, "attempts": 1, **REFUSALS[said]}
    for error in run(work()):
        assert {key: error.details.get(key) for key in expected} == expected
        assert error.details["request_id"]
        assert f"{able.provider}/{able.name}" in error.message


def test_a_stream_that_breaks_off_has_no_end(able: Implementation) -> None:
    seen: list[ModelEvent] = []

    async def work() -> None:
        async with able.open() as model:
            async for event in model.stream(says("stop halfway")):
                seen.append(event)

    with pytest.raises(ProviderError) as raised:
        run(work())
    assert (raised.value.details["kind"], raised.value.details["retryable"]) == ("interrupted", True)
    assert "".join(texts(seen)).startswith("These words arrive")
    assert not any(isinstance(it, Completed) for it in seen)


def test_an_answer_that_makes_no_sense_is_malformed(able: Implementation) -> None:
    with pytest.raises(MalformedAnswer) as raised:
        whole(able, says("make no sense"))
    assert raised.value.details["retryable"] is False
    assert "field" in raised.value.details


def test_it_can_be_closed_before_it_is_used_and_twice(any_model: Implementation) -> None:
    async def work() -> str:
        async with any_model.open() as unused:
            await unused.aclose()
        async with any_model.open() as model:
            answer = await model.request(asking("say hello"))
            await model.aclose()
            await model.aclose()
            return answer.message.text

    assert run(work())


def test_nothing_is_asked_before_a_stream_is_read(any_model: Implementation) -> None:
    async def work() -> None:
        async with any_model.open() as model:
            model.stream(says("never answer"))  # nobody reads it, and nothing complains

    run(work())
