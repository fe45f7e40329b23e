"""Compensation: what a workflow has done is undone where it fails or is cancelled."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from workflow_stage import Notes, execute, make, statuses

from llmspell.effects.context import library_context
from llmspell.workflows import rollback
from llmspell.workflows.context import StepContext


def test_what_was_done_is_undone_in_reverse_order_when_a_later_step_fails() -> None:
    notes = Notes()

    def undo(context: StepContext) -> str:
        notes.called.append(f"undo {context.input}")
        return "undone"

    def step(name: str) -> dict[str, Any]:
        return {**notes.does(name), "compensate": {"fn": undo, "input": f"{{{{steps.{name}}}}}"}}

    steps = [step("a"), step("b"), {**notes.fails("c"), "compensate": undo}]
    result = execute({"steps": steps})
    assert notes.called == ["a", "b", "c", "undo b", "undo a"]
    assert [(it.name, it.status) for it in result.steps][3:] == [
        ("b.compensate", "compensated"),
        ("a.compensate", "compensated"),
    ]
    assert result.metadata["compensated_steps"] == 2 and result.metadata["failed_steps"] == 1
    notes.called.clear()
    assert execute({"steps": steps[:2]}).success and notes.called == ["a", "b"]
    notes.called.clear()
    execute({"steps": steps, "error_strategy": "continue"})
    assert notes.called == ["a", "b", "c"]


def test_a_compensation_that_fails_does_not_keep_the_others_from_being_done() -> None:
    notes = Notes()
    steps = [
        {**notes.does("a"), "undo": notes.does("undo a")},
        {**notes.does("b"), "undo": notes.fails("undo b")},
        notes.fails("c"),
    ]
    result = execute({"steps": steps})
    assert notes.called == ["a", "b", "c", "undo b", "undo a"]
    assert statuses(result) == {
        "a": "succeeded",
        "b": "succeeded",
        "c": "failed",
        "undo b": "failed",
        "undo a": "compensated",
    }


def test_a_workflow_in_a_step_is_undone_with_the_workflow_around_it() -> None:
    notes = Notes()
    inner = {"name": "in", "steps": [{**notes.does("a"), "compensate": notes.does("undo a")}]}
    result = execute(
        {"steps": [{"name": "w", "workflow": inner, "compensate": notes.does("undo w")}, notes.fails("z")]}
    )
    assert notes.called == ["a", "z", "undo w", "undo a"] and not result.success


def test_a_cancelled_workflow_is_undone_before_it_ends() -> None:
    notes = Notes()

    async def run() -> None:
        begun = asyncio.Event()

        async def wait(context: StepContext) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def undo(context: StepContext) -> None:
            await asyncio.sleep(0)
            notes.called.append("undone")

        table = {"steps": [{**notes.does("a"), "compensate": undo}, {"name": "b", "fn": wait}]}
        task = asyncio.create_task(make(table).execute(library_context()))
        await begun.wait()
        task.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
            task.cancel()  # impatience does not help
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert notes.called == ["a", "undone"]


def test_a_cancelled_workflow_does_not_wait_for_an_undoing_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "ROLLBACK_S", 0.01)

    async def run() -> None:
        begun = asyncio.Event()

        async def wait(context: StepContext) -> None:
            begun.set()
            await asyncio.Event().wait()

        table = {"steps": [{"name": "a", "fn": lambda context: 1, "compensate": wait}, {"name": "b", "fn": wait}]}
        task = asyncio.create_task(make(table).execute(library_context()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(10):
                await task

    asyncio.run(run())
