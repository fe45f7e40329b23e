"""Count what the models inside of something have used, whoever asks them: agents, workflows, functions of scripts.

It stands among the budgets of a context, because those reach everything that is called inside; it limits nothing, so
that no call waits for it and none is held back by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.effects.budget import Scope
from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.journal.spending import NOTHING, Amount, nano

if TYPE_CHECKING:
    from llmspell.journal.spending import Claim


class Unlimited:
    """What something without a limit lets a call have: all that it wants. Implements `effects.budget.Reservation`."""

    number = 0

    def __init__(self, amount: Amount) -> None:
        self.amount = amount

    def lower(self, amount: Amount) -> None:
        self.amount = amount

    def settle(self, spent: Amount) -> None:
        """Nothing was held back; what was spent, `Tally.add` is told."""


class Tally:
    """Implements `effects.budget.SpendingLimit`, without a limit.

    Attributes:
        usage, cost_usd: Of all requests so far.
        n_calls: How many there were.
    """

    scope: Scope = "agent"
    owner = ""
    usd: float | None = None
    tokens: int | None = None
    order = 0

    def __init__(self) -> None:
        self.usage = NO_USAGE
        self.cost_usd = 0.0
        self.n_calls = 0

    def add(self, usage: Usage, cost_usd: float) -> None:
        """Count one request. Called by `RunContext.charge`."""
        self.usage = self.usage + usage
        self.cost_usd += cost_usd
        self.n_calls += 1

    async def reserve(self, claim: Claim) -> Unlimited:
        return Unlimited(claim.want)

    async def spent(self) -> Amount:
        return NOTHING + Amount(nano(self.cost_usd), self.usage.input_tokens + self.usage.output_tokens)
