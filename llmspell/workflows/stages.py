"""The hooks of a workflow and of its steps. Where nobody listens, a step pays for one look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from llmspell.events.intercept import intercept
from llmspell.events.points import WORKFLOW, WORKFLOW_STAGE, Points

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.plan import Node
    from llmspell.workflows.scope import Scope
    from llmspell.workflows.workflow import Workflow

Value = Any

# A step that fails is an error of its workflow's.
STAGE = Points(WORKFLOW_STAGE.before, WORKFLOW_STAGE.after, WORKFLOW.error)
TRANSITION = "WorkflowStageTransition"
CHECKPOINT = "WorkflowCheckpoint"
ROLLBACK = "WorkflowRollback"
_WATCHED = frozenset({*STAGE, TRANSITION, CHECKPOINT})


def stages_watched(run: Run) -> bool:
    """Whether hooks are called around steps."""
    at = run.hooks.at
    return bool(at) and not _WATCHED.isdisjoint(at)


async def run_stage(
    execution: Execution,
    node: Node,
    input: Value,
    scope: Scope,
    ctx: RunContext,
    do: Callable[[Value], Awaitable[Value]],
) -> Value:
    """Do a step's work under the eyes of hooks.

    Raises:
        HookCancelled: One of them has cancelled the step.
    """
    if not stages_watched(ctx.run):
        return await do(input)
    hooks = ctx.run.hooks
    told: dict[str, Value] = {
        "step": node.name,
        "step_type": node.step.action.kind,
        "workflow": execution.spec.name,
        "workflow_type": execution.spec.kind,
    }
    if scope.loop is not None:
        told["iteration"] = scope.loop["index"]
    if execution.last_name and TRANSITION in hooks.at:
        way = {"from": execution.last_name, "to": node.name}
        await hooks.notify(ctx, TRANSITION, kind="workflow", name=execution.spec.name, metadata={**told, **way})

    async def redirect(inside: RunContext, target: str, input: Value) -> Value:
        """Another step of the workflow, or a workflow of the run, does it."""
        other = next((it for it in execution.plan.all_nodes() if it.name == target), None)
        if other is not None:
            return await execution.do(other, input, scope, inside)
        workflow = execution.services.registry.find(target)
        result = await workflow.execute_inside(inside, input, scope, execution)
        return result.to_value(is_inside=True)

    output = await intercept(ctx, STAGE, "workflow", node.name, input, do, redirect=redirect, metadata=told)
    if CHECKPOINT in hooks.at:
        await hooks.notify(
            ctx,
            CHECKPOINT,
            kind="workflow",
            name=execution.spec.name,
            metadata={**told, "completed": execution.counts["succeeded"] + 1},
        )
    return output


async def run_whole(
    workflow: Workflow, ctx: RunContext, input: Value, do: Callable[[Value], Awaitable[Value]]
) -> Value:
    """Execute a workflow under the eyes of hooks.

    Raises:
        HookCancelled: One of them has cancelled it.
    """
    if not WORKFLOW.watched(ctx.run.hooks.at):
        return await do(input)

    async def redirect(inside: RunContext, target: str, input: Value) -> Value:
        other = workflow.services.registry.find(target)
        return await other.execute(inside, input)

    told = {"workflow_type": workflow.kind, "workflow_id": workflow.id}
    return await intercept(
        ctx,
        WORKFLOW,
        "workflow",
        workflow.name,
        input,
        do,
        redirect=redirect,
        show=_shown,
        read=workflow.result_from,
        metadata=told,
    )


def _shown(result: Any) -> Value:
    return result.to_value()
