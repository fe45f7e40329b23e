"""How an answer in the chat-completions format is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from json_answers import FULL_ANSWER, spoilt

from llmspell.errors import MalformedAnswer, ProviderError
from llmspell.journal.entries import Usage
from llmspell.models.http_errors import Asked
from llmspell.models.messages import Media, Text
from llmspell.models.openai_answer import read_answer, read_body, whole
from llmspell.models.protocol import ModelResponse

ASKED = Asked("p", "m", where="http://h/v1")


def answer(message: Any = None, finish: Any = "stop", **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message or {"content": "hi"}, "finish_reason": finish}], **fields}


def read(message: Any = None, finish: Any = "stop", **fields: Any) -> ModelResponse:
    return read_answer(ASKED, answer(message, finish, **fields))


def calls(*listed: Any, **fields: Any) -> dict[str, Any]:
    return {"content": None, "tool_calls": list(listed), **fields}


def function(name: Any, arguments: Any, **fields: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}, **fields}


def test_an_answer_is_read_with_all_that_stands_beside_it() -> None:
    response = read(
        {"role": "assistant", "content": "hi"},
        id="chatcmpl-1",
        model="m-2026",
        usage={"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10, "cost": 0.5},
    )
    assert response.message.text == "hi" and response.message.role == "assistant"
    assert response.message.opaque == {}
    assert (response.usage, response.cost_usd) == (Usage(7, 3), 0.5)
    assert (response.model, response.request_id, response.finish_reason) == ("m-2026", "chatcmpl-1", "stop")
    named = read_answer(ASKED, answer(id="chatcmpl-1"), request_id="req_1")
    assert named.request_id == "req_1"


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("hi", "hi", ""),
        (None, "", ""),
        ("", "", ""),
        ([], "", ""),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab", ""),
        (["a", {"type": "text", "text": "b"}, {"type": "new"}, 12], "ab", ""),
        (
            [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}],
            "a",
            "hm",
        ),
        ([{"type": "thinking", "thinking": "hm"}], "", "hm"),
    ],
)
def test_content_may_be_a_text_a_list_or_nothing(content: Any, text: str, reasoning: str) -> None:
    message = read({"content": content}).message
    assert (message.text, message.reasoning) == (text, reasoning)
    assert all(isinstance(it, Text) and it.text for it in message.parts)


@pytest.mark.parametrize(
    ("fields", "reasoning"),
    [
        ({"reasoning_content": "hm"}, "hm"),
        ({"reasoning": "hm"}, "hm"),
        ({"reasoning_content": "hm", "reasoning": "hm"}, "hm"),
        ({"reasoning_content": "", "reasoning": "hm"}, "hm"),
        ({"reasoning_details": [{"text": "h"}, {"summary": "m"}, {"data": "x"}, None]}, "hm"),
        ({"reasoning": {"effort": "low"}, "reasoning_details": "what"}, ""),
    ],
)
def test_thoughts_are_found_under_all_their_names(fields: dict[str, Any], reasoning: str) -> None:
    assert read({"content": "a", **fields}).message.reasoning == reasoning


@pytest.mark.parametrize(
    ("arguments", "parsed", "raw", "malformed"),
    [
        ('{"a": 1}', {"a": 1}, '{"a": 1}', False),
        ({"a": 1}, {"a": 1}, "", False),
        ("", {}, "", False),
        (" ", {}, "", False),
        ("{ }", {}, "", False),
        ("null", {}, "", False),
        (None, {}, "", False),
        ('{"a": ', {}, '{"a": ', True),
        ("[1]", {}, "[1]", True),
        ([1], {}, "[1]", True),
        ('{"a": NaN}', {}, '{"a": NaN}', True),
        ("[" * 100_000, {}, "[" * 100_000, True),
    ],
)
def test_arguments_may_be_a_text_an_object_or_nonsense(
    arguments: Any, parsed: dict[str, Any], raw: str, malformed: bool
) -> None:
    (call,) = read(calls(function("f", arguments, id="c1"))).message.tool_calls
    assert (call.arguments, call.raw, call.is_malformed) == (parsed, raw, malformed)


def test_a_call_without_an_id_gets_one_by_its_position_and_no_two_are_the_same() -> None:
    listed = (
        function("f", "{}"),
        function("g", "{}", id=""),
        function("h", "{}", id=None),
        function("i", "{}", id="x"),
    )
    ids = [it.id for it in read(calls(*listed, function("j", "{}", id="x"))).message.tool_calls]
    assert ids == ["call_0", "call_1", "call_2", "x", "x_4"]
    assert [it.id for it in read(calls(*listed)).message.tool_calls] == ids[:4]


def test_the_older_form_of_a_call_is_a_call() -> None:
    response = read({"content": None, "function_call": {"name": "f", "arguments": '{"a": 1}'}}, "function_call")
    assert [(it.id, it.name, it.arguments) for it in response.message.tool_calls] == [("call_0", "f", {"a": 1})]
    assert response.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("said", "finish"),
    [
        ("stop", "stop"),
        ("STOP", "stop"),
        ("eos", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("something_new", "other"),
        (None, "stop"),
        ("", "stop"),
        (3, "stop"),
    ],
)
def test_reasons_to_end_are_brought_down_to_a_few(said: Any, finish: str) -> None:
    assert read(finish=said).finish_reason == finish


def test_a_reason_that_is_not_said_follows_from_the_answer() -> None:
    assert read(calls(function("f", "{}")), finish=None).finish_reason == "tool_calls"


def test_an_answer_that_its_provider_gave_up_is_an_error() -> None:
    with pytest.raises(ProviderError, match="gave the answer up") as gave_up:
        read(finish="insufficient_system_resource")
    assert (gave_up.value.details["kind"], gave_up.value.details["retryable"]) == ("overloaded", True)
    with pytest.raises(ProviderError) as ended:
        read(finish="error")
    assert ended.value.details["kind"] == "interrupted"


def test_of_several_choices_the_first_one_is_read() -> None:
    choices = [{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "a"}}]
    assert read_answer(ASKED, {"choices": choices}).message.text == "a"
    assert read_answer(ASKED, {"choices": choices[:1]}).message.text == "b"
    assert read_answer(ASKED, {"choices": [{"message": {"content": "c"}}]}).message.text == "c"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "choices is missing"),
        ({"choices": None}, "choices is missing"),
        ({"choices": {}}, "choices is an object instead of a list"),
        ({"choices": []}, "choices[0] is missing"),
        ({"choices": [None]}, "choices[0] is missing"),
        ({"choices": ["a"]}, "choices[0] is text instead of an object"),
        ({"choices": [{}]}, "choices[0].message is missing"),
        ({"choices": [{"message": "hi"}]}, "choices[0].message is text instead of an object"),
        (answer({"content": 12}), "choices[0].message.content is a number instead of text"),
        (answer({"tool_calls": {"0": 1}}), "choices[0].message.tool_calls is an object instead of a list"),
        (answer(calls("f")), "choices[0].message.tool_calls[0].function is missing"),
        (answer(calls({"id": "c"})), "choices[0].message.tool_calls[0].function is missing"),
        (answer(calls(function(None, "{}"))), "choices[0].message.tool_calls[0].function.name is missing"),
        (
            answer(calls(function("f", "{}"), function(1, ""))),
            "tool_calls[1].function.name is a number instead of text",
        ),
        ([], "the body is a list instead of an object"),
        ("hi", "the body is text instead of an object"),
        (True, "the body is a truth value instead of an object"),
        (None, "the body is null instead of an object"),
    ],
)
def test_a_malformed_answer_names_the_field(body: Any, field: str) -> None:
    with pytest.raises(MalformedAnswer) as error:
        read_answer(ASKED, body, request_id="r")
    assert field in error.value.message
    assert error.value.details["request_id"] == "r"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the body is empty"),
        (b"  \n", "the body is empty"),
        (b"<html>busy</html>", "the body is no JSON: <html>busy"),
        (b'{"choices": [', "the body is no JSON"),
        (b"\xff\xfe\x00", "the body is no JSON"),
        (b"[" * 100_000, "the body is no JSON"),
    ],
)
def test_a_body_that_is_no_json_is_shown_from_its_beginning(body: bytes, problem: str) -> None:
    with pytest.raises(MalformedAnswer) as error:
        read_body(ASKED, body)
    assert problem in error.value.message
    assert read_body(ASKED, json.dumps(answer()).encode()).message.text == "hi"


@pytest.mark.parametrize(
    ("body", "text", "kind"),
    [
        ({"error": {"message": "no", "code": 429}}, "no", "rate_limited"),
        ({"error": "no"}, "no", "other"),
        ({**answer(), "error": {"message": "no", "type": "server_error"}}, "no", "server"),
        ([{"error": {"message": "no", "code": 500}}], "no", "server"),
        ({"object": "error", "message": "no", "type": "BadRequestError"}, "no", "bad_request"),
        ({"detail": "no"}, "no", "other"),
        ({"choices": [{"error": {"message": "no", "code": 502}, "finish_reason": "error"}]}, "no", "server"),
    ],
)
def test_an_error_in_an_answer_is_an_error_with_the_providers_words(body: Any, text: str, kind: str) -> None:
    with pytest.raises(ProviderError) as error:
        read_answer(ASKED, body)
    assert not isinstance(error.value, MalformedAnswer)
    assert error.value.message == f"p/m reported: {text}"
    assert error.value.details["kind"] == kind


def test_a_field_for_errors_that_holds_none_is_no_error() -> None:
    assert read(error=None).message.text == "hi"
    assert read_answer(ASKED, {**answer(), "message": "ok", "detail": "ok"}).message.text == "hi"


def test_fields_that_nobody_knows_do_not_hurt() -> None:
    response = read_answer(ASKED, {**answer({"content": "hi", "x": [1], "images": None}), "y": {"z": None}, "usage": 3})
    assert response.message.text == "hi" and response.message.opaque == {}


def test_what_an_answer_refers_to_is_listed_once_each() -> None:
    cited = {"url": "https://a.org", "title": "A", "start_index": None}
    response = read(
        {"content": "hi", "annotations": [{"type": "url_citation", "url_citation": cited}, {"type": "file"}, 3]},
        citations=["https://a.org", "https://b.org", 7],
        search_results=[{"title": "B", "url": "https://b.org", "date": "2026"}, {"title": "only a title"}, {}],
    )
    assert response.citations == (
        {"url": "https://a.org", "title": "A"},
        {"title": "B", "url": "https://b.org", "date": "2026"},
        {"title": "only a title"},
    )
    assert read(citations="none", search_results=None).citations == ()


def test_groq_may_count_in_a_place_of_its_own() -> None:
    assert read(x_groq={"usage": {"prompt_tokens": 1, "completion_tokens": 2}}).usage == Usage(1, 2)


def test_a_refusal_is_the_text_where_there_is_no_other() -> None:
    refused = read({"content": None, "refusal": "I may not"})
    assert refused.message.text == "I may not"
    assert read({"content": "hi", "refusal": "I may not"}).message.text == "hi"


def test_what_was_spoken_and_drawn_comes_as_media() -> None:
    audio = {"id": "a1", "data": "AAAA", "transcript": "hello"}
    response = read_answer(ASKED, answer({"content": None, "audio": audio}), audio_format="mp3")
    assert response.message.parts == (Text("hello"), Media("audio", "audio/mpeg", b"\0\0\0"))
    assert read({"audio": {"data": "AAAA"}}).message.parts == (Media("audio", "audio/wav", b"\0\0\0"),)
    images = [{"image_url": {"url": "data:image/webp;base64,AAAA"}}, {"image_url": {"url": "https://e.org/a"}}, {}]
    drawn = read({"content": "see", "images": [*images, {"image_url": "data:image/png;base64,A"}]}).message.parts
    assert drawn == (Text("see"), Media("image", "image/webp", b"\0\0\0"), Media("image", url="https://e.org/a"))


def test_halves_of_characters_are_put_together() -> None:
    assert whole("a\ud83d\ude00b") == "a\U0001f600b"
    assert whole("a\ud83d") == "a\ufffd"
    assert whole("plain é") == "plain é"
    body = b'{"choices": [{"message": {"content": "\\ud83d\\ude00 \\ude00"}}]}'
    assert read_body(ASKED, body).message.text == "\U0001f600 \ufffd"


def test_what_the_provider_wants_to_see_again_is_kept() -> None:
    call = function("f", "{}", id="c1", extra_content={"google": {"thought_signature": "t"}})
    message = read(calls(call, extra_content={"google": {"thought_signature": "s"}}, reasoning_content="")).message
    assert message.opaque == {
        "chat_completions": {
            "provider": "p",
            "reasoning_field": "reasoning_content",
            "message": {"extra_content": {"google": {"thought_signature": "s"}}},
            "calls": {"c1": {"extra_content": {"google": {"thought_signature": "t"}}}},
        }
    }


@settings(max_examples=400, deadline=None)
@given(spoilt(FULL_ANSWER))
def test_whatever_a_server_says_is_an_answer_or_an_error_of_the_provider(body: Any) -> None:
    try:
        response = read_answer(ASKED, body)
    except ProviderError:
        return
    json.dumps(response.message.opaque)
    assert response.usage.input_tokens >= 0
