"""A workflow as an object: what it tells of itself, its shared data, its last outputs, the registry, its graph."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from workflow_stage import Notes, execute, make, services

from llmspell.agents.held import Held
from llmspell.effects.context import library_context, task_context
from llmspell.effects.run import Run
from llmspell.errors import BadArgument, WorkflowNotFound
from llmspell.journal.memory import MemoryJournal
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor
from llmspell.workflows import registry
from llmspell.workflows.registry import WorkflowRegistry
from llmspell.workflows.result import WorkflowResult
from llmspell.workflows.workflow import WorkflowServices, workflow_from

TABLES: list[dict[str, Any]] = [
    {
        "name": "line",
        "description": "All that a step can have",
        "steps": [
            {
                "name": "a",
                "tool": "calculator",
                "input": {"input": "{{input}}"},
                "retry": {"attempts": 3, "on": ["x"]},
                "timeout_ms": 50,
            },
            {
                "name": "b",
                "template": "{{steps.a}}!",
                "condition": "steps.a.result > 1",
                "on_error": "continue",
                "optional": True,
            },
            {
                "name": "c",
                "workflow": {"name": "in", "type": "parallel", "steps": [{"name": "x", "template": "x {{input}}"}]},
                "weight": 2,
            },
            {
                "name": "d",
                "tool": "calculator",
                "fallback": {"name": "d2", "template": "no {{steps.a}}"},
                "compensate": {"template": "undo {{previous}}"},
            },
        ],
        "timeout_ms": 1000,
        "error_strategy": "continue",
        "retry": {"attempts": 2},
        "shared_data": {"k": 1},
        "output": "{{steps.a.result}}",
        "input_schema": {"type": "integer"},
        "metadata": {"owner": "me"},
    },
    {
        "name": "choice",
        "pre_steps": [{"name": "look", "template": "{{input}} x"}],
        "branches": [
            {
                "name": "one",
                "condition": {
                    "and": [{"step_succeeded": "look"}, {"not": {"shared_data_equals": {"key": "k", "value": 1}}}]
                },
                "steps": [{"name": "p", "template": "p p"}],
            },
            {
                "name": "two",
                "condition": {"step_output_contains": {"step": "look", "text": "x"}},
                "steps": [{"name": "q", "template": "q q"}],
            },
        ],
        "default": [{"name": "r", "template": "r r"}],
        "match": "all",
    },
    {
        "name": "then",
        "condition": "input > 1",
        "then": [{"name": "p", "template": "p p"}],
        "else": [{"name": "q", "template": "q q"}],
    },
    {
        "name": "range",
        "type": "loop",
        "range": {"from": 1, "to": 2},
        "until": {"step_result_equals": {"step": "s", "value": 3}},
        "steps": [{"name": "s", "template": "{{item}} x"}],
        "aggregation": "last",
    },
    {
        "name": "while",
        "type": "loop",
        "while": {"shared_data_exists": {"key": "x"}},
        "max_iterations": 2,
        "steps": [{"name": "s", "template": "s s"}],
    },
    {
        "name": "map",
        "type": "map",
        "collection": [1, 2],
        "max_concurrency": 2,
        "steps": [{"name": "s", "template": "{{item}} x"}],
    },
    {
        "name": "pipe",
        "type": "pipeline",
        "steps": [{"name": "s", "template": "s {{input}}"}, {"name": "t", "template": "t {{previous}}"}],
    },
    {
        "name": "graph",
        "type": "dag",
        "steps": [
            {"name": "a", "template": "a a", "route": "best"},
            {"name": "b", "template": "b b"},
            {"name": "c", "template": "c {{steps.b}}", "depends_on": ["a"]},
        ],
        "edges": [{"from": "a", "to": "b", "condition": "always", "weight": 2, "label": "go"}],
    },
    {
        "name": "beside",
        "type": "parallel",
        "branches": [
            {"name": "l", "steps": [{"name": "a", "template": "a a"}]},
            {"name": "r", "optional": True, "condition": "never", "steps": [{"name": "b", "template": "b b"}]},
        ],
    },
]


@pytest.mark.parametrize("table", TABLES, ids=lambda it: it["name"])
def test_a_workflow_is_written_as_the_table_that_makes_it_again(table: dict[str, Any]) -> None:
    first = make(table)
    written = first.to_table()
    assert json.loads(json.dumps(written)) == written
    second = make(written)
    assert second.to_table() == written
    assert second.graph().to_value() == first.graph().to_value()
    one, other = execute(first, 2), execute(second, 2)
    assert (one.success, one.output) == (other.success, other.output)
    assert one.success, one.error
    assert first.info()["n_steps"] == len(first.spec.all_steps()) and first.validate() == []


def edges(table: dict[str, Any]) -> list[str]:
    graph = make(table).graph()
    assert {it.source for it in graph.edges} | {it.target for it in graph.edges} <= {it.name for it in graph.nodes}
    return [f"{it.source} > {it.target}{f' [{it.label}]' if it.label else ''} {it.kind}" for it in graph.edges]


def test_a_graph_shows_how_steps_hang_together() -> None:
    steps = [{"name": "a", "template": "a a"}, {"name": "b", "template": "b b", "condition": "input.x"}]
    assert edges({"steps": steps}) == ["start > a then", "a > b [input.x] when", "b > end then"]
    assert edges(
        {
            "type": "parallel",
            "steps": steps[:1],
            "branches": [{"name": "l", "steps": [{"name": "c", "template": "c c"}]}],
        }
    ) == [
        "start > fork then",
        "fork > a then",
        "fork > c then",
        "a > join then",
        "c > join then",
        "join > end then",
    ]
    assert edges(TABLES[2]) == [
        "start > decision then",
        "decision > p [input > 1] when",
        "decision > q [else] else",
        "p > end then",
        "q > end then",
    ]
    assert edges({**TABLES[2], "else": None})[-1] == "decision > end [else] else"
    assert edges(TABLES[5]) == ["start > map then", "map > s then", "s > map again", "map > end then"]
    assert edges(TABLES[7]) == ["start > a then", "a > b [go] when", "a > c then", "b > c then", "c > end then"]
    graph = make(TABLES[7]).graph()
    assert graph.levels == [["start"], ["a"], ["b"], ["c"], ["end"]]
    assert "c/fork" in {it.name for it in make(TABLES[0]).graph().nodes}
    assert {it.kind for it in make(TABLES[0]).graph().edges} == {"then", "when", "fallback", "undo"}


def test_shared_data_can_be_set_before_and_while_a_workflow_is_executed() -> None:
    workflow = make(
        {"steps": [{"name": "a", "fn": lambda context: dict(context.shared)}], "shared_data": {"k": 1, "m": 2}}
    )
    assert workflow.get_shared_data("k") == 1
    workflow.set_shared_data("k", 5)
    assert execute(workflow).output == {"k": 5, "m": 2}
    assert execute(workflow, shared={"k": 7}).output == {"k": 7, "m": 2}
    assert execute(workflow).output == {"k": 5, "m": 2}, "one execution's is not the next one's"

    async def change(context: Any) -> None:
        waiting.set_shared_data("go", True)

    waiting = make(
        {
            "steps": [
                {"name": "a", "fn": change},
                {
                    "name": "b",
                    "fn": lambda context: 1,
                    "condition": {"shared_data_equals": {"key": "go", "value": True}},
                },
            ]
        }
    )
    assert execute(waiting).outputs["b"] == 1
    assert waiting.get_shared_data() == {"go": True} and waiting.get_shared_data("no") is None
    with pytest.raises(BadArgument):
        workflow.set_shared_data("", 1)


def test_the_outputs_of_the_last_execution_can_be_asked_for() -> None:
    notes = Notes()
    workflow = make({"steps": [notes.does("a", {"n": 1})]})
    assert (workflow.get_output("a"), workflow.get_all_outputs(), workflow.last) == (None, {}, None)
    execute(workflow)
    assert workflow.get_output("a") == {"n": 1} and workflow.get_all_outputs() == {"a": {"n": 1}}
    assert workflow.info()["last"]["success"] is True


def test_a_result_is_made_again_of_its_value() -> None:
    notes = Notes()
    result = execute({"name": "w", "type": "loop", "range": 2, "steps": [notes.does("a", 1)], "fail_fast": False})
    again = WorkflowResult.from_value("w", result.to_value())
    assert again.to_value() == result.to_value()
    failed = execute({"steps": [notes.fails("x")]})
    assert failed.to_value()["text"] == failed.error == "the step x failed: x is broken"


def test_several_executions_at_once_do_not_mix() -> None:
    async def main() -> list[Any]:
        async def echo(context: Any) -> Any:
            await asyncio.sleep(0)
            context.shared["mine"] = context.workflow_input
            await asyncio.sleep(0)
            return context.shared["mine"]

        workflow = make({"type": "parallel", "steps": [{"name": "a", "fn": echo}]})
        results = await asyncio.gather(*(workflow.execute(library_context(), i) for i in range(5)))
        return [it.outputs["a"] for it in results]

    assert asyncio.run(main()) == [0, 1, 2, 3, 4]


def test_the_journal_has_the_workflow_and_its_steps_with_what_they_got_and_gave() -> None:
    journal = MemoryJournal(Redactor())
    run = Run(resolve_profile("none"), journal)
    table = {
        "name": "w",
        "steps": [{"name": "a", "fn": lambda context: 2, "input": {"x": "{{input}}"}}, {"name": "7", "tool": "fails"}],
    }
    execute(table, 1, ctx=task_context(run))
    entries = {it.key: it for it in journal.entries(run.run_id)}
    assert set(entries) == {"0:1", "0:1/a", "0:1/step 7", "0:1/step 7/1"}
    assert (entries["0:1/a"].target, entries["0:1/a"].method) == ("step", "a")


def test_names_of_workflows_are_found_in_any_spelling_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    known = WorkflowRegistry()
    one, two = make({"name": "My Flow-1", "steps": [{"fn": len}]}), make({"name": "my flow_1", "steps": [{"fn": len}]})
    known.register(one)
    assert known.find("MY FLOW_1") is one and "my flow-1" in known and len(known) == 1
    with pytest.raises(BadArgument, match="already"):
        known.register(two)
    known.register(two, replace=True)
    known.register(one, name="other")
    assert known.get("other") is one and known.get("none") is None
    with pytest.raises(WorkflowNotFound, match='no workflow "othr"') as caught:
        known.find("othr")
    assert caught.value.hint
    assert [it["type"] for it in known.list()] == ["sequential", "sequential"]
    assert known.remove("other") and not known.remove("other")
    monkeypatch.setattr(registry, "MAX_WORKFLOWS", 1)
    with pytest.raises(BadArgument, match="at most 1"):
        known.register(one, name="third")


def test_what_workflows_keep_is_counted_and_bounded() -> None:
    on = WorkflowServices(held=Held(2 * 1024 * 1024))
    keeping = workflow_from({"steps": [{"fn": lambda context: "x" * 1_500_000}]}, on)
    execute(keeping)
    assert on.held.n_bytes > 1_500_000
    other = workflow_from({"steps": [{"fn": lambda context: "x" * 1_000_000}]}, on)
    execute(other)
    with pytest.raises(BadArgument, match="keep"):
        execute(other)
    del keeping
    execute(other)


def test_what_is_written_into_workflows_is_counted_too() -> None:
    on = WorkflowServices(held=Held(1024 * 1024))
    kept = [workflow_from({"steps": [{"template": "x {{input}}" + "y" * 400_000}]}, on) for _ in range(2)]
    with pytest.raises(BadArgument, match="keep"):
        workflow_from({"steps": [{"fn": len, "input": {"x": "y" * 400_000}}]}, on)
    kept.pop()
    workflow_from({"steps": [{"fn": len, "input": {"x": "y" * 400_000}}]}, on)


def test_a_workflow_made_already_is_given_back() -> None:
    workflow = make({"steps": [{"fn": len}]})
    assert workflow_from(workflow, services()) is workflow
    assert workflow_from({"steps": [{"fn": len}]}, services(), kind="parallel", name="x").info()["type"] == "parallel"
