"""An agent's events one after the other, for a loop: `for event in agent:stream(input)`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from llmspell.errors import Cancelled
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
        events: asyncio.Queue[AgentEvent | None] = asyncio.Queue(MAX_WAITING)
        self._events = events
        self._is_stopped = False
        # The task holds the queue, not this object: a stream that nobody holds can then end it.
        self._work = asyncio.get_running_loop().create_task(_fill(events, execute))
        self._work.add_done_callback(lambda work: _end(events, work))

    @method(again=True)
    async def next(self, ctx: RunContext) -> AgentEventMap | None:
        """The next event. Waits for it.

        Returns:
            nil when there are no more, or the stream was stopped.

        Raises:
            LLMSpellError: What ended the agent, once all events before it were read.
        """
        if self._is_stopped:
            return None
        event = None if self._events.empty() and self._work.done() else await self._wait()
        if event is None:
            if not self._work.cancelled():
                self._work.result()  # raises what ended it
            return None
        value: AgentEventMap = event.to_value()  # type: ignore[assignment]  # a plain map with these keys
        return value

    @method(again=True)
    async def result(self, ctx: RunContext) -> AgentResultMap:
        """The whole answer. Events that were not read are skipped.

        Raises:
            LLMSpellError: What ended the agent.
            Cancelled: The stream was stopped before.
        """
        while not self._work.done():
            await self._wait()
        if self._work.cancelled():
            raise Cancelled("the agent was stopped before it had answered")
        found: AgentResultMap = self._work.result().to_value()  # type: ignore[assignment]  # as above
        return found

    @method(aliases=("cancel", "close"), recorded=False)
    def stop(self, ctx: RunContext) -> None:
        """Stop the agent, and its request to the model at once. A loop over this ends."""
        self._is_stopped = True
        self.aclose()

    async def _wait(self) -> AgentEvent | None:
        """The next event, or None at the end. Who no longer waits for it stops the agent.

        The work itself is never awaited: its cancellation is not that of who waits."""
        try:
            event = await self._events.get()
        except asyncio.CancelledError:
            self.aclose()
            raise
        if event is None:
            self._events.put_nowait(None)  # for others who wait
        return event

    def aclose(self) -> None:
        """Stop it when the run ends, whatever the script forgot."""
        if not self._work.done():
            self._work.cancel()

    def __del__(self) -> None:
        self.aclose()


async def _fill(
    events: asyncio.Queue[AgentEvent | None], execute: Callable[[OnEvent], Awaitable[AgentResult]]
) -> AgentResult:
    return await execute(events.put)


def _end(events: asyncio.Queue[AgentEvent | None], work: asyncio.Task[AgentResult]) -> None:
    """Wake the reader. Called in any case, also when the work was stopped before it had begun."""
    if not work.cancelled():
        work.exception()  # looked at, or asyncio would complain of one that no reader asks for
    # The reader may wait at an empty queue; at a full one it will come and find the work done.
    if not events.full():
        events.put_nowait(None)
