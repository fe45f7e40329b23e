"""Let only so many pass in a time. One more waits for its turn, or is refused."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from llmspell.events.built_in.place import HOLDS_BACK, Names, Place, at_least
from llmspell.events.outcome import Outcome

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.moment import Moment

MAX_NAMES = 10_000  # with a window of their own
MAX_LIMIT = 100_000


class Window:
    """When the latest ones have passed, or will: a turn is taken at once, and waited for afterwards."""

    __slots__ = ("_limit", "_turns", "_window_s")

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._turns: deque[float] = deque()

    def wait_s(self, now: float) -> float:
        """How long the next one would have to wait."""
        turns = self._turns
        while turns and turns[0] <= now - self._window_s:
            turns.popleft()
        return 0.0 if len(turns) < self._limit else max(0.0, turns[-self._limit] + self._window_s - now)

    def take(self, now: float) -> float:
        """Take the next turn. Returns how long it has to be waited for."""
        wait_s = self.wait_s(now)
        self._turns.append(now + wait_s)
        return wait_s


def register(
    place: Place, options: Mapping[str, Any], *, clock: Callable[[], float] = time.monotonic, sleep: Any = asyncio.sleep
) -> None:
    """Options: points, names, limit, window, per, when_exceeded, max_wait.

    Args:
        clock: Seconds that never go back.
        sleep: Waits for so many of them.
    """
    limit, window_s = at_least(options, "limit", 1, "a number"), at_least(options, "window", 0.001, "a time")
    limit = min(limit, MAX_LIMIT)
    max_wait_s = options["max_wait"] if options["when_exceeded"] == "wait" else 0.0
    names, per_name = Names(options["names"]), options["per"] == "name"
    windows: dict[str, Window] = {}

    async def hold_back(moment: Moment, ctx: RunContext) -> Outcome | None:
        if moment.name not in names:
            return None
        whose = f"{moment.kind} {moment.name}" if per_name else ""
        window = windows.get(whose)
        if window is None:
            if len(windows) >= MAX_NAMES:
                windows.pop(next(iter(windows)))
            window = windows[whose] = Window(limit, window_s)
        now = clock()
        wait_s = window.wait_s(now)
        if wait_s > max_wait_s:
            reason = f"more than {limit} in {window_s:g} s ([hooks.rate_limit]); the next one may be in {wait_s:.1f} s"
            return Outcome("cancel", reason=reason)
        window.take(now)
        if wait_s > 0:
            await sleep(wait_s)
        return None

    for point in options["points"]:
        # It waits on purpose: its own limit ends that, not the one of hooks. What cannot hold back must not let pass.
        place.register(point, hold_back, HOLDS_BACK, timeout_s=min(3600.0, max_wait_s + 5), fatal=True)
