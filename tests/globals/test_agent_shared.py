"""Contexts and the memory that agents of a run share, as a script calls for them."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadArgument, NotFound


async def function(value: Any) -> Any:
    return value


def test_a_child_sees_what_its_parent_has_and_its_own_before_it(script: Any) -> None:
    parent = script.call("Agent", "create_context", {"a": 1, "b": 2})
    child = script.call("Agent", "create_child_context", parent, {"b": 3})
    assert script.call("Agent", "get_context_data", child) == {"a": 1, "b": 3}
    script.call("Agent", "update_context", parent, {"c": 4})
    script.call("Agent", "update_context", child, "b")
    assert script.call("Agent", "get_context_data", child) == {"a": 1, "b": 2, "c": 4}
    assert script.call("Agent", "get_context_data", child, "c") == 4
    assert [script.call("Agent", "remove_context", parent) for _ in range(2)] == [True, False]
    with pytest.raises(NotFound, match=child):
        script.call("Agent", "get_context_data", child)


def test_the_shared_memory_keeps_by_scope_and_key(script: Any) -> None:
    script.call("Agent", "set_shared_memory", "team", "goal", {"n": 1})
    script.call("Agent", "set_shared_memory", "other", "goal", 2)
    assert script.call("Agent", "get_shared_memory", "team") == {"goal": {"n": 1}}
    script.call("Agent", "set_shared_memory", "team", "goal")
    assert script.call("Agent", "get_shared_memory", "team", "goal") is None
    assert script.call("Agent", "get_shared_memory", "other", "goal") == 2


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("create_context", ({"f": function},)),
        ("create_child_context", ("context-1", {"f": function})),
        ("update_context", ("context-1", "f", function)),
        ("set_shared_memory", ("team", "f", function)),
    ],
)
def test_what_is_no_plain_data_is_not_shared(method: str, args: tuple[Any, ...], script: Any) -> None:
    script.call("Agent", "create_context", {})
    with pytest.raises(BadArgument, match="is a function, which is not plain data"):
        script.call("Agent", method, *args)
    script.call("Agent", method, *(5 if it is function else {} if isinstance(it, dict) else it for it in args))
