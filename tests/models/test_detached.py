"""Blocking work that nothing waits for once its caller has gone."""

from __future__ import annotations

import asyncio
import threading

import pytest
from model_conversations import LONGEST_S, run

from llmspell.models.detached import detached


def test_work_is_done_in_another_thread_and_returns_or_raises_what_it_does() -> None:
    assert run(detached(threading.current_thread)) is not threading.current_thread()
    with pytest.raises(ZeroDivisionError):
        run(detached(lambda: 1 // 0))


def test_work_that_hangs_holds_up_neither_its_caller_nor_the_end_of_the_loop() -> None:
    begun, gate, ended = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        gate.wait(LONGEST_S)
        ended.set()

    async def leave() -> None:
        task = asyncio.ensure_future(detached(hang))
        await asyncio.to_thread(begun.wait, LONGEST_S)
        task.cancel()
        await asyncio.wait([task])

    run(leave())
    assert not ended.is_set()
    gate.set()
    assert ended.wait(LONGEST_S)
