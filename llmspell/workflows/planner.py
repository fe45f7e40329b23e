"""Ask a model for a workflow: it answers with a table, which is checked, and nothing of it runs.

A plan may use the tools and the agents that it was given, and workflows that it writes itself: no function, no template
by name, no workflow that is registered. What is wrong with it the model is shown, and may answer again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmspell.agents.structured import MAX_RAW_CHARS, AnswerSchema
from llmspell.errors import BadArgument, LLMSpellError, SchemaError
from llmspell.models.calling import call_model
from llmspell.models.messages import assistant, system, user
from llmspell.models.protocol import ModelRequest
from llmspell.names import name_key
from llmspell.suggestions import did_you_mean
from llmspell.workflows.planner_prompt import SCHEMA, asked_text, correction_text, system_text
from llmspell.workflows.spec import AgentAction, Step, TemplateAction, ToolAction, WorkflowAction
from llmspell.workflows.workflow import Workflow, workflow_from

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.effects.context import RunContext
    from llmspell.models.calling import Called, ModelServices
    from llmspell.tools.protocol import Tool
    from llmspell.workflows.services import WorkflowServices

MAX_GOAL_CHARS = 100_000
MAX_CHOICES = 100  # tools, and agents, that a plan may use
MAX_STEPS = 1000
DEFAULT_STEPS = 20
MAX_REPAIRS = 5
DEFAULT_REPAIRS = 2
NAME = "planner"  # who asks, for the ledger

Problem = dict[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be planned.

    Attributes:
        model: As of `ModelCatalog.find`; empty is the default model.
        input_schema: Of what the workflow will be given, for the model to know.
        repairs: How often the model is shown what is wrong with its plan.
    """

    goal: str
    tools: Sequence[Tool] = ()
    agents: Sequence[Runnable] = ()
    model: str | Mapping[str, Any] = ""
    max_steps: int = DEFAULT_STEPS
    input_schema: Mapping[str, Any] | None = None
    repairs: int = DEFAULT_REPAIRS

    def __post_init__(self) -> None:
        if not self.goal.strip() or len(self.goal) > MAX_GOAL_CHARS:
            raise BadArgument(f"the goal of a plan is a text of 1 to {MAX_GOAL_CHARS} characters")
        if not self.tools and not self.agents:
            raise BadArgument(
                "a plan needs something that it may use", hint="name tools, agents, or both: tools = { … }"
            )
        for what, given in (("tools", self.tools), ("agents", self.agents)):
            if len(given) > MAX_CHOICES:
                raise BadArgument(f"a plan chooses from {MAX_CHOICES} {what} at most, there are {len(given)}")
        for name, value, least, most in (
            ("max_steps", self.max_steps, 1, MAX_STEPS),
            ("repairs", self.repairs, 0, MAX_REPAIRS),
        ):
            if not least <= value <= most:
                raise BadArgument(
                    f"{name} of a plan is a number from {least} to {most}, not {value}", details={"path": f"$.{name}"}
                )


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that is valid. It has done nothing.

    Attributes:
        table: As the model has written it, for `workflow_from`.
        model: The full name of the model that has answered.
        attempts: How often it was asked.
    """

    goal: str
    table: dict[str, Any]
    workflow: Workflow
    model: str
    attempts: int
    cost_usd: float


async def plan_workflow(ctx: RunContext, task: Task, services: WorkflowServices, models: ModelServices) -> Planned:
    """Ask a model for a workflow that reaches a goal. Nothing of it runs.

    Raises:
        SchemaError: What it answers is no valid plan, after all repairs; `details` has `problems`, `raw`, `attempts`.
        PermissionDenied, BudgetExceeded, ProviderError, ModelNotFound: As of `call_model`.
    """
    model = models.catalog.find(task.model)
    settings = models.catalog.settings_for(task.model)
    answers = AnswerSchema(SCHEMA)
    conversation = [
        system(system_text(task.max_steps)),
        user(asked_text(task.goal, task.tools, task.agents, task.input_schema)),
    ]
    cost_usd, attempts = 0.0, 0
    while True:
        request = ModelRequest(tuple(conversation), schema=SCHEMA, settings=settings)
        called: Called = await call_model(ctx, models, [model], request, agent=NAME)
        attempts += 1
        cost_usd += called.cost_usd
        text = called.response.message.text
        table, mistake = answers.read(text)
        if mistake is not None:
            problems = [{"path": mistake.path, "message": mistake.sentence, "hint": ""}]
        else:
            workflow, problems = _checked(table, task, services)
            if workflow is not None:
                return Planned(task.goal, table, workflow, called.model, attempts, cost_usd)
        if attempts > task.repairs:
            raise _no_plan(problems, text, attempts)
        conversation += [assistant(text), user(correction_text(problems))]


def _checked(table: Mapping[str, Any], task: Task, services: WorkflowServices) -> tuple[Workflow | None, list[Problem]]:
    """The workflow of a table, or what is wrong with it."""
    try:
        workflow = workflow_from(table, services)
    except LLMSpellError as problem:
        return None, [_row(problem)]
    problems = [_row(it) for it in _not_allowed(workflow, task)]
    n_steps = sum(1 for _ in _steps(workflow))
    if n_steps > task.max_steps:
        problems.append(_row(_refused("$.steps", f"it has {n_steps} steps, {task.max_steps} at most")))
    return (None if problems else workflow), problems


def _not_allowed(workflow: Workflow, task: Task) -> Iterator[LLMSpellError]:
    """What a plan uses that it was not given."""
    tools = {name_key(it.name): it.name for it in task.tools}
    agents = {name_key(it.name): it.name for it in task.agents}
    for step in _steps(workflow):
        match step.action:
            case ToolAction(tool=str(name)) if name_key(name) in tools:
                pass
            case AgentAction(agent=str(name)) if name_key(name) in agents:
                pass
            case WorkflowAction(workflow=Workflow()):
                pass
            case TemplateAction(is_text=True):
                pass
            case ToolAction() as action:
                hint = did_you_mean(action.label, tools.values()) or _only("tools", tools.values())
                yield _refused(f"{step.path}.tool", f"the tool {action.label} may not be used", hint)
            case AgentAction() as action:
                hint = did_you_mean(action.label, agents.values()) or _only("agents", agents.values())
                yield _refused(f"{step.path}.agent", f"the agent {action.label} may not be used", hint)
            case WorkflowAction() as action:
                hint = "write the steps of a workflow into the step"
                yield _refused(f"{step.path}.workflow", f"the workflow {action.label} may not be used", hint)
            case action:
                hint = "a step of a plan is a tool, an agent, or a workflow that is written in it"
                yield _refused(step.path, f"a step of the kind {action.kind} may not be used", hint)


def _steps(workflow: Workflow) -> Iterator[Step]:
    """All steps, however deep, with what is done in their place or to undo them."""
    pending: list[Step | str | None] = [*workflow.spec.all_steps()]
    while pending:
        step = pending.pop()
        if not isinstance(step, Step):
            continue
        yield step
        pending += [step.fallback, step.compensate]
        if isinstance(step.action, WorkflowAction) and isinstance(step.action.workflow, Workflow):
            pending += step.action.workflow.spec.all_steps()


def _no_plan(problems: Sequence[Problem], text: str, attempts: int) -> SchemaError:
    first = problems[0]
    times = "" if attempts == 1 else f" after {attempts} attempts"
    return SchemaError(
        f"what the model has planned cannot be used{times}: {first['path']}: {first['message']}",
        hint="say more of what is wanted in the goal, or take a stronger model",
        details={"problems": list(problems[:100]), "raw": text[:MAX_RAW_CHARS], "attempts": attempts},
    )


def _refused(path: str, message: str, hint: str = "") -> BadArgument:
    return BadArgument(message, hint=hint, details={"path": path})


def _row(problem: LLMSpellError) -> Problem:
    return {"path": str(problem.details.get("path", "$")), "message": problem.message, "hint": problem.hint}


def _only(what: str, names: Sequence[str] | Any) -> str:
    shown = ", ".join(sorted(names))
    return f"it may use the {what} {shown[:500]}" if shown else f"it may use no {what}"
