"""Whether something waits on stdin that a command does not read. Looks, and never reads or waits."""

from __future__ import annotations

import os
import stat

STDIN = 0


def has_unread() -> bool:
    """Whether a file with something left, or a pipe with bytes in it, is what stdin is.

    Not so for a terminal, a device, a closed stdin, and a pipe into which nothing has been written yet."""
    try:
        status = os.fstat(STDIN)
        if stat.S_ISREG(status.st_mode):
            return os.lseek(STDIN, 0, os.SEEK_CUR) < status.st_size
        return stat.S_ISFIFO(status.st_mode) and _bytes_in_pipe() > 0
    except OSError:
        return False


def _bytes_in_pipe() -> int:
    # A pipe whose writer has gone without a word is readable too, so select() cannot tell.
    try:
        from fcntl import ioctl
        from termios import FIONREAD
    except ImportError:  # Windows
        return 0
    return int.from_bytes(ioctl(STDIN, FIONREAD, bytes(4)), "little")
