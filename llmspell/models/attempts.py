"""Make attempts at a model until one succeeds, within a deadline over all of them.

What is tried again is the model's to say (`details["retryable"]`): 408, 409, 429, 5xx, connections that failed or broke
off. Between attempts lies exponential backoff with full jitter; a provider that says `Retry-After` is believed. Once a
piece of an answer was handed on, nothing is tried again: nobody could take it back.

Knows nothing of agents, money and permissions. Times are those of the event loop's clock."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable

from llmspell.errors import LLMSpellError, MalformedAnswer, ProviderError
from llmspell.models.attempted_call import AttemptedCall, OnModelEvent
from llmspell.models.breaker import Breaker, Outcome
from llmspell.models.protocol import Completed, Model, ModelRequest, ModelResponse
from llmspell.models.provider_config import Limits
from llmspell.models.rate_limits import RateLimit, estimate_tokens

FIRST_BACKOFF_S = 0.5  # at most, after the first attempt; twice as much after each that follows
LONGEST_BACKOFF_S = 30.0

# Kinds of errors by which a provider, or the way to it, is out of order. All others are answers of one that works.
_OUT_OF_ORDER = frozenset({"connection", "timeout", "overloaded", "server", "interrupted"})


class Attempts:
    """What attempts share: a circuit breaker and the rate limits of each provider. Belongs to one event loop.

    Args:
        new_breaker: Makes the breaker of a provider that is met for the first time.
        random: Numbers from 0 to 1, for the jitter.
        tell: Told before each wait what has failed, and how many seconds the wait is.
    """

    def __init__(
        self,
        *,
        new_breaker: Callable[[], Breaker] = Breaker,
        random: Callable[[], float] = random.random,
        tell: Callable[[ProviderError, float], None] | None = None,
    ) -> None:
        self._new_breaker = new_breaker
        self._random = random
        self._tell = tell
        self._breakers: dict[str, Breaker] = {}
        self._rates: dict[tuple[str, float | None, float | None], RateLimit] = {}

    def breaker(self, provider: str) -> Breaker:
        """The breaker of a provider."""
        found = self._breakers.get(provider)
        if found is None:
            found = self._breakers[provider] = self._new_breaker()
        return found

    async def run(
        self,
        model: Model,
        request: ModelRequest,
        limits: Limits,
        *,
        on_event: OnModelEvent | None = None,
        retries: int | None = None,
    ) -> tuple[ModelResponse, int]:
        """The model's answer, and how many attempts it took.

        Args:
            limits: Of the model's provider. The wait for a turn under its rates counts against the deadline.
            on_event: With it the model streams. Awaited for each delta; what it raises is raised, as it is. The end
                (`Completed`) is not handed on: it is what this returns.
            retries: Instead of the limits'.

        Raises:
            ProviderError: The last one, with the number of attempts; or of the kind `timeout`, which names the
                deadline; or `circuit_open`, where the provider is left alone. `details["attempts"]` is always there.
            KeyMissing, BadArgument: As the model raises them, at once.
        """
        n_retries = limits.retries if retries is None else retries
        call = AttemptedCall(model, request, limits, on_event, asyncio.get_running_loop().time() + limits.timeout_s)
        try:
            async with asyncio.timeout_at(call.deadline) as timer:
                while True:
                    try:
                        return await self._attempt(call), call.n_attempts
                    except ProviderError as error:
                        if call.is_watched:
                            raise
                        wait_s = self._wait_s(call, error, n_retries)
                        call.last = error
                        if self._tell is not None:
                            self._tell(error, wait_s)
                    await asyncio.sleep(wait_s)
        except TimeoutError as error:
            if not timer.expired():
                raise
            raise call.too_late() from error

    async def _attempt(self, call: AttemptedCall) -> ModelResponse:
        clock = asyncio.get_running_loop().time
        breaker = self.breaker(call.model.provider)
        if breaker.is_blocked(clock()):  # before the wait for a turn, which it would spend in vain
            raise call.circuit_open(breaker.blocked_s(clock()))
        rate = self._rate(call)
        tokens = estimate_tokens(call.request) if rate is not None else 0.0
        turn = await rate.take(tokens) if rate is not None else None
        ticket = breaker.admit(clock())
        outcome = Outcome.UNKNOWN
        try:
            if ticket is None:
                raise call.circuit_open(breaker.blocked_s(clock()))
            call.n_attempts += 1
            if call.on_event is None:
                response = await call.model.request(call.request)
            else:
                response = await _stream(call, call.on_event)
            outcome = Outcome.ANSWERED
            # A server that counts nothing has not used nothing.
            tokens = response.usage.input_tokens + response.usage.output_tokens or tokens
            return response
        except LLMSpellError as error:
            if not call.is_watched:
                outcome = _outcome_of(error)
                tokens = tokens if _was_worked_on(error) else 0
            raise
        except asyncio.CancelledError:
            if clock() >= call.deadline and not call.is_watched:
                outcome = Outcome.FAILED
            raise
        finally:
            if ticket is not None:
                breaker.settle(ticket, outcome, clock())
            if rate is not None and turn is not None:
                rate.settle(turn, tokens)

    def _rate(self, call: AttemptedCall) -> RateLimit | None:
        requests, tokens = call.limits.requests_per_minute, call.limits.tokens_per_minute
        if requests is None and tokens is None:
            return None
        key = (call.model.provider, requests, tokens)
        found = self._rates.get(key)
        if found is None:
            found = self._rates[key] = RateLimit(requests, tokens)
        return found

    def _wait_s(self, call: AttemptedCall, error: ProviderError, n_retries: int) -> float:
        """How long to wait before the next attempt.

        Raises:
            ProviderError: There is none.
        """
        why = ""
        if error.details.get("retryable") is True and call.n_attempts <= n_retries:
            step_s = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** min(call.n_attempts - 1, 30))
            asked_s = _retry_after_s(error)
            # What a provider asks for is the least. The jitter keeps apart those that it has told the same.
            wait_s = self._random() * step_s if asked_s is None else asked_s + self._random() * FIRST_BACKOFF_S
            left_s = call.deadline - asyncio.get_running_loop().time()
            if call.has_handed_on:
                why = ", and it is not tried again because a part of the answer was passed on already"
            elif wait_s < left_s:
                return wait_s
            elif asked_s is None:
                why = f", and no time is left of the {call.limits.timeout_s:g} s for all attempts"
            else:
                why = (
                    f", and it asks to wait {asked_s:g} s, while {left_s:.3g} s are left of the "
                    f"{call.limits.timeout_s:g} s for all attempts"
                )
        raise call.final(error, why).with_traceback(error.__traceback__) from error.__cause__


async def _stream(call: AttemptedCall, on_event: OnModelEvent) -> ModelResponse:
    events = call.model.stream(call.request)
    try:
        async for event in events:
            if isinstance(event, Completed):
                return event.response
            call.has_handed_on = call.is_watched = True
            await on_event(event)
            call.is_watched = False
    finally:
        close = getattr(events, "aclose", None)  # the protocol of iterators does not know it; generators have it
        if close is not None:
            await close()
    raise MalformedAnswer(
        f"{call.name}: the stream ended before the answer was complete",
        details=call.details("interrupted", retryable=True),
    )


def _outcome_of(error: LLMSpellError) -> Outcome:
    if not isinstance(error, ProviderError) or error.details.get("kind") == "circuit_open":
        return Outcome.UNKNOWN
    status = error.details.get("status")
    is_server = isinstance(status, int) and status >= 500
    is_failure = is_server or error.details.get("kind") in _OUT_OF_ORDER or isinstance(error, MalformedAnswer)
    return Outcome.FAILED if is_failure else Outcome.ANSWERED


def _was_worked_on(error: LLMSpellError) -> bool:
    """Whether the provider may have used tokens for it: not where it refused, or nothing was sent."""
    return isinstance(error, MalformedAnswer) or error.details.get("kind") in ("timeout", "interrupted")


def _retry_after_s(error: LLMSpellError) -> float | None:
    asked = error.details.get("retry_after_s")
    if not isinstance(asked, int | float) or not math.isfinite(asked):
        return None
    return max(0.0, float(asked))
