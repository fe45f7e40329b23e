"""JSON values as lines that people can read, compare and change, and back.

It is JSON with three liberties: a text of several lines may stand below its key, each of its lines after a `|`; commas
at the ends of lines may be left out; indentation means nothing. What fits on a line stays on one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from llmspell.journal.entries import Value

WIDTH = 100
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
_DECODER = json.JSONDecoder()
MAX_DEPTH = 400
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[\]{}]')  # and texts, whose brackets are none


class BadText(ValueError):
    """`line` is its number, counted from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Lines:
    """The lines of a tape, read one after the other."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.at = 0  # how many were taken: also the number of the last one, counted from 1

    @property
    def is_empty(self) -> bool:
        return self.at >= len(self._lines)

    def peek(self) -> str:
        """The next line; empty at the end."""
        return "" if self.is_empty else self._lines[self.at]

    def take(self) -> str:
        self.at += 1
        return self._lines[self.at - 1]


def one_line(value: Value) -> str:
    """The value as JSON on one line, with nothing in it that a terminal or an editor would obey."""
    text = _ENCODER.encode(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(it if it.isprintable() else _escaped(it) for it in text)


def write_value(name: str, value: Value, indent: str) -> Iterator[str]:
    """The lines of `name: value`; `name` is empty for an item of a list."""
    head = f"{indent}{name}: " if name else indent
    if isinstance(value, str) and _reads_well(value):
        yield head.rstrip()
        for line in value.split("\n"):
            yield f"{indent}  | {line}" if line else f"{indent}  |"
        return
    text = one_line(value)
    if not isinstance(value, dict | list) or not value or (len(head) + len(text) <= WIDTH and not _has_lines(value)):
        yield head + text
        return
    if isinstance(value, dict):
        yield head + "{"
        for key, item in value.items():
            yield from write_value(one_line(key), item, indent + "  ")
        yield indent + "}"
    else:
        yield head + "["
        for item in value:
            yield from write_value("", item, indent + "  ")
        yield indent + "]"


def read_value(rest: str, lines: Lines, depth: int = 0) -> Value:
    """The value that begins with `rest`, what is left of the line that was taken last.

    Raises:
        BadText: It is none.
    """
    if depth > MAX_DEPTH:
        raise BadText(lines.at, "a value that is nested too deep")
    rest = rest.strip()
    if rest.endswith(","):
        rest = rest[:-1].rstrip()
    if not rest:
        return _read_text(lines)
    if rest == "{":
        return _read_map(lines, depth)
    if rest == "[":
        return _read_list(lines, depth)
    if _is_deep(rest, depth):
        raise BadText(lines.at, "a value that is nested too deep")
    try:
        return _DECODER.decode(rest)
    except ValueError as error:
        raise BadText(lines.at, f"{_shown(rest)} is not JSON ({_reason(error)})") from None


def _is_deep(text: str, depth: int) -> bool:
    """Whether JSON on one line has more brackets in each other than a value may; the decoder would go down them all."""
    if depth + text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    for part in _BRACKETS.finditer(text):
        bracket = part[0]
        depth += 1 if bracket in "[{" else -1 if bracket in "]}" else 0
        if depth > MAX_DEPTH:
            return True
    return False


def _read_text(lines: Lines) -> str:
    if not lines.peek().lstrip().startswith("|"):
        raise BadText(lines.at, "a value is missing, on this line or as lines of text below it that begin with |")
    return _text_lines(lines)


def _text_lines(lines: Lines) -> str:
    found: list[str] = []
    while (line := lines.peek().lstrip()).startswith("|"):
        lines.take()
        found.append(line[2:] if line.startswith("| ") else line[1:])
    return "\n".join(found)


def _read_map(lines: Lines, depth: int) -> dict[str, Value]:
    found: dict[str, Value] = {}
    began = lines.at
    while not lines.is_empty:
        line = lines.take().strip()
        if not line:
            continue
        if line in ("}", "},"):
            return found
        try:
            key, end = _DECODER.raw_decode(line)
        except ValueError:
            raise BadText(
                lines.at, f'"name": value, or the }} of line {began} was expected, not {_shown(line)}'
            ) from None
        rest = line[end:].lstrip()
        if not isinstance(key, str) or not rest.startswith(":"):
            raise BadText(lines.at, f'"name": value was expected, not {_shown(line)}')
        if key in found:
            raise BadText(lines.at, f"a second {one_line(key)} in one map")
        found[key] = read_value(rest[1:], lines, depth + 1)
    raise BadText(began, "a { that is never closed")


def _read_list(lines: Lines, depth: int) -> list[Value]:
    found: list[Value] = []
    began = lines.at
    while not lines.is_empty:
        line = lines.peek().strip()
        if line.startswith("|"):
            found.append(_text_lines(lines))
            continue
        lines.take()
        if line in ("]", "],"):
            return found
        if line == ",":
            continue
        # An empty line stands before an item that is a text of lines: it parts it from the one before.
        if line:
            found.append(read_value(line, lines, depth + 1))
    raise BadText(began, "a [ that is never closed")


def _reads_well(text: str) -> bool:
    """Whether a text is better read as lines, and would survive an editor so."""
    if "\n" not in text or len(text) < 2:
        return False
    return all(it.replace("\t", " ").isprintable() and it == it.rstrip() for it in text.split("\n"))


def _has_lines(value: Value) -> bool:
    if isinstance(value, str):
        return _reads_well(value)
    if isinstance(value, dict):
        return any(_has_lines(it) for it in value.values())
    return isinstance(value, list) and any(_has_lines(it) for it in value)


def _escaped(char: str) -> str:
    number = ord(char)
    if number <= 0xFFFF:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _reason(error: ValueError) -> str:
    return (
        f"{error.msg.lower()} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else str(error)
    )
