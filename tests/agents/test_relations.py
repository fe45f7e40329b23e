"""Who works for whom. Trees of it are in `test_registry`."""

from __future__ import annotations

from canned_agents import Canned
from played_agents import Stage, made_tool

from llmspell.agents.as_tool import as_tool
from llmspell.agents.relations import parts_of, reachable


def test_agents_among_tools_count_and_tools_do_not() -> None:
    stage = Stage()
    one, other, third = (stage.agent("echo", name=it) for it in ("one", "other", "third"))
    tools = ["calculator", made_tool("note", str), one, as_tool(other)]
    lead = stage.agent("echo", name="lead", tools=tools, handoffs=[third])
    assert parts_of(lead) == (("tool", one), ("tool", other), ("handoff", third))
    assert parts_of(Canned("x")) == ()


def test_what_can_be_reached_is_found_once_and_nearest_first() -> None:
    stage = Stage()
    last = stage.agent("echo", name="last")
    left, right = (stage.agent("echo", name=it, handoffs=[last]) for it in ("left", "right"))
    first = stage.agent("echo", name="first", handoffs=[left, right], tools=[Canned("helper")])
    assert list(reachable(first, "handoff")) == [first, left, right, last]
    assert [it.name for it in reachable(first, "tool")] == ["first", "helper"]
