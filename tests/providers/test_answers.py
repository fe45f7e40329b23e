"""What a server that nobody here wrote answers, in the formats of OpenAI, Ollama, Anthropic and Gemini."""

from __future__ import annotations

import json

from aimock_server import Aimock
from model_conversations import completed, events_of, run, says, texts
from wires import Wire, opened

from llmspell.journal.entries import Usage
from llmspell.models.messages import Message, ToolCall, system, tool_answer
from llmspell.models.protocol import ModelRequest, ModelResponse, ModelSettings, ToolDefinition

HELLO = "Hello! How are you today, and what may I do for you?"
WEATHER = ToolDefinition(
    "get_weather", "The weather in a city.", {"type": "object", "properties": {"city": {"type": "string"}}}
)
TIME = ToolDefinition("get_time", "What time it is.", {"type": "object", "properties": {}})


def ask(wire: Wire, aimock: Aimock, test_id: str, *requests: ModelRequest) -> list[ModelResponse]:
    """What one model answers to requests that follow each other."""

    async def work() -> list[ModelResponse]:
        async with opened(wire, aimock.url, test_id) as model:
            return [await model.request(it) for it in requests]

    return run(work())


def called(calls: tuple[ToolCall, ...]) -> list[tuple[str, object]]:
    return [(it.name, dict(it.arguments)) for it in calls]


def test_a_text_is_answered(wire: Wire, aimock: Aimock, test_id: str) -> None:
    (response,) = ask(wire, aimock, test_id, says("say hello"))
    assert response.message.text == HELLO
    assert response.finish_reason == "stop"
    assert response.usage == Usage(11, 7)
    assert response.model == wire.model
    (sent,) = aimock.journal(test_id)
    assert sent["path"].startswith(wire.path)
    assert sent["body"]["model"] == wire.model


def test_a_text_is_streamed_in_pieces(wire: Wire, aimock: Aimock, test_id: str) -> None:
    async def work() -> None:
        async with opened(wire, aimock.url, test_id) as model:
            events = await events_of(model, says("say hello"))
        assert len(texts(events)) > 1
        assert "".join(texts(events)) == HELLO
        assert completed(events).message.text == HELLO
        assert completed(events).usage == Usage(11, 7)

    run(work())
    (sent,) = aimock.journal(test_id)
    assert sent["body"].get("stream") is True or "streamGenerateContent" in sent["path"]


def test_what_a_model_is_told_to_be_goes_in_the_role_of_the_system(wire: Wire, aimock: Aimock, test_id: str) -> None:
    pirate, nobody = ask(wire, aimock, test_id, says(system("You are a pirate"), "who are you?"), says("who are you?"))
    assert (pirate.message.text, nobody.message.text) == ("A pirate, me hearty.", "Nobody.")
    first, second = aimock.journal(test_id)
    assert [it["role"] for it in first["body"]["messages"]] == ["system", "user"]
    assert first["body"]["messages"][0]["content"] == "You are a pirate"
    assert [it["role"] for it in second["body"]["messages"]] == ["user"]


def test_a_tool_is_called_and_its_result_answered(wire: Wire, aimock: Aimock, test_id: str) -> None:
    asked = says("one call", tools=(WEATHER, TIME))
    (first,) = ask(wire, aimock, test_id, asked)
    assert called(first.message.tool_calls) == [("get_weather", {"city": "Oslo", "days": 2})]
    assert first.finish_reason == "tool_calls"
    assert first.usage == Usage(21, 9)
    (call,) = first.message.tool_calls
    result = tool_answer(call, "it rains")
    (second,) = ask(wire, aimock, test_id, says("one call", first.message, result, tools=(WEATHER, TIME)))
    assert second.message.text == "Take an umbrella to Oslo."

    offered, answered = (it["body"] for it in aimock.journal(test_id))
    assert [it["function"]["name"] for it in offered["tools"]] == ["get_weather", "get_time"]
    assert offered["tools"][0]["function"]["description"] == "The weather in a city."
    _, said, told = answered["messages"]
    assert [it["function"]["name"] for it in said["tool_calls"]] == ["get_weather"]
    assert json.loads(said["tool_calls"][0]["function"]["arguments"]) == {"city": "Oslo", "days": 2}
    assert told["role"] == "tool"
    assert told["tool_call_id"] == said["tool_calls"][0]["id"] == call.id
    assert "it rains" in told["content"]


def test_several_tools_are_called_at_once_and_answered_in_one_turn(wire: Wire, aimock: Aimock, test_id: str) -> None:
    tools = (WEATHER, TIME)
    expected = [("get_weather", {"city": "Oslo"}), ("get_weather", {"city": "Rome"}), ("get_time", {})]

    async def work() -> ModelResponse:
        async with opened(wire, aimock.url, test_id) as model:
            whole = (await model.request(says("several calls", tools=tools))).message
            piecewise = completed(await events_of(model, says("several calls", tools=tools))).message
            for message in (whole, piecewise):
                assert called(message.tool_calls) == expected
                assert message.text == "Let me look."
                assert len({it.id for it in message.tool_calls}) == 3
            results = [tool_answer(it, f"of {i}") for i, it in enumerate(piecewise.tool_calls)]
            return await model.request(says("several calls", piecewise, *results, tools=tools))

    assert run(work()).message.text == "Rain in Oslo, sun in Rome, and it is noon."
    told = [it for it in aimock.journal(test_id)[-1]["body"]["messages"] if it["role"] == "tool"]
    assert len(told) == 3
    assert all(f"of {i}" in it["content"] for i, it in enumerate(told))


def test_settings_are_sent(wire: Wire, aimock: Aimock, test_id: str) -> None:
    ask(wire, aimock, test_id, says("say hello", settings=ModelSettings(temperature=0.25, max_tokens=77)))
    body = aimock.journal(test_id)[0]["body"]
    assert body["temperature"] == 0.25
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 77


def test_an_answer_that_was_cut_short_says_so(wire: Wire, aimock: Aimock, test_id: str) -> None:
    (response,) = ask(wire, aimock, test_id, says("cut short"))
    assert (response.message.text, response.finish_reason) == ("This is all that", "length")


def test_thoughts_are_shown_and_go_into_the_next_turn(wire: Wire, aimock: Aimock, test_id: str) -> None:
    (first,) = ask(wire, aimock, test_id, says("think first"))
    assert first.message.reasoning == "Six times seven is what is asked."
    assert first.message.text == "It is 42."
    (second,) = ask(wire, aimock, test_id, says("think first", first.message, "and then?"))
    assert second.message.text == "Nothing more."
    said = aimock.journal(test_id)[-1]["body"]["messages"][1]
    assert (said["role"], said["content"]) == ("assistant", "It is 42.")


def test_an_answer_that_must_keep_a_schema_is_asked_for(wire: Wire, aimock: Aimock, test_id: str) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    (response,) = ask(wire, aimock, test_id, says("a city in JSON", schema=schema))
    assert json.loads(response.message.text) == {"city": "Oslo"}


def test_a_conversation_of_another_provider_can_be_carried_on(wire: Wire, aimock: Aimock, test_id: str) -> None:
    call = ToolCall("call_of_another", "get_weather", {"city": "Oslo", "days": 2})
    elsewhere = Message(
        "assistant",
        (),
        (call,),
        reasoning="hm",
        opaque={"somebody": {"signature": "x"}, "chat_completions": {"provider": "z"}},
    )
    result = tool_answer(call, "it rains")
    (response,) = ask(wire, aimock, test_id, says("one call", elsewhere, result, tools=(WEATHER,)))
    assert response.message.text == "Take an umbrella to Oslo."
    assert "signature" not in json.dumps(aimock.journal(test_id)[0]["body"])
