"""What is found before anything runs, where it is said to be, and what is suggested."""

# ruff: noqa: E501 - a row of the table of mistakes is one line

from __future__ import annotations

from typing import Any

import pytest
from canned_agents import Canned
from workflow_stage import execute, make, services

from llmspell.errors import BadArgument, LLMSpellError, NotFound, WorkflowStopped
from llmspell.tools.script_tool import script_tool
from llmspell.workflows import fields, step_reading
from llmspell.workflows.spec import MAX_DEPTH
from llmspell.workflows.workflow import workflow_from


def nothing(context: Any) -> None:
    return None


def step(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "fn": nothing, **more}


MISTAKES: list[tuple[dict[str, Any], str, str, str]] = [
    ({"steps": []}, "has no steps", "$.steps", "at least one"),
    ({"type": "parallel", "branches": [{"name": "b", "steps": []}]}, "branch b has no steps", "$.branches[0]", ""),
    ({"stesp": []}, 'no field "stesp"', "$.stesp", "steps"),
    ({"type": "sequental", "steps": []}, "type of a workflow is one of", "$.type", "sequential"),
    ({"name": 3, "steps": [step("a")]}, "the name of a workflow", "$.name", ""),
    ({"steps": 3}, "steps is a list", "$.steps", ""),
    ({"steps": [3]}, "a step is a table", "$.steps[0]", ""),
    ({"steps": [{"name": "a"}]}, "the step a needs one of tool", "$.steps[0]", "say what it does"),
    ({"steps": [step("a", tool="calculator")]}, "a step does one thing", "$.steps[0].fn", "two steps"),
    ({"steps": [{"type": "agent", "tool": "calculator"}]}, "of the type agent needs agent", "$.steps[0].type", ""),
    ({"steps": [{"type": "toool", "tool": "calculator"}]}, "type of a step is one of", "$.steps[0].type", "tool"),
    ({"steps": [{"tool": 3}]}, "name of a tool", "$.steps[0].tool", ""),
    ({"steps": [{"fn": 3}]}, "fn is a function", "$.steps[0].fn", ""),
    ({"steps": [{"agent": 3}]}, "name of an agent", "$.steps[0].agent", ""),
    ({"steps": [{"workflow": 3}]}, "a name, a workflow or a table", "$.steps[0].workflow", ""),
    ({"steps": [{"template": 3}]}, "name of a template", "$.steps[0].template", ""),
    ({"steps": [step("a", timeout=3)]}, 'no field "timeout"', "$.steps[0].timeout", "timeout_"),
    ({"steps": [step("a", timeout_ms="3")]}, "a number of at least 1", "$.steps[0].timeout_ms", ""),
    ({"steps": [step("a", retry={"attempts": 0})]}, "from 1 to 1000", "$.steps[0].retry.attempts", ""),
    ({"steps": [step("a", retry="x")]}, "retry is a table", "$.steps[0].retry", ""),
    ({"steps": [step("a", optional=3)]}, "true or false", "$.steps[0].optional", ""),
    ({"steps": [step("a", on_error="contnue")]}, 'no step "contnue"', "$.steps[0].on_error", ""),
    ({"steps": [step("a", compensate="b"), step("b")]}, "a step or a function", "$.steps[0].compensate", ""),
    ({"steps": [step("a"), step("a")]}, 'two steps are called "a"', "$.steps[1].name", "$.steps[0]"),
    ({"steps": [step("a", depends_on=["bb"]), step("b1")]}, "which is no step", "$.steps[0].depends_on", "b1"),
    ({"type": "sequential", "steps": [step("a", depends_on=["b"]), step("b")]}, "does not run before it", "$.steps[0].depends_on", "dag"),
    ({"steps": [{"tool": "calculatr"}]}, 'no tool "calculatr"', "$.steps[0].tool", "calculator"),
    ({"steps": [{"agent": "helpr"}]}, 'no agent "helpr"', "$.steps[0].agent", "helper"),
    ({"steps": [{"workflow": "digst"}]}, 'no workflow "digst"', "$.steps[0].workflow", "digest"),
    ({"steps": [{"template": "greting"}]}, 'no template "greting"', "$.steps[0].template", "greeting"),
    ({"steps": [step("a", fallback={"tool": "calculatr"})]}, "calculatr", "$.steps[0].fallback.tool", "calculator"),
    ({"steps": [step("a", input="{{steps.b}}"), step("b")]}, "does not run before", "$.steps[0].input", "no step"),
    ({"steps": [step("abc"), step("b", input={"x": ["{{steps.abd.y}}"]})]}, 'no step "abd"', "$.steps[1].input.x[0]", "abc"),
    ({"type": "parallel", "steps": [step("a"), step("b", input="{{steps.a}}")]}, "at the same time", "$.steps[1].input", ""),
    ({"steps": [step("a", input="{{loop.item}}")]}, "no loop here", "$.steps[0].input", "loop"),
    ({"steps": [step("a", input="{{ 1 + 1 }}x")]}, "is no", "$.steps[0].input", ""),
    ({"steps": [step("a", input="{{a | uper}}")]}, "no filter", "$.steps[0].input", "default"),
    ({"steps": [step("a")], "output": "{{steps.b}}"}, 'no step "b"', "$.output", "a"),
    ({"steps": [step("a", condition={"step_succeded": "b"})]}, "no condition", "$.steps[0].condition", "step_succeeded"),
    ({"steps": [step("a", condition={"step_failed": "b"})]}, 'names "b"', "$.steps[0].condition", "a"),
    ({"steps": [step("a", condition="1 +")]}, "no expression", "$.steps[0].condition", ""),
    ({"steps": [step("a", condition="__import__('os')")]}, "no function here", "$.steps[0].condition", ""),
    ({"steps": [step("a", condition="[x for x in input]")]}, "listcomp", "$.steps[0].condition", ""),
    ({"steps": [step("a", condition=3)]}, "must be a condition", "$.steps[0].condition", ""),
    ({"branches": [{"condition": 1, "steps": [step("a")]}]}, "must be a condition", "$.branches[0].condition", ""),
    ({"type": "conditional", "branches": [{"steps": [step("a")]}]}, "has no condition", "$.branches[0]", "always"),
    ({"type": "sequential", "branches": [{"steps": [step("a")]}]}, "has no branches", "$.branches", ""),
    ({"type": "sequential", "then": [step("a")]}, "has no then", "$.then", ""),
    ({"type": "sequential", "range": 3, "steps": [step("a")]}, "has no range", "$.range", "loop"),
    ({"type": "loop", "steps": [step("a")]}, "needs one of range, collection or while", "$", ""),
    ({"type": "map", "while": True, "steps": [step("a")]}, "needs one of collection or range", "$", ""),
    ({"type": "loop", "range": 3, "collection": [], "steps": [step("a")]}, "goes over one thing", "$.collection", ""),
    ({"type": "loop", "collection": 3, "steps": [step("a")]}, "collection is a list", "$.collection", ""),
    ({"type": "loop", "range": {"start": 1}, "steps": [step("a")]}, "start and end", "$.range", ""),
    ({"type": "loop", "range": 3, "aggregation": "sum", "steps": [step("a")]}, "one of all", "$.aggregation", ""),
    ({"steps": [step("a")], "edges": [{"from": "a", "to": "b"}], "type": "loop", "range": 1}, "no edges", "$.edges", "dag"),
    ({"steps": [step("a")], "edges": [{"from": "a", "to": "b"}]}, "which is no step", "$.edges[0].to", "a"),
    ({"steps": [step("a")], "edges": [{"from": "a"}]}, "needs to", "$.edges[0]", ""),
    ({"steps": [step("a")], "max_concurrency": 0}, "from 1", "$.max_concurrency", ""),
    ({"steps": [step("a")], "id": "x", "name": "y"}, "the same field", "$.name", ""),
    ({"steps": [{"workflow": {"steps": [{"tool": "calculatr"}]}}]}, "calculatr", "$.steps[0].workflow.steps[0].tool", ""),
    ({"steps": [step("a", depends_on=["c"]), step("b", depends_on=["a"]), step("c", depends_on=["b"])]}, "a → b → c → a", "$.steps[0]", ""),
    ({"type": "dag", "steps": [step("a", depends_on=["a"])]}, "a → a", "$.steps[0]", ""),
    ({"type": "dag", "steps": [step("a", input="{{steps.b}}"), step("b", input="{{steps.a}}")]}, "a → b → a", "$.steps[0]", ""),
]  # fmt: skip


@pytest.mark.parametrize(("table", "message", "path", "hint"), MISTAKES, ids=[it[1] for it in MISTAKES])
def test_a_mistake_is_found_when_a_workflow_is_made(table: Any, message: str, path: str, hint: str) -> None:
    on = services(Canned("helper"), templates=True)
    on.registry.register(make({"name": "digest", "steps": [step("a")]}, on))
    with pytest.raises(LLMSpellError) as caught:
        workflow_from(table, on)
    error = caught.value
    assert isinstance(error, BadArgument | NotFound)
    assert message in error.message
    assert error.details["path"] == path
    assert hint in error.hint


def test_what_was_right_when_it_was_made_is_checked_again_when_asked_for() -> None:
    on = services()
    assert on.tools is not None

    async def call(ctx: Any, params: Any) -> int:
        return 1

    on.tools.register(script_tool("own", "Mine", {}, call))
    workflow = make({"steps": [{"name": "a", "tool": "own"}]}, on)
    assert workflow.validate() == [] and execute(workflow).success
    on.tools.unregister("own")
    (problem,) = workflow.validate()
    assert problem["path"] == "$.steps[0].tool" and problem["code"] == "tool_not_found"
    result = execute(workflow)
    assert not result.success and result.error_code == "tool_not_found"


def test_every_published_spelling_of_a_field_is_taken() -> None:
    for name in ("body", "nodes", "tasks"):
        assert make({name: [step("a")]}).plan.n_steps == 1
    for name in ("parameters", "params", "arguments", "args", "with"):
        result = execute({"steps": [{"tool_name": "calculator", name: {"input": "1"}, "step_type": "tool", "id": "a"}]})
        assert result.output == 1
    for name in ("function", "func", "handler", "execute", "callback", "run"):
        assert execute({"steps": [{name: lambda context: 3, "type": "custom"}]}).output == 3
    for spelling in ("fail_fast", "stop", "abort", "FAIL_FAST"):
        assert make({"steps": [step("a")], "error_strategy": spelling}).spec.strategy == "fail_fast"
    assert make({"steps": [step("a")], "fail_fast": False}).spec.strategy == "continue"
    assert make({"steps": [step("a", retries=2)]}).spec.steps[0].retry.attempts == 3  # type: ignore[union-attr]
    loop = {
        "iterator": {"collection": [1, 2]},
        "body": [step("a")],
        "aggregation_strategy": "collect_all",
        "type": "loop",
    }
    assert execute(loop).metadata["iterations"] == 2
    assert execute(
        {"type": "loop", "iterations": 3, "steps": [{"template": "{{loop_index}}{{loop_value}}"}]}
    ).output == ["00", "11", "22"]
    texts = ["{{loop:current_item}}", "{{loop:current_index}}", "{{item}}", "{{loop.number}}"]
    got = execute({"type": "loop", "collection": ["x"], "steps": [{"template": " ".join(texts)}]}).output
    assert got == ["x 0 x 1"]
    by_name = {"steps": {"a": {"fn": lambda context: 1}, "b": {"template": "{{a}}2"}}}
    assert execute(by_name).output == "12"


def test_edges_from_many_to_many_are_bounded_before_they_are_made() -> None:
    many = [f"s{i}" for i in range(2000)]
    with pytest.raises(BadArgument, match="at most 1000000 edges"):
        make({"steps": [step("a")], "edges": [{"from": many, "to": many}]})


def test_no_two_fields_share_a_spelling() -> None:
    for table in (
        fields.WORKFLOW_FIELDS,
        fields.STEP_FIELDS,
        fields.BRANCH_FIELDS,
        fields.EDGE_FIELDS,
        fields.RETRY_FIELDS,
    ):
        spellings = [it for name, others in table.items() for it in (name, *others)]
        assert len(spellings) == len(set(spellings))
    assert set(step_reading._ACTION_OF) == set(step_reading._ACTIONS)


def test_workflows_in_workflows_are_refused_when_they_are_too_deep() -> None:
    def nest(depth: int) -> dict[str, Any]:
        table: dict[str, Any] = {"name": "w", "steps": [step("a")]}
        for _ in range(depth - 1):
            table = {"name": "w", "steps": [{"name": "in", "workflow": table}]}
        return table

    assert execute(nest(MAX_DEPTH)).success
    for depth in (MAX_DEPTH + 1, 1000):
        with pytest.raises(WorkflowStopped, match="more than 32 deep") as caught:
            make(nest(depth))
        assert caught.value.details["reason"] == "max_depth"
    workflow = make({"name": "w1", "steps": [step("a")]})
    for i in range(MAX_DEPTH - 1):
        workflow = make({"name": f"w{i + 2}", "steps": [{"workflow": workflow}]})
    assert workflow.depth == MAX_DEPTH
    with pytest.raises(WorkflowStopped, match="more than 32 deep"):
        make({"name": "last", "steps": [{"workflow": workflow}]})


def test_a_workflow_that_reaches_itself_by_its_name_is_stopped() -> None:
    on = services()
    on.registry.register(make({"name": "self", "steps": [step("a")]}, on))
    again = make({"name": "self", "steps": [{"name": "b", "workflow": "self"}]}, on)
    on.registry.register(again, replace=True)
    with pytest.raises(WorkflowStopped, match="nested more than 32 deep") as caught:
        execute(again)
    assert "must not reach itself" in caught.value.hint
