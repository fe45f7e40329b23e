"""A Python script's standard streams, byte for byte, on the process's own descriptors.

Output is written at once while there is little of it, so that a reader sees it and nothing is lost when the run is
ended, and in blocks once there is much. What a script holds are sealed objects, not files."""

from __future__ import annotations

import io
import os
import time

from .python_errors import LLMSpellError
from .python_sealed import Sealed, make
from .stdin import BLOCK, read_stdin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .protocol import Noting

EAGER_BYTES = 64 * 1024  # so much goes out at each write; after that in blocks of this size
MAX_DELAY_S = 1.0  # what is held back is written at the latest with the first print after so long


class OutputLimit:
    """Counts the bytes of all of a run's output streams together."""

    def __init__(self, limit: int | None, fatal: Callable[[str, str], None]) -> None:
        self._left = limit if limit is not None else 1 << 62
        self._limit = limit
        self._fatal = fatal

    def take(self, n_bytes: int) -> None:
        self._left -= n_bytes
        if self._left < 0:
            self._fatal("output_limit", f"the script wrote more than {self._limit} bytes")


class Output:
    """One output descriptor."""

    def __init__(self, fd: int, name: str, *, tty: bool, eager: bool, limit: OutputLimit) -> None:
        self._fd = fd
        self._name = name
        self._tty = tty
        self._eager = eager
        self._limit = limit
        self._held: list[bytes] = []
        self._n_held = 0
        self._n_written = 0
        self._last_flush = 0.0
        self.failure: OSError | None = None

    def write(self, data: bytes) -> None:
        self._limit.take(len(data))
        self._held.append(data)
        self._n_held += len(data)
        if self._eager or (self._n_written < EAGER_BYTES and not self._tty):
            self.flush()
        elif self._tty:
            if b"\n" in data:
                self.flush()
        elif self._n_held >= EAGER_BYTES or time.monotonic() - self._last_flush > MAX_DELAY_S:
            self.flush()

    def flush(self) -> None:
        if not self._held:
            return
        data = self._held[0] if len(self._held) == 1 else b"".join(self._held)
        self._held, self._n_held = [], 0
        if not self._tty and not self._eager:
            self._last_flush = time.monotonic()
        try:
            n_sent = os.write(self._fd, data)
            while n_sent < len(data):
                n_sent += os.write(self._fd, memoryview(data)[n_sent:])
        except OSError as error:
            self.failure = error
            raise LLMSpellError(
                f"cannot write to {self._name}: {os.strerror(error.errno or 0)}", code="stream_error"
            ) from None
        self._n_written += len(data)


class BinaryOut(metaclass=Sealed):
    """`sys.stdout.buffer`."""

    __slots__ = ("_output",)
    _output: Output

    def write(self, data: Any) -> int:
        raw = bytes(data) if not isinstance(data, str) else None
        if raw is None:
            raise TypeError("a bytes-like object is required, not 'str'")
        self._output.write(raw)
        return len(raw)

    def flush(self) -> None:
        self._output.flush()


class TextOut(metaclass=Sealed):
    """`sys.stdout` and `sys.stderr`."""

    __slots__ = ("_output", "buffer", "encoding")
    _output: Output
    buffer: BinaryOut
    encoding: str

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._output.write(str.encode(text, "utf-8", "surrogateescape"))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self._output.flush()

    def isatty(self) -> bool:
        return self._output._tty

    def writable(self) -> bool:
        return True


def make_print(stdout: TextOut) -> Callable[..., None]:
    """The builtin `print`, as a plain function."""
    default_write = stdout._output.write

    def print(*values: Any, sep: Any = " ", end: Any = "\n", file: Any = None, flush: bool = False) -> None:
        sep = " " if sep is None else sep
        end = "\n" if end is None else end
        if len(values) == 1:
            text = str(values[0]) + end
        else:
            text = str.join(sep, [str(it) for it in values]) + end
        if file is None:
            default_write(str.encode(text, "utf-8", "surrogateescape"))
            if flush:
                stdout._output.flush()
        else:
            file.write(text)
            if flush:
                file.flush()

    return print


class NotedIn(io.RawIOBase):
    """The descriptor of standard input; what is read from it is noted."""

    def __init__(self, fd: int, notes: Noting) -> None:
        self._fd = fd
        self._notes = notes

    def readable(self) -> bool:
        return True

    def isatty(self) -> bool:
        try:
            return os.isatty(self._fd)
        except OSError:
            return False

    def readinto(self, buffer: Any) -> int:
        data = read_stdin(self._notes, self._fd, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return b"".join(iter(lambda: read_stdin(self._notes, self._fd, BLOCK), b""))


class TextIn(metaclass=Sealed):
    """`sys.stdin`. Nothing is read before the script asks."""

    __slots__ = ("_text", "buffer", "encoding")
    _text: io.TextIOWrapper
    buffer: BinaryIn
    encoding: str

    def read(self, size: int | None = -1, /) -> str:
        return self._text.read(size)

    def readline(self, size: int = -1, /) -> str:
        return self._text.readline(size)

    def readlines(self, hint: int = -1, /) -> list[str]:
        return self._text.readlines(hint)

    def __iter__(self) -> Iterator[str]:
        return iter(self._text.readline, "")

    def __next__(self) -> str:
        line = self._text.readline()
        if not line:
            raise StopIteration
        return line

    def isatty(self) -> bool:
        return self._text.isatty()

    def readable(self) -> bool:
        return True


class BinaryIn(metaclass=Sealed):
    """`sys.stdin.buffer`."""

    __slots__ = ("_raw",)
    _raw: io.BufferedReader

    def read(self, size: int | None = -1, /) -> bytes:
        return self._raw.read(size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._raw.read1(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._raw.readline(size)

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        return self._raw.readlines(hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._raw.readline, b"")


class Streams:
    """The three streams of one run.

    Args:
        fds: Descriptors of stdin, stdout, stderr.
        tty: Whether stdout leads to a terminal, and is written line by line.
    """

    def __init__(self, fds: tuple[int, int, int], *, tty: bool, limit: OutputLimit, notes: Noting) -> None:
        self.out = Output(fds[1], "stdout", tty=tty, eager=False, limit=limit)
        self.err = Output(fds[2], "stderr", tty=False, eager=True, limit=limit)
        self.stdout = make(TextOut, _output=self.out, buffer=make(BinaryOut, _output=self.out), encoding="utf-8")
        self.stderr = make(TextOut, _output=self.err, buffer=make(BinaryOut, _output=self.err), encoding="utf-8")
        self._stdin_fd = fds[0]
        self._notes = notes
        self._stdin: TextIn | None = None

    @property
    def stdin(self) -> TextIn:
        if self._stdin is None:
            raw = io.BufferedReader(NotedIn(self._stdin_fd, self._notes), BLOCK)
            text = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", newline="\n")
            self._stdin = make(TextIn, _text=text, buffer=make(BinaryIn, _raw=raw), encoding="utf-8")
        return self._stdin

    def input(self, prompt: object = "", /) -> str:
        """The builtin `input`."""
        if text := str(prompt):
            self.out.write(text.encode("utf-8", "surrogateescape"))
        self.out.flush()
        line = self.stdin.readline()
        if not line:
            raise EOFError("EOF when reading a line")
        return line.removesuffix("\n")

    def flush(self) -> str | None:
        """Write out what is held back. Returns what went wrong with the script's output, now or earlier."""
        for output in (self.out, self.err):
            try:
                output.flush()
            except LLMSpellError:
                pass
            if output.failure is not None:
                return os.strerror(output.failure.errno or 0)
        return None
