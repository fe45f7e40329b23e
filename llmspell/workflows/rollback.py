"""Undo what was done when a workflow fails after it: compensations, the latest first.

Also when the workflow is cancelled, as long as the run itself goes on: then in a bounded time, which a second
cancellation does not shorten."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.errors import HookCancelled
from llmspell.events.hooks import ENDS_THE_RUN
from llmspell.workflows.stages import ROLLBACK

if TYPE_CHECKING:
    from llmspell.workflows.execution import Execution

ROLLBACK_S = 30.0  # of a workflow that is being cancelled


async def roll_back(execution: Execution) -> None:
    """Run the compensations. One that fails has a row that says so, and the others are run all the same."""
    if not execution.undo:
        return
    hooks = execution.ctx.run.hooks
    if ROLLBACK in hooks.at:
        told = {"workflow_type": execution.spec.kind, "steps": [node.name for node, _ in reversed(execution.undo)]}
        try:
            await hooks.notify(execution.ctx, ROLLBACK, kind="workflow", name=execution.spec.name, metadata=told)
        except HookCancelled:
            return
    while execution.undo:
        node, scope = execution.undo.pop()
        row = await execution.run_step(node, scope, execution.ctx)
        if row.status == "succeeded":
            execution.compensated(row)


async def roll_back_cancelled(execution: Execution) -> None:
    """The same, while the caller is being cancelled. What ends the run ends it, too."""
    if not execution.undo or execution.ctx.run.stopped is not None:
        return
    task = asyncio.ensure_future(roll_back(execution))
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ROLLBACK_S
    while not task.done() and (left := deadline - loop.time()) > 0:
        try:
            await asyncio.wait({task}, timeout=left)
        except asyncio.CancelledError:
            continue
    if not task.done():
        task.cancel()
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            pass
    error = task.exception() if task.done() and not task.cancelled() else None
    if error is not None and not isinstance(error, ENDS_THE_RUN):
        raise error
