"""What an execution of a workflow has come to: one row for each step, and the whole.

A step that fails does not raise: the result says so, and what was done before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from llmspell.workflows.outputs import text_of

if TYPE_CHECKING:
    from llmspell.workflows.spec import StepKind, Value

Status = Literal["succeeded", "failed", "skipped", "cancelled", "compensated"]


@dataclass(slots=True, eq=False)
class StepResult:
    """What became of one step.

    Attributes:
        status: compensated: this is the row of a compensation, and it has undone what it was to undo.
        output: What it has given; of one that failed, what its fallback has given in its place.
        error: For people, or None.
        error_code: As of `errors`, or None.
        attempts: How often it was tried; 0 where it did not begin.
        iteration: Of a loop or a map, from 0; None elsewhere.
        recovered: It failed, and that was provided for: by a fallback, or by a way that is taken when it fails.
        reason: Why it was skipped, for people.
    """

    name: str
    kind: StepKind
    status: Status
    output: Any = None
    error: str | None = None
    error_code: str | None = None
    attempts: int = 1
    duration_ms: float = 0.0
    iteration: int | None = None
    recovered: bool = False
    reason: str = ""

    @property
    def success(self) -> bool:
        return self.status == "succeeded" or self.status == "compensated"

    def to_value(self) -> dict[str, Value]:
        """As scripts see it. `iteration`, `recovered` and `reason` are there where they say something."""
        value = {
            "name": self.name,
            "kind": self.kind,
            "status": self.status,
            "success": self.success,
            "output": self.output,
            "error": self.error,
            "error_code": self.error_code,
            "attempts": self.attempts,
            "duration_ms": self.duration_ms,
        }
        if self.iteration is not None:
            value["iteration"] = self.iteration
        if self.recovered:
            value["recovered"] = True
        if self.reason:
            value["reason"] = self.reason
        return value


@dataclass(slots=True, eq=False)
class WorkflowResult:
    """What became of the whole.

    Attributes:
        output: What the workflow gives: as its spec says, or the essence of what its last step has given, or of what
            each has given, by name (parallel, a dag with several ends) or in order (loop, map).
        outputs: By step. Of a loop and a map a list for each step, as its aggregation says.
        steps: One row for each step that was reached, in the order in which they are written (in a loop: by iteration);
            compensations last.
        metadata: execution_id, workflow_type, workflow_name, total_steps, successful_steps, failed_steps,
            skipped_steps, what the kind adds (branch, iterations, stopped_by), and `extra`: the same, and
            agent_outputs.
    """

    name: str
    success: bool
    output: Any = None
    error: str | None = None
    error_code: str | None = None
    outputs: dict[str, Any] = field(default_factory=dict)
    steps: list[StepResult] = field(default_factory=list)
    duration_ms: float = 0.0
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The output, or the error, for people."""
        return text_of(self.output) if self.success or self.error is None else self.error

    def to_value(self, *, is_inside: bool = False) -> dict[str, Value]:
        """As scripts see it.

        Args:
            is_inside: As the output of a step: the rows are without outputs. With them, what the innermost of some
                workflows in workflows has given would stand in the result twice for each of them.
        """
        rows = [it.to_value() for it in self.steps]
        if is_inside:
            for row in rows:
                del row["output"]
        return {
            "success": self.success,
            "text": self.text,
            "error": self.error,
            "error_code": self.error_code,
            "output": self.output,
            "outputs": self.outputs,
            "steps": rows,
            "duration_ms": self.duration_ms,
            "metadata": dict(self.metadata),
        }

    @classmethod
    def from_value(cls, name: str, value: Mapping[str, Value]) -> WorkflowResult:
        """The result that `to_value` made plain data of, or that a hook has changed since; what is missing is empty."""
        rows = []
        for it in value.get("steps") or ():
            row = StepResult(str(it.get("name", "")), it.get("kind", "function"), it.get("status", "succeeded"))
            for field_name in ("output", "error", "error_code", "attempts", "duration_ms", "iteration", "recovered"):
                if field_name in it:
                    setattr(row, field_name, it[field_name])
            rows.append(row)
        error = value.get("error")
        return cls(
            name,
            bool(value.get("success", error is None)),
            value.get("output"),
            error,
            value.get("error_code"),
            dict(value.get("outputs") or {}),
            rows,
            float(value.get("duration_ms") or 0.0),
            dict(value.get("metadata") or {}),
        )
