"""Who listens to what, in which order."""

from dataclasses import dataclass

import pytest

from llmspell.events import listeners as module
from llmspell.events.listeners import Listeners, is_glob


@dataclass(frozen=True)
class Ear:
    pattern: str
    priority: int = 0
    number: int = 0


def kept(*ears: Ear) -> Listeners[Ear]:
    listeners: Listeners[Ear] = Listeners()
    for it in ears:
        listeners.add(it)
    return listeners


def test_the_highest_priority_is_first_and_then_who_came_first():
    first, second, low, high = Ear("a", 0, 1), Ear("a", 0, 2), Ear("a", -5, 3), Ear("a", 5, 4)
    assert kept(first, second, low, high).of("a") == (high, first, second, low)


@pytest.mark.parametrize(
    ("pattern", "matching", "not_matching"),
    [
        ("user.*", ["user.created", "user.a.b"], ["user", "users.a", "x.user.a"]),
        ("*", ["", "anything.at.all"], []),
        ("*.paid", ["order.paid"], ["order.paid.late"]),
        ("a?c", ["abc"], ["ac"]),
        ("[ab]c", ["ac", "bc"], ["cc"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_a_glob_listens_to_every_name_that_it_matches(pattern, matching, not_matching):
    ear = Ear(pattern, 0, 1)
    listeners = kept(ear)
    assert all(listeners.of(it) == (ear,) for it in matching)
    assert all(listeners.of(it) == () for it in not_matching)
    assert is_glob(pattern) == (pattern != "a.b")


def test_who_comes_and_goes_counts_for_names_that_were_asked_for_before():
    listeners = kept(Ear("a", 0, 1))
    assert [it.number for it in listeners.of("a")] == [1]
    listeners.add(Ear("*", 1, 2))
    listeners.add(Ear("a", 2, 3))
    assert [it.number for it in listeners.of("a")] == [3, 2, 1]
    removed = listeners.remove(2)
    assert removed is not None and removed.pattern == "*"
    assert [it.number for it in listeners.of("a")] == [3, 1]
    assert listeners.remove(2) is None
    listeners.remove(1), listeners.remove(3)
    assert listeners.of("a") == () and len(listeners) == 0 and list(listeners) == []


def test_a_name_is_looked_for_once_and_remembered_within_bounds(monkeypatch):
    monkeypatch.setattr(module, "MAX_REMEMBERED", 10)
    listeners = kept(Ear("*", 0, 1))
    assert listeners.of("a") is listeners.of("a")
    for i in range(100):
        listeners.of(f"name {i}")
    assert len(listeners._found) <= 10


def test_a_pattern_that_is_made_to_be_slow_is_not():
    listeners = kept(Ear("*a" * 99 + "b", 0, 1))
    assert listeners.of("a" * 5_000) == ()
