"""What a provider refuses and how a connection fails, as one `ProviderError` that says what to do about it.

Knows the dialects of errors, not those of answers: an error's text stands in different places with each provider. Every
text of theirs is bounded, has no control characters, and has gone through a `Redactor` that knows the key."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from llmspell.errors import ConfigError, LLMSpellError, MalformedAnswer, ProviderError
from llmspell.models.error_kinds import hint_of, kind_of, may_help, place_of
from llmspell.models.error_text import Value, error_in, parsed, status_in, text_of
from llmspell.models.retry_after import retry_after_s
from llmspell.security.redact import REDACTED, Redactor

MAX_MESSAGE_CHARS = 500
# Redacted as a whole before it is cut, so that no cut leaves a part of a key; longer than any message worth reading.
_MAX_RAW_CHARS = 20_000
# Providers show the beginning of a key they refuse: `sk-proj-********abcd`.
_MIN_KEY_START = 8

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-amzn-requestid", "x-ds-trace-id", "apim-request-id", "cf-ray")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked for what, for what an error says of it.

    Attributes:
        key_hint: The variable that usually holds the key, or empty.
        where: The base URL without user, password and query, or empty.
        secrets: What no text may contain: the key, and the values of headers.
        format: What it was asked in.
    """

    provider: str
    model: str
    key_hint: str = ""
    where: str = ""
    secrets: tuple[str, ...] = ()
    format: str = "the chat-completions format"

    @property
    def full_name(self) -> str:
        return f"{self.provider}/{self.model}" if self.model else self.provider

    def shown(self, text: str) -> str:
        """A provider's text as it may be shown: redacted, in one line, bounded."""
        text = Redactor(self.secrets).text(text[:_MAX_RAW_CHARS])
        for secret in self.secrets:
            if len(secret) > 2 * _MIN_KEY_START:
                text = re.sub(re.escape(secret[:_MIN_KEY_START]) + r"[\w*.…\-]*", REDACTED, text)
        text = _CONTROL.sub(" ", text).strip().encode("utf-8", "replace").decode()  # JSON may hold half a character
        return text if len(text) <= MAX_MESSAGE_CHARS else text[: MAX_MESSAGE_CHARS - 1] + "…"


def refused(asked: Asked, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The error for an answer whose status is not a success.

    Args:
        headers: Looked up by names in lower case.
        body: As far as it was read; need not be JSON.
    """
    request_id = request_id_of(headers)
    if 300 <= status < 400:
        return _redirected(asked, status, headers.get("location", ""), request_id)
    found = parsed(body)
    error = error_in(found)
    kind = kind_of(status, error)
    retryable = may_help(kind, status)
    if (should := headers.get("x-should-retry")) in ("true", "false"):  # OpenAI knows better than the status does
        retryable = should == "true"
    text = asked.shown(text_of(error) or text_of(found)) or _phrase(status)
    return _provider_error(
        asked,
        f"{asked.full_name} answered {status}: {text}",
        kind,
        retryable,
        status=status,
        request_id=request_id,
        retry_after_s=retry_after_s(headers, error),
    )


def reported(asked: Asked, error: Value, *, request_id: str = "") -> ProviderError:
    """The error that stands inside of an answer, or of a stream, whose status said success.

    Args:
        error: The value of its field `error`.
    """
    status = status_in(error)
    kind = kind_of(status, error)
    text = asked.shown(text_of(error)) or "an error that it does not describe"
    return _provider_error(
        asked,
        f"{asked.full_name} reported: {text}",
        kind,
        may_help(kind, status),
        status=status,
        request_id=request_id,
        retry_after_s=retry_after_s({}, error),
    )


def malformed(asked: Asked, field: str, problem: str, *, request_id: str = "") -> MalformedAnswer:
    """The error for an answer that is not what the format says.

    Args:
        field: The path of what is wrong, such as `choices[0].message`; empty for all of it.
        problem: What is wrong with it: `is missing`.
    """
    details: dict[str, object] = {"provider": asked.provider, "model": asked.model, "kind": "other"}
    details |= {"retryable": False, "attempts": 1, "field": field}
    if request_id:
        details["request_id"] = asked.shown(request_id)
    return MalformedAnswer(
        f"the answer of {asked.full_name} is malformed: {asked.shown(f'{field} {problem}'.strip())}",
        hint=f"does {asked.where} speak {asked.format}?" if asked.where else "",
        details=details,
    )


def interrupted(asked: Asked, problem: str, *, request_id: str = "") -> ProviderError:
    """The error for an answer that broke off."""
    return _provider_error(
        asked,
        f"the answer of {asked.full_name} broke off: {asked.shown(problem)}",
        "interrupted",
        True,
        request_id=request_id,
    )


def failed(asked: Asked, error: Exception, *, begun: bool = False, request_id: str = "") -> LLMSpellError:
    """The error for an exception of an HTTP library.

    By the names of its classes: httpx2, httpx and the libraries built on them share them, and none need be imported.

    Args:
        begun: Whether an answer had begun to arrive.
    """
    names = {it.__name__ for it in type(error).__mro__}
    cause = _cause(error)
    if "LocalProtocolError" in names:  # its text would show the header
        return ConfigError(
            f"a request to provider {asked.provider} cannot be sent: a header has what no header may have",
            hint=f"look at {place_of('headers', asked.provider)}",
        )
    if names & {"UnsupportedProtocol", "InvalidURL"}:
        return ConfigError(
            f"the address of provider {asked.provider} cannot be used: {asked.shown(str(error))}",
            hint=f"look at {place_of('base_url', asked.provider)}",
        )
    if "DecodingError" in names:
        return malformed(asked, "", f"its compressed bytes cannot be read: {cause}", request_id=request_id)
    where = asked.where or "its address"
    if names & {"ConnectTimeout", "PoolTimeout"}:  # nothing was sent, so that nobody will bill it
        message = f"no connection to {asked.full_name} at {where} in time"
        return _provider_error(asked, message, "connection", True)
    if "TimeoutException" in names or isinstance(error, TimeoutError):
        message = f"nothing more from {asked.full_name} in time"
        return _provider_error(asked, message, "timeout", True, request_id=request_id)
    if begun:
        return interrupted(asked, cause, request_id=request_id)
    if "ProxyError" in names:
        message = f"the proxy does not lead to {asked.full_name}: {asked.shown(cause)}"
        hint = "look at HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
        return _provider_error(asked, message, "connection", True, hint=hint)
    certificate = "certificate" in cause.lower()
    return _provider_error(
        asked,
        f"cannot reach {asked.full_name} at {where}: {asked.shown(cause)}",
        "connection",
        not certificate,  # it will be the same one the next time
        hint="name your certificate authorities in SSL_CERT_FILE" if certificate else "",
    )


def request_id_of(headers: Mapping[str, str]) -> str:
    """The provider's name for the request, or empty."""
    for name in _REQUEST_ID_HEADERS:
        if found := headers.get(name):
            return _CONTROL.sub("", found)[:200]
    return ""


def _provider_error(
    asked: Asked,
    message: str,
    kind: str,
    retryable: bool,
    *,
    status: int | None = None,
    request_id: str = "",
    retry_after_s: float | None = None,
    hint: str = "",
) -> ProviderError:
    details: dict[str, object] = {"provider": asked.provider, "model": asked.model, "kind": kind}
    details |= {"retryable": retryable, "attempts": 1}
    if status is not None:
        details["status"] = status
    if request_id:
        details["request_id"] = asked.shown(request_id)
    if retry_after_s is not None:
        details["retry_after_s"] = retry_after_s
    hint = hint or hint_of(kind, status, provider=asked.provider, key_hint=asked.key_hint, where=asked.where)
    return ProviderError(message.rstrip(". "), hint=hint, details=details)


def _redirected(asked: Asked, status: int, location: str, request_id: str) -> ProviderError:
    """A redirect is not followed: it would carry the key and the prompt to where nobody has said they may go."""
    leads_to = asked.shown(location.partition("?")[0])
    return _provider_error(
        asked,
        f"{asked.full_name} answered {status} and redirects to {leads_to or 'nowhere'}; redirects are not followed",
        "other",
        False,
        status=status,
        request_id=request_id,
        hint=f"if that is where it is, {place_of('base_url', asked.provider)} should say so",
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.lower()
    except ValueError:
        return "a status that HTTP does not define"


def _cause(error: BaseException) -> str:
    """The innermost reason: what the system said, rather than what each layer around it made of that."""
    text = str(error) or type(error).__name__
    for _ in range(10):
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif (cause := error.__cause__ or error.__context__) is not None:
            error = cause
        else:
            break
        if isinstance(error, ConnectionError) and error.errno:
            text = os.strerror(error.errno)  # asyncio's own text says only that a call failed
        elif isinstance(error, OSError) and error.strerror:
            text = error.strerror
    return text[:1].lower() + text[1:]
