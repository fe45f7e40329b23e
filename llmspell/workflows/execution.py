"""One execution of a workflow: runs its steps, each as an effect of its own, and keeps what became of them.

In which order, and how many at a time, is up to its kind (`sequences`, `parallel`, `loops`, `dag`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from llmspell.effects.perform import Effect, enter, perform
from llmspell.errors import LLMSpellError, PermissionDenied, TimedOut, WorkflowStopped
from llmspell.events.hooks import ENDS_THE_RUN
from llmspell.workflows.actions import awaited
from llmspell.workflows.conditions import holds
from llmspell.workflows.outputs import n_bytes_of
from llmspell.workflows.result import StepResult
from llmspell.workflows.retrying import may_retry, wait_s
from llmspell.workflows.spec import MAX_EXECUTIONS
from llmspell.workflows.stages import run_stage, stages_watched

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.workflows.conditions import Condition
    from llmspell.workflows.plan import Node, Plan
    from llmspell.workflows.scope import Scope
    from llmspell.workflows.services import WorkflowServices
    from llmspell.workflows.spec import WorkflowSpec

Value = Any
# Told of steps as they begin (row is None) and end: the path of names of workflows, the step, and its row.
Watch: TypeAlias = Callable[[tuple[str, ...], str, StepResult | None], None]

# What is no failure of a step's.
ENDS = (*ENDS_THE_RUN, WorkflowStopped)
ROW_BYTES = 400  # about what a row takes beside its output
MAX_KEPT_BYTES = 1024 * 1024 * 1024  # of the outputs of one execution, where the profile has no limit of memory
YIELD_EVERY = 256  # steps that are done at once; then others have their turn
YIELD_AFTER_S = 0.05  # the same, where single steps take long: one that fills in a large text
YIELD_BYTES = 256 * 1024  # an output this large has taken longer than all of them


class Usage:
    """What one execution, with all workflows inside of it, has used of what is bounded."""

    __slots__ = ("_yield_at", "_yielded_s", "max_bytes", "n_bytes", "n_executed")

    def __init__(self, max_bytes: int) -> None:
        self._yield_at = YIELD_EVERY
        self._yielded_s = time.monotonic()
        self.n_executed = 0
        self.n_bytes = 0
        self.max_bytes = max_bytes

    def executed(self) -> None:
        """Count a step.

        Raises:
            WorkflowStopped: It is one too many (`max_executions`).
        """
        self.n_executed += 1
        if self.n_executed > MAX_EXECUTIONS:
            raise WorkflowStopped(
                f"a workflow executes at most {MAX_EXECUTIONS} steps at a time",
                hint="go over less, or execute it several times",
                details={"reason": "max_executions", "limit": MAX_EXECUTIONS},
            )

    def is_due(self) -> bool:
        """Whether so much was done, or it took so long, that others should have their turn: however small the parts are
        that it was done in, for limits of time are kept by the same event loop."""
        now = time.monotonic()
        if self.n_executed < self._yield_at and now - self._yielded_s < YIELD_AFTER_S:
            return False
        self._yield_at = self.n_executed + YIELD_EVERY
        self._yielded_s = now
        return True

    def keeps(self, n_bytes: int) -> None:
        """Count what is kept.

        Raises:
            WorkflowStopped: It is too much (`too_much_output`).
        """
        self.n_bytes += n_bytes
        if n_bytes > YIELD_BYTES:
            self._yield_at = self.n_executed
        if self.n_bytes > self.max_bytes:
            raise WorkflowStopped(
                f"the outputs of the steps take more than {max(1, self.max_bytes // (1024 * 1024))} MB of memory",
                hint='give less, or let a loop keep less of it: aggregation = "last" or "none"',
                details={"reason": "too_much_output", "limit_bytes": self.max_bytes},
            )


class Execution:
    """One execution of one workflow. Not shared.

    Attributes:
        rows: Of the steps that have ended, in that order.
        counts: Of rows by status, those that are not kept included.
        failure: The row of the first step whose failure is the workflow's.
        has_ended: A failure has ended it before all steps were reached.
        undo: What undoes the steps that have succeeded, in that order: nodes with the scope they ran in.
        collected: Of a loop or a map: what the last step has given in each iteration.
        path: The names of the workflows that this is inside of, its own last.
    """

    def __init__(
        self,
        spec: WorkflowSpec,
        plan: Plan,
        services: WorkflowServices,
        ctx: RunContext,
        scope: Scope,
        usage: Usage,
        path: tuple[str, ...],
        watch: Watch | None = None,
    ) -> None:
        self.spec = spec
        self.plan = plan
        self.services = services
        self.ctx = ctx
        self.scope = scope
        self.usage = usage
        self.path = path
        self.watch = watch
        self.rows: list[tuple[int, StepResult]] = []
        self.counts = {"succeeded": 0, "failed": 0, "skipped": 0, "cancelled": 0, "compensated": 0}
        self.failure: StepResult | None = None
        self.has_ended = False
        self.undo: list[tuple[Node, Scope]] = []
        self.notes: dict[str, Value] = {}
        self.collected: list[Value] | None = None
        self.last_name = ""
        self._is_recorded = ctx.run.journal.mode != "off"

    async def run_step(self, node: Node, scope: Scope, ctx: RunContext, iteration: int | None = None) -> StepResult:
        """Run one step, and what is done in its place when it fails.

        Returns:
            Its row; whether a failure ends the workflow, `ends` says.

        Raises:
            CancelledError: It was stopped.
            LimitExceeded, Cancelled, Terminated, WorkflowStopped: The run, or the whole workflow, is at its end.
        """
        self.usage.executed()
        if node.is_bare and self.watch is None and not stages_watched(ctx.run):
            row = await self._once(node, scope, ctx, iteration)
            self._keep(node, row, scope)
            return row
        if self.watch is not None:
            self.watch(self.path, node.name, None)
        row = await self._attempts(node, scope, ctx, iteration)
        self._keep(node, row, scope)
        if row.status == "failed" and node.fallback is not None:
            other = await self.run_step(node.fallback, scope, ctx, iteration)
            if other.success:
                row.output, row.recovered = other.output, True
                scope.previous = other.output
        if self.watch is not None:
            self.watch(self.path, node.name, row)
        return row

    def run_now(
        self, node: Node, scope: Scope, ctx: RunContext, iteration: int | None = None
    ) -> StepResult | Awaitable[StepResult] | None:
        """Run one step as `run_step` does, without waiting where nothing is to be waited for.

        Returns:
            None where it is not a step that is done at once: it has not begun. Something to await, where its function
            has given something to await.
        """
        call = node.call
        if call is None or self.watch is not None or ctx.run.hooks.at:
            return None
        started = time.perf_counter()
        try:
            inner = enter(ctx, node.effect, node.place)
            if inner is None:
                return None
            self.usage.executed()
            inputs = node.input
            if inputs is None:
                input = scope.given
            else:
                input = inputs.value if inputs.fill is None else inputs.fill(scope)
            output = call(inner, input, scope)
        except ENDS:
            raise
        except LLMSpellError as error:
            row = self._failed(node, error, 1, started, iteration)
        else:
            if output is not None and hasattr(output, "__await__"):
                return self._wait_for(output, node, scope, started, iteration)
            ms = round((time.perf_counter() - started) * 1000, 3)
            row = StepResult(node.name, node.step.action.kind, "succeeded", output, None, None, 1, ms, iteration)
        self._keep(node, row, scope)
        return row

    async def _wait_for(
        self, output: Awaitable[Value], node: Node, scope: Scope, started: float, iteration: int | None
    ) -> StepResult:
        """The row of a step whose function was called."""
        try:
            row = _ended(node, "succeeded", 1, started, iteration)
            row.output = await awaited(output)
            row.duration_ms = round((time.perf_counter() - started) * 1000, 3)
        except ENDS:
            raise
        except LLMSpellError as error:
            row = self._failed(node, error, 1, started, iteration)
        except asyncio.CancelledError:
            self._keep(node, _ended(node, "cancelled", 1, started, iteration), scope)
            raise
        self._keep(node, row, scope)
        return row

    def ends(self, node: Node, row: StepResult, *, counts: bool = True) -> bool:
        """Note a failure. Returns whether it ends the workflow.

        Args:
            counts: False where whatever the step is a part of may fail.
        """
        if row.status not in ("failed", "cancelled") or row.recovered:
            return False
        if node.counts and counts and self.failure is None:
            self.failure = row
        if node.ends and counts:
            self.has_ended = True
        return node.ends

    def skip(self, node: Node, scope: Scope, reason: str, iteration: int | None = None) -> None:
        """Note that a step is not run."""
        row = StepResult(node.name, node.step.action.kind, "skipped", attempts=0, iteration=iteration, reason=reason)
        self._keep(node, row, scope)
        if self.watch is not None:
            self.watch(self.path, node.name, row)

    async def holds(self, condition: Condition, scope: Scope, ctx: RunContext, name: str) -> bool:
        """Whether the condition of a branch, an edge or a loop holds.

        Raises:
            LLMSpellError: It cannot be told; that ends the workflow.
        """
        return await holds(condition, scope, ctx, name)

    def compensated(self, row: StepResult) -> None:
        """Say of a row that it is a compensation's that has succeeded."""
        row.status = "compensated"
        self.counts["succeeded"] -= 1
        self.counts["compensated"] += 1

    def forget_rows(self, n_kept: int, n_bytes: int) -> None:
        """Keep no more than so many of the rows, and count what was kept in the end as it was then."""
        del self.rows[n_kept:]
        self.usage.n_bytes = n_bytes

    def _keep(self, node: Node, row: StepResult, scope: Scope) -> None:
        scope.rows[node.name] = row
        self.rows.append((node.position, row))
        self.counts[row.status] += 1
        self.last_name = node.name
        if row.status == "succeeded":
            scope.previous = row.output
            if node.compensate is not None:
                self.undo.append((node.compensate, scope))
        # What a workflow in a step has given was counted when its own steps gave it.
        self.usage.keeps(ROW_BYTES + (0 if row.kind == "workflow" else n_bytes_of(row.output)))

    async def _once(self, node: Node, scope: Scope, ctx: RunContext, iteration: int | None) -> StepResult:
        """The quick way, for steps with nothing around them."""
        started = time.perf_counter()
        try:
            inputs = node.input
            if inputs is None:
                input = scope.given
            else:
                input = inputs.value if inputs.fill is None else inputs.fill(scope)
            output = await self.do(node, input, scope, ctx)
        except ENDS:
            raise
        except LLMSpellError as error:
            return self._failed(node, error, 1, started, iteration)
        except asyncio.CancelledError:
            self._keep(node, _ended(node, "cancelled", 1, started, iteration), scope)
            raise
        ms = round((time.perf_counter() - started) * 1000, 3)
        return StepResult(node.name, node.step.action.kind, "succeeded", output, None, None, 1, ms, iteration)

    async def _attempts(self, node: Node, scope: Scope, ctx: RunContext, iteration: int | None) -> StepResult:
        started = time.perf_counter()
        n_attempts = 0
        try:
            if node.condition is not None and not await holds(node.condition, scope, ctx, node.name):
                row = _ended(node, "skipped", 0, started, iteration)
                row.reason = f"its condition does not hold: {node.condition.shown}"[:300]
                return row
            input = scope.given if node.input is None else node.input.get(scope)

            async def attempts(input: Value) -> Value:
                nonlocal n_attempts
                while True:
                    n_attempts += 1
                    if n_attempts > 1:
                        scope.attempts = {**(scope.attempts or {}), node.name: n_attempts}
                    try:
                        return await self._in_time(node, input, scope, ctx)
                    except ENDS:
                        raise
                    except LLMSpellError as error:
                        if node.retry is None or not may_retry(error, node.retry, n_attempts):
                            raise
                        await asyncio.sleep(wait_s(node.retry, n_attempts))

            output = await run_stage(self, node, input, scope, ctx, attempts)
        except ENDS:
            raise
        except LLMSpellError as error:
            return self._failed(node, error, n_attempts, started, iteration)
        except asyncio.CancelledError:
            row = _ended(node, "cancelled", n_attempts, started, iteration)
            self._keep(node, row, scope)
            if self.watch is not None:
                self.watch(self.path, node.name, row)
            raise
        ms = round((time.perf_counter() - started) * 1000, 3)
        kind = node.step.action.kind
        return StepResult(node.name, kind, "succeeded", output, None, None, max(n_attempts, 1), ms, iteration)

    async def _in_time(self, node: Node, input: Value, scope: Scope, ctx: RunContext) -> Value:
        limit_ms = node.step.timeout_ms
        if limit_ms is None:
            return await self.do(node, input, scope, ctx)
        try:
            async with asyncio.timeout(limit_ms / 1000) as timer:
                return await self.do(node, input, scope, ctx)
        except TimeoutError as error:
            if not timer.expired():
                raise
            raise TimedOut(
                f"the step {node.name} took longer than {limit_ms:g} ms",
                hint="raise its timeout_ms",
                details={"step": node.name, "timeout_ms": limit_ms},
            ) from error

    async def do(self, node: Node, input: Value, scope: Scope, ctx: RunContext) -> Value:
        """Do what a step does, once, as an effect of its own."""
        do = node.do
        effect = Effect("step", node.name, input, again=True) if self._is_recorded else node.effect
        return await perform(ctx, effect, lambda inner: do(inner, input, scope, self), part=node.place)

    def _failed(
        self, node: Node, error: LLMSpellError, n_attempts: int, started: float, iteration: int | None
    ) -> StepResult:
        if isinstance(error, PermissionDenied):
            # The script may never look at the result: people are told at the end.
            self.ctx.run.audit.note_unseen(error, f"workflow {self.spec.name}")
        row = _ended(node, "failed", n_attempts, started, iteration)
        row.error, row.error_code = str(error), error.code
        return row


def _ended(node: Node, status: Any, n_attempts: int, started: float, iteration: int | None) -> StepResult:
    ms = round((time.perf_counter() - started) * 1000, 3)
    return StepResult(node.name, node.step.action.kind, status, None, None, None, n_attempts, ms, iteration)


def wire_of(row: StepResult) -> Mapping[str, Value]:
    """What a row says of its error."""
    return {"code": row.error_code or "step_failed", "message": row.error or "it failed"}
