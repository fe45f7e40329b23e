"""A budget whose ceiling is a guardrail's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.effects.budget import Budget
from llmspell.errors import BudgetExceeded, GuardrailTripped

if TYPE_CHECKING:
    from llmspell.effects.budget import Held
    from llmspell.journal.spending import Claim


class RailBudget(Budget):
    """As any budget, but what it refuses is a guardrail's refusal."""

    is_rail = True  # see `models.metering`

    def _try(self, claim: Claim) -> Held | None:
        try:
            return super()._try(claim)
        except BudgetExceeded as error:
            raise tripped(error) from error


def tripped(error: BudgetExceeded) -> GuardrailTripped:
    """The same refusal, as a guardrail's."""
    limit = "cost_usd" if error.details.get("unit") == "usd" else "tokens"
    return GuardrailTripped(
        f"the guardrail {limit} has stopped it: {error.message}",
        hint=f"raise {limit} where the guardrails are declared",
        details={**error.details, "limit": limit, "allowed": error.details.get("limit")},
    )
