"""Each kind of step, and what is around one: time, attempts, strategies, fallbacks, conditions."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from canned_agents import Canned
from workflow_stage import Notes, execute, make, script_function, services, statuses

from llmspell.effects.context import RunContext, library_context, task_context
from llmspell.effects.run import Run
from llmspell.errors import BudgetExceeded, Cancelled, PermissionDenied, ToolFailed, WorkflowStopped
from llmspell.journal.memory import MemoryJournal
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor
from llmspell.workflows import execution
from llmspell.workflows.context import StepContext
from llmspell.workflows.spec import Retry
from llmspell.workflows.workflow import workflow_from


def test_an_agent_is_asked_by_its_name_or_itself_a_text_or_a_table() -> None:
    writer, reader = Canned("writer", "a poem"), Canned("reader", {"stars": 5})
    result = execute(
        {
            "steps": [
                {"name": "write", "agent": "writer", "prompt": "write of {{input.topic}}"},
                {
                    "name": "read",
                    "type": "agent",
                    "agent": reader,
                    "input": {"text": "{{step:write:output}}", "temperature": 0},
                },
                {"name": "say", "template": "{{steps.read.data.stars}} {{steps.read.output.stars}} {{steps.write}}"},
            ]
        },
        {"topic": "rain"},
        on=services(writer),
    )
    assert writer.asked[0].text == "write of rain"
    assert (reader.asked[0].text, reader.asked[0].overrides) == ("a poem", {"temperature": 0})
    assert result.output == "5 5 a poem"
    assert result.metadata["extra"]["agent_outputs"]["write"] == "a poem"
    result = execute({"steps": [{"agent": writer}]}, "of snow")
    assert writer.asked[-1].text == "of snow" and result.success
    nothing = execute({"steps": [{"agent": writer}]})
    assert "asked nothing" in str(nothing.error)


def test_functions_get_where_they_are_a_host_s_as_an_object_and_a_script_s_as_data() -> None:
    seen: list[Any] = []

    def host(context: StepContext) -> int:
        seen.append((context.name, context.input, context.workflow_input, context.previous, context.output("no")))
        context.shared["k"] = 1
        return 1

    async def asynchronous(context: StepContext) -> int:
        await asyncio.sleep(0)
        return int(context.previous) + 1

    script = script_function(lambda given: seen.append(given) or {"n": given["steps"]["b"]})
    table = {
        "name": "w",
        "steps": [
            {"name": "a", "fn": host, "input": {"x": "{{input}}"}},
            {"name": "b", "handler": asynchronous},
            {"name": "c", "function": script},
        ],
    }
    result = execute(table, 5)
    assert seen[0] == ("a", {"x": 5}, 5, None, None)
    assert result.output == {"n": 2}
    given = seen[1]
    assert given["name"] == "c" and given["input"] == given["workflow_input"] == 5
    assert given["steps"] == {"a": 1, "b": 2} and given["previous"] == 2 and given["shared"] == {"k": 1}
    assert given["workflow"]["name"] == "w"
    assert script.around.key.endswith("/c")  # type: ignore[attr-defined]


def test_a_script_s_function_is_shown_the_latest_outputs_only() -> None:
    seen: list[Any] = []
    notes = Notes()
    steps: list[Any] = [notes.does(f"s{i}", "x" * 20_000) for i in range(150)]
    script = script_function(lambda given: seen.append(given["steps"]))
    execute({"steps": [*steps, {"name": "last", "fn": script}]})
    assert len(seen[0]) == 52 and list(seen[0])[-1] == "s149"
    steps = [notes.does(f"s{i}") for i in range(150)]
    execute({"steps": [*steps, {"name": "last", "fn": script}]})
    assert list(seen[1]) == [f"s{i}" for i in range(50, 150)]


def test_a_function_fails_by_raising_and_by_saying_so() -> None:
    result = execute({"steps": [{"name": "a", "fn": lambda context: {}["x"]}]})
    assert (result.error_code, result.error) == ("function_failed", "the step a failed: KeyError: 'x'")
    result = execute({"steps": [{"name": "a", "fn": lambda context: {"success": False, "error": "no luck"}}]})
    assert (result.error_code, result.error) == ("step_failed", "the step a failed: no luck")
    wire = {"success": False, "error": {"code": "odd", "message": "no luck"}}
    assert execute({"steps": [{"name": "a", "fn": script_function(lambda given: wire)}]}).error_code == "odd"
    assert execute({"steps": [{"name": "a", "fn": lambda context: {"success": False}}]}).success

    async def later(context: StepContext) -> None:
        raise ValueError("late")

    assert execute({"steps": [{"name": "a", "fn": lambda context: later(context)}]}).error_code == "function_failed"


def test_templates_are_run_by_name_and_texts_filled_in() -> None:
    on = services(templates=True)
    table = {
        "steps": [
            {"name": "t", "template": "greeting", "input": {"name": "{{input}}"}},
            {"name": "x", "template": "{{steps.t.n}} {{name}}", "params": {"name": "Bo"}},
        ]
    }
    result = execute(table, "Al", on=on)
    assert result.outputs == {"t": {"text": "hello Al", "n": 1}, "x": "1 Bo"}
    assert execute({"steps": [{"template": "greeting"}]}, on=on).error_code == "invalid_params"
    assert execute({"steps": [{"template": "just a text"}]}, on=on).output == "just a text"
    assert execute({"steps": [{"template": "greeting"}]}, on=services()).error_code == "bad_argument"


def test_a_workflow_is_a_step_by_its_name_itself_or_as_a_table() -> None:
    on = services()
    inner = workflow_from({"name": "inner", "steps": [{"name": "a", "template": "<{{input.x}}>"}]}, on)
    on.registry.register(inner)
    for step in ("inner", inner, {"name": "inner", "steps": [{"name": "a", "template": "<{{input.x}}>"}]}):
        table = {
            "steps": [{"name": "w", "workflow": step, "input": {"x": 1}}, {"name": "t", "template": "{{steps.w.a}}"}]
        }
        assert execute(table, on=on).output == "<1>"
    failing = {"steps": [{"name": "w", "workflow": {"name": "inner", "steps": [{"name": "f", "tool": "fails"}]}}]}
    result = execute(failing, on=on)
    assert result.error == "the step w failed: the step f failed: broken" and result.error_code == "tool_failed"


def test_a_step_that_takes_too_long_is_stopped_and_says_so() -> None:
    stopped: list[str] = []

    async def slow(context: StepContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(context.name)

    result = execute({"steps": [{"name": "a", "fn": slow, "timeout_ms": 1}]})
    assert result.error_code == "timed_out" and "took longer than 1 ms" in str(result.error)
    result = execute({"steps": [{"name": "b", "fn": slow}], "timeout_s": 0.001, "name": "w"})
    assert result.error_code == "timed_out" and "the workflow w took longer" in str(result.error)
    assert statuses(result) == {"b": "cancelled"} and stopped == ["a", "b"]
    assert execute(
        {"steps": [{"name": "a", "fn": lambda context: 1, "timeout_ms": 60_000}], "timeout_ms": 60_000}
    ).success


def failing(n: int, error: Exception) -> Any:
    """A function that fails so often."""
    left = [error] * n

    def function(context: StepContext) -> str:
        if left:
            raise left.pop()
        return "done"

    return function


def test_a_step_is_tried_again_as_often_as_it_may_be() -> None:
    result = execute(
        {"steps": [{"name": "a", "fn": failing(2, ToolFailed("x")), "retry": {"attempts": 3, "backoff_ms": 0}}]}
    )
    assert result.success and result.steps[0].attempts == 3
    result = execute(
        {"steps": [{"name": "a", "fn": failing(2, ToolFailed("x")), "retry": {"attempts": 2, "backoff_ms": 0}}]}
    )
    assert not result.success and result.steps[0].attempts == 2
    table = {
        "steps": [{"name": "a", "fn": failing(1, ToolFailed("x"))}],
        "error_strategy": {"type": "retry", "max_attempts": 2, "backoff_ms": 0},
    }
    assert execute(table).steps[0].attempts == 2


@pytest.mark.parametrize(
    ("error", "on", "attempts"),
    [
        (ToolFailed("x", code="flaky"), ["flaky"], 3),
        (ToolFailed("x", code="other"), ["flaky"], 1),
        (PermissionDenied("no"), [], 1),
        (PermissionDenied("no"), ["permission_denied"], 1),
        (BudgetExceeded("no"), [], 1),
    ],
)
def test_only_errors_that_may_go_away_are_tried_again(error: Exception, on: list[str], attempts: int) -> None:
    retry = {"attempts": 3, "backoff_ms": 0, "on": on}
    result = execute({"steps": [{"name": "a", "fn": failing(9, error), "retry": retry}]})
    assert result.steps[0].attempts == attempts


def test_waiting_grows_and_stops_growing() -> None:
    from llmspell.workflows.retrying import wait_s

    retry = Retry(10, backoff_ms=100, factor=3, max_backoff_ms=1000)
    assert [wait_s(retry, it) for it in (1, 2, 3, 4, 500)] == [0.1, 0.3, 0.9, 1, 1]
    assert wait_s(Retry(10), 3) == 0


def test_what_ends_the_run_is_raised_and_not_tried_again() -> None:
    calls: list[int] = []

    def function(context: StepContext) -> None:
        calls.append(1)
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        execute({"steps": [{"fn": function, "retry": 5, "on_error": "continue"}]})
    assert calls == [1]


def test_a_failure_ends_a_sequence_unless_the_step_or_the_workflow_goes_on() -> None:
    notes = Notes()
    steps = [notes.does("a"), notes.fails("b"), notes.does("c")]
    result = execute({"steps": steps})
    assert not result.success and statuses(result) == {"a": "succeeded", "b": "failed"}
    result = execute({"steps": steps, "error_strategy": "continue"})
    assert not result.success and statuses(result)["c"] == "succeeded"
    assert result.error == "the step b failed: b is broken"
    for way in ({"on_error": "continue"}, {"optional": True}, {"on_error": "ignore"}):
        result = execute({"steps": [steps[0], {**steps[1], **way}, steps[2]]})
        assert result.success and statuses(result)["b"] == "failed" and result.metadata["failed_steps"] == 1
    result = execute({"steps": [{**steps[1], "on_error": "fail_fast"}, steps[0]], "error_strategy": "continue"})
    assert statuses(result) == {"b": "failed"}


def test_a_fallback_stands_in_for_a_step_that_fails() -> None:
    notes = Notes()
    use = {"name": "use", "template": "{{steps.a}}"}
    inline = execute(
        {"steps": [{**notes.fails("a"), "fallback": {"name": "b", "template": "because: {{steps.a.error}}"}}, use]}
    )
    assert inline.success and inline.output == "because: a is broken"
    assert statuses(inline) == {"a": "failed", "b": "succeeded", "use": "succeeded"} and inline.steps[0].recovered
    for way in ({"on_error": "b"}, {"on_error": {"fallback": "b"}}, {"fallback": "b"}):
        notes.called.clear()
        named = execute({"steps": [{**notes.fails("a"), **way}, use, notes.does("b")]})
        assert named.success and named.output == "b" and notes.called == ["a", "b"]
    unused = execute({"steps": [{**notes.does("a"), "on_error": "b"}, notes.does("b")]})
    assert statuses(unused) == {"a": "succeeded"}
    both = execute({"steps": [{**notes.fails("a"), "on_error": notes.fails("b")}]})
    assert not both.success and statuses(both) == {"a": "failed", "b": "failed"}
    by_function = execute({"steps": [{**notes.fails("a"), "fallback": lambda context: 7}]})
    assert by_function.outputs["a"] == 7


def test_a_step_without_its_condition_is_skipped_and_one_whose_condition_fails_fails() -> None:
    notes = Notes()
    result = execute({"steps": [{**notes.does("a"), "when": "input.go"}, notes.does("b")]}, {"go": False})
    assert result.success and statuses(result) == {"a": "skipped", "b": "succeeded"}
    assert "does not hold: input.go" in result.steps[0].reason and result.steps[0].attempts == 0
    result = execute({"steps": [{**notes.does("a"), "if": "input.go"}, notes.does("b")]}, {})
    assert not result.success and result.error_code == "unknown_reference"

    def bad(context: StepContext) -> bool:
        raise RuntimeError("odd")

    result = execute({"steps": [{**notes.does("a"), "condition": bad}]})
    assert not result.success and "RuntimeError: odd" in str(result.error)
    result = execute({"condition": bad, "then": [notes.does("a")]})
    assert not result.success and "RuntimeError: odd" in str(result.error)


def test_a_failing_step_stops_those_beside_it_and_waits_until_they_have_ended() -> None:
    seen: list[str] = []

    async def run(table: dict[str, Any]) -> Any:
        begun = asyncio.Event()

        async def wait(context: StepContext) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                seen.append("ended")

        async def fail(context: StepContext) -> None:
            await begun.wait()
            raise ToolFailed("broken")

        steps = [{"name": "waits", "fn": wait}, {"name": "fails", "fn": fail}, {"name": "third", "fn": wait}]
        async with asyncio.timeout(10):
            result = await make({**table, "steps": steps}).execute(library_context())
        seen.append("over")
        return result

    for kind in ("parallel", "dag"):
        seen.clear()
        result = asyncio.run(run({"type": kind}))
        assert seen == ["ended", "ended", "over"]
        assert statuses(result) == {"waits": "cancelled", "fails": "failed", "third": "cancelled"}
        assert result.error == "the step fails failed: broken" and result.metadata["failed_steps"] == 3


def test_refused_steps_are_said_at_the_end_and_are_steps_that_failed() -> None:
    ctx = RunContext(Run(resolve_profile("medium")), "0", "the script")
    table = {
        "name": "w",
        "steps": [{"name": "a", "tool": "file-operations", "input": {"operation": "read", "path": "/etc/hostname"}}],
    }
    result = execute(table, ctx=ctx)
    assert result.error_code == "permission_denied"
    assert any("workflow w" in it for it in ctx.run.audit.unseen)
    assert execute({"steps": [{"tool": "calculator", "input": {"input": "1"}}]}, ctx=ctx).success


def test_keys_of_effects_come_from_names_whatever_ends_first() -> None:
    def keys(order: list[str]) -> list[tuple[str, str, str]]:
        async def run() -> list[tuple[str, str, str]]:
            gates = {name: asyncio.Event() for name in order}
            gates[order[0]].set()

            async def work(context: StepContext) -> None:
                await gates[context.name].wait()
                after = order[order.index(context.name) + 1 :]
                if after:
                    gates[after[0]].set()

            journal = MemoryJournal(Redactor())
            run = Run(resolve_profile("none"), journal)
            table = {
                "name": "w",
                "type": "parallel",
                "steps": [{"name": it, "fn": work} for it in ("a", "b", "c")],
            }
            async with asyncio.timeout(10):
                await make(table).execute(task_context(run))
            return sorted((it.key, it.target, it.method) for it in journal.entries(run.run_id))

        return asyncio.run(run())

    found = keys(["a", "b", "c"])
    assert found == keys(["c", "b", "a"])
    assert found == [("0:1", "workflow", "w"), ("0:1/a", "step", "a"), ("0:1/b", "step", "b"), ("0:1/c", "step", "c")]


def test_keys_of_loops_have_the_iteration_in_them() -> None:
    journal = MemoryJournal(Redactor())
    run = Run(resolve_profile("none"), journal)
    table = {
        "type": "loop",
        "collection": [1, 2],
        "steps": [{"name": "s", "tool": "calculator", "input": {"input": "{{item}}"}}],
    }
    result = execute(table, ctx=task_context(run))
    assert result.output == [1, 2]
    keys = {it.key for it in journal.entries(run.run_id)}
    assert {"0:1/iteration-0/s", "0:1/iteration-1/s", "0:1/iteration-1/s/1"} <= keys


def test_a_failed_step_before_it_keeps_a_step_that_depends_on_it_from_running() -> None:
    notes = Notes()
    steps = [{**notes.fails("a"), "on_error": "continue"}, {**notes.does("b"), "depends_on": ["a"]}, notes.does("c")]
    result = execute({"type": "sequential", "steps": steps})
    assert statuses(result) == {"a": "failed", "b": "skipped", "c": "succeeded"}


def test_others_have_their_turns_however_small_the_parts_are_that_are_done_at_once() -> None:
    inner = {"name": "in", "type": "loop", "range": 200, "aggregation": "none", "steps": [{"fn": lambda context: 1}]}
    table = {"type": "loop", "range": 20, "aggregation": "none", "steps": [{"workflow": inner}]}

    async def main() -> int:
        n_turns = 0

        async def others() -> None:
            nonlocal n_turns
            while True:
                n_turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(others())
        assert (await make(table).execute(library_context())).success
        task.cancel()
        return n_turns

    assert asyncio.run(main()) >= 4000 // execution.YIELD_EVERY


def test_what_an_execution_may_do_and_keep_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "MAX_EXECUTIONS", 10)
    table = {"type": "loop", "range": 100, "steps": [{"fn": lambda context: 1}]}
    with pytest.raises(WorkflowStopped, match="at most 10 steps") as caught:
        execute(table)
    assert caught.value.details["reason"] == "max_executions"
    monkeypatch.undo()
    ctx = library_context()
    limits = dataclasses.replace(ctx.run.profile.limits, memory_bytes=8 * 1024 * 1024)
    ctx.run.profile = dataclasses.replace(ctx.run.profile, limits=limits)
    big = {"type": "loop", "range": 10, "steps": [{"fn": lambda context: "x" * 500_000}]}
    with pytest.raises(WorkflowStopped, match="more than 2 MB") as caught:
        execute(big, ctx=ctx)
    assert caught.value.details["reason"] == "too_much_output"
    for aggregation in ("last", "none"):
        assert execute({**big, "aggregation": aggregation}, ctx=ctx).success


@pytest.mark.parametrize("kind", ["dag", "sequential"])
def test_who_depends_on_an_optional_step_that_failed_is_done_and_on_one_that_continues_is_not(kind: str) -> None:
    notes = Notes()

    def went(**how: Any) -> tuple[bool, dict[str, str]]:
        steps = [{**notes.fails("a"), **how}, {**notes.does("b"), "depends_on": ["a"]}, notes.does("c")]
        result = execute({"type": kind, "steps": [*steps, {**notes.does("d"), "depends_on": ["b"]}]})
        return result.success, {it.name: it.status for it in result.steps}

    done = {"a": "failed", "b": "succeeded", "c": "succeeded", "d": "succeeded"}
    assert went(optional=True) == (True, done)
    assert went(on_error="continue") == (True, {**done, "b": "skipped", "d": "skipped"})


@pytest.mark.parametrize("written", ["{{previous}}", "{{ steps.a }}"])
def test_a_tool_that_is_given_a_whole_result_is_told_how_to_name_its_parts(written: str) -> None:
    def failed(input: Any) -> str:
        first = {"name": "a", "tool": "calculator", "input": {"input": "1 + 1"}}
        second = {"name": "b", "tool": "text-manipulator", "input": input}
        return str(execute({"type": "pipeline", "steps": [first, second]}, "x").error)

    name = written.strip("{} ")
    hint = f"write {{{{{name}.text}}}} for its text, {{{{{name}.output}}}} for what it holds"
    assert hint in failed({"operation": "uppercase", "input": written}) and hint in failed(written)
    assert "whole result" not in failed({"operation": "upprcase", "input": "{{previous.text}}"})
    assert failed({"operation": "uppercase", "input": "{{previous.text}}"}) == "None"
