"""What a provider says in the body of a refusal."""

from __future__ import annotations

import json

import pytest

from llmspell.models.error_text import error_in, parsed, status_in, text_of


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"error": {"message": "no such model", "type": "x", "param": None}}, "no such model"),
        ({"error": {"message": "bad value", "param": "messages[0].content"}}, "bad value [messages[0].content]"),
        ([{"error": {"code": 400, "message": "API key not valid", "status": "INVALID"}}], "API key not valid"),
        ({"error": "model 'x' not found"}, "model 'x' not found"),
        ({"error": "invalid_grant", "error_description": "the token is old"}, "the token is old"),
        ({"object": "error", "message": "too long", "type": "BadRequestError"}, "too long"),
        ({"message": "Unauthorized"}, "Unauthorized"),
        ({"detail": "Not Found"}, "Not Found"),
        (
            {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]},
            "Extra inputs are not permitted [body.stream_options]",
        ),
        ({"object": "error", "message": {"detail": [{"msg": "first"}, {"msg": "second"}]}}, "first; second"),
        ({"errors": [{"message": "one"}, {"title": "two"}]}, "one; two"),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": '{"error":{"message":"busy"}}'}}},
            "Provider returned error [busy]",
        ),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": "plainly busy"}}},
            "Provider returned error [plainly busy]",
        ),
        ({"error": {"code": 500}}, ""),
        ({}, ""),
        (None, ""),
        (12, ""),
        ("plain text", "plain text"),
        ("<!doctype html><html><TITLE>502 Bad Gateway</TITLE></html>", "a page of HTML: 502 Bad Gateway"),
        ("<html>", "a page of HTML"),
    ],
)
def test_the_words_are_found_wherever_a_provider_puts_them(body: object, text: str) -> None:
    assert text_of(error_in(body)) == text


def test_an_error_that_is_nested_without_end_says_nothing() -> None:
    nested: object = "deep"
    for _ in range(500):
        nested = {"error": nested}
    assert text_of(nested) == ""
    assert text_of({"error": {"error": "shallow"}}) == "shallow"


def test_a_body_that_is_no_json_is_its_text_and_bytes_that_are_no_text_are_replaced() -> None:
    assert parsed(b'{"a": 1}') == {"a": 1}
    assert parsed(b"busy") == "busy"
    assert parsed(b"\xff") == "\ufffd"
    assert isinstance(parsed(b"[" * 100_000), str)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"code": 429}, 429),
        ({"code": "503"}, 503),
        ({"status": 500}, 500),
        ({"code": "rate_limit", "status_code": 429}, 429),
        ({"code": 200}, None),
        ({"code": True}, None),
        ({"code": "9" * 5000}, None),
        ("429", None),
    ],
)
def test_a_status_may_stand_inside_of_an_error(error: object, status: int | None) -> None:
    assert status_in(error) == status


def test_half_a_character_in_what_a_provider_quotes_is_no_reason_to_fail() -> None:
    body = json.loads('{"message": "no", "metadata": {"raw": "\\ud83d"}}')
    assert text_of(body) == "no [?]"
