"""What is sent arrives whole and in order, however slowly it is read; a reader that has gone ends the waiting."""

from __future__ import annotations

import asyncio
import socket

from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.runtime import outbox as module
from llmspell.runtime.outbox import Outbox


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    return ours, theirs


@settings(max_examples=25)
@given(st.lists(st.binary(min_size=1, max_size=300_000), max_size=8))
def test_everything_arrives_in_order(chunks: list[bytes]) -> None:
    async def story() -> bytes:
        ours, theirs = pair()
        loop = asyncio.get_running_loop()
        box = Outbox(ours.fileno(), loop, lambda: None)
        for it in chunks:
            box.send(it)
        total = sum(map(len, chunks))
        received = b""
        while len(received) < total:
            received += await loop.sock_recv(theirs, 65536)
        assert box.is_empty
        box.close()
        ours.close()
        theirs.close()
        return received

    assert asyncio.run(asyncio.wait_for(story(), 20)) == b"".join(chunks)


def test_room_is_told_when_it_is_there_again() -> None:
    async def story() -> list[str]:
        ours, theirs = pair()
        loop = asyncio.get_running_loop()
        told: list[str] = []
        box = Outbox(ours.fileno(), loop, lambda: told.append("room"))
        box.send(bytes(module.MAX_WAITING_BYTES + 4_000_000))
        assert not box.has_room and not told
        waiting = asyncio.ensure_future(box.room())
        while not box.has_room:
            await loop.sock_recv(theirs, 1 << 20)
        await waiting
        box.close()
        ours.close()
        theirs.close()
        return told[:1]

    assert asyncio.run(asyncio.wait_for(story(), 20)) == ["room"]


def test_a_reader_that_has_gone_ends_the_waiting_and_what_follows_is_dropped() -> None:
    async def story() -> None:
        ours, theirs = pair()
        box = Outbox(ours.fileno(), asyncio.get_running_loop(), lambda: None)
        box.send(bytes(module.MAX_WAITING_BYTES + 4_000_000))
        waiting = asyncio.ensure_future(box.room())
        theirs.close()
        await waiting
        box.send(b"more")
        assert box.is_empty
        ours.close()

    asyncio.run(asyncio.wait_for(story(), 20))
