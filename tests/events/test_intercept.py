"""The dance around something: what hooks before it, after it and for its error can have done."""

import asyncio

import pytest

from llmspell.effects.context import library_context
from llmspell.errors import HookCancelled, ToolFailed
from llmspell.events.intercept import intercept
from llmspell.events.points import TOOL, Points


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
