"""A journal that queues what it is told and writes it many at a time; where to is a subclass's business.

Normal mode: `record` puts the draft into a queue, and a thread of ours redacts and writes it a moment later, many in
one row; what a killed process had in its queue is lost, but for the keys of effects that cannot be repeated (`marks`).
Durable mode: written and committed before `record` returns, on the caller's thread or, where a commit has to wait for a
disk or a server, on one of ours, whose answers come in the order of the questions."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from zlib import compress

from llmspell.errors import StoreError
from llmspell.journal.entries import Draft, RunOutcome, RunRecord, Value
from llmspell.journal.marks import Marks
from llmspell.journal.naming import already_resumed
from llmspell.journal.protocol import Mode
from llmspell.journal.run_row import run_values
from llmspell.journal.schema import (
    END_RUN,
    HOLD_RUN,
    INSERT_BLOB,
    INSERT_NOTE,
    INSERT_PAGE,
    INSERT_RUN,
    INSERT_USE,
    SUCCESSOR,
)
from llmspell.journal.sealing import Blob, Sealer
from llmspell.journal.snapshot import pack

if TYPE_CHECKING:
    from llmspell.security.redact import Redactor

FLUSH_INTERVAL_S = 0.1
MAX_QUEUED_BYTES = 8 * 1024 * 1024  # of arguments and results; beyond it the caller writes the queue out itself
MAX_QUEUED = 20_000  # entries; likewise
PAGE_ENTRIES = 1_000  # in one row at the most
COMPRESSED_FROM = 512  # bytes of a page


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that is not an effect, on its way."""

    run_id: str
    kind: str
    key: str
    at: float
    value: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run, on its way."""

    run_id: str
    outcome: RunOutcome


@dataclass(slots=True)
class Claimed:
    """A run that goes on from another one, on its way; afterwards `taken_by` says who was first, if anybody was."""

    run_id: str
    before: str
    taken_by: str = ""


Item: TypeAlias = "Draft | Noted | Ended | Claimed"


class Execution(Protocol):
    """What came of a statement."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...


class Tables(Protocol):
    """A transaction on the tables of `schema`, in SQLite's spelling of parameters: `?`."""

    def execute(self, sql: str, values: Any = (), /) -> Execution: ...


class QueuedJournal:
    """The writing side of a journal.

    Args:
        marks_beside: The place that marks are kept beside.
        hops: Durable writes are done on a thread of ours: they wait.
        max_value: Bytes of the largest value that is kept whole.
        warn: Told once when nothing can be written and the run goes on without its journal. May be called from the
            writer's thread.
    """

    def __init__(
        self,
        redactor: Redactor,
        *,
        mode: Mode,
        marks_beside: str,
        hops: bool,
        max_value: int,
        warn: Callable[[StoreError], None],
        flush_interval_s: float,
    ) -> None:
        self.mode: Mode = mode
        self._marks_beside = marks_beside
        self.failure: StoreError | None = None
        self._sealer = Sealer(redactor, max_bytes=max_value)
        self._marks: dict[str, Marks | None] = {}  # by run; None where they cannot be kept
        self._hop = ThreadPoolExecutor(1, "llmspell-journal-hop") if hops and mode == "durable" else None
        self._warn = warn
        self._flush_interval_s = flush_interval_s
        self._announced: dict[str, RunRecord] = {}
        self._queue: deque[Item] = deque()
        self._queued_bytes = 0
        self._writing = threading.Lock()  # held by whoever writes
        self._writer: threading.Thread | None = None
        self._is_due = False  # the writer knows that there is something in the queue
        self._due = threading.Event()
        self._closing = threading.Event()

    def begin(self, run: RunRecord) -> None:
        self._announced[run.run_id] = run

    async def claim(self, run_id: str) -> None:
        claimed = Claimed(run_id, self._announced[run_id].resumed_from)
        self._queue.append(claimed)
        await asyncio.to_thread(self._flush)
        if self.failure is not None:
            raise StoreError(self.failure.message, hint=self.failure.hint, details=self.failure.details)
        if claimed.taken_by:
            raise already_resumed(claimed.before, claimed.taken_by)

    def mark(self, draft: Draft) -> None:
        marks = self._marks.get(draft.run_id)
        if marks is None:
            if draft.run_id in self._marks or self.failure is not None:
                return
            try:
                marks = Marks(self._marks_beside, draft.run_id)
            except OSError:  # what is wrong with the folder, the journal's file will say
                marks = None
            self._marks[draft.run_id] = marks
            if marks is None:
                return
        marks.add(self._sealer.key(draft.key))

    async def intend(self, draft: Draft) -> None:
        await self._write_through(draft)
        draft.is_intended = True

    async def record(self, draft: Draft) -> None:
        if self.mode == "durable":
            await self._write_through(draft)
            return
        self._queued_bytes += len(draft.args) + len(draft.result or b"")
        self._enqueue(draft)

    def note(self, run_id: str, kind: str, key: str, value: Value) -> None:
        self._enqueue(Noted(run_id, kind, key, time.time(), pack(value)))

    async def end(self, run_id: str, outcome: RunOutcome) -> None:
        await self.flush()  # the writer may have taken a run's only effects out of the queue, and not yet written them
        if run_id in self._announced and not self._queue:
            del self._announced[run_id]  # it had no effect: it leaves no trace
            return
        self._queue.append(Ended(run_id, outcome))
        await asyncio.to_thread(self._flush)
        self._let_go_of_marks(run_id)

    async def flush(self) -> None:
        if self._writer is not None or self._queue:
            await asyncio.to_thread(self._flush)

    async def aclose(self) -> None:
        self._closing.set()
        self._due.set()
        await asyncio.to_thread(self._close)
        for run_id in tuple(self._marks):
            self._let_go_of_marks(run_id)
        if self._hop is not None:
            self._hop.shutdown(wait=False)

    def _let_go_of_marks(self, run_id: str) -> None:
        marks = self._marks.pop(run_id, None)
        if marks is not None:
            marks.close(keep=True)

    def _enqueue(self, item: Draft | Noted) -> None:
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
        elif self._queued_bytes > MAX_QUEUED_BYTES or len(self._queue) > MAX_QUEUED:
            self._flush()

    async def _write_through(self, draft: Draft) -> None:
        if self.failure is None:
            self._queue.append(draft)
            if self._hop is not None:
                await asyncio.get_running_loop().run_in_executor(self._hop, self._flush)
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
                self._commit(items)
                self._settle_marks(items)
            except StoreError as error:
                self._fail(error)
            except Exception as error:  # the writer's loop must survive our own bugs, and the script its journal's
                logging.getLogger(__name__).exception("the journal's writer failed")
                self._fail(StoreError(f"the journal could not be written: {type(error).__name__}: {error}"))

    def _commit(self, items: list[Item]) -> None:
        """Write these in one transaction, with `_write`. May do so again where it can succeed then.

        Raises:
            StoreError: They cannot be written.
        """
        raise NotImplementedError

    def _release(self) -> None:
        """Let go of the store; nothing more is written."""
        raise NotImplementedError

    def _leaves_trace(self, items: list[Item]) -> bool:
        """Whether there is more than the end of runs that had no effect."""
        return any(not isinstance(it, Ended) or it.run_id not in self._announced for it in items)

    def _write(self, tables: Tables, items: list[Item]) -> None:
        drafts: dict[str, list[Draft]] = {}
        for item in items:
            if isinstance(item, Draft):
                drafts.setdefault(item.run_id, []).append(item)
                self._begin(tables, item.run_id)
            elif isinstance(item, Noted):
                self._begin(tables, item.run_id)
                value = self._sealer.value(item.value)
                tables.execute(INSERT_NOTE, (item.run_id, item.kind, item.key, item.at, value))
            elif isinstance(item, Claimed):
                self._claim(tables, item)
        for run_id, found in drafts.items():
            for i in range(0, len(found), PAGE_ENTRIES):
                self._write_page(tables, run_id, found[i : i + PAGE_ENTRIES])
        for item in items:
            if isinstance(item, Ended) and self._announced.pop(item.run_id, None) is None:
                ending = item.outcome
                tables.execute(END_RUN, (ending.ended_at, ending.outcome, ending.exit_code, item.run_id))

    def _claim(self, tables: Tables, claimed: Claimed) -> None:
        """Begin a run unless another one has resumed the same; one transaction at a time, so one is first."""
        claimed.taken_by = ""
        if claimed.before:
            tables.execute(HOLD_RUN, (claimed.before,))
            found = tables.execute(SUCCESSOR, (claimed.before, claimed.run_id)).fetchone()
            if found is not None:
                claimed.taken_by = str(found[0])
                self._announced.pop(claimed.run_id, None)
                return
        self._begin(tables, claimed.run_id)

    def _begin(self, tables: Tables, run_id: str) -> None:
        """The run exists from its first effect or note on."""
        run = self._announced.pop(run_id, None)
        if run is not None:
            sealed = self._sealer.run(run)
            source = sealed.source.encode("utf-8", "surrogateescape")
            digest = sha256(source).digest() if source else None
            if digest is not None:
                self._keep_blobs(tables, run_id, [Blob(digest, source)])
            tables.execute(INSERT_RUN, (*run_values(sealed), digest))

    def _write_page(self, tables: Tables, run_id: str, drafts: list[Draft]) -> None:
        rows, blobs = self._sealer.rows(drafts)
        self._keep_blobs(tables, run_id, blobs)
        body = b"".join(rows)
        is_small = len(body) < COMPRESSED_FROM
        tables.execute(INSERT_PAGE, (run_id, not is_small, body if is_small else compress(body, 1)))

    @staticmethod
    def _keep_blobs(tables: Tables, run_id: str, blobs: list[Blob]) -> None:
        """Keep each once, whatever number of runs it belongs to."""
        for it in blobs:
            if tables.execute(INSERT_USE, (it.digest, run_id)).rowcount:  # otherwise this run has it already
                tables.execute(INSERT_BLOB, (it.digest, len(it.body), compress(it.body, 1)))

    def _settle_marks(self, items: list[Item]) -> None:
        if self._marks:
            for run_id, marks in tuple(self._marks.items()):
                if marks is not None:
                    marks.settle(
                        self._sealer.key(it.key) for it in items if isinstance(it, Draft) and it.run_id == run_id
                    )

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
            self._release()
