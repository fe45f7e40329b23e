"""What hooks are told of any effect: refusals, limits, slowness."""

import asyncio
import dataclasses
from typing import Any

import pytest

from llmspell.effects import perform as module
from llmspell.effects.context import RunContext, library_context, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.errors import BudgetExceeded, CallLimitExceeded, HookCancelled, PermissionDenied
from llmspell.security.profile import resolve_profile


def listening(ctx: RunContext, *points: str, returned: Any = None, **more: Any) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []

    async def look(moment: Any, ctx: RunContext) -> Any:
        seen.append(moment.to_value())
        if isinstance(returned, Exception):
            raise returned
        return returned

    for it in points:
        ctx.run.hooks.register(it, look, **more)
    return seen


def nested(ctx: RunContext, error: Exception) -> None:
    """An effect that fails inside another one."""

    async def fail(inner: RunContext) -> None:
        raise error

    async def outer(inner: RunContext) -> Any:
        return await perform(inner, Effect("tool", "inside", {}), fail)

    asyncio.run(perform(ctx, Effect("agent", "outside", {}), outer))


def test_a_refusal_is_told_once_where_it_happened_and_still_raised():
    ctx = library_context(profile=resolve_profile("high"))
    seen = listening(ctx, "SecurityViolation")

    async def nothing(inner: RunContext) -> None:
        raise AssertionError("it was refused")

    async def outer(inner: RunContext) -> Any:
        return await perform(inner, Effect("tool", "x", {}, needs=(("tool", "x"),)), nothing)

    with pytest.raises(PermissionDenied):
        asyncio.run(perform(ctx, Effect("agent", "a", {}), outer))
    (told,) = seen
    assert (told["name"], told["input"]["target"], told["input"]["method"]) == ("tool:x", "tool", "x")
    assert told["error"]["code"] == "permission_denied"


@pytest.mark.parametrize(
    ("error", "name"),
    [(BudgetExceeded("no more", details={"scope": "run"}), "run"), (CallLimitExceeded("x"), "call_limit")],
)
def test_a_budget_or_limit_that_is_used_up_is_told(error: Exception, name: str):
    ctx = library_context()
    seen = listening(ctx, "ResourceLimitExceeded")
    with pytest.raises(type(error)):
        nested(ctx, error)
    assert [(it["name"], it["input"]["method"]) for it in seen] == [(name, "inside")]


def test_the_limit_on_calls_is_told_before_anything_is_done():
    profile = resolve_profile("high")
    run = library_context(profile=dataclasses.replace(profile, limits=profile.limits.changed({"calls": 1}))).run
    seen = listening(task_context(run), "ResourceLimitExceeded")

    async def do(inner: RunContext) -> str:
        return "done"

    effect = Effect("Tool", "list", {})
    assert asyncio.run(perform(task_context(run), effect, do)) == "done"
    with pytest.raises(CallLimitExceeded):
        asyncio.run(perform(task_context(run), effect, do))
    assert [it["name"] for it in seen] == ["call_limit"]


def test_another_error_and_a_run_that_is_being_stopped_are_not_told():
    ctx = library_context()
    seen = listening(ctx, "SecurityViolation", "ResourceLimitExceeded")
    with pytest.raises(ValueError, match="x"):
        nested(ctx, ValueError("x"))

    async def stopping(inner: RunContext) -> None:
        inner.run.stop()
        raise PermissionDenied("no")

    with pytest.raises(PermissionDenied):
        asyncio.run(perform(ctx, Effect("a", "b", {}), stopping))
    assert seen == []


def test_a_hook_that_fails_or_wants_to_cancel_changes_nothing_unless_it_is_fatal():
    ctx = library_context()
    listening(ctx, "ResourceLimitExceeded", returned="cancel"), listening(ctx, "*", returned=ValueError("x"))
    with pytest.raises(BudgetExceeded):
        nested(ctx, BudgetExceeded("no more"))
    listening(ctx, "ResourceLimitExceeded", returned=ValueError("x"), fatal=True)
    with pytest.raises(HookCancelled):
        nested(ctx, BudgetExceeded("no more"))


def test_what_is_slow_is_told_with_how_long_it_took(monkeypatch):
    ctx, now = library_context(), [1.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    seen = listening(ctx, "PerformanceThresholdExceeded")

    async def work(inner: RunContext) -> None:
        now[0] += 10.5

    async def quick(inner: RunContext) -> None:
        now[0] += 9.5

    asyncio.run(perform(ctx, Effect("tool", "slow", {}), work))
    asyncio.run(perform(ctx, Effect("tool", "quick", {}), quick))
    (told,) = seen
    assert (told["name"], told["metadata"]) == ("tool.slow", {"duration_ms": 10500.0, "threshold_ms": 10000.0})
