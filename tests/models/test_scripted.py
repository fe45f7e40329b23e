"""The scripted model: which turn answers, and with what."""

from __future__ import annotations

import asyncio
import json

import pytest
from model_conversations import ask, completed, run, says, streamed, texts

from llmspell.errors import BadArgument, ConfigError, MalformedAnswer, ProviderError
from llmspell.journal.entries import Usage
from llmspell.models.messages import Media, ToolCall, assistant, system, tool_answer, user
from llmspell.models.protocol import Capabilities, ModelRequest, ModelSettings, ReasoningDelta, ToolDefinition
from llmspell.models.scripted import ScriptedModel

CALCULATOR = ToolDefinition("calculator", "", {"type": "object"})
CALL = ToolCall("call_1_1", "calculator", {"input": "6 * 7"})


def answers(model: ScriptedModel, *inputs: str) -> list[str]:
    return [ask(model, it).message.text for it in inputs]


def test_turns_answer_one_after_the_other() -> None:
    model = ScriptedModel(["one", {"text": "two"}], "x")
    assert answers(model, "a", "a") == ["one", "two"]
    assert (model.provider, model.name) == ("scripted", "x")


def test_two_models_of_one_script_do_not_know_of_each_other() -> None:
    turns = ["one", "two"]
    assert answers(ScriptedModel(turns, "x"), "a") == answers(ScriptedModel(turns, "x"), "a") == ["one"]


def test_an_answer_is_cut_where_it_may_have_no_more_tokens_as_every_provider_cuts_it() -> None:
    two = ModelSettings(max_tokens=2)
    response = ask(ScriptedModel(["one two three four"], "x"), "go on", settings=two)
    assert (response.message.text, response.finish_reason) == ("one two", "length")
    assert response.usage.output_tokens == 2
    whole = ask(ScriptedModel(["one two"], "x"), "go on", settings=two)
    assert (whole.message.text, whole.finish_reason) == ("one two", "stop")


def test_running_out_of_turns_says_which_was_missing_and_what_was_asked() -> None:
    model = ScriptedModel(["one", {"when": "weather in *", "text": "sunny"}], "trip")
    assert answers(model, "hello", "Weather in Oslo") == ["one", "sunny"]
    with pytest.raises(ProviderError) as raised:
        ask(model, "and tomorrow?")
    assert raised.value.message == (
        'scripted/trip has no turn for request 3: its 1 turn has answered; a person has said "and tomorrow?"'
    )
    assert raised.value.hint == 'turn 2 wants the input to contain "weather in *"; add a turn or a default'
    assert raised.value.details["retryable"] is False
    assert raised.value.details["request"] == 3


def test_a_long_last_message_is_cut_in_the_error_and_a_tool_is_named() -> None:
    with pytest.raises(ProviderError, match='the tool calculator has said "x{119}…"'):
        ask(ScriptedModel([{"when": "no", "text": ""}], "x"), "a", tool_answer(CALL, "x" * 500))


def test_a_turn_with_a_when_comes_before_those_that_wait() -> None:
    model = ScriptedModel(["waits", {"when": "weather", "text": "sunny"}], "x")
    assert answers(model, "the weather?", "what?", "Weather!") == ["sunny", "waits", "sunny"]


def test_the_first_turn_that_fits_answers() -> None:
    model = ScriptedModel([{"when": "oslo", "text": "rain"}, {"when": "weather", "text": "sun"}], "x")
    assert answers(model, "weather in Oslo", "weather in Rome") == ["rain", "sun"]


def test_stars_stand_for_what_is_between() -> None:
    model = ScriptedModel([{"when": "from * to *.", "text": "{{2}} after {{1}}{{3}}"}], "x")
    assert answers(model, "Fly from New York to İzmir. Now.") == ["İzmir after New York"]


def test_one_of_several_patterns_is_enough() -> None:
    model = ScriptedModel([{"when": ["hi *", "hello *"], "text": "{{1}}"}, {"when": "*", "text": "?"}], "x")
    assert answers(model, "hello you", "oh hi me", "bye") == ["you", "me", "?"]


def test_a_turn_for_an_input_does_not_answer_the_result_of_its_own_tool() -> None:
    turns = [
        {"when": "6 * 7", "tool": "calculator", "arguments": {"input": "6 * 7"}},
        {"when": {"after_tool": "calculator"}, "text": "It is {{last_tool_result}}."},
    ]
    model = ScriptedModel(turns, "x")
    first = ask(model, "what is 6 * 7?")
    assert first.message.tool_calls == (CALL,)
    assert first.finish_reason == "tool_calls"
    assert ask(model, "what is 6 * 7?", first.message, tool_answer(CALL, "42")).message.text == "It is 42."


@pytest.mark.parametrize(
    ("when", "fits", "does_not"),
    [
        ({"system": "critic"}, says(system("You are a Critic"), "x"), says(system("You write"), "x")),
        ({"said": "oslo"}, says("Oslo", assistant("?"), "go on"), says("Rome", assistant("Oslo?"), "go on")),
        ({"schema": True}, says("x", schema={"type": "object"}), says("x")),
        ({"schema": False}, says("x"), says("x", schema={"type": "object"})),
        ({"offers": "calculator"}, says("x", tools=(CALCULATOR,)), says("x")),
        ({"turn": 2}, says("x", assistant("y"), "z"), says("x")),
        ({"after_tool": True}, says("x", tool_answer(CALL, "1")), says("x", tool_answer(CALL, "1"), "y")),
        ({"after_tool": False}, says("x"), says("x", tool_answer(CALL, "1"))),
        ({"after_tool": "calculator"}, says("x", tool_answer(CALL, "1")), says("x")),
        ({"tool_result": "zero"}, says("x", tool_answer(CALL, "by Zero")), says("x", tool_answer(CALL, "1"))),
        ({"tool_result": "4"}, says("x", tool_answer(CALL, "4")), says("x", tool_answer(CALL, "4"), "y")),
        ({"input": "x", "after_tool": True}, says("x", tool_answer(CALL, "1")), says("x")),
    ],
)
def test_each_condition_holds_or_does_not(when: dict[str, object], fits: ModelRequest, does_not: ModelRequest) -> None:
    model = ScriptedModel({"turns": [{"when": when, "text": "yes"}], "default": "no"}, "x")
    assert run(model.request(fits)).message.text == "yes"
    assert run(model.request(does_not)).message.text == "no"


def test_a_name_after_a_hash_is_a_variant() -> None:
    turns = [{"when": {"variant": "critic"}, "text": "bad"}, {"when": {"variant": "writer"}, "text": "{{variant}}"}]
    assert answers(ScriptedModel(turns, "team#critic"), "a") == ["bad"]
    assert answers(ScriptedModel(turns, "team#writer"), "a") == ["writer"]


def test_times_bounds_how_often_a_turn_answers() -> None:
    failing_once = {"when": "flaky", "times": 1, "error": {"status": 429, "retry_after_s": 2}}
    model = ScriptedModel([failing_once, {"when": "flaky", "text": "done"}, {"text": "twice", "times": 2}], "x")
    with pytest.raises(ProviderError) as raised:
        ask(model, "flaky")
    assert raised.value.message == "scripted/x failed (429): too many requests"
    assert raised.value.details == {
        "provider": "scripted",
        "model": "x",
        "kind": "rate_limited",
        "retryable": True,
        "attempts": 1,
        "status": 429,
        "retry_after_s": 2.0,
    }
    assert answers(model, "flaky", "flaky", "else", "else") == ["done", "done", "twice", "twice"]


@pytest.mark.parametrize(("repeat", "given"), [("last", ["a", "b", "b", "b", "b"]), ("all", ["a", "b", "a", "b", "a"])])
def test_a_script_may_repeat_its_last_turn_or_all_of_them(repeat: str, given: list[str]) -> None:
    model = ScriptedModel({"repeat": repeat, "turns": ["a", "b"]}, "x")
    assert answers(model, *"12345") == given


def test_the_default_answers_what_no_turn_does_without_being_used_up() -> None:
    model = ScriptedModel({"turns": ["a"], "default": {"text": "request {{n}}"}}, "x")
    assert answers(model, *"123") == ["a", "request 2", "request 3"]


def test_many_requests_at_once_get_each_their_own_answer() -> None:
    turns = [
        {"when": {"input": "city *", "after_tool": True}, "text": "{{1}}: {{last_tool_result}}"},
        {"when": "city *", "delay_ms": 1, "tool": "weather", "arguments": {"city": "{{1}}"}},
    ]
    model = ScriptedModel(turns, "x")

    async def travel(city: str) -> str:
        asked = user(f"city {city}")
        first = await model.request(says(asked))
        (call,) = first.message.tool_calls
        answer = tool_answer(call, f"sun in {call.arguments['city']}")
        return (await model.request(says(asked, first.message, answer))).message.text

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(travel(str(i)) for i in range(50)))

    assert run(all_of_them()) == [f"{i}: sun in {i}" for i in range(50)]


def test_names_in_texts_are_filled_in() -> None:
    turn = {"text": "{{ input }}|{{said}}|{{system}}|{{tool_results}}|{{n}}|{{turn}}|\\{{input}}|{ {x} }|{{1}}"}
    request = says(system("s"), "a", assistant("b"), "c", tool_answer(CALL, "1"), tool_answer(CALL, "2"))
    assert run(ScriptedModel([turn], "x").request(request)).message.text == "c|a\nc|s|1\n2|1|2|{{input}}|{ {x} }|"


def test_names_are_filled_in_at_any_depth_and_only_once() -> None:
    turn = {"data": {"who": ["{{input}}", {"said": "{{n}}"}]}, "tool": "t", "arguments": {"a": "{{input}}"}}
    message = ask(ScriptedModel([turn], "x"), '{{n}} "quoted"').message
    assert json.loads(message.text) == {"who": ['{{n}} "quoted"', {"said": "1"}]}
    assert message.tool_calls[0].arguments == {"a": '{{n}} "quoted"'}


def test_an_answer_that_would_fill_the_memory_is_refused() -> None:
    model = ScriptedModel(["{{input}}" * 1000, "{{input}}" * 1000], "x")
    assert len(ask(model, "x" * 1000).message.text) == 1_000_000
    with pytest.raises(BadArgument, match="more than 16777216 characters"):
        ask(model, "x" * 100_000)


def test_several_calls_have_names_that_depend_on_the_conversation_only() -> None:
    turns = [{"calls": ["a", {"tool": "b", "id": "mine"}, {"tool": "c", "raw": "{not json"}], "times": 2}]
    model = ScriptedModel(turns, "x")
    for _ in range(2):
        calls = ask(model, "x", assistant("y"), "z").message.tool_calls
        assert [(it.id, it.name) for it in calls] == [("call_2_1", "a"), ("mine", "b"), ("call_2_3", "c")]
        assert [it.is_malformed for it in calls] == [False, False, True]


def test_raw_arguments_may_be_anything() -> None:
    (call,) = ask(ScriptedModel([{"tool": "t", "raw": "[" * 30_000}], "x"), "go").message.tool_calls
    assert call.is_malformed and call.raw == "[" * 30_000


def test_raw_arguments_that_are_an_object_are_read() -> None:
    turn = {"tool": "t", "raw": '{"a": 1}'}
    assert ask(ScriptedModel([turn], "x"), "x").message.tool_calls[0] == ToolCall("call_1_1", "t", {"a": 1}, '{"a": 1}')


def test_a_stream_goes_by_words_by_size_or_as_it_is_written() -> None:
    def pieces(turn: object) -> list[str]:
        return texts(streamed(ScriptedModel([turn], "x"), "a"))

    assert pieces({"text": "one two"}) == ["one", " two"]
    assert pieces({"text": "one two", "chunk_size": 3}) == ["one", " tw", "o"]
    assert pieces({"chunks": ["o", "ne {{input}}", "", "!"]}) == ["o", "ne a", "!"]
    assert ask(ScriptedModel([{"chunks": ["a", "b"]}], "x"), "a").message.text == "ab"


def test_reasoning_comes_before_the_text_and_is_kept() -> None:
    events = streamed(ScriptedModel([{"reasoning": "think hard", "text": "42"}], "x"), "a")
    assert events[:2] == [ReasoningDelta("think"), ReasoningDelta(" hard")]
    assert completed(events).message.reasoning == "think hard"
    assert texts(events) == ["42"]


def test_an_error_after_a_text_breaks_the_stream_off() -> None:
    turn = {"text": "one two", "error": {}}
    model = ScriptedModel([turn, turn], "x")
    seen = []

    async def read() -> None:
        async for event in model.stream(says("a")):
            seen.append(event)

    with pytest.raises(ProviderError) as raised:
        run(read())
    assert texts(seen) == ["one", " two"]
    assert raised.value.details["kind"] == "interrupted"
    with pytest.raises(ProviderError, match="the answer broke off"):
        ask(model, "a")


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (401, "authentication", False),
        (503, "overloaded", True),
        (500, "server", True),
        (418, "bad_request", False),
        ("connection", "connection", True),
        ({"status": 400, "kind": "context_length"}, "context_length", False),
        ({"kind": "other", "retryable": True}, "other", True),
    ],
)
def test_an_error_has_the_kind_of_its_status_or_the_one_that_is_given(
    error: object, kind: str, retryable: bool
) -> None:
    with pytest.raises(ProviderError) as raised:
        ask(ScriptedModel([{"error": error}], "x"), "a")
    assert (raised.value.details["kind"], raised.value.details["retryable"]) == (kind, retryable)


def test_an_error_says_what_it_is_told_to() -> None:
    error = {"message": "no {{input}} today", "request_id": "req_7", "status": 400}
    with pytest.raises(ProviderError, match=r"failed \(400\): no fish today") as raised:
        ask(ScriptedModel([{"error": error}], "x"), "fish")
    assert raised.value.details["request_id"] == "req_7"


def test_a_malformed_answer_names_its_field() -> None:
    with pytest.raises(MalformedAnswer, match="scripted/x: the answer has no choices") as raised:
        ask(ScriptedModel([{"error": {"malformed": "choices"}}], "x"), "a")
    assert raised.value.details["field"] == "choices"


def test_usage_is_counted_in_words_unless_it_is_given() -> None:
    given = {"text": "a b", "usage": {"input_tokens": 100, "output_tokens": 7, "cached_tokens": 90}, "cost_usd": 0.5}
    model = ScriptedModel(["a b c", given], "x")
    assert ask(model, system("be short"), "one two three").usage == Usage(5, 3)
    second = ask(model, "one")
    assert (second.usage, second.cost_usd) == (Usage(100, 7, 90), 0.5)


def test_what_else_a_provider_may_say_is_said() -> None:
    turn = {
        "text": "a",
        "finish_reason": "length",
        "citations": ["https://a.test", {"title": "A book"}],
        "model": "x-2026",
        "request_id": "req_1",
        "opaque": {"signature": "abc"},
    }
    response = ask(ScriptedModel([turn], "x"), "a")
    assert response.finish_reason == "length"
    assert response.citations == ({"url": "https://a.test"}, {"title": "A book"})
    assert (response.model, response.request_id) == ("x-2026", "req_1")
    assert response.message.opaque == {"scripted": {"signature": "abc"}}


def test_it_refuses_what_it_says_it_cannot() -> None:
    can_all = ScriptedModel(["a", "b"], "x")
    assert can_all.capabilities == Capabilities()
    assert ask(can_all, "a", tools=(CALCULATOR,)).message.text == "a"
    assert ask(can_all, user(Media("image", "image/png", b"1"))).message.text == "b"
    model = ScriptedModel({"tools": False, "schema": False, "media": ["audio"], "turns": ["a"]}, "x")
    assert model.capabilities == Capabilities(tools=False, schema=False, media=("audio",))
    with pytest.raises(BadArgument, match="scripted/x has tools = false, and was offered calculator"):
        ask(model, "a", tools=(CALCULATOR,))
    with pytest.raises(BadArgument, match="does not take media of the kind image"):
        ask(model, user(Media("image", "image/png", b"1")))
    assert ask(model, user(Media("audio", "audio/wav", b"1"))).message.text == "a"


def test_a_delay_ends_when_the_request_is_cancelled() -> None:
    model = ScriptedModel({"delay_ms": 3_600_000, "turns": ["never", "never", {"text": "now", "delay_ms": 0}]}, "x")

    async def give_up() -> None:
        for work in (model.request(says("a")), anext(aiter(model.stream(says("a"))))):
            task = asyncio.ensure_future(work)
            await asyncio.sleep(0)  # it waits now
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(give_up())
    assert answers(model, "a") == ["now"]


def test_pieces_wait_for_each_other_and_a_whole_answer_does_not() -> None:
    model = ScriptedModel({"chunk_delay_ms": 3_600_000, "turns": ["a b", "a b", "a"]}, "x")
    assert ask(model, "a").message.text == "a b"

    async def read_one() -> None:
        stream = model.stream(says("a"))
        assert texts([await anext(stream)]) == ["a"]
        task = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(read_one())
    assert texts(streamed(model, "a")) == ["a"]


def test_plain_data_that_is_no_script_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="scripted/x: turn 2 has an unknown key txt"):
        ScriptedModel(["a", {"txt": "b"}], "x")


def test_what_the_next_turn_costs_is_foreseen_and_no_turn_is_used_up_by_it() -> None:
    turns = [
        {"error": 503},
        {"text": "dear", "cost_usd": 0.5},
        {"when": "cheap", "text": "cheap", "cost_usd": 0.125},
        "free",
    ]
    model = ScriptedModel(turns, "x")
    assert [model.foreseen_usd(says(it)) for it in ("a", "a", "cheap")] == [0.5, 0.5, 0.125]
    with pytest.raises(ProviderError):
        ask(model, "a")
    assert answers(model, "a") == ["dear"]
    assert model.foreseen_usd(says("a")) == 0 and answers(model, "a") == ["free"]
    assert model.foreseen_usd(says("a")) == 0  # there is none
    assert ScriptedModel({"turns": [{"error": 503}], "repeat": "last"}, "x").foreseen_usd(says("a")) == 0
