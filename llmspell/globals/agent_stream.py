"""An agent's events one after the other, for a loop: `for event in agent:stream(input)`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from llmspell.globals.agent_records import AgentEventMap, AgentResultMap
from llmspell.interface.declare import method, script_object

if TYPE_CHECKING:
    from llmspell.agents.events import AgentEvent, OnEvent
    from llmspell.agents.result import AgentResult
    from llmspell.effects.context import RunContext

MAX_WAITING = 256  # events that were not read yet; then the agent waits for its reader


@script_object("AgentStream", iterate="next")
class AgentStream:
    """What happens while an agent works, one event after the other. The agent works on while the script reads, and
    stops when the script lets go of this."""

    def __init__(self, execute: Callable[[OnEvent], Awaitable[AgentResult]]) -> None:
        self._events: asyncio.Queue[AgentEvent | None] = asyncio.Queue(MAX_WAITING)
        # The task holds the queue, not this object: a stream that nobody holds can then end it.
        self._work = asyncio.get_running_loop().create_task(_fill(self._events, execute))
        self._work.add_done_callback(_look_at)

    @method(recorded=False)
    async def next(self, ctx: RunContext) -> AgentEventMap | None:
        """The next event. Waits for it.

        Returns:
            nil when there are no more.

        Raises:
            LLMSpellError: What ended the agent, once all events before it were read.
        """
        try:
            while self._events.empty() and self._work.done():
                self._work.result()
                return None
            event = await self._events.get()
        except asyncio.CancelledError:
            self.aclose()
            raise
        if event is None:
            await self._work
            return None
        value: AgentEventMap = event.to_value()  # type: ignore[assignment]  # a plain map with these keys
        return value

    @method(recorded=False)
    async def result(self, ctx: RunContext) -> AgentResultMap:
        """The whole answer. Events that were not read are skipped.

        Raises:
            LLMSpellError: What ended the agent.
        """
        try:
            while not self._work.done():
                if await self._events.get() is None:
                    break
            found: AgentResultMap = (await self._work).to_value()  # type: ignore[assignment]  # as above
        except asyncio.CancelledError:
            self.aclose()
            raise
        return found

    @method(aliases=("cancel", "close"), recorded=False)
    def stop(self, ctx: RunContext) -> None:
        """Stop the agent, and its request to the model at once."""
        self.aclose()

    def aclose(self) -> None:
        """Stop it when the run ends, whatever the script forgot."""
        if not self._work.done():
            self._work.cancel()

    def __del__(self) -> None:
        self.aclose()


def _look_at(work: asyncio.Task[AgentResult]) -> None:
    """Take note of an error that no reader will ask for, or asyncio would complain of it."""
    if not work.cancelled():
        work.exception()


async def _fill(
    events: asyncio.Queue[AgentEvent | None], execute: Callable[[OnEvent], Awaitable[AgentResult]]
) -> AgentResult:
    try:
        return await execute(events.put)
    finally:
        # The reader may wait at an empty queue; at a full one it will come and find the work done.
        if not events.full():
            events.put_nowait(None)
