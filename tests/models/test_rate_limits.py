"""Requests wait for their turn: exactly as long as they must, in their order, whoever gives up."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jumping_clock import now_s, run

from llmspell.models.estimate import IMAGE_TOKENS, text_tokens
from llmspell.models.messages import Media, ToolCall, assistant, system, user
from llmspell.models.protocol import ModelRequest, ModelSettings, ToolDefinition
from llmspell.models.rate_limits import WINDOW_S, RateLimit, estimate_tokens


def begin_times(limit: RateLimit, estimates: list[float]) -> list[float]:
    """When each of these requests begins, all asked for at once."""

    async def one(tokens: float) -> float:
        await limit.take(tokens)
        return now_s()

    async def main() -> list[float]:
        return list(await asyncio.gather(*map(one, estimates)))

    return run(main())


def test_without_limits_nobody_waits() -> None:
    assert begin_times(RateLimit(None, None), [1e9] * 5) == [0] * 5


def test_no_more_requests_begin_within_a_minute_than_the_limit_says() -> None:
    assert begin_times(RateLimit(2, None), [0] * 5) == [0, 0, 60, 60, 120]


def test_no_more_tokens_are_used_within_a_minute_than_the_limit_says() -> None:
    assert begin_times(RateLimit(None, 100), [60, 40, 1, 99, 100]) == [0, 0, 60, 60, 120]


def test_both_limits_count() -> None:
    assert begin_times(RateLimit(3, 100), [10, 10, 10, 10, 90]) == [0, 0, 0, 60, 60]
    assert begin_times(RateLimit(3, 100), [50, 50, 10, 10, 10]) == [0, 0, 60, 60, 60]


def test_a_request_with_more_tokens_than_the_limit_goes_alone() -> None:
    assert begin_times(RateLimit(None, 100), [10, 500, 10]) == [0, 60, 120]


def test_less_than_one_request_a_minute_is_one_at_a_time() -> None:
    assert begin_times(RateLimit(0.5, None), [0, 0]) == [0, 60]


def test_first_come_first_served_even_where_a_later_one_would_fit() -> None:
    assert begin_times(RateLimit(None, 100), [90, 90, 5]) == [0, 60, 60]


def test_tokens_that_were_not_used_are_given_back_at_once() -> None:
    async def main() -> float:
        limit = RateLimit(None, 100)
        turn = await limit.take(100)
        waiting = asyncio.create_task(limit.take(50))
        await asyncio.sleep(5)
        assert not waiting.done()
        limit.settle(turn, 20)
        await waiting
        return now_s()

    assert run(main()) == 5


def test_tokens_that_were_used_beyond_the_estimate_count() -> None:
    async def main() -> float:
        limit = RateLimit(None, 100)
        limit.settle(await limit.take(10), 100)
        await limit.take(10)
        return now_s()

    assert run(main()) == 60


@pytest.mark.parametrize("leaving", [0, 1])
def test_whoever_gives_up_has_taken_nothing_and_stops_nobody(leaving: int) -> None:
    async def main() -> list[float]:
        limit = RateLimit(1, None)
        await limit.take(0)
        began: list[float] = []

        async def one() -> None:
            await limit.take(0)
            began.append(now_s())

        tasks = [asyncio.create_task(one()) for _ in range(3)]
        await asyncio.sleep(1)
        tasks[leaving].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert tasks[leaving].cancelled()
        return began

    assert run(main()) == [60, 120]


Request = tuple[float, float, float, float | None]  # asked at, estimate, real usage, cancelled after


@given(
    st.integers(1, 4),
    st.integers(20, 200),
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 1.0, 30.0, 59.0, 61.0]),
            st.floats(0, 100),
            st.floats(0, 100),
            st.none() | st.sampled_from([0.5, 59.5, 70.0]),
        ),
        max_size=14,
    ),
)
def test_whatever_comes_and_goes_the_limits_hold_in_every_minute(
    requests: int, tokens: int, arrivals: list[Request]
) -> None:
    began: list[tuple[float, int, float]] = []  # when, whose, tokens known at that time
    asked: list[int] = []

    async def one(limit: RateLimit, number: int, arrival: Request) -> None:
        asked_at, estimate, used, patience_s = arrival
        await asyncio.sleep(asked_at)
        asked.append(number)  # of those that wake at the same time, either may be first
        try:
            async with asyncio.timeout(patience_s):
                turn = await limit.take(estimate)
        except TimeoutError:
            return
        now = asyncio.get_running_loop().time()
        before = sum(amount for at, _, amount in began if at + WINDOW_S > now)
        assert before + estimate <= tokens + 1e-6 or before == 0
        assert sum(at + WINDOW_S > now for at, _, _ in began) < requests
        began.append((now, number, used))  # settled at once: what is known from here on
        limit.settle(turn, used)

    async def main() -> None:
        limit = RateLimit(requests, tokens)
        async with asyncio.TaskGroup() as group:
            for number, arrival in enumerate(arrivals):
                group.create_task(one(limit, number, arrival))

    run(main())
    patient = {number for number, it in enumerate(arrivals) if it[3] is None}
    assert patient <= {number for _, number, _ in began}, "everybody who waits has their turn"
    assert [it for _, it, _ in began if it in patient] == [it for it in asked if it in patient]


def test_the_estimate_counts_all_that_is_sent_and_what_may_be_answered() -> None:
    plain = ModelRequest((user("x" * 400),), settings=ModelSettings(max_tokens=50))
    text = text_tokens(400)
    assert estimate_tokens(plain) == text + 50
    assert estimate_tokens(ModelRequest((user("x" * 400),))) > text
    picture = ModelRequest((user("x" * 400, Media("image", "image/png", b"1" * 10**6)),), settings=plain.settings)
    assert estimate_tokens(picture) == text + IMAGE_TOKENS + 50
    call = ToolCall("1", "t", {"input": "x" * 400})
    full = ModelRequest(
        (system("y" * 400), user("x" * 400), assistant("z" * 400, (call,))),
        (ToolDefinition("t", "d" * 400, {"type": "object"}),),
        settings=plain.settings,
    )
    assert estimate_tokens(full) > 5 * text + 50
