"""How many calls are let in at once, by the largest message seen; nobody is lost, nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.runtime.admission import AT_LEAST, Admission

MIB = 1024 * 1024


def test_small_messages_let_thousands_in_and_large_ones_a_few() -> None:
    admission = Admission(256 * MIB)
    assert admission.allowed > 10_000
    admission.saw(16 * MIB)
    assert admission.allowed == 16
    admission.saw(1024 * MIB)
    assert admission.allowed == AT_LEAST


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_never_more_than_allowed_and_everybody_gets_in(turns: list[int]) -> None:
    async def story() -> None:
        admission = Admission(AT_LEAST)
        admission.saw(MIB)
        inside, most = 0, 0

        async def call(n_turns: int) -> None:
            nonlocal inside, most
            await admission.enter()
            inside += 1
            most = max(most, inside)
            for _ in range(n_turns):
                await asyncio.sleep(0)
            inside -= 1
            admission.leave()

        await asyncio.gather(*(call(it) for it in turns))
        assert most <= AT_LEAST and inside == 0

    asyncio.run(asyncio.wait_for(story(), 10))


def test_a_call_that_waits_for_the_script_makes_room_for_what_the_script_calls() -> None:
    async def story() -> list[str]:
        admission = Admission(1)
        admission.saw(MIB)
        done: list[str] = []

        async def inner() -> None:
            await admission.enter()
            done.append("inner")
            admission.leave()

        async def outer() -> None:
            await admission.enter()
            admission.leave()
            await inner()
            admission.come_back()
            done.append("outer")
            admission.leave()

        await asyncio.gather(*(outer() for _ in range(2 * AT_LEAST)))
        return done

    assert len(asyncio.run(asyncio.wait_for(story(), 10))) == 4 * AT_LEAST


@pytest.mark.parametrize("n_cancelled", [1, 5])
def test_a_cancelled_waiter_takes_no_place(n_cancelled: int) -> None:
    async def story() -> None:
        admission = Admission(1)
        admission.saw(MIB)
        for _ in range(AT_LEAST):
            await admission.enter()
        waiting = [asyncio.ensure_future(admission.enter()) for _ in range(n_cancelled + 1)]
        await asyncio.sleep(0)
        for it in waiting[:-1]:
            it.cancel()
        admission.leave()
        await waiting[-1]

    asyncio.run(asyncio.wait_for(story(), 10))
