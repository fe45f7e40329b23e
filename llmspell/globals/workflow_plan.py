"""A workflow that a model has planned, as a script holds it; and how `Workflow.plan` has one planned."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from llmspell.errors import BadArgument, PermissionDenied
from llmspell.globals.agent_parts import AgentHandle
from llmspell.globals.tool import ToolObject
from llmspell.globals.workflow_object import WorkflowObject, executed
from llmspell.globals.workflow_records import WorkflowResultMap
from llmspell.interface.declare import Fields, method, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.effects.context import RunContext
    from llmspell.models.calling import ModelServices
    from llmspell.tools.protocol import Tool
    from llmspell.workflows.planner import Planned
    from llmspell.workflows.services import WorkflowServices
    from llmspell.workflows.workflow import Workflow

Options = Annotated[dict[str, Value], Fields] | None


@script_object("WorkflowPlan")
class PlanObject:
    """A workflow that a model has planned. It was checked, and nothing of it has run.

    Attributes:
        goal: What it was planned for.
        table: The plan itself, as of `Workflow.from_table`.
        workflow: The workflow that it describes.
        model: The full name of the model that has planned it.
        attempts: How often that was asked.
        cost_usd: What it has cost.
    """

    goal: str
    table: dict[str, Value]
    workflow: WorkflowObject
    model: str
    attempts: int
    cost_usd: float

    def __init__(self, planned: Planned, workflow: WorkflowObject) -> None:
        self.goal = planned.goal
        self.table = planned.table
        self.workflow = workflow
        self.model = planned.model
        self.attempts = planned.attempts
        self.cost_usd = planned.cost_usd

    @method(recorded=False)
    def show(self, ctx: RunContext, width: int = 100) -> str:
        """A drawing of its steps, for a terminal.

        Args:
            width: Cells of the terminal.
        """
        return self.workflow.show(ctx, width)

    @method(aliases=("toMermaid",), recorded=False)
    def to_mermaid(self, ctx: RunContext) -> str:
        """Its steps as a Mermaid flowchart."""
        return self.workflow.to_mermaid(ctx)

    @method(aliases=("toDot",), recorded=False)
    def to_dot(self, ctx: RunContext) -> str:
        """Its steps as a graph in DOT, the language of Graphviz."""
        return self.workflow.to_dot(ctx)

    @method(aliases=("toToml",), recorded=False)
    def to_toml(self, ctx: RunContext) -> str:
        """The plan as the text of a file, for `llmspell workflow run FILE`."""
        from llmspell.workflows.file_writing import write_workflow  # late: few scripts write one

        return write_workflow(self.table)

    @method(aliases=("run",), again=True)
    async def execute(self, ctx: RunContext, input: Value = None, options: Options = None) -> WorkflowResultMap:
        """Do what was planned, and wait for the end.

        Args:
            input: What `{{input}}` stands for in the steps.
            options: More keys of it.

        Returns:
            As of a workflow's `execute`.
        """
        return await executed(self.workflow.workflow, ctx, input, options)


async def planned(
    ctx: RunContext,
    services: WorkflowServices,
    models: ModelServices,
    *,
    goal: str,
    agents: Value,
    tools: Value,
    model: Value,
    max_steps: int | None,
    input_schema: Value,
    repairs: int | None,
) -> Planned:
    """What `Workflow.plan` does.

    Raises:
        BadArgument: Something is not what it has to be; `details.path` says what.
    """
    from llmspell.tools.schema_of import schema_of  # late, as all of this: few scripts plan
    from llmspell.workflows.planner import DEFAULT_REPAIRS, DEFAULT_STEPS, Task, plan_workflow

    if model is not None and not isinstance(model, str | dict):
        raise BadArgument("model is the name of a model", details={"path": "$.model"})
    task = Task(
        goal,
        [_tool(it, services) for it in _listed(tools, "tools")],
        [_agent(it, services) for it in _listed(agents, "agents")],
        model or "",
        DEFAULT_STEPS if max_steps is None else max_steps,
        None if input_schema is None else schema_of(input_schema),
        DEFAULT_REPAIRS if repairs is None else repairs,
    )
    return await plan_workflow(ctx, task, services, models)


async def read_file(ctx: RunContext, path: str, services: WorkflowServices) -> Workflow:
    """What `Workflow.from_file` does."""
    from llmspell.workflows.file_opening import granted
    from llmspell.workflows.files import read_workflow_file
    from llmspell.workflows.loading import load_workflow

    file = await asyncio.to_thread(read_workflow_file, path, granted(ctx))
    names = ctx.profile.globals
    if (file.agents or file.agent_names) and names is not None and "Agent" not in names:
        raise PermissionDenied(
            f"{path} has agents, and the profile {ctx.profile.name} has none", hint="use a profile that has Agent"
        )
    return await load_workflow(ctx, file, services)


def _listed(value: Value, name: str) -> list[Value]:
    if value is None or value == {}:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise BadArgument(f"{name} is a list of names", details={"path": f"$.{name}"})
    return value


def _tool(value: Value, services: WorkflowServices) -> Tool:
    if isinstance(value, ToolObject):
        value = value.name
    if not isinstance(value, str) or services.tools is None:
        raise BadArgument("tools is a list of names of tools", details={"path": "$.tools"})
    return services.tools.find(value)


def _agent(value: Value, services: WorkflowServices) -> Runnable:
    if isinstance(value, AgentHandle):
        value = value.runnable.name  # by which steps find it: one that was removed is not found
    if not isinstance(value, str) or services.agents is None:
        raise BadArgument("agents is a list of agents or of their names", details={"path": "$.agents"})
    return services.agents().find(value)
