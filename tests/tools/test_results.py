"""Results in words, and work off the event loop when it is large."""

from __future__ import annotations

import asyncio
import threading

from hypothesis import given
from hypothesis import strategies as st

from llmspell.tools.results import OFF_LOOP_FROM, off_loop, readable, weight_of


def test_small_work_stays_in_the_thread_and_large_work_leaves_it() -> None:
    here = threading.get_ident()
    assert asyncio.run(off_loop(OFF_LOOP_FROM - 1, threading.get_ident)) == here
    assert asyncio.run(off_loop(OFF_LOOP_FROM, threading.get_ident)) != here


def test_weight_tells_large_values_from_small_ones() -> None:
    assert weight_of({"a": [1, 2, {"b": "text"}]}, None) < OFF_LOOP_FROM
    for large in ("x" * OFF_LOOP_FROM, [1] * 10_000, {"a": {"b": [b"x" * OFF_LOOP_FROM]}}, [[["x"] * 10] * 10] * 100):
        assert weight_of(large) >= OFF_LOOP_FROM


def test_readable_shows_what_a_person_would_write() -> None:
    assert [readable(it) for it in ("a", None, True, 3, 2.5)] == ["a", "", "true", "3", "2.5"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(), st.lists))
def test_any_value_has_a_text(value: object) -> None:
    assert isinstance(readable(value), str)
