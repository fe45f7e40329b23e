"""One effect from its permission to its entry, and the order in which it is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.effects.context import RunContext, library_context, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import CallLimitExceeded, Cancelled, PermissionDenied, WallLimitExceeded
from llmspell.journal.memory import MemoryJournal
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

CALL = Effect("Tool", "execute", ["calculator"])


def new_run(profile: str = "none", **limits: int) -> tuple[Run, MemoryJournal]:
    journal = MemoryJournal(Redactor([]))
    found = resolve_profile(profile)
    run = Run(replace(found, limits=replace(found.limits, **limits)), journal)
    journal.begin(run.record(script="a.lua", language="lua", content_hash=""))
    return run, journal


async def key_of(ctx: RunContext) -> str:
    return ctx.key


def test_it_returns_what_was_done_and_passes_on_what_was_raised():
    async def fail(_: RunContext) -> None:
        raise KeyError("x")

    async def main() -> None:
        run, journal = new_run()
        ctx = task_context(run)
        assert await perform(ctx, CALL, key_of) == "0:1"
        with pytest.raises(KeyError):
            await perform(ctx, CALL, fail)
        errors = [it.error for it in journal.entries(run.run_id)]
        assert errors == [None, {"code": "internal_error", "message": "KeyError: 'x'"}]

    asyncio.run(main())


def test_what_is_not_granted_is_not_done_and_what_is_granted_is():
    done: list[str] = []

    async def act(ctx: RunContext) -> None:
        done.append(ctx.key)

    async def main() -> None:
        run, _ = new_run("medium")
        ctx = task_context(run)
        needs = (("tool", "calculator"), ("net", "example.com:443"))
        with pytest.raises(PermissionDenied, match="the script needs to connect to example.com:443"):
            await perform(ctx, replace(CALL, needs=needs), act)
        assert done == []
        await perform(ctx, replace(CALL, needs=needs[:1]), act)
        assert done == ["0:2"]
        assert [(it.allowed, it.kind, n) for it, n in run.audit.counts.items()] == [
            (True, "tool", 2),
            (False, "net", 1),
        ]
        assert [it.subject for it in run.audit.denied] == ["example.com:443"]

    asyncio.run(main())


def test_inside_an_effect_its_own_actor_asks():
    async def act(ctx: RunContext) -> None:
        ctx.permit("read", "/srv/data")

    async def main() -> None:
        run, _ = new_run("high")
        with pytest.raises(PermissionDenied, match="^the tool file-operations needs to read /srv/data"):
            await perform(task_context(run), replace(CALL, actor="the tool file-operations"), act)

    asyncio.run(main())


def test_inside_an_effect_it_is_known_who_acts_around_it():
    seen: list[tuple[str, ...]] = []

    async def look(ctx: RunContext) -> None:
        seen.append(ctx.actors)

    async def nested(ctx: RunContext) -> None:
        await perform(ctx.child("part"), replace(CALL, actor="the tool b"), look)
        await perform(ctx, CALL, look)

    async def main() -> None:
        run, _ = new_run()
        ctx = task_context(run)
        await perform(ctx, replace(CALL, actor="agent a"), nested)
        assert seen == [("agent a", "the tool b"), ("agent a",)]
        assert ctx.actors == ()

    asyncio.run(main())


@pytest.mark.parametrize("mode", ["normal", "off"])
def test_calls_over_the_limit_are_refused_and_children_are_not_counted(mode):
    async def twice(ctx: RunContext) -> None:
        await perform(ctx, CALL, key_of)
        await perform(ctx, CALL, key_of)

    async def main() -> None:
        run, journal = new_run(calls=3)
        journal.mode = mode
        ctx = task_context(run)
        for _ in range(3):
            await perform(ctx, CALL, twice)
        for _ in range(2):
            with pytest.raises(CallLimitExceeded, match="3 calls"):
                await perform(ctx, CALL, twice)
        assert run.n_effects == 9

    asyncio.run(main())


def test_a_stopped_run_lets_no_new_effect_pass_and_none_is_begun_inside_one():
    done: list[str] = []

    async def act(ctx: RunContext) -> None:
        done.append(ctx.key)

    async def stop_and_go_on(ctx: RunContext) -> None:
        ctx.run.stop()
        await perform(ctx, CALL, act)

    async def main() -> None:
        run, journal = new_run()
        ctx = task_context(run)
        await perform(ctx, CALL, act)
        for attempt in (stop_and_go_on, act):
            with pytest.raises(Cancelled):
                await perform(ctx, CALL, attempt)
        assert run.cancelled
        assert done == ["0:1"]
        assert [it.key for it in journal.entries(run.run_id)] == ["0:1", "0:2"]

    asyncio.run(main())


def test_a_run_that_is_stopped_for_a_reason_says_the_first_one():
    run, _ = new_run()
    run.stop(WallLimitExceeded("the run took longer than 1 s"))
    run.stop()
    with pytest.raises(WallLimitExceeded):
        asyncio.run(perform(task_context(run), CALL, key_of))


def test_an_effect_that_is_cancelled_while_under_way_is_recorded_as_that():
    async def hang(_: RunContext) -> None:
        started.set()
        await asyncio.Event().wait()

    started = asyncio.Event()

    async def main() -> None:
        run, journal = new_run()
        task = asyncio.create_task(perform(task_context(run), CALL, hang))
        await started.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        (entry,) = journal.entries(run.run_id)
        assert entry.error is not None
        assert entry.error["code"] == "cancelled"

    asyncio.run(main())


def test_an_effect_that_is_not_recorded_takes_its_number_all_the_same():
    async def main() -> None:
        run, journal = new_run()
        ctx = task_context(run)
        await perform(ctx, replace(CALL, recorded=False), key_of)
        await perform(ctx, CALL, key_of)
        assert [it.key for it in journal.entries(run.run_id)] == ["0:2"]

    asyncio.run(main())


def test_a_library_context_grants_everything_and_keeps_nothing():
    async def main() -> None:
        ctx = library_context()
        assert await perform(ctx, replace(CALL, needs=(("run", "git"),)), key_of) == "1"
        assert await perform(ctx, CALL, key_of) == "2"
        assert ctx.journal.mode == "off"

    asyncio.run(main())


@given(st.lists(st.tuples(st.sampled_from(["0", "0.1", "0.2"]), st.integers(0, 3)), max_size=12), st.randoms())
def test_keys_do_not_depend_on_the_order_in_which_answers_come(calls, random):
    """Calls of three tasks, each with some children in two named parts, answered in any order: the same keys."""

    def keys(shuffle: Callable[[list[asyncio.Event]], None]) -> set[str]:
        async def main() -> set[str]:
            run, journal = new_run()
            gates = [asyncio.Event() for _ in calls]

            async def child(ctx: RunContext, n_children: int) -> None:
                for _ in range(n_children):
                    await perform(ctx, CALL, key_of)

            def outer(gate: asyncio.Event, n_children: int) -> Callable[[RunContext], Awaitable[None]]:
                async def do(ctx: RunContext) -> None:
                    await gate.wait()
                    parts = [ctx.child("left"), ctx.child("right")]
                    await asyncio.gather(*(child(it, n_children) for it in parts))

                return do

            tasks = [
                asyncio.create_task(perform(task_context(run, path), CALL, outer(gate, n)))
                for (path, n), gate in zip(calls, gates, strict=True)
            ]
            await asyncio.sleep(0)
            shuffle(gates)
            for gate in gates:
                gate.set()
                await asyncio.sleep(0)
            await asyncio.gather(*tasks)
            found = [it.key for it in journal.entries(run.run_id)]
            assert len(found) == len(set(found)) == run.n_effects
            return set(found)

        return asyncio.run(main())

    assert keys(lambda gates: None) == keys(random.shuffle)
