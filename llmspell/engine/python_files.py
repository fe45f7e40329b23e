"""`open` in Python scripts, for files that the profile grants: a file lives on the host, this is the script's end.

Reads are buffered here in blocks, so that reading by lines does not cross the bridge for each one. Text is UTF-8 unless
another of a few encodings is asked for: a codec that is not loaded yet would have to be read from a file."""

from __future__ import annotations

from .python_errors import LLMSpellError
from .python_sealed import Sealed, make, put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .python_engine import PythonEngine

BLOCK = 65_536
MODES = frozenset({"r", "w", "a", "x", "r+", "w+", "a+"})
ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "ascii": "ascii", "latin-1": "latin-1", "iso-8859-1": "latin-1"}
WHENCE = ("set", "cur", "end")


class ScriptFile(metaclass=Sealed):
    """An open file, in text or binary mode."""

    __slots__ = ("_at_end", "_buffer", "_encoding", "_engine", "_errors", "_host", "_newline", "closed", "mode", "name")
    _engine: PythonEngine
    _host: Any  # held, because the host closes the file when nobody does
    _buffer: bytes
    _at_end: bool
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
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0:
            start = len(self._buffer)
            if not _fill(self):
                end = len(self._buffer) - 1
                break
        end += 1
        if size >= 0 and not self._encoding:
            end = min(end, size)
        raw = self._buffer[:end]
        put(self, "_buffer", self._buffer[end:])
        if not self._encoding:
            return raw
        text = _shown(self, raw.decode(self._encoding, self._errors))
        return text if size < 0 else _keep_rest(self, text, size)

    def readlines(self, hint: int = -1, /) -> list[Any]:
        return list(self)

    def write(self, data: Any, /) -> int:
        """Write all of it, at once."""
        _must_be_open(self)
        if self._encoding:
            if not isinstance(data, str):
                raise TypeError(f"write() argument must be str, not {type(data).__name__}")
            raw = str.encode(data, self._encoding, self._errors)
        elif not isinstance(data, bytes | bytearray):
            raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'")
        else:
            raw = bytes(data)
        for start in range(0, len(raw), BLOCK * 16):
            _ask(self, "write", raw[start : start + BLOCK * 16])
        return len(data)

    def writelines(self, lines: Iterable[Any], /) -> None:
        for line in lines:
            self.write(line)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        _must_be_open(self)
        if whence == 1:
            offset -= len(self._buffer)
        put(self, "_buffer", b"")
        put(self, "_at_end", False)
        place: int = _ask(self, "seek", WHENCE[whence], offset)
        return place

    def tell(self) -> int:
        _must_be_open(self)
        place: int = _ask(self, "seek", "cur", 0)
        return place - len(self._buffer)

    def flush(self) -> None:
        _must_be_open(self)
        _ask(self, "flush")

    def close(self) -> None:
        if not self.closed:
            put(self, "closed", True)
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
        while line := self.readline():
            yield line

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


def _fill(file: ScriptFile) -> bool:
    _must_be_open(file)
    if file._at_end:
        return False
    block = _ask(file, "read", BLOCK)
    if not block:
        put(file, "_at_end", True)
        return False
    put(file, "_buffer", file._buffer + (block.encode() if isinstance(block, str) else block))
    return True


def _take(file: ScriptFile, size: int) -> bytes:
    """So many bytes, or all that is left."""
    _must_be_open(file)
    if size < 0:
        blocks = []
        while file._buffer or _fill(file):
            blocks.append(file._buffer)
            put(file, "_buffer", b"")
        return b"".join(blocks)
    while len(file._buffer) < size and _fill(file):
        pass
    raw = file._buffer[:size]
    put(file, "_buffer", file._buffer[size:])
    return raw


def _shown(file: ScriptFile, text: str) -> str:
    return text.replace("\r\n", "\n") if file._newline else text


def _text(file: ScriptFile, raw: bytes) -> str | None:
    """The text of these bytes; None when they end within a character or, perhaps, a line's end."""
    if file._newline and raw.endswith(b"\r") and (file._buffer or _fill(file)):
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
        put(file, "_buffer", text[size:].encode(file._encoding, file._errors) + file._buffer)
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
        answer = engine.host_call("open", file, plain)
        if isinstance(answer, dict):
            raise FileNotFoundError(2, answer.get("problem", "No such file or directory"), file)
        return make(
            ScriptFile,
            _engine=engine,
            _host=answer,
            _buffer=b"",
            _at_end=False,
            _encoding="" if binary else known,
            _errors=errors or "strict",
            _newline=newline is None and not binary,
            closed=False,
            mode=mode,
            name=file,
        )

    return open
