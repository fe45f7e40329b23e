"""The budget of a day: shared through the ledger, first come, first served within a run."""

import asyncio
from pathlib import Path

import pytest

from llmspell.effects.day_budget import DayBudget
from llmspell.errors import BudgetExceeded, StoreError
from llmspell.journal.entries import Usage
from llmspell.journal.ledger import Ledger
from llmspell.journal.spending import NOTHING, Amount, Booking, Claim, ModelCall, nano

NOON = 1_795_867_200.0  # 2026-11-28 12:00 UTC
CALL = ModelCall("openai", "gpt-5-mini", NOON)


def claim(usd: float, *, least: float | None = None) -> Claim:
    return Claim(CALL, Amount(nano(usd), 100), Amount(nano(usd if least is None else least), 10), NOTHING)


def fail(error: StoreError) -> None:
    raise AssertionError(error)


class Day:
    """A ledger whose clock stands still until it is set."""

    def __init__(self, path: Path) -> None:
        self.now = NOON
        self.ledger = Ledger(str(path / "ledger.db"), warn=fail, clock=lambda: self.now)

    def book(self, hold: int, usd: float) -> None:
        self.ledger.book(Booking(CALL, Usage(10, 10), nano(usd), hold=hold))


def test_two_runs_share_one_limit_and_a_new_day_begins_with_all_of_it(tmp_path):
    async def main() -> None:
        day, other = Day(tmp_path), Day(tmp_path)
        one, two = DayBudget(day.ledger, usd=1.0), DayBudget(other.ledger, usd=1.0)
        held = await one.reserve(claim(0.75))
        waiting = asyncio.create_task(two.reserve(claim(0.5)))
        await other.ledger.spent_today()
        assert not waiting.done()
        day.book(held.number, 0.125)
        held.settle(Amount(nano(0.125), 20))
        await day.ledger.flush()
        held = await waiting  # found by asking again: nobody has told it
        other.book(held.number, 0.5)
        held.settle(Amount(nano(0.5), 20))
        assert await two.spent() == Amount(nano(0.625), 40)
        with pytest.raises(BudgetExceeded) as caught:
            await one.reserve(claim(0.5))
        assert caught.value.message.startswith("this day may spend $1.00 on models and has spent $0.625;")
        assert caught.value.details["scope"] == "day" and "00:00 UTC" in caught.value.hint
        day.now += 86_400
        assert (await one.reserve(claim(1.0))).amount.nano_usd == nano(1.0)
        await day.ledger.aclose()
        await other.ledger.aclose()

    asyncio.run(main())


def test_calls_of_one_run_are_served_in_their_order_as_soon_as_there_is_room(tmp_path):
    async def main() -> None:
        day = Day(tmp_path)
        budget = DayBudget(day.ledger, tokens=100)
        first = await budget.reserve(claim(0.1))
        served: list[int] = []

        async def wait(name: int) -> None:
            held = await budget.reserve(claim(0.1))
            served.append(name)
            day.book(held.number, 0.0)
            held.settle(NOTHING)

        waiting = [asyncio.create_task(wait(it)) for it in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        day.ledger.book(Booking(CALL, hold=first.number, happened=False))
        first.settle(NOTHING)
        results = await asyncio.gather(*waiting, return_exceptions=True)
        # 20 tokens are spent by the first of them: the last one gets the 80 that are left.
        assert served == [0, 2] and isinstance(results[1], asyncio.CancelledError)
        assert await budget.spent() == Amount(0, 40)
        await day.ledger.aclose()

    asyncio.run(main())


def test_without_its_ledger_no_call_is_let_through(tmp_path):
    (tmp_path / "file").write_text("")

    async def main() -> None:
        ledger = Ledger(str(tmp_path / "file" / "ledger.db"), warn=fail)
        with pytest.raises(StoreError, match="there is a budget for the day, so no model is called without it"):
            await DayBudget(ledger, usd=1.0).reserve(claim(0.1))
        await ledger.aclose()

    asyncio.run(main())


def test_one_that_is_cancelled_while_it_waits_leaves_nothing_held(tmp_path):
    async def main() -> None:
        day = Day(tmp_path)
        budget = DayBudget(day.ledger, usd=1.0)
        held = await budget.reserve(claim(0.75))
        for n_ticks in range(6):
            waiting = asyncio.create_task(budget.reserve(claim(0.5)))
            for _ in range(n_ticks):
                await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        day.ledger.book(Booking(CALL, hold=held.number, happened=False))
        held.settle(NOTHING)
        assert (await budget.reserve(claim(1.0))).amount.nano_usd == nano(1.0)
        await day.ledger.aclose()

    asyncio.run(main())
