"""Steps one after the other: sequential workflows, pipelines, and the branches of conditional ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.workflows.conditions import holds
from llmspell.workflows.outputs import essence_of
from llmspell.workflows.result import StepResult

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.plan import Node
    from llmspell.workflows.scope import Scope


async def run_sequence(
    execution: Execution,
    nodes: Sequence[Node],
    scope: Scope,
    ctx: RunContext,
    iteration: int | None = None,
    *,
    hands_on: bool = False,
    counts: bool = True,
) -> bool:
    """Run steps in order.

    Args:
        hands_on: What one has given is what the next gets.
        counts: False where their failure is none of the workflow's.

    Returns:
        False when a failure has ended it.
    """
    for node in nodes:
        if node.step.depends_on and not _may_run(execution, node, scope):
            execution.skip(node, scope, "what it depends on has not succeeded", iteration)
            continue
        row = await run_one(execution, node, scope, ctx, iteration)
        if row.status == "failed" and execution.ends(node, row, counts=counts):
            return False
        if hands_on and (row.success or row.recovered):
            scope.given = essence_of(row.output)
        if execution.usage.is_due():
            await asyncio.sleep(0)
    return True


async def run_one(
    execution: Execution, node: Node, scope: Scope, ctx: RunContext, iteration: int | None = None
) -> StepResult:
    """Run one step, without a task and without waiting where it can be."""
    row = execution.run_now(node, scope, ctx, iteration)
    if row is None:
        return await execution.run_step(node, scope, ctx, iteration)
    return row if isinstance(row, StepResult) else await row


async def run_sequential(execution: Execution) -> None:
    """A sequential workflow."""
    await run_sequence(execution, execution.plan.nodes, execution.scope, execution.ctx)


async def run_pipeline(execution: Execution) -> None:
    """A pipeline."""
    await run_sequence(execution, execution.plan.nodes, execution.scope, execution.ctx, hands_on=True)


async def run_conditional(execution: Execution) -> None:
    """The steps before the branches, then the first branch whose condition holds, or all of those, or the default."""
    scope, ctx, plan = execution.scope, execution.ctx, execution.plan
    taken: list[str] = []
    execution.notes["branches"] = taken
    execution.notes["branch"] = None
    if not await run_sequence(execution, plan.nodes, scope, ctx):
        return
    for branch, nodes in plan.branches:
        if execution.usage.is_due():
            await asyncio.sleep(0)
        if branch.condition is not None and not await holds(branch.condition, scope, ctx, branch.name):
            continue
        taken.append(branch.name)
        execution.notes["branch"] = taken[0]
        if not await run_sequence(execution, nodes, scope, ctx, counts=not branch.optional) and not branch.optional:
            return
        if execution.spec.match == "first":
            return
    if not taken and plan.default:
        taken.append("default")
        execution.notes["branch"] = "default"
        await run_sequence(execution, plan.default, scope, ctx)


def _may_run(execution: Execution, node: Node, scope: Scope) -> bool:
    optional = execution.plan.optional
    rows = ((name, scope.rows.get(name)) for name in node.step.depends_on)
    return all(it is not None and (it.success or it.recovered or name in optional) for name, it in rows)
