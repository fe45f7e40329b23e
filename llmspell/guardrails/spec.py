"""What guardrails are declared as, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Action = Literal["strict", "permissive", "redact"]
Place = Literal["to_model", "from_model", "to_tool"]

PLACES: tuple[Place, ...] = ("to_model", "from_model", "to_tool")
ACTIONS: tuple[Action, ...] = ("strict", "permissive", "redact")
LIMITS = ("tokens", "cost_usd", "iterations", "time", "tool_calls", "identical_calls", "output_chars")
REDACTED = "[redacted]"
HOLD_BACK = 256  # characters of a match of patterns, that is caught also where it comes in pieces


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One rule about content.

    Attributes:
        on: Where it holds.
        find: Names of `finders.FINDERS` and `library.FINDERS`.
        patterns: Regular expressions, as RE2 has them.
        action: strict: stop · permissive: note it and go on · redact: replace it and go on.
        names: Globs of the models and tools that it is about.
    """

    name: str
    on: tuple[Place, ...] = PLACES
    find: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    action: Action = "strict"
    replacement: str = REDACTED
    names: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class RailsSpec:
    """A whole declaration.

    Attributes:
        limits: By name, of `LIMITS`; `tokens`, `cost_usd` are of a run (of an agent's life, where an agent has them),
            `output_chars` of one answer, the others of one execution of an agent. `time` in seconds.
        action: Of the limits: strict or permissive.
        hold_back: See `HOLD_BACK`; None holds an answer back until all of it is there.
    """

    rules: tuple[RuleSpec, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    action: Action = "strict"
    hold_back: int | None = HOLD_BACK

    @property
    def is_empty(self) -> bool:
        """Whether it guards nothing."""
        return not self.rules and not self.limits
