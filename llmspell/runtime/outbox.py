"""What waits to be written to a worker. Writes at once what the channel takes, keeps the rest in order."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable

MAX_WAITING_BYTES = 64 * 1024 * 1024  # above this there is no room: nothing more is read or answered until there is


class Outbox:
    """The writing half of a non-blocking channel.

    Args:
        on_room: Told when there is room again.
    """

    def __init__(self, fd: int, loop: asyncio.AbstractEventLoop, on_room: Callable[[], None]) -> None:
        self._fd = fd
        self._loop = loop
        self._on_room = on_room
        self._chunks: deque[memoryview] = deque()
        self._n_bytes = 0
        self._open = True
        self._room: asyncio.Future[None] | None = None

    @property
    def is_empty(self) -> bool:
        return not self._chunks

    @property
    def has_room(self) -> bool:
        return self._n_bytes <= MAX_WAITING_BYTES

    async def room(self) -> None:
        """Wait until there is room: a script that asks faster than it reads waits for its own answers."""
        while not self.has_room and self._open:
            if self._room is None:
                self._room = self._loop.create_future()
            await asyncio.shield(self._room)

    def send(self, data: bytes) -> None:
        """Write it, or keep it until the channel takes it. After `close` it is dropped."""
        if not self._open:
            return
        rest = memoryview(data)
        if not self._chunks:
            rest = rest[self._write(rest) :]
            if rest and self._open:
                self._loop.add_writer(self._fd, self._on_writable)
        if rest and self._open:
            self._chunks.append(rest)
            self._n_bytes += len(rest)

    def close(self) -> None:
        """Drop what is left."""
        self._open = False
        self._loop.remove_writer(self._fd)
        self._chunks.clear()
        self._n_bytes = 0
        self._tell()

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError:  # it is gone; whoever reads notices
            self.close()
            return 0

    def _on_writable(self) -> None:
        had_room = self.has_room
        while self._chunks:
            written = self._write(self._chunks[0])
            if not self._open:
                return
            self._n_bytes -= written
            if written < len(self._chunks[0]):
                self._chunks[0] = self._chunks[0][written:]
                break
            self._chunks.popleft()
        if not self._chunks:
            self._loop.remove_writer(self._fd)
        if not had_room and self.has_room:
            self._tell()

    def _tell(self) -> None:
        if self._room is not None:
            self._room.set_result(None)
            self._room = None
        self._on_room()
