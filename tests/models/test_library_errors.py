"""What the library raises, as errors of ours: of which kind, whether trying again may help, and never with a key."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from model_conversations import events_of, run, says
from pydantic_ai import exceptions as library
from test_library_model import KEY, NAMES, SHORT, STREAMS, asked_of, both
from wire_server import Answer, claude, claude_stream, gemini, sse

from llmspell.errors import BadArgument, LLMSpellError, MalformedAnswer, ProviderError
from llmspell.models.http_errors import Asked
from llmspell.models.library_errors import to_error
from llmspell.models.messages import Media, user

ASKED = Asked("anthropic", "claude", "ANTHROPIC_API_KEY", secrets=(KEY,))


def refusal(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_9"}


def google_refusal(code: int, status: str, message: str, **details: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status, "details": [details] if details else []}}


def failure(name: str, answer: Answer, *, stream: bool = False) -> LLMSpellError:
    """What a request comes to."""

    async def work() -> LLMSpellError:
        async with asked_of(name, answer) as (model, _):
            with pytest.raises(LLMSpellError) as raised:
                if stream:
                    await events_of(model, says("hi"))
                else:
                    await model.request(says("hi", settings=SHORT))
            return raised.value

    return run(work())


TOO_LONG = "The input token count (3) exceeds the maximum number of tokens allowed (2)."
BAD_KEY = google_refusal(400, "INVALID_ARGUMENT", "API key not valid", reason="API_KEY_INVALID")
ALL_OF_TODAY = google_refusal(429, "RESOURCE_EXHAUSTED", "enough", violations=[{"quotaId": "RequestsPerDay"}])
REFUSALS: list[tuple[str, int, Any, str, bool]] = [
    ("anthropic", 401, refusal("authentication_error", "invalid x-api-key"), "authentication", False),
    ("anthropic", 403, refusal("permission_error", "not yours"), "permission", False),
    ("anthropic", 404, refusal("not_found_error", "model: x"), "not_found", False),
    ("anthropic", 400, refusal("invalid_request_error", "prompt is too long: 9 > 8"), "context_length", False),
    ("anthropic", 400, refusal("invalid_request_error", "Your credit balance is too low"), "quota", False),
    ("anthropic", 400, refusal("invalid_request_error", "max_tokens: too many"), "bad_request", False),
    ("anthropic", 429, refusal("rate_limit_error", "slower"), "rate_limited", True),
    ("anthropic", 529, refusal("overloaded_error", "Overloaded"), "overloaded", True),
    ("anthropic", 500, refusal("api_error", "oops"), "server", True),
    ("anthropic", 503, b"<html><title>maintenance</title></html>", "overloaded", True),
    ("anthropic", 504, refusal("timeout_error", "too slow"), "timeout", True),
    ("google", 400, BAD_KEY, "authentication", False),
    ("google", 400, google_refusal(400, "INVALID_ARGUMENT", TOO_LONG), "context_length", False),
    ("google", 404, google_refusal(404, "NOT_FOUND", "models/x is not found"), "not_found", False),
    ("google", 429, google_refusal(429, "RESOURCE_EXHAUSTED", "slower"), "rate_limited", True),
    ("google", 429, ALL_OF_TODAY, "quota", False),
    ("google", 503, google_refusal(503, "UNAVAILABLE", "The model is overloaded"), "overloaded", True),
    ("google", 500, google_refusal(500, "INTERNAL", "oops"), "server", True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "body", "kind", "retryable"), REFUSALS)
def test_a_refusal_says_its_kind_and_whether_trying_again_may_help(
    name: str, status: int, body: Any, kind: str, retryable: bool
) -> None:
    error = failure(name, Answer(body, status))
    assert isinstance(error, ProviderError)
    found = {it: error.details[it] for it in ("provider", "model", "kind", "retryable", "status")}
    assert found == {"provider": name, "model": NAMES[name], "kind": kind, "retryable": retryable, "status": status}
    assert error.message.startswith(f"{name}/{NAMES[name]} answered {status}: ")


def test_the_providers_own_words_and_names_are_kept() -> None:
    error = failure("anthropic", Answer(refusal("rate_limit_error", "slower, please"), 429, {"Retry-After": "7"}))
    assert error.message == "anthropic/claude-sonnet-4-6 answered 429: slower, please"
    assert (error.details["request_id"], error.details["retry_after_s"]) == ("req_9", 7.0)
    wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "14s"}
    error = failure("google", Answer(google_refusal(429, "RESOURCE_EXHAUSTED", "slower", **wait), 429))
    assert error.details["retry_after_s"] == 14.0


def test_a_provider_that_says_not_to_try_again_is_believed() -> None:
    error = failure("anthropic", Answer(refusal("rate_limit_error", "no"), 429, {"X-Should-Retry": "false"}))
    assert (error.details["kind"], error.details["retryable"]) == ("rate_limited", False)


@both
def test_a_redirect_is_not_followed(library: str) -> None:
    error = failure(library, Answer(b"", 302, {"Location": "http://127.0.0.1:9/elsewhere?key=1"}))
    assert "redirects to http://127.0.0.1:9/elsewhere; redirects are not followed" in error.message


@both
@pytest.mark.parametrize("stream", [False, True])
def test_a_key_that_a_server_repeats_is_in_no_text_of_the_error(library: str, stream: bool) -> None:
    error = failure(library, Answer({"error": {"message": f"bad key {KEY}", "type": KEY}}, 401), stream=stream)
    shown = "".join(traceback.format_exception(error)) + str(error.to_wire())
    assert "bad key [redacted]" in shown
    assert KEY not in shown and KEY[:20] not in shown


def test_what_an_error_was_made_of_is_kept_where_it_shows_no_key() -> None:
    error = failure("anthropic", Answer(refusal("api_error", "oops"), 500))
    assert isinstance(error.__cause__, library.ModelServerError)


@both
def test_a_connection_that_breaks_before_the_answer_is_told_from_one_that_breaks_in_it(library: str) -> None:
    nothing = failure(library, Answer(b"", then="drop"))
    part = failure(library, Answer(claude("hello"), then="drop"))
    assert (nothing.details["kind"], part.details["kind"]) == ("connection", "interrupted")
    assert nothing.details["retryable"] and part.details["retryable"]
    assert nothing.message.startswith(f"cannot reach {library}/")


BROKEN = {
    "anthropic": claude_stream(["hel"], ends=False),
    "google": sse(gemini("hel", finish=None)),
}


@both
@pytest.mark.parametrize("then", ["drop", "end"])
def test_a_stream_without_its_end_is_no_answer(library: str, then: Any) -> None:
    error = failure(library, Answer(BROKEN[library], then=then), stream=True)
    assert (type(error), error.details["kind"]) == (ProviderError, "interrupted")
    assert f"the answer of {library}/{NAMES[library]} broke off" in error.message


def test_an_error_inside_a_stream_is_the_one_that_it_would_have_been_before() -> None:
    overloaded = sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    error = failure("anthropic", Answer([*BROKEN["anthropic"], *overloaded]), stream=True)
    assert (error.details["kind"], error.details["status"], error.details["retryable"]) == ("overloaded", 529, True)
    unavailable = sse(google_refusal(503, "UNAVAILABLE", "over capacity"))
    error = failure("google", Answer([*BROKEN["google"], *unavailable]), stream=True)
    assert (error.details["kind"], error.details["status"]) == ("overloaded", 503)


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize(
    ("name", "body", "says_what"),
    [
        ("anthropic", {}, "content is missing"),
        ("anthropic", claude(content=None), "content is null, not a list"),
        ("anthropic", claude(content="hi"), "content is a text, not a list"),
        ("anthropic", without(claude("hi"), "usage"), "usage is missing"),
        ("anthropic", claude({"type": "text"}), "text is missing in a part of the content that is text"),
        ("anthropic", b"[1]", "is a list, not an object"),
        ("anthropic", b"<html>", "Failed to decode response as JSON"),
        ("google", {}, "candidates is missing"),
        ("google", {"candidates": None}, "candidates is null, not a list"),
        ("google", gemini("hi", candidates=[{"content": {"parts": "hi"}}]), "candidates.0.content.parts is wrong"),
        ("google", b"<html>", "Failed to decode response as JSON"),
    ],
)
def test_an_answer_that_is_not_what_the_format_says_names_the_field(name: str, body: Any, says_what: str) -> None:
    error = failure(name, Answer(body))
    assert isinstance(error, MalformedAnswer)
    assert error.message.startswith(f"the answer of {name}/{NAMES[name]} is malformed: ")
    assert says_what in error.message
    assert f"speak the format of {name}?" in error.hint


@pytest.mark.parametrize("body", [[], [b"data: {oops\n\n"]])
def test_a_stream_of_nothing_that_can_be_read_is_malformed(body: list[bytes]) -> None:
    assert isinstance(failure("anthropic", Answer(body), stream=True), MalformedAnswer)
    assert isinstance(failure("google", Answer(body), stream=True), MalformedAnswer)


@both
def test_a_stream_that_is_whole_is_an_answer(library: str) -> None:
    """The control of the tests above."""

    async def work() -> None:
        async with asked_of(library, Answer(STREAMS[library])) as (model, _):
            await events_of(model, says("hi"))

    run(work())


def test_media_that_a_model_cannot_be_given_is_a_bad_argument() -> None:
    async def work() -> None:
        async with asked_of("anthropic", Answer(claude("hi"))) as (model, server):
            song = Media("audio", "audio/mpeg", b"la")
            with pytest.raises(BadArgument, match="anthropic/claude-sonnet-4-6 cannot be asked this: .*audio/mpeg"):
                await model.request(says(user("listen", song), settings=SHORT))
            assert server.asked == []

    run(work())


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (library.ContentFilterError("blocked"), "content_filter"),
        (library.ModelRequestTimeout("m", 3), "timeout"),
        (library.ModelTimeoutError("m", "slow"), "timeout"),
        (library.ModelTimeoutError("m", "slow", phase="connect"), "connection"),
        (library.ModelConnectionError("m", "gone"), "connection"),
        (library.ModelRateLimitError("m", "RESOURCE_EXHAUSTED", retry_after=3), "rate_limited"),
        (library.ModelOverloadedError("m", "busy", in_stream=True), "overloaded"),
        (library.ModelQuotaExceededError("m", "empty"), "quota"),
        (library.ModelAPIError("m", "who knows"), "other"),
        (OSError("odd"), "other"),
    ],
)
def test_errors_without_a_status_have_a_kind_too(raised: Exception, kind: str) -> None:
    error = to_error(ASKED, raised)
    assert (type(error), error.details["kind"]) == (ProviderError, kind)


def test_every_class_of_the_library_becomes_an_error_of_ours() -> None:
    for name in library.__all__:
        cls = getattr(library, name)
        if isinstance(cls, type) and issubclass(cls, library.ModelAPIError):
            made = cls.__new__(cls)
            library.ModelAPIError.__init__(made, "m", "said")
            made.__dict__.update(status_code=400, headers=None, phase=None)
            assert isinstance(to_error(ASKED, made), ProviderError), name
    for other in (library.UnexpectedModelBehavior("odd"), library.IncompleteToolCall("cut"), RecursionError("deep")):
        assert isinstance(to_error(ASKED, other), MalformedAnswer)
    assert isinstance(to_error(ASKED, library.UserError("not so")), BadArgument)
