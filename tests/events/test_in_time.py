"""What does not wait costs no timer, and what waits too long is cancelled."""

import asyncio

import pytest

from llmspell.events.in_time import Overdue, in_time


async def at_once():
    return 1


async def after_a_turn(value):
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if isinstance(value, BaseException):
        raise value
    return value


def test_what_is_done_at_once_sets_no_timer(monkeypatch):
    monkeypatch.setattr("llmspell.events.in_time.asyncio.timeout", None)
    assert asyncio.run(in_time(at_once(), 5)) == 1


def test_what_waits_is_waited_for_and_its_errors_are_its_own():
    assert asyncio.run(in_time(after_a_turn(2), 5)) == 2
    with pytest.raises(ValueError, match="x"):
        asyncio.run(in_time(after_a_turn(ValueError("x")), 5))
    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(in_time(after_a_turn(TimeoutError("its own")), 5))


def test_a_future_is_welcome_too():
    async def main():
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, 3)
        return await in_time(future, 5)

    assert asyncio.run(main()) == 3


def test_what_waits_too_long_is_cancelled_and_may_put_things_in_order():
    ended = []

    async def waiting():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    with pytest.raises(Overdue):
        asyncio.run(in_time(waiting(), 0.001))
    assert ended == [True]


def test_whoever_waits_can_be_cancelled():
    async def main():
        task = asyncio.create_task(in_time(asyncio.Event().wait(), 60))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
