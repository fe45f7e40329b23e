"""What a step can see: the input, the steps before it, shared data, and where a loop is.

One for each execution; each iteration and each item has one of its own, which shares what is not its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmspell.workflows.result import StepResult

Value = Any


@dataclass(slots=True, eq=False)
class Scope:
    """What is known at one place of an execution.

    Attributes:
        input: What the workflow was given.
        rows: What has become of the steps so far, by name.
        shared: Changed in place, by all who share it.
        loop: `item`, `index` (from 0), `number` (from 1), `count` (None where nobody knows), `is_first`; None outside.
        given: What a step gets that has no input of its own: the workflow's input, a pipeline's last output, a map's
            item.
        previous: What the step before has given.
        attempts: How often steps have been tried that were tried more than once.
    """

    input: Value
    shared: dict[str, Value]
    workflow: Mapping[str, Value]
    given: Value = None
    rows: dict[str, StepResult] = field(default_factory=dict)
    loop: dict[str, Value] | None = None
    previous: Value = None
    attempts: dict[str, int] | None = None

    def inner(self, loop: dict[str, Value], *, rows: dict[str, StepResult] | None = None, given: Value = None) -> Scope:
        """The scope of one iteration or item.

        Args:
            rows: Those of all iterations, where they see each other; a new map if None.
        """
        known = {} if rows is None else rows
        return Scope(self.input, self.shared, self.workflow, given, known, loop, self.previous)

    def part(self) -> Scope:
        """The scope of one of several sequences that run at the same time."""
        return Scope(self.input, self.shared, self.workflow, self.given, self.rows, self.loop, self.previous)
