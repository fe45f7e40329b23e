"""One execution of a template: its params, the agents of its roles, and what it has done so far.

Agents, composites and tools are those of `agents` and `tools`; here they only get their prompts. What a prompt says
comes from the template's file and its params; everything else (documents, answers of models) is shown beneath it,
quoted, by whoever asks."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from llmspell.agents.agent import Agent
from llmspell.agents.events import AgentEvent
from llmspell.agents.execution import Execution, Outcome, execute_as
from llmspell.agents.held import Held
from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.agents.result import AgentResult
from llmspell.agents.spec import AgentSpec
from llmspell.errors import BadArgument, InvalidParams, LLMSpellError
from llmspell.models.messages import Message, Value, user
from llmspell.models.protocol import ModelSettings
from llmspell.templates.protocol import StepDone

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.agents.registry import AgentRegistry
    from llmspell.effects.context import RunContext
    from llmspell.state.store import StateStore
    from llmspell.templates.declaration import Role
    from llmspell.templates.protocol import Outcome as Made
    from llmspell.tools.protocol import ToolResult
    from llmspell.tools.registry import ToolRegistry
    from llmspell.tools.template_process import TemplateProcess
    from llmspell.workflows.services import WorkflowServices

MAX_STEPS = 10_000  # kept of one execution
MAX_PROMPT_CHARS = 4_000_000  # of one question

_BYTES_OF_A_CHARACTER = 4  # of a text, and of its parts as they are shown

_NAME = re.compile(r"[A-Za-z_]\w*")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TemplateServices:
    """What templates are made of. `agents` and `workflows` are called when the first of each is needed; `state` is None
    where nothing is kept. `held` counts what executions have read and not yet done with."""

    agents: Callable[[], AgentRegistry]
    tools: ToolRegistry
    process: TemplateProcess
    workflows: Callable[[], WorkflowServices]
    state: StateStore | None = None
    held: Held = field(default_factory=Held)

    @property
    def models(self) -> Value:
        """What models are called with."""
        return self.agents().services.models


@dataclass(frozen=True, slots=True)
class Question:
    """One of several that are asked at once."""

    label: str
    role: str
    shown: Sequence[str] = ()
    variables: Mapping[str, Value] = field(default_factory=dict)
    schema: Mapping[str, Value] | None = None


class Work:
    """One execution, or one estimate: then nothing is asked.

    Args:
        params: Valid, defaults filled in.
        roles: Of the template, by name.

    Attributes:
        steps: What was done so far.
        unanswered: Whom a model has answered nothing for, though the work needs what they say.
    """

    def __init__(
        self,
        ctx: RunContext,
        name: str,
        params: Mapping[str, Value],
        services: TemplateServices,
        roles: Mapping[str, Role],
        *,
        on_event: OnEvent | None = None,
    ) -> None:
        self.ctx = ctx
        self.name = name
        self.params = params
        self.services = services
        self.on_event = on_event
        self.steps: list[StepDone] = []
        self.unanswered: list[str] = []
        self._roles = roles

    def at(self, ctx: RunContext) -> Work:
        """The same work at another place of the run: what is done there is a part of it."""
        other = copy(self)
        other.ctx = ctx
        return other

    def wrong(self, param: str, message: str, hint: str = "") -> InvalidParams:
        """The error for a param that its schema lets pass."""
        details: dict[str, object] = {"template": self.name, "path": f"$.{param}"}
        return InvalidParams(f"the template {self.name}: {message}", hint=hint, details=details)

    def hold(self, n_chars: int) -> None:
        """Note how much text this execution has read, in place of what was noted before.

        Raises:
            BadArgument: All executions of the run that are under way have read too much; the host has it in memory.
        """
        self.services.held.hold(self, _BYTES_OF_A_CHARACTER * n_chars)
        self.services.held.check()

    def role(self, name: str) -> Role:
        """One of its roles."""
        return self._roles[name]

    def model_of(self, role: str) -> str | Mapping[str, Value]:
        """Which model a role asks: empty for the default one."""
        models = self.params.get("models") or {}
        model: str | Mapping[str, Value] = models.get(role) or self.params.get("model") or self._roles[role].model
        return model

    async def prompts(self, role: str, variables: Mapping[str, Value]) -> tuple[str, str]:
        """A role's system prompt and the beginning of its question, filled in."""
        found = self._roles[role]
        known = {**self.params, **variables}
        system, task = await asyncio.to_thread(
            lambda: (self._filled(found.system, known, role), self._filled(found.task, known, role))
        )
        return system, task

    async def agent(
        self, role: str, *, name: str = "", schema: Mapping[str, Value] | None = None, **variables: Value
    ) -> Agent:
        """An agent for a role. It is not registered: nobody but this work knows it.

        Args:
            name: Where several have the role.
            schema: Of its answers, instead of the role's own.
        """
        system, _ = await self.prompts(role, variables)
        return self._agent(role, name or role, system, schema)

    async def question(self, role: str, shown: Sequence[str], variables: Mapping[str, Value]) -> str:
        """What is asked: the role's task, and beneath it what is shown."""
        _, task = await self.prompts(role, variables)
        return self._asked(task, shown)

    async def ask(
        self,
        role: str,
        *shown: str,
        label: str = "",
        schema: Mapping[str, Value] | None = None,
        history: Sequence[Message] = (),
        on_event: OnEvent | None = None,
        may_be_empty: bool = False,
        **variables: Value,
    ) -> AgentResult:
        """Let a role answer.

        Args:
            shown: Pieces beneath the role's task; texts of others are quoted (`agents.quoting`).
            history: What was said before.
            may_be_empty: An answer without text is one that the caller can go on with.

        Raises:
            LLMSpellError: As of `Agent.execute`.
        """
        system, task = await self.prompts(role, variables)
        agent = self._agent(role, role, system, schema)
        async with self.step(label or role):
            asked = AgentInput((*history, user(self._asked(task, shown))), {}, {})
            answer = await agent.execute(self.ctx.child(label or role), asked, on_event=on_event or self._quiet())
        if not may_be_empty:
            self._look_for_text(label or role, answer)
        return answer

    async def ask_all(
        self, label: str, questions: Sequence[Question], *, max_concurrency: int | None = None, fail_fast: bool = True
    ) -> list[Outcome]:
        """Ask several at once, as the parts of one execution.

        Args:
            fail_fast: The work needs all of the answers.

        Returns:
            In the order of the questions.

        Raises:
            LLMSpellError: The first that failed, with `fail_fast`; or all have failed.
        """
        made: list[tuple[str, Runnable, AgentInput]] = []
        for it in questions:
            system, task = await self.prompts(it.role, it.variables)
            agent = self._agent(it.role, it.label, system, it.schema)
            made.append((it.label, agent, AgentInput((user(self._asked(task, it.shown)),), {}, {})))
        outcomes: list[Outcome] = []

        async def work(execution: Execution) -> AgentResult:
            outcomes.extend(await execution.ask_all(made))
            if all(it.result is None for it in outcomes):
                raise execution.first_error()
            return execution.result("")

        async with self.step(label):
            whole = AgentInput((user(label),), {}, {})
            await execute_as(
                label,
                "all",
                self.ctx,
                whole,
                work,
                on_event=self._quiet(),
                fail_fast=fail_fast,
                max_concurrency=max_concurrency,
            )
        for one in outcomes:
            if fail_fast and one.result is not None:
                self._look_for_text(one.label, one.result)
        return outcomes

    def settled(self, outcome: Made) -> Made:
        """What the template has made: no success where a model has answered nothing that the work needs."""
        if not self.unanswered or not outcome.success:
            return outcome
        first, more = self.unanswered[0], len(self.unanswered) - 1
        others = f" and {more} more" if more else ""
        error = {
            "code": "empty_answer",
            "message": f"the model answered nothing as {first}{others} of the template {self.name}",
            "hint": "run it again, or with another `model`; one that thinks may need a larger max_tokens",
        }
        return replace(outcome, success=False, metadata={**outcome.metadata, "error": error})

    def _look_for_text(self, label: str, answer: AgentResult) -> None:
        if answer.data is None and not answer.text.strip():
            self.unanswered.append(label[:200])

    async def run(self, runnable: Runnable, text: str, *, label: str = "") -> AgentResult:
        """Let an agent or a composite answer."""
        name = label or runnable.name
        async with self.step(name):
            asked = AgentInput((user(text),), {}, {})
            return await runnable.execute(self.ctx.child(name), asked, on_event=self._quiet())

    async def tool(self, name: str, params: Mapping[str, Value]) -> ToolResult:
        """Use a tool, by the same permissions as a script's call."""
        return await self.services.tools.execute(self.ctx, name, dict(params))

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        """Note a part of the work, and tell who watches when it begins."""
        if self.on_event is not None:
            data = {"step": len(self.steps) + 1, "name": name}
            await self.on_event(AgentEvent("progress", name, self.name, data))
        started = time.perf_counter()
        error: str | None = None
        try:
            yield
        except LLMSpellError as problem:
            error = problem.message
            raise
        finally:
            self.note(name, round((time.perf_counter() - started) * 1000, 3), error)

    def note(self, name: str, duration_ms: float, error: str | None) -> None:
        """Note a part of the work that is done."""
        if len(self.steps) < MAX_STEPS:
            self.steps.append(StepDone(name, duration_ms, error))

    def _agent(self, role: str, name: str, system: str, schema: Mapping[str, Value] | None) -> Agent:
        found = self._roles[role]
        spec = AgentSpec(
            name=name,
            model=self.model_of(role),
            system_prompt=system,
            settings=ModelSettings(temperature=found.temperature),
            tools=tuple(self.params.get("tools") or found.tools) if found.takes_tools else found.tools,
            schema=schema or found.schema,
            max_steps=found.max_steps,
        )
        return Agent(spec, self.services.agents().services)

    def _filled(self, prompt: str, known: Mapping[str, Value], role: str) -> str:
        if "{" not in prompt:
            return prompt.strip()
        # Only what the prompt names: documents and tables of data stay here.
        variables = {it: known[it] for it in set(_NAME.findall(prompt)) if it in known}
        return self.services.process.render(prompt, variables, f"the prompt {role} of {self.name}").strip()

    def _asked(self, task: str, shown: Sequence[str]) -> str:
        text = "\n\n".join(it for it in (task, *shown) if it)
        if len(text) > MAX_PROMPT_CHARS:
            raise BadArgument(
                f"the template {self.name} would ask {len(text)} characters at once, {MAX_PROMPT_CHARS} at most",
                hint="give less, or smaller pieces",
            )
        return text

    def _quiet(self) -> OnEvent | None:
        """Whoever watches the whole is shown tools of its parts, not their texts."""
        if self.on_event is None:
            return None
        watcher = self.on_event

        async def tell(event: AgentEvent) -> None:
            if event.kind in ("tool_start", "tool_end"):
                await watcher(event)

        return tell
