"""Too many calls, and one call again and again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.guard import Guard, canonical
from llmspell.agents.spec import AgentSpec
from llmspell.errors import AgentStopped
from llmspell.models.messages import ToolCall

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def call(name: str = "note", raw: str = "", **arguments: Any) -> ToolCall:
    return ToolCall("c", name, arguments, raw)


def test_calls_up_to_the_limit_are_admitted_and_one_more_is_not() -> None:
    guard = Guard(AgentSpec("ada", max_tool_calls=3))
    guard.admit([call(n=1)])
    guard.admit([call(n=2), call(n=3)])
    with pytest.raises(AgentStopped) as caught:
        guard.admit([call(n=4)])
    assert (caught.value.details["reason"], caught.value.details["limit"]) == ("max_tool_calls", 3)
    Guard(AgentSpec("ada", max_tool_calls=None)).admit([call(n=it) for it in range(500)])


def test_the_last_identical_call_that_is_allowed_comes_with_a_warning() -> None:
    guard = Guard(AgentSpec("ada", max_identical_calls=3))
    assert guard.admit([call(n=1), call(n=1)]) == ["", ""]
    (warning,) = guard.admit([call(n=1)])
    assert "3 times" in warning
    assert guard.admit([call(n=2)]) == [""]
    with pytest.raises(AgentStopped) as caught:
        guard.admit([call(n=1)])
    assert caught.value.details == {"reason": "repeated_call", "tool": "note", "arguments": {"n": 1}, "times": 4}


def test_where_one_call_is_allowed_it_comes_without_a_warning() -> None:
    guard = Guard(AgentSpec("ada", max_identical_calls=1))
    assert guard.admit([call(n=1), call("other", n=1)]) == ["", ""]
    with pytest.raises(AgentStopped):
        guard.admit([call(n=1)])


def test_malformed_arguments_are_compared_as_they_were_written() -> None:
    guard = Guard(AgentSpec("ada", max_identical_calls=1))
    guard.admit([call(raw="{"), call(raw="[")])
    with pytest.raises(AgentStopped):
        guard.admit([call(raw=" { ")])


def test_arguments_as_deep_as_a_parser_allows_are_compared_too() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    guard = Guard(AgentSpec("ada", max_identical_calls=2))
    try:
        guard.admit([call(n=deep)])
    except RecursionError:
        pytest.fail("it must not depend on the depth")


def test_numbers_are_what_they_mean_and_truth_is_no_number() -> None:
    assert canonical({"a": 3.0}) == canonical({"a": 3})
    assert canonical({"a": True}) != canonical({"a": 1})
    assert canonical({"a": []}) != canonical({"a": {}})
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


@given(JSON)
def test_a_value_is_the_same_after_a_journey_as_json(value: Any) -> None:
    assert canonical(json.loads(json.dumps(value))) == canonical(value)
    hash(canonical(value))


@given(JSON, JSON)
def test_different_values_are_different(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    if same:
        assert canonical(one) == canonical(other)
    elif canonical(one) == canonical(other):
        # Numbers may be written in two ways.
        assert one == other
