"""Of which kind an error of a provider is, whether trying again may help, and what its reader can do.

The kinds are those of `errors.ProviderError`. A provider's own code is asked before the status where it says more: a
429 may mean "later" or "never, until you pay"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from llmspell.config.provider_fields import is_loopback_url

_RETRYABLE = frozenset({"connection", "timeout", "rate_limited", "overloaded", "server", "interrupted"})

# By `code` and `type` of the providers, in lower case and with `_` for what separates words. What stands in the first
# table says more than any status does.
_TELLING = {
    "insufficient_quota": "quota",  # OpenAI, with 429
    "billing_hard_limit_reached": "quota",
    "billing_not_active": "quota",
    "insufficient_balance": "quota",
    "insufficient_credits": "quota",
    "exceeded_current_quota_error": "quota",  # Moonshot, with 429
    "arrearage": "quota",  # Alibaba, with 400
    "context_length_exceeded": "context_length",
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "responsibleaipolicyviolation": "content_filter",  # Azure, inside `innererror`
    "data_inspection_failed": "content_filter",  # Alibaba
    "invalid_api_key": "authentication",  # xAI and Gemini send it with 400
    "api_key_invalid": "authentication",
    "model_not_found": "not_found",
    "insufficient_system_resource": "overloaded",  # DeepSeek's reason to end an answer
}
_PLAIN = {
    "authentication_error": "authentication",
    "unauthenticated": "authentication",
    "permission_error": "permission",
    "permission_denied": "permission",
    "not_found_error": "not_found",
    "not_found": "not_found",
    "rate_limit_exceeded": "rate_limited",
    "rate_limit_error": "rate_limited",
    "resource_exhausted": "rate_limited",
    "too_many_requests": "rate_limited",
    "overloaded_error": "overloaded",
    "overloaded": "overloaded",
    "engine_overloaded_error": "overloaded",
    "service_unavailable": "overloaded",
    "unavailable": "overloaded",
    "server_error": "server",
    "api_error": "server",
    "internal": "server",
    "internal_error": "server",
    "internal_server_error": "server",
    "internalservererror": "server",
    "timeout": "timeout",
    "request_timeout": "timeout",
    "deadline_exceeded": "timeout",
    "invalid_request_error": "bad_request",
    "invalid_argument": "bad_request",
    "bad_request": "bad_request",
    "badrequesterror": "bad_request",
}
_BY_STATUS = {
    401: "authentication",
    402: "quota",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "other",
    429: "rate_limited",
    498: "overloaded",  # Groq's
    503: "overloaded",
    504: "timeout",
    529: "overloaded",  # Anthropic's
}
# Local servers have no code for it.
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|maximum context|prompt is too long|input is too long|reduce the length"
    r"|too many (?:input )?tokens|exceeds? the (?:available |model'?s? )?(?:context|maximum (?:number of )?tokens)",
    re.IGNORECASE,
)
# What a script that names a server says itself.
_OF_SCRIPTS = ("base_url", "api_key", "headers")
_WORD_BREAK = re.compile(r"[\s.\-]+")


def kind_of(status: int | None, error: Any) -> str:
    """The kind of an error.

    Args:
        status: None where it stands inside of an answer whose status said success.
        error: The value of the body's `error`, or all of the body.
    """
    codes = _codes(error)
    for code in codes:
        if code in _TELLING:
            return _TELLING[code]
    if status in (None, 400, 413, 422, 500) and _TOO_LONG.search(_message(error)):  # llama.cpp had it with 500
        return "context_length"
    if status is not None:
        if status in _BY_STATUS:
            return _BY_STATUS[status]
        return "server" if status >= 500 else "bad_request"
    for code in codes:
        if code in _PLAIN:
            return _PLAIN[code]
    return "other"


def may_help(kind: str, status: int | None = None) -> bool:
    """Whether the same request, sent again, may be answered."""
    return kind in _RETRYABLE or status == 409


def hint_of(kind: str, status: int | None = None, *, provider: str, key_hint: str, where: str) -> str:
    """What a reader can do about it, or empty. `where` is the base URL, or empty."""
    match kind:
        case "authentication":
            source = f"the variable {key_hint} or " if key_hint else ""
            return f"is the key right? it is read from {source}{place_of('api_key', provider)}"
        case "permission":
            return "the key is known but may not do this; look at its permissions in the provider's console"
        case "not_found":
            asked = f" and whether {where} is the provider's base_url" if where else ""
            return f"see `llmspell model list` for the models that are known{asked}"
        case "quota":
            return "the account is out of credit or past its limit; see the provider's page on billing"
        case "rate_limited":
            place = place_of("requests_per_minute", provider)
            return f"stay below the provider's limit with {place} or tokens_per_minute" if place else "ask less at once"
        case "context_length":
            return "shorten the prompt or the conversation, or take a model with a longer context"
        case "content_filter":
            return "the provider's filter refused what was said; say it differently"
        case "connection":
            there = "is it running" if where and is_loopback_url(where) else "is the network there, its server running"
            return f"{there}, and is {place_of('base_url', provider)} right?"
        case "timeout":
            place = place_of("timeout", provider)
            return f"wait longer with {place}" if place else ""
        case "bad_request" if status == 405:
            return f"is {place_of('base_url', provider)} right?"
    return ""


def place_of(field: str, provider: str) -> str:
    """Where a field of a provider is set, in words; empty where it cannot be.

    Args:
        provider: Its name. That of a server which a script has named has its port, `HOST:PORT` or `openai@HOST:PORT`;
            no settings can be called so, and what is not the script's to say is that of the provider before the `@`.
    """
    if ":" not in provider:
        return f"the setting providers.{provider}.{field}"
    if field in _OF_SCRIPTS:
        return f"the agent's {field}"
    like, at, _ = provider.partition("@")
    return f"the setting providers.{like}.{field}" if at else ""


def _codes(error: Any) -> list[str]:
    """What an error calls itself, most telling first."""
    if not isinstance(error, Mapping):
        return []
    found = [error.get("code"), error.get("type"), error.get("status")]
    inner = error.get("innererror")
    if isinstance(inner, Mapping):
        found.insert(0, inner.get("code"))
    details = error.get("details")  # Gemini's: [{"@type": …, "reason": "API_KEY_INVALID"}]
    if isinstance(details, list):
        found += [it.get("reason") for it in details if isinstance(it, Mapping)]
    return [_WORD_BREAK.sub("_", it.strip()).lower() for it in found if isinstance(it, str)]


def _message(error: Any) -> str:
    if isinstance(error, str):
        return error[:2000]
    message = error.get("message") if isinstance(error, Mapping) else None
    return message[:2000] if isinstance(message, str) else ""
