"""What `perform` asks of whoever counts money and tokens: hold back before an effect, book after it.

Called by `perform` only; implemented where the cost of an effect is known, for model calls by `models.metering`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.journal.entries import Usage


class Hold(Protocol):
    """What is held back for one effect that is under way."""

    async def settle(self, usage: Usage, cost_usd: float) -> None:
        """Give back what was held, and book what was used. Called exactly once, also when the effect failed; never
        raises, for the effect has happened."""


class Meter(Protocol):
    """Holds back what one effect may cost at the most."""

    async def reserve(self, ctx: RunContext) -> Hold:
        """Hold it back in every budget that is concerned, or in none.

        Raises:
            BudgetExceeded: It may cost more than is left.
            ConfigError: Its cost cannot be known, and a budget in money is in force.
        """
