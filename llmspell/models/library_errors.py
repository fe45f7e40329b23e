"""What pydantic-ai raises, as errors of ours: the library's reading of a refusal, in the words of `http_errors`."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator

from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
    UserError,
)
from pydantic_core import ValidationError

from llmspell.errors import BadArgument, LLMSpellError, ProviderError
from llmspell.models.bounded_body import BodyTooLong
from llmspell.models.error_kinds import hint_of, may_help
from llmspell.models.error_text import error_in, text_of
from llmspell.models.http_client import too_long
from llmspell.models.http_errors import Asked, failed, malformed, refused, reported
from llmspell.security.redact import MIN_SECRET_CHARS

# What the library knows of each provider's codes; narrowest first. Statuses say the rest.
_KINDS: tuple[tuple[type[ModelAPIError], str], ...] = (
    (ModelContextWindowExceededError, "context_length"),
    (ModelQuotaExceededError, "quota"),
    (ModelRateLimitError, "rate_limited"),
    (ModelOverloadedError, "overloaded"),
    (ModelUnavailableError, "overloaded"),
    (ModelNotFoundError, "not_found"),
    (ModelServerError, "server"),
    (ModelAuthenticationError, "authentication"),
    (ModelRequestRejectedError, "bad_request"),
)
# A narrower word of `http_errors` is kept where the library has only these.
_NARROWER = {
    "authentication": ("permission",),
    "server": ("timeout", "overloaded"),
    "bad_request": ("content_filter", "context_length", "authentication", "quota"),
}
_TRANSPORT = frozenset(("RequestError", "InvalidURL", "HTTPClientError"))  # httpx, httpx2 and botocore
_MAX_CHAIN = 10
# What the package of a provider reads without looking whether it is there.
_FIELDS: dict[str, tuple[tuple[str, type[object]], ...]] = {
    "anthropic": (("content", list), ("usage", dict)),
    "google": (("candidates", list),),
}


class ConnectTimeout(TimeoutError):
    """There was no connection in time. Of this name, as `http_errors.failed` knows it."""


def to_error(asked: Asked, error: Exception, *, begun: bool = False, request_id: str = "") -> LLMSpellError:
    """The error for whatever a request to the library has raised.

    Args:
        begun: Whether an answer had begun to arrive.
        request_id: The provider's name for the request, where it came before the error.
    """
    if any(isinstance(it, BodyTooLong) for it in _chain(error)):
        return too_long(asked, request_id)
    match error:
        case LLMSpellError():
            return error
        case ContentFilterError():
            mapped = reported(asked, {"message": error.message}, request_id=request_id)
            return _of_kind(mapped, "content_filter", asked)
        case UnexpectedModelBehavior():
            return malformed(asked, "", error.message, request_id=request_id)
        case ModelRequestTimeout() | ModelTimeoutError():
            timeout = ConnectTimeout if getattr(error, "phase", "") in ("pool", "connect") else TimeoutError
            return failed(asked, timeout(error.message), request_id=request_id)
        case ModelConnectionError():
            return failed(asked, _of_transport(error) or error, begun=begun, request_id=request_id)
        case ModelHTTPError():
            return _refused(asked, error)
        case ModelAPIError():
            return _reported(asked, error, request_id)
    if isinstance(error, UserError | NotImplementedError) or type(error) is RuntimeError:
        # Raised before anything is sent: media, tools and settings that a model cannot be given.
        text = asked.shown(str(error)).rstrip(".")
        return BadArgument(f"{asked.full_name} cannot be asked this: {text}", details={"model": asked.full_name})
    if (transport := _of_transport(error)) is not None:
        return failed(asked, transport, begun=begun, request_id=request_id)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return malformed(asked, ".".join(map(str, first["loc"])), f"is wrong: {first['msg']}", request_id=request_id)
    if isinstance(error, ValueError | TypeError | LookupError | AttributeError | AssertionError | RecursionError):
        # The packages of providers read an answer without checking it first, and stumble over what is not there.
        return malformed(asked, "", f"{type(error).__name__}: {error}", request_id=request_id)
    return reported(asked, {"message": f"{type(error).__name__}: {error}"}, request_id=request_id)


def cause_of(asked: Asked, error: Exception) -> Exception | None:
    """What to raise an error from: nothing where a traceback would show a key, as when a server repeats it."""
    shown = "".join(traceback.format_exception(error))
    return None if any(it in shown for it in asked.secrets if len(it) >= MIN_SECRET_CHARS) else error


def _refused(asked: Asked, error: ModelHTTPError) -> ProviderError:
    mapped = refused(asked, error.status_code, error.headers or {}, _bytes(error.body))
    if error.provider_retry_hint is None:  # else `refused` has followed it already
        mapped = _of_kind(mapped, _kind(error), asked)
    return _with_details(mapped, error, asked)


def _bytes(body: object) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return (body if isinstance(body, str) else json.dumps(body, default=str)).encode("utf-8", "replace")


def _reported(asked: Asked, error: ModelAPIError, request_id: str) -> ProviderError:
    cause = error.__cause__
    status = getattr(cause, "status_code", getattr(cause, "code", None))
    if isinstance(status, int) and 300 <= status < 400:
        return refused(asked, status, getattr(getattr(cause, "response", None), "headers", {}), b"")
    if error.body is None and (isinstance(cause, ValueError) or error.message.startswith("Expected a JSON")):
        return malformed(asked, "", error.message, request_id=request_id)
    found = error_in(error.body)
    mapped = reported(asked, found if text_of(found) else {"message": error.message}, request_id=request_id)
    return _with_details(_of_kind(mapped, _kind(error), asked), error, asked)


def _kind(error: ModelAPIError) -> str:
    return next((kind for cls, kind in _KINDS if isinstance(error, cls)), "")


def _of_kind(mapped: ProviderError, kind: str, asked: Asked) -> ProviderError:
    found = str(mapped.details["kind"])
    if kind and kind != found and found not in _NARROWER.get(kind, ()):
        status = mapped.details.get("status")
        status = status if isinstance(status, int) else None
        mapped.details |= {"kind": kind, "retryable": may_help(kind, status)}
        mapped.hint = hint_of(kind, status, provider=asked.provider, key_hint=asked.key_hint, where=asked.where)
    return mapped


def _with_details(mapped: ProviderError, error: ModelAPIError, asked: Asked) -> ProviderError:
    if error.retry_after is not None:
        mapped.details.setdefault("retry_after_s", error.retry_after)
    if isinstance(error.body, dict) and isinstance(request_id := error.body.get("request_id"), str):  # Anthropic's
        mapped.details.setdefault("request_id", asked.shown(request_id[:200]))
    return mapped


def _of_transport(error: BaseException) -> Exception | None:
    """The exception of the HTTP library that this one was made of, by the names that such libraries share."""
    for it in _chain(error):
        if isinstance(it, Exception) and _TRANSPORT.intersection(cls.__name__ for cls in type(it).__mro__):
            return it
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what it was made of, and so on."""
    it: BaseException | None = error
    for _ in range(_MAX_CHAIN):
        if it is None:
            return
        yield it
        it = it.__cause__


def missing_field(system: str, body: bytes) -> tuple[str, str] | None:
    """Which field of a whole answer is not what the format says, and what is wrong with it; None where none is known.

    Asked when the provider's package has stumbled over an answer: it does not say over what.

    Args:
        system: What the library calls the provider.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return "", f"is {_named(answer)}, not an object"
    for name, expected in _FIELDS.get(system, ()):
        if name not in answer:
            return name, "is missing"
        if not isinstance(answer[name], expected):
            return name, f"is {_named(answer[name])}, not {_named(expected())}"
    return None


def _named(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
