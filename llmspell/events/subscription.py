"""One subscription: who gets which events, and how: by asking for them, or by a function that is called."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.event import Event
    from llmspell.events.queues import EventQueue

# Plain or async. What it returns is of no meaning.
Handler: TypeAlias = "Callable[[Event, RunContext], Awaitable[Any] | Any]"


class Subscription:
    """A listener of the bus.

    Attributes:
        function: Called with each event, one at a time and in order; None where `take` is how they are had.
        once: Whether it ends with its first event.
        timeout_s: How long the function may take for one event.
        n_failed: How often the function has failed.
        at_work: What calls the function while events wait.
    """

    __slots__ = (
        "_receivers",
        "at_work",
        "function",
        "id",
        "is_here",
        "n_failed",
        "n_handled",
        "number",
        "once",
        "pattern",
        "priority",
        "queue",
        "timeout_s",
    )

    def __init__(
        self,
        number: int,
        pattern: str,
        queue: EventQueue,
        *,
        function: Handler | None = None,
        once: bool = False,
        priority: int = 0,
        timeout_s: float = 0.0,
    ) -> None:
        self.number = number
        self.id = f"subscription-{number}"
        self.pattern = pattern
        self.queue = queue
        self.function = function
        self.once = once
        self.priority = priority
        self.timeout_s = timeout_s
        self.n_handled = 0
        self.n_failed = 0
        self.is_here = True
        self.at_work: asyncio.Task[None] | None = None
        self._receivers: deque[asyncio.Future[None]] = deque()

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for an event of it."""
        return bool(self._receivers)

    def wake(self) -> None:
        """Something has been put in the queue, or nothing will be any more: one that waits for it looks again."""
        while self._receivers:
            receiver = self._receivers.popleft()
            if not receiver.done():
                receiver.set_result(None)
                return

    def end(self) -> None:
        """Let go of what waits, and of those who wait."""
        self.is_here = False
        self.queue.clear()
        while self._receivers:
            self.wake()

    async def take(self, timeout_s: float) -> Event | None:
        """The oldest event, waiting for one; None when there is none in time, or the subscription has ended."""
        event = self.queue.get()
        if event is not None or timeout_s <= 0 or not self.is_here:
            return event
        try:
            async with asyncio.timeout(timeout_s):
                while event is None and self.is_here:
                    await self._woken()
                    event = self.queue.get()
        except TimeoutError:
            return self.queue.get()
        return event

    async def _woken(self) -> None:
        receiver = asyncio.get_running_loop().create_future()
        self._receivers.append(receiver)
        try:
            await receiver
        except asyncio.CancelledError:
            if receiver.done() and not receiver.cancelled():
                self.wake()  # for whoever waits behind, since this one does not look any more
            elif receiver in self._receivers:
                self._receivers.remove(receiver)
            raise

    def to_value(self) -> dict[str, Any]:
        """A row of `Event.list_subscriptions`."""
        queue = self.queue
        return {
            "id": self.id,
            "pattern": self.pattern,
            "kind": "queue" if self.function is None else "function",
            "once": self.once,
            "capacity": queue.capacity,
            "when_full": queue.when_full,
            "queued": len(queue),
            "delivered": queue.n_put,
            "dropped": queue.n_dropped,
            "handled": self.n_handled,
            "failed": self.n_failed,
        }
