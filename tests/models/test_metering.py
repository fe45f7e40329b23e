"""Budgets around calls of models: what is held back, what is asked for, what is refused, what remains."""

import asyncio
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_conversations import run, says
from paid_models import PaidModel, Place, fail

from llmspell.effects.budget import Budget
from llmspell.effects.context import RunContext
from llmspell.effects.day_budget import DayBudget
from llmspell.effects.perform import Effect, perform
from llmspell.errors import BudgetExceeded, ConfigError, LLMSpellError, ProviderError, StoreError
from llmspell.journal.ledger import Ledger
from llmspell.journal.ledger_reader import read_totals
from llmspell.journal.spending import Amount, Claim, ModelCall, nano
from llmspell.models.calling import Called, call_model
from llmspell.models.estimate import input_tokens
from llmspell.models.metering import DEFAULT_OUTPUT_TOKENS, MIN_OUTPUT_TOKENS
from llmspell.models.prices import Prices
from llmspell.models.protocol import ModelSettings
from llmspell.models.recording import request_to_value
from llmspell.models.scripted import ScriptedModel

HELLO = says("Say hello.")
N_INPUT = input_tokens(HELLO, request_to_value(HELLO))
INPUT_USD = N_INPUT / 1e6  # at the price of paid_models
PER_TOKEN_USD = 10 / 1e6
ANSWER = {"text": "hello", "usage": {"input_tokens": 8, "output_tokens": 100}}
COST = 8 / 1e6 + 100 * PER_TOKEN_USD


async def ask(place: Place, model: PaidModel, **options: Any) -> Called:
    return await call_model(place.ctx, place.services, [model], options.pop("request", HELLO), **options)


def asked_for(model: PaidModel) -> list[int | None]:
    return [it.settings.max_tokens for it in model.requests]


def test_under_a_budget_an_answer_has_a_longest_length_and_without_one_it_has_none():
    model = PaidModel(ANSWER, ANSWER, ANSWER)
    short = says("Say hello.", settings=ModelSettings(max_tokens=50))
    run(ask(Place(), model))
    run(ask(Place(run_budgets=[Budget("run", usd=1.0)]), model))
    run(ask(Place(run_budgets=[Budget("run", usd=1.0)]), model, request=short))
    assert asked_for(model) == [None, DEFAULT_OUTPUT_TOKENS, 50]


def test_where_a_budget_pays_for_less_less_is_asked_for():
    async def main() -> None:
        model = PaidModel(ANSWER)
        budget = Budget("run", usd=INPUT_USD + 120.5 * PER_TOKEN_USD)
        await ask(Place(run_budgets=[budget]), model)
        assert asked_for(model) == [120]
        assert (await budget.spent()).usd == pytest.approx(COST)

        model, budget = PaidModel(ANSWER), Budget("agent", tokens=N_INPUT + 130)
        await ask(Place(), model, budgets=[budget])
        assert asked_for(model) == [130] and (await budget.spent()).tokens == 108

    run(main())


def test_the_narrowest_of_several_budgets_decides_and_the_others_hold_no_more_than_it_pays_for():
    async def main() -> None:
        wide = Budget("run", usd=1.0)
        narrow = Budget("agent", usd=INPUT_USD + 100 * PER_TOKEN_USD)
        gate = asyncio.Event()
        model = PaidModel(ANSWER, gate=gate)
        place = Place(run_budgets=[wide])
        calling = asyncio.create_task(ask(place, model, budgets=[narrow]))
        await model.begun.wait()
        assert asked_for(model) == [100]
        # What the wide one does not hold is there for others, who need not wait.
        other = PaidModel(ANSWER)
        await ask(place, other, request=says("Say hello.", settings=ModelSettings(max_tokens=90_000)))
        assert asked_for(other) == [90_000]
        gate.set()
        await calling
        assert (await wide.spent()).usd == pytest.approx(2 * COST)
        assert (await narrow.spent()).usd == pytest.approx(COST)

    run(main())


def test_a_budget_that_does_not_pay_for_a_short_answer_refuses_the_call_and_nothing_is_sent():
    enough = Budget("run", usd=INPUT_USD + MIN_OUTPUT_TOKENS * PER_TOKEN_USD)
    too_little = Budget("run", usd=INPUT_USD + (MIN_OUTPUT_TOKENS - 0.5) * PER_TOKEN_USD)
    model = PaidModel({**ANSWER, "usage": {"input_tokens": 8, "output_tokens": 10}}, ANSWER)
    run(ask(Place(run_budgets=[enough]), model))
    place = Place(run_budgets=[too_little])
    with pytest.raises(BudgetExceeded, match="this run may spend .* on models and has spent"):
        run(ask(place, model))
    assert len(model.requests) == 1
    (entry,) = place.entries()
    assert entry.error["code"] == "budget_exceeded" and entry.error["details"]["scope"] == "run"


def test_an_answer_that_the_budget_has_cut_short_is_an_error_that_has_its_beginning():
    cut = {"text": "Once upon a", "finish_reason": "length", "usage": {"input_tokens": 8, "output_tokens": 100}}

    async def main() -> None:
        budget = Budget("agent", usd=INPUT_USD + 100 * PER_TOKEN_USD, owner="teller")
        place = Place()
        with pytest.raises(BudgetExceeded) as caught:
            await ask(place, PaidModel(cut), budgets=[budget])
        details = caught.value.details
        assert details["text"] == "Once upon a" and details["max_tokens"] == 100
        assert (details["scope"], details["unit"], details["spent"]) == ("agent", "usd", pytest.approx(COST))
        assert "after 100 tokens, because the agent's budget pays for no more" in caught.value.message
        assert (await budget.spent()).usd == pytest.approx(COST)
        (entry,) = place.entries()
        assert entry.error is None and entry.result["response"]["finish_reason"] == "length"
        # The same end, where the caller wanted no more.
        wanted = says("Say hello.", settings=ModelSettings(max_tokens=100))
        called = await ask(Place(run_budgets=[Budget("run", usd=1.0)]), PaidModel(cut), request=wanted)
        assert called.response.finish_reason == "length"

    run(main())


def test_a_model_whose_price_nobody_knows_is_refused_under_a_budget_in_usd_with_the_lines_that_set_one():
    place = Place(run_budgets=[Budget("run", usd=1.0)])
    model = PaidModel(ANSWER, ANSWER, ANSWER, name="other/new-1")
    with pytest.raises(ConfigError, match="the price of the model other/new-1 is not known") as caught:
        run(ask(place, model))
    assert caught.value.exit_code == 78 and model.requests == []
    lines = "\n".join(caught.value.hint.splitlines()[1:]).replace("…", "0.5")
    table = tomllib.loads(lines)["prices"]
    assert table == {"other/new-1": {"input": 0.5, "output": 0.5}}
    priced = Place(prices=table, run_budgets=[Budget("run", usd=1.0)])
    assert run(ask(priced, model)).cost_usd > 0
    assert run(ask(Place(run_budgets=[Budget("run", tokens=50_000)]), model)).cost_usd == 0  # tokens it can count


def test_what_costs_nothing_needs_no_budget_in_usd():
    model = PaidModel(ANSWER, name="ollama/qwen3")
    assert run(ask(Place(run_budgets=[Budget("run", usd=0.0)]), model)).cost_usd == 0
    assert asked_for(model) == [None]


def test_a_call_that_fails_gives_all_of_it_back():
    async def main() -> None:
        budget = Budget("run", usd=0.2)
        place = Place(run_budgets=[budget])
        with pytest.raises(ProviderError):
            await ask(place, PaidModel({"error": 401}))
        assert await budget.spent() == Amount()
        await ask(place, model := PaidModel(ANSWER))
        assert asked_for(model) == [DEFAULT_OUTPUT_TOKENS]

    run(main())


def test_calls_at_the_same_time_never_spend_more_than_there_is_and_all_that_fit_are_made():
    async def main() -> None:
        budget = Budget("run", usd=10.5 * COST)
        place = Place(run_budgets=[budget])
        model = PaidModel(*[ANSWER] * 40)
        results = await asyncio.gather(*(ask(place, model) for _ in range(40)), return_exceptions=True)
        answers = [it for it in results if isinstance(it, Called)]
        refused = [it for it in results if isinstance(it, BudgetExceeded)]
        assert (len(answers), len(refused)) == (10, 30)
        assert sum("text" in it.details for it in refused) == 1  # the eleventh, with what was left
        assert (await budget.spent()).usd <= 10.5 * COST
        assert (await budget.spent()).usd == pytest.approx(place.run.cost_usd)

    run(main())


def test_one_that_is_cancelled_while_it_waits_for_a_budget_sends_nothing_and_holds_nothing():
    async def main() -> None:
        budgets = [Budget("run", usd=0.2), Budget("run", tokens=20_000)]
        place, gate = Place(run_budgets=budgets), asyncio.Event()
        first, second, third = PaidModel(ANSWER, gate=gate), PaidModel(ANSWER), PaidModel(ANSWER)
        calling = asyncio.create_task(ask(place, first))
        await first.begun.wait()
        waiting = asyncio.create_task(ask(place, second))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.set()
        await calling
        assert second.requests == [] and place.run.cost_usd == pytest.approx(COST)
        await ask(place, third)
        assert asked_for(third) == [DEFAULT_OUTPUT_TOKENS]

    run(main())


def test_an_agents_budget_pays_for_what_the_agents_in_it_ask():
    async def main() -> None:
        outer, inner = Budget("agent", usd=1.0, owner="outer"), Budget("agent", usd=0.5, owner="inner")
        place, model = Place(), PaidModel(ANSWER)

        async def sub_agent(ctx: RunContext) -> None:
            ctx.budgets = (*ctx.budgets, inner)
            step = ctx.child("step1")
            await call_model(step, place.services, [model], HELLO, budgets=[inner])

        async def agent(ctx: RunContext) -> None:
            ctx.budgets = (*ctx.budgets, outer)
            await perform(ctx.child("step1"), Effect("agent", "inner", None), sub_agent)

        await perform(place.ctx, Effect("agent", "outer", None), agent)
        assert (await outer.spent()).usd == pytest.approx(COST)
        assert (await inner.spent()).usd == pytest.approx(COST)  # named twice, paid once

    run(main())


def test_a_budget_of_the_day_is_kept_in_the_ledger_and_follows_the_call(tmp_path: Path):
    async def main() -> None:
        ledger = Ledger(str(tmp_path / "ledger.db"), warn=fail)
        day = DayBudget(ledger, usd=INPUT_USD + 150 * PER_TOKEN_USD)
        place, model = Place(ledger=ledger, run_budgets=[day, Budget("run", usd=1.0)]), PaidModel(ANSWER, ANSWER)
        with pytest.raises(ProviderError):
            await ask(place, PaidModel({"error": 401}))
        assert await day.spent() == Amount()
        await ask(place, model)
        assert asked_for(model) == [150]
        assert await day.spent() == Amount(nano(COST), 108)
        with pytest.raises(BudgetExceeded, match="the day's budget pays for no more"):
            await ask(place, model)
        with pytest.raises(BudgetExceeded, match="this day may spend"):
            await ask(place, model)
        await ledger.aclose()

    run(main())


def test_without_its_ledger_a_budget_of_the_day_refuses_and_otherwise_the_call_is_made(tmp_path: Path):
    (tmp_path / "file").write_text("")
    warnings: list[StoreError] = []

    async def main() -> None:
        ledger = Ledger(str(tmp_path / "file" / "ledger.db"), warn=warnings.append)
        model = PaidModel(ANSWER, ANSWER)
        place = Place(ledger=ledger, run_budgets=[DayBudget(ledger, usd=1.0)])
        with pytest.raises(StoreError):
            await ask(place, model)
        assert model.requests == [] and place.entries()[0].error["code"] == "store_error"
        assert (await ask(Place(ledger=ledger), model)).response.message.text == "hello"
        await ledger.aclose()

    run(main())
    assert len(warnings) == 1


def test_a_scripted_model_can_be_given_a_price_or_say_what_it_costs():
    async def main() -> None:
        budget = Budget("run", usd=2.5 * COST)
        place = Place(prices={"scripted/*": {"input": 1.0, "output": 10.0}}, run_budgets=[budget])
        await ask(place, PaidModel(ANSWER, name="scripted/demo"))
        assert (await budget.spent()).usd == pytest.approx(COST)
        said = {**ANSWER, "cost_usd": 0.75}
        budget = Budget("run", usd=1.0)
        place = Place(prices={}, run_budgets=[budget])
        for _ in range(2):
            await ask(place, PaidModel(said, name="scripted/demo"))
        assert (await budget.spent()).usd == 1.5
        with pytest.raises(BudgetExceeded):
            await ask(place, PaidModel(said, name="scripted/demo"))

    run(main())


def test_what_a_scripted_turn_says_that_it_costs_is_held_back_so_that_no_budget_is_exceeded():
    async def main() -> None:
        budget = Budget("run", usd=0.05)
        place = Place(prices={}, run_budgets=[budget])
        model = ScriptedModel([{**ANSWER, "cost_usd": 0.02, "times": 9}], "demo")
        for _ in range(2):
            await ask(place, model)
        with pytest.raises(BudgetExceeded, match=r"\$0.05 on models and has spent \$0.04; a call of .* costs \$0.02"):
            await ask(place, model)
        assert (await budget.spent()).usd == 0.04

    run(main())


@pytest.mark.parametrize(("prices", "n_booked"), [({}, 0), ({"scripted/*": {"input": 1.0, "output": 10.0}}, 1)])
def test_a_scripted_model_counts_for_the_day_and_in_the_ledger_only_where_the_settings_give_it_a_price(
    prices: dict[str, dict[str, float]], n_booked: int, tmp_path: Path
):
    async def main() -> None:
        ledger = Ledger(str(tmp_path / "ledger.db"), warn=fail)
        day, budget = DayBudget(ledger, usd=0.8, tokens=1_000_000), Budget("run", usd=5.0)
        place = Place(prices=prices, ledger=ledger, run_budgets=[day, budget])
        await ask(place, ScriptedModel([{**ANSWER, "cost_usd": 0.75}], "demo"))
        assert (await budget.spent()).usd == place.run.cost_usd == 0.75
        assert await day.spent() == (Amount(nano(0.75), 108) if n_booked else Amount())
        await ledger.aclose()

    run(main())
    totals = read_totals(str(tmp_path / "ledger.db"), "model")
    assert [(it.name, it.usd) for it in totals] == [("scripted/demo", 0.75)] * n_booked


def test_what_a_price_pays_for_is_what_the_meter_asks_for():
    config: Any = Place().services.catalog.config("paid")
    price = Prices({"paid/*": {"input": 1.0, "output": 10.0}}).price_of(config, "one")
    assert price is not None and price.output_for(nano(INPUT_USD + 7 * PER_TOKEN_USD), N_INPUT) == 7


fates = st.sampled_from(["answers", "refused", "broken", "timeout", "cut", "cancelled", "silent"])


@settings(max_examples=60, deadline=None)
@given(st.lists(fates, min_size=1, max_size=12), st.integers(2, 40))
def test_whatever_becomes_of_calls_the_sums_are_right_the_journal_is_whole_and_nothing_stays_held(calls, n_calls_worth):
    turns: dict[str, Any] = {
        "answers": ANSWER,
        "refused": {"error": 401},
        "broken": {"error": {"malformed": "choices"}},
        "timeout": {"error": "timeout"},
        "cut": {"text": "he", "error": "interrupted"},
        "cancelled": ANSWER,
        "silent": {"text": "hello", "usage": {"input_tokens": 0, "output_tokens": 0}},
    }

    async def main() -> None:
        limit = n_calls_worth * COST
        budgets = [Budget("run", usd=limit), Budget("agent", usd=2 * limit, tokens=2_000_000)]
        ledger = Ledger(":memory:", warn=fail)
        place = Place(ledger=ledger, run_budgets=budgets)

        async def call(fate: str) -> None:
            model = PaidModel(turns[fate], gate=asyncio.Event() if fate == "cancelled" else None)
            calling = asyncio.create_task(ask(place, model))
            begun = asyncio.create_task(model.begun.wait())
            await asyncio.wait({calling, begun}, return_when=asyncio.FIRST_COMPLETED)
            begun.cancel()
            if fate == "cancelled":
                calling.cancel()
            with suppress(LLMSpellError, asyncio.CancelledError):
                await calling

        await asyncio.gather(*(call(it) for it in calls))
        spent = await budgets[0].spent()
        assert spent == await budgets[1].spent() == await ledger.spent_today()
        assert spent.usd == pytest.approx(place.run.cost_usd) and spent.usd <= limit
        assert spent.tokens == place.run.usage.input_tokens + place.run.usage.output_tokens
        entries = place.entries()
        assert len(entries) == len(calls) and all(it.ended_at is not None for it in entries)
        assert sum(it.cost_usd for it in entries) == pytest.approx(place.run.cost_usd)
        rest = Claim(ModelCall("paid", "one", 0.0), Amount(nano(limit)) - Amount(spent.nano_usd), Amount(), Amount())
        assert (await budgets[0].reserve(rest)).amount == rest.want
        await ledger.aclose()

    run(main())
