"""The budgets of a run, from the settings: its own, and that of the day, which all runs of the user share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.effects.budget import Budget
from llmspell.effects.day_budget import DayBudget

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.effects.budget import SpendingLimit
    from llmspell.journal.ledger import Ledger


def run_budgets(settings: Settings, ledger: Ledger) -> tuple[SpendingLimit, ...]:
    """Those that are set under `[budget]`; none where nothing is."""
    run_usd, run_tokens = settings.get("budget.run_usd"), settings.get("budget.run_tokens")
    day_usd, day_tokens = settings.get("budget.day_usd"), settings.get("budget.day_tokens")
    budgets: list[SpendingLimit] = []
    if run_usd is not None or run_tokens is not None:
        budgets.append(Budget("run", run_usd, run_tokens))
    if day_usd is not None or day_tokens is not None:
        budgets.append(DayBudget(ledger, day_usd, day_tokens))
    return tuple(budgets)
