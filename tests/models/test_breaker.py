"""A provider that fails again and again is left alone, tried with one request, and trusted again."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from llmspell.models.breaker import Breaker, Outcome


def breaker() -> Breaker:
    return Breaker(failures_to_open=3, window_s=60, cool_down_s=30)


def end(it: Breaker, outcome: Outcome, now: float) -> None:
    ticket = it.admit(now)
    assert ticket is not None
    it.settle(ticket, outcome, now)


def opened(now: float = 0) -> Breaker:
    it = breaker()
    for _ in range(3):
        end(it, Outcome.FAILED, now)
    return it


def test_it_opens_after_so_many_failures_in_a_row_and_not_before() -> None:
    it = breaker()
    for n in (1, 2):
        end(it, Outcome.FAILED, n)
        assert it.state == "closed"
    end(it, Outcome.FAILED, 3)
    assert it.state == "open"
    assert it.admit(32.9) is None
    assert it.blocked_s(32.9) > 0


def test_an_answer_in_between_starts_the_count_again() -> None:
    it = breaker()
    for outcome in (Outcome.FAILED, Outcome.FAILED, Outcome.ANSWERED, Outcome.FAILED, Outcome.FAILED):
        end(it, outcome, 0)
    assert it.state == "closed"
    end(it, Outcome.FAILED, 0)
    assert it.state == "open"


def test_what_is_not_known_to_have_failed_neither_counts_nor_clears() -> None:
    it = breaker()
    for outcome in (Outcome.FAILED, Outcome.FAILED, Outcome.UNKNOWN):
        end(it, outcome, 0)
    assert it.state == "closed"
    end(it, Outcome.FAILED, 0)
    assert it.state == "open"


def test_failures_that_lie_far_apart_do_not_add_up() -> None:
    it = breaker()
    for now in (0, 40, 80, 120, 160):
        end(it, Outcome.FAILED, now)
    assert it.state == "closed"
    end(it, Outcome.FAILED, 170)
    assert it.state == "open"


def test_after_the_cool_down_one_request_is_let_through_and_its_answer_closes_it() -> None:
    it = opened()
    probe = it.admit(30)
    assert probe is not None
    assert it.state == "half_open"
    assert it.admit(30) is None
    it.settle(probe, Outcome.ANSWERED, 31)
    assert it.state == "closed"
    assert it.admit(31) is not None


def test_a_probe_that_fails_opens_it_for_another_cool_down() -> None:
    it = opened()
    end(it, Outcome.FAILED, 30)
    assert it.state == "open"
    assert it.admit(59.9) is None
    assert it.admit(60) is not None


def test_a_probe_that_was_cancelled_makes_room_for_another() -> None:
    it = opened()
    end(it, Outcome.UNKNOWN, 30)
    assert it.state == "open"
    end(it, Outcome.ANSWERED, 30)
    assert it.state == "closed"


def test_what_began_before_it_opened_says_nothing_about_the_time_after() -> None:
    it = breaker()
    late = [it.admit(0) for _ in range(2)]
    for _ in range(3):
        end(it, Outcome.FAILED, 0)
    for ticket in late:
        assert ticket is not None
        it.settle(ticket, Outcome.ANSWERED, 1)
    assert it.state == "open"


class EveryHistory(RuleBasedStateMachine):
    """Requests begin and end in any order, at any time, and the promises hold."""

    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.it = breaker()
        self.now = 0.0
        self.opened_at: float | None = None
        self.probes: set[int] = set()
        self.failed_at: list[float] = []

    @rule(seconds=st.sampled_from([0.0, 1.0, 10.0, 29.0, 30.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=tickets)
    def begin(self) -> int | None:
        before = self.it.state
        blocked = self.it.is_blocked(self.now)
        ticket = self.it.admit(self.now)
        assert (ticket is None) == blocked
        if before == "closed":
            assert ticket is not None
        elif before == "half_open":
            assert ticket is None, "one probe at a time"
        elif ticket is not None:
            assert self.opened_at is not None
            assert self.now >= self.opened_at + 30, "not before the cool-down is over"
            assert self.it.state == "half_open"
        return ticket

    @rule(ticket=consumes(tickets), outcome=st.sampled_from(list(Outcome)))
    def end(self, ticket: int | None, outcome: Outcome) -> None:
        if ticket is None:
            return
        before = self.it.state
        self.it.settle(ticket, outcome, self.now)
        after = self.it.state
        if before == "closed" and outcome is Outcome.FAILED:
            self.failed_at.append(self.now)
        elif outcome is Outcome.ANSWERED and before == "closed":
            self.failed_at.clear()
        if after == "open" and before != "open":
            assert outcome is not Outcome.ANSWERED
            if before == "closed":
                recent = [it for it in self.failed_at if it >= self.now - 60]
                assert len(recent) >= 3, "it opened without reason"
            self.failed_at.clear()
            if outcome is Outcome.FAILED:
                self.opened_at = self.now
        if after == "closed" and before != "closed":
            assert (before, outcome) == ("half_open", Outcome.ANSWERED)
        if before == "open":
            assert after == "open", "only a probe closes it"

    @invariant()
    def an_open_one_never_stays_so_for_ever(self) -> None:
        if self.it.state == "open":
            assert self.it.blocked_s(self.now) <= 30
            assert not self.it.is_blocked(self.now + 30)


TestEveryHistory = EveryHistory.TestCase
