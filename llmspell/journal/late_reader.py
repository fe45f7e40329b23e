"""Read a journal's file that may not be there yet; holds nothing open between two questions."""

from __future__ import annotations

import os
from collections.abc import Iterable

from llmspell.journal.entries import Entry, Note, RunRow
from llmspell.journal.sqlite_reader import SqliteReader


class LateReader:
    """A JournalReader that finds nothing until the first effect has made the file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def runs(self, *, limit: int = 50) -> list[RunRow]:
        if not os.path.exists(self._path):
            return []
        with SqliteReader(self._path) as reader:
            return reader.runs(limit=limit)

    def find_run(self, name: str) -> RunRow | None:
        if not os.path.exists(self._path):
            return None
        with SqliteReader(self._path) as reader:
            return reader.find_run(name)

    def entries(self, run_id: str) -> Iterable[Entry]:
        if not os.path.exists(self._path):
            return []
        with SqliteReader(self._path) as reader:
            return list(reader.entries(run_id))

    def notes(self, run_id: str, *, kind: str = "") -> Iterable[Note]:
        if not os.path.exists(self._path):
            return []
        with SqliteReader(self._path) as reader:
            return list(reader.notes(run_id, kind=kind))

    def source(self, run_id: str) -> str | None:
        if not os.path.exists(self._path):
            return None
        with SqliteReader(self._path) as reader:
            return reader.source(run_id)

    def unknown(self, run_id: str) -> tuple[str, ...]:
        if not os.path.exists(self._path):
            return ()
        with SqliteReader(self._path) as reader:
            return reader.unknown(run_id)
