"""The template that runs workflows, given or planned."""

from __future__ import annotations

from typing import Any

import pytest
from template_bench import Bench

from llmspell.errors import BadArgument, InvalidParams, LLMSpellError, ToolNotFound

UP = {"name": "up", "tool": "text-manipulator", "input": {"operation": "uppercase", "input": "{{input.name}}"}}
PLANNED = {"name": "shout", "type": "sequential", "steps": [UP]}


def test_a_workflow_that_is_given_runs(bench: Bench) -> None:
    done = bench.run("workflow-orchestrator", workflow={"steps": [UP]}, input={"name": "ada"})
    assert done.outcome.success
    assert (done.outcome.text, done.outcome.result["output"]) == ("ADA", "ADA")
    assert done.outcome.result["workflow"]["steps"][0]["tool"] == "text-manipulator"
    assert done.outcome.metadata["ran"] is True
    assert bench.estimate("workflow-orchestrator", workflow={"steps": [UP]})["calls"] == 0
    failed = bench.run("workflow-orchestrator", workflow={"steps": [{**UP, "tool": "calculator", "input": "1/0"}]})
    assert (failed.outcome.success, failed.outcome.metadata["error"]["code"]) == (False, "division_by_zero")


def test_a_workflow_is_planned_for_a_goal_with_what_may_be_used_and_shown_before_it_runs(bench: Bench) -> None:
    asked: dict[str, Any] = {"goal": "Shout the name.", "tools": ["text-manipulator"]}
    shown = bench.run("workflow-orchestrator", {"when": {}, "data": PLANNED}, **asked, dry_run=True)
    assert shown.outcome.metadata["ran"] is False
    assert "up" in shown.outcome.text
    assert "Shout the name." in bench.asked()
    done = bench.run("workflow-orchestrator", {"when": {}, "data": PLANNED}, **asked, input={"name": "bea"})
    assert (done.outcome.text, done.calls) == ("BEA", 1)
    estimate = bench.estimate("workflow-orchestrator", **asked, model="openai/gpt-5-mini")
    assert (estimate["calls"], estimate["confidence"]) == (1, "low")
    assert "only the planning" in estimate["notes"][0]


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({}, InvalidParams, "either `workflow` or `goal`"),
        ({"goal": "x", "workflow": {"steps": [UP]}}, InvalidParams, "either `workflow` or `goal`"),
        ({"goal": "x"}, InvalidParams, "needs something to use"),
        ({"goal": "x", "tools": ["calculater"]}, ToolNotFound, "calculater"),
        ({"workflow": {"steps": [{**UP, "tool": "nothing"}]}}, LLMSpellError, "nothing"),
        ({"workflow": {"steps": 3}}, BadArgument, "steps"),
    ],
)
def test_what_is_no_workflow_is_refused(params: Any, error: type[Exception], message: str, bench: Bench) -> None:
    with pytest.raises(error, match=message):
        bench.run("workflow-orchestrator", "never", **params)
