"""A circuit breaker: a provider that fails again and again is left alone for a while, then tried with one request.

    closed ── `failures_to_open` failures in a row, within `window_s` ──► open ── `cool_down_s` ──► half-open
    half-open ── its one request is answered ──► closed                  half-open ── it fails ──► open

Knows no clock and no provider: the caller brings the time and says how each request has ended. No library's, see
docs/decisions/0011."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

State = Literal["closed", "open", "half_open"]


class Outcome(Enum):
    """How an admitted request has ended."""

    ANSWERED = "answered"  # the provider works, whatever it has said: a refusal is an answer
    FAILED = "failed"  # it is out of order or cannot be reached
    UNKNOWN = "unknown"  # nothing was learnt: it was cancelled, or never sent


@dataclass(slots=True)
class Breaker:
    """The state of one provider.

    Attributes:
        failures_to_open: More than the attempts of one call, so that a call is never cut short by its own.
        window_s: Failures that are older do not count.
        cool_down_s: How long it stays open.
    """

    failures_to_open: int = 10
    window_s: float = 60.0
    cool_down_s: float = 30.0
    _failed_at: deque[float] = field(default_factory=deque)
    _open_until: float | None = None
    _is_probing: bool = False
    # Counts the changes of state: what was admitted before a change says nothing about what came after it.
    _generation: int = 0

    @property
    def state(self) -> State:
        """Open until a request is admitted after the cool-down; that one makes it half-open."""
        if self._open_until is None:
            return "closed"
        return "half_open" if self._is_probing else "open"

    def admit(self, now: float) -> int | None:
        """A ticket for one request, to be handed to `settle` exactly once; None where none may be sent now."""
        if self.is_blocked(now):
            return None
        if self._open_until is not None:
            self._is_probing = True
            self._generation += 1
        return self._generation

    def is_blocked(self, now: float) -> bool:
        """Whether `admit` would admit none."""
        return self._open_until is not None and (self._is_probing or now < self._open_until)

    def settle(self, ticket: int, outcome: Outcome, now: float) -> None:
        """Say how a request has ended."""
        if ticket != self._generation:
            return
        match outcome:
            case Outcome.ANSWERED:
                self._failed_at.clear()
                if self._open_until is not None:
                    self._change(None)
            case Outcome.FAILED:
                self._failed(now)
            case Outcome.UNKNOWN:
                self._is_probing = False  # the next one is the probe

    def blocked_s(self, now: float) -> float:
        """How long it is open still; 0 also while a probe is under way."""
        return 0.0 if self._open_until is None else max(0.0, self._open_until - now)

    def _failed(self, now: float) -> None:
        while self._failed_at and self._failed_at[0] < now - self.window_s:
            self._failed_at.popleft()
        if len(self._failed_at) < self.failures_to_open:
            self._failed_at.append(now)
        if self._is_probing or len(self._failed_at) >= self.failures_to_open:
            self._change(now + self.cool_down_s)

    def _change(self, open_until: float | None) -> None:
        self._open_until = open_until
        self._is_probing = False
        self._generation += 1
