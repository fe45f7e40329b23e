"""The script's output on its way to a terminal, into memory, or to a pipe that does not wait.

To any other pipe or a file the worker writes directly. A terminal obeys control sequences, so there a worker's output
passes through here: everything but newline, tab, carriage return and printable text is shown as a replacement
character. A thread each, because the host's main thread may be waiting for the worker."""

from __future__ import annotations

import _thread
import os
from select import POLLOUT, poll

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

CAPTURE_BYTES = 16 * 1024 * 1024
_KEPT = b"\n\t\r"


class Relay:
    """Copies what is written to `write_fd` to `target` until the worker has closed it.

    Args:
        target: A descriptor, or None to keep the bytes (`captured`, the first CAPTURE_BYTES of them).
        clean: Replace control characters.
        limit: After so many bytes the relay stops reading and `exceeded` becomes true; None for no limit.
        heard: Told of all that passes, on the relay's own thread.

    Attributes:
        before: Called before anything is written, under the lock `around`: whoever draws on the same terminal takes it
            away.
        in_line: What was written last has not ended its line.
    """

    def __init__(
        self, target: int | None, *, clean: bool, limit: int | None, heard: Callable[[bytes], None] | None = None
    ) -> None:
        self._target = target
        self._clean = clean
        self._limit = limit
        self._heard = heard
        self._read_fd, self.write_fd = os.pipe()
        self._pending = b""
        self.before: Callable[[], None] | None = None
        self.around: AbstractContextManager[object] | None = None
        self.in_line = False
        self.on_terminal = clean
        self.captured = bytearray()
        self.exceeded = False
        self.failed: OSError | None = None
        self._ended = _thread.allocate_lock()

    def start(self) -> None:
        """Begin to copy. Call it once the worker has its own copy of `write_fd`, which is closed here."""
        os.close(self.write_fd)
        self._ended.acquire()
        _thread.start_new_thread(self._copy, ())

    def join(self) -> None:
        """Wait until everything that was written is out. The worker must have ended."""
        with self._ended:
            pass

    def _copy(self) -> None:
        n_bytes = 0
        try:
            while chunk := os.read(self._read_fd, 65536):
                n_bytes += len(chunk)
                if self._heard is not None:
                    self._heard(chunk)
                if self._limit is not None and n_bytes > self._limit:
                    self.exceeded = True
                    break
                self._put(self.clean_next(chunk) if self._clean else chunk)
            if self._pending:
                self._put("\N{REPLACEMENT CHARACTER}".encode())
        except OSError as error:
            self.failed = error
        finally:
            os.close(self._read_fd)
            self._ended.release()

    def _put(self, data: bytes) -> None:
        if self._target is None:
            if len(self.captured) < CAPTURE_BYTES:
                self.captured += data[: CAPTURE_BYTES - len(self.captured)]
            return
        if self.around is None:
            self._write(self._target, data)
            return
        with self.around:
            if self.before is not None:
                self.before()
            self._write(self._target, data)

    def _write(self, target: int, data: bytes) -> None:
        if data:
            self.in_line = not data.endswith(b"\n")
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(target, view) :]
            except BlockingIOError:
                writable = poll()
                writable.register(target, POLLOUT)
                writable.poll()

    def clean_next(self, chunk: bytes) -> bytes:
        """The next piece, cleaned. The beginning of a character whose other bytes have not come yet is kept back."""
        data = self._pending + chunk
        n_kept = _unfinished(data)
        self._pending = data[len(data) - n_kept :]
        return cleaned(data[: len(data) - n_kept])

    def discard(self) -> None:
        """Give up a relay that was never started."""
        os.close(self._read_fd)
        os.close(self.write_fd)


def _unfinished(data: bytes) -> int:
    """How many bytes at the end begin a UTF-8 character and do not finish it."""
    for n_back in range(1, min(4, len(data) + 1)):
        byte = data[-n_back]
        if byte >= 0xC2:
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return n_back if size > n_back else 0
        if byte < 0x80:
            return 0
    return 0


def cleaned(data: bytes) -> bytes:
    """Text that cannot steer a terminal: C0 and C1 controls, bidirectional controls and invalid bytes are replaced."""
    return data.decode("utf-8", "replace").translate(_HARMLESS).encode()


_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_HARMLESS = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *_BIDI)
    if code >= 0x80 or code not in _KEPT
}
