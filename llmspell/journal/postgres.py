"""The journal in a PostgreSQL database that runs on many machines share.

What `sqlite` promises holds here: `normal` writes off the call's path, `durable` has committed before the script goes
on. A connection that was lost in between (a server that was started anew, a pooler that ends idle ones) is made anew
once. What was under way is then written again, which it may be: a transaction is all or nothing, and where nobody knows
whether it was done, the same page twice reads like one, and only a note may stand there twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.journal import postgres_server as server
from llmspell.journal.address import shown
from llmspell.journal.postgres_retention import forget_oldest
from llmspell.journal.protocol import Mode
from llmspell.journal.queued import FLUSH_INTERVAL_S, Item, QueuedJournal
from llmspell.journal.sealing import MAX_VALUE_BYTES

if TYPE_CHECKING:
    from llmspell.errors import StoreError
    from llmspell.security.redact import Redactor

MAX_CONFLICTS = 10  # that one transaction may have with others


class PostgresJournal(QueuedJournal):
    """The writing side; `postgres_reader.PostgresReader` is the other.

    Args:
        url: `postgresql://user:password@host/database`; in messages without the password.
        marks_beside: A place on this machine; marks are kept beside it.
        max_bytes: When the tables hold more at this process's first write, their oldest runs make room.
    """

    def __init__(
        self,
        url: str,
        redactor: Redactor,
        *,
        marks_beside: str,
        mode: Mode = "normal",
        max_bytes: int | None = None,
        max_value: int = MAX_VALUE_BYTES,
        warn: Callable[[StoreError], None],
        flush_interval_s: float = FLUSH_INTERVAL_S,
    ) -> None:
        super().__init__(
            redactor,
            mode=mode,
            marks_beside=marks_beside,
            hops=True,
            max_value=max_value,
            warn=warn,
            flush_interval_s=flush_interval_s,
        )
        self.path = shown(url)
        self._url = url
        self._max_bytes = max_bytes
        self._connection: server.Connection | None = None

    def _commit(self, items: list[Item]) -> None:
        announced = dict(self._announced)
        n_conflicts, was_lost = 0, False
        while True:
            try:
                connection = self._connected()
                with connection.transaction():
                    self._write(server.Statements(connection), items)
                return
            except server.Error as error:
                # What was begun in a transaction that came to nothing is to be begun again.
                self._announced = {**announced, **self._announced}
                lost = self._connection is not None and server.is_lost(self._connection)
                if server.is_conflict(error) and n_conflicts < MAX_CONFLICTS:
                    server.wait_a_moment(n_conflicts)
                    n_conflicts += 1
                elif lost and not was_lost:
                    was_lost = True
                    self._release()
                else:
                    raise server.store_error(self._url, "written", error) from None

    def _connected(self) -> server.Connection:
        if self._connection is None:
            connection = server.connect(self._url)
            try:
                server.prepare(connection, self._url)
                if self._max_bytes is not None:
                    forget_oldest(connection, self._marks_beside, self._max_bytes)
            except BaseException:  # whatever it is: let go of what was begun, and raise it again
                server.close(connection)
                raise
            self._connection = connection
            self._max_bytes = None  # once is enough for a process
        return self._connection

    def _release(self) -> None:
        if self._connection is not None:
            server.close(self._connection)
            self._connection = None
