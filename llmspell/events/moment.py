"""What a hook is told: that a point of a run was reached, and what is about to happen there or has happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmspell.errors import HookCancelled
from llmspell.events.plain import Value

if TYPE_CHECKING:
    from llmspell.events.outcome import Outcome


@dataclass(slots=True)
class Moment:
    """What a hook is told: that a point was reached, by what, with what. Plain data; a hook returns what it changes.

    Attributes:
        kind: What it is about: tool, agent, model, workflow, state, session, event, system, or custom.
        name: Whose.
        error: code, message and hint of what failed.
        metadata: What hooks tell each other and whoever comes after them, from `before` to `after`.
        attempt: How often it was done, this time included.
    """

    point: str
    kind: str
    name: str = ""
    input: Value = None
    output: Value = None
    error: Mapping[str, Value] | None = None
    metadata: dict[str, Value] = field(default_factory=dict)
    attempt: int = 1
    run_id: str = ""

    def to_value(self) -> dict[str, Value]:
        """As a script's function gets it."""
        return {
            "point": self.point,
            "kind": self.kind,
            "name": self.name,
            self.kind: self.name,
            **self._of_step(),
            "input": self.input,
            "output": self.output,
            "error": None if self.error is None else dict(self.error),
            "metadata": dict(self.metadata),
            "attempt": self.attempt,
            "correlation_id": self.run_id,
            "component_id": {"name": self.name, "component_type": self.kind},
        }

    def _of_step(self) -> dict[str, Value]:
        """At a step of a workflow: whose name is which."""
        if self.kind != "workflow" or "step" not in self.metadata:
            return {}
        return {"workflow": self.metadata.get("workflow", self.name), "step": self.metadata["step"]}


def cancelled(moment: Moment, outcome: Outcome) -> HookCancelled:
    """The error for what a hook has cancelled."""
    reason = f": {outcome.reason}" if outcome.reason else ""
    about = " ".join(filter(None, ("" if moment.kind == "custom" else moment.kind, moment.name)))
    details = {"point": moment.point, "kind": moment.kind, "name": moment.name, "reason": outcome.reason}
    if outcome.hook is not None:
        details["hook"] = outcome.hook.id
    where = "by a hook" if moment.kind == "custom" else f"by a hook at {moment.point}"
    return HookCancelled(f"{about} was cancelled {where}{reason}", details=details)
