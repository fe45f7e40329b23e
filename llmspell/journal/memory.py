"""A journal in memory, for tests, for library use, and for runs that should leave no file."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.journal.entries import Draft, Entry, Note, RunOutcome, RunRecord, RunRow, Value
from llmspell.journal.naming import already_resumed, choose_run
from llmspell.journal.packed import shown_value
from llmspell.journal.protocol import Mode
from llmspell.journal.rows import read_rows, unknown_keys
from llmspell.journal.sealing import MAX_VALUE_BYTES, Sealer
from llmspell.journal.snapshot import pack

if TYPE_CHECKING:
    from llmspell.security.redact import Redactor


class MemoryJournal:
    """Both the journal and its reader. What it keeps is sealed as in a file, so that it shows the same."""

    def __init__(self, redactor: Redactor, *, mode: Mode = "normal", max_value: int = MAX_VALUE_BYTES) -> None:
        self.mode: Mode = mode
        self._sealer = Sealer(redactor, max_bytes=max_value)
        self._announced: dict[str, RunRecord] = {}
        self._runs: dict[str, RunRow] = {}
        self._sources: dict[str, str] = {}
        self._rows: dict[str, list[bytes]] = {}
        self._marks: dict[str, dict[str, None]] = {}
        self._blobs: dict[bytes, bytes] = {}
        self._notes: list[Note] = []

    def begin(self, run: RunRecord) -> None:
        self._announced[run.run_id] = self._sealer.run(run)

    async def claim(self, run_id: str) -> None:
        before = self._announced[run_id].resumed_from
        other = self.successor(before) if before else None
        if other is not None:
            raise already_resumed(before, other)
        self._touch(run_id)

    def mark(self, draft: Draft) -> None:
        self._touch(draft.run_id)
        self._marks.setdefault(draft.run_id, {})[draft.key] = None

    async def intend(self, draft: Draft) -> None:
        self._keep(draft)
        draft.is_intended = True

    async def record(self, draft: Draft) -> None:
        self._keep(draft)

    def note(self, run_id: str, kind: str, key: str, value: Value) -> None:
        self._touch(run_id)
        self._notes.append(Note(run_id, kind, key, time.time(), shown_value(self._sealer.value(pack(value)))))

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
        return read_rows(run_id, self._rows.get(run_id, ()), self._blobs.get)

    def notes(self, run_id: str, *, kind: str = "") -> Iterable[Note]:
        return [it for it in self._notes if it.run_id == run_id and kind in ("", it.kind)]

    def source(self, run_id: str) -> str | None:
        return self._sources.get(run_id) or None

    def successor(self, run_id: str) -> str | None:
        return next((it.run.run_id for it in self._runs.values() if it.run.resumed_from == run_id), None)

    def unknown(self, run_id: str) -> tuple[str, ...]:
        return unknown_keys(self.entries(run_id), self._marks.get(run_id, ()))

    def _touch(self, run_id: str) -> None:
        """The run exists from its first effect on, as in a file."""
        run = self._announced.pop(run_id, None)
        if run is not None:
            self._runs[run_id] = RunRow(replace(run, source=""), None)
            self._sources[run_id] = run.source

    def _keep(self, draft: Draft) -> None:
        self._touch(draft.run_id)
        rows, blobs = self._sealer.rows([draft])
        self._rows.setdefault(draft.run_id, []).extend(rows)
        self._blobs.update(blobs)
