"""Await something for so long and no longer, at no cost where it does not wait at all, as most hooks of the host."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any


class Overdue(Exception):
    """It took longer than it may."""


async def in_time(work: Awaitable[Any], limit_s: float) -> Any:
    """What the work returns.

    Raises:
        Overdue: It was still waiting after so many seconds, and has been cancelled.
    """
    begun = work if isinstance(work, Coroutine) else _awaited(work)
    try:
        waits_for = begun.send(None)
    except StopIteration as done:
        return done.value
    try:
        async with asyncio.timeout(limit_s) as timer:
            return await rest_of(begun, waits_for)
    except TimeoutError as error:
        if timer.expired():
            raise Overdue from error
        raise


@coroutine
def rest_of(begun: Coroutine[Any, Any, Any], waits_for: Any) -> Generator[Any, Any, Any]:
    """The rest of a coroutine that was begun by hand and waits for something, to be awaited in a task."""
    while True:
        try:
            answer = yield waits_for
        except BaseException as error:  # a cancellation, handed to the coroutine that it is meant for
            go_on = partial(begun.throw, error)
        else:
            go_on = partial(begun.send, answer)
        try:
            waits_for = go_on()
        except StopIteration as done:
            return done.value


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work
