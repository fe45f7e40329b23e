"""One call while attempts are made at it, and what its errors say. For `models.attempts`."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass

from llmspell.errors import ProviderError
from llmspell.models.error_kinds import hint_of
from llmspell.models.protocol import Model, ModelEvent, ModelRequest
from llmspell.models.provider_config import Limits

OnModelEvent = Callable[[ModelEvent], Awaitable[None]]


@dataclass(slots=True)
class AttemptedCall:
    """What is known of it so far.

    Attributes:
        deadline: By the event loop's clock.
        has_handed_on: A piece of the answer was handed to the watcher.
        is_watched: The watcher has the floor: what fails now is not the model's.
        last: What the last attempt that failed has said.
    """

    model: Model
    request: ModelRequest
    limits: Limits
    on_event: OnModelEvent | None
    deadline: float
    n_attempts: int = 0
    has_handed_on: bool = False
    is_watched: bool = False
    last: ProviderError | None = None

    @property
    def name(self) -> str:
        """The model's full name."""
        return f"{self.model.provider}/{self.model.name}"

    def details(self, kind: str, *, retryable: bool) -> dict[str, object]:
        """The details of an error that is this call's own and no provider's."""
        return {"provider": self.model.provider, "model": self.model.name, "kind": kind, "retryable": retryable}

    def final(self, error: ProviderError, why: str = "") -> ProviderError:
        """The error that the caller sees: a copy, since a model may raise one and the same again.

        Args:
            why: Why it is not tried again, where that is not plain.
        """
        final = copy(error)
        said = ""
        if error.details.get("kind") == "circuit_open" and self.last is not None:
            said = f"; the last one said: {self.last.message}"
        final.message = f"{error.message}{self._after_attempts}{why}{said}"
        final.args = (final.message,)
        final.details = {**error.details, "attempts": self.n_attempts}
        return final

    def circuit_open(self, blocked_s: float) -> ProviderError:
        """The provider is left alone, for so long."""
        provider = self.model.provider
        until = f"for another {math.ceil(blocked_s)} s" if blocked_s else "while one request finds out whether it works"
        return ProviderError(
            f"{self.name} is not asked: {provider} has failed again and again and is left alone {until}",
            hint="try later, or name models of other providers under `fallback`",
            details={**self.details("circuit_open", retryable=False), "retry_after_s": blocked_s},
        )

    def too_late(self) -> ProviderError:
        """The deadline has passed."""
        provider, timeout_s = self.model.provider, self.limits.timeout_s
        if self.n_attempts == 0:
            message = f"{self.name} was not asked: its turn under the rate limits of {provider} did not come"
            message += f" in {timeout_s:g} s"
            hint = f"do less at once, raise the limits of providers.{provider.partition('@')[0]}, or its timeout"
        else:
            message = f"{self.name} did not answer within {timeout_s:g} s, the deadline for all attempts"
            message += self._after_attempts
            hint = hint_of("timeout", None, provider=provider, key_hint="", where="")
        if self.last is not None:
            message += f"; the one before said: {self.last.message}"
        details = {"attempts": self.n_attempts, "timeout_s": timeout_s}
        return ProviderError(message, hint=hint, details={**self.details("timeout", retryable=True), **details})

    @property
    def _after_attempts(self) -> str:
        return f", after {self.n_attempts} attempts" if self.n_attempts > 1 else ""
