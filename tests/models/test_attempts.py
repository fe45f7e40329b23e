"""Attempts at a model: which failures are tried again, when, until when, and what the last error says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jumping_clock import now_s, run

from llmspell.errors import BadArgument, KeyMissing, LLMSpellError, MalformedAnswer, ProviderError, ScriptError
from llmspell.models.attempts import Attempts
from llmspell.models.breaker import Breaker
from llmspell.models.messages import Value, user
from llmspell.models.protocol import Capabilities, ModelEvent, ModelRequest, ModelResponse, ReasoningDelta, TextDelta
from llmspell.models.provider_config import Limits
from llmspell.models.scripted import ScriptedModel

ASK = ModelRequest((user("hello"),))
LIMITS = Limits(timeout_s=600, retries=3)
BUSY = {"error": {"status": 503, "message": "too busy"}}


class Timed:
    """A scripted model that notes when it is asked."""

    def __init__(self, *turns: Value, provider: str = "acme") -> None:
        self._inner = ScriptedModel(list(turns), "fast")
        self.provider = provider
        self.name = "fast"
        self.capabilities = Capabilities()
        self.asked_at: list[float] = []

    async def request(self, request: ModelRequest) -> ModelResponse:
        self.asked_at.append(now_s())
        return await self._inner.request(request)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        self.asked_at.append(now_s())
        async for it in self._inner.stream(request):
            yield it

    async def aclose(self) -> None:
        """There is nothing to let go of."""


class Failing(Timed):
    """Always raises the same error."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("")
        self._error = error

    async def request(self, request: ModelRequest) -> ModelResponse:
        self.asked_at.append(now_s())
        raise self._error


def attempts(share: float = 1.0, **changes: int) -> Attempts:
    """With a jitter that always draws this share of the longest wait."""
    return Attempts(random=lambda: share, new_breaker=lambda: Breaker(**changes))


def ask(model: Timed, limits: Limits = LIMITS, *, of: Attempts | None = None, **options: Value) -> tuple[str, int]:
    async def main() -> tuple[str, int]:
        response, n_attempts = await (of or attempts()).run(model, ASK, limits, **options)
        return response.message.text, n_attempts

    return run(main())


def failure(model: Timed, limits: Limits = LIMITS, **options: Value) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(model, limits, **options)
    return caught.value


def test_an_answer_at_once_is_one_attempt() -> None:
    model = Timed("fine")
    assert ask(model) == ("fine", 1)
    assert model.asked_at == [0]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert ask(Timed({"error": {"status": status, "retryable": True}}, "fine")) == ("fine", 2)


@pytest.mark.parametrize("kind", ["connection", "timeout", "interrupted"])
def test_connections_that_fail_are_tried_again(kind: str) -> None:
    assert ask(Timed({"error": kind}, "fine")) == ("fine", 2)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    model = Timed({"error": {"status": status, "message": "no such thing", "request_id": "req-1"}}, "fine")
    error = failure(model)
    assert len(model.asked_at) == 1
    assert error.message.endswith("no such thing")
    assert error.details == {**error.details, "attempts": 1, "status": status, "request_id": "req-1"}


def test_the_waits_double_up_to_their_bound_and_the_jitter_takes_a_share() -> None:
    model = Timed(*[BUSY] * 9, "fine")
    ask(model, replace(LIMITS, retries=9))
    assert model.asked_at == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5, 121.5]
    model = Timed(*[BUSY] * 3, "fine")
    ask(model, of=attempts(share=0.5))
    assert model.asked_at == [0, 0.25, 0.75, 1.75]


def test_retry_after_is_honoured_with_a_little_jitter_so_that_not_all_come_back_at_once() -> None:
    limited = {"error": {"status": 429, "retry_after_s": 7}}
    model = Timed(limited, limited, "fine")
    assert ask(model) == ("fine", 3)
    assert model.asked_at == [0, 7.5, 15]
    model = Timed(limited, "fine")
    ask(model, of=attempts(share=0))
    assert model.asked_at == [0, 7]


@pytest.mark.parametrize("asked_s", ["soon", True, -5, float("nan"), float("inf")])
def test_a_retry_after_that_is_none_is_as_good_as_no_wait_or_the_usual_one(asked_s: object) -> None:
    details = {"kind": "rate_limited", "retryable": True, "retry_after_s": asked_s}
    model = Failing(ProviderError("slow down", details=details))
    failure(model, of=attempts(share=0))
    assert model.asked_at[0] == 0
    assert model.asked_at[-1] <= 3  # true is 1


def test_a_final_error_says_how_many_attempts_there_were_and_what_the_last_one_said() -> None:
    error = failure(Timed(BUSY, {"error": {"status": 500, "message": "broken", "request_id": "r9"}}), retries=1)
    assert error.message == "scripted/fast failed (500): broken, after 2 attempts"
    assert error.details["attempts"] == 2
    assert error.details["request_id"] == "r9"
    assert error.details["kind"] == "server"


def test_a_wait_that_is_longer_than_what_is_left_fails_at_once_and_says_so() -> None:
    model = Timed(BUSY, {"error": {"status": 429, "message": "slow down", "retry_after_s": 60}}, "fine")

    async def main() -> float:
        with pytest.raises(ProviderError) as caught:
            await attempts().run(model, ASK, replace(LIMITS, timeout_s=30))
        assert caught.value.message == (
            "scripted/fast failed (429): slow down, after 2 attempts, "
            "and it asks to wait 60 s, while 29.5 s are left of the 30 s for all attempts"
        )
        assert caught.value.details["retry_after_s"] == 60
        return now_s()

    assert run(main()) == 0.5


def test_a_wait_that_fits_into_what_is_left_is_waited() -> None:
    model = Timed({"error": {"status": 429, "retry_after_s": 29}}, "fine")
    assert ask(model, replace(LIMITS, timeout_s=30)) == ("fine", 2)


def test_backoff_beyond_the_deadline_is_not_waited_for_in_vain() -> None:
    error = failure(Timed(BUSY, BUSY, BUSY), replace(LIMITS, timeout_s=1))
    assert error.details["attempts"] == 2
    assert error.message.endswith("too busy, after 2 attempts, and no time is left of the 1 s for all attempts")


def test_the_deadline_is_one_for_all_attempts_and_is_named() -> None:
    hanging = Timed(BUSY, {"text": "late", "delay_ms": 20_000})

    async def main() -> float:
        with pytest.raises(ProviderError) as caught:
            await attempts().run(hanging, ASK, replace(LIMITS, timeout_s=10))
        error = caught.value
        assert error.message == (
            "acme/fast did not answer within 10 s, the deadline for all attempts, after 2 attempts; "
            "the one before said: scripted/fast failed (503): too busy"
        )
        assert error.details["kind"] == "timeout"
        assert error.details["attempts"] == 2
        assert error.hint == "wait longer with the setting providers.acme.timeout"
        return now_s()

    assert run(main()) == 10
    assert ask(Timed({"text": "late", "delay_ms": 20_000}), replace(LIMITS, timeout_s=21)) == ("late", 1)


def test_no_deadline_is_one_too() -> None:
    assert ask(Timed(BUSY, "fine"), replace(LIMITS, timeout_s=float("inf"))) == ("fine", 2)


def test_a_time_limit_of_the_callers_is_the_callers() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await attempts().run(Timed({"text": "late", "delay_ms": 20_000}), ASK, LIMITS)

    run(main())


@pytest.mark.parametrize(("retries", "n_asked"), [(0, 1), (1, 2), (5, 6), (None, 4)])
def test_retries_may_be_given_for_one_call(retries: int | None, n_asked: int) -> None:
    model = Timed(*[BUSY] * 9)
    error = failure(model, retries=retries)
    assert len(model.asked_at) == error.details["attempts"] == n_asked


@pytest.mark.parametrize("error", [KeyMissing("no key is set"), BadArgument("no pictures")])
def test_what_was_never_sent_is_raised_as_it_is(error: LLMSpellError) -> None:
    model = Failing(error)
    with pytest.raises(type(error)) as caught:
        ask(model)
    assert caught.value is error
    assert len(model.asked_at) == 1


def test_a_malformed_answer_keeps_its_class_and_an_error_that_is_raised_twice_its_words() -> None:
    model = Failing(MalformedAnswer("acme: no choices", details={"retryable": False, "field": "choices"}))
    for _ in range(2):
        error = failure(model)
        assert isinstance(error, MalformedAnswer)
        assert error.message == "acme: no choices"
    model = Failing(ProviderError("busy", details={"retryable": True}))
    for _ in range(2):
        assert failure(model, retries=1).message == "busy, after 2 attempts"


# Streaming


def watch(model: Timed, limits: Limits = LIMITS, **options: Value) -> tuple[str, int, list[ModelEvent]]:
    seen: list[ModelEvent] = []

    async def on_event(event: ModelEvent) -> None:
        seen.append(event)

    text, n_attempts = ask(model, limits, on_event=on_event, **options)
    return text, n_attempts, seen


def test_a_watched_answer_streams_and_only_its_pieces_are_handed_on() -> None:
    text, n_attempts, seen = watch(Timed({"chunks": ["one ", "two"], "reasoning": "hm"}))
    assert (text, n_attempts) == ("one two", 1)
    assert seen == [ReasoningDelta("hm"), TextDelta("one "), TextDelta("two")]


def test_a_stream_that_fails_before_its_first_piece_is_tried_again() -> None:
    assert watch(Timed(BUSY, {"chunks": ["fine"]})) == ("fine", 2, [TextDelta("fine")])


def test_nothing_is_tried_again_once_a_piece_was_handed_on() -> None:
    model = Timed({"chunks": ["one "], "error": "interrupted"}, "fine")
    seen: list[ModelEvent] = []

    async def on_event(event: ModelEvent) -> None:
        seen.append(event)

    error = failure(model, on_event=on_event)
    assert seen == [TextDelta("one ")]
    assert len(model.asked_at) == 1
    assert error.details["kind"] == "interrupted"
    assert error.message.endswith("it is not tried again because a part of the answer was passed on already")


@pytest.mark.parametrize("error", [ScriptError("mine"), ProviderError("of another", details={"retryable": True})])
def test_what_the_watcher_raises_is_raised_as_it_is_and_is_not_the_providers_fault(error: LLMSpellError) -> None:
    async def on_event(event: ModelEvent) -> None:
        raise error

    model, of = Timed({"chunks": ["one"]}, "fine"), attempts(failures_to_open=1)
    with pytest.raises(type(error)) as caught:
        ask(model, of=of, on_event=on_event)
    assert caught.value is error
    assert "attempts" not in error.details
    assert len(model.asked_at) == 1
    assert of.breaker("acme").state == "closed"


def test_a_stream_is_closed_when_its_reader_is_cancelled() -> None:
    closed: list[bool] = []

    class Endless(Timed):
        async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            try:
                while True:
                    yield TextDelta("x")
                    await asyncio.sleep(1)
            finally:
                closed.append(True)

    async def main() -> None:
        reached = asyncio.Event()

        async def on_event(event: ModelEvent) -> None:
            reached.set()

        task = asyncio.create_task(attempts().run(Endless(""), ASK, LIMITS, on_event=on_event))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed == [True]

    run(main())


def test_a_stream_that_ends_without_an_end_is_a_malformed_answer() -> None:
    class Short(Timed):
        async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            yield TextDelta("x")

    async def on_event(event: ModelEvent) -> None: ...

    assert isinstance(failure(Short(""), on_event=on_event), MalformedAnswer)


# The circuit breaker


def test_a_provider_that_fails_again_and_again_is_left_alone_and_then_tried_once() -> None:
    async def main() -> None:
        of = attempts(share=0, failures_to_open=4)
        model = Timed(*[BUSY] * 4, "fine", "fine")
        with pytest.raises(ProviderError):
            await of.run(model, ASK, LIMITS)
        with pytest.raises(ProviderError) as caught:
            await of.run(model, ASK, LIMITS)
        error = caught.value
        assert len(model.asked_at) == 4
        assert (
            error.message
            == "acme/fast is not asked: acme has failed again and again and is left alone for another 30 s"
        )
        assert error.details == {
            "provider": "acme",
            "model": "fast",
            "kind": "circuit_open",
            "retryable": False,
            "retry_after_s": 30,
            "attempts": 0,
        }
        other = await of.run(Timed("fine", provider="other"), ASK, LIMITS)
        assert other[0].message.text == "fine"
        await asyncio.sleep(30)
        assert (await of.run(model, ASK, LIMITS))[1] == 1
        assert of.breaker("acme").state == "closed"

    run(main())


def test_a_call_whose_failures_open_the_circuit_says_what_the_last_attempt_said() -> None:
    error = failure(Timed(*[BUSY] * 9), of=attempts(share=0, failures_to_open=2))
    assert error.details["kind"] == "circuit_open"
    assert error.details["attempts"] == 2
    assert error.message.endswith("30 s, after 2 attempts; the last one said: scripted/fast failed (503): too busy")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429])
def test_what_is_the_callers_fault_opens_nothing(status: int) -> None:
    of = attempts(share=0, failures_to_open=2)
    failure(Timed(*[{"error": status}] * 9), of=of)
    failure(Timed(*[{"error": status}] * 9), of=of)
    assert of.breaker("acme").state == "closed"


@pytest.mark.parametrize("failing", [{"error": 500}, {"error": "connection"}, {"error": {"malformed": "choices"}}])
def test_what_is_the_providers_fault_opens_it(failing: Value) -> None:
    of = attempts(share=0, failures_to_open=2)
    for _ in range(2):
        failure(Timed(failing), of=of, retries=0)
    assert of.breaker("acme").state == "open"


def test_a_provider_that_hangs_until_the_deadline_has_failed_and_one_that_was_cancelled_has_not() -> None:
    async def main(end: Callable[[Attempts, Timed], Value]) -> str:
        of = attempts(failures_to_open=1)
        await end(of, Timed({"text": "late", "delay_ms": 20_000}))
        return of.breaker("acme").state

    async def hang(of: Attempts, model: Timed) -> None:
        with pytest.raises(ProviderError):
            await of.run(model, ASK, replace(LIMITS, timeout_s=5))

    async def cancel(of: Attempts, model: Timed) -> None:
        task = asyncio.create_task(of.run(model, ASK, LIMITS))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert run(main(hang)) == "open"
    assert run(main(cancel)) == "closed"


# Rate limits


def test_a_call_waits_for_its_turn_and_the_wait_counts_against_the_deadline() -> None:
    async def main() -> None:
        of, limits = attempts(), replace(LIMITS, requests_per_minute=1, timeout_s=70)
        model = Timed(*["fine"] * 3)
        calls = [asyncio.create_task(of.run(model, ASK, limits)) for _ in range(3)]
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert model.asked_at == [0, 60]
        assert isinstance(done[2], ProviderError)
        assert done[2].message == (
            "acme/fast was not asked: its turn under the rate limits of acme did not come in 70 s"
        )
        assert done[2].details["kind"] == "timeout"
        assert done[2].details["attempts"] == 0
        assert done[2].hint == "do less at once, raise the limits of providers.acme, or its timeout"
        assert of.breaker("acme").state == "closed"

    run(main())


def test_each_attempt_is_a_request_and_the_real_usage_counts() -> None:
    async def main() -> None:
        limits = replace(LIMITS, tokens_per_minute=1000, requests_per_minute=3)
        of = attempts(share=0)
        model = Timed(BUSY, {"text": "a", "usage": {"input_tokens": 10, "output_tokens": 5}}, "b", "c")
        for _ in range(3):
            await of.run(model, ASK, limits)
        assert model.asked_at == [0, 0, 0, 60]

    run(main())


def test_tokens_beyond_the_limit_wait_and_those_of_a_refusal_are_given_back() -> None:
    async def main() -> None:
        limits = replace(LIMITS, tokens_per_minute=1000)
        of = attempts()
        model = Timed({"error": 400}, {"text": "a", "usage": {"input_tokens": 990}}, "b")
        with pytest.raises(ProviderError):
            await of.run(model, ASK, limits)
        for _ in range(2):
            await of.run(model, ASK, limits)
        assert model.asked_at == [0, 0, 60]

    run(main())


def test_an_answer_that_does_not_say_what_it_used_counts_by_estimate() -> None:
    async def main() -> None:
        limits, of = replace(LIMITS, tokens_per_minute=600), attempts()
        model = Timed(*[{"text": "a", "usage": {"input_tokens": 0, "output_tokens": 0}}] * 2)
        for _ in range(2):
            await of.run(model, ASK, limits)
        assert model.asked_at == [0, 60]

    run(main())


@given(
    st.lists(st.sampled_from(["fine", "503", "429", "400", "hang"]), min_size=1, max_size=8),
    st.integers(0, 4),
    st.sampled_from([1.0, 8.0, 600.0]),
    st.floats(0, 1),
)
def test_whatever_a_provider_does_the_call_ends_in_time_with_what_it_has_said(
    script: list[str], retries: int, timeout_s: float, share: float
) -> None:
    turns: dict[str, Value] = {
        "fine": "fine",
        "503": BUSY,
        "429": {"error": {"status": 429, "retry_after_s": 5}},
        "400": {"error": 400},
        "hang": {"text": "late", "delay_ms": 700_000},
    }
    model = Timed(*[turns[it] for it in script], "fine", "fine", "fine", "fine", "fine")

    async def main() -> None:
        try:
            _, n_attempts = await attempts(share).run(model, ASK, replace(LIMITS, timeout_s=timeout_s), retries=retries)
            assert script[n_attempts - 1 : n_attempts] in (["fine"], [])
        except ProviderError as error:
            n_attempts = error.details["attempts"]
        assert n_attempts == len(model.asked_at) <= retries + 1
        assert now_s() <= timeout_s
        assert "400" not in script[: n_attempts - 1]

    run(main())
