"""The bus of one run: who gets which events, in which order, within which bounds, and who is told of what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from llmspell.effects.context import RunContext, library_context, task_context
from llmspell.errors import BadArgument, LimitExceeded, LLMSpellError, NotFound
from llmspell.events import handlers
from llmspell.events.bus import EventBus
from llmspell.events.event import MAX_CHAIN, Event, Scale
from llmspell.events.hook import Function
from llmspell.security.profile import resolve_profile

Test = Callable[[RunContext, EventBus], Awaitable[None]]


def run(test: Test, **limits: Any) -> list[str]:
    """Do a test in a run of its own; what people were told."""
    told: list[str] = []

    async def main() -> None:
        ctx = library_context(profile=resolve_profile("none", {}, limits=limits) if limits else None)
        ctx.run.say = lambda level, message: told.append(f"{level}: {message}")
        async with asyncio.timeout(20):
            try:
                await test(ctx, ctx.run.events)
            finally:
                await ctx.run.events.aclose()

    asyncio.run(main())
    return told


def watching(seen: list[Any], then: Any = None) -> Function:
    async def hook(moment: Any, ctx: RunContext) -> Any:
        seen.append(moment)
        return then(moment) if callable(then) else then

    return hook


def test_an_event_has_a_number_an_id_a_time_and_a_correlation_id_of_its_own() -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        ctx.run.clock = lambda: 12.5
        id = bus.subscribe("*").id
        assert await bus.publish("a", {"x": 1}, ctx=ctx, metadata={"m": 1}) == 1
        assert await bus.publish("b", ctx=ctx, correlation_id="c") == 2
        first, second = await bus.receive(id), await bus.receive(id)
        assert first is not None and second is not None
        run_id = ctx.run.run_id
        assert first.to_value() == {
            "id": f"{run_id}-1",
            "event_type": "a",
            "data": {"x": 1},
            "timestamp": 12.5,
            "sequence": 1,
            "correlation_id": f"{run_id}-1",
            "metadata": {"m": 1},
        }
        assert (second.correlation_id, second.metadata) == ("c", None)

    run(test)


def test_functions_get_events_one_at_a_time_in_order_and_may_be_plain_or_async() -> None:
    seen: list[Any] = []
    n_at_once = 0

    async def slow(event: Event, ctx: RunContext) -> None:
        nonlocal n_at_once
        n_at_once += 1
        assert n_at_once == 1
        await asyncio.sleep(0)
        seen.append(event.data)
        n_at_once -= 1

    async def test(ctx: RunContext, bus: EventBus) -> None:
        bus.on("a", slow)
        bus.on("a", lambda event, inner: seen.append(f"plain {event.data}"), once=True)
        for i in range(3):
            await bus.publish("a", i, ctx=ctx)
        assert seen == []  # nobody who publishes waits for them
        await bus.settle()
        assert seen == ["plain 0", 0, 1, 2]
        assert bus.stats()["handled"] == 4

    assert run(test) == []


def test_one_that_fails_is_said_so_and_gets_the_next_and_others_are_not_disturbed() -> None:
    good: list[int] = []
    moments: list[Any] = []

    def bad(event: Event, ctx: RunContext) -> None:
        raise ValueError("no") if event.data else LLMSpellError("not this", code="own")

    async def test(ctx: RunContext, bus: EventBus) -> None:
        ctx.run.hooks.register("EventHandlerError", watching(moments))
        failing = bus.on("a", bad)
        bus.on("a", lambda event, inner: good.append(event.data))
        for i in range(5):
            await bus.publish("a", i, ctx=ctx)
        await bus.settle()
        assert good == [0, 1, 2, 3, 4]
        assert (failing.n_failed, failing.n_handled, bus.stats()["failed"]) == (5, 0, 5)
        assert [it.error["code"] for it in moments] == ["own", *["handler_failed"] * 4]
        assert moments[0].name == "a" and moments[0].input["data"] == 0
        assert moments[0].metadata == {"subscription": failing.id, "pattern": "a"}

    told = run(test)
    assert len(told) == handlers.MAX_REPORTS
    assert "not this" in told[0] and "ValueError: no" in told[1] and "the last time" in told[2]


def test_one_that_takes_too_long_is_stopped_and_one_in_time_is_not() -> None:
    seen: list[Any] = []

    async def slow(event: Event, ctx: RunContext) -> None:
        await asyncio.sleep(0 if event.data else 3600)
        seen.append(event.data)

    async def test(ctx: RunContext, bus: EventBus) -> None:
        bus.on("a", slow, timeout_s=0.01)
        await bus.publish("a", 0, ctx=ctx)
        await bus.publish("a", 1, ctx=ctx)
        await bus.settle()
        assert seen == [1]

    assert "it took longer than 0.01 s" in run(test)[0]


def test_a_timeout_of_what_a_function_itself_does_is_its_failure() -> None:
    async def fails(event: Event, ctx: RunContext) -> None:
        raise TimeoutError("mine")

    async def test(ctx: RunContext, bus: EventBus) -> None:
        bus.on("a", fails)
        await bus.publish("a", 0, ctx=ctx)
        await bus.settle()

    assert "TimeoutError: mine" in run(test)[0]


def test_what_ends_the_run_ends_it_from_a_function_too() -> None:
    def limit(event: Event, ctx: RunContext) -> None:
        raise LimitExceeded("enough")

    async def test(ctx: RunContext, bus: EventBus) -> None:
        bus.on("a", limit)
        await bus.publish("a", ctx=ctx)
        await bus.settle()
        assert isinstance(ctx.run.stopped, LimitExceeded)

    assert run(test) == []


def test_what_functions_do_is_on_behalf_of_whoever_published_and_nobody_waits_for_it() -> None:
    seen: list[RunContext] = []

    async def test(ctx: RunContext, bus: EventBus) -> None:
        publisher = RunContext(
            ctx.run, "0:1", "the tool t", "0:1", actors=("agent a",), callers=("0:0/call1",), within=(7,)
        )
        bus.on("a", lambda event, inner: seen.append(inner))
        await bus.publish("a", ctx=publisher)
        await bus.settle()
        (inner,) = seen
        assert (inner.actor, inner.actors, inner.within) == ("the tool t", ("agent a",), (7,))
        assert inner.callers == ()
        assert inner.key == "event1/on1"
        ctx.run.called_from["cb3.0"] = inner  # as when a function of the script's is the handler
        task = task_context(ctx.run, "cb3.0.1")
        assert task.cause is inner.cause is not None
        assert task.child("part").cause is inner.cause

    run(test)


def test_what_a_handler_publishes_belongs_to_the_same_story_unless_it_says_otherwise() -> None:
    async def again(event: Event, ctx: RunContext) -> None:
        await ctx.run.events.publish("b", ctx=ctx)
        await ctx.run.events.publish("c", ctx=ctx, correlation_id="other")

    async def test(ctx: RunContext, bus: EventBus) -> None:
        id = bus.subscribe("[bc]").id
        bus.on("a", again)
        await bus.publish("a", ctx=ctx, correlation_id="story")
        first, second = await bus.receive(id), await bus.receive(id)
        assert first is not None and second is not None
        assert (first.correlation_id, second.correlation_id) == ("story", "other")
        assert first.chain == ("a", "b")

    run(test)


def test_a_handler_that_publishes_what_it_handles_comes_to_an_end_and_is_told_of_the_chain() -> None:
    seen: list[int] = []
    errors: list[LLMSpellError] = []

    async def again(event: Event, ctx: RunContext) -> None:
        seen.append(event.data)
        try:
            await ctx.run.events.publish("a", event.data + 1, ctx=ctx)
        except LLMSpellError as error:
            errors.append(error)

    async def test(ctx: RunContext, bus: EventBus) -> None:
        bus.on("a", again)
        await bus.publish("a", 1, ctx=ctx)
        await bus.settle()
        assert seen == list(range(1, MAX_CHAIN + 1))
        (error,) = errors
        assert error.code == "event_chain"
        assert "a → a" in error.message
        await bus.publish("a", MAX_CHAIN, ctx=ctx)  # the next chain begins anew
        await bus.settle()
        assert len(seen) == 2 * MAX_CHAIN

    run(test)


def test_hooks_before_may_change_or_cancel_an_event_and_those_after_see_it() -> None:
    after: list[Any] = []

    def change(moment: Any) -> Any:
        if moment.input["data"] == "secret":
            return {"type": "cancel", "reason": "no"}
        return {"type": "modified", "data": {**moment.input, "data": 2, "event_type": "renamed"}}

    async def test(ctx: RunContext, bus: EventBus) -> None:
        ctx.run.hooks.register("BeforeEventEmit", watching([], change))
        ctx.run.hooks.register("AfterEventEmit", watching(after))
        id = bus.subscribe("*").id
        assert await bus.publish("a", 1, ctx=ctx) == 1
        event = await bus.receive(id)
        assert event is not None and (event.event_type, event.data) == ("renamed", 2)
        with pytest.raises(LLMSpellError, match="cancelled by a hook at BeforeEventEmit: no") as raised:
            await bus.publish("a", "secret", ctx=ctx)
        assert raised.value.code == "hook_cancelled"
        assert await bus.receive(id, 0) is None
        assert [it.output["event_type"] for it in after] == ["renamed"]

    run(test)


@pytest.mark.parametrize(
    "made",
    [
        1,
        {"data": 1},
        {"event_type": "a*"},
        {"event_type": "a", "metadata": 1},
        {"event_type": "a", "correlation_id": 1},
    ],
)
def test_what_a_hook_makes_of_an_event_must_be_one(made: Any) -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        ctx.run.hooks.register("BeforeEventEmit", watching([], {"type": "modified", "data": made}))
        with pytest.raises(BadArgument):
            await bus.publish("a", 1, ctx=ctx)

    run(test)


def test_a_queue_that_refuses_refuses_for_all_and_only_when_it_is_full() -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        other = bus.subscribe("a")
        strict = bus.subscribe("*", 1, "error")
        assert await bus.publish("a", ctx=ctx) == 1
        with pytest.raises(LLMSpellError) as raised:
            await bus.publish("a", ctx=ctx)
        assert raised.value.code == "queue_full"
        assert raised.value.details["subscription"] == strict.id
        assert (len(other.queue), bus.n_published) == (1, 1)
        bus.unsubscribe(strict.id)
        assert await bus.publish("a", ctx=ctx) == 2

    run(test)


def test_subscriptions_are_bounded_and_make_room_when_they_end() -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        ids = [bus.subscribe("a").id for _ in range(1000)]
        with pytest.raises(BadArgument, match="at most 1000 subscriptions"):
            bus.on("a", lambda event, inner: None)
        assert bus.unsubscribe(ids[0])
        assert not bus.unsubscribe(ids[0])
        bus.on("a", lambda event, inner: None, once=True)
        await bus.publish("a", ctx=ctx)
        assert len(bus.subscriptions()) == 999
        assert bus.stats()["delivered"] == 1000

    run(test)


def test_all_that_waits_is_bounded_by_the_run_s_memory() -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        large = bus.subscribe("large", 100_000)
        for _ in range(20):
            await bus.publish("large", "x" * 1_000_000, ctx=ctx)
        assert bus.stats()["queued_bytes"] <= 8 << 20
        assert (len(large.queue), large.queue.n_dropped) == (8, 12)
        late = bus.subscribe("small", 10)
        await bus.publish("small", "x" * 900_000, ctx=ctx)  # no event of its own could make room for it
        assert (len(late.queue), late.queue.n_dropped) == (0, 1)
        await bus.receive(large.id)
        await bus.publish("small", "x" * 900_000, ctx=ctx)
        assert len(late.queue) == 1

    run(test, memory_bytes=64 << 20)


def test_receive_waits_for_one_event_and_gives_each_to_one_of_those_who_wait() -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        id = bus.subscribe("a").id
        assert await bus.receive(id, 0.001) is None
        waiting = [asyncio.create_task(bus.receive(id, 60)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        for i in range(2):
            await bus.publish("a", i, ctx=ctx)
        got = await asyncio.gather(*waiting[1:])
        assert [it.data for it in got if it is not None] == [0, 1]
        ended = asyncio.create_task(bus.receive(id, 60))
        await asyncio.sleep(0)
        bus.unsubscribe(id)
        assert await ended is None
        with pytest.raises(NotFound, match="there is no subscription"):
            await bus.receive(id)

    run(test)


def test_one_that_is_cancelled_when_it_was_woken_wakes_the_next() -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        id = bus.subscribe("a").id
        first, second = (asyncio.create_task(bus.receive(id, 60)) for _ in range(2))
        await asyncio.sleep(0)
        await bus.publish("a", 1, ctx=ctx)  # wakes the first
        first.cancel()
        event = await second
        assert event is not None and event.data == 1

    run(test)


def test_a_function_s_events_cannot_be_received() -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        with pytest.raises(BadArgument, match="given to a function"):
            await bus.receive(bus.on("a", lambda event, inner: None).id)

    run(test)


@pytest.mark.parametrize("data", [object(), {"a": {1, 2}}, lambda: None])
def test_data_that_are_none_are_refused_and_large_numbers_and_odd_texts_are_not(data: Any) -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        with pytest.raises(BadArgument, match="plain data"):
            await bus.publish("a", data, ctx=ctx)
        id = bus.subscribe("a").id
        for plain in (1 << 100, "\ud800", b"\xff", float("nan"), [None, True]):
            await bus.publish("a", plain, ctx=ctx)
            event = await bus.receive(id)
            assert event is not None and event.data is plain

    run(test)


def test_the_size_of_an_event_is_bounded_with_its_metadata() -> None:
    async def test(ctx: RunContext, bus: EventBus) -> None:
        await bus.publish("a", "x" * 1_000_000, ctx=ctx)
        with pytest.raises(BadArgument, match="at most 1048576 bytes"):
            await bus.publish("a", "x" * 1_000_000, ctx=ctx, metadata={"m": "x" * 100_000})

    run(test)


def test_closing_stops_functions_and_lets_go_of_what_waits() -> None:
    stopped: list[str] = []

    async def endless(event: Event, ctx: RunContext) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            stopped.append("yes")
            raise

    async def test(ctx: RunContext, bus: EventBus) -> None:
        bus.on("a", endless, timeout_s=3600)
        for _ in range(3):
            await bus.publish("a", ctx=ctx)
        await asyncio.sleep(0)
        await bus.aclose()
        assert stopped == ["yes"]
        assert bus.stats()["queued_bytes"] == 0

    assert run(test) == ["warn: 3 events were still to be handled at the end, and dropped"]


def test_only_so_many_functions_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "AT_ONCE", 3)
    n_now = n_most = 0

    async def work(event: Event, ctx: RunContext) -> None:
        nonlocal n_now, n_most
        n_now += 1
        n_most = max(n_most, n_now)
        await asyncio.sleep(0)
        n_now -= 1

    async def test(ctx: RunContext, bus: EventBus) -> None:
        for _ in range(10):
            bus.on("a", work)
        await bus.publish("a", ctx=ctx)
        await bus.settle()
        assert (n_most, bus.stats()["handled"]) == (3, 10)

    run(test)


def test_a_run_without_events_has_no_bus() -> None:
    ctx = library_context()
    assert not ctx.run.has_events
    assert ctx.run.events is ctx.run.events
    assert ctx.run.has_events


def test_an_event_counts_as_what_it_takes_in_memory_and_not_only_on_the_wire():
    scale = Scale()
    assert scale.weigh({"a": 1}, None) < 700
    assert scale.weigh([{}] * 100_000, None) > 4_000_000
    assert scale.weigh([[{"a": {}}]] * 1000, {"b": []}) > 3 * 48 * 1000
    assert scale.weigh("x" * 100_000, None) < 101_000
