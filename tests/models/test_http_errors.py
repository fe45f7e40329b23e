"""What becomes of a refusal and of a connection that fails."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from llmspell.errors import ConfigError, MalformedAnswer, ProviderError
from llmspell.models.http_errors import (
    MAX_MESSAGE_CHARS,
    Asked,
    failed,
    interrupted,
    malformed,
    refused,
    reported,
    request_id_of,
)
from llmspell.security.redact import REDACTED

KEY = "sk-proj-Abcdefghij0123456789KLMNOP"
ASKED = Asked("openai", "gpt-5", "OPENAI_API_KEY", "https://api.openai.com/v1", (KEY, "tenant-secret"))


def body(message: str, **fields: Any) -> bytes:
    return json.dumps({"error": {"message": message, **fields}}).encode()


def test_a_refusal_says_who_what_and_what_to_do() -> None:
    headers = {"x-request-id": "req_1", "retry-after": "2"}
    error = refused(ASKED, 429, headers, body("Slow down.", type="rate_limit_error"))
    assert type(error) is ProviderError
    assert error.message == "openai/gpt-5 answered 429: Slow down"
    assert "providers.openai.requests_per_minute" in error.hint
    assert error.details == {
        "provider": "openai",
        "model": "gpt-5",
        "kind": "rate_limited",
        "retryable": True,
        "attempts": 1,
        "status": 429,
        "request_id": "req_1",
        "retry_after_s": 2.0,
    }


def test_a_refusal_without_a_word_is_named_by_its_status() -> None:
    assert refused(ASKED, 502, {}, b"").message == "openai/gpt-5 answered 502: bad gateway"
    assert "not define" in refused(ASKED, 599, {}, b"").message


def test_a_wrong_key_names_the_variable_and_the_setting() -> None:
    error = refused(ASKED, 401, {}, body("Incorrect API key provided"))
    assert error.details["kind"] == "authentication" and error.details["retryable"] is False
    assert "OPENAI_API_KEY" in error.hint and "providers.openai.api_key" in error.hint


def test_an_unknown_model_says_where_the_known_ones_are() -> None:
    error = refused(ASKED, 404, {}, body("The model `gpt-55` does not exist", code="model_not_found"))
    assert error.details["kind"] == "not_found"
    assert "llmspell model list" in error.hint


def test_an_account_without_credit_is_not_asked_again_though_the_status_says_later() -> None:
    assert refused(ASKED, 429, {}, body("no credit", code="insufficient_quota")).details["retryable"] is False
    assert refused(ASKED, 429, {}, body("too fast", code="rate_limit_exceeded")).details["retryable"] is True


@pytest.mark.parametrize(("said", "retryable"), [("true", True), ("false", False), ("perhaps", True)])
def test_a_provider_may_know_better_whether_to_try_again(said: str, retryable: bool) -> None:
    assert refused(ASKED, 500, {"x-should-retry": said}, b"").details["retryable"] is retryable


def test_a_providers_name_for_a_request_is_shown_unless_it_is_the_key() -> None:
    for request_id, shown in (("req_1", "req_1"), (KEY, REDACTED), (f"for {KEY}", f"for {REDACTED}")):
        assert refused(ASKED, 500, {"x-request-id": request_id}, b"").details["request_id"] == shown
        assert malformed(ASKED, "", "is none", request_id=request_id).details["request_id"] == shown


def test_a_redirect_is_an_error_that_says_where_it_leads_without_its_query() -> None:
    headers = {"location": f"https://elsewhere.example/v1?key={KEY}"}
    error = refused(ASKED, 307, headers, b"")
    assert "redirects to https://elsewhere.example/v1" in error.message and "key=" not in str(error)
    assert "providers.openai.base_url" in error.hint
    assert error.details["retryable"] is False
    assert "nowhere" in refused(ASKED, 304, {}, b"").message


@pytest.mark.parametrize(
    "said",
    [
        f"Incorrect API key provided: {KEY}.",
        "Incorrect API key provided: sk-proj-****************MNOP.",
        f"header Authorization: Bearer {KEY}",
        f"you are tenant-secret {KEY[:20]}",
        "x" * 495 + KEY,
    ],
)
def test_a_key_is_in_no_text_whatever_the_provider_shows_of_it(said: str) -> None:
    for error in (
        refused(ASKED, 401, {}, body(said)),
        refused(ASKED, 401, {}, said.encode()),
        reported(ASKED, {"message": said}),
        malformed(ASKED, "the body", said),
        interrupted(ASKED, said),
        failed(ASKED, httpx2.ConnectError(said)),
        failed(ASKED, httpx2.UnsupportedProtocol(said)),
    ):
        shown = f"{error} {error.details}"
        assert "Abcdefghij" not in shown and "sk-proj" not in shown and "tenant-secret" not in shown, shown


def test_a_text_is_in_one_line_and_bounded() -> None:
    error = refused(ASKED, 400, {}, body("first\r\nsecond\x1b[31m " + "x" * 10_000))
    assert "first second [31m" in error.message
    assert len(error.message) < MAX_MESSAGE_CHARS + 50 and error.message.endswith("…")


def test_half_a_character_does_not_get_into_a_message() -> None:
    refused(ASKED, 400, {}, b'{"error": {"message": "half \\ud83d"}}').message.encode()


def test_an_error_inside_an_answer_has_the_status_that_stands_in_it() -> None:
    error = reported(ASKED, {"code": 503, "message": "no provider left"}, request_id="gen-1")
    assert error.message == "openai/gpt-5 reported: no provider left"
    assert (error.details["kind"], error.details["status"], error.details["request_id"]) == (
        "overloaded",
        503,
        "gen-1",
    )
    assert "status" not in reported(ASKED, {"type": "server_error"}).details
    assert reported(ASKED, True).message == "openai/gpt-5 reported: an error that it does not describe"
    assert reported(ASKED, "went wrong").message == "openai/gpt-5 reported: went wrong"


def test_a_malformed_answer_names_the_field() -> None:
    error = malformed(ASKED, "choices[0].message", "is missing", request_id="req_9")
    assert isinstance(error, MalformedAnswer)
    assert error.message == "the answer of openai/gpt-5 is malformed: choices[0].message is missing"
    assert error.details["field"] == "choices[0].message" and error.details["request_id"] == "req_9"
    assert malformed(Asked("p", "m"), "x", "y").hint == ""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx2.ConnectTimeout("t"), "connection"),
        (httpx2.ReadTimeout("t"), "timeout"),
        (httpx2.WriteTimeout("t"), "timeout"),
        (TimeoutError(), "timeout"),
        (httpx2.ConnectError("no"), "connection"),
        (httpx2.ReadError("no"), "connection"),
        (httpx2.RemoteProtocolError("Server disconnected"), "connection"),
        (httpx2.ProxyError("403 Forbidden"), "connection"),
    ],
)
def test_an_exception_of_the_connection_is_worth_another_attempt(error: Exception, kind: str) -> None:
    translated = failed(ASKED, error)
    assert translated.details["kind"] == kind
    assert translated.details["retryable"] is True
    assert translated.hint


def test_a_connection_that_does_not_come_in_time_says_where_it_should_have_led() -> None:
    error = failed(ASKED, httpx2.ConnectTimeout("t"))
    assert error.message == "no connection to openai/gpt-5 at https://api.openai.com/v1 in time"
    assert "providers.openai.base_url" in error.hint


def test_what_breaks_off_after_the_beginning_is_interrupted_and_what_is_late_is_not() -> None:
    assert failed(ASKED, httpx2.ReadError("reset"), begun=True).details["kind"] == "interrupted"
    assert failed(ASKED, httpx2.ReadTimeout("t"), begun=True).details["kind"] == "timeout"


def test_the_innermost_reason_is_said() -> None:
    try:
        try:
            raise ExceptionGroup("all attempts failed", [ConnectionRefusedError(111, "Connection refused")])
        except ExceptionGroup as group:
            raise httpx2.ConnectError("All connection attempts failed") from group
    except httpx2.ConnectError as error:
        message = failed(ASKED, error).message
    assert message == "cannot reach openai/gpt-5 at https://api.openai.com/v1: connection refused"


def test_a_certificate_that_is_not_trusted_will_not_be_trusted_the_next_time() -> None:
    error = failed(ASKED, httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))
    assert error.details["retryable"] is False
    assert "SSL_CERT_FILE" in error.hint


def test_an_address_or_a_header_that_cannot_be_used_is_a_mistake_in_the_settings() -> None:
    assert "base_url" in failed(ASKED, httpx2.UnsupportedProtocol("no scheme")).hint
    error = failed(ASKED, httpx2.LocalProtocolError("Illegal header value b'secret\\n'"))
    assert isinstance(error, ConfigError)
    assert "secret" not in str(error) and "providers.openai.headers" in error.hint


def test_compression_that_cannot_be_read_is_a_malformed_answer() -> None:
    assert isinstance(failed(ASKED, httpx2.DecodingError("bad gzip"), begun=True), MalformedAnswer)


def test_a_request_has_the_name_that_its_provider_gave_it() -> None:
    assert request_id_of({"x-request-id": "a", "cf-ray": "b"}) == "a"
    assert request_id_of({"cf-ray": "b\r\n"}) == "b"
    assert request_id_of({}) == ""
