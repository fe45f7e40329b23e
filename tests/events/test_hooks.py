"""Hooks are called in order, in time, and never for what they do themselves."""

import asyncio

import pytest

from llmspell.effects.context import library_context
from llmspell.errors import BadArgument, CallLimitExceeded, HookCancelled, ToolFailed, WorkerCrashed
from llmspell.events import hooks as module
from llmspell.events.hooks import Hooks
from llmspell.events.moment import Moment

POINT = "BeforeToolExecution"


class Kept:
    """Hooks of a run, what they report, and the order in which they were called."""

    def __init__(self, **more):
        self.said: list[str] = []
        self.order: list[str] = []
        self.ctx = library_context()
        self.hooks = Hooks(report=lambda hook, said: self.said.append(said), **more)
        self.ctx.run.hooks = self.hooks

    def put(self, name="a", returned=None, point=POINT, priority="normal", **more):
        async def function(moment, ctx):
            self.order.append(name)
            if isinstance(returned, BaseException):
                raise returned
            return await returned(moment, ctx) if callable(returned) else returned

        return self.hooks.register(point, function, priority, name=name, **more)

    def fire(self, point=POINT, input=None):
        moment = Moment(point, "tool", "t", {"n": 1} if input is None else input)
        outcome = asyncio.run(self.hooks.fire(self.ctx, moment))
        return outcome, moment


async def for_ever(moment, ctx):
    await asyncio.Event().wait()


def test_the_order_is_that_of_priority_and_then_of_registration():
    kept = Kept()
    for name, priority in [("n1", "normal"), ("low", "low"), ("no", 7), ("top", "highest"), ("end", "lowest")]:
        kept.put(name, priority=priority)
    kept.put("n2"), kept.put("high", priority="HIGH")
    kept.fire()
    assert kept.order == ["top", "high", "no", "n1", "n2", "low", "end"]
    assert [it.name for it in kept.hooks.list()] == kept.order


def test_each_sees_what_those_before_it_have_changed():
    kept, seen = Kept(), []

    async def look(moment, ctx):
        seen.append((moment.input, dict(moment.metadata)))

    kept.put("a", {"type": "modified", "data": {"n": 2}, "metadata": {"by": "a"}})
    kept.put("b", look)
    outcome, moment = kept.fire()
    assert seen == [({"n": 2}, {"by": "a"})]
    assert outcome.action == "modified" and moment.input == {"n": 2}


@pytest.mark.parametrize("returned", ["cancel", {"type": "replace", "data": 1}, {"type": "redirect", "target": "u"}])
def test_the_first_that_decides_is_the_last_that_is_called(returned):
    kept = Kept()
    kept.put("a", "skipped"), kept.put("b", returned), kept.put("c")
    outcome, _ = kept.fire()
    assert kept.order == ["a", "b"]
    assert outcome.hook is not None and outcome.hook.name == "b"


def test_a_hook_that_wants_the_answer_remembered_lets_the_others_go_on():
    kept = Kept()
    kept.put("a", {"type": "cache", "ttl_s": 9}), kept.put("b", {"type": "modified", "data": 3})
    outcome, moment = kept.fire()
    assert kept.order == ["a", "b"] and moment.input == 3
    assert outcome.cache is not None and outcome.cache.ttl_s == 9


def test_one_that_fails_is_logged_and_the_others_go_on():
    kept = Kept()
    failing = [kept.put("bad", ValueError("broken")), kept.put("odd", {"type": "cancl"}), kept.put("good")]
    outcome, _ = kept.fire()
    assert outcome.action == "continue" and kept.order == ["bad", "odd", "good"]
    assert kept.said == [
        "the hook bad at BeforeToolExecution for tool t failed: ValueError: broken",
        'the hook odd at BeforeToolExecution for tool t failed: a hook returned the unknown type "cancl" '
        "(did you mean cancel or cache?)",
    ]
    assert [it.n_failures for it in failing] == [1, 1, 0]


def test_one_that_fails_each_time_does_not_fill_the_log():
    kept = Kept()
    hook = kept.put("bad", ToolFailed("no"))
    for _ in range(10):
        kept.fire()
    assert len(kept.said) == module.MAX_REPORTS and "the last time" in kept.said[-1]
    assert (hook.n_calls, hook.n_failures) == (10, 10)


def test_one_that_is_fatal_ends_what_it_was_called_for():
    kept = Kept()
    kept.put("guard", ToolFailed("cannot tell"), fatal=True)
    with pytest.raises(HookCancelled, match="the hook guard at BeforeToolExecution .* failed: cannot tell") as caught:
        kept.fire()
    assert caught.value.details["hook"] == "hook-1"


def test_one_that_takes_too_long_is_stopped_and_logged_and_after_three_times_called_no_more():
    kept = Kept(timeout_s=0.001)
    hook = kept.put("slow", for_ever)
    for _ in range(5):
        assert kept.fire()[0].action == "continue"
    assert len(kept.order) == module.MAX_TIMEOUTS and not hook.is_here and POINT not in kept.hooks.at
    assert kept.said[0] == "the hook slow at BeforeToolExecution for tool t took longer than 0.001 s"
    assert "it is called no more" in kept.said[-1]


def test_a_hook_may_have_a_time_of_its_own_and_a_fatal_one_that_is_slow_says_no():
    kept = Kept(timeout_s=60)
    kept.put("guard", for_ever, timeout_s=0.001, fatal=True)
    for _ in range(4):  # it is not let off for being slow
        with pytest.raises(HookCancelled, match="took longer than 0.001 s"):
            kept.fire()


def test_a_timeout_of_the_hooks_own_making_is_a_failure_like_any_other():
    kept = Kept()
    kept.put("a", TimeoutError("of its own"))
    kept.fire()
    assert "failed: TimeoutError: of its own" in kept.said[0]


def test_what_ends_the_run_is_not_held_up_and_a_script_that_has_ended_is_no_failure():
    kept = Kept()
    kept.put("gone", WorkerCrashed("the script has ended"))
    kept.fire()
    assert kept.said == []
    kept.put("limit", CallLimitExceeded("no more calls"))
    with pytest.raises(CallLimitExceeded):
        kept.fire()


def test_a_hook_is_not_called_for_what_it_does_itself_but_others_are():
    kept = Kept()

    async def again(moment, ctx):
        await kept.hooks.fire(ctx, Moment(POINT, "tool", "inner"))

    kept.put("a", again), kept.put("b", again)
    kept.fire()
    # a: inside it b, inside which neither; then b: inside it a, likewise.
    assert kept.order == ["a", "b", "b", "a"]


def test_one_that_is_unregistered_by_another_is_not_called_any_more():
    kept = Kept()

    async def remove(moment, ctx):
        assert kept.hooks.unregister(second)

    kept.put("a", remove)
    second = kept.put("b")
    kept.fire()
    assert kept.order == ["a"]
    assert not kept.hooks.unregister(second)


def test_a_pattern_holds_for_many_points_and_for_those_that_are_defined_later():
    kept = Kept()
    kept.put("all", point="*"), kept.put("before", point="Before*")
    assert kept.hooks.define("BeforeLunch") and not kept.hooks.define("BeforeLunch")
    kept.fire(), kept.fire("AfterToolExecution"), kept.fire("BeforeLunch")
    assert kept.order == ["all", "before", "all", "all", "before"]
    assert [it.name for it in kept.hooks.list(point="AfterToolExecution")] == ["all"]
    assert [it.name for it in kept.hooks.list(name="before")] == ["before"]
    assert kept.hooks.list(point="Before*")[0].name == "all"


def test_notify_tells_and_cancels_where_the_point_allows_it():
    kept = Kept()
    kept.put("a", "cancel", point="WorkflowRollback"), kept.put("b", "cancel", point="SystemShutdown")
    with pytest.raises(HookCancelled, match="workflow w was cancelled by a hook at WorkflowRollback"):
        asyncio.run(kept.hooks.notify(kept.ctx, "WorkflowRollback", kind="workflow", name="w"))
    asyncio.run(kept.hooks.notify(kept.ctx, "SystemShutdown", kind="system", error=ToolFailed("x")))
    asyncio.run(kept.hooks.notify(kept.ctx, "SystemStartup", kind="system"))
    assert kept.order == ["a", "b"] and "it can only watch" in kept.said[0]


def test_the_first_hook_at_a_point_is_told_to_whoever_has_to_watch_for_it():
    kept, started = Kept(), []
    kept.hooks.when_watched["CpuUsageHigh"] = lambda: started.append(1)
    kept.put("a"), kept.put("b", point="CpuUsageHigh"), kept.put("c", point="CpuUsageHigh")
    assert started == [1]


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"point": "BeforeToolExecutoin"}, "Unknown hook point: BeforeToolExecutoin", "BeforeToolExecution"),
        ({"point": "zzz"}, "Unknown hook point: zzz", "Hook.points"),
        ({"point": "Nothing*"}, r"Unknown hook point: Nothing\*", ""),
        ({"point": "*" * 300}, "Unknown hook point", ""),
        ({"priority": "urgent"}, 'no priority "urgent"', "highest"),
        ({"priority": float("nan")}, "a priority is a number", ""),
        ({"priority": True}, "a priority is a number", ""),
        ({"timeout_s": 0}, "the time of a hook", ""),
        ({"timeout_s": float("inf")}, "the time of a hook", ""),
        ({"name": "n" * 201}, "at most 200 characters", ""),
    ],
)
def test_what_cannot_be_registered_says_why(change, message, hint):
    kept = Kept()
    with pytest.raises(BadArgument, match=message) as caught:
        kept.put(**change)
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["", " ", "a" * 201, "a*", "a\nb", POINT])
def test_a_point_of_ones_own_needs_a_name_of_its_own(name):
    with pytest.raises(BadArgument):
        Kept().hooks.define(name)


def test_there_is_an_end_to_hooks_and_points():
    kept = Kept()
    for i in range(module.MAX_POINTS):
        kept.hooks.define(f"Point{i}")
    with pytest.raises(BadArgument, match="at most 1000 hook points"):
        kept.hooks.define("One more")
    many = Kept()
    found = [many.put() for _ in range(module.MAX_HOOKS)]
    with pytest.raises(BadArgument, match="at most 1000 hooks"):
        many.put()
    many.hooks.unregister(found[0])
    many.put()


def test_hooks_that_are_reached_by_what_hooks_do_have_an_end_which_is_a_no():
    kept = Kept()
    kept.put("a")
    kept.ctx.within = tuple(range(100, 100 + module.MAX_WITHIN))
    with pytest.raises(HookCancelled, match="32 times one in the other"):
        kept.fire()
    assert kept.order == []


def test_many_hooks_that_fail_do_not_fill_the_log_either():
    kept = Kept()
    for _ in range(module.MAX_ALL_REPORTS):
        kept.put("bad", ValueError("x"))
    kept.fire(), kept.fire()
    assert len(kept.said) == module.MAX_ALL_REPORTS and "the last failure of a hook" in kept.said[-1]
