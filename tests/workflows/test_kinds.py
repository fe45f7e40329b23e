"""Each kind of workflow: what runs, in which order, and what the result is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from workflow_stage import Notes, execute, make, script_function, statuses

from llmspell.effects.context import library_context
from llmspell.errors import BadArgument, InvalidParams, WorkflowStopped
from llmspell.workflows.context import StepContext


def square(context: StepContext) -> Any:
    assert context.loop is not None
    return context.loop["item"] ** 2


def test_a_sequence_runs_its_steps_in_order_and_each_sees_those_before_it() -> None:
    result = execute(
        {
            "name": "digest",
            "steps": [
                {
                    "name": "up",
                    "tool": "text-manipulator",
                    "input": {"operation": "uppercase", "input": "{{input.title}}"},
                },
                {"name": "text", "template": "<{{steps.up.result}}>"},
                {"name": "twice", "fn": lambda context: context.output("text") * 2},
            ],
        },
        {"title": "a"},
    )
    assert result.success
    assert result.output == result.text == "<A><A>"
    assert result.outputs["up"]["result"] == "A"
    assert [(it.name, it.kind, it.status) for it in result.steps] == [
        ("up", "tool", "succeeded"),
        ("text", "template", "succeeded"),
        ("twice", "function", "succeeded"),
    ]
    told = result.metadata
    assert (told["workflow_type"], told["workflow_name"], told["total_steps"]) == ("sequential", "digest", 3)
    assert (told["successful_steps"], told["failed_steps"], told["skipped_steps"]) == (3, 0, 0)
    assert told["extra"]["total_steps"] == 3 and told["extra"]["agent_outputs"] == {}


def test_a_pipeline_hands_the_essence_of_each_output_on() -> None:
    table = {
        "type": "pipeline",
        "steps": [
            {"name": "double", "fn": lambda context: f"{context.input} * 2"},
            {"name": "calculate", "tool": "calculator"},
            {"name": "upper", "tool": "text-manipulator", "input": {"operation": "uppercase"}},
            {"name": "say", "template": "it is {{previous.result}}"},
        ],
    }
    assert execute(table, "3").output == "it is 6"


def test_steps_of_a_parallel_workflow_run_at_the_same_time_and_no_more_than_the_limit() -> None:
    async def run(limit: int | None) -> tuple[int, list[str]]:
        now, most = 0, 0
        started = asyncio.Event()

        async def work(context: StepContext) -> str:
            nonlocal now, most
            now += 1
            most = max(most, now)
            if now == (limit or 4):
                started.set()
            await started.wait()
            now -= 1
            return context.name

        table = {
            "type": "parallel",
            "max_concurrency": limit,
            "steps": [{"name": f"s{i}", "fn": work} for i in range(4)],
        }
        async with asyncio.timeout(10):
            result = await make(table).execute(library_context())
        assert result.success
        return most, [it.name for it in result.steps]

    assert asyncio.run(run(None)) == (4, ["s0", "s1", "s2", "s3"])
    assert asyncio.run(run(2)) == (2, ["s0", "s1", "s2", "s3"])


def test_branches_of_a_parallel_workflow_are_sequences_of_their_own() -> None:
    notes = Notes()
    result = execute(
        {
            "type": "parallel",
            "branches": [
                {"name": "left", "steps": [notes.does("a"), {"name": "b", "template": "{{steps.a}}!"}]},
                {"name": "right", "steps": [notes.does("c")]},
                {"name": "never", "condition": False, "steps": [notes.does("d")]},
            ],
        }
    )
    assert result.success
    assert result.outputs == {"a": "a", "b": "a!", "c": "c"}
    assert statuses(result)["d"] == "skipped"


def test_an_optional_branch_may_fail_and_another_may_not() -> None:
    notes = Notes()
    bad = {"name": "bad", "steps": [notes.fails("x"), notes.does("y")]}
    good = {"name": "good", "steps": [notes.does("z")]}
    result = execute({"type": "parallel", "branches": [{**bad, "optional": True}, good]})
    assert result.success and statuses(result) == {"x": "failed", "z": "succeeded"}
    result = execute({"type": "parallel", "branches": [bad, good]})
    assert not result.success and result.error_code == "tool_failed"


@pytest.mark.parametrize(("n", "branch", "called"), [(20, "big", "a"), (7, "middle", "b"), (1, "default", "c")])
def test_a_conditional_workflow_takes_the_first_branch_that_holds_or_the_default(
    n: int, branch: str, called: str
) -> None:
    notes = Notes()
    table = {
        "type": "conditional",
        "branches": [
            {"name": "big", "condition": "input.n > 10", "steps": [notes.does("a")]},
            {"name": "middle", "condition": "input.n > 5", "steps": [notes.does("b")]},
        ],
        "default_branch": {"name": "small", "steps": [notes.does("c")]},
    }
    result = execute(table, {"n": n})
    assert notes.called == [called]
    assert result.metadata["branch"] == branch and result.output == called


def test_all_branches_that_hold_are_taken_when_that_is_asked_for() -> None:
    notes = Notes()
    branches = [
        {"name": "one", "condition": "always", "steps": [notes.does("a")]},
        {"name": "two", "condition": "never", "steps": [notes.does("b")]},
        {"name": "three", "condition": {"step_succeeded": "a"}, "steps": [notes.does("c")]},
    ]
    result = execute({"branches": branches, "match": "all"})
    assert result.metadata["branches"] == ["one", "three"] and notes.called == ["a", "c"]
    assert execute({"branches": branches, "execute_all_matching": True}).metadata["branches"] == ["one", "three"]
    assert execute({"branches": branches}).metadata["branches"] == ["one"]


def test_then_and_else_are_branches_and_steps_before_them_run_first() -> None:
    notes = Notes()
    table = {
        "pre_steps": [notes.does("look", "low risk")],
        "condition": {"type": "step_output_contains", "step_name": "look", "substring": "low"},
        "then_steps": [notes.does("yes")],
        "else_steps": [notes.does("no")],
    }
    assert execute(table).output == "yes"
    assert notes.called == ["look", "yes"]
    assert execute({**table, "condition": {"not": table["condition"]}}).output == "no"
    nothing = execute({**table, "condition": "never", "else_steps": None})
    assert nothing.success and nothing.metadata["branch"] is None


def test_ranges_count_as_lua_and_python_programs_published_for_them_expect() -> None:
    def over(given: Any) -> Any:
        return execute({"type": "loop", "range": given, "steps": [{"name": "a", "fn": square}]}).output

    assert over({"start": 2, "end": 6}) == [4, 9, 16, 25]
    assert over({"from": 2, "to": 4}) == [4, 9, 16]
    assert over({"start": 6, "end": 0, "step": -3}) == [36, 9]
    assert over({"from": 0, "to": 1, "step": 0.5}) == [0, 0.25, 1]
    assert over([1, 3]) == [1, 4] and over(2) == [0, 1]
    assert over({"start": 5, "end": 5}) == []
    with pytest.raises(BadArgument, match="start and end, or from and to"):
        over({"start": 1, "end": 3, "to": 3})
    with pytest.raises(BadArgument, match="not 0"):
        over({"start": 1, "end": 3, "step": 0})


def test_a_loop_goes_over_a_collection_of_the_input_and_ends_when_it_should() -> None:
    table = {
        "type": "loop",
        "collection": "{{input.items}}",
        "steps": [{"name": "a", "template": "{{loop.index}}:{{loop.item}}"}],
    }
    result = execute(table, {"items": ["x", "y", "z"]})
    assert result.output == ["0:x", "1:y", "2:z"] and result.outputs["a"] == ["0:x", "1:y", "2:z"]
    assert [it.iteration for it in result.steps] == [0, 1, 2]
    assert (result.metadata["iterations"], result.metadata["stopped_by"]) == (3, "end")
    result = execute({**table, "break_condition": "loop.item == 'y'"}, {"items": ["x", "y", "z"]})
    assert result.output == ["0:x", "1:y"] and result.metadata["stopped_by"] == "break"
    result = execute({**table, "max_iterations": 1}, {"items": ["x", "y"]})
    assert result.output == ["0:x"] and result.metadata["stopped_by"] == "max_iterations"
    result = execute(
        {**table, "collection": {"k": 1}, "steps": [{"name": "a", "template": "{{item.key}}={{item.value}}"}]}
    )
    assert result.output == ["k=1"]
    bad = execute(table, {"items": 3})
    assert not bad.success and bad.error_code == "not_a_list"


def test_aggregation_keeps_all_or_the_last_or_nothing() -> None:
    table = {"type": "loop", "range": {"start": 0, "end": 3}, "steps": [{"name": "a", "fn": square}]}
    last = execute({**table, "aggregation": "last"})
    assert (last.output, last.outputs, len(last.steps)) == (4, {"a": 4}, 1)
    none = execute({**table, "aggregation": "none"})
    assert (none.output, none.outputs) == (None, {})
    assert none.metadata["total_steps"] == none.metadata["successful_steps"] == 3


def test_an_iteration_sees_what_the_one_before_has_given() -> None:
    def add(context: StepContext) -> int:
        return int(context.output("sum") or 0) + int(context.loop["item"])  # type: ignore[index]

    result = execute({"type": "loop", "collection": [1, 2, 3], "steps": [{"name": "sum", "fn": add}]})
    assert result.output == [1, 3, 6]


def test_a_loop_by_a_condition_goes_on_as_long_as_it_holds() -> None:
    def count(context: StepContext) -> int:
        context.shared["n"] = context.shared.get("n", 0) + 1
        return int(context.shared["n"])

    table = {"type": "loop", "while": "shared.n < 3", "shared_data": {"n": 0}, "steps": [{"name": "a", "fn": count}]}
    result = execute(table)
    assert result.output == [1, 2, 3] and result.metadata["stopped_by"] == "condition"
    calls = iter([True, True, False])
    by_function = script_function(lambda given: next(calls))
    assert execute({**table, "while": by_function}).output == [1, 2]
    assert execute({**table, "while": True, "max_iterations": 2}).metadata["stopped_by"] == "max_iterations"
    with pytest.raises(WorkflowStopped, match="not ended after 1000 iterations") as caught:
        execute({**table, "while": True})
    assert caught.value.details["reason"] == "max_iterations"


def test_a_map_keeps_the_order_of_its_items_whichever_ends_first() -> None:
    async def run() -> Any:
        gates = [asyncio.Event() for _ in range(3)]
        gates[2].set()

        async def work(context: StepContext) -> str:
            index = context.loop["index"]  # type: ignore[index]
            await gates[index].wait()
            if index:
                gates[index - 1].set()
            return f"{context.input}{index}"

        table = {"type": "map", "collection": ["a", "b", "c"], "steps": [{"name": "w", "fn": work}]}
        async with asyncio.timeout(10):
            return await make(table).execute(library_context())

    result = asyncio.run(run())
    assert result.output == result.outputs["w"] == ["a0", "b1", "c2"]
    assert [it.iteration for it in result.steps] == [0, 1, 2]
    table = {
        "type": "map",
        "collection": "{{input}}",
        "steps": [{"name": "c", "tool": "calculator", "input": {"input": "{{item}} * 2"}}],
    }
    assert execute(table, [1, 2]).output == [2, 4]
    assert execute({**table, "steps": [{"tool": "calculator"}]}, ["1+1"]).output == [2]
    assert execute(table, []).output == []


@pytest.mark.parametrize("most", [1e300, 10**400, -(10**30), float("inf")])
def test_a_range_of_what_is_too_large_to_count_is_refused(most: Any) -> None:
    for given in ({"from": 1, "to": most}, {"from": most, "to": 1}, {"from": 0.5, "to": 1, "step": most}):
        result = execute({"type": "loop", "range": given, "steps": [{"name": "a", "fn": square}]})
        assert (result.success, result.error_code) == (False, "bad_argument"), given


def test_the_output_of_a_map_may_name_its_steps_which_have_given_lists() -> None:
    up = {"name": "up", "tool": "text-manipulator", "input": {"operation": "uppercase", "input": "{{loop.item}}"}}
    output = {
        "up": "{{steps.up.output}}",
        "first": "{{steps.up.0.text}}",
        "all": "{{steps.say}}",
        "then": "{{previous}}",
    }
    table = {
        "type": "map",
        "collection": "{{input}}",
        "steps": [up, {"name": "say", "template": "<{{steps.up.text}}>"}],
    }
    result = execute({**table, "output": output}, ["a", "b"])
    assert result.output == {"up": ["A", "B"], "first": "A", "all": ["<A>", "<B>"], "then": ["<A>", "<B>"]}
    assert execute({**table, "output": "{{steps.say}}", "aggregation": "none"}, []).output == []
    last = execute({**table, "type": "loop", "output": "{{steps.say}}"}, ["a", "b"])
    assert last.output == "<B>"


def test_a_map_that_goes_on_has_a_hole_where_an_item_failed() -> None:
    def work(context: StepContext) -> int:
        return 6 // int(context.input)

    table = {"type": "map", "collection": [1, 0, 3], "steps": [{"name": "w", "fn": work}]}
    result = execute({**table, "fail_fast": False})
    assert not result.success and result.outputs["w"] == [6, None, 2]
    assert "in iteration 1: ZeroDivisionError" in str(result.error)
    assert len(execute({**table, "max_concurrency": 1}).steps) == 2


def test_a_dag_waits_for_what_it_names_and_for_what_it_refers_to() -> None:
    notes = Notes()
    table = {
        "type": "dag",
        "steps": [
            {"name": "join", "template": "{{steps.left}}+{{right}}"},
            {**notes.does("left"), "depends_on": ["root"]},
            {**notes.does("right"), "depends_on": "root"},
            notes.does("root"),
        ],
    }
    result = execute(table)
    assert notes.called == ["root", "left", "right"] and result.output == "left+right"
    assert [it.name for it in result.steps] == ["join", "left", "right", "root"]
    assert make({"steps": table["steps"]}).kind == "dag"


def test_a_workflow_is_written_in_a_step_and_sees_the_loop_and_the_shared_data_around_it() -> None:
    table = {
        "type": "loop",
        "collection": ["x", "y"],
        "shared_data": {"end": "!"},
        "steps": [
            {
                "name": "inner",
                "type": "parallel",
                "steps": [
                    {"name": "a", "template": "{{loop.item}}{{shared.end}}"},
                    {"name": "b", "template": "{{input.greeting}}"},
                ],
            },
            {"name": "both", "template": "{{steps.inner.a}} {{steps.inner.outputs.b}} {{steps.inner.output.a}}"},
        ],
    }
    result = execute(table, {"greeting": "hi"})
    assert result.outputs["both"] == ["x! hi x!", "y! hi y!"]


def test_an_output_is_what_the_table_says_it_is() -> None:
    table = {
        "steps": [{"name": "a", "fn": lambda context: {"n": 1}}],
        "output": {"total": "{{steps.a.n}}", "text": "n = {{a.n}}"},
    }
    assert execute(table).output == {"total": 1, "text": "n = 1"}
    bad = execute({**table, "output": "{{steps.a.missing}}"})
    assert not bad.success and bad.error_code == "unknown_reference"


def test_an_input_is_checked_against_its_schema_before_anything_runs() -> None:
    notes = Notes()
    table = {
        "steps": [notes.does("a")],
        "input_schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    }
    with pytest.raises(InvalidParams, match=r"\$.n is missing"):
        execute(table, {})
    assert notes.called == [] and execute(table, {"n": 1}).success
