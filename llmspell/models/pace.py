"""Turns for requests with much to read, so that many at once do not hold up everything else of the host.

To count, to write down and to keep a text of a million characters takes a tenth of a second, and the event loop does
nothing else meanwhile: no limit on time, no other run. A thousand such requests that became ready together would hold
it for minutes. With this it has a turn between any two of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from llmspell.models.messages import Message

LARGE_CHARS = 100_000


class Pace:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def turn(self, messages: Sequence[Message]) -> None:
        """Wait until nobody else is about to begin. At once where there is little to read."""
        if sum(len(it.text) for it in messages) < LARGE_CHARS:
            return
        async with self._lock:
            await asyncio.sleep(0)
