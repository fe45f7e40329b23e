"""The ledger's SQLite file: what is held back and what was spent, in transactions that no other process gets between.

Blocks. `ledger.Ledger` is what async code calls."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass

from llmspell.journal import ledger_schema as sql
from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.journal.owner import Owner, this_process
from llmspell.journal.spending import NOTHING, Amount, Booking, CallState, Ceiling, Claim, ModelCall, Unit, counted
from llmspell.sqlite_file import immediate, open_shared

MAX_HOLD_S = 3600.0  # what is held for longer is given up, also on hosts of which we cannot know who lives
MAX_NAME = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """What is held back in the ledger, under its number."""

    number: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class Full:
    """Not even the least fits beneath the limit."""

    unit: Unit
    spent: Amount


def day_of(at: float) -> str:
    """The day of a time, `2026-11-28`, in UTC: all processes agree on it, and providers' bills have the same days."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))


class LedgerFile:
    """One connection. Not for two threads at once.

    Raises:
        StoreError: It cannot be opened, is not ours, or was written by a newer version.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        if path == ":memory:":
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.executescript(sql.SCHEMA.create)
        else:
            self._connection = open_shared(path, sql.SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def book(self, bookings: Iterable[Booking]) -> None:
        """Write what calls that have ended have cost."""
        with immediate(self._connection):
            self._book(bookings)

    def hold(self, claim: Claim, ceiling: Ceiling, *, now: float, first: Iterable[Booking] = ()) -> Held | Full | None:
        """Hold back what a call may cost, if that fits beneath a limit of the day.

        Args:
            first: Booked in the same transaction, before it is asked what is left.

        Returns:
            None when it may fit once others have given back what they hold.
        """
        day = day_of(now)
        with immediate(self._connection):
            self._book(first)
            self._give_up(now)
            spent = self._spent(day)
            n_holds, nano_usd, tokens = self._connection.execute(sql.SUM_OF_HOLDS, (day,)).fetchone()
            decided = ceiling.decide(spent, Amount(nano_usd, tokens), claim.want, claim.least, alone=not n_holds)
            if isinstance(decided, Amount):
                return Held(self._insert_hold(claim, decided, day, now), decided)
        return None if decided == "wait" else Full(decided, spent)

    def spent(self, day: str) -> Amount:
        """What was spent on a day; what is only held back is not."""
        return self._spent(day)

    def _spent(self, day: str) -> Amount:
        row = self._connection.execute(sql.SELECT_DAY, (day,)).fetchone()
        return Amount(*row) if row else NOTHING

    def _insert_hold(self, claim: Claim, amount: Amount, day: str, now: float) -> int:
        number = self._insert_call(claim.call, day, NO_USAGE, 0, "held")
        me = this_process()
        amounts = (amount.nano_usd, amount.tokens, claim.input.nano_usd, claim.input.tokens)
        row = (number, day, now, *map(counted, amounts), me.host, me.pid, me.born)
        self._connection.execute(sql.INSERT_HOLD, row)
        return number

    def _insert_call(self, call: ModelCall, day: str, usage: Usage, nano_usd: int | None, state: str) -> int:
        names = (call.run_id, call.script, call.agent, call.provider, call.model)
        who = (day, call.at, *(_storable(it) for it in names))
        number = self._connection.execute(sql.INSERT_CALL, (*who, *_tokens(usage), nano_usd, state)).lastrowid
        assert number is not None
        return number

    def _book(self, bookings: Iterable[Booking]) -> None:
        for it in bookings:
            if it.hold:
                self._settle(it.hold, it)
            elif it.happened:
                day = day_of(it.call.at)
                self._insert_call(it.call, day, it.usage, it.nano_usd, it.state)
                self._add(day, it.amount)

    def _settle(self, number: int, booking: Booking) -> None:
        """Put what a call has cost in the place of what was held for it, or of what an impatient one took for it."""
        row = self._connection.execute(sql.SELECT_CALL, (number,)).fetchone()
        if row is None:
            return  # somebody has emptied the ledger
        day, nano_usd, tokens = row
        self._connection.execute(sql.DELETE_HOLD, (number,))
        if booking.happened:
            values = (*_tokens(booking.usage), booking.nano_usd, booking.state)
            self._connection.execute(sql.UPDATE_CALL, (*values, number))
        else:
            self._connection.execute(sql.DELETE_CALL, (number,))
        self._add(day, booking.amount - Amount(nano_usd, tokens))

    def _give_up(self, now: float) -> None:
        """Settle what was held by processes that are gone: their requests were sent, so their input was paid for."""
        abandoned: CallState = "abandoned"
        for number, at, nano_usd, tokens, *owner in self._connection.execute(sql.SELECT_HOLDS).fetchall():
            if now - at > MAX_HOLD_S or Owner(*owner).is_gone:
                (day, *_) = self._connection.execute(sql.SELECT_CALL, (number,)).fetchone()
                self._connection.execute(sql.DELETE_HOLD, (number,))
                self._connection.execute(sql.UPDATE_CALL, (tokens, 0, 0, nano_usd, abandoned, number))
                self._add(day, Amount(nano_usd, tokens))

    def _add(self, day: str, amount: Amount) -> None:
        self._connection.execute(sql.ADD_TO_DAY, (day, amount.nano_usd, amount.tokens))


def _tokens(usage: Usage) -> tuple[int, int, int]:
    return counted(usage.input_tokens), counted(usage.output_tokens), counted(usage.cached_tokens)


def _storable(name: str) -> str:
    """A name as SQLite can hold it: a script may call an agent anything."""
    return name[:MAX_NAME].encode("utf-8", "backslashreplace").decode()
