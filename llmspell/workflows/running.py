"""Run one execution from its first step to its result: in its time, undone when it fails, and added up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmspell.errors import LLMSpellError, PermissionDenied, TimedOut, WorkflowStopped
from llmspell.events.hooks import ENDS_THE_RUN
from llmspell.workflows.dag import run_dag
from llmspell.workflows.execution import Execution, Usage, Watch
from llmspell.workflows.loops import run_loop
from llmspell.workflows.outputs import essence_of, text_of
from llmspell.workflows.parallel import run_map, run_parallel
from llmspell.workflows.result import StepResult, WorkflowResult
from llmspell.workflows.rollback import roll_back, roll_back_cancelled
from llmspell.workflows.scope import Scope
from llmspell.workflows.sequences import run_conditional, run_pipeline, run_sequential

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.workflows.spec import Kind
    from llmspell.workflows.workflow import Workflow

Value = Any

RUNNERS: Mapping[Kind, Callable[[Execution], Awaitable[None]]] = {
    "sequential": run_sequential,
    "parallel": run_parallel,
    "conditional": run_conditional,
    "loop": run_loop,
    "map": run_map,
    "pipeline": run_pipeline,
    "dag": run_dag,
}
_AT_ONCE = ("parallel", "map", "dag")  # whose rows come in the order in which steps end


async def run_execution(
    workflow: Workflow,
    ctx: RunContext,
    input: Value,
    shared: dict[str, Value],
    around: Scope | None,
    usage: Usage,
    path: tuple[str, ...],
    watch: Watch | None,
    parent: Execution | None,
) -> WorkflowResult:
    """Run all steps.

    Args:
        around: The scope of the step that this is, in another workflow.
        path: The names of the workflows that this is inside of, its own last.
        parent: The execution of that other workflow: what would undo this is kept there, when this has succeeded.
    """
    started = time.perf_counter()
    execution_id = f"{ctx.run_id}/{ctx.key}"
    about = {
        "name": workflow.name,
        "type": workflow.kind,
        "id": workflow.id,
        "execution_id": execution_id,
        "n_steps": workflow.plan.n_steps,
    }
    scope = Scope(input, shared, about, given=input, loop=None if around is None else around.loop)
    execution = Execution(workflow.spec, workflow.plan, workflow.services, ctx, scope, usage, path, watch)
    try:
        error = await _run(execution)
    except asyncio.CancelledError:
        await roll_back_cancelled(execution)
        raise
    if workflow.kind in _AT_ONCE:
        execution.rows.sort(key=lambda it: (it[1].iteration or 0, it[0]))
    output: Value = None
    if error is None and execution.failure is None:
        try:
            output = _output(execution)
        except LLMSpellError as problem:
            error = problem
    if (error is not None or execution.has_ended) and execution.undo:
        try:
            await roll_back(execution)
        except asyncio.CancelledError:
            await roll_back_cancelled(execution)
            raise
    if isinstance(error, WorkflowStopped):
        raise error
    if parent is not None and error is None and execution.failure is None:
        parent.undo += execution.undo
    ms = round((time.perf_counter() - started) * 1000, 3)
    return _result(execution, output, error, ms, execution_id)


async def _run(execution: Execution) -> LLMSpellError | None:
    """Run the steps. Returns what has ended them that is no failure of a step's."""
    limit_ms = execution.spec.timeout_ms
    run = RUNNERS[execution.spec.kind]
    try:
        if limit_ms is None:
            await run(execution)
            return None
        async with asyncio.timeout(limit_ms / 1000) as timer:
            await run(execution)
    except ENDS_THE_RUN:
        raise
    except TimeoutError as error:
        if limit_ms is None or not timer.expired():
            raise
        late = TimedOut(
            f"the workflow {execution.spec.name} took longer than {limit_ms:g} ms",
            hint="raise its timeout_ms",
            details={"workflow": execution.spec.name, "timeout_ms": limit_ms},
        )
        late.__cause__ = error
        return late
    except LLMSpellError as error:  # a condition that cannot be told, a collection that is none
        if isinstance(error, PermissionDenied):
            execution.ctx.run.audit.note_unseen(error, f"workflow {execution.spec.name}")
        return error
    return None


def _output(execution: Execution) -> Value:
    """What the workflow gives."""
    spec, scope = execution.spec, execution.scope
    if execution.plan.output is not None:
        return execution.plan.output.get(_of_items(execution) if spec.kind == "map" else scope)
    if spec.loop is not None and (spec.kind == "map" or spec.loop.aggregation != "last"):
        return None if execution.collected is None else [essence_of(it) for it in execution.collected]
    if spec.kind == "parallel":
        return {row.name: essence_of(row.output) for _, row in execution.rows if row.success or row.recovered}
    if spec.kind == "dag":
        assert execution.plan.dag is not None  # of dags
        out = execution.plan.dag.out
        ends = {
            it.name: scope.rows.get(it.name) for it, ways in zip(execution.plan.nodes, out, strict=True) if not ways
        }
        found = {
            name: essence_of(row.output)
            for name, row in ends.items()
            if row is not None and (row.success or row.recovered)
        }
        return next(iter(found.values()), None) if len(ends) == 1 else found
    return essence_of(scope.previous)


def _of_items(execution: Execution) -> Scope:
    """The scope of a map as a whole, in which a step has given a list: what it gave for each item."""
    found = _by_iteration(execution)
    rows = {name: StepResult(name, "function", "succeeded", outputs) for name, outputs in found.items()}
    return replace(execution.scope, rows=rows, previous=list(found.values())[-1])


def _outputs(execution: Execution) -> dict[str, Value]:
    """What the steps have given, by name."""
    loop = execution.spec.loop
    if loop is not None and loop.aggregation == "none":
        return {}
    if loop is None or loop.aggregation == "last":
        return {row.name: row.output for _, row in execution.rows if row.status == "succeeded" or row.recovered}
    return dict(_by_iteration(execution))


def _by_iteration(execution: Execution) -> dict[str, list[Value]]:
    """What each step has given in each iteration, None where it has not."""
    count = int(execution.notes.get("iterations", 0))
    outputs: dict[str, list[Value]] = {it.name: [None] * count for it in execution.plan.nodes}
    for _, row in execution.rows:
        if row.name in outputs and row.iteration is not None and row.iteration < count:
            outputs[row.name][row.iteration] = row.output
    return outputs


def _result(
    execution: Execution, output: Value, error: LLMSpellError | None, ms: float, execution_id: str
) -> WorkflowResult:
    spec, counts, failure = execution.spec, execution.counts, execution.failure
    n_rows = sum(it for status, it in counts.items() if status != "compensated")
    told: dict[str, Value] = {
        "execution_id": execution_id,
        "workflow_type": spec.kind,
        "workflow_name": spec.name,
        "total_steps": n_rows if spec.loop is not None else execution.plan.n_steps,
        "successful_steps": counts["succeeded"],
        "failed_steps": counts["failed"] + counts["cancelled"],
        "skipped_steps": counts["skipped"],
        **execution.notes,
    }
    if counts["compensated"]:
        told["compensated_steps"] = counts["compensated"]
    rows = [row for _, row in execution.rows]
    agents = {row.name: text_of(row.output) for row in rows if row.kind == "agent" and row.output is not None}
    metadata = {**told, "extra": {**told, "agent_outputs": agents}}
    message, code = None, None
    if error is not None:
        message, code = str(error), error.code
    elif failure is not None:
        message, code = _said(failure), failure.error_code
    success = error is None and failure is None
    return WorkflowResult(spec.name, success, output, message, code, _outputs(execution), rows, ms, metadata)


def _said(row: StepResult) -> str:
    where = "" if row.iteration is None else f" in iteration {row.iteration}"
    return f"the step {row.name} failed{where}: {row.error or row.status}"
