"""What llmspell prints: results on stdout, everything else on stderr. No other module prints.

Writes to the descriptors themselves, so that a closed pipe or a full disk is met here and not while Python shuts down.
Imports nothing heavy: an error on the quick path comes through here."""

from __future__ import annotations

import os

from llmspell.errors import InternalError, LLMSpellError, ScriptError, StreamError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.runtime.script import Script

STDOUT, STDERR = 1, 2
RED, YELLOW, DIM, BOLD = "31;1", "33;1", "2", "1"

# What a terminal would obey, shown instead: C0 but newline and tab, DEL, C1, and the marks that reorder text.
_VISIBLE = {code: f"\\x{code:02x}" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if code not in (0x09, 0x0A)}
_VISIBLE |= {code: f"\\u{code:04x}" for code in (0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))}


class OutputClosed(Exception):
    """The reader of stdout has gone (`| head`): end quietly."""


class Style:
    """How much is said, and whether in colour. One per process: `STYLE`."""

    __slots__ = ("quiet", "verbose")

    def __init__(self) -> None:
        self.quiet = False
        self.verbose = bool(os.environ.get("LLMSPELL_DEBUG"))


STYLE = Style()


def clean(text: str) -> str:
    """The text with control characters made visible, so that foreign words cannot drive the terminal."""
    return text.translate(_VISIBLE)


def one_line(text: str) -> str:
    """The same with line ends and tabs made visible as well, where a text is one of a line or a table."""
    return clean(text).replace("\n", "\\n").replace("\t", "\\t")


def wants_colour(descriptor: int) -> bool:
    """Whether this stream is drawn in colour: `NO_COLOR`, then `FORCE_COLOR`, then a terminal that is not dumb."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    if os.environ.get("TERM", "") in ("", "dumb"):
        return False
    return os.isatty(descriptor)


def paint(text: str, colour: str, descriptor: int = STDERR) -> str:
    """The text in a colour, where the stream takes colours."""
    return f"\x1b[{colour}m{text}\x1b[0m" if wants_colour(descriptor) else text


def write(descriptor: int, data: bytes) -> None:
    """All of the bytes.

    Raises:
        OutputClosed: The other end is closed.
        StreamError: The disk is full, the stream was never open, …
    """
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except BrokenPipeError as error:
        raise OutputClosed from error
    except BlockingIOError:
        # A shell may hand over a non-blocking terminal or pipe; wait for it.
        from select import select

        select([], [descriptor], [])
        write(descriptor, bytes(view))
    except OSError as error:
        where = "stdout" if descriptor == STDOUT else "stderr"
        raise StreamError(f"cannot write to {where}: {(error.strerror or str(error)).lower()}") from error


def result(value: str | bytes, *, painted: bool = False) -> None:
    """A result, on stdout, as it is, with a newline at its end; nothing for an empty one.

    On a terminal its control characters are made visible: it may be a script's value or a tool's answer.

    Args:
        painted: The control characters in it are ours.
    """
    if not value:
        return
    if isinstance(value, str):
        data = value.encode("utf-8", "surrogateescape" if _escaped_bytes(value) else "backslashreplace")
    else:
        data = value
    if not painted and os.isatty(STDOUT):
        data = clean(data.decode("utf-8", "replace")).encode()
    write(STDOUT, data if data.endswith(b"\n") else data + b"\n")


def pretty_json(value: object) -> str:
    """A value as `--json` shows it."""
    from llmspell.cli.values import to_json  # late: most runs print none

    return to_json(value, pretty=True)


def _escaped_bytes(text: str) -> bool:
    """Whether every lone surrogate in the text stands for a byte that was not UTF-8."""
    return all(not 0xD800 <= ord(it) <= 0xDFFF or 0xDC80 <= ord(it) <= 0xDCFF for it in text)


def note(text: str) -> None:
    """Something to know, on stderr, unless `--quiet`."""
    if not STYLE.quiet:
        _say(clean(text))


def detail(text: str) -> None:
    """Something for the curious, on stderr, with `--verbose`."""
    if STYLE.verbose and not STYLE.quiet:
        _say(paint(clean(text), DIM))


def warn(text: str) -> None:
    """Something that may surprise, on stderr, unless `--quiet`."""
    if not STYLE.quiet:
        _say(f"llmspell: {paint('warning:', YELLOW)} {clean(text)}")


def error(failure: LLMSpellError, script: Script | None = None) -> None:
    """Why the command failed: message, the script's line and frames where they are known, hint."""
    _say(render_error(failure, script))


def _say(text: str) -> None:
    """A line on stderr. Nobody can be told that stderr is gone, so that is not an error."""
    try:
        write(STDERR, text.encode("utf-8", "backslashreplace") + b"\n")
    except (OutputClosed, StreamError):
        pass


def render_error(failure: LLMSpellError, script: Script | None = None) -> str:
    """The text of `error`, without its last newline."""
    lines = [f"llmspell: {paint('error:', RED)} {paint(clean(failure.message), BOLD)}"]
    frames = clean(failure.traceback).rstrip() if isinstance(failure, ScriptError) else ""
    lines += [paint(it, DIM) for it in _excerpt(failure, script) if it.partition(" | ")[2].strip() not in frames]
    lines += [paint(it if it.startswith("  ") else f"  {it}", DIM) for it in frames.split("\n") if it]
    if failure.hint:
        lines.append(f"  {paint('hint:', YELLOW)} {clean(failure.hint)}")
    if isinstance(failure, InternalError) and STYLE.verbose:
        lines.append(_python_traceback(failure))
    return "\n".join(lines)


def _excerpt(failure: LLMSpellError, script: Script | None) -> list[str]:
    """The script's line that the message speaks of (`report.lua:12: …`), with its number."""
    if script is None:
        return []
    where = script.name + ":"
    for text in (failure.message, getattr(failure, "traceback", "")):
        at = text.rfind(where)
        if at < 0:
            continue
        digits = text[at + len(where) : at + len(where) + 9].replace(" ", ":").replace("\n", ":").partition(":")[0]
        lines = script.source.split(b"\n")
        if digits.isascii() and digits.isdigit() and 0 < int(digits) <= len(lines):
            line = clean(lines[int(digits) - 1].decode("utf-8", "replace").replace("\t", "    ").rstrip())
            return [f"  {digits:>5} | {line[:200]}"] if line.strip() else []
    return []


def _python_traceback(failure: LLMSpellError) -> str:
    from traceback import format_exception  # late: only our own bugs need it

    return clean("".join(format_exception(failure.__cause__ or failure)).rstrip())


def as_internal(failure: BaseException) -> InternalError:
    """Wrap what nobody expected: one line for the user, the rest with `-v`."""
    wrapped = InternalError(
        f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__,
        hint="this is a bug in llmspell; -v or LLMSPELL_DEBUG=1 shows where",
    )
    wrapped.__cause__ = failure
    return wrapped
