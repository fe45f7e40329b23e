"""The steps of a running workflow on a terminal: lines on stderr that are drawn again while they change.

The lines stay when the workflow ends. Whatever ends it, the cursor is there again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from llmspell.cli import output
from llmspell.errors import StreamError

if TYPE_CHECKING:
    from llmspell.cli.workflow_rows import Rows
    from llmspell.runtime.log import StderrLog

EVERY_S = 0.1
_HIDE, _SHOW, _CLEAR_BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[J"


def can_draw() -> bool:
    """Whether stderr is a terminal that lines can be drawn on again."""
    return os.isatty(output.STDERR) and os.environ.get("TERM", "") not in ("", "dumb")


def is_ascii_only() -> bool:
    """Whether the terminal is said to show nothing but ASCII."""
    words = next((it for it in map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG")) if it), "")
    return "utf" not in words.lower()


class Progress:
    """Draws rows.

    Args:
        log: Whose lines come between; the drawing is taken away for them.
    """

    def __init__(self, rows: Rows, log: StderrLog) -> None:
        self.rows = rows
        self._log = log
        self._n_drawn = 0  # lines that stand above the cursor

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Draw while the block runs."""
        self._log.before = self.take_away
        self._write(_HIDE)
        drawing = asyncio.create_task(self._keep_drawing())
        try:
            yield
        finally:
            drawing.cancel()
            self._log.before = None
            self.draw()
            self._write(_SHOW)

    def draw(self) -> None:
        """Draw what is known now in the place of what was drawn before."""
        size = size_of(output.STDERR)
        # One column is left free: what ends in the last one, some terminals put a line break behind.
        lines = self.rows.lines(max(20, size.columns - 1), max(2, size.lines - 1))
        self._write(self._back() + "".join(f"{it}\n" for it in lines))
        self._n_drawn = len(lines)

    def take_away(self) -> None:
        """Leave the lines to somebody else's text."""
        if self._n_drawn:
            self._write(self._back())
            self._n_drawn = 0

    def _back(self) -> str:
        return f"\x1b[{self._n_drawn}A\r{_CLEAR_BELOW}" if self._n_drawn else ""

    async def _keep_drawing(self) -> None:
        while True:
            self.draw()
            await asyncio.sleep(EVERY_S)

    def _write(self, text: str) -> None:
        try:
            output.write(output.STDERR, text.encode("utf-8", "backslashreplace"))
        except (output.OutputClosed, StreamError):
            pass  # the terminal has gone; the workflow goes on


def size_of(descriptor: int) -> os.terminal_size:
    """Columns and lines of the terminal; 80 and 24 where it is none, or does not say."""
    try:
        size = os.get_terminal_size(descriptor)
    except OSError:
        return os.terminal_size((80, 24))
    return size if size.columns > 0 and size.lines > 0 else os.terminal_size((80, 24))
