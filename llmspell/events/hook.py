"""One hook: a function, where it is to be called, in which order, and how it has done so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from llmspell.errors import BadArgument
from llmspell.events.listeners import PRIORITIES
from llmspell.events.plain import Value
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment

MAX_PRIORITY = 1_000_000

Function: TypeAlias = "Callable[[Moment, RunContext], Awaitable[Any]]"


@dataclass(slots=True, eq=False)
class Hook:
    """One registered function.

    Attributes:
        pattern: The point, or a glob of points.
        fatal: What goes wrong in it ends what it was called for.
        function: Gets the moment and the context in which it acts.
    """

    number: int
    pattern: str
    function: Function
    priority: int = 0
    name: str = ""
    timeout_s: float | None = None
    fatal: bool = False
    origin: str = "host"
    n_calls: int = 0
    n_failures: int = 0
    total_s: float = 0.0
    n_timeouts: int = 0  # in a row
    is_here: bool = True

    @property
    def id(self) -> str:
        return f"hook-{self.number}"

    def to_value(self) -> dict[str, Value]:
        """A row of `Hooks.list`."""
        return {
            "id": self.id,
            "name": self.name,
            "hook_point": self.pattern,
            "priority": priority_name(self.priority),
            "origin": self.origin,
            "fatal": self.fatal,
            "calls": self.n_calls,
            "failures": self.n_failures,
            "total_ms": round(self.total_s * 1000, 3),
        }


def priority_of(priority: str | float) -> int:
    """A priority as a number; the greatest is called first.

    Raises:
        BadArgument: It is none.
    """
    if isinstance(priority, str):
        found = PRIORITIES.get(priority.strip().lower())
        if found is None:
            raise BadArgument(
                f'there is no priority "{priority[:50]}"',
                hint=did_you_mean(priority[:50].lower(), PRIORITIES) or f"one of {', '.join(PRIORITIES)}, or a number",
            )
        return found
    if isinstance(priority, bool) or not -MAX_PRIORITY <= priority <= MAX_PRIORITY:
        raise BadArgument(f"a priority is a number from -{MAX_PRIORITY} to {MAX_PRIORITY}")
    return int(priority)


def priority_name(priority: int) -> str | int:
    """The name of a priority that has one."""
    return next((name for name, it in PRIORITIES.items() if it == priority), priority)
