"""Steps, branches and items at the same time."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from llmspell.workflows.iterating import items_of, loop_at
from llmspell.workflows.result import StepResult
from llmspell.workflows.schedule import at_same_time
from llmspell.workflows.sequences import run_sequence

if TYPE_CHECKING:
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.plan import Node
    from llmspell.workflows.spec import Branch

Value = Any
_Part = tuple["Branch | None", "Sequence[Node]"]


async def run_parallel(execution: Execution) -> None:
    """All steps and branches at once. The first failure stops the others, unless it may fail or they go on."""
    plan, ctx = execution.plan, execution.ctx
    scope = execution.scope

    def parts() -> Iterator[_Part]:
        for node in plan.nodes:
            yield None, (node,)
        yield from plan.branches

    def start(part: _Part) -> bool | Coroutine[Any, Any, bool]:
        branch, nodes = part
        if branch is not None:
            return run_branch(branch, nodes)
        row = execution.run_now(nodes[0], scope, ctx)
        if isinstance(row, StepResult):
            return row.status == "failed" and execution.ends(nodes[0], row)
        return run_step(nodes[0], execution.run_step(nodes[0], scope, ctx) if row is None else row)

    async def run_step(node: Node, doing: Any) -> bool:
        row = await doing
        return row.status == "failed" and execution.ends(node, row)

    async def run_branch(branch: Branch, nodes: Sequence[Node]) -> bool:
        place = ctx.child(branch.name if not branch.name.isdecimal() else f"branch {branch.name}")
        counts = not branch.optional
        if branch.condition is not None and not await execution.holds(branch.condition, scope, place, branch.name):
            for node in nodes:
                execution.skip(node, scope, "the condition of its branch does not hold")
            return False
        goes_on = await run_sequence(execution, nodes, scope.part(), place, counts=counts)
        return not goes_on and counts

    todo = parts()
    limit = execution.spec.max_concurrency
    await at_same_time(ctx.run, lambda: next(todo, None), start, lambda _, ends: ends, limit=limit)


async def run_map(execution: Execution) -> None:
    """The steps for each item, items at the same time; what they give stays in the order of the items."""
    plan, ctx = execution.plan, execution.ctx
    items = items_of(execution)
    count = len(items)
    todo = iter(range(count))
    last = plan.nodes[-1].name
    outputs: list[Value] = [None] * count
    execution.collected = outputs
    execution.notes["iterations"] = count

    async def run_item(i: int) -> bool:
        scope = execution.scope.inner(loop_at(i, items[i], count), given=items[i])
        place = ctx.child(f"item-{i}")
        goes_on = await run_sequence(execution, plan.nodes, scope, place, i, hands_on=True)
        row = scope.rows.get(last)
        outputs[i] = None if row is None else row.output
        return not goes_on

    limit = execution.spec.max_concurrency
    await at_same_time(ctx.run, lambda: next(todo, None), run_item, lambda _, ends: ends, limit=limit)
