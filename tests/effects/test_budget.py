"""Budgets: a ceiling that nothing exceeds, for calls that happen at once, are cut down, wait and are given up."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from llmspell.effects.budget import Budget, Held, shown_usd
from llmspell.errors import BudgetExceeded
from llmspell.journal.spending import NOTHING, Amount, Claim, ModelCall, nano

CALL = ModelCall("openai", "gpt-5-mini", 0.0)


def claim(usd: float = 0.0, tokens: int = 0, *, least_usd: float | None = None, least: int | None = None) -> Claim:
    smallest = Amount(nano(usd if least_usd is None else least_usd), tokens if least is None else least)
    return Claim(CALL, Amount(nano(usd), tokens), smallest, NOTHING)


def usd(amount: float, tokens: int = 0) -> Amount:
    return Amount(nano(amount), tokens)


async def tick() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def test_what_fits_is_held_and_what_is_settled_is_spent():
    async def main() -> None:
        budget = Budget("run", usd=1.0)
        held = await budget.reserve(claim(0.6, 10))
        assert held.amount == usd(0.6, 10) and await budget.spent() == NOTHING
        held.settle(usd(0.1, 7))
        assert await budget.spent() == usd(0.1, 7)
        assert (await budget.reserve(claim(0.9))).amount == usd(0.9)

    run(main())


@pytest.mark.parametrize(
    ("budget", "wanted", "words", "details"),
    [
        (
            Budget("run", usd=0.5),
            claim(0.75, least_usd=0.6),
            "this run may spend $0.50 on models and has spent $0.00; a call of openai/gpt-5-mini costs at least $0.60,"
            " at the most $0.75",
            {"scope": "run", "unit": "usd", "limit": 0.5, "spent": 0.0, "needed": 0.6, "model": "openai/gpt-5-mini"},
        ),
        (
            Budget("agent", tokens=100, owner="writer"),
            claim(0, 101),
            "the agent writer may spend 100 tokens on models and has spent 0; a call of openai/gpt-5-mini costs"
            " 101 tokens",
            {"scope": "agent", "unit": "tokens", "limit": 100, "spent": 0, "needed": 101, "model": "openai/gpt-5-mini"},
        ),
    ],
)
def test_a_call_that_never_fits_is_refused_with_everything_that_is_to_be_known(budget, wanted, words, details):
    with pytest.raises(BudgetExceeded) as caught:
        run(budget.reserve(wanted))
    assert caught.value.message == words
    assert caught.value.details == details
    assert caught.value.exit_code == 79
    assert "--budget" in caught.value.hint if budget.scope == "run" else "budget = { tokens" in caught.value.hint


def test_one_that_is_alone_gets_what_is_left_if_that_is_enough():
    async def main() -> None:
        budget = Budget("run", usd=1.0, tokens=100)
        (await budget.reserve(claim(0.75, 60))).settle(usd(0.75, 60))
        held = await budget.reserve(claim(0.5, 70, least_usd=0.2, least=10))
        assert held.amount == usd(0.25, 40)
        held.settle(NOTHING)
        with pytest.raises(BudgetExceeded):
            await budget.reserve(claim(0.5, 70, least_usd=0.26, least=10))
        with pytest.raises(BudgetExceeded, match="100 tokens"):
            await budget.reserve(claim(0.1, 41))

    run(main())


def test_one_that_does_not_fit_beside_others_waits_until_they_have_settled():
    async def main() -> None:
        budget = Budget("run", usd=1.0)
        first = await budget.reserve(claim(0.9))
        waiting = asyncio.create_task(budget.reserve(claim(0.5, least_usd=0.1)))
        await tick()
        assert not waiting.done()  # it could have 0.1 now, and may have 0.5 in a moment
        first.settle(usd(0.2))
        assert (await waiting).amount == usd(0.5)

    run(main())


def test_it_is_refused_while_others_are_under_way_only_if_they_have_spent_too_much_already():
    async def main() -> None:
        budget = Budget("run", usd=1.0)
        (await budget.reserve(claim(0.5))).settle(usd(0.5))
        first = await budget.reserve(claim(0.4))
        with pytest.raises(BudgetExceeded, match=r"has spent \$0.50"):
            await budget.reserve(claim(0.6))
        waiting = asyncio.create_task(budget.reserve(claim(0.5)))
        await tick()
        assert not waiting.done()
        first.settle(usd(0.1))  # now 0.5 does not fit any more, and nobody holds anything
        with pytest.raises(BudgetExceeded, match=r"has spent \$0.60"):
            await waiting

    run(main())


def test_who_came_first_is_served_first_also_if_a_smaller_one_would_fit():
    async def main() -> None:
        budget = Budget("run", tokens=100)
        first = await budget.reserve(claim(0, 60))
        served: list[str] = []

        async def wait(name: str, tokens: int) -> Held:
            held = await budget.reserve(claim(0, tokens))
            served.append(name)
            return held

        large, small = asyncio.create_task(wait("large", 80)), asyncio.create_task(wait("small", 10))
        await tick()
        assert served == []
        first.settle(NOTHING)
        await tick()
        assert served == ["large", "small"]
        assert large.done() and small.done()

    run(main())


def test_one_that_gives_up_waiting_holds_nothing_and_lets_the_next_one_go():
    async def main() -> None:
        budget = Budget("run", tokens=100)
        first = await budget.reserve(claim(0, 60))
        given_up = asyncio.create_task(budget.reserve(claim(0, 90)))
        behind = asyncio.create_task(budget.reserve(claim(0, 40)))
        await tick()
        assert not behind.done()
        given_up.cancel()
        await tick()
        assert given_up.cancelled() and (await behind).amount == Amount(0, 40)
        first.settle(NOTHING)
        (await behind).settle(NOTHING)
        assert (await budget.reserve(claim(0, 100))).amount == Amount(0, 100)

    run(main())


def test_one_that_is_cancelled_in_the_moment_it_is_served_gives_back_what_it_got():
    async def main() -> None:
        budget = Budget("run", tokens=100)
        first = await budget.reserve(claim(0, 60))
        waiting = asyncio.create_task(budget.reserve(claim(0, 90)))
        await tick()
        first.settle(NOTHING)  # serves it, but it has not run yet
        waiting.cancel()
        await tick()
        assert waiting.cancelled()
        assert (await budget.reserve(claim(0, 100))).amount == Amount(0, 100)

    run(main())


def test_who_needs_less_after_all_lets_the_others_in():
    async def main() -> None:
        budget = Budget("run", tokens=100)
        first = await budget.reserve(claim(0, 60))
        waiting = asyncio.create_task(budget.reserve(claim(0, 90)))
        await tick()
        first.lower(Amount(0, 10))
        assert (await waiting).amount == Amount(0, 90)
        first.settle(Amount(0, 10))
        (await waiting).settle(Amount(0, 90))
        assert await budget.spent() == Amount(0, 100)

    run(main())


def test_a_budget_without_a_limit_only_counts():
    async def main() -> None:
        budget = Budget("agent")
        (await budget.reserve(claim(1e6, 10**9))).settle(usd(1e6, 10**9))
        assert await budget.spent() == usd(1e6, 10**9)

    run(main())


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0.0, "0.00"), (0.5, "0.50"), (12.345, "12.35"), (0.0123456, "0.0123"), (0.00000025, "0.00000025"), (0.1, "0.10")],
)
def test_small_amounts_are_shown_with_as_many_places_as_they_need(amount, shown):
    assert shown_usd(amount) == shown


class BudgetMachine(RuleBasedStateMachine):
    """Calls come, wait, are settled and cancelled in any order. Some cost more than was held for them."""

    LIMIT = Amount(1_000, 500)

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.budget = Budget("run", usd=self.LIMIT.usd, tokens=self.LIMIT.tokens)
        self.tasks: list[tuple[Claim, asyncio.Task[Held]]] = []
        self.held: list[Held] = []
        self.settled = NOTHING
        self.overrun = NOTHING

    def teardown(self) -> None:
        while self.held or any(not task.done() for _, task in self.tasks):
            self.collect()
            assert self.held, "somebody waits though nobody holds anything"
            self.held.pop().settle(NOTHING)
            self.loop.run_until_complete(tick())
        self.collect()
        self.loop.close()

    def collect(self) -> None:
        self.loop.run_until_complete(tick())
        for wanted, task in [it for it in self.tasks if it[1].done()]:
            self.tasks.remove((wanted, task))
            if task.cancelled():
                continue
            if (error := task.exception()) is not None:
                assert isinstance(error, BudgetExceeded)
                over = self.settled + wanted.least
                assert over.nano_usd > self.LIMIT.nano_usd or over.tokens > self.LIMIT.tokens
                continue
            got = task.result().amount
            assert wanted.least.nano_usd <= got.nano_usd <= wanted.want.nano_usd
            assert wanted.least.tokens <= got.tokens <= wanted.want.tokens
            self.held.append(task.result())

    @rule(nano_usd=st.integers(0, 1_200), tokens=st.integers(0, 600), part=st.integers(0, 100))
    def call(self, nano_usd: int, tokens: int, part: int) -> None:
        least = Amount(nano_usd * part // 100, tokens * part // 100)
        wanted = Claim(CALL, Amount(nano_usd, tokens), least, NOTHING)
        self.tasks.append((wanted, self.loop.create_task(self.budget.reserve(wanted))))
        self.collect()

    @precondition(lambda self: self.held)
    @rule(i=st.integers(0, 100), part=st.integers(0, 130), at_once=st.booleans())
    def settle(self, i: int, part: int, at_once: bool) -> None:
        held = self.held.pop(i % len(self.held))
        spent = Amount(held.amount.nano_usd * part // 100, held.amount.tokens * part // 100)
        over = spent - held.amount
        self.overrun += Amount(max(over.nano_usd, 0), max(over.tokens, 0))
        held.settle(spent)
        self.settled += spent
        if not at_once:
            self.collect()

    @precondition(lambda self: self.held)
    @rule(i=st.integers(0, 100), part=st.integers(0, 100))
    def lower(self, i: int, part: int) -> None:
        held = self.held[i % len(self.held)]
        held.lower(Amount(held.amount.nano_usd * part // 100, held.amount.tokens * part // 100))
        self.collect()

    @precondition(lambda self: self.tasks)
    @rule(i=st.integers(0, 100))
    def cancel(self, i: int) -> None:
        self.tasks[i % len(self.tasks)][1].cancel()
        self.collect()

    @invariant()
    def nothing_is_spent_beyond_the_limit_but_what_calls_cost_more_than_they_held(self) -> None:
        held = sum((it.amount for it in self.held), NOTHING)
        over = self.settled + held - self.overrun
        assert over.nano_usd <= self.LIMIT.nano_usd and over.tokens <= self.LIMIT.tokens
        assert self.loop.run_until_complete(self.budget.spent()) == self.settled

    @invariant()
    def nobody_waits_while_nobody_holds_anything(self) -> None:
        self.collect()
        if not self.held:
            assert all(task.done() for _, task in self.tasks)


TestBudgetMachine = BudgetMachine.TestCase
TestBudgetMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
