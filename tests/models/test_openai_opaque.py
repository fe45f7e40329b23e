"""What a provider wants to see again."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.models.messages import Message
from llmspell.models.openai_opaque import call_fields, keep, message_fields

CITED = {"type": "url_citation", "url_citation": {"url": "https://e.org"}}
FILE = {"type": "file", "file": {"hash": "h"}}


def back(raw: dict[str, Any], *, provider: str = "p", in_turn_with_calls: bool = True, **calls: Any) -> dict[str, Any]:
    message = Message("assistant", reasoning="hm", opaque=keep("p", raw, calls))
    return message_fields(message, provider, in_turn_with_calls=in_turn_with_calls)


def test_nothing_is_kept_of_an_answer_that_is_text() -> None:
    assert keep("p", {"role": "assistant", "content": "hello", "refusal": None, "annotations": []}, {}) == {}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_goes_back_under_the_name_it_came_with(field: str) -> None:
    assert back({field: "hm"}) == {field: "hm"}
    assert back({field: "hm"}, in_turn_with_calls=False) == {}
    assert back({field: "hm"}, provider="another") == {}


def test_empty_reasoning_is_kept_with_a_call_and_not_without() -> None:
    assert keep("p", {"reasoning_content": ""}, {}) == {}
    assert keep("p", {"reasoning_content": ""}, {"c": {}})["chat_completions"]["reasoning_field"] == "reasoning_content"
    assert keep("p", {"reasoning_content": None}, {"c": {}}) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "s"}]},
        {"extra_content": {"google": {"thought_signature": "s"}}},
        {"refusal": "no"},
        {"annotations": [CITED, FILE]},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "a"},
            ]
        },
    ],
)
def test_fields_that_are_wanted_again_go_back_as_they_came(fields: dict[str, Any]) -> None:
    assert back(fields, in_turn_with_calls=False) == fields
    assert back(fields, provider="another") == {}


def test_details_of_reasoning_take_the_place_of_its_text() -> None:
    details = [{"type": "reasoning.encrypted", "data": "x"}]
    assert back({"reasoning": "hm", "reasoning_details": details}) == {"reasoning_details": details}


def test_what_was_spoken_goes_back_by_its_id() -> None:
    assert back({"audio": {"id": "audio_1", "data": "AAAA", "transcript": "hi"}}) == {"audio": {"id": "audio_1"}}
    assert keep("p", {"audio": {"data": "AAAA"}}, {}) == {}


def test_citations_of_pages_are_kept_and_do_not_go_back() -> None:
    kept = keep("p", {"annotations": [CITED]}, {})
    assert kept["chat_completions"]["message"]["annotations"] == [CITED]
    assert back({"annotations": [CITED]}) == {}


def test_a_content_of_texts_needs_no_keeping() -> None:
    assert keep("p", {"content": [{"type": "text", "text": "a"}]}, {}) == {}


def test_a_call_gets_back_what_came_with_it() -> None:
    raw = {"id": "x", "type": "function", "index": 0, "function": {}, "extra_content": {"s": 1}, "other": None}
    message = Message("assistant", opaque=keep("p", {}, {"x": raw, "y": {"id": "y"}}))
    assert call_fields(message, "x", "p") == {"extra_content": {"s": 1}}
    assert call_fields(message, "y", "p") == {}
    assert call_fields(message, "x", "another") == {}


def test_a_message_that_somebody_else_has_written_into_is_read_past() -> None:
    message = Message("assistant", opaque={"chat_completions": "what", "anthropic": {"provider": "p"}})
    assert message_fields(message, "p", in_turn_with_calls=True) == {}
    assert call_fields(message, "x", "p") == {}
