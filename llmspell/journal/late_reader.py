"""Read a journal that may not be there yet; holds nothing open between two questions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TypeVar

from llmspell.journal.entries import Entry, Note, RunRow
from llmspell.journal.table_reader import TableReader

T = TypeVar("T")


class LateReader:
    """A JournalReader that finds nothing until the first effect has made the journal.

    Args:
        path: Of its file, or the address of its database.
        marks_beside: For a database: where the marks of runs of this machine are.
    """

    def __init__(self, path: str, marks_beside: str = "") -> None:
        self._path = path
        self._marks_beside = marks_beside

    def runs(self, *, limit: int = 50) -> list[RunRow]:
        return self._ask(lambda reader: reader.runs(limit=limit), [])

    def find_run(self, name: str) -> RunRow | None:
        return self._ask(lambda reader: reader.find_run(name), None)

    def entries(self, run_id: str) -> Iterable[Entry]:
        return self._ask(lambda reader: list(reader.entries(run_id)), [])

    def notes(self, run_id: str, *, kind: str = "") -> Iterable[Note]:
        return self._ask(lambda reader: list(reader.notes(run_id, kind=kind)), [])

    def source(self, run_id: str) -> str | None:
        return self._ask(lambda reader: reader.source(run_id), None)

    def successor(self, run_id: str) -> str | None:
        return self._ask(lambda reader: reader.successor(run_id), None)

    def unknown(self, run_id: str) -> tuple[str, ...]:
        return self._ask(lambda reader: reader.unknown(run_id), ())

    def _ask(self, question: Callable[[TableReader], T], nothing: T) -> T:
        if self._marks_beside:
            from llmspell.journal.postgres_reader import PostgresReader  # late: an extra, and 100 ms

            with PostgresReader(self._path, self._marks_beside) as reader:
                return question(reader)
        if not os.path.exists(self._path):
            return nothing
        from llmspell.journal.sqlite_reader import SqliteReader  # late: only one of the two is needed

        with SqliteReader(self._path) as file:
            return question(file)
