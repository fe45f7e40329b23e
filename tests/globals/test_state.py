from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.effects.context import RunContext
from llmspell.errors import BadArgument, ScriptError
from llmspell.globals.state_access import StateAccess
from llmspell.state.open import open_state


def test_what_is_set_is_found_and_nil_deletes(script: Any) -> None:
    script.call("State", "set", "a", {"x": [1, 2.5, "é", True]})
    assert script.call("State", "get", "a") == {"x": [1, 2.5, "é", True]}
    assert script.call("State", "exists", "a") is True
    script.call("State", "set", "a", None)
    assert script.call("State", "exists", "a") is False
    assert script.call("State", "get", "a", "default") == "default"


def test_scopes_do_not_see_each_other(script: Any) -> None:
    script.call("State", "set", "k", 1)
    script.call("State", "set", "k", 2, scope="user:1")
    script.call("State", "save", "session:1", "k", 3)
    assert script.call("State", "get", "k") == 1
    assert script.call("State", "load", "user:1", "k") == 2
    assert script.call("State", "get", "k", scope="session:1") == 3
    assert script.call("State", "load", "anything", "k") is None
    with pytest.raises(BadArgument, match="user:NAME"):
        script.call("State", "load", "user:", "k")


def test_keys_and_all_values(script: Any) -> None:
    for key in ("b.1", "a", "b.2"):
        script.call("State", "set", key, key.upper())
    assert script.call("State", "keys") == ["a", "b.1", "b.2"]
    assert script.call("State", "keys", "b.*") == script.call("State", "list_keys", "global", "b.") == ["b.1", "b.2"]
    assert script.call("State", "all") == {"a": "A", "b.1": "B.1", "b.2": "B.2"}


def test_delete_takes_a_key_or_a_scope_and_a_key(script: Any) -> None:
    script.call("State", "set", "k", 1)
    script.call("State", "save", "user:1", "k", 1)
    assert script.call("State", "delete", "user:1", "k") is True
    assert script.call("State", "delete", "k") is True
    assert script.call("State", "delete", "k") is False


def test_counting_starts_at_nothing_and_refuses_what_is_no_number(script: Any) -> None:
    assert script.call("State", "incr", "n") == 1
    assert script.call("State", "incr", "n", 2.5) == 3.5
    script.call("State", "set", "text", "x")
    with pytest.raises(BadArgument, match="no number"):
        script.call("State", "incr", "text")


def test_update_gives_the_function_the_value_and_keeps_what_it_returns(script: Any) -> None:
    async def append(value: Any) -> Any:
        return [*(value or []), len(value or [])]

    async def many() -> list[Any]:
        return await asyncio.gather(*(script.acall("State", "update", "list", append) for _ in range(5)))

    asyncio.run(many())
    assert script.call("State", "get", "list") == [0, 1, 2, 3, 4]


def test_a_transaction_writes_all_or_nothing(script: Any) -> None:
    async def move(transaction: Any) -> Any:
        left = await script.acall(transaction, "get", "a", 0)
        await script.acall(transaction, "set", "a", left - 1)
        await script.acall(transaction, "incr", "b")
        await script.acall(transaction, "set", "c", None)
        assert await script.acall(transaction, "keys") == ["a", "b"]
        return left

    async def fail(transaction: Any) -> Any:
        await script.acall(transaction, "set", "a", 100)
        await script.acall(transaction, "delete", "b")
        raise ScriptError("no")

    script.call("State", "set", "a", 5)
    script.call("State", "set", "c", 5)
    assert script.call("State", "transaction", move) == 5
    with pytest.raises(ScriptError):
        script.call("State", "transaction", fail)
    assert script.call("State", "all") == {"a": 4, "b": 1}


@pytest.mark.parametrize("kind", ["workflow", "agent", "tool"])
def test_kinds_have_calls_of_their_own(script: Any, kind: str) -> None:
    script.call("State", f"{kind}_set", "id", "k", "v")
    assert script.call("State", f"{kind}_get", "id", "k") == script.call("State", "load", f"{kind}:id", "k") == "v"
    assert script.call("State", f"{kind}_list", "id") == ["k"]
    script.call("State", f"{kind}_set", "id", "k", None)
    assert script.call("State", f"{kind}_list", "id") == []


def test_only_plain_data_can_be_kept(script: Any) -> None:
    async def function() -> None: ...

    with pytest.raises(BadArgument, match=r"the value\.x\[0\] is a function"):
        script.call("State", "set", "k", {"x": [function]})
    with pytest.raises(BadArgument, match="is a ToolObject"):
        script.call("State", "set", "k", script.call("Tool", "get", "calculator"))
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(BadArgument, match="nested too deeply"):
        script.call("State", "set", "k", deep)
    script.call("State", "set", "k", b"\xff\x00")
    assert script.call("State", "get", "k") == b"\xff\x00"


def test_a_write_is_an_entry_of_the_journal(script: Any) -> None:
    script.call("State", "set", "k", 1)
    assert [(it.target, it.method) for it in script.journal.entries(script.run.run_id)] == [("State", "set")]


def test_an_update_inside_an_update_of_the_same_key_is_refused_and_of_another_is_not(script: Any) -> None:
    access = StateAccess(open_state(":memory:"))

    async def inside(ctx: RunContext, key: str) -> Any:

        async def one(value: Any) -> Any:
            return 1

        async def outer(value: Any) -> Any:
            # As a function of the script's that is called for `ctx`.
            caller = RunContext(script.run, "cb1.0", callers=(ctx.key,))
            return await asyncio.wait_for(access.update(caller, "global", key, one), 5)

        return await access.update(ctx, "global", "a", outer)

    assert asyncio.run(inside(RunContext(script.run, "0:1"), "b")) == 1
    with pytest.raises(BadArgument, match="is being changed by the function") as caught:
        asyncio.run(inside(RunContext(script.run, "0:2"), "a"))
    assert caught.value.code == "waits_for_itself"


@pytest.mark.parametrize("name", ["set", "incr", "delete"])
def test_a_write_inside_an_update_of_the_same_key_is_refused_at_once_and_of_another_is_not(
    script: Any, name: str
) -> None:
    access = StateAccess(open_state(":memory:"))
    n_runs = 0

    async def inside(ctx: RunContext, key: str) -> Any:

        async def outer(value: Any) -> Any:
            nonlocal n_runs
            n_runs += 1
            caller = RunContext(script.run, "cb1.0", callers=(ctx.key,))
            await getattr(access, name)(caller, "global", key, *([] if name == "delete" else [1]))
            return 7

        return await access.update(ctx, "global", "a", outer)

    assert asyncio.run(inside(RunContext(script.run, "0:1"), "b")) == 7
    with pytest.raises(BadArgument, match="the value a of global is being changed by the function") as caught:
        asyncio.run(inside(RunContext(script.run, "0:2"), "a"))
    assert (caught.value.code, n_runs) == ("waits_for_itself", 2)


def test_a_pattern_is_no_longer_than_a_key_and_sums_that_there_are_not_are_refused(script: Any) -> None:
    script.call("State", "set", "a" * 30, 1)
    assert script.call("State", "keys", "*" + "a" * 20) == ["a" * 30]
    with pytest.raises(BadArgument, match="at most 1024"):
        script.call("State", "keys", "*a" * 1000)
    script.call("State", "set", "f", 0.5)
    with pytest.raises(BadArgument, match="no sum"):
        script.call("State", "incr", "f", 10**400)


def test_transactions_hold_so_much_in_memory_and_nothing_is_written_after_their_end(script: Any) -> None:
    async def test() -> None:
        access = StateAccess(open_state(":memory:"))
        access._bound.limit = 10_000
        ctx = RunContext(script.run, "0:1")
        kept: list[Any] = []

        async def many(values: Any) -> None:
            kept.append(values)
            for i in range(100):
                await values.set(ctx, "global", f"k{i}", "x" * 1000)

        async def one_again_and_again(values: Any) -> None:
            kept.append(values)
            for i in range(100):
                await values.set(ctx, "global", "k", f"{i}" + "x" * 1000)

        with pytest.raises(BadArgument, match="at most 10000 bytes"):
            await access.transaction(ctx, many)
        assert await access.keys(ctx, "global", "") == []
        await access.transaction(ctx, one_again_and_again)
        assert access._bound.n_bytes == 0
        for it in kept:
            with pytest.raises(BadArgument, match="has ended"):
                await it.set(ctx, "global", "late", 1)

    asyncio.run(test())


def test_all_of_a_scope_is_read_at_once_only_where_that_is_not_much(script: Any) -> None:
    async def test() -> None:
        access = StateAccess(open_state(":memory:"))
        ctx = RunContext(script.run, "0:1")
        await access.set(ctx, "global", "a", "x" * 50)
        access.max_bytes_of_all = 100
        assert await access.all(ctx, "global") == {"a": "x" * 50}
        await access.set(ctx, "global", "b", "x" * 50)
        with pytest.raises(BadArgument, match="at most 100 are read at once"):
            await access.all(ctx, "global")

    asyncio.run(test())
