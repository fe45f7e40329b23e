"""Do things at the same time, so many at a time, and leave none behind.

What is done at once is done in place; everything else is a task. When it ends early, by a failure, a cancellation or a
limit, the tasks are cancelled and waited for: nothing of it goes on afterwards."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from llmspell.agents.at_once import MAX_AT_ONCE

if TYPE_CHECKING:
    from llmspell.effects.run import Run

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

YIELD_EVERY = 256  # things that are done in place; then others have their turn


async def at_same_time(
    run: Run,
    take: Callable[[], _Item | None],
    do: Callable[[_Item], Awaitable[_Result]],
    ended: Callable[[_Item, _Result], Awaitable[bool]],
    *,
    is_inline: Callable[[_Item], bool],
    limit: int | None = None,
) -> bool:
    """Do what there is to do.

    Args:
        take: The next thing to do, or None when there is none now; asked again whenever one has ended.
        ended: Told of each as it has ended, one after the other; true ends the whole.
        is_inline: It is done without waiting for anything.
        limit: At the same time at most; None is as many as the run allows.

    Returns:
        Whether `ended` has ended it.

    Raises:
        Exception: The first that `do` raises; by then all others have ended.
    """
    running: dict[asyncio.Future[_Result], _Item] = {}
    finished: deque[asyncio.Future[_Result]] = deque()
    wake: asyncio.Future[None] | None = None
    loop = asyncio.get_running_loop()
    n_in_place = 0

    def on_done(task: asyncio.Future[_Result]) -> None:
        run.n_parts -= 1
        finished.append(task)
        if wake is not None and not wake.done():
            wake.set_result(None)

    try:
        while True:
            while not finished and (limit is None or len(running) < limit):
                if run.n_parts >= MAX_AT_ONCE and running:
                    break  # the run is full: one of ours goes on when another has ended
                item = take()
                if item is None:
                    break
                if is_inline(item):
                    if await ended(item, await do(item)):
                        return True
                    n_in_place += 1
                    if n_in_place % YIELD_EVERY == 0:
                        await asyncio.sleep(0)
                else:
                    task: asyncio.Future[_Result] = asyncio.ensure_future(do(item))
                    run.n_parts += 1
                    running[task] = item
                    task.add_done_callback(on_done)
            if not running:
                return False
            if not finished:
                wake = loop.create_future()
                await wake
                wake = None
            while finished:
                done = finished.popleft()
                item = running.pop(done)
                if await ended(item, done.result()):
                    return True
    finally:
        if running:
            await _stop(running)


async def _stop(tasks: dict[asyncio.Future[_Result], _Item]) -> None:
    """Cancel tasks, and wait until they have ended: also while this is cancelled itself."""
    for task in tasks:
        task.cancel()
    was_cancelled = False
    pending = set(tasks)
    while pending:
        try:
            _, pending = await asyncio.wait(pending)
        except asyncio.CancelledError:
            was_cancelled = True
            for task in pending:
                task.cancel()
            pending = {it for it in pending if not it.done()}
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen: what failed while it was being stopped is not the reason
    if was_cancelled:
        raise asyncio.CancelledError
