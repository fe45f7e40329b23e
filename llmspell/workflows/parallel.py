"""Steps, branches and items at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from llmspell.workflows.iterating import items_of, loop_at
from llmspell.workflows.schedule import at_same_time
from llmspell.workflows.sequences import run_sequence

if TYPE_CHECKING:
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.plan import Node
    from llmspell.workflows.spec import Branch

Value = Any


async def run_parallel(execution: Execution) -> None:
    """All steps and branches at once. The first failure stops the others, unless it may fail or they go on."""
    plan, ctx = execution.plan, execution.ctx
    scope = execution.scope

    def parts() -> Iterator[tuple[Branch | None, Sequence[Node]]]:
        for node in plan.nodes:
            yield None, (node,)
        yield from plan.branches

    todo = parts()

    async def do(part: tuple[Branch | None, Sequence[Node]]) -> bool:
        branch, nodes = part
        if branch is None:
            row = await execution.run_step(nodes[0], scope, ctx)
            return row.status == "failed" and execution.ends(nodes[0], row)
        place = ctx.child(branch.name if not branch.name.isdecimal() else f"branch {branch.name}")
        counts = not branch.optional
        if branch.condition is not None and not await execution.holds(branch.condition, scope, place, branch.name):
            for node in nodes:
                execution.skip(node, scope, "the condition of its branch does not hold")
            return False
        goes_on = await run_sequence(execution, nodes, scope.part(), place, counts=counts)
        return not goes_on and counts

    async def ended(part: tuple[Branch | None, Sequence[Node]], ends: bool) -> bool:
        return ends

    await at_same_time(
        ctx.run,
        lambda: next(todo, None),
        do,
        ended,
        is_inline=lambda part: all(it.is_inline for it in part[1]),
        limit=execution.spec.max_concurrency,
    )


async def run_map(execution: Execution) -> None:
    """The steps for each item, items at the same time; what they give stays in the order of the items."""
    plan, ctx = execution.plan, execution.ctx
    items = items_of(execution)
    count = len(items)
    todo = iter(range(count))
    last = plan.nodes[-1].name
    outputs: list[Value] = [None] * count
    execution.notes["iterations"] = count

    async def do(i: int) -> bool:
        scope = execution.scope.inner(loop_at(i, items[i], count), given=items[i])
        place = ctx.child(f"item-{i}")
        goes_on = await run_sequence(execution, plan.nodes, scope, place, i, hands_on=True)
        row = scope.rows.get(last)
        outputs[i] = None if row is None else row.output
        return not goes_on

    async def ended(i: int, ends: bool) -> bool:
        return ends

    is_inline = all(it.is_inline for it in plan.nodes)
    await at_same_time(
        ctx.run,
        lambda: next(todo, None),
        do,
        ended,
        is_inline=lambda _: is_inline,
        limit=execution.spec.max_concurrency,
    )
    execution.collected = outputs
