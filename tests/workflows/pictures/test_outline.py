"""Workflows as a terminal shows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from named_graphs import graphs

from llmspell.cells import width_of
from llmspell.tools.registry import ToolRegistry
from llmspell.workflows.graph import Graph
from llmspell.workflows.pictures.outline import to_outline
from llmspell.workflows.workflow import WorkflowServices, workflow_from

SERVICES = WorkflowServices(tools=ToolRegistry())


def step(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "tool": "calculator", "input": {"input": "1"}, **more}


def drawn(**table: Any) -> str:
    return to_outline(workflow_from({"name": "w", **table}, SERVICES).graph(), width=60)


def test_steps_that_follow_each_other_have_a_line_between_them() -> None:
    assert drawn(steps=[step("a"), step("b", condition="input.x > 3")]) == (
        "w · sequential\n│\n├─● a (calculator)  tool\n│\n╰─● b (calculator)  tool  ◂ a [input.x > 3]\n"
    )


def test_steps_that_run_at_the_same_time_have_none() -> None:
    branches = [{"name": "long", "steps": [step("l1"), step("l2")]}]
    assert drawn(type="parallel", steps=[step("a"), step("b")], branches=branches) == (
        "w · parallel\n│\n├─● a (calculator)  tool\n├─● b (calculator)  tool\n╰─■ long\n"
        "   │\n   ├─● l1 (calculator)  tool\n   │\n   ╰─● l2 (calculator)  tool\n"
    )


def test_branches_say_when_they_are_taken() -> None:
    branches = [{"name": "high", "condition": "input.n > 3", "steps": [step("a")]}]
    assert drawn(branches=branches, default=[step("b")]) == (
        "w · conditional\n│\n├─◆ first that holds\n│\n├─■ high     ◂ [input.n > 3]\n│  │\n│  ╰─● a (calculator)  tool\n"
        "╰─■ default  ◂ [else]\n   │\n   ╰─● b (calculator)  tool\n"
    )


def test_branches_may_use_the_same_names() -> None:
    branches = [{"name": it, "condition": f"input.n > {i}", "steps": [step("same")]} for i, it in enumerate("xy")]
    text = drawn(branches=branches, default=[step("same")])
    assert text.count("● same (calculator)  tool") == 3
    assert "■ y        ◂ [input.n > 1]\n" in text and "■ default  ◂ [else]\n" in text


def test_a_step_may_be_called_as_a_node_that_is_none() -> None:
    for kind in ({"type": "parallel"}, {"type": "map", "collection": [1]}, {"type": "sequential"}):
        names = ["start", "end", "fork", "join", "map", "decision"]
        text = drawn(**kind, steps=[step(it) for it in names])
        assert all(f"● {it} (calculator)" in text for it in names)


def test_a_loop_says_what_it_goes_over_and_where_it_goes_back() -> None:
    text = drawn(type="map", collection="{{input.items}}", steps=[step("a")])
    assert text == "w · map\n│\n├─↻ for each of {{input.items}}\n│\n╰─■ w\n   │\n   ╰─● a (calculator)  tool  ↺ map\n"


def test_a_graph_names_whom_a_step_waits_for_where_that_is_not_everybody_before_it() -> None:
    inner = {"type": "parallel", "name": "inner", "steps": [step("x"), step("y")]}
    steps = [
        step("a"),
        step("b"),
        step("c", depends_on=["a", "b"]),
        step("d", depends_on=["a"]),
        {"name": "nest", "workflow": inner, "depends_on": ["c", "d"]},
    ]
    assert drawn(steps=steps) == (
        "w · dag\n│\n├─● a (calculator)  tool\n├─● b (calculator)  tool\n│\n"
        "├─● c (calculator)  tool\n├─● d (calculator)  tool  ◂ a\n│\n"
        "╰─■ nest (inner)  workflow\n   │\n   ├─● x (calculator)  tool\n   ╰─● y (calculator)  tool\n"
    )


def test_of_many_that_a_step_waits_for_some_are_named() -> None:
    steps = [step(it) for it in "abcdefg"] + [step("z", depends_on=list("abcdef"))]
    assert "  ◂ a, b, c, 3 more\n" in drawn(type="dag", steps=steps)


def test_fallbacks_and_compensations_are_there() -> None:
    text = drawn(steps=[step("a", fallback=step("f"), compensate=step("u")), step("b")])
    assert "● f (calculator)  tool  ◂ a [if it fails]" in text and "● u (calculator)  tool  ◂ a [undo]" in text


def test_a_terminal_without_unicode_gets_ascii() -> None:
    graph = workflow_from({"name": "wörk", "steps": [step("a"), step("ü", condition="input.x")]}, SERVICES).graph()
    assert to_outline(graph, ascii_only=True) == (
        "w\\xf6rk - sequential\n|\n|-* a (calculator)  tool\n|\n`-* \\xfc (calculator)  tool  <- a [input.x]\n"
    )


@settings(max_examples=40, deadline=None)
@given(graphs(), st.integers(1, 60), st.booleans())
def test_no_line_is_wider_than_asked_and_none_can_disturb_the_terminal(graph: Graph, width: int, ascii: bool) -> None:
    text = to_outline(graph, width=width, ascii_only=ascii)
    assert text.isascii() or not ascii
    for line in text.splitlines():
        assert width_of(line) <= width
        assert not any(ord(it) < 32 or it in "\u2028\u202e" for it in line)
    assert text.count("\n") == len(text.splitlines())


@pytest.mark.parametrize(("cells", "text"), [(4, "日本"), (1, "e\u0301"), (2, "🙂"), (3, "a\u200b\u200dbc"), (0, "")])
def test_the_width_of_a_text_is_what_a_terminal_shows(cells: int, text: str) -> None:
    assert width_of(text) == cells
