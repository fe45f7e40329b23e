"""The journal in one SQLite file that all runs on a machine share.

In durable mode a commit takes 30 to 100 µs, so it is done on the caller's thread: a hop to another one and back would
double that. With `fsync` it waits for the disk, so there it does hop.

The file is opened by the first effect, so that a script without effects leaves none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.journal.protocol import Mode
from llmspell.journal.queued import FLUSH_INTERVAL_S, Item, QueuedJournal
from llmspell.journal.retention import forget_oldest
from llmspell.journal.schema import SCHEMA
from llmspell.journal.sealing import MAX_VALUE_BYTES
from llmspell.sqlite_file import immediate, open_shared, store_error

if TYPE_CHECKING:
    from llmspell.errors import StoreError
    from llmspell.security.redact import Redactor


class SqliteJournal(QueuedJournal):
    """The writing side; `sqlite_reader.SqliteReader` is the other.

    Args:
        max_bytes: When the file holds more at this process's first write, its oldest runs make room.
    """

    def __init__(
        self,
        path: str,
        redactor: Redactor,
        *,
        mode: Mode = "normal",
        fsync: bool = False,
        max_bytes: int | None = None,
        max_value: int = MAX_VALUE_BYTES,
        warn: Callable[[StoreError], None],
        flush_interval_s: float = FLUSH_INTERVAL_S,
    ) -> None:
        super().__init__(
            redactor,
            mode=mode,
            marks_beside=path,
            hops=fsync,
            max_value=max_value,
            warn=warn,
            flush_interval_s=flush_interval_s,
        )
        self.path = path
        self._fsync = fsync
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None

    def _commit(self, items: list[Item]) -> None:
        try:
            if self._connection is None:
                self._connection = open_shared(self.path, SCHEMA, fsync=self._fsync)
                if self._max_bytes is not None:
                    forget_oldest(self._connection, self.path, self._max_bytes)
            with immediate(self._connection):
                self._write(self._connection, items)
        except (sqlite3.Error, OSError) as error:
            raise store_error("journal", self.path, "written", error) from error

    def _release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
