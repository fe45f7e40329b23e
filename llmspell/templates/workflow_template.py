"""A template that is a workflow: its params are the workflow's input, its agents are made for each execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmspell.agents.agent import Agent
from llmspell.agents.fields import spec_from
from llmspell.models.estimate import text_bytes, text_tokens
from llmspell.models.messages import Value
from llmspell.templates.declaration import Role, with_models
from llmspell.templates.estimate import with_tools
from llmspell.templates.protocol import Calls, Confidence, Forecast, Outcome, Span
from llmspell.tools.results import readable
from llmspell.workflows.outputs import essence_of
from llmspell.workflows.spec import AgentAction, FunctionAction, TemplateAction, WorkflowAction

if TYPE_CHECKING:
    from llmspell.templates.work import Work
    from llmspell.workflows.result import StepResult
    from llmspell.workflows.spec import WorkflowSpec
    from llmspell.workflows.workflow import Workflow

_PROMPTS = ("system_prompt", "description")
_ANSWER_TOKENS = 500  # of an agent of which nobody knows more
_AGENT_KEYS = ("agent", "agent_name", "agent_id")


@dataclass(frozen=True, slots=True)
class WorkflowTemplate:
    """Implements `templates.protocol.Template`.

    Attributes:
        workflow: A table as `workflows` reads it, or a workflow. Agents in a table may be names of `agents`.
        agents: Fields of agents, by name.
    """

    name: str
    description: str
    schema: Mapping[str, Value]
    workflow: Mapping[str, Value] | Workflow
    agents: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    category: str = "own"
    version: str = "1.0.0"
    tags: tuple[str, ...] = ()
    examples: tuple[Mapping[str, Value], ...] = ()
    limits: str = ""
    gives: str = ""
    origin: str = "script"

    @property
    def parameters(self) -> Mapping[str, Value]:
        """The schema of its params, with `model` where it has agents of its own."""
        return with_models(self.schema, tuple(self.agents))

    @property
    def prompts(self) -> Mapping[str, Role]:
        """The prompts of its agents, as those of roles."""
        return {name: _role(name, fields) for name, fields in self.agents.items()}

    async def forecast(self, work: Work) -> Forecast | None:
        """The agents of its steps, each asked once; more where there are loops, fewer where there are conditions."""
        found = _Found([], set())
        _look(found, (await self._built(work)).spec, Span.of(1), work)
        calls = [_calls(it, work, self._input(work)) for it in found.asked]
        unknown = found.unknown
        if unknown & {"agent", "workflow"}:
            return None
        notes = [f"what a {it} asks is left out" for it in sorted(unknown)]
        if not calls and unknown:
            return None
        confidence: Confidence = "low" if unknown or any(it.is_loop for it in found.asked) else "medium"
        return Forecast(calls, confidence if calls else "high", tuple(notes))

    async def execute(self, work: Work) -> Outcome:
        """Run the workflow."""
        return await run_workflow(work, await self._built(work), self._input(work))

    async def _built(self, work: Work) -> Workflow:
        if not isinstance(self.workflow, Mapping):
            return self.workflow
        agents = {name: await self._agent(work, name) for name in self.agents}
        return workflow_of(work, {"name": self.name, **_with_agents(self.workflow, agents)})

    def _input(self, work: Work) -> dict[str, Value]:
        """What the workflow is given: the params, without those that say who is asked."""
        names = self.schema.get("properties", {})
        return {key: it for key, it in work.params.items() if key in names or key not in ("model", "models")}

    async def _agent(self, work: Work, name: str) -> Agent:
        system, _ = await work.prompts(name, {})
        fields = {key: it for key, it in self.agents[name].items() if key not in _PROMPTS}
        model = work.model_of(name)
        spec = spec_from({**fields, "name": name, "system_prompt": system, **({"model": model} if model else {})})
        return Agent(spec, work.services.agents().services)


def workflow_of(work: Work, table: Mapping[str, Value]) -> Workflow:
    """The workflow of a table.

    Raises:
        LLMSpellError: The table is no workflow; `details.path` says where.
    """
    from llmspell.workflows.workflow import workflow_from  # late: most templates are no workflows

    return workflow_from(table, work.services.workflows())


async def run_workflow(work: Work, workflow: Workflow, input: Value) -> Outcome:
    """Run a workflow as the work of a template. A step that fails is in the outcome.

    Raises:
        LLMSpellError: The input is refused, a hook cancels it, or what ends a run.
    """

    def watch(path: tuple[str, ...], name: str, row: StepResult | None) -> None:
        if row is not None and row.status != "skipped":
            work.note("/".join((*path, name)), row.duration_ms, row.error)

    async with work.step(workflow.name):
        done = await workflow.execute(work.ctx, input, watch=watch)
    rows = [{"name": it.name, "kind": it.kind, "status": it.status, "error": it.error} for it in done.steps]
    metadata: dict[str, Value] = {"workflow": dict(done.metadata), "steps": rows}
    if not done.success:
        metadata["error"] = {"code": done.error_code, "message": done.error}
    return Outcome(done.text, essence_of(done.output), success=done.success, metadata=metadata)


def _with_agents(table: Value, agents: Mapping[str, Agent]) -> Value:
    """The table, with the names of these agents in its steps replaced by them."""
    match table:
        case Mapping():
            return {
                key: agents[it]
                if key in _AGENT_KEYS and isinstance(it, str) and it in agents
                else _with_agents(it, agents)
                for key, it in table.items()
            }
        case list():
            return [_with_agents(it, agents) for it in table]
        case _:
            return table


@dataclass(frozen=True, slots=True)
class _Asked:
    """An agent that a step asks."""

    agent: Agent
    input: Value
    n: Span
    is_loop: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """The agents of a workflow, and the kinds of steps of which nobody knows what they ask."""

    asked: list[_Asked]
    unknown: set[str]


def _look(found: _Found, spec: WorkflowSpec, n: Span, work: Work, is_loop: bool = False) -> None:
    """Find the agents of a workflow and of those inside of it."""
    inner = n
    if spec.kind in ("loop", "map") and spec.loop is not None:
        given = spec.loop.collection
        times = len(given) if isinstance(given, list | tuple) else 3
        most = times if isinstance(given, list | tuple) else spec.loop.max_iterations or 10
        inner, is_loop = Span(0, n.likely * times, n.most * max(times, most)), True
    chosen = {id(step) for branch in spec.branches for step in branch.steps} | {id(it) for it in spec.default}
    for step in spec.all_steps():
        may_not_run = step.condition is not None or (spec.kind == "conditional" and id(step) in chosen)
        times_run = Span(0, inner.likely, inner.most) if may_not_run else inner
        if step.retry is not None:
            times_run = Span(times_run.least, times_run.likely, times_run.most * step.retry.attempts)
        action = step.action
        if isinstance(action, AgentAction):
            agent = work.services.agents().get(action.agent) if isinstance(action.agent, str) else action.agent
            if isinstance(agent, Agent):
                found.asked.append(_Asked(agent, step.input, times_run, is_loop))
            else:
                found.unknown.add("agent")
        elif isinstance(action, WorkflowAction):
            if isinstance(action.workflow, str):
                found.unknown.add("workflow")
            else:
                _look(found, action.workflow.spec, times_run, work, is_loop)
        elif isinstance(action, FunctionAction):
            found.unknown.add("function")
        elif isinstance(action, TemplateAction) and not action.is_text:
            found.unknown.add("template")


def _calls(asked: _Asked, work: Work, input: Mapping[str, Value]) -> Calls:
    """The calls of one step, by what is known of its prompt: placeholders stand for outputs that nobody knows."""
    spec = asked.agent.spec
    n_system = text_bytes(spec.system_prompt)
    n_input = text_bytes(readable(asked.input)) + text_bytes(readable(input))
    before = _ANSWER_TOKENS if "{{" in readable(asked.input) else 0
    tokens = Span(
        text_tokens(n_system) + 20,
        text_tokens(n_system + n_input) + 20 + before,
        text_tokens(n_system + 3 * n_input) + 20 + 8 * before,
    )
    most = spec.settings.max_tokens or 4 * _ANSWER_TOKENS
    answer = Span(_ANSWER_TOKENS / 10, min(_ANSWER_TOKENS, most), most)
    calls = Calls(spec.name, asked.n, tokens, answer, spec.model)
    return with_tools(calls, spec.max_steps) if spec.tools else calls


def _role(name: str, fields: Mapping[str, Value]) -> Role:
    return Role(name, str(fields.get("system_prompt", "")), model=fields.get("model", ""))
