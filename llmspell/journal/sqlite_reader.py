"""Read a journal file, also while runs are writing to it. Never writes, never creates."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any  # SQLite's columns: the schema says what they are

from llmspell.journal.schema import SCHEMA
from llmspell.journal.table_reader import TableReader
from llmspell.sqlite_file import open_for_reading, store_error


class SqliteReader(TableReader):
    """A context manager.

    Raises:
        StoreError: There is no such journal, or it cannot be read.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path
        self._connection = open_for_reading(path, SCHEMA)

    def __enter__(self) -> SqliteReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def _select(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(sql, values)
        except sqlite3.Error as error:
            raise store_error("journal", self.path, "read", error) from error
