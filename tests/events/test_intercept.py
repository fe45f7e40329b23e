"""The dance around something: what hooks before it, after it and for its error can have done."""

import asyncio

import pytest

from llmspell.effects.context import library_context
from llmspell.errors import BadArgument, CallLimitExceeded, HookCancelled, ToolFailed
from llmspell.events.intercept import NOT_SHOWN, intercept
from llmspell.events.points import TOOL, Points
from llmspell.events.remembered import Remembered


class Done:
    """Something that is done: adds one to its input, and fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.inputs: list = []
        self.failures = failures

    async def __call__(self, given):
        self.inputs.append(given)
        if len(self.inputs) <= self.failures:
            raise ToolFailed("broken")
        return {"n": given["n"] + 1}


def returning(*values):
    """A hook that returns these, one after the other, and then nothing."""
    left = list(values)

    async def hook(moment, ctx):
        value = left.pop(0) if left else None
        return value(moment) if callable(value) else value

    return hook


def run(hooks, do, points: Points = TOOL, **more):
    """`do` with a 1, under hooks by point."""
    ctx = library_context()
    for point, hook in hooks.items():
        ctx.run.hooks.register(point, hook)
    return asyncio.run(intercept(ctx, points, "tool", "t", {"n": 1}, do, **more))


def test_a_hook_before_changes_the_input_and_one_after_the_output():
    do = Done()
    before = returning({"type": "modified", "data": {"n": 5}})
    after = returning(lambda moment: {**moment.to_value(), "output": {"n": moment.output["n"] * 10}})
    assert run({"BeforeToolExecution": before, "AfterToolExecution": after}, do) == {"n": 60}
    assert do.inputs == [{"n": 5}]


def test_a_hook_before_cancels_and_nothing_is_done():
    do = Done()
    with pytest.raises(HookCancelled, match="tool t was cancelled by a hook at BeforeToolExecution: too late") as error:
        run({"BeforeToolExecution": returning({"type": "cancel", "reason": "too late"})}, do)
    assert do.inputs == []
    assert error.value.details["reason"] == "too late"


def test_a_hook_before_answers_in_its_place():
    do = Done()
    assert run({"BeforeToolExecution": returning({"type": "replace", "data": {"n": 0}})}, do) == {"n": 0}
    assert do.inputs == []


def test_what_failed_is_done_again_as_often_as_is_said():
    do = Done(failures=2)
    again = {"type": "retry", "max_attempts": 3}
    assert run({"ToolError": returning(again, again, again)}, do) == {"n": 2}
    assert len(do.inputs) == 3
    with pytest.raises(ToolFailed):
        run({"ToolError": returning(*[again] * 9)}, Done(failures=3))


def test_a_retry_ends_after_ten_whatever_hooks_want_and_counts_its_attempts():
    do, seen = Done(failures=99), []

    async def again(moment, ctx):
        seen.append(moment.attempt)
        return {"type": "retry", "max_attempts": 10}

    with pytest.raises(ToolFailed):
        run({"ToolError": again}, do)
    assert len(do.inputs) == 10 and seen == list(range(1, 11))


def test_a_hook_after_has_it_done_again():
    do = Done()
    assert run({"AfterToolExecution": returning({"type": "retry"})}, do) == {"n": 2}
    assert len(do.inputs) == 2


def test_the_delay_of_a_retry_is_waited_for(monkeypatch):
    waited = []

    async def sleep(delay_s):
        waited.append(delay_s)

    monkeypatch.setattr("llmspell.events.intercept.asyncio.sleep", sleep)
    run({"ToolError": returning({"type": "retry", "delay_ms": 1500})}, Done(failures=1))
    assert waited == [1.5]


def test_a_hook_for_an_error_answers_cancels_or_lets_it_be():
    assert run({"ToolError": returning({"type": "replace", "data": {"n": -1}})}, Done(failures=9)) == {"n": -1}
    with pytest.raises(HookCancelled, match="tool t was cancelled by a hook at ToolError"):
        run({"ToolError": returning("cancel")}, Done(failures=9))
    with pytest.raises(ToolFailed, match="broken"):
        run({"ToolError": returning(None)}, Done(failures=9))


def test_what_hooks_after_see_of_an_answer_in_its_place_is_the_same():
    seen = []

    async def look(moment, ctx):
        seen.append(moment.output)

    run({"BeforeToolExecution": returning({"type": "replace", "data": 1}), "AfterToolExecution": look}, Done())
    run({"ToolError": returning({"type": "replace", "data": 2}), "AfterToolExecution": look}, Done(failures=9))
    assert seen == [1, 2]


def test_a_redirect_is_done_by_somebody_else_who_does_not_ask_the_same_hook_again():
    do, asked = Done(), []

    async def elsewhere(ctx, target, given):
        asked.append((target, given, ctx.within))
        return {"by": target}

    hook = returning({"type": "redirect", "target": "u"})
    assert run({"BeforeToolExecution": hook}, do, redirect=elsewhere) == {"by": "u"}
    assert asked == [("u", {"n": 1}, (1,))] and do.inputs == []
    with pytest.raises(BadArgument, match="tool t cannot be redirected"):
        run({"BeforeToolExecution": returning({"type": "redirect", "target": "u"})}, do)


def test_an_answer_is_remembered_by_what_was_asked_for_as_long_as_is_said():
    ctx, now = library_context(), [0.0]
    ctx.run.hooks.remembered = Remembered(lambda: now[0])

    async def keep(moment, ctx):
        return {"type": "cache", "ttl_s": 10}

    ctx.run.hooks.register("BeforeToolExecution", keep)
    do = Done()

    def ask(n):
        return asyncio.run(intercept(ctx, TOOL, "tool", "t", {"n": n}, do))

    first = ask(1)
    first["n"] = "spoilt by whoever has got it"
    assert [ask(1), ask(2), ask(1)] == [{"n": 2}, {"n": 3}, {"n": 2}] and len(do.inputs) == 2
    now[0] = 10.0
    assert ask(1) == {"n": 2} and len(do.inputs) == 3


def test_an_answer_that_stands_for_an_error_is_not_remembered():
    ctx, do = library_context(), Done(failures=1)
    ctx.run.hooks.register("BeforeToolExecution", returning({"type": "cache"}, {"type": "cache"}))
    ctx.run.hooks.register("ToolError", returning({"type": "replace", "data": 0}))
    answers = [asyncio.run(intercept(ctx, TOOL, "tool", "t", {"n": 1}, do)) for _ in range(2)]
    assert answers == [0, {"n": 2}]


def test_what_a_hook_leaves_alone_stays_the_object_that_it_was():
    thing, ctx = object(), library_context()
    got = []

    async def do(given):
        got.append(given)
        return given

    async def change(moment, ctx):
        assert moment.input == {"thing": "<object>", "n": 1, "secret": NOT_SHOWN}
        return {**moment.to_value(), "input": {**moment.input, "n": 2}}

    ctx.run.hooks.register("BeforeToolExecution", change)
    given = {"thing": thing, "n": 1, "secret": "s"}
    asyncio.run(intercept(ctx, TOOL, "tool", "t", given, do, secret=("secret",)))
    assert got == [{"thing": thing, "n": 2, "secret": "s"}]
    assert given["n"] == 1


def test_what_ends_the_run_is_no_hooks_business():
    seen = []

    async def look(moment, ctx):
        seen.append(moment)
        return {"type": "replace", "data": 1}

    async def do(given):
        raise CallLimitExceeded("no more")

    with pytest.raises(CallLimitExceeded):
        run({"ToolError": look}, do)
    assert seen == []


def test_there_is_an_end_to_redirects_within_redirects():
    ctx = library_context()
    ctx.within = tuple(range(100, 110))
    ctx.run.hooks.register("BeforeToolExecution", returning({"type": "redirect", "target": "u"}))

    async def elsewhere(ctx, target, given):
        raise AssertionError

    with pytest.raises(BadArgument, match="more than 10 times"):
        asyncio.run(intercept(ctx, TOOL, "tool", "t", {"n": 1}, Done(), redirect=elsewhere))


def test_nobody_listens_and_it_is_simply_done():
    assert run({}, Done()) == {"n": 2}


def test_what_is_found_again_is_changed_by_hooks_after_it_as_it_was_the_first_time():
    do = Done()
    ctx = library_context()
    ctx.run.hooks.register("BeforeToolExecution", returning(*[{"type": "cache"}] * 3))

    async def tenfold(moment, ctx):
        return {"type": "modified", "data": {"n": moment.output["n"] * 10}}

    ctx.run.hooks.register("AfterToolExecution", tenfold)

    async def three():
        return [await intercept(ctx, TOOL, "tool", "t", {"n": 1}, do) for _ in range(3)]

    assert asyncio.run(three()) == [{"n": 20}] * 3
    assert len(do.inputs) == 1
