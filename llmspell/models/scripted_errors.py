"""Read the `error` of a scripted turn: a status, a kind, or a table that says more."""

from __future__ import annotations

from llmspell.models.error_kinds import kind_of, may_help
from llmspell.models.messages import Value
from llmspell.models.scripted_table import Place, Table, check_names
from llmspell.models.scripted_turns import Failure

# What each kind says where the script says nothing.
_MESSAGES = {
    "connection": "the connection failed",
    "timeout": "there was no answer in time",
    "rate_limited": "too many requests",
    "overloaded": "the server is overloaded",
    "server": "the server has failed",
    "interrupted": "the answer broke off",
    "authentication": "the key is not valid",
    "permission": "the key may not do this",
    "not_found": "there is no such model",
    "bad_request": "the request is not valid",
    "context_length": "the conversation is too long",
    "content_filter": "the answer was held back",
    "quota": "there is no credit left",
    "other": "the request failed",
}


def read_failure(value: Value, place: Place, *, breaks_off: bool) -> Failure | None:
    """The error in plain data; None without one.

    Args:
        breaks_off: Whether there is something to say before it.

    Raises:
        ConfigError: It is no error.
    """
    if value is None:
        return None
    if isinstance(value, str):
        value = {"kind": value}
    elif isinstance(value, int | float) and not isinstance(value, bool):
        value = {"status": value}
    table = Table(value, place)
    status, missing = table.count("status", 100), table.text("malformed")
    guessed = kind_of(status, None) if status is not None else "interrupted" if breaks_off else "other"
    kind = table.choice("kind", tuple(_MESSAGES)) or guessed
    message, retryable = table.text("message"), table.flag("retryable")
    retry_after_s, request_id = table.number("retry_after_s"), table.text("request_id")
    table.done()
    says = f"the answer has no {missing}" if missing else _MESSAGES[kind]
    check_names(message, place)
    return Failure(
        kind,
        message or says,
        may_help(kind, status) if retryable is None else retryable,
        status,
        retry_after_s,
        request_id,
        missing,
    )
