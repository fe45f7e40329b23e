"""Of which kind an error is, and whether trying again may help."""

from __future__ import annotations

import re

import pytest

from llmspell.config.provider_fields import PROVIDER_FIELDS
from llmspell.models.error_kinds import hint_of, kind_of, may_help


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, "bad_request", False),
        (401, "authentication", False),
        (402, "quota", False),
        (403, "permission", False),
        (404, "not_found", False),
        (405, "bad_request", False),
        (408, "timeout", True),
        (409, "other", True),
        (413, "bad_request", False),
        (422, "bad_request", False),
        (429, "rate_limited", True),
        (498, "overloaded", True),
        (500, "server", True),
        (502, "server", True),
        (503, "overloaded", True),
        (504, "timeout", True),
        (529, "overloaded", True),
    ],
)
def test_a_status_has_a_kind(status: int, kind: str, retryable: bool) -> None:
    assert kind_of(status, {"message": "no"}) == kind
    assert may_help(kind, status) is retryable


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (429, {"code": "insufficient_quota"}, "quota"),
        (429, {"type": "exceeded_current_quota_error"}, "quota"),
        (429, {"status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota"}, "rate_limited"),
        (400, {"code": "context_length_exceeded"}, "context_length"),
        (400, {"message": "This model's maximum context length is 8192 tokens"}, "context_length"),
        (400, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}, "context_length"),
        (500, {"message": "the request exceeds the available context size"}, "context_length"),
        (503, {"message": "context length"}, "overloaded"),
        (400, {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}, "content_filter"),
        (400, {"code": 400, "details": [{"reason": "API_KEY_INVALID"}]}, "authentication"),
        (400, {"code": "Arrearage"}, "quota"),
        (404, {"code": "model_not_found"}, "not_found"),
        (400, {"code": "model_not_found"}, "not_found"),
        (None, {"code": "server_error"}, "server"),
        (None, {"type": "rate-limit exceeded"}, "rate_limited"),
        (None, {"type": "overloaded_error"}, "overloaded"),
        (None, {"type": "invalid_request_error"}, "bad_request"),
        (None, {"type": "something new"}, "other"),
        (None, "the prompt exceeds the context window", "context_length"),
        (None, ["what", "is", "this"], "other"),
        (None, None, "other"),
    ],
)
def test_what_a_provider_calls_it_says_more_than_the_status(status: int | None, error: object, kind: str) -> None:
    assert kind_of(status, error) == kind


def test_a_hint_names_the_variable_and_the_setting_where_there_are_any() -> None:
    asked = {"provider": "openai", "key_hint": "OPENAI_API_KEY", "where": "https://api.openai.com/v1"}
    hint = hint_of("authentication", 401, **asked)
    assert "OPENAI_API_KEY" in hint and "providers.openai.api_key" in hint
    assert "variable" not in hint_of("authentication", 401, **{**asked, "key_hint": ""})
    assert "https://api.openai.com/v1" in hint_of("not_found", 404, **asked)
    assert "base_url" not in hint_of("not_found", 404, **{**asked, "where": ""})
    assert "base_url" in hint_of("bad_request", 405, **asked)
    assert hint_of("bad_request", 400, **asked) == hint_of("other", **asked) == ""


@pytest.mark.parametrize(
    ("where", "asks_for_the_network"),
    [
        ("https://api.openai.com/v1", True),
        ("http://gpu.lan:11434/v1", True),
        ("", True),
        ("http://localhost:11434/v1", False),
        ("http://[::1]:8000/v1", False),
    ],
)
def test_a_provider_that_is_not_reached_may_be_out_of_reach_of_the_whole_machine(
    where: str, asks_for_the_network: bool
) -> None:
    hint = hint_of("connection", provider="p", key_hint="", where=where)
    assert ("is the network there" in hint) == asks_for_the_network
    assert "running" in hint and "providers.p.base_url" in hint


@pytest.mark.parametrize(
    ("kind", "of_a_server", "of_one_like_openai"),
    [
        ("authentication", "the agent's api_key", "the agent's api_key"),
        ("connection", "the agent's base_url", "the agent's base_url"),
        ("rate_limited", "ask less at once", "providers.openai.requests_per_minute"),
        ("timeout", "", "providers.openai.timeout"),
    ],
)
def test_a_hint_about_a_server_that_a_script_has_named_names_no_setting_of_it(
    kind: str, of_a_server: str, of_one_like_openai: str
) -> None:
    for provider, said in (("h.example:443", of_a_server), ("openai@h.example:443", of_one_like_openai)):
        hint = hint_of(kind, provider=provider, key_hint="", where="https://h.example/v1")
        assert said in hint and f"providers.{provider}" not in hint


@pytest.mark.parametrize(
    "kind", ["permission", "quota", "rate_limited", "context_length", "content_filter", "connection", "timeout"]
)
def test_each_kind_that_somebody_can_do_something_about_says_what(kind: str) -> None:
    hint = hint_of(kind, provider="p", key_hint="", where="")
    assert hint
    assert set(re.findall(r"providers\.p\.(\w+)", hint)) <= set(PROVIDER_FIELDS), "a setting that there is not"
