"""Budgets: what may be spent in all, held back before a call and settled after it.

A budget is a ceiling. What calls hold back and what was spent never exceed it together; a call whose hold does not fit
waits until others have given back what they did not need, and is refused when even that would not help.

A call that is held back by several budgets takes them in their `order`, so that no two calls wait for each other."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from typing import TYPE_CHECKING, Literal, Protocol

from llmspell.errors import BudgetExceeded, LLMSpellError
from llmspell.journal.spending import NOTHING, Amount, Ceiling, Claim, nano

if TYPE_CHECKING:
    from llmspell.journal.spending import Unit

Scope = Literal["agent", "run", "day"]
_HINTS = {
    ("agent", "usd"): "give the agent a larger budget = { usd = … }",
    ("agent", "tokens"): "give the agent a larger budget = { tokens = … }",
    ("run", "usd"): "run again with a larger --budget, or set run_usd under [budget] in the settings",
    ("run", "tokens"): "run again with a larger --set budget.run_tokens=…, or set it under [budget] in the settings",
    ("day", "usd"): "set a larger day_usd under [budget] in the settings, or wait for 00:00 UTC",
    ("day", "tokens"): "set a larger day_tokens under [budget] in the settings, or wait for 00:00 UTC",
}


class Reservation(Protocol):
    """What a budget holds back for one call."""

    @property
    def amount(self) -> Amount:
        """What is held: at most what was wanted, at least the least."""

    @property
    def number(self) -> int:
        """Under which the ledger holds it; 0 where it is in memory only."""

    def lower(self, amount: Amount) -> None:
        """Hold less from now on."""

    def settle(self, spent: Amount) -> None:
        """Give it back, and book what was spent. Called once."""


class SpendingLimit(Protocol):
    """A limit on what is spent. Called by `models.metering`; implemented by `Budget` and `day_budget.DayBudget`."""

    scope: Scope
    owner: str  # the agent's name, or empty
    usd: float | None
    tokens: int | None
    order: int

    async def reserve(self, claim: Claim) -> Reservation:
        """Hold back what a call may cost, or what is left if that is at least the least of it; wait for others first.

        Raises:
            BudgetExceeded: What was spent leaves not even the least.
            StoreError: It is kept in a file that cannot be written.
        """

    async def spent(self) -> Amount:
        """What was spent; what is held is not."""


_numbers = itertools.count(1)


class Budget:
    """A budget in memory, of one event loop.

    Args:
        usd, tokens: None is no limit. Tokens are input and output together.
        owner: The agent's name, for messages.
    """

    def __init__(self, scope: Scope, usd: float | None = None, tokens: int | None = None, *, owner: str = "") -> None:
        self.scope: Scope = scope
        self.owner = owner
        self.usd = usd
        self.tokens = tokens
        self.order = next(_numbers)
        self._ceiling = Ceiling(None if usd is None else nano(usd), tokens)
        self._spent = NOTHING
        self._held = NOTHING
        self._n_held = 0
        self._waiting: deque[tuple[Claim, asyncio.Future[Held]]] = deque()

    async def spent(self) -> Amount:
        return self._spent

    def carry(self, amount: Amount) -> None:
        """Count what an earlier run has spent of it, of which this one is the rest."""
        self._spent += amount

    async def reserve(self, claim: Claim) -> Held:
        if not self._waiting:
            held = self._try(claim)
            if held is not None:
                return held
        turn: asyncio.Future[Held] = asyncio.get_running_loop().create_future()
        self._waiting.append((claim, turn))
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                turn.result().settle(NOTHING)  # it was granted a moment before
            else:
                turn.cancel()
                self._advance()
            raise

    def _try(self, claim: Claim) -> Held | None:
        decided = self._ceiling.decide(self._spent, self._held, claim.want, claim.least, alone=self._n_held == 0)
        if isinstance(decided, Amount):
            self._held += decided
            self._n_held += 1
            return Held(self, decided)
        if decided == "wait":
            return None
        raise exceeded(self, decided, self._spent, claim)

    def _advance(self) -> None:
        """Let those who wait in, first come, first served, as far as it goes. Called at each change."""
        while self._waiting:
            claim, turn = self._waiting[0]
            if not turn.done():
                try:
                    held = self._try(claim)
                except LLMSpellError as error:
                    turn.set_exception(error)
                else:
                    if held is None:
                        return
                    turn.set_result(held)
            self._waiting.popleft()


class Held:
    """Part of a `Budget`."""

    __slots__ = ("_budget", "amount")

    number = 0

    def __init__(self, budget: Budget, amount: Amount) -> None:
        self._budget = budget
        self.amount = amount

    def lower(self, amount: Amount) -> None:
        budget = self._budget
        budget._held -= self.amount - amount
        self.amount = amount
        budget._advance()

    def settle(self, spent: Amount) -> None:
        budget = self._budget
        budget._held -= self.amount
        budget._n_held -= 1
        budget._spent += spent
        budget._advance()


def exceeded(limit: SpendingLimit, unit: Unit, spent: Amount, claim: Claim) -> BudgetExceeded:
    """The error for a call that does not fit, with the flag or setting that would let it."""
    who = {"agent": f"the agent {limit.owner}".rstrip(), "run": "this run", "day": "this day"}[limit.scope]
    if unit == "usd":
        allowed, used = f"${shown_usd(limit.usd or 0.0)}", f"${shown_usd(spent.usd)}"
        least, most = f"${shown_usd(claim.least.usd)}", f"${shown_usd(claim.want.usd)}"
    else:
        allowed, used = f"{limit.tokens} tokens", f"{spent.tokens}"
        least, most = f"{claim.least.tokens} tokens", f"{claim.want.tokens} tokens"
    model = claim.call.full_name
    costs = least if least == most else f"at least {least}, at the most {most}"
    return BudgetExceeded(
        f"{who} may spend {allowed} on models and has spent {used}; a call of {model} costs {costs}",
        hint=_HINTS[limit.scope, unit],
        details={
            "scope": limit.scope,
            "unit": unit,
            "limit": limit.usd if unit == "usd" else limit.tokens,
            "spent": spent.usd if unit == "usd" else spent.tokens,
            "needed": claim.least.usd if unit == "usd" else claim.least.tokens,
            "model": model,
        },
    )


def shown_usd(usd: float) -> str:
    """An amount of dollars for people: at least two places, and as many more as a small one needs."""
    if usd == 0 or abs(usd) >= 1:
        return f"{usd:.2f}"
    text = f"{usd:.9f}".rstrip("0")
    whole, _, places = text.partition(".")
    significant = len(places) - len(places.lstrip("0")) + 3
    return f"{whole}.{places[:significant].ljust(2, '0')}"
