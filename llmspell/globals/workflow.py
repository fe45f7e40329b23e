"""`Workflow`: put steps in an order, have them done, and find them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from llmspell.errors import BadArgument
from llmspell.globals.workflow_builder import WorkflowBuilder
from llmspell.globals.workflow_fields import KINDS
from llmspell.globals.workflow_object import WorkflowObject, executed
from llmspell.globals.workflow_parts import WorkflowHandle, parts_of, without_underscores
from llmspell.globals.workflow_plan import PlanObject, planned
from llmspell.globals.workflow_records import WorkflowResultMap, WorkflowRow, WorkflowType
from llmspell.globals.workflow_step import StepObject
from llmspell.interface.declare import Fields, method, script_global
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.logger import LogSink
    from llmspell.globals.services import Services
    from llmspell.models.calling import ModelServices
    from llmspell.workflows.services import WorkflowServices
    from llmspell.workflows.workflow import Workflow

More = Annotated[dict[str, Value], Fields] | None


def _maker(kind: str) -> Callable[[WorkflowGlobal, RunContext, str, More], WorkflowObject]:
    """The method that makes workflows of one kind."""
    aliases, doc, _ = KINDS[kind]

    def make(self: WorkflowGlobal, ctx: RunContext, name: str = "", fields: More = None) -> WorkflowObject:
        given = {"name": name} if name else {}
        return self._make({**(fields or {}), **given, "type": kind})

    make.__doc__ = f"{doc}\n\nArgs:\n    name: Made up if empty.\n    fields: Any field of `from_table`.\n"
    return method(name=kind, aliases=aliases, table=True, recorded=False)(make)


@script_global("Workflow", index="get", objects=(StepObject,))
class WorkflowGlobal:
    """Steps in an order that is written down: tools, agents, functions, templates and other workflows, one after the
    other, at once, by conditions, in loops, or along a graph. Data flows between them by `{{input.key}}`,
    `{{steps.NAME.path}}`, `{{shared.key}}` and `{{loop.item}}`."""

    def __init__(self, services: WorkflowServices, log: LogSink, models: Callable[[], ModelServices]) -> None:
        self._models = models
        self._log = log
        self._services = services
        self._registry = services.registry

    @classmethod
    def build(cls, services: Services) -> WorkflowGlobal:
        return cls(services.workflows(), services.log, services.models)

    for _kind in KINDS:
        vars()[f"{_kind}_"] = _maker(_kind)

    @method(aliases=("fromTable", "create"), recorded=False)
    def from_table(self, ctx: RunContext, table: Annotated[dict[str, Value], Fields]) -> WorkflowObject:
        """A workflow of a table, such as JSON or TOML holds.

        Args:
            table: name, description, type; steps; branches and default, or condition, then_steps and else_steps, of a
                conditional; range, collection or while, max_iterations, break_condition and aggregation of a loop;
                edges of a dag; max_concurrency, fail_fast, error_strategy, retry, timeout_ms, shared_data, output.
                A step: name; one of tool, agent, workflow, fn and template; input, depends_on, condition, timeout_ms,
                retry, on_error, fallback, compensate, optional.

        Raises:
            BadArgument: A field is unknown or does not fit, a name is used twice, the steps go round in a circle, or
                something is referred to that is not there. `details.path` says where.
            ToolNotFound: There is no such tool; the hint names the nearest.
            AgentNotFound: There is no such agent.
        """
        return self._make(table)

    @method(aliases=("fromFile", "load"), recorded=False)
    async def from_file(self, ctx: RunContext, path: str) -> WorkflowObject:
        """A workflow of a file in TOML or JSON, with the agents that it describes. Files that it names are read, too.

        Args:
            path: Of the file; it and those that it names need the permission `read:PATH`.

        Raises:
            BadArgument: It is no workflow; the message has the file and the line.
            PermissionDenied: A file may not be read.
        """
        from llmspell.globals.workflow_plan import read_file  # late: few scripts read one

        return self._object(await read_file(ctx, path, self._services))

    @method(table=True, again=True)
    async def plan(
        self,
        ctx: RunContext,
        goal: str,
        tools: Value = None,
        agents: Value = None,
        model: Value = None,
        max_steps: int | None = None,
        input_schema: Value = None,
        repairs: int | None = None,
    ) -> PlanObject:
        """Ask a model for a workflow that reaches a goal. It is checked, and nothing of it runs.

        Args:
            goal: What it is to do, in words.
            tools: Names of the tools that it may use.
            agents: The agents that it may use, or their names.
            model: Who plans; the settings' `models.default` if absent.
            max_steps: How many steps it may have; 20 if absent.
            input_schema: What it will be given, as a JSON Schema or a table of fields, for the model to know.
            repairs: How often the model is shown what is wrong with its plan; 2 if absent.

        Returns:
            The plan: look at it (`plan:show()`), and have it done by `plan:execute(input)`.

        Raises:
            SchemaError: What the model says is no plan that could be used; `details.problems` says why.
            BudgetExceeded: The budget does not pay for asking.
            PermissionDenied: The model is not granted.
        """
        found = await planned(
            ctx,
            self._services,
            self._models(),
            goal=goal,
            tools=tools,
            agents=agents,
            model=model,
            max_steps=max_steps,
            input_schema=input_schema,
            repairs=repairs,
        )
        return PlanObject(found, self._object(found.workflow))

    @method(recorded=False)
    def builder(self, ctx: RunContext, name: str = "") -> WorkflowBuilder:
        """Make a workflow call by call: `Workflow.builder():name("x"):parallel():add_step{…}:build()`.

        Args:
            name: What it is called.
        """
        return WorkflowBuilder(self._make, self._services.held, name)

    @method(aliases=("run", "execute_async", "executeAsync"), again=True)
    async def execute(
        self, ctx: RunContext, workflow: Value, input: Value = None, options: More = None
    ) -> WorkflowResultMap:
        """Do all steps of a workflow, and wait for the end.

        Args:
            workflow: A workflow, the name of a registered one, or a table as of `from_table`.
            input: What `{{input}}` stands for in the steps.
            options: More keys of the input.

        Returns:
            What came of it, as of the workflow's own `execute`.
        """
        return await executed(self._workflow_of(workflow), ctx, input, options)

    # Finding them ---------------------------------------------------------------------------------------------------

    @method(recorded=False)
    def register(
        self, ctx: RunContext, workflow: Value = None, other: Value = None, fields: More = None
    ) -> WorkflowObject:
        """Give a workflow a name by which steps, `get` and `execute` find it, for this run. It takes the name from
        whatever had it.

        Args:
            workflow: A workflow, or a table as of `from_table`; it is found by its own name. Or another name to find
                it by, with the workflow after it.
            other: The workflow, where its name comes first.
            fields: Fields of a table.

        Raises:
            BadArgument: It is no workflow, or there are too many.
        """
        name = workflow if isinstance(workflow, str) else ""
        made = self._workflow_of(other if name else workflow, fields)
        self._registry.register(made, name=name, replace=True)
        return self._object(made)

    @method(name="list", aliases=("list_workflows",), recorded=False)
    def list_(self, ctx: RunContext) -> list[WorkflowRow]:
        """The registered workflows, by name."""
        rows: Any = self._registry.list()
        found: list[WorkflowRow] = rows
        return found

    @method(recorded=False)
    def get(self, ctx: RunContext, name: str) -> WorkflowObject | None:
        """A registered workflow.

        Args:
            name: A hyphen and an underscore are the same, and so are upper and lower case.

        Returns:
            nil when there is none.
        """
        found = self._registry.get(name)
        return None if found is None else self._object(found)

    @method(recorded=False)
    def exists(self, ctx: RunContext, name: str) -> bool:
        """Whether there is a registered workflow of this name.

        Args:
            name: A name.
        """
        return name in self._registry

    @method(aliases=("unregister", "delete"), recorded=False)
    def remove(self, ctx: RunContext, name: str) -> bool:
        """Take a name from the list. Workflows that hold it as a step keep it; those that name it miss it.

        Args:
            name: A name.

        Returns:
            Whether there was one.
        """
        return self._registry.remove(name)

    @method(recorded=False)
    def clear(self, ctx: RunContext) -> None:
        """Take all names from the list."""
        for name in self._registry.names():
            self._registry.remove(name)

    @method(aliases=("list_types",), recorded=False)
    def types(self, ctx: RunContext) -> list[str]:
        """The kinds of workflows."""
        return list(KINDS)

    @method(aliases=("discoverTypes",), recorded=False)
    def discover_types(self, ctx: RunContext) -> list[WorkflowType]:
        """The kinds of workflows, with what each does and the fields that it has."""
        return [
            WorkflowType(type=name, name=name, description=kind.doc, fields=[*kind.fields])
            for name, kind in KINDS.items()
        ]

    def _make(self, table: dict[str, Value]) -> WorkflowObject:
        return self._object(self._read(table))

    def _object(self, workflow: Workflow) -> WorkflowObject:
        return WorkflowObject(workflow, self._log)

    def _read(self, table: dict[str, Value]) -> Workflow:
        from llmspell.workflows.workflow import workflow_from  # late: the registry alone is cheap

        return workflow_from(parts_of(without_underscores(table)), self._services)

    def _workflow_of(self, value: Value, fields: Value = None) -> Workflow:
        """The workflow that a value stands for: an object, a registered name, or a table.

        Raises:
            BadArgument: It is none of these.
            WorkflowNotFound: There is none of this name; the hint names the nearest.
        """
        match value:
            case WorkflowHandle():
                return value.workflow
            case str():
                return self._registry.find(value)
            case dict():
                return self._read({**value, **(fields or {})})
            case None if fields:
                return self._read(fields)
        raise BadArgument("a workflow is needed here", hint="make one with Workflow.sequential, or give its name")
