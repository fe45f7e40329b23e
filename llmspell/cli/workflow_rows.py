"""What is known of the steps of a running workflow, and the lines that say so.

Knows nothing of terminals but colours and cells: `workflow_progress` draws."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.cells import cut, one_line, padded, width_of
from llmspell.cli.output import DIM, RED, paint

if TYPE_CHECKING:
    from llmspell.workflows.result import StepResult

MAX_ROWS = 1000  # steps that have a line of their own; of more there are only numbers
_NAME_CELLS = 40
GREEN, CYAN = "32", "36"

SIGNS = {"running": "●", "succeeded": "✓", "failed": "✗", "skipped": "−", "cancelled": "−", "compensated": "↶"}
ASCII_SIGNS = {"running": "*", "succeeded": "+", "failed": "x", "skipped": "-", "cancelled": "-", "compensated": "<"}
_COLOURS = {"running": CYAN, "succeeded": GREEN, "failed": RED}


@dataclass(slots=True)
class _Row:
    """One step; in a loop or a map, all that was done of it.

    Attributes:
        status: Of what has ended last, unless one has failed.
        n_running: How many of it run now.
    """

    name: str
    depth: int
    started: float
    ended: float = 0.0
    status: str = "running"
    n_running: int = 0
    n_ended: int = 0
    attempts: int = 1
    error: str = ""

    @property
    def shown(self) -> str:
        return "running" if self.n_running else self.status


class Rows:
    """The steps of one execution, in the order in which they began.

    Args:
        title: Of the whole.
        clock: Seconds.
    """

    def __init__(self, title: str, *, ascii_only: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._title = title
        self._signs = ASCII_SIGNS if ascii_only else SIGNS
        self._ascii_only = ascii_only
        self._clock = clock
        self._started = clock()
        self._rows: dict[tuple[str, ...], _Row] = {}
        self._counts = dict.fromkeys((*SIGNS, "running"), 0)

    def tell(self, path: tuple[str, ...], name: str, ended: StepResult | None) -> None:
        """A step begins, or has ended; as `workflows.execution.Watch`."""
        key = (*path, name)
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= MAX_ROWS:
                self._count(ended)
                return
            row = self._rows[key] = _Row(name, len(path) - 1, self._clock())
        self._count(ended)
        if ended is None:
            row.n_running += 1
            return
        row.n_running = max(0, row.n_running - 1)
        row.n_ended += 1
        row.ended = self._clock()
        row.attempts = max(row.attempts, ended.attempts)
        if row.status != "failed" or ended.status == "failed":
            row.status = ended.status
        if ended.error:
            row.error = ended.error

    def lines(self, width: int, height: int) -> list[str]:
        """The drawing, at most so many cells wide and so many lines high. If there is no room for all, those that run
        are in it first, and then those that ended last."""
        rows = list(self._rows.values())
        room = max(1, height - 1)
        if len(rows) > room:
            kept = {id(it) for it in sorted(rows, key=lambda it: (it.n_running > 0, it.ended), reverse=True)[:room]}
            rows = [it for it in rows if id(it) in kept]
        names = min(_NAME_CELLS, max((width_of(one_line(it.name)) + 2 * it.depth for it in rows), default=0))
        return [self._row(it, names, width) for it in rows] + [self._summary(width)]

    def _row(self, row: _Row, names: int, width: int) -> str:
        now = self._clock() if row.n_running else row.ended
        notes = [padded(cut(one_line("  " * row.depth + row.name), names), names), _seconds(now - row.started)]
        if row.n_ended > 1 or row.n_running > 1:
            notes.append(f"{row.n_ended} done" + (f", {row.n_running} running" if row.n_running else ""))
        if row.attempts > 1:
            notes.append(f"{row.attempts} attempts")
        if row.error and not row.n_running:
            notes.append(one_line(row.error))
        text = "  ".join(notes)
        if self._ascii_only:
            text = text.encode("ascii", "backslashreplace").decode()
        colour = _COLOURS.get(row.shown, DIM)
        mark = "..." if self._ascii_only else "…"
        return f"{paint(self._signs[row.shown], colour)} {cut(text, width - 2, mark)}"

    def _summary(self, width: int) -> str:
        counts = [f"{n} {status}" for status, n in self._counts.items() if n]
        shown = one_line(f"{self._title}: {', '.join(counts) or 'starting'}, {_seconds(self._clock() - self._started)}")
        if self._ascii_only:
            shown = shown.encode("ascii", "backslashreplace").decode()
        return paint(cut(shown, width, "..." if self._ascii_only else "…"), DIM)

    def _count(self, ended: StepResult | None) -> None:
        if ended is None:
            self._counts["running"] += 1
        else:
            self._counts["running"] = max(0, self._counts["running"] - 1)
            self._counts[ended.status] += 1


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"
