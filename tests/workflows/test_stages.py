"""Hooks of workflows and of their steps: each point fires, and what hooks ask for has its effect."""

from __future__ import annotations

from typing import Any

import pytest
from workflow_stage import Notes, execute, make, services

from llmspell.effects.context import RunContext, library_context
from llmspell.errors import HookCancelled
from llmspell.events.moment import Moment


def hooked(**points: Any) -> RunContext:
    """A context whose run has hooks: by point, a function of the moment, or what it returns."""
    ctx = library_context()
    for point, answer in points.items():

        def function(answer: Any) -> Any:
            async def hook(moment: Moment, where: RunContext) -> Any:
                return answer(moment) if callable(answer) else answer

            return hook

        ctx.run.hooks.register(point, function(answer))
    return ctx


def test_every_point_fires_in_its_place() -> None:
    seen: list[str] = []

    def note(moment: Moment) -> None:
        step = moment.metadata.get("step", moment.metadata.get("workflow_type"))
        seen.append(f"{moment.point} {moment.name} {step}")

    notes = Notes()
    table = {"name": "w", "steps": [{**notes.does("a"), "compensate": notes.does("undo")}, notes.fails("b")]}
    execute(table, ctx=hooked(**{"*Workflow*": note}))
    assert seen == [
        "BeforeWorkflowStart w sequential",
        "BeforeWorkflowStage a a",
        "AfterWorkflowStage a a",
        "WorkflowCheckpoint w a",
        "WorkflowStageTransition w b",
        "BeforeWorkflowStage b b",
        "WorkflowError b b",
        "WorkflowRollback w sequential",
        "WorkflowStageTransition w undo",
        "BeforeWorkflowStage undo undo",
        "AfterWorkflowStage undo undo",
        "WorkflowCheckpoint w undo",
        "WorkflowError w sequential",
    ]
    seen.clear()
    execute({"name": "w", "steps": [notes.does("a")]}, ctx=hooked(AfterWorkflowComplete=note))
    assert seen == ["AfterWorkflowComplete w sequential"]


def test_a_hook_at_a_step_is_told_the_names_of_the_workflow_and_of_the_step() -> None:
    seen: list[tuple[Any, ...]] = []

    def note(moment: Moment) -> None:
        told = moment.to_value()
        seen.append((moment.point, told["name"], told["workflow"], told.get("step")))

    notes = Notes()
    execute({"name": "w", "steps": [notes.does("a"), notes.fails("b")]}, ctx=hooked(**{"*Workflow*": note}))
    assert seen == [
        ("BeforeWorkflowStart", "w", "w", None),
        ("BeforeWorkflowStage", "a", "w", "a"),
        ("AfterWorkflowStage", "a", "w", "a"),
        ("WorkflowCheckpoint", "w", "w", "a"),
        ("WorkflowStageTransition", "w", "w", "b"),
        ("BeforeWorkflowStage", "b", "w", "b"),
        ("WorkflowError", "b", "w", "b"),
        ("WorkflowError", "w", "w", None),
    ]


def test_a_hook_changes_what_a_step_gets_and_what_it_gives() -> None:
    table = {"steps": [{"name": "a", "fn": lambda context: context.input["n"] + 1, "input": {"n": 1}}]}
    assert execute(table, ctx=hooked(BeforeWorkflowStage={"type": "modified", "data": {"n": 5}})).output == 6
    assert execute(table, ctx=hooked(AfterWorkflowStage={"type": "replace", "data": 9})).output == 9
    replaced = execute(table, ctx=hooked(BeforeWorkflowStage={"type": "replace", "data": "instead"}))
    assert replaced.output == "instead" and replaced.success


def test_a_hook_cancels_a_step_which_is_a_failure_of_it_and_not_tried_again() -> None:
    notes = Notes()
    table = {"steps": [{**notes.does("a"), "retry": 5}, notes.does("b")]}
    result = execute(table, ctx=hooked(BeforeWorkflowStage={"type": "cancel", "reason": "not today"}))
    assert not result.success and result.error_code == "hook_cancelled" and "not today" in str(result.error)
    assert notes.called == []
    result = execute(table, ctx=hooked(WorkflowStageTransition={"type": "cancel"}))
    assert notes.called == ["a"] and result.error_code == "hook_cancelled"


def test_a_hook_has_a_step_done_again_and_stands_in_for_one_that_failed() -> None:
    calls: list[int] = []

    def flaky(context: Any) -> int:
        calls.append(1)
        if len(calls) < 3:
            raise ValueError("not yet")
        return len(calls)

    table = {"steps": [{"name": "a", "fn": flaky}]}
    result = execute(table, ctx=hooked(WorkflowError={"type": "retry", "max_attempts": 5}))
    assert result.success and result.output == 3
    calls.clear()
    result = execute(table, ctx=hooked(WorkflowError=lambda moment: {"type": "replace", "data": "spare"}))
    assert result.success and result.output == "spare"


def test_a_hook_gives_a_step_to_another_step_or_to_a_workflow() -> None:
    notes = Notes()
    on = services()
    on.registry.register(make({"name": "other", "steps": [notes.does("inside")]}, on))
    table = {"steps": [notes.does("a"), notes.does("b")]}

    def to(target: str) -> Any:
        return lambda moment: {"type": "redirect", "target": target} if moment.name == "a" else None

    assert execute(table, on=on, ctx=hooked(BeforeWorkflowStage=to("b"))).outputs == {"a": "b", "b": "b"}
    result = execute(table, on=on, ctx=hooked(BeforeWorkflowStage=to("other")))
    assert result.outputs["a"]["outputs"] == {"inside": "inside"}
    lost = execute(table, on=on, ctx=hooked(BeforeWorkflowStage=to("nowhere")))
    assert lost.error_code == "workflow_not_found"


def test_a_hook_remembers_what_a_step_gave() -> None:
    notes = Notes()
    ctx = hooked(BeforeWorkflowStage={"type": "cache", "ttl_s": 60})
    workflow = make({"steps": [notes.does("a", {"n": 1})]})
    assert [execute(workflow, ctx=ctx).output for _ in range(2)] == [{"n": 1}, {"n": 1}]
    assert notes.called == ["a"]


def test_hooks_refuse_change_and_replace_a_whole_workflow() -> None:
    notes = Notes()
    table = {"name": "w", "steps": [{"name": "a", "fn": lambda context: context.input}]}
    with pytest.raises(HookCancelled):
        execute({"steps": [notes.does("a")]}, ctx=hooked(BeforeWorkflowStart={"type": "cancel"}))
    assert notes.called == []
    changed = execute(table, {"n": 1}, ctx=hooked(BeforeWorkflowStart={"type": "modified", "data": {"n": 2}}))
    assert changed.output == {"n": 2}
    assert execute(table, 1, ctx=hooked(BeforeWorkflowStart={"type": "replace", "data": 7})).output == 7
    after = execute(table, 1, ctx=hooked(AfterWorkflowComplete={"type": "replace", "data": 8}))
    assert (after.output, after.outputs) == (8, {"a": 1})
    failing = {"steps": [notes.fails("x")]}
    mended = execute(
        failing, ctx=hooked(WorkflowError=lambda it: {"type": "replace", "data": 3} if it.name != "x" else None)
    )
    assert mended.success and mended.output == 3
    on = services()
    on.registry.register(make({"name": "other", "steps": [notes.does("o")]}, on))
    sent = execute(table, 1, on=on, ctx=hooked(BeforeWorkflowStart=lambda it: {"type": "redirect", "target": "other"}))
    assert sent.output == "o"


def test_a_hook_can_keep_what_was_done_from_being_undone() -> None:
    notes = Notes()
    table = {"steps": [{**notes.does("a"), "compensate": notes.does("undo")}, notes.fails("b")]}
    result = execute(table, ctx=hooked(WorkflowRollback={"type": "cancel"}))
    assert notes.called == ["a", "b"] and not result.success


def test_hooks_of_steps_fire_in_loops_and_where_steps_run_at_the_same_time() -> None:
    seen: list[Any] = []
    ctx = hooked(AfterWorkflowStage=lambda moment: seen.append((moment.name, moment.metadata.get("iteration"))))
    execute({"type": "loop", "range": 2, "steps": [{"name": "a", "fn": lambda context: 1}]}, ctx=ctx)
    execute({"type": "map", "collection": [1, 2], "steps": [{"name": "b", "fn": lambda context: 1}]}, ctx=ctx)
    execute({"type": "dag", "steps": [{"name": "c", "fn": lambda context: 1}]}, ctx=ctx)
    assert seen == [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("c", None)]


def test_listeners_of_a_workflow_are_told_before_and_after_and_of_errors() -> None:
    told: list[Any] = []

    def listener(name: str) -> Any:
        async def listen(about: Any, ctx: RunContext) -> None:
            told.append((name, about.get("success", about.get("input"))))

        return listen

    notes = Notes()
    good, bad = make({"steps": [notes.does("a")]}), make({"steps": [notes.fails("a")]})
    for it in (good, bad):
        it.on_before_execute(listener("before"))
        it.on_after_execute(listener("after"))
        it.on_error(listener("error"))
    execute(good, 1)
    execute(bad, 2)
    assert told == [("before", 1), ("after", True), ("before", 2), ("error", False)]


def test_who_watches_is_told_of_each_step_as_it_begins_and_ends() -> None:
    told: list[Any] = []
    notes = Notes()
    inner = {"name": "in", "steps": [notes.does("x")]}
    table = {
        "name": "out",
        "steps": [{"name": "w", "workflow": inner}, {**notes.does("s"), "condition": False}, notes.fails("f")],
    }

    def watch(path: tuple[str, ...], step: str, row: Any) -> None:
        told.append(("/".join((*path, step)), None if row is None else row.status))

    execute(table, watch=watch)
    assert told == [
        ("out/w", None),
        ("out/in/x", None),
        ("out/in/x", "succeeded"),
        ("out/w", "succeeded"),
        ("out/s", None),
        ("out/s", "skipped"),
        ("out/f", None),
        ("out/f", "failed"),
    ]
