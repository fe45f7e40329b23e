"""Requests with much to read do not begin in one turn of the event loop."""

from __future__ import annotations

import asyncio

from llmspell.models.messages import user
from llmspell.models.pace import LARGE_CHARS, Pace


async def turns_of(n_chars: int) -> list[int]:
    """In which turn of the loop each of twenty requests begins that are made at once."""
    loop_turn = 0
    pace = Pace()
    begun: list[int] = []

    async def ask() -> None:
        await pace.turn([user("x" * n_chars)])
        begun.append(loop_turn)

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(ask()) for _ in range(20)]
        while not all(it.done() for it in asked):
            await asyncio.sleep(0)
            loop_turn += 1
    return begun


def test_large_ones_begin_in_turns_of_their_own_and_small_ones_at_once() -> None:
    large = asyncio.run(turns_of(LARGE_CHARS))
    assert len(set(large)) == 20 and large == sorted(large)
    assert len(set(asyncio.run(turns_of(100)))) == 1
