"""The fields of workflows and steps: their names, the other names that are published for them, and reading one safely.

What a table says is read once into canonical names (`Fields`); a name that is none of a table's is refused with the
nearest that is, and so are two names of one field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from llmspell.errors import BadArgument
from llmspell.suggestions import did_you_mean
from llmspell.tools.simple_schema import found_in_words, step

Value = Any

MAX_NAME_CHARS = 200

WORKFLOW_FIELDS: Mapping[str, Sequence[str]] = {
    "name": ("id", "workflow_name"),
    "description": (),
    "type": ("kind", "workflow_type", "pattern"),
    "steps": ("body", "nodes", "tasks"),
    "branches": (),
    "default": ("default_branch", "default_steps", "else", "else_steps", "otherwise"),
    "condition": ("if", "when"),
    "then": ("then_steps",),
    "pre_steps": ("before_steps",),
    "match": (),
    "execute_all_matching": (),
    "execute_default_on_no_match": (),
    "range": (),
    "collection": ("items", "over", "for_each"),
    "while": ("while_condition", "loop_condition"),
    "iterator": (),
    "iterations": ("times",),
    "max_iterations": (),
    "until": ("break_condition", "break_when", "break_if"),
    "aggregation": ("aggregation_strategy", "aggregate"),
    "max_concurrency": ("concurrency", "max_parallel", "max_workers", "limit"),
    "fail_fast": (),
    "error_strategy": ("on_error", "strategy"),
    "retry": ("retry_policy",),
    "retries": ("max_retries",),
    "timeout_ms": (),
    "timeout_s": ("timeout_seconds",),
    "shared_data": ("shared",),
    "output": ("result",),
    "edges": (),
    "input_schema": ("schema",),
    "metadata": (),
    "version": (),
    "tags": (),
    "on_before_execute": ("before_execute",),
    "on_after_execute": ("after_execute",),
}
STEP_FIELDS: Mapping[str, Sequence[str]] = {
    "name": ("id", "step_name"),
    "description": ("label",),
    "type": ("step_type", "kind"),
    "tool": ("tool_name",),
    "agent": ("agent_name", "agent_id"),
    "workflow": ("workflow_name", "workflow_id", "sub_workflow"),
    "fn": ("function", "func", "handler", "execute", "callback", "run"),
    "template": ("template_name",),
    "input": ("parameters", "params", "arguments", "args", "with", "prompt", "inputs"),
    "depends_on": ("dependencies", "needs", "after"),
    "condition": ("when", "if"),
    "timeout_ms": (),
    "timeout_s": ("timeout_seconds",),
    "retry": ("retry_policy",),
    "retries": ("max_retries",),
    "on_error": ("error_strategy", "on_failure"),
    "fallback": (),
    "compensate": ("compensation", "rollback", "undo"),
    "optional": ("continue_on_error", "allow_failure"),
    "weight": ("priority",),
    "route": (),
    "metadata": (),
}
BRANCH_FIELDS: Mapping[str, Sequence[str]] = {
    "name": ("id", "branch_name"),
    "description": ("label",),
    "condition": ("when", "if"),
    "steps": ("then", "then_steps", "body"),
    "optional": ("allow_failure",),
}
EDGE_FIELDS: Mapping[str, Sequence[str]] = {
    "from": ("source", "src"),
    "to": ("target", "dst"),
    "condition": ("when", "if"),
    "weight": ("priority",),
    "label": ("name",),
}
RETRY_FIELDS: Mapping[str, Sequence[str]] = {
    "attempts": ("max_attempts", "retry_attempts"),
    "retries": ("max_retries",),
    "backoff_ms": ("delay_ms", "initial_backoff_ms", "initial_delay_ms", "wait_ms"),
    "factor": ("multiplier", "backoff_factor", "backoff_multiplier"),
    "max_backoff_ms": ("max_delay_ms",),
    "on": ("codes", "errors", "retry_on"),
    "type": ("strategy",),
    "backoff": ("backoff_strategy",),
}
RANGE_FIELDS: Mapping[str, Sequence[str]] = {
    "start": (),
    "end": ("stop",),
    "from": (),
    "to": (),
    "step": ("by",),
}


class Fields:
    """A table, by canonical names. What is nil is absent.

    Args:
        what: What the table is, for messages: "a workflow".
        at: Where it stands: `$.steps[0]`.

    Raises:
        BadArgument: It is no table, a name is unknown, or a field is given twice.
    """

    def __init__(self, value: Value, known: Mapping[str, Sequence[str]], what: str, at: str) -> None:
        if not isinstance(value, Mapping):
            raise wrong(at, f"{what} is a table, not {found_in_words(value)}")
        self.at = at
        self.what = what
        self._values: dict[str, Value] = {}
        self._written: dict[str, str] = {}
        by_name = _spellings(known)
        for key, it in value.items():
            if it is None:
                continue
            name = by_name.get(key) if isinstance(key, str) else None
            if name is None:
                shown = str(key)[:60]
                hint = did_you_mean(shown, by_name) or f"it has {', '.join(known)}"
                raise BadArgument(
                    f'{what} has no field "{shown}"',
                    hint=hint,
                    details={"path": step(at, shown), "unknown": shown},
                )
            if name in self._values:
                raise wrong(step(at, key), f'"{key}" and "{self._written[name]}" are the same field and both are given')
            self._values[name] = it
            self._written[name] = key

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str, other: Value = None) -> Value:
        """The value, or another where there is none."""
        return self._values.get(name, other)

    def path(self, name: str) -> str:
        """Where a field stands, by the name that was used."""
        return step(self.at, self._written.get(name, name))

    def set(self, name: str, value: Value) -> None:
        """Put in what another field has said."""
        self._values[name] = value
        self._written.setdefault(name, name)

    def text(self, name: str, other: str = "") -> str:
        """A text.

        Raises:
            BadArgument: It is none.
        """
        value = self._values.get(name, other)
        if not isinstance(value, str):
            raise wrong(self.path(name), f"{name} of {self.what} is a text, not {found_in_words(value)}")
        return value

    def flag(self, name: str, other: bool = False) -> bool:
        """True or false.

        Raises:
            BadArgument: It is neither.
        """
        value = self._values.get(name, other)
        if not isinstance(value, bool):
            raise wrong(self.path(name), f"{name} of {self.what} is true or false, not {found_in_words(value)}")
        return value

    def number(self, name: str, other: float | None, *, least: float, most: float = math.inf) -> float | None:
        """A number within bounds.

        Raises:
            BadArgument: It is none, or out of them.
        """
        value = self._values.get(name)
        if value is None:
            return other
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            within = f"of at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"
            raise wrong(self.path(name), f"{name} of {self.what} is a number {within}, not {found_in_words(value)}")
        return value

    def integer(self, name: str, other: int | None, *, least: int, most: int) -> int | None:
        """A whole number within bounds.

        Raises:
            BadArgument: It is none, or out of them.
        """
        value = self.number(name, other, least=least, most=most)
        if value is not None and value != int(value):
            raise wrong(self.path(name), f"{name} of {self.what} is a whole number, not {value!r}")
        return None if value is None else int(value)

    def choice(self, name: str, choices: Mapping[str, Value], other: Value) -> Value:
        """What one of some words means.

        Raises:
            BadArgument: It is none of them; the hint names the nearest.
        """
        value = self._values.get(name)
        if value is None:
            return other
        if not isinstance(value, str) or value.lower() not in choices:
            said = f'"{value[:60]}"' if isinstance(value, str) else found_in_words(value)
            hint = (did_you_mean(value[:60], choices) if isinstance(value, str) else "") or f"one of {_listed(choices)}"
            raise BadArgument(
                f"{name} of {self.what} is one of {_listed(choices)}, not {said}",
                hint=hint,
                details={"path": self.path(name)},
            )
        return choices[value.lower()]

    def names(self, name: str) -> tuple[str, ...]:
        """A list of names; one name is a list of it.

        Raises:
            BadArgument: It is none.
        """
        value = self._values.get(name, ())
        if isinstance(value, str):
            value = [value]
        items = listed(value, self.path(name), f"{name} of {self.what}")
        for i, it in enumerate(items):
            if not isinstance(it, str) or not it:
                raise wrong(f"{self.path(name)}[{i}]", f"{name} of {self.what} is a list of names")
        return tuple(dict.fromkeys(items))

    def table(self, name: str) -> dict[str, Value]:
        """A table of names and values.

        Raises:
            BadArgument: It is none.
        """
        value = self._values.get(name, {})
        if value == []:
            return {}
        if not isinstance(value, Mapping):
            raise wrong(self.path(name), f"{name} of {self.what} is a table, not {found_in_words(value)}")
        return dict(value)

    def milliseconds(self) -> float | None:
        """`timeout_ms`, or `timeout_s` in milliseconds."""
        if "timeout_s" in self:
            seconds = self.number("timeout_s", None, least=0.001)
            return None if seconds is None else seconds * 1000
        return self.number("timeout_ms", None, least=1)


def listed(value: Value, at: str, what: str) -> list[Value]:
    """A list; an empty table is an empty list.

    Raises:
        BadArgument: It is none.
    """
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, Mapping) and not value:
        return []
    raise wrong(at, f"{what} is a list, not {found_in_words(value)}")


def check_name(name: Value, what: str, at: str) -> str:
    """A name of a workflow or a step.

    Raises:
        BadArgument: It is none.
    """
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise wrong(at, f"the name of {what} has 1 to {MAX_NAME_CHARS} characters, it is {found_in_words(name)}")
    return name


def wrong(at: str, message: str, hint: str = "") -> BadArgument:
    """The error for a field that does not hold what it should."""
    return BadArgument(message, hint=hint, details={"path": at})


_KNOWN: dict[int, dict[str, str]] = {}


def _spellings(known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found = _KNOWN.get(id(known))
    if found is None:
        found = {spelling: name for name, others in known.items() for spelling in (name, *others)}
        _KNOWN[id(known)] = found
    return found


def _listed(choices: Iterable[str]) -> str:
    return ", ".join(choices)
