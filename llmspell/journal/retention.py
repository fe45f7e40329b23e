"""Keep a journal's file from growing without end: the oldest runs make room for new ones.

Called once when a process first writes to the file. The file does not shrink; SQLite fills the freed pages again."""

from __future__ import annotations

import sqlite3

from llmspell.sqlite_file import immediate

KEPT_SHARE = 0.75  # of the limit, so that not every process has to make room again
RUNS_AT_ONCE = 20


def used_bytes(connection: sqlite3.Connection) -> int:
    """What the file holds, without pages that are free."""
    pages, free, size = (
        connection.execute(f"PRAGMA {it}").fetchone()[0] for it in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def forget_oldest(connection: sqlite3.Connection, max_bytes: int) -> int:
    """Delete the oldest runs that have ended, with all that belongs to them, until the file holds little enough.

    Returns:
        How many were deleted. A run that has not ended stays: it may be going on, or wait to be resumed.
    """
    if used_bytes(connection) <= max_bytes:
        return 0
    n_deleted = 0
    while used_bytes(connection) > max_bytes * KEPT_SHARE:
        with immediate(connection):
            oldest = connection.execute(
                "SELECT run_id FROM runs WHERE ended_at IS NOT NULL ORDER BY number LIMIT ?", (RUNS_AT_ONCE,)
            ).fetchall()
            for run in oldest:
                for table in ("entries", "notes", "runs"):
                    connection.execute(f"DELETE FROM {table} WHERE run_id = ?", run)
        if not oldest:
            break
        n_deleted += len(oldest)
    return n_deleted
