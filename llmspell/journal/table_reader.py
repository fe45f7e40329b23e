"""Read the tables of a journal, whatever database they are in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any  # a database's columns: the schema says what they are
from zlib import decompressobj, error

from llmspell.errors import StoreError
from llmspell.journal.entries import Entry, Note, RunRow
from llmspell.journal.marks import read_marks
from llmspell.journal.naming import choose_run
from llmspell.journal.packed import shown_value
from llmspell.journal.rows import read_rows, unknown_keys
from llmspell.journal.run_row import read_run
from llmspell.journal.schema import RUN_COLUMNS, SUCCESSOR

_SELECT_RUNS = f"SELECT {RUN_COLUMNS}, ended_at, outcome, exit_code FROM runs"
# Of one page or value, unpacked; far above what is written by default.
MAX_BODY_BYTES = 256 * 1024 * 1024


def unpacked(body: bytes, what: str) -> bytes:
    """What `compress` has made a body of.

    Raises:
        StoreError: It has not, or it would fill the memory: a journal may be somebody else's.
    """
    try:
        reading = decompressobj()
        found = reading.decompress(body, MAX_BODY_BYTES)
    except (error, TypeError) as problem:
        raise StoreError(f"{what} in the journal cannot be read: {problem}") from None
    if not reading.eof:
        reason = f"it is larger than {MAX_BODY_BYTES:,} bytes" if len(found) >= MAX_BODY_BYTES else "it is cut off"
        raise StoreError(f"{what} in the journal cannot be read: {reason}")
    return found


class TableReader:
    """A JournalReader; how rows are selected, a subclass knows.

    Args:
        marks_beside: The place that marks are kept beside.
    """

    def __init__(self, marks_beside: str) -> None:
        self._marks_beside = marks_beside

    def runs(self, *, limit: int = 50) -> list[RunRow]:
        return [read_run(it) for it in self._select(f"{_SELECT_RUNS} ORDER BY number DESC LIMIT ?", limit)]

    def find_run(self, name: str) -> RunRow | None:
        if name == "last":
            return choose_run(name, self.runs(limit=1))
        rows = self._select(
            f"{_SELECT_RUNS} WHERE substr(run_id, 1, ?) = ? ORDER BY number DESC LIMIT 10", len(name), name
        )
        return choose_run(name, [read_run(it) for it in rows])

    def entries(self, run_id: str) -> Iterable[Entry]:
        # All at once: a select that is left half way would hold on to the connection.
        pages = list(self._select("SELECT compressed, body FROM pages WHERE run_id = ? ORDER BY number", run_id))
        what = f"run {run_id}"
        return read_rows(run_id, (unpacked(body, what) if packed else body for packed, body in pages), self._blob)

    def _blob(self, digest: bytes) -> bytes | None:
        for (body,) in list(self._select("SELECT body FROM blobs WHERE digest = ?", digest)):
            return unpacked(body, f"the value {digest.hex()}")
        return None

    def notes(self, run_id: str, *, kind: str = "") -> Iterable[Note]:
        rows = self._select(
            "SELECT kind, key, at, value FROM notes WHERE run_id = ? AND ? IN ('', kind) ORDER BY number", run_id, kind
        )
        return [Note(run_id, found, key, at, shown_value(value)) for found, key, at, value in rows]

    def source(self, run_id: str) -> str | None:
        rows = self._select(
            "SELECT body FROM blobs JOIN runs ON blobs.digest = runs.source WHERE runs.run_id = ?", run_id
        )
        for (body,) in list(rows):
            return unpacked(body, f"the script of run {run_id}").decode("utf-8", "surrogateescape")
        return None

    def successor(self, run_id: str) -> str | None:
        for (found,) in self._select(SUCCESSOR, run_id, run_id):
            return str(found)
        return None

    def unknown(self, run_id: str) -> tuple[str, ...]:
        return unknown_keys(self.entries(run_id), read_marks(self._marks_beside, run_id))

    def _select(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        raise NotImplementedError
