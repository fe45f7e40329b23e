"""Do things at the same time, so many at a time, and leave none behind.

What is done at once is done in place; everything else is a task. When it ends early, by a failure, a cancellation or a
limit, the tasks are cancelled and waited for: nothing of it goes on afterwards."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from llmspell.agents.at_once import MAX_AT_ONCE

if TYPE_CHECKING:
    from llmspell.effects.run import Run

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

YIELD_EVERY = 256  # things that are done in place; then others have their turn


async def at_same_time(
    run: Run,
    take: Callable[[], _Item | None],
    start: Callable[[_Item], _Result | Coroutine[Any, Any, _Result]],
    ended: Callable[[_Item, _Result], bool | Awaitable[bool]],
    *,
    limit: int | None = None,
) -> bool:
    """Do what there is to do.

    Args:
        take: The next thing to do, or None when there is none now; asked again whenever one has ended.
        start: Does it: gives the result, where that takes no waiting, or a coroutine that does.
        ended: Told of each as it has ended, one after the other; true ends the whole.
        limit: At the same time at most; None is as many as the run allows.

    Returns:
        Whether `ended` has ended it.

    Raises:
        Exception: The first that one of them raises; by then all others have ended.
    """
    running: dict[asyncio.Task[_Result], _Item] = {}
    finished: deque[asyncio.Task[_Result]] = deque()
    wake: asyncio.Future[None] | None = None
    loop = asyncio.get_running_loop()
    n_in_place = 0

    def on_done(task: asyncio.Task[_Result]) -> None:
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
                result = start(item)
                if isinstance(result, Coroutine):
                    task = loop.create_task(result)
                    run.n_parts += 1
                    running[task] = item
                    task.add_done_callback(on_done)
                    continue
                is_over = ended(item, result)
                if is_over is True or (is_over is not False and await is_over):
                    return True
                n_in_place += 1
                if n_in_place % YIELD_EVERY == 0:
                    await asyncio.sleep(0)
            if not running:
                return False
            if not finished:
                wake = loop.create_future()
                await wake
                wake = None
            while finished:
                done = finished.popleft()
                item = running.pop(done)
                is_over = ended(item, done.result())
                if is_over is True or (is_over is not False and await is_over):
                    return True
    finally:
        if running:
            await _stop(running)


async def _stop(tasks: dict[asyncio.Task[_Result], _Item]) -> None:
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
            pending = {it for it in pending if not it.done()}
            for task in pending:
                task.cancel()
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen: what failed while it was being stopped is not the reason
    if was_cancelled:
        raise asyncio.CancelledError
