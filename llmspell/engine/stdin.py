"""Standard input, read by blocks from its descriptor when the script asks and not before; what was read is noted."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.engine.protocol import Noting

BLOCK = 65_536


def read_stdin(notes: Noting, fd: int = 0, size: int = BLOCK) -> bytes:
    """The next block, waiting for it; b"" at the end, and where there is no standard input that can be read."""
    while True:
        try:
            data = os.read(fd, size)
        except BlockingIOError:  # another program has made the pipe so
            from select import POLLIN, poll

            readable = poll()
            readable.register(fd, POLLIN)
            readable.poll()
            continue
        except OSError:
            return b""
        if data:
            notes.stdin(data)
        return data
