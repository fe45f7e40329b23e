"""How a streamed answer in the chat-completions format is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_answers import FULL_CHUNK, spoilt

from llmspell.errors import MalformedAnswer, ProviderError
from llmspell.journal.entries import Usage
from llmspell.models import openai_stream
from llmspell.models.http_errors import Asked
from llmspell.models.openai_stream import EventTooLong, ServerSentEvents, StreamReading
from llmspell.models.protocol import ModelResponse, ReasoningDelta, TextDelta

ASKED = Asked("p", "m")


def events(*pieces: bytes) -> list[str]:
    decoder = ServerSentEvents()
    found = [data for piece in pieces for data in decoder.feed(piece)]
    return [*found, *filter(None, [decoder.rest()])]


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b"data:a\n\n", ["a"]),
        (b"data:  a\n\n", [" a"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data\ndata: b\n\n", ["\nb"]),
        (b": a comment\ndata: a\n\n: another\n\n", ["a"]),
        (b"event: message\nid: 7\nretry: 10\ndata: a\n\n", ["a"]),
        (b"database: x\ndata: a\n\n", ["a"]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"\n\n\ndata: a\n\n\n\n", ["a"]),
        (b"data: a\n\ndata: b\n", ["a", "b"]),
        (b"data: a\n\ndata: b", ["a", "b"]),
        ("data: caf\u00e9 \U0001f600\u2028\u0085\n\n".encode(), ["caf\u00e9 \U0001f600\u2028\u0085"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"", []),
    ],
)
def test_bytes_become_events_wherever_they_are_cut(stream: bytes, data: list[str]) -> None:
    assert events(stream) == data
    assert events(*(stream[i : i + 1] for i in range(len(stream)))) == data
    for cut in range(len(stream)):
        assert events(stream[:cut], b"", stream[cut:]) == data


@settings(deadline=None)
@given(st.lists(st.text(max_size=12)), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 9))
def test_what_was_written_as_events_is_read_as_them(texts: list[str], end: str, size: int) -> None:
    lines = [it.replace("\r", "\n").split("\n") for it in texts]
    written = "".join("".join(f"data: {it}{end}" for it in event) + end for event in lines).encode("utf-8", "replace")
    read = events(*(written[i : i + size] for i in range(0, len(written), size)))
    wanted = ["\n".join(it).encode("utf-8", "replace").decode() for it in lines]
    assert list(filter(None, read)) == list(filter(None, wanted))


def test_an_event_without_end_is_refused_and_many_short_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_stream, "MAX_EVENT_BYTES", 100)
    assert len(events(*[b"data: " + b"x" * 50 + b"\n\n"] * 10)) == 10
    with pytest.raises(EventTooLong):
        events(*[b"x" * 50] * 3)
    with pytest.raises(EventTooLong):
        events(*[b"data: " + b"x" * 50 + b"\n"] * 3)


def chunk(delta: Any = None, finish: Any = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}], **fields}


def fed(*chunks: Any) -> tuple[StreamReading, list[Any]]:
    reading = StreamReading(ASKED, request_id="r")
    deltas = [it for chunk in chunks for it in reading.feed(chunk if isinstance(chunk, str) else json.dumps(chunk))]
    return reading, deltas


def read(*chunks: Any) -> tuple[ModelResponse, list[Any]]:
    reading, deltas = fed(*chunks)
    return reading.finish(), deltas


def test_a_text_arrives_in_pieces_and_ends_whole() -> None:
    response, deltas = read(
        chunk({"role": "assistant", "content": ""}, id="c1", model="m-2026"),
        chunk({"content": "hel"}),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
        {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2, "cost": 0.5}},
        "[DONE]",
    )
    assert deltas == [TextDelta("hel"), TextDelta("lo")]
    assert response.message.text == "hello" and response.finish_reason == "stop"
    assert (response.usage, response.cost_usd) == (Usage(7, 2), 0.5)
    assert (response.model, response.request_id) == ("m-2026", "r")


def test_usage_that_comes_with_every_chunk_counts_once() -> None:
    usages = [{"prompt_tokens": 7, "completion_tokens": i} for i in range(3)]
    response, _ = read(*(chunk({"content": "a"}, usage=it) for it in usages), chunk({}, "stop", usage=None))
    assert response.usage == Usage(7, 2)


def test_calls_arrive_in_pieces() -> None:
    response, deltas = read(
        chunk({"content": None, "tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"x":'}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": " 1}"}}]}, "tool_calls"),
    )
    assert deltas == []
    assert [(it.id, it.name, it.arguments) for it in response.message.tool_calls] == [("a", "f", {"x": 1})]
    assert response.finish_reason == "tool_calls"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_arrive_before_the_text_and_are_kept_apart(field: str) -> None:
    response, deltas = read(chunk({field: "h"}), chunk({field: "m", "content": None}), chunk({"content": "a"}, "stop"))
    assert deltas == [ReasoningDelta("h"), ReasoningDelta("m"), TextDelta("a")]
    assert (response.message.reasoning, response.message.text) == ("hm", "a")
    assert response.message.opaque["chat_completions"]["reasoning_field"] == field


def test_thoughts_that_are_written_twice_are_shown_once() -> None:
    both = {"reasoning": "hm", "reasoning_content": "hm", "reasoning_details": [{"type": "t", "text": "hm"}]}
    response, deltas = read(chunk(both), chunk({"content": "a"}, "stop"))
    assert deltas == [ReasoningDelta("hm"), TextDelta("a")]
    assert response.message.reasoning == "hm"


def test_details_of_reasoning_become_whole_and_are_shown() -> None:
    detail = {"type": "reasoning.text", "index": 0}
    response, deltas = read(
        chunk({"reasoning_details": [{**detail, "text": "h"}]}),
        chunk({"reasoning_details": [{**detail, "text": "m", "signature": "s"}]}, "stop"),
    )
    assert deltas == [ReasoningDelta("h"), ReasoningDelta("m")]
    assert response.message.opaque["chat_completions"]["message"]["reasoning_details"] == [
        {**detail, "text": "hm", "signature": "s"}
    ]


def test_a_content_of_parts_is_text_and_thoughts() -> None:
    response, deltas = read(
        chunk({"content": ""}),
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "h"}]}]}),
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "m"}]}, "a"]}),
        chunk({"content": "b"}, "stop"),
    )
    assert deltas == [ReasoningDelta("h"), ReasoningDelta("m"), TextDelta("a"), TextDelta("b")]
    assert (response.message.reasoning, response.message.text) == ("hm", "ab")
    assert response.message.opaque["chat_completions"]["message"]["content"] == [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "ab"},
    ]
    response, _ = read(chunk({"content": "a"}), chunk({"content": [{"type": "text", "text": "b"}]}, "stop"))
    assert response.message.text == "ab"


def test_signatures_annotations_and_what_was_spoken_are_put_together() -> None:
    cited = {"type": "url_citation", "url_citation": {"url": "https://a.org"}}
    response, deltas = read(
        chunk({"extra_content": {"a": 1}, "annotations": [cited], "audio": {"id": "x", "transcript": "he"}}),
        chunk({"extra_content": {"b": 2}, "audio": {"data": "AA", "transcript": "llo"}}),
        chunk({"audio": {"data": "AA", "expires_at": 9}}, "stop"),
    )
    kept = response.message.opaque["chat_completions"]["message"]
    assert kept == {"extra_content": {"a": 1, "b": 2}, "annotations": [cited], "audio": {"id": "x"}}
    assert deltas == [TextDelta("he"), TextDelta("llo")]
    assert response.message.text == "hello"
    assert response.message.parts[1].data == b"\0\0\0"  # type: ignore[union-attr]
    assert response.citations == ({"url": "https://a.org"},)


def test_a_refusal_is_streamed_as_the_text_that_it_ends_as() -> None:
    response, deltas = read(chunk({"refusal": "I may"}), chunk({"refusal": " not"}, "stop"))
    assert "".join(it.text for it in deltas) == response.message.text == "I may not"


def test_a_character_that_is_cut_in_half_is_shown_whole() -> None:
    response, deltas = read(
        '{"choices": [{"delta": {"content": "a\\ud83d"}}]}',
        '{"choices": [{"delta": {"content": "\\ude00"}}]}',
        '{"choices": [{"delta": {"content": "\\ude00b"}, "finish_reason": "stop"}]}',
    )
    assert [it.text for it in deltas] == ["a", "\U0001f600", "\ufffdb"]
    assert response.message.text == "a\U0001f600\ufffdb"


def test_other_choices_are_passed_over() -> None:
    other = {"index": 1, "delta": {"content": "b"}, "finish_reason": "length"}
    response, deltas = read(
        {"choices": [other, {"delta": {"content": "a"}}, 3]}, {"choices": [other]}, chunk({}, "stop")
    )
    assert deltas == [TextDelta("a")]
    assert (response.message.text, response.finish_reason) == ("a", "stop")


def test_an_answer_in_one_piece_is_read_as_one() -> None:
    response, deltas = read({"choices": [{"message": {"content": "all"}, "finish_reason": "stop"}]})
    assert deltas == [TextDelta("all")] and response.message.text == "all"
    message = {"message": {"content": "again"}, "finish_reason": "stop"}
    assert read(chunk({"content": "all"}), {"choices": [message]})[0].message.text == "all"


@pytest.mark.parametrize(
    "bad",
    [
        {"error": {"message": "no", "code": 502}},
        {"error": {"message": "no", "code": 502}, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]},
        {"choices": [{"delta": {}, "error": {"message": "no", "code": 502}}]},
        {"object": "error", "message": "no", "code": 502},
    ],
)
def test_an_error_inside_a_stream_is_an_error_with_the_providers_words(bad: dict[str, Any]) -> None:
    reading, _ = fed(*([] if "object" in bad else [chunk({"content": "hel"})]))
    with pytest.raises(ProviderError, match="p/m reported: no") as error:
        reading.feed(json.dumps(bad))
    assert (error.value.details["kind"], error.value.details["request_id"]) == ("server", "r")


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("{", "a chunk of the stream is no JSON: {"),
        ("3", "a chunk of the stream is no object"),
        (json.dumps(chunk({"content": 3})), "choices[0].delta.content is neither text nor a list"),
        (json.dumps(chunk({"tool_calls": 3})), "choices[0].delta.tool_calls is not a list"),
        (json.dumps(chunk({"tool_calls": [3]})), "choices[0].delta.tool_calls has an entry 0 that is no object"),
    ],
)
def test_a_malformed_chunk_names_what_is_wrong_with_it(bad: str, problem: str) -> None:
    with pytest.raises(MalformedAnswer) as error:
        fed(bad)
    assert problem in error.value.message


def test_a_stream_is_complete_with_a_reason_or_with_its_last_word_and_interrupted_without() -> None:
    assert read(chunk({"content": "a"}, "stop"))[0].message.text == "a"
    assert read(chunk({"content": "a"}), "[DONE]")[0].finish_reason == "stop"
    reading, _ = fed(chunk({"content": "a"}))
    assert not reading.is_complete
    with pytest.raises(ProviderError) as error:
        reading.finish()
    assert (error.value.details["kind"], error.value.details["retryable"]) == ("interrupted", True)


def test_a_stream_without_any_choice_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match=r"choices\[0\] is missing"):
        read({"choices": [], "usage": {}}, " ", "[DONE]")


def test_a_call_whose_name_never_came_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match=r"tool_calls\[0\]\.function\.name is missing"):
        read(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, "tool_calls"))


def test_what_stands_at_the_end_without_an_empty_line_counts_if_it_is_whole() -> None:
    reading, _ = fed(chunk({"content": "a"}))
    assert reading.feed_last('{"choices": [{"delta": {"content"') == []
    assert not reading.is_complete
    assert reading.feed_last(json.dumps(chunk({"content": "b"}))) == [TextDelta("b")]
    assert reading.feed_last(None) == []
    assert reading.feed_last("[DONE]") == []
    assert reading.is_complete
    assert reading.feed_last(json.dumps(chunk({"content": "c"}))) == []
    assert reading.finish().message.text == "ab"


@settings(max_examples=400, deadline=None)
@given(st.lists(spoilt(FULL_CHUNK), max_size=3))
def test_whatever_a_server_streams_is_an_answer_or_an_error_of_the_provider(chunks: list[Any]) -> None:
    try:
        response, _ = read(*(json.dumps(it) for it in chunks), "[DONE]")
    except ProviderError:
        return
    json.dumps(response.message.opaque)
