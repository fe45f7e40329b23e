"""Keep a journal's file from growing without end: old runs go, by age, by number or to make room.

A run that is going on is never touched. One that can still be resumed stays until it is old, unless it was asked for.
The file does not shrink by itself; SQLite fills the freed pages again, and `prune` gives them back."""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass, replace
from typing import Any, Protocol

from llmspell.journal.canonical import from_json
from llmspell.journal.marks import forget_marks
from llmspell.journal.owner import Owner
from llmspell.journal.run_row import can_be_resumed
from llmspell.journal.schema import SCHEMA
from llmspell.sqlite_file import immediate, open_shared, store_error


class Tables(Protocol):
    """A connection to the tables of a journal, in whatever database."""

    def execute(self, sql: str, values: Any = (), /) -> Any: ...


KEPT_SHARE = 0.75  # of the limit, so that not every process has to make room again
RUNS_AT_ONCE = 20
RESUMABLE_S = 30 * 86_400.0  # after that nobody will resume it


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed.

    Attributes:
        run_ids: Oldest first.
        kept: Runs that were asked for and stay: they are going on, or can be resumed.
        bytes_before, bytes_after: Of the file and what lies beside it.
    """

    run_ids: tuple[str, ...]
    kept: tuple[str, ...]
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that may go.

    Attributes:
        needed_by: Runs that go on from it, directly or not, and are going on themselves or can be resumed.
    """

    run_id: str
    started_at: float
    is_going_on: bool
    is_resumable: bool
    needed_by: frozenset[str] = frozenset()


def used_bytes(connection: sqlite3.Connection) -> int:
    """What the file holds, without pages that are free."""
    pages, free, size = (
        connection.execute(f"PRAGMA {it}").fetchone()[0] for it in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def forget_oldest(connection: sqlite3.Connection, path: str, max_bytes: int) -> int:
    """Delete the oldest runs, with all that belongs to them, until the file holds little enough.

    Called once when a process first writes to the file.

    Returns:
        How many were deleted.
    """
    if used_bytes(connection) <= max_bytes:
        return 0
    now = time.time()
    oldest = leaving(candidates(connection), now, resumable=False)
    n_deleted = 0
    while oldest and used_bytes(connection) > max_bytes * KEPT_SHARE:
        some, oldest = oldest[:RUNS_AT_ONCE], oldest[RUNS_AT_ONCE:]
        _forget(connection, path, [it.run_id for it in some])
        n_deleted += len(some)
    return n_deleted


def prune(
    path: str,
    *,
    older_than_s: float | None = None,
    keep: int | None = None,
    max_bytes: int | None = None,
    resumable: bool = False,
    dry_run: bool = False,
    now: float | None = None,
) -> Pruned:
    """Remove runs from a journal's file, and give their room back.

    Args:
        older_than_s: Those that began longer ago than this.
        keep: All but this many of the newest.
        max_bytes: The oldest, until the file holds no more than this.
        resumable: Also those that could still be resumed.
        dry_run: Remove nothing, only say what would go (by size, this is an estimate).

    Raises:
        StoreError: The file cannot be opened or written.
    """
    now = time.time() if now is None else now
    if not os.path.exists(path):
        return Pruned((), (), 0, 0)
    connection = open_shared(path, SCHEMA)
    try:
        before = _bytes_of(path)
        runs = candidates(connection)
        excess = 0 if max_bytes is None else used_bytes(connection) - max_bytes
        asked = asked_for(runs, connection, older_than_s, keep, excess, now)
        gone = [it.run_id for it in leaving(asked, now, resumable=resumable)]
        kept = tuple(it.run_id for it in asked if it.run_id not in gone)
        if gone and not dry_run:
            for i in range(0, len(gone), RUNS_AT_ONCE):
                _forget(connection, path, gone[i : i + RUNS_AT_ONCE])
            _shrink(connection)
        return Pruned(tuple(gone), kept, before, _bytes_of(path))
    except sqlite3.Error as error:
        raise store_error("journal", path, "written", error) from error
    finally:
        connection.close()


def asked_for(
    runs: list[Candidate],
    tables: Tables,
    older_than_s: float | None,
    keep: int | None,
    excess: int,
    now: float,
) -> list[Candidate]:
    """Those of all runs, oldest first, that are asked to go; the oldest also until `excess` bytes are gone."""
    asked = set()
    if older_than_s is not None:
        asked |= {it.run_id for it in runs if it.started_at < now - older_than_s}
    if keep is not None:
        asked |= {it.run_id for it in runs[: max(0, len(runs) - keep)]}
    sizes = dict(tables.execute(_SIZES).fetchall()) if excess > 0 else {}
    for it in runs:
        if excess <= 0:
            break
        asked.add(it.run_id)
        excess -= int(sizes.get(it.run_id, 0)) + 200
    return [it for it in runs if it.run_id in asked]


# What a run holds by itself: its pages, notes, and the blobs that no other run has.
_SIZES = """
    SELECT run_id, sum(size) FROM (
        SELECT run_id, length(body) AS size FROM pages
        UNION ALL SELECT run_id, length(value) + 60 FROM notes
        UNION ALL SELECT run_id, length(body) FROM blobs JOIN blob_uses USING (digest)
            WHERE (SELECT count(*) FROM blob_uses AS other WHERE other.digest = blobs.digest) = 1
    ) AS parts GROUP BY run_id
"""


def candidates(tables: Tables) -> list[Candidate]:
    """All runs, oldest first."""
    columns = "run_id, started_at, ended_at, exit_code, owner, language, resumed_from, forked_from"
    rows = tables.execute(f"SELECT {columns} FROM runs ORDER BY number").fetchall()
    found = []
    resumed = {it[6] for it in rows}
    before = {it[0]: it[6] or it[7] for it in rows}
    needed_by: dict[str, set[str]] = {}
    for run_id, started_at, ended_at, exit_code, owner, language, _, _ in rows:
        whose = from_json(owner)
        is_gone = bool(whose) and Owner(*whose).is_gone
        is_going_on = ended_at is None and not is_gone
        is_resumable = can_be_resumed(language, exit_code) and run_id not in resumed
        found.append(Candidate(run_id, started_at, is_going_on, is_resumable))
        earlier = before[run_id] if is_going_on or is_resumable else ""
        while earlier and run_id not in needed_by.setdefault(earlier, set()):
            needed_by[earlier].add(run_id)
            earlier = before.get(earlier, "")
    return [replace(it, needed_by=frozenset(needed_by.get(it.run_id, ()))) for it in found]


def leaving(asked: list[Candidate], now: float, *, resumable: bool) -> list[Candidate]:
    """Those that may go, and that no run needs which stays."""
    fit = {it.run_id for it in asked if may_go(it, now, resumable=resumable)}
    return [it for it in asked if it.run_id in fit and it.needed_by <= fit]


def may_go(run: Candidate, now: float, *, resumable: bool) -> bool:
    """Whether nobody needs it any more, or, with `resumable`, could only want to resume it."""
    if run.is_going_on:
        return False
    return resumable or not run.is_resumable or run.started_at < now - RESUMABLE_S


def _forget(connection: sqlite3.Connection, path: str, run_ids: list[str]) -> None:
    """Delete these runs, and the blobs that were theirs alone, all or nothing."""
    with immediate(connection):
        for run_id in run_ids:
            for table in ("pages", "notes", "blob_uses", "runs"):
                connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
        connection.execute("DELETE FROM blobs WHERE digest NOT IN (SELECT digest FROM blob_uses)")
    for run_id in run_ids:
        forget_marks(path, run_id)


def _shrink(connection: sqlite3.Connection) -> None:
    """Give freed pages back; others who use the file at this moment are not waited for."""
    try:
        connection.execute("PRAGMA busy_timeout = 100")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:
        return  # in use: what was freed is filled again by later runs


def _bytes_of(path: str) -> int:
    return sum(os.path.getsize(it) for it in (path, path + "-wal") if os.path.exists(it))
