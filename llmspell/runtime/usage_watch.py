"""Tell hooks when a script's process uses most of the memory or of the CPU time that it may use.

Looked at from outside, in /proc, every half second and only while a hook is at one of the points: nothing is measured
for anybody else. Without a limit there is nothing to be near to, and where there is no /proc, nothing is seen."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from llmspell.effects.context import RunContext
from llmspell.errors import HookCancelled

if TYPE_CHECKING:
    from llmspell.effects.run import Run

MEMORY = "MemoryUsageHigh"
CPU = "CpuUsageHigh"
SHARE = 0.8  # of a limit; below `CALM` of it, it may be told again
CALM = 0.7
EVERY_S = 0.5


class Usage(NamedTuple):
    """What a process uses: its address space, which is what the limit is about, and its CPU time so far."""

    memory_bytes: int
    cpu_s: float


def usage_of(pid: int) -> Usage | None:
    """What a process uses, or None when that cannot be seen (no more, or not on this system)."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            pages = int(file.read().split()[0])
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name of the program, in brackets, may hold anything.
            fields = file.read().rpartition(b")")[2].split()
    except (OSError, ValueError, IndexError):
        return None
    ticks = int(fields[11]) + int(fields[12])  # utime and stime, fields 14 and 15 of all
    return Usage(pages * os.sysconf("SC_PAGE_SIZE"), ticks / os.sysconf("SC_CLK_TCK"))


class UsageWatch:
    """Watches one worker, from when somebody listens until `close`.

    Args:
        measure: What its process uses now.
    """

    def __init__(self, run: Run, measure: Callable[[], Usage | None], *, every_s: float = EVERY_S) -> None:
        self._run = run
        self._measure = measure
        self._every_s = every_s
        self._told: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        for point in (MEMORY, CPU):
            run.hooks.when_watched[point] = self._start
            if point in run.hooks.at:
                self._start()

    def close(self) -> None:
        """Look no more."""
        for point in (MEMORY, CPU):
            self._run.hooks.when_watched.pop(point, None)
        if self._task is not None:
            self._task.cancel()

    async def look(self) -> None:
        """Look once, and tell what is to be told."""
        found = self._measure()
        if found is not None:
            limits = self._run.profile.limits
            await self._compare(MEMORY, found.memory_bytes, limits.memory_bytes, "memory_bytes")
            await self._compare(CPU, found.cpu_s, limits.cpu_s, "cpu_s")

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._go_on())

    async def _go_on(self) -> None:
        hooks = self._run.hooks
        while MEMORY in hooks.at or CPU in hooks.at:
            with contextlib.suppress(
                HookCancelled
            ):  # of a fatal hook that failed, which was logged: there is no caller
                await self.look()
            await asyncio.sleep(self._every_s)

    async def _compare(self, point: str, used: float, limit: float | None, name: str) -> None:
        if not limit:
            return
        share = used / limit
        if share < CALM:
            self._told.discard(point)
        if share >= SHARE and point not in self._told:
            self._told.add(point)
            measured = {"used": used, "limit": limit, "share": round(share, 3)}
            ctx = RunContext(self._run, "usage", "the run", "usage")
            await self._run.hooks.notify(ctx, point, kind="system", name=name, input=measured)
