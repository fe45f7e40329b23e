"""Tools under the eyes of hooks of the host: each point, and each effect that a hook can have there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.effects.context import RunContext
from llmspell.errors import HookCancelled, InvalidParams, PermissionDenied, ToolFailed
from llmspell.tools.hooked import discovered
from llmspell.tools.protocol import ToolResult
from llmspell.tools.registry import ToolRegistry

SUM = {"input": "6 * 7"}


class Watched:
    """Runs tools in a run with hooks, and keeps the points that were reached."""

    def __init__(self, ctx: RunContext) -> None:
        self.ctx = ctx
        self.registry = ToolRegistry()
        self.points: list[str] = []
        self.seen: list[Any] = []

        async def look(moment: Any, ctx: RunContext) -> None:
            self.points.append(moment.point)
            self.seen.append(moment.to_value())

        ctx.run.hooks.register("*", look, "highest")

    def at(self, point: str, returned: Any) -> None:
        async def hook(moment: Any, ctx: RunContext) -> Any:
            return returned(moment) if callable(returned) else returned

        self.ctx.run.hooks.register(point, hook)

    def execute(self, name: str = "calculator", params: Any = None) -> ToolResult:
        return asyncio.run(self.registry.execute(self.ctx, name, SUM if params is None else params))


@pytest.fixture
def watched(make_context: Any) -> Watched:
    return Watched(make_context("tool:calculator", "tool:hash-calculator"))


def test_a_tool_passes_three_points_with_what_it_was_given_and_has_answered(watched: Watched) -> None:
    watched.execute()
    assert watched.points == ["BeforeToolExecution", "ToolValidation", "AfterToolExecution"]
    before, checked, after = watched.seen
    assert (before["tool"], before["kind"], before["input"]) == ("calculator", "tool", SUM)
    assert checked["input"]["input"] == "6 * 7"
    assert (after["output"]["text"], after["output"]["result"], after["output"]["success"]) == ("42", 42, True)


def test_a_failing_tool_and_wrong_parameters_pass_the_point_of_errors(watched: Watched) -> None:
    with pytest.raises(ToolFailed):
        watched.execute(params={"input": "1 / 0"})
    assert watched.points == ["BeforeToolExecution", "ToolValidation", "ToolError"]
    assert watched.seen[-1]["error"]["code"] == "division_by_zero"
    with pytest.raises(InvalidParams):
        watched.execute(params={"inptu": "1"})
    assert watched.points[3:] == ["BeforeToolExecution", "ToolError"]


def test_parameters_are_changed_before_and_after_they_are_checked(watched: Watched) -> None:
    watched.at("BeforeToolExecution", lambda it: {"type": "modified", "data": {"input": f"({it.input['input']}) + 1"}})
    watched.at(
        "ToolValidation", lambda it: {"type": "modified", "data": {**it.input, "input": f"{it.input['input']} * 10"}}
    )
    assert watched.execute().text == "52"


def test_what_a_hook_has_made_of_the_parameters_is_checked(watched: Watched) -> None:
    watched.at("ToolValidation", {"type": "modified", "data": {"inptu": "1"}})
    with pytest.raises(InvalidParams, match="inptu"):
        watched.execute()


def test_parameters_are_refused(watched: Watched) -> None:
    watched.at("ToolValidation", {"type": "cancel", "reason": "too large"})
    with pytest.raises(HookCancelled, match="tool calculator was cancelled by a hook at ToolValidation: too large"):
        watched.execute()
    assert "AfterToolExecution" not in watched.points


@pytest.mark.parametrize(
    ("returned", "text", "result"),
    [
        ({"type": "modified", "data": {"result": 1}}, "1", 1),
        ({"type": "modified", "data": "x"}, "x", "x"),
        ({"type": "replace", "data": {"text": "one", "result": 1}}, "one", 1),
        (lambda it: {**it.to_value(), "output": {**it.output, "result": 43}}, "43", 43),
        (lambda it: {**it.to_value(), "output": {**it.output, "text": "forty-two"}}, "forty-two", 42),
    ],
)
def test_an_answer_is_changed(watched: Watched, returned: Any, text: str, result: Any) -> None:
    watched.at("AfterToolExecution", returned)
    done = watched.execute()
    assert (done.text, done.result) == (text, result)


def test_a_hook_answers_for_a_tool_and_for_its_error(watched: Watched) -> None:
    watched.at("BeforeToolExecution", lambda it: {"type": "replace", "data": 7} if it.name == "calculator" else None)
    watched.at("ToolError", {"type": "replace", "data": {"text": "none", "success": False, "error": "failed"}})
    assert watched.execute().result == 7
    failed = watched.execute("hash-calculator", {"operation": "hash"})
    assert (failed.text, failed.success, failed.error) == ("none", False, "failed")


def test_another_tool_does_it_with_a_permission_of_its_own(watched: Watched, make_context: Any) -> None:
    def redirected(other: Watched) -> ToolResult:
        other.at("BeforeToolExecution", {"type": "redirect", "target": "hash-calculator"})
        return other.execute(params={"operation": "hash", "input": "a"})

    assert redirected(watched).operation == "hash"
    forbidden = Watched(make_context("tool:calculator"))
    with pytest.raises(PermissionDenied, match="hash-calculator"):
        redirected(forbidden)
    assert "SecurityViolation" in forbidden.points


def test_a_hook_cannot_get_around_the_permission_of_the_tool_itself(make_context: Any) -> None:
    watched = Watched(make_context())
    watched.at("BeforeToolExecution", {"type": "replace", "data": 7})
    with pytest.raises(PermissionDenied, match="calculator"):
        watched.execute()
    assert watched.points == ["SecurityViolation"]
    assert watched.seen[0]["name"] == "tool:calculator"


def test_a_tool_is_run_again_and_remembered(watched: Watched) -> None:
    attempts = []

    def again(moment: Any) -> Any:
        attempts.append(moment.attempt)
        return {"type": "retry", "max_attempts": 3}

    watched.at("ToolError", again)
    with pytest.raises(ToolFailed):
        watched.execute(params={"input": "1 / 0"})
    assert attempts == [1, 2, 3]
    watched.at("BeforeToolExecution", {"type": "cache", "ttl_s": 60})
    n_before = watched.points.count("ToolValidation")
    assert [watched.execute().text, watched.execute().text] == ["42", "42"]
    assert watched.points.count("ToolValidation") == n_before + 1
    assert watched.seen[-1]["metadata"] == {"cached": True}


def test_lists_of_tools_are_filtered_by_hooks(watched: Watched) -> None:
    def rows(filters: Any) -> Any:
        return watched.registry.list(**filters)

    watched.at("BeforeToolDiscovery", {"type": "modified", "data": {"tag": "json"}})
    watched.at("AfterToolDiscovery", lambda it: {"type": "modified", "data": [*it.output, {"name": "mine"}]})
    found = asyncio.run(discovered(watched.ctx, {"category": "data"}, rows))
    assert [it["name"] for it in found] == ["json-processor", "mine"]
    assert watched.points == ["BeforeToolDiscovery", "AfterToolDiscovery"]


def test_a_run_without_hooks_at_tools_goes_the_short_way(make_context: Any) -> None:
    ctx = make_context("tool:calculator")
    called = []

    async def look(moment: Any, ctx: RunContext) -> None:
        called.append(moment)

    ctx.run.hooks.register("SystemShutdown", look)
    assert asyncio.run(ToolRegistry().execute(ctx, "calculator", SUM)).text == "42"
    assert asyncio.run(discovered(ctx, {}, lambda it: 1)) == 1
    assert called == []
