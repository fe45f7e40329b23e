"""`--trace` on stderr: lines of what has ended; on a terminal, below them, what is under way, drawn again and again.

The script may write to the same terminal. Its output passes through a relay of ours there, which has the drawing taken
away first; and nothing of ours is put into the middle of a line of the script's."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.cells import cut
from llmspell.cli import output
from llmspell.cli.workflow_progress import can_draw, is_ascii_only, size_of
from llmspell.errors import StreamError
from llmspell.trace.live import LiveTrace
from llmspell.trace.wording import duration, usd

if TYPE_CHECKING:
    from llmspell.runtime.parts import RunParts
    from llmspell.runtime.streams import Relay

EVERY_S = 0.1
_CLEAR_BELOW = "\x1b[J"
_MOST_LINES = 12


class TraceOutput:
    """Makes the watcher of a run, and shows what it tells."""

    def __init__(self) -> None:
        self._is_drawn_on = can_draw()
        self._ascii_only = self._is_drawn_on and is_ascii_only()
        self._lock = threading.RLock()  # the relays and the one that draws have threads of their own
        self._closing = threading.Event()
        self._drawer: threading.Thread | None = None
        self._relays: Sequence[Relay] = ()
        self._live: LiveTrace | None = None
        self._run_id = ""
        self._n_drawn = 0  # lines that stand above the cursor

    def watch(self, parts: RunParts, relays: Sequence[Relay]) -> LiveTrace:
        """The watcher for a run that begins to call the host."""
        live = self._live = LiveTrace(self.write, parts.redactor, paint=output.paint, ascii_only=self._ascii_only)
        self._run_id = "" if parts.journal.mode == "off" else parts.run.run_id
        if self._is_drawn_on:
            self._relays = [it for it in relays if it.on_terminal]
            for it in self._relays:
                it.around = self._lock
                it.before = self.take_away
            parts.log.before = self.take_away
            self._drawer = threading.Thread(target=self._keep_drawing, name="llmspell-trace", daemon=True)
            self._drawer.start()
        return live

    def write(self, lines: list[str]) -> None:
        """Lines that stay."""
        with self._lock:
            self.take_away()
            begin = "" if self._is_at_line_start else "\n"
            text = "".join(f"{it}\n" for it in lines)
            self._put(begin + (text.encode("ascii", "backslashreplace").decode() if self._ascii_only else text))
            for it in self._relays:
                it.in_line = False

    def take_away(self) -> None:
        """Leave the lines of the drawing to somebody else's text."""
        with self._lock:
            if self._n_drawn:
                self._put(f"\x1b[{self._n_drawn}A\r{_CLEAR_BELOW}")
                self._n_drawn = 0

    def close(self) -> None:
        """The run has ended: the drawing goes, a line with the sums stays."""
        self._closing.set()
        if self._drawer is not None:
            self._drawer.join()
        with self._lock:
            self.take_away()
            for it in self._relays:
                it.before = None
        if self._live is not None:
            where = f"; llmspell runs show {self._run_id}" if self._run_id else ""  # without a journal, nowhere
            self.write([output.paint(f"trace: {self._sums(self._live)}{where}", output.DIM)])

    def draw(self) -> None:
        """Show what is under way now, in the place of what was shown before."""
        live = self._live
        with self._lock:
            if live is None or not self._is_at_line_start:
                return
            size = size_of(output.STDERR)
            width = max(20, size.columns - 1)
            under_way = live.under_way()
            room = max(1, min(_MOST_LINES, size.lines // 2))
            hidden = len(under_way) - room
            lines = [
                f"{'  ' * min(depth, 20)}{self._sign} {text}  {duration(s)}" for depth, text, s in under_way[-room:]
            ]
            if hidden > 0:
                lines.insert(0, f"({hidden:,} more are under way)")
            lines.append(f"trace: {len(under_way):,} under way, {self._sums(live)}")
            if self._ascii_only:
                lines = [it.encode("ascii", "backslashreplace").decode() for it in lines]
            back = f"\x1b[{self._n_drawn}A\r{_CLEAR_BELOW}" if self._n_drawn else ""
            self._put(back + "".join(output.paint(cut(it, width), output.DIM) + "\n" for it in lines))
            self._n_drawn = len(lines)

    @property
    def _sign(self) -> str:
        return "*" if self._ascii_only else "●"

    @property
    def _is_at_line_start(self) -> bool:
        return not any(it.in_line for it in self._relays)

    def _sums(self, live: LiveTrace) -> str:
        sums = [f"{live.n_ended:,} done"]
        if live.tokens:
            sums.append(f"{live.tokens:,} tokens")
        if live.cost_usd > 0:
            sums.append(f"${usd(live.cost_usd)}")
        return ", ".join(sums)

    def _keep_drawing(self) -> None:
        while not self._closing.wait(EVERY_S):
            self.draw()

    def _put(self, text: str) -> None:
        try:
            output.write(output.STDERR, text.encode("utf-8", "backslashreplace"))
        except (output.OutputClosed, StreamError):
            pass  # stderr has gone; the run goes on
