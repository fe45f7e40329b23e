"""Which effects of a run are under way or not yet written, in a small file that outlives its process.

Before an effect that cannot be repeated, its key goes into a page of memory that the kernel shares with a file: that
takes no call of the system, and is there after a SIGKILL. The file has two halves and a byte that says which one
counts, so that whoever is killed in the middle of a change leaves the one before it."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import re
import threading
from collections.abc import Iterable

HALF_BYTES = 32 * 1024
MAX_HALF_BYTES = 16 * 1024 * 1024
_END = b"\0"


_PLAIN = re.compile(r"[0-9A-Za-z-]{1,100}")


def marks_folder(journal: str) -> str:
    """Where the marks of the runs of this journal file are."""
    return journal + ".marks"


def _file_of(journal: str, run_id: object) -> str:
    """Where the marks of a run are. A journal may be somebody else's, and its run ids the paths of other files.

    Raises:
        OSError: The id is no plain name.
    """
    if not isinstance(run_id, str) or _PLAIN.fullmatch(run_id) is None:
        raise FileNotFoundError(errno.ENOENT, f"no run can be called {str(run_id)[:100]!r}")
    return os.path.join(marks_folder(journal), run_id)


class Marks:
    """Those of one run. May be used by several threads.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, journal: str, run_id: str, *, half_bytes: int = HALF_BYTES) -> None:
        self.path = _file_of(journal, run_id)
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        self._lock = threading.Lock()
        self._pending: dict[bytes, None] = {}
        self._half_bytes = half_bytes
        self._half = 0
        self._end = 1  # where the next key goes
        self._memory = self._map(half_bytes)

    def add(self, key: str) -> None:
        """This effect is about to be done."""
        packed = key.encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            self._pending[packed] = None
            end = self._end + len(packed)
            if end + 1 > 1 + (self._half + 1) * self._half_bytes:
                self._rewrite()
                return
            self._memory[self._end : end + 1] = packed + _END
            self._end = end

    def settle(self, keys: Iterable[str]) -> None:
        """What became of these effects is written."""
        with self._lock:
            for it in keys:
                self._pending.pop(it.encode("utf-8", "backslashreplace") + b"\n", None)
            self._rewrite()

    def close(self, *, keep: bool = False) -> None:
        """Let go of the file, and remove it unless something in it is still unknown."""
        with self._lock:
            self._memory.close()
            if not (keep and self._pending):
                with contextlib.suppress(OSError):
                    os.unlink(self.path)

    def _map(self, half_bytes: int) -> mmap.mmap:
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, bytes(1 + 2 * half_bytes))  # a full disk must say so here, and not by SIGBUS
            return mmap.mmap(fd, 1 + 2 * half_bytes)
        finally:
            os.close(fd)

    def _rewrite(self) -> None:
        """Write what is pending into the other half, and then have that one count."""
        text = b"".join(self._pending)
        if len(text) + 1 > self._half_bytes // 2 and self._half_bytes < MAX_HALF_BYTES:
            self._grow(len(text))
            return
        half = 1 - self._half
        start = 1 + half * self._half_bytes
        text = text[: self._half_bytes - 1]
        self._memory[start : start + len(text) + 1] = text + _END
        self._memory[0:1] = b"\1" if half else b"\0"
        self._half, self._end = half, start + len(text)

    def _grow(self, n_bytes: int) -> None:
        """A larger file in the place of this one."""
        self._half_bytes = min(max(self._half_bytes * 2, n_bytes * 4), MAX_HALF_BYTES)
        name, self.path = self.path, self.path + ".new"
        memory = self._map(self._half_bytes)
        before, self._memory, self._half, self._end = self._memory, memory, 1, 1
        self._rewrite()
        os.replace(self.path, name)
        self.path = name
        before.close()


def read_marks(journal: str, run_id: str) -> tuple[str, ...]:
    """The keys that are marked, in the order in which their effects were begun."""
    try:
        with open(_file_of(journal, run_id), "rb") as file:
            data = file.read(2 * MAX_HALF_BYTES + 1)
    except OSError:
        return ()
    n_half = (len(data) - 1) // 2
    start = 1 + n_half if data[:1] == b"\1" else 1
    text = data[start : start + n_half].partition(_END)[0]
    return tuple(it.decode("utf-8", "replace") for it in text.split(b"\n")[:-1])


def forget_marks(journal: str, run_id: str) -> None:
    """Remove those of a run that is forgotten."""
    with contextlib.suppress(OSError):
        os.unlink(_file_of(journal, run_id))
