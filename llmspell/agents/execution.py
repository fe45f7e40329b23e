"""One execution of something that is made of several agents: asks its members, one or many at a time, and adds up.

What it does with their answers is its caller's (`agents.composites`, `agents.reflect`). Each member works in a place
below the execution's entry that is named after it, so that the keys of effects do not depend on who is first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from llmspell.agents.as_tool import AGENT_ACTOR, events_of_part
from llmspell.agents.at_once import at_once
from llmspell.agents.events import AgentEvent
from llmspell.agents.held import size_of_all
from llmspell.agents.history import continue_with
from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.agents.result import AgentResult, Step
from llmspell.agents.tool_answer import spent_in
from llmspell.effects.perform import Effect, perform
from llmspell.errors import AgentStopped, Cancelled, LimitExceeded, LLMSpellError, Terminated
from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.models.messages import Value, assistant, to_value

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.effects.context import RunContext

Members = Sequence[tuple[str, Runnable]]  # with labels that are unique among them

MAX_CHARS = 64_000_000  # of one execution: all of it stands in its result, and results cross to the script

_ENDS_THE_RUN = (Cancelled, Terminated, LimitExceeded)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking one member: a result or an error."""

    label: str
    asked: str
    result: AgentResult | None
    error: LLMSpellError | None
    duration_ms: float

    @property
    def usage(self) -> Usage:
        return self.result.usage if self.result is not None else self._spent["usage"]

    @property
    def cost_usd(self) -> float:
        return self.result.cost_usd if self.result is not None else self._spent["cost_usd"]

    @property
    def _spent(self) -> dict[str, Value]:
        return spent_in(self.error.details if self.error is not None else {})

    def answer(self) -> AgentResult:
        """The result.

        Raises:
            LLMSpellError: There is none, for this error.
        """
        if self.error is not None:
            raise self.error
        assert self.result is not None  # there is the one or the other
        return self.result

    def to_value(self) -> dict[str, Value]:
        """As it stands in the metadata of the whole."""
        result = self.result
        return {
            "name": self.label,
            "success": result is not None,
            "text": "" if result is None else result.text,
            "data": None if result is None else result.data,
            "error": None if self.error is None else self.error.to_wire(),
            "model": "" if result is None else result.model,
            "cost_usd": self.cost_usd,
            "duration_ms": self.duration_ms,
        }


@dataclass(slots=True)
class Execution:
    """One execution. Not shared.

    Attributes:
        fail_fast: The first error of a member is the whole's; otherwise it is kept and the others go on.
        max_concurrency: Of members that are asked at the same time; None is no bound.
        outcomes: So far, in the order in which members were asked.
        n_chars: Of all that they were asked and have answered.
    """

    name: str
    ctx: RunContext
    input: AgentInput
    on_event: OnEvent | None = None
    fail_fast: bool = True
    max_concurrency: int | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    n_chars: int = 0

    async def ask(self, label: str, member: Runnable, input: AgentInput, *, apart_from_memory: bool = False) -> Outcome:
        """Let one member answer. See `ask_all`.

        Raises:
            LLMSpellError: It failed, and the first failure counts; or the run is to end.
        """
        (outcome,) = await self.ask_all([(label, member, input)], apart_from_memory=apart_from_memory)
        return outcome

    async def ask_all(
        self, asked: Sequence[tuple[str, Runnable, AgentInput]], *, apart_from_memory: bool = False
    ) -> list[Outcome]:
        """Let several answer at the same time. When the first failure counts, the others are stopped by it.

        Args:
            apart_from_memory: What they remember is not shown to them, and this is not remembered: for patterns that
                show a member all that it needs, again and again.

        Returns:
            In the order of `asked`.

        Raises:
            LLMSpellError: As `ask`.
        """
        slots = None if self.max_concurrency is None else asyncio.Semaphore(self.max_concurrency)
        self._add(sum(len(input.text) for _, _, input in asked))
        n_bytes = sum(size_of_all(input.messages) for _, _, input in asked)
        try:
            with at_once(self.ctx.run, self.name, len(asked), n_bytes):
                places = [self.ctx.child(_place(label)) for label, _, _ in asked]
                async with asyncio.TaskGroup() as group:
                    tasks = [
                        group.create_task(self._ask(place, *it, slots, apart_from_memory))
                        for place, it in zip(places, asked, strict=True)
                    ]
        except BaseExceptionGroup as failures:
            # By now all have ended. The first to fail is first; the others failed before they could be stopped.
            raise failures.exceptions[0] from None
        outcomes = [it.result() for it in tasks]
        self.outcomes += outcomes
        await self._report()
        return outcomes

    def first_error(self) -> LLMSpellError:
        """Why there is no answer at all. Only where every member has failed."""
        return next(it.error for it in self.outcomes if it.error is not None)

    @property
    def usage(self) -> Usage:
        """Of all answers so far, and of failures that say what they have used."""
        return sum((it.usage for it in self.outcomes), NO_USAGE)

    @property
    def cost_usd(self) -> float:
        """As `usage`."""
        return sum(it.cost_usd for it in self.outcomes)

    def result(
        self,
        text: str,
        *,
        answered: AgentResult | None = None,
        data: Value = None,
        metadata: Mapping[str, Value] | None = None,
    ) -> AgentResult:
        """The whole's result, with everything that its members did.

        Args:
            answered: Whose answer it is, where it is one member's.
        """
        done = [it.result for it in self.outcomes if it.result is not None]
        steps = [step for it in self.outcomes for step in _steps(it)]
        return AgentResult(
            text,
            data,
            (*self.input.messages, assistant(text)),
            tuple(call for it in done for call in it.tool_calls),
            tuple(steps),
            self.usage,
            self.cost_usd,
            "" if answered is None else answered.model,
            self.name,
            "stop" if answered is None else answered.finish_reason,
            0.0,
            tuple(one for it in done for one in it.citations),
            {**(metadata or {}), "members": [it.to_value() for it in self.outcomes]},
        )

    async def _ask(
        self,
        place: RunContext,
        label: str,
        member: Runnable,
        input: AgentInput,
        slots: asyncio.Semaphore | None,
        apart_from_memory: bool,
    ) -> Outcome:
        if slots is not None:
            await slots.acquire()
        started = time.perf_counter()
        result, error = None, None
        try:
            watcher = events_of_part(self.on_event)
            if apart_from_memory:
                result = await continue_with(member, place, (), input, on_event=watcher)
            else:
                result = await member.execute(place, input, on_event=watcher)
        except LLMSpellError as problem:
            problem.details.setdefault("agent", label)
            if self.fail_fast or isinstance(problem, _ENDS_THE_RUN):
                raise
            error = problem
        if result is not None:
            self._add(len(result.text) + sum(_n_chars(it) for it in result.steps))
        # Not given back after what ends the whole: nobody may begin in the moment before all are stopped.
        if slots is not None:
            slots.release()
        return Outcome(label, input.text, result, error, round((time.perf_counter() - started) * 1000, 3))

    def _add(self, n_chars: int) -> None:
        """Count what the whole's result will have to show.

        Raises:
            AgentStopped: It is too much (`too_much_text`).
        """
        self.n_chars += n_chars
        if self.n_chars > MAX_CHARS:
            raise AgentStopped(
                f"what the agents of {self.name} were asked and have answered takes more than {MAX_CHARS} characters",
                hint="use fewer of them, or ask for less",
                details={"reason": "too_much_text", "limit": MAX_CHARS},
            )

    async def _report(self) -> None:
        if self.on_event is not None:
            so_far = {
                "step": len(self.outcomes),
                "members": [it.label for it in self.outcomes],
                "usage": asdict(self.usage),
                "cost_usd": self.cost_usd,
            }
            await self.on_event(AgentEvent("progress", agent=self.name, data=so_far))


async def execute_as(
    name: str,
    pattern: str,
    ctx: RunContext,
    input: AgentInput,
    work: Callable[[Execution], Awaitable[AgentResult]],
    *,
    on_event: OnEvent | None = None,
    fail_fast: bool = True,
    max_concurrency: int | None = None,
) -> AgentResult:
    """Do the work of something that is made of several agents, as an effect of its own.

    Args:
        pattern: What it is, for the journal.
    """
    started = time.perf_counter()
    is_recorded = ctx.run.journal.mode != "off"
    result: AgentResult | None = None
    made: Value = None

    async def do(inner: RunContext) -> Value:
        nonlocal result, made

        async def once(given: AgentInput) -> AgentResult:
            return await _work(Execution(name, inner, given, on_event, fail_fast, max_concurrency), work)

        if inner.run.hooks.at:
            from llmspell.agents.hooked import execute_hooked  # late: most runs have no hooks

            done = await execute_hooked(inner, name, input, once, on_event=on_event)
        else:
            done = await once(input)
        result = replace(done, duration_ms=round((time.perf_counter() - started) * 1000, 3))
        made = result.to_value() if is_recorded else None
        return made

    asked = {"pattern": pattern, "messages": [to_value(it) for it in input.messages]} if is_recorded else None
    try:
        value = await perform(ctx, Effect("agent", name, asked, actor=f"{AGENT_ACTOR}{name}", again=True), do)
    except LLMSpellError as error:
        if on_event is not None:
            await on_event(AgentEvent("error", error.message, name, error.to_wire()))
        raise
    if result is None or value is not made:  # what an earlier run was answered
        result = AgentResult.from_value(value)
    if on_event is not None:
        await on_event(AgentEvent("done", result.text, name, result.to_value()))
    return result


async def _work(execution: Execution, work: Callable[[Execution], Awaitable[AgentResult]]) -> AgentResult:
    try:
        return await work(execution)
    except LLMSpellError as error:
        # What the members that answered have used is the whole's, also when one of them has failed.
        is_counted = any(it.error is error for it in execution.outcomes)
        spent = spent_in({} if is_counted else error.details)
        error.details["usage"] = asdict(spent["usage"] + execution.usage)
        error.details["cost_usd"] = spent["cost_usd"] + execution.cost_usd
        raise


def labelled(members: Sequence[Runnable]) -> Members:
    """The members with the labels that their answers stand under: the name, or `name-2` for one that is there twice."""
    found: dict[str, Runnable] = {}
    for it in members:
        label, n_same = it.name, 1
        while label in found:
            n_same += 1
            label = f"{it.name}-{n_same}"
        found[label] = it
    return tuple(found.items())


def without_schema(input: AgentInput) -> AgentInput:
    """For members whose answer is not the whole's: the shape that is asked for is that of the whole's answer."""
    if "schema" not in input.overrides:
        return input
    return replace(input, overrides={key: it for key, it in input.overrides.items() if key != "schema"})


def _place(label: str) -> str:
    return f"agent {label}" if label.isdecimal() or not label else label


def _n_chars(step: Step) -> int:
    """What may be long in a step."""
    asked = len(step.input) if isinstance(step.input, str) else 0
    return asked + len(step.observation) + len(step.thought)


def _steps(outcome: Outcome) -> list[Step]:
    """What a member was asked and answered, before what it did for that."""
    result = outcome.result
    error = None if outcome.error is None else str(outcome.error)
    observation = "" if result is None else result.text
    own = Step("agent", "", outcome.label, outcome.asked, observation, error, outcome.duration_ms)
    return [own, *(() if result is None else result.steps)]
