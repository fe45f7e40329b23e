"""Open one SQLite file that many processes share: WAL, waiting instead of "database is locked", a schema version.

Used by the journal and by state, which do not know each other. Every writer takes the write lock when its transaction
begins (`BEGIN IMMEDIATE`): one that read first and wanted to write later could not wait, it would have to fail."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from llmspell.errors import StoreError

BUSY_S = 60.0  # a writer waits so long for the others before it gives up
_RETRY_S = 0.005


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file must hold. `application_id` marks the file as ours; `create` makes version `version` from nothing,
    and `upgrades[n]` makes version n + 1 from version n."""

    name: str
    application_id: int
    version: int
    create: str
    upgrades: Mapping[int, str] = field(default_factory=dict)


def open_shared(path: str, schema: Schema, *, fsync: bool = False) -> sqlite3.Connection:
    """Open the file for writing, and make it and its folder if they are not there (readable by the user only).

    Args:
        fsync: Wait for the disk at each commit. Without it a commit survives the end of any process, but the last ones
            may be lost when the power fails; the file stays sound either way.

    Raises:
        StoreError: It cannot be opened, is not ours, or was written by a newer version.
    """
    connection: sqlite3.Connection | None = None
    try:
        os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = _connect(path)
        _prepare(connection, path, schema)
        # Moving the WAL into the file waits for the disk: 16 MB at a time instead of 4.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
    except (sqlite3.Error, OSError) as error:
        if connection is not None:
            connection.close()
        raise store_error(schema.name, path, "opened", error) from error
    except StoreError:
        if connection is not None:
            connection.close()
        raise
    return connection


def open_for_reading(path: str, schema: Schema) -> sqlite3.Connection:
    """Open an existing file without the right to change it; works while others write. One of an older version is
    brought up to date first.

    Raises:
        StoreError: It is not there, cannot be read, is not ours, or was written by a newer version.
    """
    if not os.path.isfile(path):
        raise StoreError(f"there is no {schema.name} at {path}", hint="it is created by the first run that needs it")
    connection: sqlite3.Connection | None = None
    try:
        connection = _connect(path)
        connection.execute("PRAGMA query_only = ON")
        version = _version(connection, path, schema)
        if 0 < version < schema.version:
            open_shared(path, schema).close()  # brought up to date, as the next writer would
        elif version != schema.version:
            raise StoreError(f"{path} is not a {schema.name} of llmspell", hint="name another file in the settings")
    except (sqlite3.Error, OSError) as error:
        if connection is not None:
            connection.close()
        raise store_error(schema.name, path, "read", error) from error
    except StoreError:
        if connection is not None:
            connection.close()
        raise
    return connection


@contextmanager
def immediate(connection: sqlite3.Connection, *, wait_s: float = BUSY_S) -> Iterator[None]:
    """One write transaction: all of it or, when the block raises, nothing.

    Args:
        wait_s: For how long to wait for other processes' transactions.

    Raises:
        sqlite3.OperationalError: Still locked (see `is_busy`), or not writable.
    """
    _begin(connection, wait_s)
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _begin(connection: sqlite3.Connection, wait_s: float) -> None:
    """Take the write lock, waiting for other processes.

    SQLite's own busy handler waits in most cases, but not in all: beside a WAL that is being recovered or set up it
    answers "locked" at once. So there is a loop around it, with the same deadline."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= deadline:
                raise
            time.sleep(_RETRY_S)
        else:
            return


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process holds the lock that was wanted."""
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def store_error(name: str, path: str, done: str, error: BaseException) -> StoreError:
    """A StoreError for a failure of SQLite or of the file system. `done` as in "could not be …"."""
    text = str(error)
    if isinstance(error, OSError):
        text = error.strerror or text
    if "full" in text:
        hint = "make room on that disk, or name another file in the settings"
    elif "readonly" in text or "read-only" in text.lower() or "ermission" in text or "unable to open" in text:
        hint = "make the file and its folder writable, or name another file in the settings"
    elif "not a database" in text or "malformed" in text:
        hint = "move the file away; a new one is created"
    else:
        hint = ""
    return StoreError(f"the {name} {path} could not be {done}: {text}", hint=hint, details={"path": path})


def _connect(path: str) -> sqlite3.Connection:
    # Transactions are ours to begin and end. Threads take turns under the owner's lock.
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def _prepare(connection: sqlite3.Connection, path: str, schema: Schema) -> None:
    if _version(connection, path, schema) == schema.version:
        return
    _switch_to_wal(connection)
    with immediate(connection):
        version = _version(connection, path, schema)  # again: another process may have been first
        if version == 0:
            _run(connection, schema.create)
            connection.execute(f"PRAGMA application_id = {schema.application_id}")
        else:
            for earlier in range(version, schema.version):
                _run(connection, schema.upgrades[earlier])
        connection.execute(f"PRAGMA user_version = {schema.version}")


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Each statement of a script, within the transaction that is under way (`executescript` would end it)."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):  # one that makes a trigger has semicolons in it
            if statement.strip(" \n;"):
                connection.execute(statement)
            statement = ""


def _version(connection: sqlite3.Connection, path: str, schema: Schema) -> int:
    """Which version of our schema the file has; 0 for an empty one."""
    # In this order: another process may be creating the schema, all in one transaction, between two of these reads.
    (n_objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id == schema.application_id:
        if version > schema.version:
            raise StoreError(
                f"the {schema.name} {path} was written by a newer llmspell (schema {version}, this one knows"
                f" {schema.version})",
                hint="use that version, or name another file in the settings",
            )
        return int(version)
    if application_id or n_objects:
        raise StoreError(f"{path} is not a {schema.name} of llmspell", hint="name another file in the settings")
    return 0


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= deadline:
                raise
            time.sleep(_RETRY_S)
        else:
            return
