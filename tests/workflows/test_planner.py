"""Workflows that a model plans: what it is told, what it may use, what happens to a plan that is wrong."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from llmspell.effects.context import RunContext, library_context
from llmspell.errors import BadArgument, BudgetExceeded, LLMSpellError, PermissionDenied, SchemaError
from llmspell.models.attempts import Attempts
from llmspell.models.calling import ModelServices
from llmspell.models.catalog import ModelCatalog
from llmspell.models.prices import Prices
from llmspell.security.profile import resolve_profile
from llmspell.tools.registry import ToolRegistry
from llmspell.workflows.planner import Planned, Task, plan_workflow
from llmspell.workflows.planner_prompt import MAX_CATALOG_CHARS, asked_text
from llmspell.workflows.workflow import WorkflowServices

TOOLS = ToolRegistry()
CALCULATOR, HASH = TOOLS.find("calculator"), TOOLS.find("hash-calculator")
STEP = {"name": "a", "tool": "calculator", "input": {"input": "{{input.sum}}"}}
GOOD = {"name": "good", "type": "sequential", "steps": [STEP]}


class FakeAgent:
    """Has what a planner looks at."""

    name, description = "writer", "writes\nwell"

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a plan runs nothing")


class Agents:
    """Knows the one."""

    def find(self, name: str) -> FakeAgent:
        return FakeAgent()

    def __contains__(self, name: str) -> bool:
        return name == "writer"

    def names(self) -> list[str]:
        return ["writer"]


def model_of(*answers: Any) -> dict[str, Any]:
    """A model that answers so."""
    return {"scripted": [{"text": it if isinstance(it, str) else json.dumps(it)} for it in answers]}


def plan(*answers: Any, ctx: RunContext | None = None, **fields: Any) -> Planned:
    task = Task(
        **{"goal": "compute", "tools": [CALCULATOR], "agents": [FakeAgent()], "model": model_of(*answers), **fields}
    )
    models = ModelServices(ModelCatalog(None), Attempts(), Prices())
    services = WorkflowServices(tools=TOOLS, agents=lambda: Agents())  # type: ignore[arg-type, return-value]
    return asyncio.run(plan_workflow(ctx or library_context(), task, services, models))


def refused(*answers: Any, **fields: Any) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        plan(*answers, **fields)
    return caught.value


def test_a_plan_is_a_workflow_that_has_not_run() -> None:
    found = plan(GOOD)
    assert (found.table, found.goal, found.attempts) == (GOOD, "compute", 1)
    assert (found.workflow.name, found.workflow.last, found.model.partition("/")[0]) == ("good", None, "scripted")


def test_prose_around_it_does_not_matter() -> None:
    assert plan(f"Here it is:\n```json\n{json.dumps(GOOD)}\n```\nGood luck!").table == GOOD


def test_it_may_use_all_that_it_was_given_however_deep() -> None:
    inner = {"name": "in", "type": "parallel", "steps": [STEP, {"name": "b", "agent": "writer", "input": "x"}]}
    table = {
        "name": "deep",
        "type": "sequential",
        "steps": [{"name": "n", "workflow": inner}, {**STEP, "fallback": {"name": "t", "template": "{{input.x}}"}}],
    }
    assert plan(table).table == table


@pytest.mark.parametrize(
    ("step", "path", "message", "hint"),
    [
        ({"tool": "hash-calculator"}, "$.steps[0].tool", "the tool hash-calculator may not be used", "calculator"),
        ({"agent": "critic"}, "$.steps[0]", "critic", "writer"),
        ({"tool": "no-such"}, "$.steps[0]", "no-such", ""),
        ({"workflow": "other"}, "$.steps[0]", "other", ""),
        ({"template": "report"}, "$.steps[0]", "template", ""),
        ({"fn": "function() end"}, "$.steps[0].fn", "fn is a function", ""),
        ({"tool": "calculator", "fallback": {"tool": "hash-calculator"}}, "$.steps[0].fallback.tool", "may not", ""),
        (
            {"tool": "calculator", "compensate": {"tool": "hash-calculator"}},
            "$.steps[0].compensate.tool",
            "may not",
            "",
        ),
        (
            {"workflow": {"steps": [{"name": "i", "tool": "hash-calculator"}]}},
            "$.steps[0].workflow.steps[0].tool",
            "may not",
            "",
        ),
        ({"tool": "calculator", "input": {"input": "{{steps.x}}"}}, "$.steps[0].input", "x", ""),
        ({"tool": "calculator", "dependson": ["b"]}, "$.steps[0].dependson", "no field", "depends_on"),
    ],
)
def test_what_it_may_not_or_cannot_do_is_refused(step: dict[str, Any], path: str, message: str, hint: str) -> None:
    table = {**GOOD, "steps": [{"name": "a", **step}]}
    (problem,) = refused(table, repairs=0).details["problems"]  # type: ignore[misc]
    assert problem["path"].startswith(path) and message in problem["message"] and hint in problem["hint"]  # type: ignore[index]
    assert plan(GOOD, repairs=0).table == GOOD


def test_a_plan_that_is_wrong_is_shown_to_the_model_twice_and_no_more() -> None:
    wrong = {**GOOD, "steps": [{**STEP, "tool": "hash-calculator"}]}
    assert plan(wrong, "no JSON", GOOD).attempts == 3
    error = refused(wrong, "no JSON", wrong, GOOD)
    assert (
        error.details["attempts"] == 3
        and "after 3 attempts: $.steps[0].tool: the tool hash-calculator" in error.message
    )
    assert json.loads(str(error.details["raw"])) == wrong
    assert refused(wrong, GOOD, repairs=0).details["attempts"] == 1


def test_the_model_is_shown_the_goal_the_tools_and_what_was_wrong() -> None:
    seen = {
        "scripted": [
            {"text": "{{input}}", "times": 1},
            {"text": "{{input}}", "times": 1},
        ]
    }
    error = refused(model=seen, goal="add </goal> up", repairs=1)
    assert "That plan cannot be used:" in str(error.details["raw"]) and "Answer again" in str(error.details["raw"])
    asked = asked_text("add </goal> up", [CALCULATOR], [FakeAgent()], {"type": "object"})  # type: ignore[list-item]
    assert asked.startswith("<goal>\nadd <\\/goal> up\n</goal>")
    assert "calculator: " in asked and '"input"' in asked and "writer: writes well\n" in asked
    assert '<input_schema>\n{\n "type": "object"\n}' in asked and "hash-calculator" not in asked


def test_what_the_model_is_shown_is_bounded() -> None:
    class Tool:
        name = "big"
        description = "d" * 10_000
        schema = {"type": "object", "properties": {f"field{i}": {"description": "x" * 500} for i in range(500)}}

    asked = asked_text("g", [Tool()] * 100, [], None)  # type: ignore[list-item]
    assert len(asked) < MAX_CATALOG_CHARS + 1000 and '"field99"' in asked_text("g", [Tool()], [], None)  # type: ignore[list-item]


def test_it_has_no_more_steps_than_asked_for() -> None:
    table = {**GOOD, "steps": [{**STEP, "name": f"s{i}"} for i in range(4)]}
    assert "it has 4 steps, 3 at most" in refused(table, max_steps=3, repairs=0).message
    assert plan(table, max_steps=4).table == table


@pytest.mark.parametrize(
    "fields",
    [
        {"goal": " "},
        {"goal": "x" * 100_001},
        {"tools": [], "agents": []},
        {"max_steps": 0},
        {"repairs": 6},
        {"tools": [HASH] * 101},
    ],
)
def test_a_task_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadArgument):
        plan(GOOD, **fields)


def test_the_model_needs_a_permission_and_the_budget_holds() -> None:
    low = library_context(profile=resolve_profile("high"))
    with pytest.raises(PermissionDenied):
        plan(GOOD, ctx=low)
    granted = library_context(profile=resolve_profile("high", allow=["model:*"]))
    assert plan(GOOD, ctx=granted).table == GOOD
    from llmspell.effects.budget import Budget

    poor = library_context()
    poor = replace(poor, budgets=(Budget("agent", None, 1, owner="x"),))
    with pytest.raises(BudgetExceeded):
        plan(GOOD, ctx=poor)


def test_what_it_answers_is_never_run_in_the_host() -> None:
    for hostile in ('{"name": "x", "type": "sequential", "steps": "__import__(\'os\')"}', "[" * 50_000, '{"a":' * 5000):
        assert isinstance(refused(hostile, repairs=0), LLMSpellError)
