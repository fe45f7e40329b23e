"""The meter of a model call: what it may cost at the most is held back in every budget that it concerns, what it did
cost is booked in them and in the ledger.

A budget is a ceiling. What a call costs at the most is its input, by estimate, and the longest answer that it may get,
so the request says how long that is. Where a budget does not pay for as much as was asked for, the answer is asked for
with as many tokens as are paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.config.project_rules import price_set_aside
from llmspell.effects.budget import Reservation, SpendingLimit
from llmspell.errors import BudgetExceeded, ConfigError, GuardrailTripped
from llmspell.journal.entries import Usage
from llmspell.journal.spending import Amount, Booking, CallState, Claim, ModelCall, nano
from llmspell.models.estimate import input_tokens, text_tokens
from llmspell.models.prices import FREE, Price

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.journal.ledger import Ledger
    from llmspell.journal.spending import Unit
    from llmspell.models.messages import Value
    from llmspell.models.prices import Prices
    from llmspell.models.protocol import ModelRequest
    from llmspell.models.provider_config import ProviderConfig

# Where neither the agent nor the provider's settings say how long an answer may be. Only asked for under a budget.
DEFAULT_OUTPUT_TOKENS = 16_384
_REHEARSALS = ("scripted", "echo")  # APIs
MIN_OUTPUT_TOKENS = 16  # what a budget must pay for; a shorter answer is worth nothing


class ModelMeter:
    """Implements `effects.metering.Meter`, for one call.

    Args:
        call: Who makes it, of what, and when.
        recorded: The request as plain data.
        limits: The budgets that it concerns, in any order; `reserve` adds those around it and those of its run.
        foreseen_usd: What the answer is known to cost at least, as a scripted model's may be.

    Attributes:
        max_tokens: After `reserve`, what the request must say; None where it need say nothing.
    """

    def __init__(
        self,
        call: ModelCall,
        config: ProviderConfig,
        request: ModelRequest,
        recorded: Value,
        *,
        prices: Prices,
        ledger: Ledger | None,
        limits: Sequence[SpendingLimit] = (),
        foreseen_usd: float = 0.0,
    ) -> None:
        self.max_tokens: int | None = None
        self._call = call
        self._config = config
        self._request = request
        self._recorded = recorded
        self._prices = prices
        self._ledger = ledger
        self._limits = limits
        self._foreseen_nano = nano(foreseen_usd)
        self._is_rehearsal = config.api in _REHEARSALS
        self._lowered_by: tuple[SpendingLimit, Unit, float] | None = None
        self._has_ended = False
        self._state: CallState = "done"
        self._nano_usd: int | None = None

    async def reserve(self, ctx: RunContext) -> CallHold:
        asked = {id(it): it for it in (*self._limits, *ctx.budgets, *ctx.run.budgets)}
        limits = sorted(asked.values(), key=lambda it: it.order)
        has_price = self._is_rehearsal or any(it.usd is not None for it in limits)
        price = await self._price() if has_price else FREE
        # A model of the box that has no price in the settings is a rehearsal: whatever its script says that it costs,
        # no money of the user's was spent on it.
        self._is_rehearsal = self._is_rehearsal and price.is_free
        if self._is_rehearsal:
            limits = [it for it in limits if it.scope != "day"]
        # What costs nothing concerns no budget in money. A scripted answer may say that it has cost something.
        costs = not price.is_free or self._config.api == "scripted"
        limits = [it for it in limits if it.tokens is not None or (it.usd is not None and costs)]
        held: list[Reservation] = []
        if limits:
            n_input = input_tokens(self._request, self._recorded)
            asked_for = self._request.settings.max_tokens or self._config.defaults.max_tokens or DEFAULT_OUTPUT_TOKENS
            try:
                self.max_tokens = await self._hold(limits, price, n_input, asked_for, held)
            except BaseException:  # an interrupt too gives back what was held
                self._settle(held, Booking(self._call, happened=False))
                raise
        return CallHold(self, held)

    @property
    def has_ended(self) -> bool:
        """Whether it is known what is to be booked."""
        return self._has_ended

    def ended(self, cost_usd: float | None) -> None:
        """The call has an answer. None when nobody knows what it costs."""
        self._has_ended = True
        self._nano_usd = None if cost_usd is None else nano(cost_usd)

    def estimated(self, n_output: int) -> Usage:
        """What the call has used, where no answer says it.

        Args:
            n_output: Tokens of the answer, by estimate.
        """
        self._state = "estimated"
        return Usage(input_tokens(self._request, self._recorded), n_output)

    def broke_off(self, n_bytes: int) -> tuple[Usage, float]:
        """The call has ended without an answer, though it will be billed. What it has used and cost, by estimate.

        Args:
            n_bytes: Of what arrived of the answer.
        """
        usage = self.estimated(text_tokens(n_bytes))
        cost_usd = None
        if self._prices.is_at_hand(self._config, self._call.model):
            cost_usd = self._prices.cost(self._config, self._call.model, usage)
        self.ended(cost_usd)
        return usage, cost_usd or 0.0

    def cut_short(self, usage: Usage, cost_usd: float) -> dict[str, Value] | None:
        """Why the answer could not be longer, if that was a budget's doing: the details of a BudgetExceeded."""
        if self._lowered_by is None:
            return None
        limit, unit, spent_before = self._lowered_by
        spent = spent_before + (cost_usd if unit == "usd" else usage.input_tokens + usage.output_tokens)
        return {
            "scope": limit.scope,
            "unit": unit,
            "limit": limit.usd if unit == "usd" else limit.tokens,
            "spent": round(spent, 9),
            "model": self._call.full_name,
            "max_tokens": self.max_tokens,
            **({"is_rail": True} if getattr(limit, "is_rail", False) else {}),  # of `guardrails.budget`
        }

    def settle(self, held: Sequence[Reservation], usage: Usage, cost_usd: float) -> None:
        """Called by the hold, when the effect has ended."""
        nano_usd = nano(cost_usd) if cost_usd else self._nano_usd
        booking = Booking(self._call, usage, nano_usd, self._state, happened=self._has_ended)
        self._settle(held, booking)

    def _settle(self, held: Sequence[Reservation], booking: Booking) -> None:
        number = next((it.number for it in held if it.number), 0)
        is_kept = booking.happened and not self._is_rehearsal
        if self._ledger is not None and (number or is_kept):
            self._ledger.book(replace(booking, hold=number))
        for it in held:
            it.settle(booking.amount)

    async def _price(self) -> Price:
        await self._prices.warm(self._config, self._call.model)
        price = self._prices.price_of(self._config, self._call.model)
        if price is None:
            name = self._call.full_name
            if project := self._prices.only_in_project(self._config, self._call.model):
                message, hint = price_set_aside(name, project)
                raise ConfigError(message, hint=hint, details={"model": name, "path": project})
            raise ConfigError(
                f"the price of the model {name} is not known, and a budget in USD is in force",
                hint=(
                    "set it in settings of your own, usually ~/.config/llmspell/config.toml, "
                    f'in USD per million tokens:\n[prices."{name}"]\ninput = …\noutput = …'
                ),
                details={"model": name},
            )
        return price

    async def _hold(
        self, limits: Sequence[SpendingLimit], price: Price, n_input: int, n_output: int, held: list[Reservation]
    ) -> int:
        """Hold back in all of them. Returns how long the answer may be."""

        def amount(n: int) -> Amount:
            return Amount(max(price.most_nano(n_input, n), self._foreseen_nano), n_input + n)

        least = min(n_output, MIN_OUTPUT_TOKENS)
        claim = Claim(self._call, amount(n_output), amount(least), amount(0))
        for limit in limits:
            reservation = await limit.reserve(claim)
            held.append(reservation)
            got = reservation.amount
            if got == claim.want:
                continue
            by_usd = price.output_for(got.nano_usd, n_input)
            by_tokens = got.tokens - n_input
            n_output = max(least, int(min(by_usd, by_tokens, n_output)))
            if by_usd < by_tokens:
                self._lowered_by = (limit, "usd", (limit.usd or 0.0) - got.usd)
            else:
                self._lowered_by = (limit, "tokens", (limit.tokens or 0) - got.tokens)
            claim = replace(claim, want=amount(n_output))
            for it in held:
                it.lower(claim.want)
        return n_output


class CallHold:
    """Implements `effects.metering.Hold`."""

    __slots__ = ("_held", "_meter")

    def __init__(self, meter: ModelMeter, held: Sequence[Reservation]) -> None:
        self._meter = meter
        self._held = held

    async def settle(self, usage: Usage, cost_usd: float) -> None:
        self._meter.settle(self._held, usage, cost_usd)


def cut_short_error(details: dict[str, Value], text: str) -> BudgetExceeded | GuardrailTripped:
    """The error for an answer that ended where a budget was used up. What there is of it is in `details.text`."""
    made = GuardrailTripped if details.pop("is_rail", False) else BudgetExceeded
    return made(
        f"the answer of {details['model']} ends after {details['max_tokens']} tokens, because the"
        f" {details['scope']}'s budget pays for no more",
        hint="the beginning of the answer is in details.text; a larger budget would pay for the rest",
        details={**details, "text": text},
    )
