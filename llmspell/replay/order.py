"""Let answers and invocations reach the worker in the order in which they once did.

Which of several calls is answered first decides what a script does next. On a live host that is chance; here whatever
is ready waits until everything that came before it has been delivered, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable


class Order:
    """The recorded order of one run. One event loop.

    Args:
        keys: Of calls (when they were answered) and of invocations (when they were begun), as of `Recording.order`;
            other steps of it are passed over.

    Attributes:
        at_end: Called once, when everything recorded has been delivered, right after the last of it.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = [it for it in keys if ":" in it or it.startswith("cb")]
        self._places = {key: place for place, key in enumerate(self._keys)}
        self._next = 0
        self._passed: set[str] = set()  # delivered or skipped, and not yet at the head
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._late: list[asyncio.Future[None]] = []  # of keys that were not recorded
        self.skipped: list[str] = []
        self.at_end: Callable[[], None] | None = None

    @property
    def is_done(self) -> bool:
        """Whether everything recorded has been delivered."""
        return self._next >= len(self._keys)

    @property
    def head(self) -> str:
        """The key whose turn it is; empty at the end."""
        return "" if self.is_done else self._keys[self._next]

    async def turn(self, key: str) -> None:
        """Wait until it is the turn of this key. What is delivered then must be sent without waiting for anything.

        One that was not recorded comes after all that were. `passed` must be called when it has been sent."""
        place = self._places.get(key)
        if place is None:
            if not self.is_done:
                late = asyncio.get_running_loop().create_future()
                self._late.append(late)
                await late
            return
        while self._next < place and key not in self._passed:
            waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
            try:
                await waiting
            finally:
                self._waiting.pop(key, None)

    def passed(self, key: str) -> None:
        """It has been sent, or never will be."""
        if key not in self._places:
            return
        self._passed.add(key)
        while not self.is_done and self._keys[self._next] in self._passed:
            self._passed.discard(self._keys[self._next])
            self._next += 1
        self._wake()

    def skip_missing(self) -> str:
        """The worker waits, and so do those who have their turn later: let go of the one whose turn it is.

        Returns:
            Its key; empty where nothing was held up by it.
        """
        head = self.head
        if not head or head in self._waiting or not (self._waiting or self._late):
            return ""
        self.skipped.append(head)
        self.passed(head)
        return head

    def _wake(self) -> None:
        waiting = self._waiting.get(self.head)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        if self.is_done:
            at_end, self.at_end = self.at_end, None
            if at_end is not None:
                at_end()
            late, self._late = self._late, []
            for it in late:
                if not it.done():
                    it.set_result(None)
