"""`open` in Python scripts, for files that the profile grants: a file lives on the host, this is the script's end.

Reads and writes are buffered here in blocks, so that working by lines does not cross the bridge for each one. What a
script leaves in a buffer is written when the run ends, or when it opens another file. Text is UTF-8 unless another of a
few encodings is asked for: a codec that is not loaded yet would have to be read from a file."""

from __future__ import annotations

import io

from .python_errors import LLMSpellError
from .python_sealed import Sealed, make, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .python_engine import PythonEngine

BLOCK = 262_144  # smaller ones cost more in calls than they save in memory
LARGEST = 1_048_576  # of one message; the profiles limit those
MODES = frozenset({"r", "w", "a", "x", "r+", "w+", "a+"})
ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "ascii": "ascii", "latin-1": "latin-1", "iso-8859-1": "latin-1"}
WHENCE = ("set", "cur", "end")


class Buffers:
    """What was read ahead of the script, and what it wrote that is not on the host yet."""

    __slots__ = ("ahead", "at_end", "hold", "n_out", "out", "pos")

    def __init__(self, hold: str) -> None:
        self.ahead = b""
        self.pos = 0  # how much of `ahead` the script has seen
        self.at_end = False
        self.out: list[bytes] = []
        self.n_out = 0
        self.hold = hold  # what is held back: "full" blocks, less than a "line", or "no"

    def put_back(self, raw: bytes) -> None:
        self.ahead, self.pos = raw + self.ahead[self.pos :], 0

    def n_ahead(self) -> int:
        return len(self.ahead) - self.pos


class Unwritten:
    """The files of a run with something to write; they are held here until it is written."""

    def __init__(self) -> None:
        self._files: list[ScriptFile] = []

    def add(self, file: ScriptFile) -> None:
        self._files.append(file)

    def remove(self, file: ScriptFile) -> None:
        self._files = [it for it in self._files if it is not file]

    def settle(self) -> None:
        """Write it all. Raises the first problem, after the other files were written."""
        problem: LLMSpellError | None = None
        for file in list(self._files):
            try:
                _write_out(file)
            except LLMSpellError as error:
                problem = problem or error
        if problem is not None:
            raise problem


class ScriptFile(metaclass=Sealed):
    """An open file, in text or binary mode."""

    __slots__ = ("_buffers", "_encoding", "_engine", "_errors", "_host", "_newline", "closed", "mode", "name")
    _engine: PythonEngine
    _host: Any  # held, because the host closes the file when nobody does
    _buffers: Buffers
    _encoding: str  # empty in binary mode
    _errors: str
    _newline: bool  # "\r\n" is read as "\n"
    closed: bool
    mode: str
    name: str

    def read(self, size: int | None = -1, /) -> Any:
        """So many bytes or characters, or all that is left."""
        wanted = -1 if size is None else size
        raw = _take(self, wanted)
        if not self._encoding:
            return raw
        text = _text(self, raw)
        while text is None or 0 < wanted > len(text):
            # A character or a line's end was cut, or there were some of several bytes: a few bytes more.
            more = _take(self, 1 if text is None else wanted - len(text))
            if not more:
                return _shown(self, raw.decode(self._encoding, self._errors)) if text is None else text
            raw += more
            text = _text(self, raw)
        return text if wanted < 0 else _keep_rest(self, text, wanted)

    def readline(self, size: int = -1, /) -> Any:
        """The next line with its end; empty when there is none."""
        buffers = self._buffers
        start = buffers.pos
        end = buffers.ahead.find(b"\n", start) + 1
        if end and (size < 0 or self._encoding):
            buffers.pos = end
            raw = buffers.ahead[start:end]
        else:
            raw = _long_line(self)
            if 0 <= size < len(raw) and not self._encoding:
                buffers.put_back(raw[size:])
                raw = raw[:size]
        if not self._encoding:
            return raw
        text = _shown(self, raw.decode(self._encoding, self._errors))
        return text if size < 0 else _keep_rest(self, text, size)

    def readlines(self, hint: int = -1, /) -> list[Any]:
        return list(self)

    def write(self, data: Any, /) -> int:
        """Write all of it; the host gets it in blocks."""
        _must_be_open(self)
        if self._encoding:
            if not isinstance(data, str):
                raise TypeError(f"write() argument must be str, not {type(data).__name__}")
            raw = str.encode(data, self._encoding, self._errors)
        elif not isinstance(data, bytes | bytearray):
            raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'")
        else:
            raw = bytes(data)
        buffers = self._buffers
        if buffers.n_ahead():
            _drop_ahead(self)
        if raw and not buffers.n_out:
            self._engine.unwritten.add(self)
        buffers.out.append(raw)
        buffers.n_out += len(raw)
        if buffers.n_out >= BLOCK or buffers.hold == "no" or (buffers.hold == "line" and b"\n" in raw):
            _write_out(self)
        return len(data)

    def writelines(self, lines: Iterable[Any], /) -> None:
        for line in lines:
            self.write(line)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        _must_be_open(self)
        _write_out(self)
        buffers = self._buffers
        if whence == 1:
            offset -= buffers.n_ahead()
        buffers.ahead, buffers.pos, buffers.at_end = b"", 0, False
        place: int = _ask(self, "seek", WHENCE[whence], offset)
        return place

    def tell(self) -> int:
        _must_be_open(self)
        _write_out(self)
        place: int = _ask(self, "seek", "cur", 0)
        return place - self._buffers.n_ahead()

    def flush(self) -> None:
        _must_be_open(self)
        _write_out(self)

    def close(self) -> None:
        if not self.closed:
            put(self, "closed", True)
            self._buffers.ahead = b""
            try:
                _write_out(self)
            finally:
                _ask(self, "close")

    def readable(self) -> bool:
        return "r" in self.mode or "+" in self.mode

    def writable(self) -> bool:
        return "r" not in self.mode or "+" in self.mode

    def seekable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        buffers, encoding, errors, newline = self._buffers, self._encoding, self._errors, self._newline
        while line := self.readline():
            yield line
            block, place = buffers.ahead, buffers.pos
            # The whole lines that are here, without a call for each, while nobody else reads or seeks.
            for raw in io.BytesIO(block[place : block.rfind(b"\n") + 1]):
                if buffers.ahead is not block or buffers.pos != place:
                    break
                buffers.pos = place = place + len(raw)
                if encoding:
                    text = raw.decode(encoding, errors)
                    yield text.replace("\r\n", "\n") if newline else text
                else:
                    yield raw

    def __next__(self) -> Any:
        if line := self.readline():
            return line
        raise StopIteration

    def __enter__(self) -> ScriptFile:
        _must_be_open(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<file {self.name!r} mode {self.mode!r}>"


def _must_be_open(file: ScriptFile) -> None:
    if file.closed:
        raise ValueError("I/O operation on closed file")


def _ask(file: ScriptFile, method: str, *args: object) -> Any:
    return file._engine.call(f"#{file._host._number}", method, args, {})


def _write_out(file: ScriptFile) -> None:
    buffers = file._buffers
    if not buffers.n_out:
        return
    data = b"".join(buffers.out)
    buffers.out, buffers.n_out = [], 0
    file._engine.unwritten.remove(file)
    for start in range(0, len(data), LARGEST):
        _ask(file, "write", data[start : start + LARGEST])


def _drop_ahead(file: ScriptFile) -> None:
    """What was read ahead is not read: the file's place is where the script is."""
    buffers = file._buffers
    n_ahead = buffers.n_ahead()
    buffers.ahead, buffers.pos, buffers.at_end = b"", 0, False
    _ask(file, "seek", "cur", -n_ahead)


def _fill(file: ScriptFile) -> bool:
    _must_be_open(file)
    buffers = file._buffers
    if buffers.at_end:
        return False
    _write_out(file)
    block = _ask(file, "read", BLOCK)
    if not block:
        buffers.at_end = True
        return False
    raw = block.encode() if isinstance(block, str) else block
    buffers.ahead, buffers.pos = buffers.ahead[buffers.pos :] + raw, 0
    return True


def _take_ahead(file: ScriptFile) -> bytes:
    buffers = file._buffers
    raw = buffers.ahead[buffers.pos :]
    buffers.ahead, buffers.pos = b"", 0
    return raw


def _long_line(file: ScriptFile) -> bytes:
    """The next line, of which a part is not here yet."""
    _must_be_open(file)
    parts = []
    while not (end := file._buffers.ahead.find(b"\n", file._buffers.pos) + 1):
        parts.append(_take_ahead(file))
        if not _fill(file):
            return b"".join(parts)
    parts.append(file._buffers.ahead[file._buffers.pos : end])
    file._buffers.pos = end
    return b"".join(parts)


def _take(file: ScriptFile, size: int) -> bytes:
    """So many bytes, or all that is left."""
    _must_be_open(file)
    buffers, parts, left = file._buffers, [], size
    while size < 0 or buffers.n_ahead() < left:
        parts.append(_take_ahead(file))
        left -= len(parts[-1])
        if not _fill(file):
            return b"".join(parts)
    parts.append(buffers.ahead[buffers.pos : buffers.pos + left])
    buffers.pos += left
    return b"".join(parts)


def _shown(file: ScriptFile, text: str) -> str:
    return text.replace("\r\n", "\n") if file._newline else text


def _text(file: ScriptFile, raw: bytes) -> str | None:
    """The text of these bytes; None when they end within a character or, perhaps, a line's end."""
    if file._newline and raw.endswith(b"\r") and (file._buffers.n_ahead() or _fill(file)):
        return None
    try:
        return _shown(file, raw.decode(file._encoding, "strict"))
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return None
    return _shown(file, raw.decode(file._encoding, file._errors))


def _keep_rest(file: ScriptFile, text: str, size: int) -> str:
    """So many characters of a text; what is left is read next."""
    if len(text) > size:
        file._buffers.put_back(text[size:].encode(file._encoding, file._errors))
    return text[:size]


def make_open(engine: PythonEngine) -> Callable[..., ScriptFile]:
    """The builtin `open`."""

    def open(
        file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None, newline: Any = None
    ) -> ScriptFile:
        if type(file) is not str:
            raise TypeError(f"open: the path must be a string, not {type(file).__name__}")
        binary, plain = "b" in mode, mode.replace("b", "").replace("t", "") or "r"
        if plain not in MODES or ("b" in mode and "t" in mode):
            raise ValueError(f"invalid mode: {mode!r}")
        known = ENCODINGS.get(str(encoding or "utf-8").lower().replace("_", "-"))
        if known is None:
            raise LLMSpellError(
                f"open: the encoding {encoding!r} is not available here",
                hint='Tool.execute("file-operations", operation="read", encoding="...") knows more',
                code="bad_argument",
            )
        engine.unwritten.settle()  # the file may be one of these
        answer = engine.host_call("open", file, plain)
        if isinstance(answer, dict):
            raise FileNotFoundError(2, answer.get("problem", "No such file or directory"), file)
        return make(
            ScriptFile,
            _engine=engine,
            _host=answer,
            _buffers=Buffers("no" if buffering == 0 else "line" if buffering == 1 else "full"),
            _encoding="" if binary else known,
            _errors=errors or "strict",
            _newline=newline is None and not binary,
            closed=False,
            mode=mode,
            name=file,
        )

    return open


def flush_open_files() -> None:
    """Write out what files of Python's own hold (level plain). Raises the first OSError."""
    import gc
    import sys

    problem: OSError | None = None
    streams = [sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__]
    streams += [getattr(it, "buffer", None) for it in streams]  # they are flushed and judged by themselves
    kinds = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)
    for it in gc.get_objects():
        if not issubclass(type(it), kinds):  # its __class__ may be a property, and is none of our business
            continue
        if any(it is stream for stream in streams):
            continue
        try:
            if not it.closed:
                it.flush()
        except BrokenPipeError:
            pass  # who read it has gone, and wants no more
        except OSError as error:
            problem = problem or error
        except ValueError:
            pass  # detached: another object holds what it wrote
    if problem is not None:
        raise problem
