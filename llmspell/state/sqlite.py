"""State in one SQLite file that all processes of a user share.

A read takes 10 to 20 µs and a write 30 to 100, no more than a hop to another thread and back, so they are made on the
loop's own thread. What may take longer goes to a thread: opening the file, large values, waiting for others."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from llmspell.errors import StoreError
from llmspell.sqlite_file import BUSY_S, Schema, immediate, is_busy, open_shared, store_error
from llmspell.state.cipher import no_key_to_write
from llmspell.state.limits import NO_LIMITS, TOTAL, Limits, Usage
from llmspell.state.protocol import Commit, Place, Stored

T = TypeVar("T")

_SIZE = "length(CAST({0}.scope AS BLOB)) + length(CAST({0}.key AS BLOB)) + length({0}.packed)"
_NEW, _OLD = _SIZE.format("new"), _SIZE.format("old")

# How much there is, kept by triggers: to be asked at every write, it must not be counted at every write.
_USAGE = f"""
CREATE TABLE usage (
    scope TEXT NOT NULL PRIMARY KEY,  -- the empty one is all of them
    n_keys INTEGER NOT NULL,
    n_bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER state_added AFTER INSERT ON state BEGIN
    INSERT INTO usage (scope, n_keys, n_bytes) VALUES (new.scope, 1, {_NEW}), ('', 1, {_NEW})
        ON CONFLICT (scope) DO UPDATE SET n_keys = n_keys + 1, n_bytes = n_bytes + excluded.n_bytes;
END;
CREATE TRIGGER state_changed AFTER UPDATE ON state BEGIN
    UPDATE usage SET n_bytes = n_bytes + {_NEW} - ({_OLD}) WHERE scope IN (new.scope, '');
END;
CREATE TRIGGER state_removed AFTER DELETE ON state BEGIN
    UPDATE usage SET n_keys = n_keys - 1, n_bytes = n_bytes - ({_OLD}) WHERE scope IN (old.scope, '');
    DELETE FROM usage WHERE scope = old.scope AND n_keys = 0;
END;
"""

# A sealed value as `cipher` writes it: an ext of 32 bits' length and kind 16. Every write asks whether there is one, so
# it must not have to search.
_IS_SEALED = "substr(packed, 1, 1) = x'C9' AND substr(packed, 6, 1) = x'10'"
_SEALED = f"CREATE INDEX sealed ON state (scope) WHERE {_IS_SEALED};"

SCHEMA = Schema(
    name="state file",
    application_id=0x6C737332,  # "lss2"
    version=3,
    create=f"""
    CREATE TABLE state (
        scope TEXT NOT NULL,
        key TEXT NOT NULL,
        packed BLOB NOT NULL,
        version INTEGER NOT NULL,
        changed_at REAL NOT NULL,
        PRIMARY KEY (scope, key)
    ) WITHOUT ROWID;
    {_USAGE}
    {_SEALED}
    """,
    upgrades={
        1: f"""
    {_USAGE}
    INSERT INTO usage SELECT scope, count(*), sum({_SIZE.format("state")}) FROM state GROUP BY scope;
    INSERT INTO usage SELECT '', coalesce(sum(n_keys), 0), coalesce(sum(n_bytes), 0) FROM usage;
    """,
        2: _SEALED,
    },
)

_LARGE_BYTES = 128 * 1024
_POLL_S = 0.002

_READ = "SELECT packed, version FROM state WHERE scope = ? AND key = ?"
_VERSION = "SELECT version FROM state WHERE scope = ? AND key = ?"
# Not INSERT OR REPLACE: what that removes it does not tell the triggers of.
_WRITE = """
    INSERT INTO state (scope, key, packed, version, changed_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (scope, key) DO UPDATE
    SET packed = excluded.packed, version = excluded.version, changed_at = excluded.changed_at
"""
_DELETE = "DELETE FROM state WHERE scope = ? AND key = ?"
_SCAN = "SELECT key, packed, version FROM state WHERE scope = ? AND key >= ? ORDER BY key"
_KEYS = "SELECT key, version FROM state WHERE scope = ? AND key >= ? ORDER BY key"
_ANY_SEALED = f"SELECT 1 FROM state INDEXED BY sealed WHERE {_IS_SEALED} LIMIT 1"
_USED = "SELECT scope, n_bytes FROM usage WHERE scope IN ('', ?)"  # of TOTAL, too


class SqliteBackend:
    """One connection, used by one thread at a time. The file is made when it is first used.

    Args:
        may_mix: Writes whatever it is given; otherwise nothing where the file has sealed values, since what it is given
            then is plain.
    """

    def __init__(self, path: str, limits: Limits = NO_LIMITS, *, fsync: bool = False, may_mix: bool = False) -> None:
        self.path = path
        self._limits = limits
        self._fsync = fsync
        self._may_mix = may_mix
        self._connection: sqlite3.Connection | None = None
        self._turn = threading.Lock()
        self._versions = random.Random()  # 62 random bits: unlike a count, a version cannot come back after a delete

    async def read(self, place: Place) -> Stored | None:
        def work(connection: sqlite3.Connection) -> Stored | None:
            row = connection.execute(_READ, place).fetchone()
            return None if row is None else Stored(*row)

        return await self._do(work)

    async def scan(self, scope: str, prefix: str) -> dict[str, Stored]:
        def work(connection: sqlite3.Connection) -> dict[str, Stored]:
            found: dict[str, Stored] = {}
            for key, packed, version in connection.execute(_SCAN, (scope, prefix)):
                if not key.startswith(prefix):
                    break
                found[key] = Stored(packed, version)
            return found

        return await self._do(work)

    async def keys(self, scope: str, prefix: str) -> dict[str, int]:
        def work(connection: sqlite3.Connection) -> dict[str, int]:
            found: dict[str, int] = {}
            for key, version in connection.execute(_KEYS, (scope, prefix)):
                if not key.startswith(prefix):
                    break
                found[key] = version
            return found

        return await self._do(work)

    async def change(self, place: Place, change: Callable[[bytes | None], bytes | None]) -> bytes | None:
        def work(connection: sqlite3.Connection, *, is_tight: bool) -> bytes | None:
            with immediate(connection, wait_s=0):
                row = connection.execute(_READ, place).fetchone()
                before: bytes | None = None if row is None else row[0]
                self._write(connection, {place: change(before)}, is_tight)
            return before

        return await self._do(partial(_within_limits, work))

    async def commit(self, commit: Commit) -> bool:
        def work(connection: sqlite3.Connection, *, is_tight: bool) -> bool:
            with immediate(connection, wait_s=0):
                for place, version in commit.seen.items():
                    row = connection.execute(_VERSION, place).fetchone()
                    if (row and row[0]) != version:
                        return False
                for scope, seen in commit.listed.items():
                    if dict(connection.execute(_KEYS, (scope, ""))) != seen:
                        return False
                self._write(connection, commit.writes, is_tight)
            return True

        n_bytes = sum(len(it) for it in commit.writes.values() if it is not None)
        write = partial(_within_limits, work)
        return await self._do(write, is_large=n_bytes > _LARGE_BYTES or len(commit.writes) > 50)

    async def usage(self) -> dict[str, Usage]:
        def work(connection: sqlite3.Connection) -> dict[str, Usage]:
            rows = connection.execute("SELECT scope, n_keys, n_bytes FROM usage ORDER BY scope")
            return {TOTAL: Usage(), **{scope: Usage(*counts) for scope, *counts in rows}}

        return await self._do(work)

    async def compact(self) -> None:
        def work(connection: sqlite3.Connection) -> None:
            # Pages that were freed still hold what was in them, and so does the WAL until it is cut.
            connection.execute("VACUUM")
            deadline = time.monotonic() + BUSY_S
            # It does not raise where a reader is in its way, it says so.
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() >= deadline:
                    raise StoreError(
                        f"others are reading {self.path}, so that what was replaced is still in {self.path}-wal",
                        hint="do it again when no run is under way",
                    )
                time.sleep(_POLL_S)

        await self._do(work, is_large=True)

    async def aclose(self) -> None:
        await asyncio.to_thread(self._close)

    def _write(self, connection: sqlite3.Connection, writes: Mapping[Place, bytes | None], is_tight: bool) -> None:
        # Within the transaction: another process may have begun to encrypt since the last one.
        is_plain = not self._may_mix and any(it is not None for it in writes.values())
        if is_plain and connection.execute(_ANY_SEALED).fetchone():
            raise no_key_to_write()
        scopes = dict.fromkeys(scope for scope, _ in writes)
        before = _used(connection, scopes) if is_tight else {}
        for place, packed in writes.items():
            if packed is None:
                connection.execute(_DELETE, place)
            else:
                connection.execute(_WRITE, (*place, packed, self._versions.getrandbits(62) + 1, time.time()))
        for scope, n_bytes in _used(connection, scopes).items():
            if is_tight:
                self._limits.check(scope, before.get(scope, 0), n_bytes)
            elif (limit := self._limits.of(scope)) is not None and n_bytes > limit.n_bytes:
                raise _TightError

    async def _do(self, work: Callable[[sqlite3.Connection], T], *, is_large: bool = False) -> T:
        """Here and now if that is quick; otherwise in a thread, where it may wait."""
        if self._connection is not None and not is_large and not self._fsync and self._turn.acquire(blocking=False):
            try:
                return work(self._connection)
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise store_error(SCHEMA.name, self.path, "used", error) from error
            except sqlite3.Error as error:
                raise store_error(SCHEMA.name, self.path, "used", error) from error
            finally:
                self._turn.release()
        gave_up = threading.Event()
        try:
            return await asyncio.to_thread(self._do_waiting, work, gave_up)
        finally:
            gave_up.set()  # a thread that went on waiting would hold up the end of the process

    def _do_waiting(self, work: Callable[[sqlite3.Connection], T], gave_up: threading.Event) -> T:
        deadline = time.monotonic() + BUSY_S
        while True:
            if gave_up.is_set():
                raise StoreError(f"nobody waits for {self.path} any more")
            with self._turn:
                try:
                    return work(self._open())
                except sqlite3.OperationalError as error:
                    if not is_busy(error) or time.monotonic() >= deadline:
                        raise store_error(SCHEMA.name, self.path, "used", error) from error
                except sqlite3.Error as error:
                    raise store_error(SCHEMA.name, self.path, "used", error) from error
            time.sleep(random.uniform(0, _POLL_S))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = open_shared(self.path, SCHEMA, fsync=self._fsync)
            connection.execute("PRAGMA busy_timeout = 0")  # waiting is ours to do, off the event loop
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class _TightError(Exception):
    """A limit is passed; whether it was before, too, has not been looked at."""


def _within_limits(work: Callable[..., T], connection: sqlite3.Connection) -> T:
    # Nearly always there is room, and then it is not worth asking before each write how much there was.
    try:
        return work(connection, is_tight=False)
    except _TightError:
        return work(connection, is_tight=True)


def _used(connection: sqlite3.Connection, scopes: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for scope in scopes:
        found.update(connection.execute(_USED, (scope,)))
    return found
