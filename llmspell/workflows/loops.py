"""Loops: the steps again and again, for a range, a collection, or as long as a condition holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from llmspell.errors import WorkflowStopped
from llmspell.workflows.iterating import items_of, loop_at
from llmspell.workflows.sequences import run_sequence
from llmspell.workflows.spec import MAX_EXECUTIONS, MAX_ITERATIONS

if TYPE_CHECKING:
    from llmspell.workflows.execution import Execution

Value = Any


async def run_loop(execution: Execution) -> None:
    """Each iteration sees the outputs of the one before, until it has its own."""
    loop = execution.spec.loop
    assert loop is not None  # of loops only
    scope, ctx, plan = execution.scope, execution.ctx, execution.plan
    last = plan.nodes[-1].name
    outputs: list[Value] = []
    execution.collected = outputs if loop.aggregation == "all" else None
    execution.notes.update(iterations=0, stopped_by="end")
    count = None
    if loop.condition is None:
        items = items_of(execution)
        count = len(items)
        todo: Iterator[Value] = iter(items)
    else:
        todo = iter(range(loop.max_iterations or MAX_ITERATIONS))
    n_kept, n_bytes = len(execution.rows), execution.usage.n_bytes
    index = 0
    for item in todo:
        place = scope.inner(loop_at(index, item, count), rows=scope.rows, given=scope.given)
        here = ctx.child(f"iteration-{index}")
        if loop.condition is not None and not await execution.holds(loop.condition, place, here, "while"):
            execution.notes["stopped_by"] = "condition"
            return
        if loop.aggregation != "all":
            execution.forget_rows(n_kept, n_bytes)
        goes_on = await run_sequence(execution, plan.nodes, place, here, index)
        index += 1
        execution.notes["iterations"] = index
        scope.previous = place.previous
        row = scope.rows.get(last)
        if loop.aggregation == "all":
            outputs.append(None if row is None or row.iteration != index - 1 else row.output)
        if not goes_on:
            execution.notes["stopped_by"] = "failure"
            return
        if loop.until is not None and await execution.holds(loop.until, place, here, "until"):
            execution.notes["stopped_by"] = "break"
            return
    if loop.condition is not None:
        await _at_the_end(execution, index)


async def _at_the_end(execution: Execution, n_done: int) -> None:
    """A loop by a condition has come to the most that it may take. One that was told how many has done what it was
    told; one that was not would go on for ever."""
    loop = execution.spec.loop
    assert loop is not None and loop.condition is not None  # its caller's
    execution.notes["stopped_by"] = "max_iterations"
    if loop.max_iterations is not None or n_done >= MAX_EXECUTIONS:
        return
    place = execution.scope.inner(loop_at(n_done, n_done, None), rows=execution.scope.rows, given=execution.scope.given)
    if await execution.holds(loop.condition, place, execution.ctx, "while"):
        raise WorkflowStopped(
            f"the loop {execution.spec.name} has not ended after {MAX_ITERATIONS} iterations",
            hint="give it max_iterations, or a condition that ends it",
            details={"reason": "max_iterations", "limit": MAX_ITERATIONS},
        )
