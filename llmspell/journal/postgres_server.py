"""Connections to the PostgreSQL database that a journal is in: its address without the password, its tables, and what
goes wrong in words that help."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from llmspell.errors import ConfigError, StoreError
from llmspell.journal.address import shown
from llmspell.journal.postgres_schema import CREATE, LOCK, LOCK_OF_BLOBS, SCHEMA, UPGRADES, VERSION
from llmspell.journal.schema import INSERT_USE

try:
    import psycopg
    from psycopg import conninfo
    from psycopg import errors as pg_errors
except ImportError as missing:
    raise ConfigError(
        "the journal is in PostgreSQL, and its client is not installed",
        hint="install it: pip install 'llmspell[postgres]'; or set journal.path to a file",
    ) from missing

# Where the address says nothing else: a server that does not answer must not hold up a run for ever.
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "llmspell",
}
_STATEMENT_S = 60
_CONFLICTS = (pg_errors.DeadlockDetected, pg_errors.SerializationFailure)
Connection = Any  # psycopg's: of rows as tuples
Error = psycopg.Error


def connect(url: str, *, read_only: bool = False) -> Connection:
    """A connection that commits each statement, unless a transaction is begun.

    Raises:
        StoreError: The server cannot be reached, or does not let us in.
    """
    try:
        given = conninfo.conninfo_to_dict(url)
        whole = conninfo.make_conninfo(url, **{name: it for name, it in _DEFAULTS.items() if name not in given})
        connection = psycopg.connect(whole, autocommit=True)
        connection.execute(f"SET search_path = {SCHEMA}")
        connection.execute(f"SET statement_timeout = '{_STATEMENT_S}s'")
        if read_only:
            connection.execute("SET default_transaction_read_only = on")
    except psycopg.Error as error:
        raise store_error(url, "opened", error) from None  # its context may hold the whole address
    return connection


def prepare(connection: Connection, url: str) -> None:
    """Make the tables, or bring older ones up to date; one process at a time, the others wait.

    Raises:
        StoreError: They were made by a newer version, or we may not make them.
    """
    try:
        if _version(connection) == VERSION:
            return
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            version = _version(connection)  # again: another process may have been first
            if version > VERSION:
                raise StoreError(
                    f"the journal {shown(url)} was written by a newer llmspell (schema {version}, this one knows"
                    f" {VERSION})",
                    hint="use that version, or name another database in the settings",
                )
            if version == 0:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                connection.execute(CREATE)
            for earlier in range(version or VERSION, VERSION):
                connection.execute(UPGRADES[earlier])
            connection.execute("DELETE FROM version")
            connection.execute("INSERT INTO version VALUES (%s)", (VERSION,))
    except psycopg.Error as error:
        raise store_error(url, "prepared", error) from None


def has_tables(connection: Connection, url: str) -> bool:
    """Whether there is a journal of this version.

    Raises:
        StoreError: There is one of another version.
    """
    version = _version(connection)
    if version not in (0, VERSION):
        raise StoreError(
            f"the journal {shown(url)} has schema {version}, this llmspell knows {VERSION}",
            hint="a run of this version brings an older one up to date",
        )
    return version == VERSION


class Statements:
    """The connection as `queued.Tables` and `retention` have it: parameters are `?`, and text is what PostgreSQL can
    keep: no NUL, no half of a surrogate pair. What a script names is in pages, which are bytes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._holds_blobs = False

    def execute(self, sql: str, values: Any = (), /) -> Any:
        """Do one statement."""
        if sql is INSERT_USE and not self._holds_blobs:
            # Nobody may remove, as unused, a blob that this transaction finds there and uses.
            self._connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (LOCK_OF_BLOBS,))
            self._holds_blobs = True
        kept = [_kept(it) if isinstance(it, str) else it for it in values]
        return self._connection.execute(sql.replace("?", "%s"), kept)


def _kept(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def is_conflict(error: BaseException) -> bool:
    """Whether two transactions stood in each other's way, so that the same one may succeed now."""
    return isinstance(error, _CONFLICTS)


def is_lost(connection: Connection) -> bool:
    """Whether the server, or somebody between, has ended the connection."""
    return bool(connection.closed or connection.broken)


def close(connection: Connection) -> None:
    """Let go of it, whatever state it is in."""
    with suppress(psycopg.Error):
        connection.close()


def store_error(url: str, done: str, error: BaseException) -> StoreError:
    """A StoreError for a failure of the server's. `done` as in "could not be …"."""
    lines = [it for it in str(error).splitlines() if it.strip()]
    text = lines[0].strip() if lines else type(error).__name__
    if url in text or "://" in text:  # libpq repeats an address that it cannot read
        text = "its address cannot be read"
    if "too many" in text and ("connections" in text or "clients" in text):
        hint = "raise the server's max_connections, or put a pooler before it: each run holds one connection"
    elif "refused" in text or "No such file" in text or "timeout" in text or "closed the connection" in text:
        hint = "see whether the server is running and the address in journal.url is right"
    elif "authentication" in text or "password" in text or "does not exist" in text:
        hint = "see whether user, password and database in journal.url are right"
    elif "permission denied" in text or "read-only" in text:
        hint = "the user of journal.url must be allowed to create tables in its schema, and to write them"
    else:
        hint = ""
    where = shown(url)
    return StoreError(f"the journal {where} could not be {done}: {text}", hint=hint, details={"path": where})


def wait_a_moment(attempt: int) -> None:
    """Before the same transaction is tried again."""
    time.sleep(min(0.5, 0.01 * 2**attempt))


def _version(connection: Connection) -> int:
    # Not to_regclass: within a transaction that has waited for another one, it may answer what it knew before.
    found = connection.execute(
        "SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE nspname = %s AND relname = 'version'",
        (SCHEMA,),
    ).fetchone()
    if found is None:
        return 0
    row = connection.execute("SELECT version FROM version").fetchone()
    return 0 if row is None else int(row[0])
