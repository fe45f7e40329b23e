"""What [budget] says is what a run may spend."""

import asyncio

from paid_models import fail

from llmspell.config.load import load_settings
from llmspell.effects.budget import Budget
from llmspell.effects.day_budget import DayBudget
from llmspell.journal.ledger import Ledger
from llmspell.models.budgets import run_budgets


def limits(**budget: str) -> list[tuple[type, float | None, int | None]]:
    settings = load_settings(files=(), environ={}, flags={f"budget.{name}": it for name, it in budget.items()})

    async def main() -> list[tuple[type, float | None, int | None]]:
        ledger = Ledger(":memory:", warn=fail)
        found = [(type(it), it.usd, it.tokens) for it in run_budgets(settings, ledger)]
        await ledger.aclose()
        return found

    return asyncio.run(main())


def test_a_run_has_the_budgets_that_are_set_and_no_others():
    assert limits() == []
    assert limits(run_usd="0") == [(Budget, 0.0, None)]
    assert limits(run_usd="1", run_tokens="5") == [(Budget, 1.0, 5)]
    assert limits(day_tokens="7") == [(DayBudget, None, 7)]
    assert limits(run_tokens="5", day_usd="2.5") == [(Budget, None, 5), (DayBudget, 2.5, None)]
    assert limits(run_usd="none", day_usd="none") == []
