"""What a function of a step, or of a condition, is called with; and how it is called.

A host's function gets the `StepContext` itself. A script's, which is one that takes `around`, gets it as plain data:
what crosses must stay small however many steps there are, so of the outputs before it there are the latest only."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmspell.workflows.outputs import n_bytes_of

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.workflows.scope import Scope

Value = Any

MAX_OUTPUTS = 100  # of steps that a script's function is shown; it names others in its input
MAX_OUTPUT_BYTES = 1024 * 1024


@dataclass(slots=True, eq=False)
class StepContext:
    """Where a function is called.

    Attributes:
        name: Of the step.
        input: The step's own, filled in; the workflow's where it has none.
        ctx: For effects of the function's own.
        depends_on: The steps that its step says it depends on.
    """

    name: str
    input: Value
    scope: Scope
    ctx: RunContext
    depends_on: tuple[str, ...] = ()

    @property
    def workflow_input(self) -> Value:
        """What the workflow was given."""
        return self.scope.input

    @property
    def shared(self) -> dict[str, Value]:
        """Shared data; what is changed here, others see."""
        return self.scope.shared

    @property
    def loop(self) -> Mapping[str, Value] | None:
        """Where the loop is, or None."""
        return self.scope.loop

    @property
    def previous(self) -> Value:
        """What the step before has given."""
        return self.scope.previous

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return 1 if self.scope.attempts is None else self.scope.attempts.get(self.name, 1)

    def output(self, name: str) -> Value:
        """What a step has given; None where it has not, or has not run."""
        row = self.scope.rows.get(name)
        return None if row is None else row.output

    def to_value(self) -> dict[str, Value]:
        """As a script's function gets it: name, input, workflow_input, workflow, steps (outputs by name), previous,
        shared, and loop inside of one."""
        scope = self.scope
        steps: dict[str, Value] = {}
        n_bytes = 0
        for name in reversed(scope.rows):
            output = scope.rows[name].output
            n_bytes += n_bytes_of(output)
            if len(steps) >= MAX_OUTPUTS or n_bytes > MAX_OUTPUT_BYTES:
                break
            steps[name] = output
        value = {
            "name": self.name,
            "input": self.input,
            "workflow_input": scope.input,
            "workflow": dict(scope.workflow),
            "steps": dict(reversed(steps.items())),
            "previous": scope.previous,
            "shared": scope.shared,
        }
        if scope.loop is not None:
            value["loop"] = scope.loop
        return value


def takes_around(function: Callable[..., Any]) -> bool:
    """Whether it is a script's function, which is told where it is called from."""
    # Its code is asked, and not `inspect.signature`, which takes longer than all else that making a step takes.
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return code is not None and "around" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def is_plain(function: Callable[..., Any]) -> bool:
    """Whether it answers at once: then it needs no task of its own."""
    return not (takes_around(function) or inspect.iscoroutinefunction(function))


async def call_function(function: Callable[..., Any], context: StepContext, *, is_script: bool) -> Value:
    """Call it, and wait where there is something to wait for."""
    answer = function(context.to_value(), around=context.ctx) if is_script else function(context)
    return await answer if inspect.isawaitable(answer) else answer
