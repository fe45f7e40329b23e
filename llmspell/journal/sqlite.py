"""The journal in one SQLite file that all runs on a machine share.

Normal mode: `record` puts the draft into a queue, and a thread of ours redacts, hashes and writes it a moment later;
what a killed process had in its queue is lost. Durable mode: written and committed before `record` returns, on the
caller's thread, because such a commit takes 30 to 100 µs and a hop to another thread and back would double that. With
`fsync` a commit waits for the disk, so there it does hop.

The file is opened by the first effect, so that a script without effects leaves none."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from zlib import compress

from llmspell.errors import StoreError
from llmspell.journal.entries import Draft, RunOutcome, RunRecord, Value
from llmspell.journal.protocol import Mode
from llmspell.journal.retention import forget_oldest
from llmspell.journal.run_row import run_values
from llmspell.journal.schema import END_RUN, INSERT_BLOB, INSERT_ENTRY, INSERT_NOTE, INSERT_RUN, INSERT_USE, SCHEMA
from llmspell.journal.sealing import seal, seal_packed, seal_run
from llmspell.journal.snapshot import pack
from llmspell.sqlite_file import immediate, open_shared, store_error

if TYPE_CHECKING:
    from llmspell.security.redact import Redactor

FLUSH_INTERVAL_S = 0.1
MAX_QUEUED_BYTES = 32 * 1024 * 1024  # of arguments and results; beyond it the caller writes the queue out itself


@dataclass(frozen=True, slots=True)
class _Noted:
    run_id: str
    kind: str
    key: str
    at: float
    value: bytes


@dataclass(frozen=True, slots=True)
class _Ended:
    run_id: str
    outcome: RunOutcome


class SqliteJournal:
    """The writing side; `sqlite_reader.SqliteReader` is the other.

    Args:
        max_bytes: When the file holds more at this process's first write, its oldest runs make room.
        warn: Told once when the file cannot be written and the run goes on without its journal. May be called from
            the writer's thread.
    """

    def __init__(
        self,
        path: str,
        redactor: Redactor,
        *,
        mode: Mode = "normal",
        fsync: bool = False,
        max_bytes: int | None = None,
        warn: Callable[[StoreError], None],
        flush_interval_s: float = FLUSH_INTERVAL_S,
    ) -> None:
        self.mode: Mode = mode
        self.path = path
        self.failure: StoreError | None = None
        self._redactor = redactor
        self._fsync = fsync
        self._max_bytes = max_bytes
        self._warn = warn
        self._flush_interval_s = flush_interval_s
        self._announced: dict[str, RunRecord] = {}
        self._queue: deque[Draft | _Noted | _Ended] = deque()
        self._queued_bytes = 0
        self._connection: sqlite3.Connection | None = None
        self._writing = threading.Lock()  # held by whoever uses the connection
        self._writer: threading.Thread | None = None
        self._is_due = False  # the writer knows that there is something in the queue
        self._due = threading.Event()
        self._closing = threading.Event()

    def begin(self, run: RunRecord) -> None:
        self._announced[run.run_id] = run

    def mark(self, draft: Draft) -> None:
        return

    async def intend(self, draft: Draft) -> None:
        await self._write_through(draft)

    async def record(self, draft: Draft) -> None:
        if self.mode == "durable":
            await self._write_through(draft)
            return
        self._queued_bytes += len(draft.args) + len(draft.result or b"")
        self._enqueue(draft)

    def note(self, run_id: str, kind: str, key: str, value: Value) -> None:
        self._enqueue(_Noted(run_id, kind, key, time.time(), pack(value)))

    async def end(self, run_id: str, outcome: RunOutcome) -> None:
        await self.flush()  # the writer may have taken a run's only effects out of the queue, and not yet written them
        if run_id in self._announced and not self._queue:
            del self._announced[run_id]  # it had no effect: it leaves no trace
            return
        self._queue.append(_Ended(run_id, outcome))
        await asyncio.to_thread(self._flush)

    async def flush(self) -> None:
        if self._writer is not None or self._queue:
            await asyncio.to_thread(self._flush)

    async def aclose(self) -> None:
        self._closing.set()
        self._due.set()
        await asyncio.to_thread(self._close)

    def _enqueue(self, item: Draft | _Noted) -> None:
        if self.failure is not None:
            return
        self._queue.append(item)
        if not self._is_due:
            self._is_due = True
            if self._writer is None:
                # A daemon, so that a program which never closes its journal can still end.
                self._writer = threading.Thread(target=self._write_loop, name="llmspell-journal", daemon=True)
                self._writer.start()
            self._due.set()
        elif self._queued_bytes > MAX_QUEUED_BYTES:
            self._flush()

    async def _write_through(self, draft: Draft) -> None:
        if self.failure is None:
            self._queue.append(draft)
            if self._fsync:
                await asyncio.to_thread(self._flush)
            else:
                self._flush()
        if self.failure is not None:
            raise StoreError(self.failure.message, hint=self.failure.hint, details=self.failure.details)

    def _write_loop(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            self._closing.wait(self._flush_interval_s)  # more will come: one transaction for all of it
            # Before the flush: what is queued from here on either is in this flush or asks for the next one.
            self._is_due = False
            self._flush()
            if self._closing.is_set() and not self._queue:
                return

    def _flush(self) -> None:
        """Write what is in the queue now, in one transaction. Any thread."""
        # Also when the queue looks empty: another thread may be writing what was in it.
        with self._writing:
            items = [self._queue.popleft() for _ in range(len(self._queue))]
            self._queued_bytes = 0
            if self.failure is not None or not self._leaves_trace(items):
                return
            try:
                if self._connection is None:
                    self._connection = open_shared(self.path, SCHEMA, fsync=self._fsync)
                    if self._max_bytes is not None:
                        forget_oldest(self._connection, self._max_bytes)
                with immediate(self._connection):
                    for item in items:
                        self._write(self._connection, item)
            except StoreError as error:
                self._fail(error)
            except (sqlite3.Error, OSError) as error:
                self._fail(store_error("journal", self.path, "written", error))
            except Exception as error:  # the writer's loop must survive our own bugs, and the script its journal's
                logging.getLogger(__name__).exception("the journal's writer failed")
                self._fail(StoreError(f"the journal {self.path} could not be written: {type(error).__name__}: {error}"))

    def _leaves_trace(self, items: list[Draft | _Noted | _Ended]) -> bool:
        """Whether there is more than the end of runs that had no effect."""
        return any(not isinstance(it, _Ended) or it.run_id not in self._announced for it in items)

    def _write(self, connection: sqlite3.Connection, item: Draft | _Noted | _Ended) -> None:
        if isinstance(item, _Ended):
            if self._announced.pop(item.run_id, None) is None:
                ending = item.outcome
                connection.execute(END_RUN, (ending.ended_at, ending.outcome, ending.exit_code, item.run_id))
            return
        run = self._announced.get(item.run_id)
        if run is not None:
            sealed = seal_run(run, self._redactor)
            source = self._keep_blob(connection, run.run_id, sealed.source.encode("utf-8", "surrogateescape"))
            connection.execute(INSERT_RUN, (*run_values(sealed), source))
            del self._announced[item.run_id]
        # One row sealed and written at a time: SQLite lets go of the interpreter at each, and the script's calls, which
        # are answered on another thread, get their turn after microseconds instead of a whole switch interval.
        if isinstance(item, Draft):
            connection.execute(INSERT_ENTRY, seal(item, self._redactor))
        else:
            value = seal_packed(item.value, self._redactor)
            connection.execute(INSERT_NOTE, (item.run_id, item.kind, item.key, item.at, value))

    @staticmethod
    def _keep_blob(connection: sqlite3.Connection, run_id: str, body: bytes) -> bytes | None:
        """Keep these bytes once, whatever number of runs they belong to. Returns their digest; None for no bytes."""
        if not body:
            return None
        digest = sha256(body).digest()
        connection.execute(INSERT_BLOB, (digest, len(body), compress(body, 1)))
        connection.execute(INSERT_USE, (digest, run_id))
        return digest

    def _fail(self, error: StoreError) -> None:
        """From now on nothing is written: half a run with holes in it would mislead more than none."""
        self.failure = error
        self._queue.clear()
        if self.mode != "durable":
            self._warn(StoreError(error.message + "; this run goes on without it", hint=error.hint))

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        self._flush()
        with self._writing:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
