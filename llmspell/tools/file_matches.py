"""Search files block by block, in constant memory, and keep so many of the lines that match.

Everything is counted; what is kept is bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.tools.file_walk import Stop
    from llmspell.tools.line_matching import LineMatcher

BLOCK = 256 * 1024
MAX_LINE = 1024 * 1024  # a longer one is searched in pieces
MAX_SHOWN = 300  # characters of a line that is kept
_SHOWN_BEFORE = 100  # of them before the first match, where the line is longer
MAX_KEPT = 2 * 1024 * 1024  # characters of all lines together
MAX_FILES_KEPT = 1000
_PROBED = 8000  # bytes: a NUL among them makes a file binary, as for git


@dataclass(slots=True)
class Matches:
    """What was found so far.

    Attributes:
        max_rows: How many lines are kept.
        context: How many lines before and after each.
        rows: Maps of path, line (from 1), text and count; with context also before and after, lists of lines.
        files: Maps of path and count, of files with matches.
    """

    max_rows: int
    context: int
    rows: list[dict[str, Value]] = field(default_factory=list)
    files: list[dict[str, Value]] = field(default_factory=list)
    total: int = 0
    n_lines: int = 0
    n_files: int = 0
    n_searched: int = 0
    n_binary: int = 0
    _n_kept: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether there is more than was kept."""
        return len(self.rows) < self.n_lines or len(self.files) < self.n_files

    def search(self, path: str, file: BinaryIO, matcher: LineMatcher, stop: Stop) -> None:
        """Search one file.

        Raises:
            OSError: It cannot be read to its end; what was found until then counts.
            ToolFailed: As of the matcher.
        """
        before = self.total
        of_file = _OfFile(self, path)
        try:
            for first_line, block in _blocks(file):
                stop.check()
                if first_line == 0:
                    self.n_binary += 1
                    return
                of_file.add(first_line, block, matcher)
            self.n_searched += 1
        finally:
            if self.total > before:
                self.n_files += 1
                if len(self.files) < MAX_FILES_KEPT:
                    self.files.append({"path": path, "count": self.total - before})

    def keep(self, row: dict[str, Value], n_chars: int) -> bool:
        """Keep one more row, if there is room."""
        if len(self.rows) >= self.max_rows or self._n_kept > MAX_KEPT:
            return False
        self.rows.append(row)
        self._n_kept += n_chars
        return True


class _OfFile:
    """The rows of one file, with the lines around them, which may be in another block."""

    def __init__(self, matches: Matches, path: str) -> None:
        self._matches = matches
        self._path = path
        self._before: deque[str] = deque(maxlen=matches.context)
        self._waiting: list[list[str]] = []  # the lines after a row, as long as there are too few

    def add(self, first_line: int, block: str, matcher: LineMatcher) -> None:
        matches = self._matches
        hits = matcher.hits(block)
        for it in hits:
            matches.total += it.n_matches
        matches.n_lines += len(hits)
        has_room = len(matches.rows) < matches.max_rows
        if not (hits and has_room) and not matches.context:
            return
        lines = block.split("\n")
        for after in self._waiting:
            after += map(_shown, lines[: matches.context - len(after)])
        for number, n_matches, start in hits if has_room else ():
            text = _shown(lines[number], start)
            row: dict[str, Value] = {"path": self._path, "line": first_line + number, "text": text, "count": n_matches}
            if matches.context:
                around = [*self._before, *lines[max(0, number - matches.context) : number]][-matches.context :]
                after = lines[number + 1 : number + 1 + matches.context]
                row["before"], row["after"] = list(map(_shown, around)), list(map(_shown, after))
            if not matches.keep(row, len(text) + sum(map(len, (*row.get("before", ()), *row.get("after", ()))))):
                break
            if matches.context:
                self._waiting.append(row["after"])
        if matches.context:
            self._before.extend(lines[-matches.context :])
            self._waiting = [it for it in self._waiting if len(it) < matches.context]


def _blocks(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Blocks of whole lines, without the newline at the end, each with the number of its first line, from 1.

    A file that is not text gives one block with the number 0.
    """
    number, rest = 1, b""
    data = file.read(BLOCK)
    if b"\0" in data[:_PROBED]:
        yield 0, ""
        return
    while data:
        data, following = rest + data, file.read(BLOCK)
        end = data.rfind(b"\n") + 1 if following else len(data)
        if not end and len(data) < MAX_LINE:
            data, rest = following, data
            continue
        end = end or len(data)  # an endless line: a piece of it
        block, rest = data[:end], data[end:]
        yield number, block.removesuffix(b"\n").decode("utf-8", "replace")
        number += block.count(b"\n")
        data = following


def _shown(line: str, start: int = 0) -> str:
    """A line as it is kept: around its first match, where it is long."""
    line = line.rstrip("\r\n")
    if len(line) <= MAX_SHOWN:
        return line
    begin = max(0, min(start - _SHOWN_BEFORE, len(line) - MAX_SHOWN))
    end = begin + MAX_SHOWN
    return ("…" if begin else "") + line[begin:end] + ("…" if end < len(line) else "")
