"""Workflows that a script makes: what it may hand over, what it keeps in the host, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from llmspell.agents.held import Held
from llmspell.errors import BadArgument, LimitExceeded, ScriptError, WorkflowNotFound
from llmspell.globals.workflow_builder import MAX_PARTS, WorkflowBuilder
from llmspell.globals.workflow_fields import FIELDS, KINDS
from llmspell.globals.workflow_parts import parts_of, without_underscores
from llmspell.interface.declare import method_table
from llmspell.workflows import fields as table_fields
from llmspell.workflows.spec import KINDS as SPEC_KINDS
from llmspell.workflows.workflow import MAX_LISTENERS, Workflow


async def one(ctx: Any) -> int:
    return 1


STEP = {"name": "a", "fn": one}


def made(script: Any, **fields: Any) -> Any:
    return script.call("Workflow", "from_table", {"type": "sequential", "steps": [STEP], **fields})


def test_every_kind_has_a_method_of_the_global_and_of_the_builder(script: Any) -> None:
    assert tuple(KINDS) == SPEC_KINDS
    builder = script.call("Workflow", "builder")
    for kind in KINDS:
        assert kind in method_table(type(script.acall.__self__._global("Workflow")))
        assert kind in method_table(type(builder))


def test_every_field_of_the_builder_is_one_of_a_workflow() -> None:
    known = {*table_fields.WORKFLOW_FIELDS, *(it for all_ in table_fields.WORKFLOW_FIELDS.values() for it in all_)}
    assert {it.name for it in FIELDS.values()} <= known
    assert {it for kind in KINDS.values() for it in kind.fields} <= known


def test_what_a_script_holds_is_handed_over_as_what_it_stands_for(script: Any) -> None:
    agent = script.call("Agent", "create", name="ada", model="echo")
    tool = script.call("Tool", "get", "calculator")
    workflow = made(script)
    found = parts_of({"steps": [{"agent": agent}, {"tool": tool}, {"workflow": workflow}], "input": {"n": 1}})
    assert found["steps"][0]["agent"] is agent.runnable
    assert found["steps"][1]["tool"].name == "calculator"
    assert isinstance(found["steps"][2]["workflow"], Workflow)
    assert found["input"] == {"n": 1}


def test_a_table_with_a_function_is_a_tool_only_where_a_tool_is_asked_for() -> None:
    table = {"name": "t", "execute": one}
    assert parts_of({"tool": table})["tool"].name == "t"
    assert parts_of({"input": table})["input"]["name"] == "t"


def test_keywords_that_python_reserves_may_end_in_an_underscore() -> None:
    assert without_underscores({"while_": 1, "name_": 2, "else_": 3}) == {"while": 1, "name_": 2, "else": 3}


@pytest.mark.parametrize("returned", [one, {"deep": [one]}])
def test_a_function_that_returns_what_is_no_data_fails_its_step(script: Any, returned: Any) -> None:
    async def gives(ctx: Any) -> Any:
        return returned

    result = script.call(made(script, steps=[{"name": "a", "fn": gives}]), "execute")
    assert (result["success"], result["error_code"]) == (False, "bad_argument")
    assert "not plain data" in result["error"]


def test_the_input_and_the_keys_beside_it_are_one(script: Any) -> None:
    async def seen(ctx: Any) -> Any:
        return ctx.input

    workflow = made(script, steps=[{"name": "a", "fn": seen}])
    assert script.call(workflow, "execute", {"a": 1}, b=2)["output"] == {"a": 1, "b": 2}
    assert script.call(workflow, "execute", b=2)["output"] == {"b": 2}
    assert script.call(workflow, "execute", "text")["output"] == "text"
    with pytest.raises(BadArgument, match="not plain data"):
        script.call(workflow, "execute", {"f": one})


def test_what_builders_keep_is_bounded(script: Any) -> None:
    builder = WorkflowBuilder(lambda fields: fields, Held(100_000, whose="the workflows"))  # type: ignore[arg-type,return-value]
    for _ in range(3):
        script.call(builder, "add_step", {"name": "x" * 40_000})
    with pytest.raises(BadArgument, match="the workflows of this run keep"):
        script.call(builder, "add_step", {"name": "y"})
    script.call(builder, "name", None)  # what takes nothing more is welcome


def test_a_builder_takes_so_many_steps_and_no_more(script: Any) -> None:
    builder = script.call("Workflow", "builder")
    script.call(builder, "steps", [STEP] * MAX_PARTS)
    with pytest.raises(BadArgument, match="at most 100,000 steps"):
        script.call(builder, "add_step", STEP)


def test_a_workflow_tells_so_many_functions_and_no_more(script: Any) -> None:
    workflow = made(script)
    for _ in range(MAX_LISTENERS):
        script.call(workflow, "on_after_execute", lambda result: None)
    with pytest.raises(BadArgument, match="at most"):
        script.call(workflow, "on_after_execute", lambda result: None)


@pytest.mark.parametrize(("error", "is_raised"), [(ScriptError("nervous"), False), (LimitExceeded("over"), True)])
def test_a_watcher_that_fails_is_logged_unless_the_run_is_at_its_end(
    script: Any, error: Exception, is_raised: bool
) -> None:
    async def fails(told: Any, around: Any = None) -> None:
        raise error

    workflow = made(script, name="calm")
    asyncio.run(_watched(workflow, fails))
    if is_raised:
        with pytest.raises(LimitExceeded):
            script.call(workflow, "execute")
        return
    assert script.call(workflow, "execute")["success"]
    assert ("warn", "a function that watches the workflow calm failed: nervous", {}) in script.log.lines


async def _watched(workflow: Any, function: Callable[..., Any]) -> None:
    workflow.on_before_execute(None, function)


def test_workflows_are_found_by_the_name_that_they_were_registered_by(script: Any) -> None:
    script.call("Workflow", "register", "other-name", made(script, name="own"))
    assert [it["name"] for it in script.call("Workflow", "list")] == ["other-name"]
    assert script.call("Workflow", "get", "OTHER_name").name == "own"
    with pytest.raises(WorkflowNotFound, match="own"):
        script.call("Workflow", "execute", "own")
    assert script.call("Workflow", "remove", "other_name") and script.call("Workflow", "list") == []
