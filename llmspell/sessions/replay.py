"""What the journal holds of a session: the runs that it was current in, and what they did, in order.

Nothing is executed here, not even again: this reads what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llmspell.journal.entries import Entry, RunRow
from llmspell.journal.protocol import JournalReader
from llmspell.sessions.session import Session, Value
from llmspell.state.packing import pack

MAX_ENTRIES = 1000  # of one answer
MAX_ANSWER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded of a session.

    Attributes:
        runs: Those that the journal has, in the order in which the session was current in them.
        missing: Ids of those that it does not have: it was off, or has made room for newer ones since.
    """

    runs: tuple[RunRow, ...]
    missing: tuple[str, ...]

    def to_value(self, session: Session) -> dict[str, Value]:
        """As scripts see it."""
        return {
            "session_id": session.id,
            "can_replay": bool(self.runs),
            "runs": [_run(it) for it in self.runs],
            "missing": list(self.missing),
        }


def recorded(session: Session, reader: JournalReader | None) -> Recorded:
    """What the journal knows of a session's runs."""
    rows = {it: reader.find_run(it) if reader is not None else None for it in session.runs}
    there = tuple(it for it in rows.values() if it is not None)
    return Recorded(there, tuple(id for id, it in rows.items() if it is None))


def is_recorded(session: Session, reader: JournalReader | None) -> bool:
    """Whether the journal has any run of it."""
    return reader is not None and any(reader.find_run(it) is not None for it in reversed(session.runs))


def timeline(session: Session, reader: JournalReader, *, offset: int = 0, limit: int = MAX_ENTRIES) -> dict[str, Value]:
    """What the runs of a session did: their entries, run after run, each run's in the order in which they ended.

    Args:
        offset: How many to leave out.
        limit: How many at the most; an answer has no more than 4 MB in any case.
    """
    found = recorded(session, reader)
    entries: list[dict[str, Value]] = []
    n_bytes, more = 0, False
    for number, (run_id, entry) in enumerate(_entries(found, reader)):
        if number < offset:
            continue
        row = {"run_id": run_id, **entry.to_value()}
        n_bytes += len(pack(row))
        if len(entries) >= min(limit, MAX_ENTRIES) or (entries and n_bytes > MAX_ANSWER_BYTES):
            more = True
            break
        entries.append(row)
    return {**found.to_value(session), "mode": "recorded", "entries": entries, "offset": offset, "more": more}


def _entries(found: Recorded, reader: JournalReader) -> Iterator[tuple[str, Entry]]:
    for row in found.runs:
        for entry in reader.entries(row.run.run_id):
            yield row.run.run_id, entry


def _run(row: RunRow) -> dict[str, Value]:
    ending = row.ending
    return {
        "run_id": row.run.run_id,
        "script": row.run.script,
        "started_at": row.run.started_at,
        "ended_at": None if ending is None else ending.ended_at,
        "outcome": None if ending is None else ending.outcome,
    }
