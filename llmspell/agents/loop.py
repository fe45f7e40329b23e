"""The loop: ask the model, use the tools that it asks for, and ask again, until it answers.

The same for every dialect. Memory, time limits and the agent's entry in the journal are around it (`agents.agent`)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.agents.as_tool import events_of_part
from llmspell.agents.at_once import at_once
from llmspell.agents.events import AgentEvent
from llmspell.agents.guard import Guard
from llmspell.agents.handoff import pass_on
from llmspell.agents.result import Step
from llmspell.agents.tool_answer import ToolAnswer
from llmspell.errors import AgentStopped, LLMSpellError
from llmspell.models.calling import call_model
from llmspell.models.messages import tool_answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.agents.dialect import Turn
    from llmspell.agents.events import OnEvent
    from llmspell.agents.plan import Plan
    from llmspell.agents.progress import Progress
    from llmspell.agents.protocol import Runnable
    from llmspell.agents.result import StepKind
    from llmspell.effects.context import RunContext
    from llmspell.models.messages import Message, ToolCall, Value

# After these an answer is no better when it is asked for again.
_CUT_SHORT = {
    "length": "the answer was cut off: raise max_tokens",
    "content_filter": "the provider has cut the answer off, by a filter of its own",
}
_ECHO = "echo only says what it is told; a real model gives structured answers, and a scripted one those that you write"


class Loop:
    """One execution's loop.

    Args:
        ctx: Inside the agent's effect.
        conversation: All that the model is shown at first, the new turns last.
        progress: Filled in, also when the loop ends with an error.
        on_event: Gets everything that happens; None for nobody, and then nothing is streamed.
    """

    def __init__(
        self,
        ctx: RunContext,
        plan: Plan,
        conversation: Sequence[Message],
        progress: Progress,
        on_event: OnEvent | None,
    ) -> None:
        self._ctx = ctx
        self._plan = plan
        self._conversation = list(conversation)
        self._progress = progress
        self._on_event = on_event
        self._guard = Guard(plan.spec)
        self._rails = (*ctx.run.rails, *ctx.rails)
        self._n_repairs = 0

    async def run(self, context: Mapping[str, Value]) -> None:
        """Go on until there is an answer, or an agent who gives one.

        Args:
            context: Shared data, for those to whom the conversation is given.

        Raises:
            AgentStopped: It took too many steps or tool calls, or went in circles.
            SchemaError: Its answer is not valid, after all repairs.
            ProviderError, BudgetExceeded, LimitExceeded, Cancelled: As they came.
        """
        max_steps = self._plan.spec.max_steps
        for i in range(1, max_steps + 1):
            place = self._ctx.child(f"step{i}")
            for it in self._rails:
                await it.reached(place, "iterations", i)
            turn, finish_reason = await self._ask(place, i)
            if turn.calls:
                # Nobody would read the answers, unless somebody else takes over.
                if i == max_steps and self._transfer(turn.calls) is None:
                    break
                transfer = await self._use_tools(place, turn)
                if transfer is not None:
                    await self._hand_on(*transfer, context)
                    return
            elif self._is_answer(turn, finish_reason, is_last=i == max_steps):
                return
        name, times = self._plan.spec.name, "once" if max_steps == 1 else f"{max_steps} times"
        raise AgentStopped(
            f"the agent {name} has asked its model {times} and has no answer yet",
            hint="raise max_steps, or ask for less at a time",
            details={"reason": "max_steps", "limit": max_steps},
        )

    async def _ask(self, place: RunContext, i: int) -> tuple[Turn, str]:
        plan, progress, on_event = self._plan, self._progress, self._on_event
        spec = plan.spec
        choice = plan.toolbox.choice
        if i > 1 and choice != "none":
            choice = "auto"  # one that must call would call for ever
        watcher = None if on_event is None else plan.dialect.watch(on_event, spec.name)
        called = await call_model(
            place,
            plan.models,
            plan.candidates,
            plan.dialect.request(self._conversation, choice),
            retries=spec.retries,
            on_event=watcher,
            agent=spec.name,
        )
        if watcher is not None:
            await watcher.end()
        turn = plan.dialect.read(called.response, len(self._conversation))
        progress.asked(called)
        progress.text = turn.text or turn.thought or progress.text
        self._say(turn.message)
        if on_event is not None:
            so_far = {"step": i, "max_steps": spec.max_steps, "cost_usd": progress.cost_usd}
            usage = {"input_tokens": progress.usage.input_tokens, "output_tokens": progress.usage.output_tokens}
            await on_event(AgentEvent("progress", "", spec.name, {**so_far, "usage": usage}))
        return turn, called.response.finish_reason

    def _is_answer(self, turn: Turn, finish_reason: str, *, is_last: bool) -> bool:
        """Whether the agent is done. If not, the model has been told why."""
        plan, progress = self._plan, self._progress
        if turn.mistake and self._n_repairs < plan.spec.repairs and not is_last:
            self._repair(turn, turn.mistake)
            return False
        progress.text = turn.text
        if plan.answer is not None:
            progress.data, mistake = plan.answer.read(turn.text)
            if mistake is not None:
                cut_short = _CUT_SHORT.get(finish_reason, "")
                if cut_short or is_last or self._n_repairs >= plan.spec.repairs:
                    progress.steps.append(Step("model", turn.thought, observation=turn.text, error=mistake.sentence))
                    hint = cut_short or (_ECHO if plan.candidates[0].provider == "echo" else "")
                    raise mistake.error(plan.spec.name, turn.text, self._n_repairs + 1, hint)
                self._repair(turn, mistake.for_model(), mistake.sentence)
                return False
        progress.steps.append(Step("model", turn.thought, observation=turn.text))
        return True

    def _repair(self, turn: Turn, correction: str, error: str = "") -> None:
        self._n_repairs += 1
        self._progress.steps.append(
            Step("repair", turn.thought or turn.text, "", None, correction, error or correction)
        )
        self._say(self._plan.dialect.correction(correction))

    async def _use_tools(self, place: RunContext, turn: Turn) -> tuple[Runnable, ToolCall] | None:
        """Make the calls of one turn, at the same time where there are several.

        Returns:
            Who gets the conversation, and by which call, if somebody does.
        """
        calls = turn.calls
        warnings = self._guard.admit(calls)
        for it in self._rails:
            await it.reached(place, "tool_calls", self._guard.n_calls)
            await it.reached(place, "identical_calls", self._guard.most_identical)
        transfer = self._transfer(calls)
        with at_once(self._ctx.run, f"the agent {self._plan.spec.name}", len(calls)):
            return await self._use_at_once(place, turn, warnings, transfer)

    async def _use_at_once(
        self, place: RunContext, turn: Turn, warnings: Sequence[str], transfer: tuple[Runnable, ToolCall] | None
    ) -> tuple[Runnable, ToolCall] | None:
        # The places are made before any call begins, so that their keys do not depend on which is first.
        uses = [_Use(it, place.child(f"call{i}"), warnings[i - 1]) for i, it in enumerate(turn.calls, 1)]
        try:
            if len(uses) == 1:
                await self._use(uses[0], transfer)
            else:
                async with asyncio.TaskGroup() as group:
                    for it in uses:
                        group.create_task(self._use(it, transfer))
        except ExceptionGroup as errors:
            # One has ended the others.
            raise errors.exceptions[0] from None
        finally:
            for i, it in enumerate(uses):
                self._book(it, turn.thought if i == 0 else "", transfer)
        return transfer

    async def _use(self, use: _Use, transfer: tuple[Runnable, ToolCall] | None) -> None:
        call, on_event = use.call, self._on_event
        toolbox = self._plan.toolbox
        name = use.name = toolbox.own_name(call.name)
        if on_event is not None:
            data = {"id": call.id, "name": name, "arguments": dict(call.arguments)}
            await on_event(AgentEvent("tool_start", "", self._plan.spec.name, data))
        started = time.perf_counter()
        if toolbox.target(call) is None:
            try:
                use.answer = await toolbox.use(use.place, call, on_event)
            except LLMSpellError as error:
                self._progress.failed_inside(error.details)
                raise
        elif transfer is not None and transfer[1] is call:
            use.answer = ToolAnswer(f"The conversation goes to {transfer[0].name}.")
        else:
            use.answer = ToolAnswer("The conversation goes to one agent only.", error="given to another agent")
        use.duration_ms = round((time.perf_counter() - started) * 1000, 3)
        if on_event is not None:
            answer = use.answer
            ending = {"result": answer.result, "error": answer.error, "duration_ms": use.duration_ms}
            await on_event(AgentEvent("tool_end", answer.text, self._plan.spec.name, {**data, **ending}))

    def _book(self, use: _Use, thought: str, transfer: tuple[Runnable, ToolCall] | None) -> None:
        """Note a call that was made. One that was ended by another's error was not."""
        answer = use.answer
        if answer is None:
            return
        is_transfer = transfer is not None and transfer[1] is use.call
        kind: StepKind = "handoff" if is_transfer else "tool"
        name = transfer[0].name if transfer is not None and is_transfer else use.name
        self._progress.used(kind, thought, name, use.call, answer, use.duration_ms)
        text = f"{answer.text}\n{use.warning}" if use.warning else answer.text
        self._say(tool_answer(use.call, text, is_error=answer.error is not None))

    async def _hand_on(self, target: Runnable, call: ToolCall, context: Mapping[str, Value]) -> None:
        said = [it for it in self._conversation if it.role != "system"]
        try:
            result = await pass_on(
                self._ctx.child("handoff"),
                self._plan.spec.name,
                target,
                call,
                said,
                context=context,
                on_event=events_of_part(self._on_event),
            )
        except LLMSpellError as error:
            self._progress.failed_inside(error.details)
            raise
        self._progress.handed_on(result)

    def _transfer(self, calls: Sequence[ToolCall]) -> tuple[Runnable, ToolCall] | None:
        for call in calls:
            target = self._plan.toolbox.target(call)
            if target is not None:
                return target, call
        return None

    def _say(self, message: Message) -> None:
        self._conversation.append(message)
        self._progress.messages.append(message)


@dataclass(slots=True)
class _Use:
    """One call of a turn, while it is made."""

    call: ToolCall
    place: RunContext
    warning: str
    name: str = ""
    answer: ToolAnswer | None = None
    duration_ms: float = 0.0
