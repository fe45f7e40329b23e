"""Read a journal in PostgreSQL, also while runs are writing to it. Never writes, never creates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any  # the columns: the schema says what they are

from llmspell.journal import postgres_server as server
from llmspell.journal.address import shown
from llmspell.journal.table_reader import TableReader


class PostgresReader(TableReader):
    """A context manager. Where there is no journal yet, it finds nothing.

    Raises:
        StoreError: The server cannot be reached, or its journal is one of another version.
    """

    def __init__(self, url: str, marks_beside: str) -> None:
        super().__init__(marks_beside)
        self.path = shown(url)
        self._url = url
        self._connection = server.connect(url, read_only=True)
        try:
            self._is_there = server.has_tables(self._connection, url)
        except BaseException:  # whatever it is: let go of what was begun, and raise it again
            server.close(self._connection)
            raise

    def __enter__(self) -> PostgresReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        server.close(self._connection)

    def _select(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        if not self._is_there:
            return
        try:
            yield from server.Statements(self._connection).execute(sql, values)
        except server.Error as error:
            raise server.store_error(self._url, "read", error) from None
