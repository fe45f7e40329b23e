"""What is sent to a model in the chat-completions format."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from llmspell.errors import BadArgument
from llmspell.models.messages import (
    Media,
    Message,
    Text,
    ToolCall,
    assistant,
    from_value,
    system,
    to_value,
    tool_answer,
    user,
)
from llmspell.models.openai_format import write_request
from llmspell.models.protocol import Capabilities, ModelRequest, ModelSettings, ToolDefinition
from llmspell.models.provider_config import ProviderConfig

CONFIG = ProviderConfig("local", "chat_completions", "http://127.0.0.1:1/v1")
DEEPSEEK = ProviderConfig("deepseek", "chat_completions", "https://api.deepseek.com/v1")
ADD = ToolDefinition("add", "Adds", {"type": "object", "properties": {"a": {"type": "number"}}})
NOW = ToolDefinition("now", "Tells the time", {})
CALL = ToolCall("call_1", "add", {"a": 1}, '{"a": 1}')
CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


def sent(*messages: Message, config: ProviderConfig = CONFIG, stream: bool = False, **fields: Any) -> dict[str, Any]:
    body = json.loads(write_request(config, "m", ModelRequest(messages, **fields), stream=stream))
    assert isinstance(body, dict)
    return body


def test_only_what_was_asked_for_is_sent() -> None:
    assert sent(user("hi")) == {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def test_a_conversation_keeps_its_roles_and_the_ids_of_its_calls() -> None:
    second = ToolCall("call_2", "now")
    messages = sent(
        system("be brief"),
        user("1 + 1?"),
        assistant("I'll see", (CALL, second)),
        tool_answer(CALL, "2"),
        tool_answer(second, "noon"),
        assistant("2"),
        system("be kind"),
        user("thanks"),
    )["messages"]
    assert [it["role"] for it in messages] == [
        "system", "user", "assistant", "tool", "tool", "assistant", "system", "user",
    ]  # fmt: skip
    assert messages[2] == {
        "role": "assistant",
        "content": "I'll see",
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
            {"id": "call_2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
        ],
    }
    assert messages[3] == {"role": "tool", "tool_call_id": "call_1", "content": "2"}


def test_system_messages_at_the_beginning_become_one_and_empty_ones_none() -> None:
    messages = sent(system("a"), system(""), system("b"), user("hi"))["messages"]
    assert messages == [{"role": "system", "content": "a\n\nb"}, {"role": "user", "content": "hi"}]


def test_an_assistant_that_only_calls_says_null_and_one_that_says_nothing_says_an_empty_text() -> None:
    messages = sent(user("hi"), assistant("", (CALL,)), tool_answer(CALL, "2"), assistant(""))["messages"]
    assert messages[1]["content"] is None
    assert messages[3] == {"role": "assistant", "content": ""}


def test_arguments_that_were_malformed_go_back_as_the_model_wrote_them() -> None:
    broken = ToolCall("call_1", "add", {}, '{"a": ')
    call = sent(user("hi"), assistant("", (broken,)))["messages"][1]["tool_calls"][0]
    assert call["function"]["arguments"] == '{"a": '


@pytest.mark.parametrize(
    ("said", "content"),
    [("no such file", "error: no such file"), ("Error: no such file", "Error: no such file"), ("", "error")],
)
def test_a_tool_that_failed_answers_with_a_text_that_says_so(said: str, content: str) -> None:
    failed = sent(user("hi"), assistant("", (CALL,)), tool_answer(CALL, said, is_error=True))["messages"][2]
    assert failed == {"role": "tool", "tool_call_id": "call_1", "content": content}
    worked = sent(user("hi"), assistant("", (CALL,)), tool_answer(CALL, said))["messages"][2]
    assert worked["content"] == said


def test_pictures_that_tools_have_made_follow_all_of_their_answers() -> None:
    second = ToolCall("call_2", "draw")
    drawn = Message("tool", (Text("done"), Media("image", "image/png", b"p")), tool_call_id="call_2", name="draw")
    messages = sent(user("hi"), assistant("", (second, CALL)), drawn, tool_answer(CALL, "2"))["messages"]
    assert [it["role"] for it in messages] == ["user", "assistant", "tool", "tool", "user"]
    assert messages[2]["content"] == "done"
    assert messages[4]["content"][1] == {"type": "image_url", "image_url": {"url": "data:image/png;base64,cA=="}}
    followed = sent(user("hi"), assistant("", (second,)), drawn, assistant("there"))["messages"]
    assert [it["role"] for it in followed] == ["user", "assistant", "tool", "user", "assistant"]


def test_a_message_of_several_parts_keeps_their_order() -> None:
    content = sent(user("before", Media("image", url="https://example.com/a.png"), "after"))["messages"][0]["content"]
    assert content == [
        {"type": "text", "text": "before"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "text", "text": "after"},
    ]


def test_tools_are_described_and_one_without_parameters_has_an_object_without_fields() -> None:
    body = sent(user("hi"), tools=(ADD, NOW))
    assert body["tools"][0] == {
        "type": "function",
        "function": {"name": "add", "description": "Adds", "parameters": dict(ADD.schema)},
    }
    assert body["tools"][1]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert "tool_choice" not in body


@pytest.mark.parametrize(
    ("choice", "written"),
    [("none", "none"), ("required", "required"), ("now", {"type": "function", "function": {"name": "now"}})],
)
def test_a_choice_of_tools_is_written_in_the_formats_words(choice: str, written: object) -> None:
    assert sent(user("hi"), tools=(ADD, NOW), tool_choice=choice)["tool_choice"] == written


def test_a_choice_that_cannot_be_made_is_refused_and_one_that_asks_for_nothing_is_not() -> None:
    with pytest.raises(BadArgument, match="tool_choice is later, and the tools are add, now"):
        sent(user("hi"), tools=(ADD, NOW), tool_choice="later")
    with pytest.raises(BadArgument, match="no tools"):
        sent(user("hi"), tool_choice="required")
    assert "tool_choice" not in sent(user("hi"), tool_choice="none")


def test_a_model_without_tools_is_not_sent_any() -> None:
    config = replace(CONFIG, capabilities=Capabilities(tools=False))
    with pytest.raises(BadArgument, match="local/m takes no tools"):
        sent(user("hi"), config=config, tools=(ADD,))
    assert "tools" not in sent(user("hi"), config=config)


def test_a_schema_goes_where_the_format_has_a_place_for_it() -> None:
    described = sent(user("hi"), schema={**CLOSED, "title": "An answer"})["response_format"]
    assert described["type"] == "json_schema"
    assert described["json_schema"]["name"] == "An_answer"
    assert described["json_schema"]["strict"] is True
    assert sent(user("hi"), schema=CLOSED)["response_format"]["json_schema"]["name"] == "answer"


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "additionalProperties": True}, False),
        ({"type": "object"}, False),
        ({**CLOSED, "properties": {"a": {"type": "object"}}}, False),
        ({**CLOSED, "properties": {"a": CLOSED}}, True),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": CLOSED}}}, True),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": {"type": "object"}}}}, False),
        ({**CLOSED, "properties": {"a": {"anyOf": [{"type": "null"}, {"type": "object"}]}}}, False),
        ({**CLOSED, "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": CLOSED}}, True),
        ({**CLOSED, "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"type": "object"}}}, False),
    ],
)
def test_a_schema_is_strict_only_where_it_has_the_form_for_it(schema: dict[str, Any], strict: bool) -> None:
    assert sent(user("hi"), schema=schema)["response_format"]["json_schema"]["strict"] is strict


@pytest.mark.parametrize(
    ("config", "schema"),
    [
        (replace(CONFIG, capabilities=Capabilities(schema=False)), CLOSED),
        (CONFIG, {"type": "array", "items": {"type": "number"}}),
    ],
)
def test_a_schema_without_a_place_is_asked_for_in_words(config: ProviderConfig, schema: dict[str, Any]) -> None:
    body = sent(system("be brief"), user("hi"), config=config, schema=schema)
    assert "response_format" not in body
    assert [it["role"] for it in body["messages"]] == ["system", "user"]
    assert body["messages"][0]["content"].startswith("be brief\n\nAnswer with one JSON value")
    assert json.dumps(schema) in body["messages"][0]["content"]
    assert sent(user("hi"), config=config, schema=schema)["messages"][0]["role"] == "system"


def test_settings_are_sent_under_the_names_of_the_format_and_of_the_provider() -> None:
    settings = ModelSettings(0.0, 50, 0.9, ("END",), 7, "low", {"parallel_tool_calls": False})
    body = sent(
        user("hi"), config=replace(CONFIG, max_tokens_field="max_completion_tokens"), settings=settings, stream=True
    )
    del body["model"], body["messages"]
    assert body == {
        "temperature": 0.0,
        "max_completion_tokens": 50,
        "top_p": 0.9,
        "stop": ["END"],
        "seed": 7,
        "reasoning_effort": "low",
        "parallel_tool_calls": False,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_providers_defaults_hold_where_the_request_leaves_a_setting_open() -> None:
    defaults = ModelSettings(temperature=0.5, max_tokens=9, stop=("A",), reasoning="high", extra={"user": "u", "n": 1})
    config = replace(CONFIG, defaults=defaults)
    body = sent(user("hi"), config=config)
    assert (body["temperature"], body["max_tokens"], body["stop"]) == (0.5, 9, ["A"])
    assert (body["reasoning_effort"], body["user"]) == ("high", "u")
    settings = ModelSettings(temperature=0.0, stop=("B",), reasoning="none", extra={"n": 2})
    body = sent(user("hi"), config=config, settings=settings)
    assert (body["temperature"], body["max_tokens"], body["stop"]) == (0.0, 9, ["B"])
    assert (body["reasoning_effort"], body["user"], body["n"]) == ("none", "u", 2)
    merged = replace(defaults, temperature=0.0)
    assert sent(user("hi"), config=config, settings=merged)["temperature"] == 0.0


def test_fields_of_the_providers_own_come_last_and_nothing_takes_a_field_away() -> None:
    settings = ModelSettings(temperature=1.0, extra={"temperature": 0.1, "stream_options": None})
    body = sent(user("hi"), settings=settings, stream=True)
    assert body["temperature"] == 0.1
    assert body["stream"] is True and "stream_options" not in body


def test_mistral_is_not_asked_to_count_for_it_counts_anyhow() -> None:
    mistral = ProviderConfig("mistral", "chat_completions", "https://api.mistral.ai/v1")
    assert "stream_options" not in sent(user("hi"), config=mistral, stream=True)


def test_deepseek_is_told_not_to_think_in_its_own_words() -> None:
    body = sent(user("hi"), config=DEEPSEEK, settings=ModelSettings(reasoning="none"))
    assert body["thinking"] == {"type": "disabled"} and "reasoning_effort" not in body
    assert sent(user("hi"), config=DEEPSEEK, settings=ModelSettings(reasoning="low"))["reasoning_effort"] == "low"


def test_deepseek_sees_reasoning_with_every_tool_call_even_where_another_model_called() -> None:
    messages = (user("hi"), assistant("", (CALL,)), tool_answer(CALL, "2"), assistant("2"))
    for_deepseek = sent(*messages, config=DEEPSEEK)["messages"]
    assert for_deepseek[1]["reasoning_content"] == ""
    assert "reasoning_content" not in for_deepseek[3]
    assert not any("reasoning_content" in it for it in sent(*messages)["messages"])


def kept(provider: str, **kept: Any) -> dict[str, Any]:
    return {"chat_completions": {"provider": provider, **kept}}


def test_reasoning_goes_back_within_a_turn_that_has_calls_and_only_under_its_name() -> None:
    opaque = kept("deepseek", reasoning_field="reasoning_content")
    thought = assistant("", (CALL,), reasoning="hm")
    ended = assistant("2", reasoning="so")
    alone = assistant("hello", reasoning="greet")
    thought, ended, alone = (replace(it, opaque=opaque) for it in (thought, ended, alone))
    conversation = (user("hi"), alone, user("1+1"), thought, tool_answer(CALL, "2"), ended, user("why"))
    messages = sent(*conversation, config=DEEPSEEK)["messages"]
    assert "reasoning_content" not in messages[1]
    assert messages[3]["reasoning_content"] == "hm"
    assert messages[5]["reasoning_content"] == "so"
    elsewhere = sent(*conversation)["messages"]
    assert not any("reasoning_content" in it for it in elsewhere)


def test_what_a_provider_wants_to_see_again_survives_being_kept_as_plain_data() -> None:
    details = [{"type": "reasoning.encrypted", "data": "AAA", "format": "x", "index": 0}]
    opaque = kept(
        "local",
        reasoning_field="reasoning",
        message={"reasoning_details": details, "extra_content": {"google": {"thought_signature": "s"}}},
        calls={"call_1": {"extra_content": {"google": {"thought_signature": "t"}}}},
    )
    message = replace(assistant("", (CALL,), reasoning="hm"), opaque=opaque)
    for again in (message, from_value(json.loads(json.dumps(to_value(message))))):
        written = sent(user("hi"), again, tool_answer(CALL, "2"))["messages"][1]
        assert written["reasoning_details"] == details and "reasoning" not in written
        assert written["extra_content"] == {"google": {"thought_signature": "s"}}
        assert written["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "t"}}


def test_what_is_no_json_is_refused_and_half_a_character_is_replaced() -> None:
    for value in (b"bytes", float("nan"), {1, 2}):
        with pytest.raises(BadArgument, match="cannot be written as JSON"):
            sent(user("hi"), settings=ModelSettings(extra={"x": value}))
    assert sent(user("caf\u00e9 \ud83d"))["messages"][0]["content"] == "caf\u00e9 ?"
