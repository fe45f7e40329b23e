"""A journal in memory, for tests, for library use, and for runs that should leave no file."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.journal.entries import Draft, Entry, Note, RunOutcome, RunRecord, RunRow, Value
from llmspell.journal.naming import choose_run
from llmspell.journal.packed import shown_value
from llmspell.journal.protocol import Mode
from llmspell.journal.sealing import Row, read_row, seal, seal_packed, seal_run
from llmspell.journal.snapshot import pack

if TYPE_CHECKING:
    from llmspell.security.redact import Redactor


class MemoryJournal:
    """Both the journal and its reader. What it keeps is sealed as in a file, so that it shows the same."""

    def __init__(self, redactor: Redactor, *, mode: Mode = "normal") -> None:
        self.mode: Mode = mode
        self._redactor = redactor
        self._announced: dict[str, RunRecord] = {}
        self._runs: dict[str, RunRow] = {}
        self._sources: dict[str, str] = {}
        self._rows: dict[tuple[str, str], Row] = {}
        self._notes: list[Note] = []

    def begin(self, run: RunRecord) -> None:
        self._announced[run.run_id] = seal_run(run, self._redactor)

    def mark(self, draft: Draft) -> None:
        self._keep(draft)

    async def intend(self, draft: Draft) -> None:
        self._keep(draft)

    async def record(self, draft: Draft) -> None:
        self._keep(draft)

    def note(self, run_id: str, kind: str, key: str, value: Value) -> None:
        self._touch(run_id)
        self._notes.append(Note(run_id, kind, key, time.time(), shown_value(seal_packed(pack(value), self._redactor))))

    async def end(self, run_id: str, outcome: RunOutcome) -> None:
        self._announced.pop(run_id, None)
        if run_id in self._runs:
            self._runs[run_id] = RunRow(self._runs[run_id].run, outcome)

    async def flush(self) -> None:
        return

    async def aclose(self) -> None:
        return

    def runs(self, *, limit: int = 50) -> list[RunRow]:
        return list(reversed(self._runs.values()))[:limit]

    def find_run(self, name: str) -> RunRow | None:
        return choose_run(name, list(reversed(self._runs.values())))

    def entries(self, run_id: str) -> Iterable[Entry]:
        return [read_row(row) for row in self._rows.values() if row.run_id == run_id]

    def notes(self, run_id: str, *, kind: str = "") -> Iterable[Note]:
        return [it for it in self._notes if it.run_id == run_id and kind in ("", it.kind)]

    def source(self, run_id: str) -> str | None:
        return self._sources.get(run_id) or None

    def unknown(self, run_id: str) -> tuple[str, ...]:
        return tuple(it.key for it in self.entries(run_id) if it.ended_at is None and not it.idempotent)

    def _touch(self, run_id: str) -> None:
        """The run exists from its first effect on, as in a file."""
        run = self._announced.pop(run_id, None)
        if run is not None:
            self._runs[run_id] = RunRow(replace(run, source=""), None)
            self._sources[run_id] = run.source

    def _keep(self, draft: Draft) -> None:
        self._touch(draft.run_id)
        row = seal(draft, self._redactor)
        self._rows.pop((row.run_id, row.key), None)  # last in the order in which they ended
        self._rows[row.run_id, row.key] = row
