"""Runnables that keep the contract without a model: each answers what its test says, as an effect of its own."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from llmspell.agents.events import AgentEvent, OnEvent
from llmspell.agents.protocol import AgentInput
from llmspell.agents.result import AgentResult, Step
from llmspell.effects.context import RunContext, library_context
from llmspell.effects.perform import Effect, perform
from llmspell.journal.entries import Usage
from llmspell.models.messages import assistant, user

Answer = str | BaseException | AgentResult | dict[str, Any]
USAGE = Usage(10, 5, 0)


class Canned:
    """Answers from a list, in order (the last one again and again), or by a function of the input.

    A dict is structured data; an exception is raised. `asked` has every input, `keys` the place of each execution."""

    def __init__(
        self,
        name: str,
        *answers: Answer | Callable[[RunContext, AgentInput], Awaitable[Answer]],
        description: str = "",
        cost_usd: float = 0.01,
    ) -> None:
        self.name = name
        self.description = description
        self.answers = list(answers) or ["ok"]
        self.cost_usd = cost_usd
        self.asked: list[AgentInput] = []
        self.keys: list[str] = []
        self.cancelled = False

    async def execute(self, ctx: RunContext, input: AgentInput, *, on_event: OnEvent | None = None) -> AgentResult:
        async def answer(inner: RunContext) -> AgentResult:
            self.asked.append(input)
            self.keys.append(inner.key)
            given = self.answers[min(len(self.asked), len(self.answers)) - 1]
            try:
                found = await given(inner, input) if callable(given) else given
            except asyncio.CancelledError:
                self.cancelled = True
                raise
            if isinstance(found, BaseException):
                raise found
            if isinstance(found, AgentResult):
                return found
            inner.charge(USAGE, self.cost_usd)
            text = found if isinstance(found, str) else str(found)
            if on_event is not None:
                await on_event(AgentEvent("text", text, self.name))
                await on_event(AgentEvent("done", text, self.name))
            return AgentResult(
                text,
                None if isinstance(found, str) else found,
                (*input.messages, assistant(text)),
                steps=(Step("model", thought=text),),
                usage=USAGE,
                cost_usd=self.cost_usd,
                model=f"canned/{self.name}",
                agent=self.name,
            )

        effect = Effect("agent", self.name, input.text, actor=f"agent {self.name}")
        result: AgentResult = await perform(ctx, effect, answer)
        return result


def ask(text: str = "hello", **context: Any) -> AgentInput:
    return AgentInput((user(text),), {}, context)


def execute(runnable: Any, input: AgentInput | str = "hello", ctx: RunContext | None = None) -> AgentResult:
    """Outside of any event loop."""
    asked = ask(input) if isinstance(input, str) else input
    result: AgentResult = asyncio.run(runnable.execute(ctx or library_context(), asked))
    return result


def watching(runnable: Any, input: AgentInput | str = "hello") -> tuple[AgentResult, list[AgentEvent]]:
    """The same, with all that was seen."""
    seen: list[AgentEvent] = []

    async def keep(event: AgentEvent) -> None:
        seen.append(event)

    asked = ask(input) if isinstance(input, str) else input
    result = asyncio.run(runnable.execute(library_context(), asked, on_event=keep))
    return result, seen


def same_apart_from_time(result: AgentResult) -> AgentResult:
    steps = tuple(dataclasses.replace(it, duration_ms=0.0) for it in result.steps)
    return dataclasses.replace(result, duration_ms=0.0, steps=steps)
