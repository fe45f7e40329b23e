from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.effects.budget import Budget
from llmspell.effects.context import task_context
from llmspell.effects.day_budget import DayBudget
from llmspell.errors import BadArgument
from llmspell.globals.run import RunGlobal
from llmspell.journal.ledger import Ledger
from llmspell.models.calling import ModelServices, call_model
from llmspell.models.messages import user
from llmspell.models.prices import Prices
from llmspell.models.protocol import ModelRequest


def test_a_run_knows_its_id_and_profile(script: Any) -> None:
    assert script.call("Run", "field", "id") == script.run.run_id
    assert script.call("Run", "field", "profile") == "test"
    with pytest.raises(BadArgument, match="did you mean usage"):
        script.call("Run", "field", "usag")


def test_usage_cost_and_budget_count_what_was_done(script: Any) -> None:
    script.call("Tool", "execute", "calculator", input="1")
    usage = script.call("Run", "usage")
    assert usage["calls"] == 2 and usage["input_tokens"] == 0 and usage["duration_ms"] >= 0
    assert script.call("Run", "cost") == 0
    budget = script.call("Run", "budget")
    assert budget["calls"]["limit"] == 1_000_000 and budget["calls"]["used"] == 4
    assert budget["calls"]["left"] == 1_000_000 - 4 and 0 < budget["wall_s"]["left"] <= 300


def test_what_models_cost_is_in_cost_usage_and_budget(script: Any) -> None:
    async def main() -> None:
        models = script.services.models()
        ledger = Ledger(":memory:", warn=lambda error: None)
        script.run.budgets = (Budget("run", usd=1.0, tokens=1_000), DayBudget(ledger, usd=3.0))
        said = {"text": "hi", "usage": {"input_tokens": 20, "output_tokens": 5, "cached_tokens": 10}, "cost_usd": 0.125}
        model = models.catalog.find({"scripted": [said]})
        prices = Prices({"scripted/*": {"input": 1.0, "output": 1.0}})  # so that it counts for the day
        services = ModelServices(models.catalog, models.attempts, prices, ledger)
        await call_model(task_context(script.run), services, [model], ModelRequest((user("hi"),)))
        assert await script.acall("Run", "cost") == 0.125
        usage = await script.acall("Run", "usage")
        found = {name: usage[name] for name in ("input_tokens", "output_tokens", "cached_tokens", "cost_usd")}
        assert found == {"input_tokens": 20, "output_tokens": 5, "cached_tokens": 10, "cost_usd": 0.125}
        budget = await script.acall("Run", "budget")
        assert budget["usd"] == {"limit": 1.0, "spent": 0.125, "left": 0.875}
        assert budget["tokens"] == {"limit": 1_000, "spent": 25, "left": 975}
        assert budget["day"] == {"usd": {"limit": 3.0, "spent": 0.125, "left": 2.875}}
        await ledger.aclose()

    asyncio.run(main())


def test_without_a_budget_there_is_none_of_money(script: Any) -> None:
    assert set(script.call("Run", "budget")) == {"calls", "wall_s"}


def test_a_checkpoint_is_a_note_of_the_journal(script: Any) -> None:
    script.call("Run", "checkpoint", "half way")
    assert script.notes("checkpoint") == ["half way"]


def test_the_journal_shows_what_was_done(script: Any) -> None:
    script.call("Tool", "execute", "calculator", input="1 + 1")
    with pytest.raises(BadArgument):
        script.call("Tool", "execute", "calculator", 1)
    rows = script.call("Run", "journal")
    assert [(it["target"], it["method"], it["key"]) for it in rows] == [
        ("tool", "calculator", "0:1/1"),  # in the order in which they ended: the tool inside the call first
        ("Tool", "execute", "0:1"),
    ]
    inner, outer = rows
    assert inner["parent"] == "0:1" and inner["result"]["text"] == "2"
    assert outer["error"] is None and outer["duration_ms"] >= 0 and outer["result"]["text"] == "2"


def test_without_a_journal_there_is_nothing_to_show(script: Any) -> None:
    assert script.call(RunGlobal(None), "journal") == []
