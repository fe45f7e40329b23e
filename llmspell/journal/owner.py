"""Whose a row in a shared file is, and whether that process is still there."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Owner:
    """A process. `born` tells it from a later one with the same number; empty where that cannot be known."""

    host: str
    pid: int
    born: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether it has ended for certain. False where nobody can tell: on another host, and on Windows, where asking
        a process whether it is there could end it."""
        if self.host != this_process().host or sys.platform == "win32":
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass  # it is there, and another user's
        return bool(self.born) and _born(self.pid) not in ("", self.born)


def this_process() -> Owner:
    """The one that asks, also after a fork."""
    return _owner(os.getpid())


@lru_cache(maxsize=1)
def _owner(pid: int) -> Owner:
    return Owner(socket.gethostname(), pid, _born(pid))


def _born(pid: int) -> str:
    """When a process was started, in the kernel's words; empty where it does not say. A zombie has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[:1] in ([b"Z"], [b"X"]) else fields[19].decode() if len(fields) > 19 else ""
