"""The ledger: what every model call of every run has cost, kept for good, and what is held back of a day's limit.

What ended is put into a queue that a thread of ours writes out a moment later. What is held back is in the file, with
all of the queue, before `hold` returns: there a limit is at stake that other processes share.

The file is opened by the first model call, so that a script without one leaves none."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.errors import StoreError
from llmspell.journal.ledger_file import Full, Held, LedgerFile, day_of
from llmspell.journal.spending import Booking
from llmspell.sqlite_file import store_error

if TYPE_CHECKING:
    from llmspell.journal.spending import Amount, Ceiling, Claim

FLUSH_INTERVAL_S = 0.05


class _Asking:
    """Who waits for a thread's answer may go away; then the answer belongs to exactly one of the two."""

    __slots__ = ("_gone", "_held", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gone = False
        self._held: Held | None = None

    def deliver(self, held: Held) -> bool:
        """The thread's side. False when nobody waits any more."""
        with self._lock:
            self._held = held
            return not self._gone

    def give_up(self) -> Held | None:
        """The other side: what was delivered already and is now this one's to give back."""
        with self._lock:
            self._gone = True
            return self._held


class Ledger:
    """One process's way to the ledger; for one event loop at a time.

    Args:
        path: Its file; `:memory:` keeps it for this object only.
        warn: Told once when the file cannot be written. May be called from any thread.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        path: str,
        *,
        warn: Callable[[StoreError], None],
        clock: Callable[[], float] = time.time,
        flush_interval_s: float = FLUSH_INTERVAL_S,
    ) -> None:
        self.path = path
        self.clock = clock
        self.failure: StoreError | None = None
        self._warn = warn
        self._flush_interval_s = flush_interval_s
        self._queue: deque[Booking] = deque()
        self._file: LedgerFile | None = None
        self._writing = threading.Lock()  # held by whoever uses the file
        self._writer: threading.Thread | None = None
        self._due = threading.Event()
        self._closing = threading.Event()

    def book(self, booking: Booking) -> None:
        """Keep what a call has cost. Returns at once and never raises: the call has happened."""
        if self.failure is not None:
            return
        self._queue.append(booking)
        if self._writer is None:
            # A daemon, so that a program which never closes its ledger can still end.
            self._writer = threading.Thread(target=self._write_loop, name="llmspell-ledger", daemon=True)
            self._writer.start()
        self._due.set()

    async def hold(self, claim: Claim, ceiling: Ceiling) -> Held | Full | None:
        """Hold back what a call may cost, if that fits beneath a limit of the day; see `LedgerFile.hold`.

        Raises:
            StoreError: The file cannot be written, so that nobody can tell what is left.
        """
        asking = _Asking()
        try:
            return await asyncio.to_thread(self._hold, claim, ceiling, asking)
        except asyncio.CancelledError:
            # The thread cannot be stopped. What it has got or is about to get goes back.
            held = asking.give_up()
            if held is not None:
                self.book(Booking(claim.call, hold=held.number, happened=False))
            raise

    async def spent_today(self) -> Amount:
        """What was spent on this day.

        Raises:
            StoreError: The file cannot be read.
        """
        return await asyncio.to_thread(self._spent_today)

    async def flush(self) -> None:
        """Everything that was booked so far can be read when this returns."""
        if self._writer is not None:
            await asyncio.to_thread(self._flush)

    async def aclose(self) -> None:
        """Write what is left and let go of the file."""
        self._closing.set()
        self._due.set()
        await asyncio.to_thread(self._close)

    def _hold(self, claim: Claim, ceiling: Ceiling, asking: _Asking) -> Held | Full | None:
        with self._writing:
            if self.failure is not None:  # something that was spent could not be written
                raise StoreError(self.failure.message, hint=self.failure.hint, details=self.failure.details)
            bookings = self._taken()
            try:
                found = self._opened().hold(claim, ceiling, now=self.clock(), first=bookings)
                if isinstance(found, Held) and not asking.deliver(found):
                    self._opened().book([Booking(claim.call, hold=found.number, happened=False)])
            except (StoreError, sqlite3.Error, OSError) as error:
                self._queue.extendleft(reversed(bookings))  # not written: the transaction was rolled back
                raise self._as_store_error(error) from error
        return found

    def _spent_today(self) -> Amount:
        with self._writing:
            bookings = self._taken()
            try:
                if bookings:
                    self._opened().book(bookings)
                return self._opened().spent(day_of(self.clock()))
            except (StoreError, sqlite3.Error, OSError) as error:
                self._queue.extendleft(reversed(bookings))
                raise self._as_store_error(error) from error

    def _write_loop(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            self._closing.wait(self._flush_interval_s)  # more may come: one transaction for all of it
            self._flush()
            if self._closing.is_set() and not self._queue:
                return

    def _flush(self) -> None:
        with self._writing:
            bookings = self._taken()
            if not bookings:
                return
            try:
                self._opened().book(bookings)
            except Exception as error:  # the writer's loop must survive our own bugs, and the script its ledger's
                self.failure = self._as_store_error(error)
                self._queue.clear()
                text = self.failure.message + "; what models cost is not kept"
                self._warn(StoreError(text, hint=self.failure.hint, details=self.failure.details))

    def _taken(self) -> list[Booking]:
        return [self._queue.popleft() for _ in range(len(self._queue))]

    def _opened(self) -> LedgerFile:
        if self._file is None:
            self._file = LedgerFile(self.path)
        return self._file

    def _as_store_error(self, error: Exception) -> StoreError:
        if isinstance(error, StoreError):
            return error
        if not isinstance(error, (sqlite3.Error, OSError)):
            logging.getLogger(__name__).error("the ledger's writer failed", exc_info=error)
        return store_error("ledger", self.path, "written", error)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.join()
            self._writer = None
        self._flush()
        with self._writing:
            if self._file is not None:
                self._file.close()
                self._file = None
