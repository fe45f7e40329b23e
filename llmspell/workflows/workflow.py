"""A workflow that can be executed, and the one reader that makes it of a table, for every surface.

    workflow = workflow_from({"name": "digest", "steps": [{"name": "up", "tool": "text-manipulator",
        "input": {"operation": "uppercase", "input": "{{input.title}}"}}]}, WorkflowServices(tools=ToolRegistry()))
    result = await workflow.execute(ctx, {"title": "a"})        # result.success, result.outputs["up"]["result"]

The table's fields, with their other names, are in `fields`; what they mean in `spec`; placeholders in `references`,
conditions in `conditions`. `workflow_from` raises for whatever can be known to be wrong; `execute` raises only for an
input that is refused, a hook that cancels it, a limit and a cancellation: a step that fails is in the result.

Functions of steps and conditions get a `context.StepContext`; those that take `around` get it as plain data. Who
watches an execution (`watch`) is told of each step as it begins and ends."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from llmspell.effects.perform import Effect, perform
from llmspell.errors import BadArgument, InvalidParams, LLMSpellError, WorkflowStopped
from llmspell.names import id_of
from llmspell.workflows.checks import problems
from llmspell.workflows.execution import MAX_KEPT_BYTES, Usage, Watch
from llmspell.workflows.graph_order import links_of
from llmspell.workflows.outputs import n_bytes_of
from llmspell.workflows.plan import make_plan
from llmspell.workflows.reading import read_workflow
from llmspell.workflows.result import WorkflowResult
from llmspell.workflows.running import run_execution
from llmspell.workflows.services import WorkflowServices
from llmspell.workflows.spec import MAX_DEPTH, Kind, Step, WorkflowAction, WorkflowSpec
from llmspell.workflows.stages import run_whole

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.graph import Graph
    from llmspell.workflows.scope import Scope

__all__ = ["Workflow", "WorkflowServices", "workflow_from"]

Value = Any
# Told of a workflow as a whole: plain data, and where it is called.
Listener = Callable[[Any, "RunContext"], Awaitable[Any]]

WORKFLOW_ACTOR = "workflow "  # how the actor of an execution's effect begins
WORKFLOW_BYTES = 2 * 1024  # about what one takes, and each of its steps
MAX_LISTENERS = 100  # each is kept
_numbers = itertools.count(1)


class Workflow:
    """Made by `workflow_from`. May be executed several times at once.

    Attributes:
        id: Different for each workflow of a process.
        depth: Of workflows in it: 1 where there are none.
    """

    def __init__(self, spec: WorkflowSpec, services: WorkflowServices, *, is_nested: bool = False) -> None:
        services.held.check()
        self.spec = spec
        self.services = services
        self.id = id_of(spec.name, next(_numbers), otherwise="workflow")
        self._is_nested = is_nested
        self._links = links_of(spec)
        error = next(problems(spec, services, self._links, is_nested=is_nested), None)
        if error is not None:
            raise error
        self.depth: int = 1 + max((it.depth for it in _inner(spec)), default=0)
        if self.depth > MAX_DEPTH:
            raise _too_deep(spec.name)
        self.plan = make_plan(spec, services, self._links)
        self._preset: dict[str, Value] = {}
        self._live: list[dict[str, Value]] = []
        self._last: WorkflowResult | None = None
        self._last_shared: dict[str, Value] = {}
        self._before: list[Listener] = []
        self._after: list[Listener] = []
        self._on_error: list[Listener] = []
        self._n_bytes = WORKFLOW_BYTES * (1 + self.plan.n_steps) + _size_of(spec)
        services.held.hold(self, self._n_bytes)
        services.held.check()

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def description(self) -> str:
        return self.spec.description

    @property
    def kind(self) -> Kind:
        return self.spec.kind

    async def execute(
        self,
        ctx: RunContext,
        input: Value = None,
        *,
        shared: Mapping[str, Value] | None = None,
        watch: Watch | None = None,
    ) -> WorkflowResult:
        """Run it, as one effect; each step is one inside of it.

        Args:
            shared: What its shared data is at first, beside what its table and `set_shared_data` say.
            watch: Told of each step as it begins and ends, those of workflows inside included.

        Returns:
            The result, also when a step failed: `success` says so.

        Raises:
            InvalidParams: The input is not what its schema says.
            HookCancelled: A hook has refused it.
            WorkflowStopped: It went too far: too many steps, too much output, a loop without end, too deep.
            LimitExceeded, Cancelled, Terminated: The run is at its end.
        """
        return await self._execute(ctx, input, dict(shared or {}), None, None, watch)

    async def execute_inside(self, ctx: RunContext, input: Value, scope: Scope, around: Execution) -> WorkflowResult:
        """Run it as a step of another workflow, whose shared data and loop it sees."""
        try:
            return await self._execute(ctx, input, scope.shared, scope, around, around.watch)
        except WorkflowStopped as error:
            if error.details.get("reason") != "max_iterations":
                raise
            # Its own loop has no end: that is a failure of this step's, and not of the whole.
            return WorkflowResult(self.name, False, error=str(error), error_code=error.code)

    async def _execute(
        self,
        ctx: RunContext,
        input: Value,
        shared: dict[str, Value],
        scope: Scope | None,
        around: Execution | None,
        watch: Watch | None,
    ) -> WorkflowResult:
        self._refuse(ctx, input)
        result: WorkflowResult | None = None
        made: Value = None
        usage = around.usage if around is not None else Usage(_max_bytes(ctx))
        path = (*around.path, self.name) if around is not None else (self.name,)
        for name, value in {**self.spec.shared, **self._preset}.items():
            shared.setdefault(name, value)

        async def once(inner: RunContext, input: Value) -> WorkflowResult:
            await _tell(self._before, {"workflow": self.name, "type": self.kind, "input": input}, inner)
            self._live.append(shared)
            try:
                found = await run_execution(self, inner, input, shared, scope, usage, path, watch, around)
            finally:
                self._live.remove(shared)
                self._last_shared = shared
            if not found.success:
                raise _Failed(found)
            return found

        async def do(inner: RunContext) -> Value:
            nonlocal result, made
            try:
                result = await run_whole(self, inner, input, lambda now: once(inner, now))
            except _Failed as failed:
                result = failed.result
                await _tell(self._on_error, result.to_value() if self._on_error else None, inner)
            else:
                await _tell(self._after, result.to_value() if self._after else None, inner)
            made = result.to_value() if is_recorded else None
            return made

        is_recorded = ctx.run.journal.mode != "off"
        recorded = {"type": self.kind, "input": input} if is_recorded else None
        effect = Effect("workflow", self.name, recorded, actor=f"{WORKFLOW_ACTOR}{self.name}", again=True)
        value = await perform(ctx, effect, do)
        if result is None or value is not made:  # what an earlier run was answered
            result = WorkflowResult.from_value(self.name, value)
        if around is None:
            self._last = result
            n_bytes = usage.n_bytes + (n_bytes_of(self._last_shared) if self._last_shared else 0)
            self.services.held.hold(self, self._n_bytes + n_bytes)
        return result

    def validate(self) -> list[dict[str, Value]]:
        """What is wrong with it now: maps of path, message, hint and code; empty when nothing is."""
        found = problems(self.spec, self.services, self._links, is_nested=self._is_nested)
        return [problem_of(it) for it in itertools.islice(found, 100)]

    def row(self) -> dict[str, Value]:
        """Its row in a list."""
        return {
            "name": self.name,
            "id": self.id,
            "type": self.kind,
            "description": self.description,
            "n_steps": self.plan.n_steps,
        }

    def info(self) -> dict[str, Value]:
        """All that it was made with, and what it has come to: plain data."""
        last = self._last
        return {
            **self.row(),
            "workflow_type": self.kind,
            "steps": [{"name": it.name, "type": it.kind, "label": it.action.label} for it in self.spec.all_steps()],
            "branches": [it.name for it in self.spec.branches],
            "max_concurrency": self.spec.max_concurrency,
            "error_strategy": self.spec.strategy,
            "timeout_ms": self.spec.timeout_ms,
            "depth": self.depth,
            "last": None if last is None else {"success": last.success, "duration_ms": last.duration_ms},
        }

    def to_table(self) -> dict[str, Value]:
        """A table that makes the same again, but for its functions, which are `{"function": "<fn>"}`."""
        from llmspell.workflows.writing import table_of  # late: few ask for it

        return table_of(self.spec)

    def graph(self) -> Graph:
        """Its steps and how they hang together, for pictures."""
        from llmspell.workflows.graph import graph_of  # late: few ask for it

        return graph_of(self.spec)

    def set_shared_data(self, key: str, value: Value) -> None:
        """Set shared data, for executions from now on and for those under way.

        Raises:
            BadArgument: There is too much of it.
        """
        if not isinstance(key, str) or not key:
            raise BadArgument("the key of shared data is a text that is not empty", details={"path": "$.key"})
        self._preset[key] = value
        self._n_bytes += n_bytes_of(value) + 2 * len(key)
        self.services.held.hold(self, self._n_bytes)
        self.services.held.check()
        for shared in self._live:
            shared[key] = value

    def get_shared_data(self, key: str = "") -> Value:
        """Shared data of the execution under way, else of the last one; all of it if no key is given."""
        current = self._live[-1] if self._live else {**self.spec.shared, **self._last_shared, **self._preset}
        return dict(current) if not key else current.get(key)

    def get_output(self, step: str) -> Value:
        """What a step has given in the last execution, or None."""
        return None if self._last is None else self._last.outputs.get(step)

    def get_all_outputs(self) -> dict[str, Value]:
        """What all steps have given in the last execution, by name."""
        return {} if self._last is None else dict(self._last.outputs)

    @property
    def last(self) -> WorkflowResult | None:
        """The result of the last execution, or None."""
        return self._last

    def on_before_execute(self, listener: Listener) -> None:
        """Have a function told of each execution before it begins: of workflow, type and input."""
        _add(self._before, listener)

    def on_after_execute(self, listener: Listener) -> None:
        """Have a function told of each execution that succeeded: of its result."""
        _add(self._after, listener)

    def on_error(self, listener: Listener) -> None:
        """Have a function told of each execution that failed: of its result."""
        _add(self._on_error, listener)

    def result_from(self, data: Value, before: WorkflowResult | None) -> WorkflowResult:
        """A result of what a hook gives in its place."""
        if isinstance(data, WorkflowResult):
            return data
        if isinstance(data, Mapping) and "success" in data and "outputs" in data:
            return WorkflowResult.from_value(self.name, data)
        outputs = {} if before is None else before.outputs
        return WorkflowResult(self.name, True, output=data, outputs=outputs)

    def _refuse(self, ctx: RunContext, input: Value) -> None:
        chain = [it.removeprefix(WORKFLOW_ACTOR) for it in ctx.actors if it.startswith(WORKFLOW_ACTOR)]
        if len(chain) >= MAX_DEPTH:
            raise _too_deep(self.name, chain)
        self.services.held.check()
        if self.spec.input_schema is not None:
            from llmspell.tools.validation import sentence_of, violations  # late: few have a schema

            for it in violations(self.spec.input_schema, {} if input is None else input):
                raise InvalidParams(
                    f"the input of the workflow {self.name}: {sentence_of(it)}",
                    details={"workflow": self.name, "path": it.path},
                )


class _Failed(LLMSpellError):
    """What hooks at WorkflowError see of a workflow that failed."""

    def __init__(self, result: WorkflowResult) -> None:
        super().__init__(result.error or "it failed", code=result.error_code or "workflow_failed")
        self.result = result


def workflow_from(
    table: Value,
    services: WorkflowServices,
    *,
    kind: Kind | None = None,
    name: str = "",
) -> Workflow:
    """Make a workflow of a table.

    Args:
        table: See the module. A workflow that was made already is given back.
        kind: Where the table does not say it.
        name: Where the table has none.

    Raises:
        BadArgument: A field or the whole is wrong; `details.path` says where, the hint names the nearest of what
            there is. Codes: bad_argument, cycle, unknown_reference, bad_expression.
        ToolNotFound, AgentNotFound, WorkflowNotFound, NotFound: A step names what is not there.
        WorkflowStopped: Workflows are nested too deep.
    """
    if isinstance(table, Workflow):
        return table
    return _read(table, services, "$", 1, kind, name)


def _read(
    table: Value, services: WorkflowServices, at: str, depth: int, kind: Kind | None = None, name: str = ""
) -> Workflow:
    if depth > MAX_DEPTH:
        raise _too_deep(at[:60])

    def nested(inner: Mapping[str, Value], where: str) -> Workflow:
        return _read(inner, services, where, depth + 1)

    return Workflow(read_workflow(table, nested, at=at, kind=kind, name=name), services, is_nested=depth > 1)


def problem_of(error: LLMSpellError) -> dict[str, Value]:
    """A mistake as plain data."""
    return {
        "path": str(error.details.get("path", "$")),
        "message": error.message,
        "hint": error.hint,
        "code": error.code,
    }


def _add(listeners: list[Listener], listener: Listener) -> None:
    if len(listeners) >= MAX_LISTENERS:
        raise BadArgument(f"a workflow tells at most {MAX_LISTENERS} functions of the same")
    listeners.append(listener)


async def _tell(listeners: list[Listener], told: Value, ctx: RunContext) -> None:
    for it in list(listeners):
        await it(told, ctx)


def _inner(spec: WorkflowSpec) -> list[Workflow]:
    found = []
    for step in spec.all_steps():
        for it in (step, step.fallback, step.compensate):
            action = getattr(it, "action", None)
            if isinstance(action, WorkflowAction) and not isinstance(action.workflow, str):
                found.append(action.workflow)
    return found


def _size_of(spec: WorkflowSpec) -> int:
    """About how much memory takes what a script has written into it."""
    n_bytes = n_bytes_of([spec.description, dict(spec.shared), spec.output, spec.input_schema, dict(spec.metadata)])
    if spec.loop is not None:
        n_bytes += n_bytes_of(spec.loop.collection)
    for step in spec.all_steps():
        for it in (step, step.fallback, step.compensate):
            if isinstance(it, Step):
                n_bytes += n_bytes_of(it.input) + len(it.description) + (0 if it.text is None else len(it.action.label))
    return n_bytes


def _max_bytes(ctx: RunContext) -> int:
    limit = ctx.profile.limits.memory_bytes
    return MAX_KEPT_BYTES if limit is None else max(limit // 4, 1024 * 1024)


def _too_deep(name: str, chain: list[str] | None = None) -> WorkflowStopped:
    way = f": {' → '.join([*chain[:3], '…', name])}" if chain else ""
    return WorkflowStopped(
        f"workflows are nested more than {MAX_DEPTH} deep at {name}{way}",
        hint="a workflow must not reach itself through its steps",
        details={"reason": "max_depth", "limit": MAX_DEPTH},
    )
