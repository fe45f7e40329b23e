"""Keep the tables of a journal in PostgreSQL from growing without end; the rules are those of `retention`.

Freed room is filled again by the server's own vacuum; the files of the tables need not become smaller."""

from __future__ import annotations

import time
from collections.abc import Sequence

from llmspell.journal import postgres_server as server
from llmspell.journal.marks import forget_marks
from llmspell.journal.postgres_schema import LOCK_OF_BLOBS
from llmspell.journal.retention import KEPT_SHARE, RUNS_AT_ONCE, Pruned, asked_for, candidates, leaving

_USED = """
    SELECT (SELECT coalesce(sum(length(body)), 0) FROM pages) + (SELECT coalesce(sum(length(value) + 60), 0) FROM notes)
        + (SELECT coalesce(sum(length(body)), 0) FROM blobs)
"""


def used_bytes(connection: server.Connection) -> int:
    """What the tables hold, without what the server needs for itself."""
    return int(connection.execute(_USED).fetchone()[0])


def forget_oldest(connection: server.Connection, marks_beside: str, max_bytes: int) -> int:
    """Delete the oldest runs until the tables hold little enough. Called once when a process first writes.

    Returns:
        How many were deleted.
    """
    if used_bytes(connection) <= max_bytes:
        return 0
    now = time.time()
    oldest = leaving(candidates(server.Statements(connection)), now, resumable=False)
    n_deleted = 0
    while oldest and used_bytes(connection) > max_bytes * KEPT_SHARE:
        some, oldest = oldest[:RUNS_AT_ONCE], oldest[RUNS_AT_ONCE:]
        _forget(connection, marks_beside, [it.run_id for it in some])
        n_deleted += len(some)
    return n_deleted


def prune(
    url: str,
    marks_beside: str,
    *,
    older_than_s: float | None = None,
    keep: int | None = None,
    max_bytes: int | None = None,
    resumable: bool = False,
    dry_run: bool = False,
    now: float | None = None,
) -> Pruned:
    """Remove runs, as `retention.prune` does.

    Raises:
        StoreError: The server cannot be reached, or does not let us.
    """
    now = time.time() if now is None else now
    connection = server.connect(url)
    try:
        if not server.has_tables(connection, url):
            return Pruned((), (), 0, 0)
        before = used_bytes(connection)
        runs = candidates(server.Statements(connection))
        excess = 0 if max_bytes is None else before - max_bytes
        asked = asked_for(runs, server.Statements(connection), older_than_s, keep, excess, now)
        gone = [it.run_id for it in leaving(asked, now, resumable=resumable)]
        kept = tuple(it.run_id for it in asked if it.run_id not in gone)
        if not dry_run:
            for i in range(0, len(gone), RUNS_AT_ONCE):
                _forget(connection, marks_beside, gone[i : i + RUNS_AT_ONCE])
        return Pruned(tuple(gone), kept, before, used_bytes(connection))
    except server.Error as error:
        raise server.store_error(url, "written", error) from None
    finally:
        server.close(connection)


def _forget(connection: server.Connection, marks_beside: str, run_ids: Sequence[str]) -> None:
    """Delete these runs, and the blobs that were theirs alone, all or nothing; one process at a time."""
    ids = list(run_ids)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK_OF_BLOBS,))
        digests = [it[0] for it in connection.execute("SELECT digest FROM blob_uses WHERE run_id = ANY(%s)", (ids,))]
        for table in ("pages", "notes", "blob_uses", "runs"):
            connection.execute(f"DELETE FROM {table} WHERE run_id = ANY(%s)", (ids,))
        connection.execute(
            "DELETE FROM blobs WHERE digest = ANY(%s) AND NOT EXISTS"
            " (SELECT 1 FROM blob_uses WHERE blob_uses.digest = blobs.digest)",
            (digests,),
        )
    for it in ids:
        forget_marks(marks_beside, it)
