"""Whatever is ready waits until everything that once came before it has been delivered."""

from __future__ import annotations

import asyncio
import random

from llmspell.replay.order import Order


async def deliver(order: Order, keys: list[str], delays: random.Random) -> list[str]:
    delivered: list[str] = []

    async def one(key: str) -> None:
        for _ in range(delays.randrange(5)):
            await asyncio.sleep(0)
        await order.turn(key)
        delivered.append(key)
        order.passed(key)

    shuffled = list(keys)
    delays.shuffle(shuffled)
    async with asyncio.timeout(5):
        await asyncio.gather(*(one(it) for it in shuffled))
    return delivered


async def shuffled_deliveries() -> None:
    recorded = ["0:1", "cb1.0", "cb1.0:1", "0.1:1", "0:2", "0.0:1"]
    for seed in range(20):
        order = Order(["0:1", "cb1.0", "cancel cb1.0", *recorded[2:], "ending"])
        delivered = await deliver(order, [*recorded, "0:3", "0.5:1"], random.Random(seed))
        assert delivered[: len(recorded)] == recorded
        assert set(delivered[len(recorded) :]) == {"0:3", "0.5:1"}  # what was not recorded comes after all that was
        assert order.is_done


def test_deliveries_come_in_the_recorded_order_however_they_get_ready() -> None:
    asyncio.run(shuffled_deliveries())


async def one_that_never_comes() -> None:
    order = Order(["0:1", "0:2", "0:3"])
    waiting = asyncio.ensure_future(deliver(order, ["0:2", "0:3", "0:4"], random.Random(1)))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    assert order.head == "0:1"
    assert order.skip_missing() == "0:1"
    assert await waiting == ["0:2", "0:3", "0:4"]
    assert order.skipped == ["0:1"]
    assert order.skip_missing() == ""


def test_one_that_never_comes_can_be_let_go_of() -> None:
    asyncio.run(one_that_never_comes())


async def a_cancelled_wait() -> None:
    order = Order(["0:1", "0:2"])
    waiting = asyncio.ensure_future(order.turn("0:2"))
    await asyncio.sleep(0)
    waiting.cancel()
    order.passed("0:2")  # it will never be sent
    assert await deliver(order, ["0:1"], random.Random(1)) == ["0:1"]
    assert order.is_done


def test_a_wait_that_is_cancelled_holds_nobody_up() -> None:
    asyncio.run(a_cancelled_wait())


def test_the_end_is_told_once_right_after_the_last_that_was_recorded() -> None:
    told: list[str] = []

    async def main() -> None:
        order = Order(["0:1", "0.0:1"])
        order.at_end = lambda: told.append(order.head or "end")
        order.passed("0.0:1")
        assert told == []  # what comes first is still to come
        order.passed("0:1")
        assert told == ["end"]
        order.passed("0:1")
        order.passed("0:2")
        assert told == ["end"]

    asyncio.run(main())
