"""What model calls cost, and what may be held back of a limit: amounts, ceilings, and one call as the ledger keeps it.

Money is counted in billionths of a dollar: sums of whole numbers are exact, so that what is held and what is given back
cancel out to nothing. Knows neither who spends nor where it is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from llmspell.journal.entries import NO_USAGE, Usage

NANO = 1_000_000_000
# Of anything in one call, a million dollars: what a provider says it has counted may be nonsense, and the sums of
# thousands of such calls must fit into the ledger, whose whole numbers end at 2**63.
_MOST = 2**50

Unit = Literal["usd", "tokens"]

# done: the provider has counted it · estimated: it broke off or was not counted, and what was billed is not known
# abandoned: its process ended in the middle, and nobody will ever know
CallState = Literal["done", "estimated", "abandoned"]


def nano(usd: float) -> int:
    """Dollars as whole billionths; none for what is no amount."""
    return round(min(usd * NANO, _MOST)) if usd > 0 else 0


@dataclass(frozen=True, slots=True)
class Amount:
    """Money and tokens. Adding and subtracting are by part."""

    nano_usd: int = 0
    tokens: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.nano_usd + other.nano_usd, self.tokens + other.tokens)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.nano_usd - other.nano_usd, self.tokens - other.tokens)

    @property
    def usd(self) -> float:
        return self.nano_usd / NANO


NOTHING = Amount()


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What may be spent in all; None is no limit."""

    nano_usd: int | None = None
    tokens: int | None = None

    def exceeded_by(self, amount: Amount) -> Unit | None:
        """The unit in which the amount is too much, or None."""
        if self.nano_usd is not None and amount.nano_usd > self.nano_usd:
            return "usd"
        if self.tokens is not None and amount.tokens > self.tokens:
            return "tokens"
        return None

    def decide(
        self, spent: Amount, held: Amount, want: Amount, least: Amount, *, alone: bool
    ) -> Amount | Literal["wait", "usd", "tokens"]:
        """What to do with the wish to hold an amount back.

        Args:
            least: As good as nothing is what is less than this.
            alone: Nobody else holds anything.

        Returns:
            The amount that is granted: `want`, or, to one who is alone, what is left of it; "wait" when what others
            hold may come back; the unit in which even the least does not fit, whatever the others give back.
        """
        short = self.exceeded_by(spent + least)
        if short is not None:
            return short
        if self.exceeded_by(spent + held + want) is None:
            return want
        if not alone:
            return "wait"
        left_usd = math.inf if self.nano_usd is None else self.nano_usd - spent.nano_usd
        left_tokens = math.inf if self.tokens is None else self.tokens - spent.tokens
        return Amount(int(min(want.nano_usd, left_usd)), int(min(want.tokens, left_tokens)))


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call of a model: who makes it, and of what. `at` is seconds since 1970."""

    provider: str
    model: str
    at: float
    run_id: str = ""
    script: str = ""
    agent: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be held back for a call.

    Attributes:
        want: What it may cost at the most.
        least: What it costs with the shortest answer that is worth having.
        input: The part of both that is spent as soon as the call is made.
    """

    call: ModelCall
    want: Amount
    least: Amount
    input: Amount


@dataclass(frozen=True, slots=True)
class Booking:
    """A call that has ended.

    Attributes:
        nano_usd: What it cost; None when nobody knows the price.
        hold: The number of what was held back for it in the ledger; 0 for nothing.
        happened: False when it failed and nothing was billed: then only the hold is given back.
    """

    call: ModelCall
    usage: Usage = NO_USAGE
    nano_usd: int | None = None
    state: CallState = "done"
    hold: int = 0
    happened: bool = True

    @property
    def amount(self) -> Amount:
        if not self.happened:
            return NOTHING
        return Amount(self.nano_usd or 0, counted(self.usage.input_tokens) + counted(self.usage.output_tokens))


def counted(number: int) -> int:
    """Tokens or billionths of a dollar of one call, as far as that can be."""
    return min(max(number, 0), _MOST)
