"""Dags: conditional and weighted edges, what is skipped, what is handled; and that any of them keeps its promises."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workflow_stage import Notes, execute, make, statuses

from llmspell.effects.context import library_context
from llmspell.errors import ToolFailed
from llmspell.workflows.context import StepContext


def test_a_conditional_edge_that_is_not_taken_skips_what_it_leads_to_and_that_spreads() -> None:
    notes = Notes()
    table = {
        "steps": [notes.does("a", 5), notes.does("big"), notes.does("small"), notes.does("after"), notes.does("end")],
        "edges": [
            {"from": "a", "to": "big", "condition": "steps.a > 3"},
            {"from": "a", "to": "small", "when": "steps.a <= 3"},
            ["small", "after"],
            {"from": ["big"], "to": "end", "condition": "always"},
            {"from": "after", "to": "end", "condition": "always"},
        ],
    }
    result = execute(table)
    assert result.success and notes.called == ["a", "big", "end"]
    assert statuses(result) == {
        "a": "succeeded",
        "big": "succeeded",
        "small": "skipped",
        "after": "skipped",
        "end": "succeeded",
    }
    assert {it.name: it.reason for it in result.steps if it.reason} == {
        "small": "no edge to it was taken",
        "after": "what it needs has not succeeded",
    }
    assert result.metadata["skipped_steps"] == 2


def test_of_the_edges_that_hold_the_heaviest_is_taken_where_only_the_best_is_asked_for() -> None:
    notes = Notes()
    table = {
        "steps": [{**notes.does("a"), "route": "best"}, notes.does("x"), notes.does("y"), notes.does("z")],
        "edges": [
            {"from": "a", "to": "x", "condition": "always", "weight": 1},
            {"from": "a", "to": "y", "condition": "always", "weight": 3},
            {"from": "a", "to": "z", "condition": "never", "weight": 9},
        ],
    }
    assert execute(table).success and notes.called == ["a", "y"]
    notes.called.clear()
    table["steps"][0] = notes.does("a")  # type: ignore[index]
    execute(table)
    assert notes.called == ["a", "x", "y"]


def test_where_not_all_can_begin_the_heaviest_begins_first() -> None:
    notes = Notes()
    steps = [{**notes.does(name), "weight": weight} for name, weight in (("a", 1), ("b", 3), ("c", 2), ("d", 3))]
    execute({"type": "dag", "max_concurrency": 1, "steps": steps})
    assert notes.called == ["b", "d", "c", "a"]


def test_a_failure_that_an_edge_asks_for_is_handled() -> None:
    notes = Notes()
    table = {
        "steps": [notes.fails("a"), notes.does("mend"), notes.does("next")],
        "edges": [{"from": "a", "to": "mend", "condition": {"step_failed": "a"}}, ["a", "next"]],
    }
    result = execute(table)
    assert result.success and notes.called == ["a", "mend"]
    assert statuses(result) == {"a": "failed", "mend": "succeeded", "next": "skipped"}
    table["steps"][0] = notes.does("a")  # type: ignore[index]
    assert statuses(execute(table)) == {"a": "succeeded", "mend": "skipped", "next": "succeeded"}


def test_a_step_whose_condition_asks_for_an_outcome_only_waits_for_it() -> None:
    notes = Notes()
    steps = [
        {**notes.fails("a"), "on_error": "continue"},
        {**notes.does("cleanup"), "depends_on": ["a"], "condition": {"step_failed": "a"}},
        {**notes.does("go"), "condition": {"step_succeeded": "a"}},
        {**notes.does("needs"), "depends_on": ["a"]},
    ]
    result = execute({"type": "dag", "steps": steps})
    assert result.success
    assert statuses(result) == {"a": "failed", "cleanup": "succeeded", "go": "skipped", "needs": "skipped"}


def test_what_depends_on_an_optional_step_runs_without_it() -> None:
    notes = Notes()
    steps = [{**notes.fails("a"), "optional": True}, {**notes.does("b"), "depends_on": ["a"]}]
    assert statuses(execute({"steps": steps})) == {"a": "failed", "b": "succeeded"}
    steps = [{**notes.does("a"), "optional": True, "condition": "never"}, {**notes.does("b"), "depends_on": ["a"]}]
    assert statuses(execute({"steps": steps})) == {"a": "skipped", "b": "succeeded"}


def test_the_other_branches_of_a_dag_go_on_where_that_is_asked_for() -> None:
    notes = Notes()
    steps = [
        notes.fails("a"),
        {**notes.does("after a"), "depends_on": ["a"]},
        notes.does("b"),
        {**notes.does("c"), "depends_on": ["b"]},
    ]
    result = execute({"type": "dag", "error_strategy": "continue", "steps": steps})
    assert not result.success
    assert statuses(result) == {"a": "failed", "after a": "skipped", "b": "succeeded", "c": "succeeded"}
    assert statuses(execute({"type": "dag", "steps": steps, "max_concurrency": 1})) == {"a": "failed"}


def test_a_condition_of_an_edge_that_cannot_be_told_fails_the_workflow() -> None:
    notes = Notes()
    table = {
        "steps": [notes.does("a"), notes.does("b")],
        "edges": [{"from": "a", "to": "b", "condition": "nothing > 1"}],
    }
    result = execute(table)
    assert not result.success and result.error_code == "unknown_reference"


def test_a_sub_graph_is_a_workflow_in_a_step() -> None:
    notes = Notes()
    inner = {"name": "inner", "type": "dag", "steps": [notes.does("x"), {**notes.does("y"), "depends_on": ["x"]}]}
    table = {
        "steps": [
            notes.does("a"),
            {"name": "sub", "workflow": inner, "depends_on": ["a"]},
            {"name": "z", "template": "{{steps.sub.x}} {{steps.sub.y}}"},
        ]
    }
    result = execute(table)
    assert result.output == "x y" and notes.called == ["a", "x", "y"]


def test_a_dag_of_many_steps_is_not_slower_than_its_size() -> None:
    """A chain, a fan and a reference to each: nothing here may look at all steps for each step."""
    n = 3000
    chain = [{"name": f"c{i}", "fn": lambda context: 1, "depends_on": [f"c{i - 1}"] if i else []} for i in range(n)]
    fan = [{"name": f"f{i}", "fn": lambda context: 1, "input": f"{{{{steps.c{i}}}}}"} for i in range(n)]
    join = {"name": "join", "fn": lambda context: 1, "depends_on": [f"f{i}" for i in range(n)]}
    result = execute({"type": "dag", "steps": [join, *fan, *chain]})
    assert result.success and result.metadata["successful_steps"] == 2 * n + 1


@st.composite
def dags(draw: st.DrawFn) -> dict[str, Any]:
    """Any dag: its dependencies by index, which steps fail, wait, have compensations, and the rules for all."""
    n = draw(st.integers(1, 12))
    return {
        "before": [sorted(draw(st.sets(st.integers(0, i - 1), max_size=4))) if i else [] for i in range(n)],
        "fails": [draw(st.integers(0, 9)) == 0 for _ in range(n)],
        "waits": [draw(st.booleans()) for _ in range(n)],
        "optional": [draw(st.integers(0, 4)) == 0 for _ in range(n)],
        "undone": [draw(st.booleans()) for _ in range(n)],
        "weights": [draw(st.integers(0, 2)) for _ in range(n)],
        "limit": draw(st.none() | st.integers(1, 4)),
        "strategy": draw(st.sampled_from(["fail_fast", "continue"])),
        "order": draw(st.permutations(range(n))),
        "turns": draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)),
    }


@settings(max_examples=100, deadline=None)
@given(dags())
def test_any_dag_keeps_its_promises(dag: dict[str, Any]) -> None:
    n = len(dag["before"])
    began: list[int] = []
    ended: list[int] = []
    undone: list[int] = []
    at_work: set[int] = set()
    broken_promises: list[str] = []  # not asserted in a step, where it would be a failure of the step's

    def function(i: int) -> Any:
        def check_start() -> None:
            if i in began:
                broken_promises.append(f"{i} ran twice")
            if any(it not in ended and not dag["optional"][it] for it in dag["before"][i]) or any(
                i in dag["before"][it] for it in began
            ):
                broken_promises.append(f"{i} did not run after its dependencies")
            began.append(i)
            at_work.add(i)
            if dag["limit"] is not None and len(at_work) > dag["limit"]:
                broken_promises.append(f"with {i} there were {len(at_work)} at once")

        def finish() -> int:
            ended.append(i)
            if dag["fails"][i]:
                raise ToolFailed(f"{i} is broken")
            return i

        def plain(context: StepContext) -> int:
            check_start()
            at_work.discard(i)
            return finish()

        async def waiting(context: StepContext) -> int:
            check_start()
            try:
                for _ in range(dag["turns"][i]):
                    await asyncio.sleep(0)
                return finish()
            finally:
                at_work.discard(i)

        return waiting if dag["waits"][i] else plain

    def undo(i: int) -> Any:
        return lambda context: undone.append(i)

    steps = [
        {
            "name": f"n{i}",
            "fn": function(i),
            "depends_on": [f"n{it}" for it in dag["before"][i]],
            "optional": dag["optional"][i],
            "weight": dag["weights"][i],
            **({"compensate": undo(i)} if dag["undone"][i] else {}),
        }
        for i in dag["order"]
    ]
    table = {"type": "dag", "steps": steps, "max_concurrency": dag["limit"], "error_strategy": dag["strategy"]}

    async def main() -> Any:
        result = await make(table).execute(library_context())
        assert not at_work, "nothing goes on afterwards"
        assert len(asyncio.all_tasks()) == 1
        return result

    result = asyncio.run(main())
    assert broken_promises == []
    rows = {it.name: it for it in result.steps if not it.name.endswith(".compensate")}
    broken = [i for i in range(n) if dag["fails"][i] and i in ended]
    counting = [i for i in broken if not dag["optional"][i]]
    assert result.success == (not counting)
    for i in range(n):
        row = rows.get(f"n{i}")
        status = None if row is None else row.status
        fine = [
            dag["optional"][it] or getattr(rows.get(f"n{it}"), "status", "") == "succeeded" for it in dag["before"][i]
        ]
        if i in ended:
            assert status == ("failed" if dag["fails"][i] else "succeeded")
        elif i in began:
            assert status == "cancelled" and dag["strategy"] == "fail_fast"
        elif status == "skipped":
            assert not all(fine), "skipped only where a dependency has not succeeded"
        else:
            assert status is None and counting and dag["strategy"] == "fail_fast", "left out only after a failure"
    done = [i for i in ended if not dag["fails"][i] and dag["undone"][i]]
    expected = list(reversed(done)) if counting and dag["strategy"] == "fail_fast" else []
    assert sorted(undone) == sorted(expected)
    if not any(dag["waits"]):
        assert undone == expected
    assert sum(it.status == "compensated" for it in result.steps) == len(expected)


@pytest.mark.parametrize("kind", ["dag", "parallel"])
def test_a_cancelled_workflow_leaves_nothing_at_work(kind: str) -> None:
    seen: list[str] = []

    async def main() -> None:
        begun = asyncio.Event()

        async def work(context: StepContext) -> None:
            seen.append("began")
            if len(seen) == 3:
                begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                seen.append("ended")

        table = {"type": kind, "steps": [{"name": f"s{i}", "fn": work} for i in range(3)]}
        context = library_context()
        task = asyncio.create_task(make(table).execute(context))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["began"] * 3 + ["ended"] * 3
        assert len(asyncio.all_tasks()) == 1 and context.run.n_parts == 0

    asyncio.run(main())
