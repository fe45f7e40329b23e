"""The process that sends: started by a run, told of its entries through a pipe, asked at the end what became of them.

A process of its own because to load OpenTelemetry takes as long as a short script, and to put a span into its format
longer than a call. It is told by whole messages: 4 bytes of length, MessagePack. Nothing here waits but `finish`."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgpack

MAX_WAITING_BYTES = 16 * 1024 * 1024  # for a sender that is slower than the script; what comes then is dropped
MAX_REPORT_BYTES = 64 * 1024
_PIPE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    """What became of what was to be sent. `problem` is empty when all is well."""

    sent: int = 0
    lost: int = 0
    problem: str = ""


class Sender:
    """A started one.

    Args:
        start: What it needs to know before the first record: `exporting.Exporting`.
        environ: Its variables.
        shows: It writes to our stderr.

    Raises:
        OSError: It could not be started.
    """

    def __init__(self, start: Mapping[str, Any], environ: Mapping[str, str], *, shows: bool) -> None:
        self._process = subprocess.Popen(
            # -P: whatever lies in the folder of the run is not imported.
            [sys.executable, "-P", "-m", "llmspell.telemetry.exporting"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if shows else subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,  # Ctrl-C is for the run, and the run's end is to be sent
        )
        assert self._process.stdin is not None
        self._fd = self._process.stdin.fileno()
        os.set_blocking(self._fd, False)
        _widen(self._fd)
        self._waiting = bytearray()
        self._is_gone = False
        self.n_dropped = 0
        self.send(["start", dict(start)])

    def send(self, message: list[Any], *, n_records: int = 0) -> None:
        """Hand it on, or keep it until there is room; where too much is kept, drop it and count its records."""
        if self._is_gone or len(self._waiting) > MAX_WAITING_BYTES:
            self.n_dropped += n_records
            return
        packed = msgpack.packb(message, unicode_errors="surrogatepass")
        self._waiting += len(packed).to_bytes(4, "big") + packed
        self._write()

    def finish(self, message: list[Any], wait_s: float) -> Report:
        """Send the last message and wait for what has become of all of them. Blocks for `wait_s` at the most.

        Returns:
            An empty report for `wait_s` 0: nobody waits for it, it goes on by itself.
        """
        deadline = time.monotonic() + wait_s
        self.send(message)
        while self._waiting and not self._is_gone:
            if not select.select([], [self._fd], [], max(0.0, deadline - time.monotonic()))[1]:
                break
            self._write()
        if wait_s <= 0:
            self.let_go()
            return Report(lost=self.n_dropped)
        self._close_input()
        assert self._process.stdout is not None
        with self._process.stdout:
            said = _read(self._process.stdout.fileno(), deadline)
        if said is None:
            self._process.kill()
            self._process.wait()
            return Report(problem=f"it could not be sent within {wait_s:g} s")
        self._process.wait()
        try:
            sent, lost, problem = msgpack.unpackb(said)
        except ValueError:
            return Report(lost=self.n_dropped, problem="what sends it has failed")
        return Report(int(sent), int(lost) + self.n_dropped, str(problem))

    def let_go(self) -> None:
        """Nothing more will come; it sends what it has, and nobody waits for it."""
        self._close_input()
        assert self._process.stdout is not None
        self._process.stdout.close()
        threading.Thread(target=self._process.wait, name="llmspell-telemetry", daemon=True).start()

    def _close_input(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def _write(self) -> None:
        try:
            while self._waiting:
                del self._waiting[: os.write(self._fd, self._waiting)]
        except BlockingIOError:
            pass
        except OSError:  # it is gone; its report, or that there is none, says why
            self._is_gone = True
            self._waiting.clear()


def _read(fd: int, deadline: float) -> bytes | None:
    """All that is written until the other end is closed; None if that is not so in time."""
    found = b""
    while select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(fd, MAX_REPORT_BYTES)
        if not piece or len(found) > MAX_REPORT_BYTES:
            return found
        found += piece
    return None


def _widen(fd: int) -> None:
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # more than this user may have in pipes: a narrow one does as well
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
