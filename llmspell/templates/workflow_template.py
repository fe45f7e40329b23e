"""A template that is a workflow: its params are the workflow's input, its agents are made for each execution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmspell.agents.agent import Agent
from llmspell.agents.fields import spec_from
from llmspell.models.estimate import text_bytes, text_tokens
from llmspell.models.messages import Value
from llmspell.templates.declaration import Role, with_models
from llmspell.templates.protocol import Calls, Confidence, Forecast, Outcome, Span
from llmspell.tools.results import readable

if TYPE_CHECKING:
    from llmspell.templates.work import Work

_PROMPTS = ("system_prompt", "description")
_ANSWER_TOKENS = 500  # of an agent that nobody knows
_NESTED = ("steps", "branches", "default", "default_branch", "else", "else_steps", "then_steps", "fallback")


@dataclass(frozen=True, slots=True)
class WorkflowTemplate:
    """Implements `templates.protocol.Template`.

    Attributes:
        workflow: A table as `workflows` reads it; agents in it may be names of `agents`.
        agents: Fields of agents, by name.
    """

    name: str
    description: str
    schema: Mapping[str, Value]
    workflow: Mapping[str, Value]
    agents: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    category: str = "own"
    version: str = "1.0.0"
    tags: tuple[str, ...] = ()
    examples: tuple[Mapping[str, Value], ...] = ()
    limits: str = ""
    origin: str = "script"

    @property
    def parameters(self) -> Mapping[str, Value]:
        """The schema of its params, with `model` where it has agents of its own."""
        return with_models(self.schema, self.roles)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self.agents)

    @property
    def prompts(self) -> Mapping[str, Role]:
        """The prompts of its agents, as those of roles."""
        return {name: _role(name, fields) for name, fields in self.agents.items()}

    async def forecast(self, work: Work) -> Forecast | None:
        """The agents of its steps, each asked once; more where there are loops, fewer where there are conditions."""
        calls: list[Calls] = []
        confidence: Confidence = "medium"
        for step, n, is_loop in _agent_steps(self.workflow, Span.of(1), False):
            name = step["agent"]
            if name not in self.agents:
                return None  # an agent of the run's: its prompts are not known here
            confidence = "low" if is_loop else confidence
            system, _ = await work.prompts(name, {})
            params = {key: it for key, it in work.params.items() if key not in ("model", "models")}
            n_bytes = text_bytes(system) + text_bytes(readable(step.get("input", ""))) + text_bytes(readable(params))
            role = work.role(name)
            asked = Span(
                text_tokens(text_bytes(system)) + 20, text_tokens(n_bytes) + 20, text_tokens(3 * n_bytes) + 2000
            )
            calls.append(Calls(name, n, asked, Span(role.answer_tokens / 10, role.answer_tokens, role.most_tokens)))
        return Forecast(calls, confidence, ("what tools of agents, and templates inside, ask is left out",))

    async def execute(self, work: Work) -> Outcome:
        """Run the workflow."""
        agents = {name: await self._agent(work, name) for name in self.agents}
        params = {key: it for key, it in work.params.items() if key not in ("model", "models")}
        return await run_workflow(work, with_agents(self.workflow, agents), params, self.name)

    async def _agent(self, work: Work, name: str) -> Agent:
        system, _ = await work.prompts(name, {})
        fields = {key: it for key, it in self.agents[name].items() if key not in _PROMPTS}
        model = work.model_of(name)
        spec = spec_from({**fields, "name": name, "system_prompt": system, **({"model": model} if model else {})})
        return Agent(spec, work.services.agents().services)


async def run_workflow(work: Work, table: Mapping[str, Value], input: Value, name: str) -> Outcome:
    """Run a workflow of a table as the work of a template.

    Raises:
        LLMSpellError: The table is no workflow, or what ends a run.
    """
    from llmspell.workflows.workflow import workflow_from  # late: most templates are no workflows

    workflow = workflow_from({"name": name, **table}, work.services.workflows())
    async with work.step(workflow.name):
        done = await workflow.execute(work.ctx, input)
    rows = [{key: it.to_value()[key] for key in ("name", "kind", "status", "error")} for it in done.steps]
    metadata = {"workflow": dict(done.metadata), "steps": rows}
    if not done.success:
        metadata["error"] = {"code": done.error_code, "message": done.error}
    return Outcome(done.text, done.output, success=done.success, metadata=metadata)


def with_agents(table: Value, agents: Mapping[str, Agent]) -> Value:
    """The table, with the names of these agents in its steps replaced by them."""
    match table:
        case Mapping():
            return {
                key: agents[it] if key == "agent" and isinstance(it, str) and it in agents else with_agents(it, agents)
                for key, it in table.items()
            }
        case list():
            return [with_agents(it, agents) for it in table]
        case _:
            return table


def _agent_steps(table: Value, n: Span, is_loop: bool) -> Iterator[tuple[Mapping[str, Value], Span, bool]]:
    """The steps of a table that ask agents, how often each, and whether that depends on a loop."""
    if isinstance(table, list):
        for it in table:
            yield from _agent_steps(it, n, is_loop)
        return
    if not isinstance(table, Mapping):
        return
    if isinstance(table.get("agent"), str):
        yield table, Span(0, n.likely, n.most) if "condition" in table else n, is_loop
    kind = table.get("type")
    inner, is_inner_loop = n, is_loop
    if kind in ("loop", "map"):
        collection = table.get("collection")
        times = len(collection) if isinstance(collection, list) else 3
        inner = Span(0, n.likely * times, n.most * max(times, int(table.get("max_iterations", 10) or 10)))
        is_inner_loop = True
    elif kind == "conditional":
        inner = Span(0, n.likely, n.most)
    for key in _NESTED:
        yield from _agent_steps(table.get(key), inner, is_inner_loop)
    if isinstance(table.get("workflow"), Mapping):
        yield from _agent_steps(table["workflow"], inner, is_inner_loop)


def _role(name: str, fields: Mapping[str, Value]) -> Role:
    most = fields.get("max_tokens", 4 * _ANSWER_TOKENS)
    model = fields.get("model", "")
    answer = min(_ANSWER_TOKENS, most)
    return Role(name, str(fields.get("system_prompt", "")), answer_tokens=answer, most_tokens=most, model=model)
