"""Versions of a scope: steps run in order, once, all or none, and never backwards."""

import asyncio
from typing import Any

import pytest

from llmspell.errors import BadArgument, StateNewer
from llmspell.state.migrations import Migration, Step, migrate, version_of_scope, versions
from llmspell.state.store import StateStore
from llmspell.state.transaction import Transaction


def steps(*numbers: int, log: list[Any] | None = None) -> list[Step]:
    def step(number: int) -> Step:
        async def up(tx: Transaction) -> None:
            if log is not None:
                log.append(number)
            await tx.set("user:1", "path", [*await tx.get("user:1", "path", []), number])

        return Step(number, up)

    return [step(it) for it in numbers]


def test_steps_run_in_order_and_those_that_are_done_do_not_run_again(with_store):
    async def check(store: StateStore) -> None:
        assert await version_of_scope(store, "user:1") == 0
        assert await migrate(store, "user:1", steps(1, 2)) == Migration("user:1", 0, 2, (1, 2))
        assert await migrate(store, "user:1", steps(1, 2)) == Migration("user:1", 2, 2, ())
        assert await migrate(store, "user:1", steps(1, 2, 5, 9), to=5) == Migration("user:1", 2, 5, (5,))
        assert await store.get("user:1", "path") == [1, 2, 5]
        assert await versions(store) == {"user:1": 5}
        assert await version_of_scope(store, "global") == 0

    with_store(check)


def test_a_step_that_fails_undoes_those_before_it(with_store):
    async def check(store: StateStore) -> None:
        async def fail(tx: Transaction) -> None:
            await tx.clear("user:1")
            raise RuntimeError("no")

        await store.set("user:1", "path", [0])
        with pytest.raises(RuntimeError):
            await migrate(store, "user:1", [*steps(1, 2), Step(3, fail)])
        assert await store.get("user:1", "path") == [0]
        assert await version_of_scope(store, "user:1") == 0
        assert (await migrate(store, "user:1", steps(1, 2, 3))).steps == (1, 2, 3)

    with_store(check)


def test_of_many_that_migrate_at_once_one_does_it(with_store):
    async def check(store: StateStore) -> None:
        log: list[int] = []
        done = await asyncio.gather(*(migrate(store, "user:1", steps(1, 2, log=log)) for _ in range(8)))
        assert sorted(len(it.steps) for it in done) == [0] * 7 + [2]
        assert log == [1, 2]
        assert await store.get("user:1", "path") == [1, 2]

    with_store(check)


def test_one_that_lost_against_another_process_runs_nothing_when_it_runs_again(with_store):
    async def check(store: StateStore) -> None:
        log: list[str] = []

        async def up(tx: Transaction) -> None:
            log.append("up")
            if len(log) == 1:  # as if another process did the same meanwhile
                await store.room("state").set("versions", "user:1", 1)
            await tx.set("user:1", "k", 1)

        assert await migrate(store, "user:1", [Step(1, up)]) == Migration("user:1", 1, 1, ())
        assert log == ["up"]
        assert not await store.exists("user:1", "k")

    with_store(check)


def test_there_is_no_way_back_and_a_scope_that_was_cleared_is_as_new(with_store):
    async def check(store: StateStore) -> None:
        await migrate(store, "user:1", steps(3))
        for attempt in (steps(1, 2), steps(1)):
            with pytest.raises(StateNewer, match="is of version 3, and this knows none after"):
                await migrate(store, "user:1", attempt)
        with pytest.raises(StateNewer):
            await migrate(store, "user:1", steps(2, 3), to=2)
        assert await store.clear("user:1") == 1
        assert await version_of_scope(store, "user:1") == 0
        assert (await migrate(store, "user:1", steps(1, 2))).after == 2

    with_store(check)


@pytest.mark.parametrize(
    ("given", "to", "said"),
    [
        (steps(), None, "needs steps"),
        (steps(2, 1), None, "rise from 1: 2, 1"),
        (steps(1, 1), None, "rise from 1: 1, 1"),
        (steps(0, 1), None, "rise from 1: 0, 1"),
        (steps(1, 3), 2, "no step leads to version 2"),
        (steps(*range(1, 1002)), None, "at most 1000 steps"),
    ],
)
def test_steps_that_make_no_sense_are_refused_before_anything_runs(with_store, given, to, said):
    async def check(store: StateStore) -> None:
        with pytest.raises(BadArgument, match=said):
            await migrate(store, "user:1", given, to=to)
        assert not await store.exists("user:1", "path")

    with_store(check)
