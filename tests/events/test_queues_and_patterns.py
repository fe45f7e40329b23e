"""Queues under each policy against a list, and patterns against fnmatch, with whatever comes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import BadArgument
from llmspell.events.listeners import Listeners
from llmspell.events.patterns import checked_pattern, checked_type
from llmspell.events.queues import POLICIES, EventQueue, Waiting, checked_capacity, checked_policy


def event(number: int, n_bytes: int = 1) -> Any:
    return SimpleNamespace(number=number, n_bytes=n_bytes)


@given(st.sampled_from(POLICIES), st.integers(1, 5), st.lists(st.booleans(), max_size=40))
def test_a_queue_does_what_its_policy_says(policy: Any, capacity: int, steps: list[bool]) -> None:
    waiting = Waiting(1000)
    queue, model, n_dropped, n_put = EventQueue(capacity, policy, waiting), [], 0, 0
    for number, is_put in enumerate(steps):
        if is_put:
            if len(model) == capacity:
                n_dropped += 1
                if policy == "drop_oldest":
                    model.pop(0)
            fits = len(model) < capacity
            if fits:
                model.append(number)
                n_put += 1
            assert queue.put(event(number)) is fits
        else:
            got = queue.get()
            assert (None if got is None else got.number) == (model.pop(0) if model else None)
        assert (len(queue), waiting.n_bytes) == (len(model), len(model))
        assert (queue.n_dropped, queue.n_put) == (n_dropped, n_put)
        assert queue.has_room(1) is (len(model) < capacity)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40)), max_size=60))
def test_queues_never_hold_more_than_all_may_together(puts: list[tuple[int, int]]) -> None:
    waiting = Waiting(100)
    queues = [EventQueue(5, it, waiting) for it in POLICIES]
    for which, n_bytes in puts:
        queues[which].put(event(0, n_bytes))
        assert waiting.n_bytes <= 100
    for it in queues:
        it.clear()
    assert waiting.n_bytes == 0


TYPES = st.lists(st.sampled_from(["a", "b", "user", "x1"]), min_size=1, max_size=4).map(".".join)
PATTERNS = st.one_of(TYPES, st.text("ab*?.[]!x", min_size=1, max_size=8))


@given(st.lists(st.tuples(PATTERNS, st.integers(-1, 1)), max_size=8), st.lists(TYPES, min_size=1, max_size=5))
def test_who_listens_to_a_type_is_who_fnmatch_says_in_order_also_when_it_is_remembered(
    patterns: list[tuple[str, int]], types: list[str]
) -> None:
    listeners: Listeners[Any] = Listeners()
    every = []
    for number, (pattern, priority) in enumerate(patterns):
        listeners.add(SimpleNamespace(pattern=pattern, priority=priority, number=number))
        every.append((pattern, priority, number))
        for type in types * 2:  # the second time from memory
            found = [it.number for it in listeners.of(type)]
            matching = [it for it in every if it[0] == type or fnmatchcase(type, it[0])]
            assert found == [it[2] for it in sorted(matching, key=lambda it: (-it[1], it[2]))]
    for _, _, number in list(every):
        listeners.remove(number)
    assert all(listeners.of(type) == () for type in types)


def test_what_is_remembered_is_bounded_by_names_and_by_who_listens_to_them() -> None:
    listeners: Listeners[Any] = Listeners()
    for number in range(1000):
        listeners.add(SimpleNamespace(pattern="*", priority=0, number=number))
    for i in range(300):
        assert len(listeners.of(f"name{i}")) == 1000
    assert 0 < sum(map(len, listeners._found.values())) <= 200_000
    few: Listeners[Any] = Listeners()
    for i in range(10_001):
        assert few.of(f"name{i}") == ()
    assert len(few._found) == 1


@given(st.text(max_size=300))
def test_any_text_is_a_type_or_refused(text: str) -> None:
    try:
        assert checked_type(text) is text
    except BadArgument:
        return
    assert 0 < len(text) <= 200
    assert text.isprintable()
    assert not set(text) & set("*?[")
    assert checked_pattern(text) is text


def test_patterns_that_would_be_slow_are_short() -> None:
    pattern = checked_pattern("*a" * 100)
    listeners: Listeners[Any] = Listeners()
    listeners.add(SimpleNamespace(pattern=pattern, priority=0, number=1))
    assert listeners.of("a" * 99 + "b" * 101) == ()
    assert len(listeners.of("a" * 200)) == 1
    with pytest.raises(BadArgument, match="1 to 200 characters"):
        checked_pattern("*a" * 101)


@pytest.mark.parametrize("capacity", [0, -1, 100_001, 1.5, True, "3", None])
def test_a_capacity_is_a_number_within_bounds(capacity: object) -> None:
    with pytest.raises(BadArgument, match="from 1 to 100000"):
        checked_capacity(capacity)
    assert (checked_capacity(1), checked_capacity(100_000), checked_capacity(3.0)) == (1, 100_000, 3)


def test_a_policy_is_one_of_three() -> None:
    assert [checked_policy(it) for it in POLICIES] == list(POLICIES)
    with pytest.raises(BadArgument) as raised:
        checked_policy("errors")
    assert raised.value.hint == "did you mean error?"
