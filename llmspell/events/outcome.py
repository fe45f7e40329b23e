"""What a hook has returned, read: nothing, a changed context, or a table that says what shall happen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument
from llmspell.events.plain import Value, same
from llmspell.events.points import ANYWHERE, Point
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.events.hook import Hook
    from llmspell.events.moment import Moment

ACTIONS = ("continue", "modified", "cancel", "replace", "retry", "cache", "redirect", "skipped")
MAX_DELAY_S = 300.0
MAX_TTL_S = 86_400.0
DEFAULT_TTL_S = 300.0
DEFAULT_ATTEMPTS = 3
MAX_ATTEMPTS = 10  # of one doing, however many hooks ask for more
MAX_REASON = 1000  # characters

# Other spellings that were published.
_SPELLINGS = {
    "modify": "modified",
    "cancelled": "cancel",
    "canceled": "cancel",
    "replaced": "replace",
    "skip": "skipped",
}
_KEYS = {
    "type",
    "data",
    "reason",
    "delay_ms",
    "ttl_s",
    "ttl",
    "target",
    "to",
    "key",
    "max_attempts",
    "metadata",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What shall happen, as one hook or all hooks of a moment want it.

    Attributes:
        action: One of `ACTIONS`.
        data: The new input or output, or the answer that replaces the doing.
        delay_s: Before it is done again.
        ttl_s: How long an answer is remembered.
        target: To whom it is redirected.
        key: Under which an answer is remembered; made of the input if empty.
        max_attempts: How often it is done in all.
        hook: Who has decided it.
        cache: Of all hooks of a moment: that the answer is to be remembered, whatever else happens.
    """

    action: str = "continue"
    data: Value = None
    reason: str = ""
    delay_s: float = 0.0
    ttl_s: float = DEFAULT_TTL_S
    target: str = ""
    key: str = ""
    max_attempts: int = DEFAULT_ATTEMPTS
    metadata: Mapping[str, Value] | None = None
    hook: Hook | None = None
    cache: Outcome | None = None


CONTINUE = Outcome()


def read_outcome(returned: Any, moment: Moment, point: Point) -> Outcome:
    """What a hook's return value means.

    Raises:
        BadArgument: It means nothing, or nothing that can be done at this point.
    """
    if returned is None or returned is True or returned == "continue":
        return CONTINUE
    if isinstance(returned, Outcome):
        outcome = returned
    elif isinstance(returned, str):
        outcome = Outcome(_action(returned))
    elif isinstance(returned, Mapping):
        outcome = _from_table(returned) if "type" in returned else _from_context(returned, moment, point)
    elif returned is False:
        outcome = Outcome("cancel")
    else:
        raise BadArgument(f"a hook returns nothing, a changed context or a table with a type, not {_kind_of(returned)}")
    if outcome.action not in point.actions and outcome.action not in ANYWHERE:
        can = ", ".join(point.actions)
        raise BadArgument(
            f'a hook at {point.name} cannot have the effect "{outcome.action}"',
            hint=f"there it can be {can}" if can else "it can only watch",
        )
    if outcome.action == "redirect" and not outcome.target:
        raise BadArgument("a redirect must name its target", hint='{type = "redirect", target = "…"}')
    return outcome


def _action(name: Any) -> str:
    if not isinstance(name, str):
        raise BadArgument("the type of what a hook returns is a text", hint=f"one of {', '.join(ACTIONS)}")
    wanted = name.strip().lower()
    action = _SPELLINGS.get(wanted, wanted)
    if action not in ACTIONS:
        hint = did_you_mean(wanted[:100], ACTIONS) or f"one of {', '.join(ACTIONS)}"
        raise BadArgument(f'a hook returned the unknown type "{name[:100]}"', hint=hint)
    return action


def _kind_of(value: Any) -> str:
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list | tuple):
        return "a list"
    return "a function" if callable(value) else f"an object of {type(value).__name__}"


def _from_table(table: Mapping[str, Value]) -> Outcome:
    action = _action(table["type"])
    for key in table:
        if key not in _KEYS:
            raise BadArgument(
                f'what a hook returns has no field "{str(key)[:100]}"',
                hint=did_you_mean(str(key)[:100], _KEYS) or f"the fields are {', '.join(sorted(_KEYS))}",
            )
    metadata = table.get("metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise BadArgument("metadata is a table")
    data, target = table.get("data"), table.get("target", table.get("to"))
    if target is None and action == "redirect":
        target = data if isinstance(data, str) else None
        data = None if target is not None else data
    if action == "retry" and data is not None:
        # Whoever has looked at the input before it was done the first time would not see the new one.
        raise BadArgument("a retry does it again with the same input", hint="leave data out")
    if action == "modified" and "data" not in table:
        raise BadArgument("what is modified must be given as data", hint='{type = "modified", data = …}')
    return Outcome(
        action,
        data,
        str(table.get("reason") or "")[:MAX_REASON],
        _number(table, "delay_ms", 0.0, MAX_DELAY_S * 1000) / 1000,
        _number(table, "ttl_s" if "ttl_s" in table else "ttl", DEFAULT_TTL_S, MAX_TTL_S),
        str(target or "")[:MAX_REASON],
        str(table.get("key") or "")[:MAX_REASON],
        int(_number(table, "max_attempts", DEFAULT_ATTEMPTS, MAX_ATTEMPTS)),
        metadata,
    )


def _number(table: Mapping[str, Value], key: str, default: float, most: float) -> float:
    value = table.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadArgument(f"{key} is a number from 0 to {most:g}")
    return value


def _from_context(table: Mapping[str, Value], moment: Moment, point: Point) -> Outcome:
    """A context that was changed, or was not: what counts is the point's subject, and the metadata."""
    known = moment.to_value()
    for key in table:
        if key not in known and key not in ("input", "output", "error"):
            raise BadArgument(
                f'a hook returned a table with neither a type nor a context, but "{str(key)[:100]}"',
                hint="return nothing, the context, or {type = …}",
            )
    metadata = table.get("metadata")
    if not isinstance(metadata, Mapping) or same(dict(metadata), known["metadata"]):
        metadata = None
    subject = point.subject
    if subject and subject in table and not same(table[subject], known.get(subject)):
        return Outcome("modified", table[subject], metadata=metadata)
    return Outcome(metadata=metadata)
