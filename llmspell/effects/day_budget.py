"""The budget of a day: one for all processes of the user, kept in the ledger. A day is one of UTC.

What other processes hold back comes back without a word, so whoever waits asks again from time to time; of the calls of
one run only the first in the queue does."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from llmspell.effects.budget import Scope, exceeded
from llmspell.errors import StoreError
from llmspell.journal.ledger_file import Full
from llmspell.journal.spending import Ceiling, nano

if TYPE_CHECKING:
    from llmspell.journal.ledger import Ledger
    from llmspell.journal.spending import Amount, Claim

FIRST_POLL_S, LAST_POLL_S = 0.02, 1.0


class DayBudget:
    """Implements `budget.SpendingLimit`. Whoever reserves books the call in the ledger, under the reservation's number.

    Args:
        usd, tokens: None is no limit.
    """

    scope: Scope = "day"
    owner = ""
    order = sys.maxsize  # last: a hold in the ledger is not lowered any more

    def __init__(self, ledger: Ledger, usd: float | None = None, tokens: int | None = None) -> None:
        self.usd = usd
        self.tokens = tokens
        self._ledger = ledger
        self._ceiling = Ceiling(None if usd is None else nano(usd), tokens)
        self._turn = asyncio.Lock()
        self._settled = asyncio.Event()

    async def spent(self) -> Amount:
        return await self._ledger.spent_today()

    async def reserve(self, claim: Claim) -> DayHold:
        async with self._turn:
            poll_s = FIRST_POLL_S
            while True:
                self._settled.clear()
                try:
                    found = await self._ledger.hold(claim, self._ceiling)
                except StoreError as error:
                    text = f"{error.message}; there is a budget for the day, so no model is called without it"
                    raise StoreError(text, hint=error.hint, details=error.details) from error
                if isinstance(found, Full):
                    raise exceeded(self, found.unit, found.spent, claim)
                if found is not None:
                    return DayHold(found.number, found.amount, self._settled)
                try:
                    async with asyncio.timeout(poll_s):
                        await self._settled.wait()
                except TimeoutError:
                    poll_s = min(2 * poll_s, LAST_POLL_S)


class DayHold:
    """Part of a `DayBudget`."""

    __slots__ = ("_settled", "amount", "number")

    def __init__(self, number: int, amount: Amount, settled: asyncio.Event) -> None:
        self.number = number
        self.amount = amount
        self._settled = settled

    def lower(self, amount: Amount) -> None:
        """The ledger holds what it holds until the call is booked."""

    def settle(self, spent: Amount) -> None:
        """It is booked by now; let the next one ask what is left."""
        self._settled.set()
