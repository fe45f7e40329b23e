"""One agent: a model with instructions, tools, a memory and limits, that can be executed.

The loop itself is in `agents.loop`; here is what is around it: the entry in the journal, memory, the time limit, the
budget, and what is counted."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from llmspell.agents.as_tool import AGENT_ACTOR, refuse_too_deep
from llmspell.agents.events import AgentEvent
from llmspell.agents.held import Held, size_of
from llmspell.agents.loop import Loop
from llmspell.agents.memory import SUMMARY_PROMPT, Memory
from llmspell.agents.metrics import Metrics
from llmspell.agents.plan import Plan, make_plan
from llmspell.agents.progress import Progress
from llmspell.agents.result import AgentResult
from llmspell.effects.budget import Budget
from llmspell.effects.perform import Effect, perform
from llmspell.errors import (
    AgentStopped,
    BudgetExceeded,
    GuardrailTripped,
    LLMSpellError,
    PermissionDenied,
    ProviderError,
    SchemaError,
    TimedOut,
)
from llmspell.models.calling import call_model
from llmspell.models.messages import system, user
from llmspell.models.protocol import ModelRequest
from llmspell.models.recording import request_to_value
from llmspell.names import id_of

if TYPE_CHECKING:
    from llmspell.agents.contexts import Contexts
    from llmspell.agents.events import OnEvent
    from llmspell.agents.protocol import AgentInput, Runnable
    from llmspell.agents.spec import AgentSpec
    from llmspell.effects.context import RunContext
    from llmspell.guardrails.rails import Rails
    from llmspell.models.calling import ModelServices
    from llmspell.models.messages import Message, Value
    from llmspell.state.store import StateStore
    from llmspell.tools.protocol import ToolResult
    from llmspell.tools.registry import ToolRegistry

Status = Literal["ready", "paused", "stopped"]

# Whoever gets one of these wants to know how far the agent came.
_SAY_HOW_FAR = (AgentStopped, BudgetExceeded, GuardrailTripped, ProviderError, SchemaError, TimedOut)

AGENT_BYTES = 4 * 1024  # about what an agent takes beside its texts

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class AgentServices:
    """What agents are made with. `contexts` and `state` are None where nobody shares or keeps anything, `find` where
    agents do not have names."""

    models: ModelServices
    tools: ToolRegistry
    state: StateStore | None = None
    contexts: Contexts | None = None
    held: Held = field(default_factory=Held)
    find: Callable[[str], Runnable] | None = None


class Agent:
    """Implements `agents.protocol.Runnable`. May be executed several times at once.

    Raises:
        ModelNotFound, ToolNotFound, BadArgument, ConfigError: As `plan.make_plan`, at once; there is no network before
            the first execution.

    Attributes:
        id: Different for each agent of a process.
        budget: What it may spend in its life, its sub-agents included.
        memory: What it remembers; empty where the spec asks for none.
        rails: Its own guardrails.
    """

    def __init__(self, spec: AgentSpec, services: AgentServices) -> None:
        services.held.check()
        self.spec = spec
        self.id = id_of(spec.name, next(_numbers), otherwise="agent")
        self.budget = Budget("agent", spec.budget.usd, spec.budget.tokens, owner=spec.name)
        self.memory = Memory(spec.memory, services.held)
        self.rails = _rails_of(spec)
        self.metrics = Metrics()
        self.status: Status = "ready"
        self._services = services
        self._plan = make_plan(spec, services.models, services.tools)
        services.held.hold(self, AGENT_BYTES + _size_of(spec))
        services.held.check()

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def description(self) -> str:
        return self.spec.description

    @property
    def model(self) -> str:
        """The full name of the model that it asks first."""
        first = self._plan.candidates[0]
        return f"{first.provider}/{first.name}"

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of its tools."""
        return self._plan.toolbox.names

    async def run_tool(self, ctx: RunContext, name: str, params: Mapping[str, Value]) -> ToolResult:
        """Run one of its tools, as its model could; what goes wrong is raised.

        Raises:
            ToolNotFound: It has no such tool.
        """
        if self.rails:
            ctx = ctx.child("guarded")
            ctx.rails = (*ctx.rails, *self.rails)
        return await self._plan.toolbox.run(ctx, name, params)

    def pause(self) -> None:
        """Execute no more until `resume`. What is under way goes on."""
        self.status = "paused"

    def resume(self) -> None:
        """Be ready again."""
        self.status = "ready"

    def stop(self) -> None:
        """Execute no more."""
        self.status = "stopped"

    def health(self) -> dict[str, Value]:
        """Whether it is ready, and whether its last execution went well."""
        error = self.metrics.last_error
        return {
            "status": self.status,
            "healthy": self.status == "ready" and not self.metrics.is_failing,
            "last_error": None if error is None else error.to_wire(),
        }

    def remember(self, messages: Sequence[Message]) -> None:
        """Add to its memory, where it has one."""
        self.memory.remember(messages)

    def forget(self) -> None:
        """Forget everything."""
        self.memory.forget()

    async def execute(self, ctx: RunContext, input: AgentInput, *, on_event: OnEvent | None = None) -> AgentResult:
        """Answer, and remember it where the spec asks for a memory. See `Runnable.execute`."""
        return await self._execute(ctx, input, None, on_event)

    async def execute_with(
        self,
        ctx: RunContext,
        history: Sequence[Message] | Memory,
        input: AgentInput,
        *,
        on_event: OnEvent | None = None,
    ) -> AgentResult:
        """Execute with this history instead of what it remembers, and remember nothing.

        Args:
            history: The memory of a conversation is condensed where it is too long, as the agent's own would be.
        """
        return await self._execute(ctx, input, history, on_event)

    async def _execute(
        self,
        ctx: RunContext,
        input: AgentInput,
        history: Sequence[Message] | Memory | None,
        on_event: OnEvent | None,
    ) -> AgentResult:
        self._refuse_unless_ready()
        if ctx.callers:  # asked by a function that somebody is waiting for, perhaps a tool of this very agent
            refuse_too_deep(ctx, self.name)
        if self.spec.memory.kind != "none":
            self._services.held.check()
        plan = self._plan_for(input)
        await self._services.models.pace.turn(input.messages)
        progress = Progress(self.name, input.messages)
        is_recorded = ctx.run.journal.mode != "off"
        result: AgentResult | None = None
        made: Value = None

        async def do(inner: RunContext) -> Value:
            nonlocal result, made
            asked, has_tried = input, False

            async def once(given: AgentInput) -> AgentResult:
                nonlocal progress, asked, has_tried
                if has_tried or given is not input:  # hooks have it done again, or have changed what is asked
                    before, progress = progress, Progress(self.name, given.messages)
                    progress.spent(before.usage, before.cost_usd)
                asked, has_tried = given, True
                try:
                    planned = plan if given is input else self._plan_for(given)
                    await self._work(inner, planned, given, history, progress, on_event)
                except _SAY_HOW_FAR as error:
                    progress.explain(error)
                    raise
                return progress.result()

            result = await self._hooked(inner, input, once, on_event) if inner.run.hooks.at else await once(input)
            if history is None:
                new = [it for it in asked.messages if it.role != "system"]  # those count for once
                self.memory.remember(new, result.messages[len(asked.messages) :])
            made = result.to_value() if is_recorded else None
            return made

        recorded = _recorded(input) if is_recorded else None
        try:
            effect = Effect("agent", self.name, recorded, actor=f"{AGENT_ACTOR}{self.name}", again=True)
            value = await perform(ctx, effect, do)
        except LLMSpellError as error:
            self.metrics.add(progress, error)
            if on_event is not None:
                await on_event(AgentEvent("error", error.message, self.name, error.to_wire()))
            raise
        self.metrics.add(progress, None)
        if result is None or value is not made:  # what an earlier run was answered
            result = AgentResult.from_value(value)
        if on_event is not None:
            await on_event(AgentEvent("done", result.text, self.name, result.to_value()))
        return result

    async def _hooked(
        self,
        inner: RunContext,
        input: AgentInput,
        once: Callable[[AgentInput], Awaitable[AgentResult]],
        on_event: OnEvent | None,
    ) -> AgentResult:
        from llmspell.agents.hooked import execute_hooked  # late: most runs have no hooks

        return await execute_hooked(inner, self.name, input, once, find=self._services.find, on_event=on_event)

    def _plan_for(self, input: AgentInput) -> Plan:
        if not input.overrides:
            return self._plan
        from llmspell.agents.fields import with_overrides  # late: an agent of a program's own needs none of it

        spec = with_overrides(self.spec, input.overrides)
        return make_plan(spec, self._services.models, self._services.tools, like=self._plan)

    async def _work(
        self,
        inner: RunContext,
        plan: Plan,
        input: AgentInput,
        history: Sequence[Message] | Memory | None,
        progress: Progress,
        on_event: OnEvent | None,
    ) -> None:
        """All that an execution does inside its entry, in its time."""
        if self.rails:
            inner.rails = (*inner.rails, *self.rails)
            inner.budgets = (*inner.budgets, *(budget for it in self.rails for budget in it.budgets))
        limit_s = plan.spec.timeout_s
        rails = (*inner.run.rails, *inner.rails)
        if rails:
            limit_s = min((it for it in (limit_s, *(it.time_s for it in rails)) if it is not None), default=None)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(limit_s) as timer:
                await self._permit_server(inner, plan.spec)
                if self.budget.usd is not None or self.budget.tokens is not None:
                    inner.budgets = (*inner.budgets, self.budget)
                if history is None:
                    history = self.memory
                if isinstance(history, Memory):
                    await self._condense(history, inner, plan, progress)
                    history = history.messages()
                conversation = _conversation(plan.system, history, input)
                await Loop(inner, plan, conversation, progress, on_event).run(input.context)
            for it in rails:
                await it.reached(inner, "time", time.perf_counter() - started)
        except TimeoutError as error:
            if not timer.expired():
                raise
            for it in rails:  # says so itself, where it was its time
                await it.reached(inner, "time", time.perf_counter() - started)
            raise TimedOut(
                f"the agent {self.name} took longer than {limit_s:g} s",
                hint="raise timeout_s, or ask for less at a time",
                details={"timeout_s": limit_s},
            ) from error

    async def _condense(self, memory: Memory, inner: RunContext, plan: Plan, progress: Progress) -> None:
        if not memory.is_too_long:
            return
        settings = replace(plan.settings, stop=(), max_tokens=max(256, plan.spec.memory.max_tokens // 2))

        async def summarise(text: str) -> str:
            request = ModelRequest((system(SUMMARY_PROMPT), user(text)), settings=settings)
            retries = plan.spec.retries
            called = await call_model(
                inner.child("memory"), plan.models, plan.candidates, request, retries=retries, agent=self.name
            )
            progress.asked(called)
            return called.response.message.text

        await memory.condense(summarise)

    async def _permit_server(self, inner: RunContext, spec: AgentSpec) -> None:
        """What a script may do that names a server or a key of its own."""
        if spec.api_key and inner.profile.name != "none":
            raise PermissionDenied(
                f"the agent {self.name} has an api_key, which a script may give under profile none only",
                hint="set the key where the provider's settings say, or run with --profile none",
            )
        if spec.headers and not spec.base_url and inner.profile.name != "none":
            # A gateway may be told by a header to hand on the request, and the user's key, to wherever the header says.
            raise PermissionDenied(
                f"the agent {self.name} has headers for a provider of the settings, which a script may give under "
                "profile none only",
                hint="set them where the provider's settings are, or give the base_url that they are for",
            )
        if spec.base_url:
            await self._services.models.catalog.servers.permit(inner, spec.base_url)

    def _refuse_unless_ready(self) -> None:
        if self.status == "ready":
            return
        raise AgentStopped(
            f"the agent {self.name} is {self.status}",
            hint="resume it first",
            details={"reason": self.status},
        )


def _rails_of(spec: AgentSpec) -> tuple[Rails, ...]:
    if spec.guardrails is None or spec.guardrails.is_empty:
        return ()
    from llmspell.guardrails.rails import Rails  # late: most agents have none

    return (Rails(spec.guardrails, agent=spec.name),)


def _size_of(spec: AgentSpec) -> int:
    told = (spec.description, spec.system_prompt, spec.settings.extra, spec.schema)
    tools = [(it.description, getattr(it, "schema", None)) for it in spec.tools if not isinstance(it, str)]
    return size_of((*told, spec.model, spec.headers, spec.custom, tools))


def _conversation(prompt: str, history: Sequence[Message], input: AgentInput) -> list[Message]:
    """What the model is shown at first: all that a system says stands before everything else."""
    said = [*history, *input.messages]
    instructions = [it for it in said if it.role == "system"]
    if input.context:
        from llmspell.agents.contexts import render_context  # late: most executions share nothing

        shown = render_context(input.context)
        prompt = f"{prompt}\n\n{shown}" if prompt else shown
    if prompt:
        instructions.insert(0, system(prompt))
    return [*instructions, *(it for it in said if it.role != "system")] if instructions else said


def _recorded(input: AgentInput) -> dict[str, Value]:
    value: dict[str, Value] = request_to_value(ModelRequest(input.messages))
    if input.overrides:
        value["overrides"] = input.overrides
    if input.context:
        value["context"] = input.context
    return value
