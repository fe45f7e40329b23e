"""How many calls of a run are under way at once, so that large answers cannot fill the host's memory.

A script may have thousands of calls waiting for slow services, which costs little; or ask thousands of times at once
for something large, which would cost thousands of times its size. Nobody knows an answer's size before it is there, so
the largest message seen so far stands for all: together they may be worth the budget."""

from __future__ import annotations

import asyncio
from collections import deque

BUDGET_BYTES = 256 * 1024 * 1024
AT_LEAST = 8
SMALL_BYTES = 16 * 1024


class Admission:
    """Counts calls in and out. A call that waits for a function of the script's is out meanwhile: what it
    waits for may need a place itself."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._largest = SMALL_BYTES
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def allowed(self) -> int:
        """How many may be under way now."""
        return max(AT_LEAST, self._budget_bytes // self._largest)

    def saw(self, n_bytes: int) -> None:
        """A request or an answer of this size has passed."""
        if n_bytes > self._largest:
            self._largest = n_bytes

    async def enter(self) -> None:
        """Wait for a place, first come first served."""
        if self._running < self.allowed and not self._waiting:
            self._running += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()  # the place came together with the cancellation
            raise

    def leave(self) -> None:
        """Give the place back."""
        self._running -= 1
        while self._waiting and self._running < self.allowed:
            place = self._waiting.popleft()
            if not place.done():
                self._running += 1
                place.set_result(None)

    def come_back(self) -> None:
        """Take a place again after `leave`, without waiting: what was begun is finished first."""
        self._running += 1
