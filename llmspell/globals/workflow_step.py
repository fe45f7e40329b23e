"""What a function of a script's gets that is a step, a condition or a compensation of a workflow."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from llmspell.globals.values import require_plain
from llmspell.interface.declare import method, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.workflows.context import StepContext

MAX_SHOWN = 64  # steps; a workflow that has more shows its functions less


@script_object("StepContext")
class StepObject:
    """Where a function of a workflow is called.

    Attributes:
        step: The name of the step.
        workflow: What the workflow is called.
        input: What the step was given; the workflow's input, where it has none of its own.
        workflow_input: What the workflow was given.
        outputs: What the steps before it have found, by their names; in workflows of more than 64 steps, what those
            have found that it depends on, and the one before. `output` knows all of them.
        previous: What the step before has found, or nil.
        shared: The shared data as it was when the function was called; `get` reads it as it is now, `set` changes it.
        loop: In a loop or a map: item, index (from 0), number (from 1). Otherwise nil.
        attempt: Which attempt this is, from 1.
    """

    step: str
    workflow: str
    input: Value
    workflow_input: Value
    outputs: dict[str, Value]
    previous: Value
    shared: dict[str, Value]
    loop: Value
    attempt: int

    __slots__ = (
        "_context",
        "attempt",
        "input",
        "loop",
        "outputs",
        "previous",
        "shared",
        "step",
        "workflow",
        "workflow_input",
    )

    def __init__(self, context: StepContext) -> None:
        self._context = context
        self.step = context.name
        self.workflow = str(context.scope.workflow.get("name", ""))
        self.input = context.input
        self.workflow_input = context.workflow_input
        self.outputs = _outputs(context)
        self.previous = context.previous
        self.shared = context.shared
        self.loop = context.loop
        self.attempt = getattr(context, "attempt", 1)

    @method(recorded=False)
    def output(self, ctx: RunContext, step: str) -> Value:
        """What a step has found.

        Args:
            step: Its name.

        Returns:
            nil when it has found nothing, or was not done.
        """
        return self._context.output(step)

    @method(aliases=("get_shared_data", "getSharedData"), recorded=False)
    def get(self, ctx: RunContext, key: str, default: Value = None) -> Value:
        """A value of the shared data, as it is now.

        Args:
            key: Its name.
            default: What to return where there is none.
        """
        found = self._context.shared.get(key)
        return default if found is None else found

    @method(name="set", aliases=("set_shared_data", "setSharedData"), recorded=False)
    def set_(self, ctx: RunContext, key: str, value: Value = None) -> None:
        """Set a value of the shared data, for the steps that come after this one and those at work now. To make a new
        value of the old one is not safe among steps at work at the same time: use `State.incr` or `State.update`.

        Args:
            key: Its name.
            value: Plain data; nil removes it.
        """
        require_plain(value, f"shared.{key}")
        if value is None:
            self._context.shared.pop(key, None)
        else:
            self._context.shared[key] = value


def _outputs(context: StepContext) -> dict[str, Value]:
    """What the function is shown of the steps before it: what crosses must not grow with the number of steps."""
    rows = context.scope.rows
    if context.scope.workflow.get("n_steps", 0) <= MAX_SHOWN:
        shown = list(rows)
    else:
        shown = [*context.depends_on[:MAX_SHOWN], *itertools.islice(reversed(rows), 1)]
    return {it: rows[it].output for it in shown if it in rows and rows[it].output is not None}
