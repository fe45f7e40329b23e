"""What every store of state keeps, whatever it is made of."""

import asyncio
import math

import pytest

from llmspell.errors import BadArgument, ConversionError
from llmspell.state.limits import Usage
from llmspell.state.store import StateStore
from llmspell.state.transaction import Transaction


def test_a_value_that_is_set_is_read_and_a_missing_one_is_the_default(with_store):
    async def check(store: StateStore) -> None:
        await store.set("global", "a", {"n": [1, 2]})
        assert await store.get("global", "a") == {"n": [1, 2]}
        assert await store.get("global", "b") is None
        assert await store.get("global", "b", 7) == 7
        assert await store.exists("global", "a")
        assert not await store.exists("global", "b")

    with_store(check)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**63),
        2**64,
        -(10**5000),
        1.0,
        -0.0,
        math.inf,
        "",
        "a\0b\ud800",
        b"\xff\x00",
        [],
        {},
        {"": [None, {"k": b""}]},
    ],
    ids=lambda it: type(it).__name__,
)
def test_a_value_comes_back_as_it_was(with_store, value):
    async def check(store: StateStore) -> None:
        await store.set("global", "k", value)
        found = await store.get("global", "k", "missing")
        assert found == value
        assert type(found) is type(value)
        if isinstance(value, float):
            assert math.copysign(1, found) == math.copysign(1, value)

    with_store(check)


def test_nan_stays_nan(with_store):
    async def check(store: StateStore) -> None:
        await store.set("global", "k", math.nan)
        assert math.isnan(await store.get("global", "k"))

    with_store(check)


def test_changing_a_value_that_was_read_does_not_change_what_is_stored(with_store):
    async def check(store: StateStore) -> None:
        kept = [1]
        await store.set("global", "k", kept)
        kept.append(2)
        (await store.get("global", "k")).append(3)
        assert await store.get("global", "k") == [1]

    with_store(check)


def test_scopes_do_not_see_each_other_and_an_unknown_kind_is_custom(with_store):
    async def check(store: StateStore) -> None:
        await store.set("global", "k", 1)
        await store.set("user:1", "k", 2)
        await store.set("notes", "k", 3)
        assert await store.get("global", "k") == 1
        assert await store.get("user:1", "k") == 2
        assert await store.get("custom:notes", "k") == 3
        assert await store.scopes() == ["custom:notes", "global", "user:1"]

    with_store(check)


def test_delete_says_whether_there_was_something(with_store):
    async def check(store: StateStore) -> None:
        await store.set("global", "k", None)
        assert await store.delete("global", "k") is True
        assert await store.delete("global", "k") is False

    with_store(check)


def test_keys_are_sorted_and_chosen_by_beginning_or_glob(with_store):
    async def check(store: StateStore) -> None:
        for key in ("b/2", "a", "b/10", "é", "B"):
            await store.set("global", key, 0)
        await store.set("user:1", "b/3", 0)
        assert await store.keys("global") == ["B", "a", "b/10", "b/2", "é"]
        assert await store.keys("global", "b/") == ["b/10", "b/2"]
        assert await store.keys("global", "b/?") == ["b/2"]
        assert await store.keys("global", "*") == ["B", "a", "b/10", "b/2", "é"]
        assert list(await store.all("user:1")) == ["b/3"]

    with_store(check)


def test_clear_empties_one_scope(with_store):
    async def check(store: StateStore) -> None:
        for key in "abc":
            await store.set("session:1", key, 0)
            await store.set("session:2", key, 0)
        assert await store.clear("session:1") == 3
        assert await store.all("session:1") == {}
        assert len(await store.keys("session:2")) == 3

    with_store(check)


def test_incr_counts_from_nothing_and_keeps_integers(with_store):
    async def check(store: StateStore) -> None:
        assert await store.incr("global", "n") == 1
        assert await store.incr("global", "n", 2**64) == 2**64 + 1
        assert await store.incr("global", "x", 0.5) == 0.5
        assert await store.get("global", "n") == 2**64 + 1

    with_store(check)


@pytest.mark.parametrize("value", ["1", None, True, [1]])
def test_incr_refuses_what_is_no_number_and_leaves_it(with_store, value):
    async def check(store: StateStore) -> None:
        await store.set("global", "k", value)
        with pytest.raises(BadArgument, match="k cannot be counted"):
            await store.incr("global", "k")
        assert await store.get("global", "k") == value
        await store.set("global", "k", 1)
        assert await store.incr("global", "k") == 2

    with_store(check)


def test_updates_that_wait_are_atomic(with_store):
    async def check(store: StateStore) -> None:
        async def add_one(value: int | None) -> int:
            await asyncio.sleep(0)
            return (value or 0) + 1

        await asyncio.gather(*(store.update("global", "n", add_one) for _ in range(50)))
        assert await store.get("global", "n") == 50

    with_store(check)


def test_an_update_that_lost_against_a_set_runs_again(with_store):
    async def check(store: StateStore) -> None:
        seen: list[int | None] = []

        async def add_one(value: int | None) -> int:
            seen.append(value)
            if len(seen) == 1:
                await store.set("global", "n", 10)
            return (value or 0) + 1

        assert await store.update("global", "n", add_one) == 11
        assert seen == [None, 10]

    with_store(check)


def test_an_update_that_raises_changes_nothing_and_does_not_block_the_next(with_store):
    async def check(store: StateStore) -> None:
        async def fail(_: int) -> int:
            raise RuntimeError("no")

        async def one(_: int) -> int:
            return 1

        with pytest.raises(RuntimeError):
            await store.update("global", "n", fail)
        assert not await store.exists("global", "n")
        assert await store.update("global", "n", one) == 1

    with_store(check)


def test_a_transaction_sees_its_own_writes_and_others_see_them_at_its_end(with_store):
    async def check(store: StateStore) -> None:
        await store.set("global", "from", 10)

        async def move(tx: Transaction) -> dict[str, int]:
            await tx.incr("global", "from", -4)
            await tx.incr("global", "to", 4)
            await tx.set("global", "x", 0)
            assert await tx.delete("global", "x")
            assert await store.get("global", "to") is None
            return await tx.all("global")

        assert await store.transaction(move) == {"from": 6, "to": 4}
        assert await store.all("global") == {"from": 6, "to": 4}

    with_store(check)


def test_a_transaction_that_raises_writes_nothing(with_store):
    async def check(store: StateStore) -> None:
        async def fail(tx: Transaction) -> None:
            await tx.set("global", "a", 1)
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            await store.transaction(fail)
        assert await store.all("global") == {}

    with_store(check)


def test_a_transaction_runs_again_when_a_listing_of_it_has_changed(with_store):
    async def check(store: StateStore) -> None:
        n_attempts = 0

        async def count_keys(tx: Transaction) -> None:
            nonlocal n_attempts
            n_attempts += 1
            n_keys = len(await tx.keys("session:1"))
            if n_attempts == 1:
                await store.set("session:1", "new", 0)
            await tx.set("global", "n", n_keys)

        await store.transaction(count_keys)
        assert n_attempts == 2
        assert await store.get("global", "n") == 1

    with_store(check)


def test_a_version_does_not_come_back_after_delete_and_set(with_store):
    async def check(store: StateStore) -> None:
        await store.set("global", "k", "same")
        n_attempts = 0

        async def replace(tx: Transaction) -> None:
            nonlocal n_attempts
            n_attempts += 1
            await tx.get("global", "k")
            if n_attempts == 1:
                await store.delete("global", "k")
                await store.set("global", "k", "same")
            await tx.set("global", "k", "new")

        await store.transaction(replace)
        assert n_attempts == 2

    with_store(check)


@pytest.mark.parametrize(
    ("scope", "key", "said"),
    [
        ("", "k", "the scope is empty"),
        ("global", "", "the key is empty"),
        ("user:", "k", "names no user"),
        ("global", "k" * 1025, "at most 1024 bytes"),
        ("global", b"k", "a key is text"),
        ("global", "\ud800", "not valid Unicode"),
    ],
)
def test_a_bad_name_is_refused_by_every_method(with_store, scope, key, said):
    async def check(store: StateStore) -> None:
        for attempt in (store.get(scope, key), store.set(scope, key, 1), store.incr(scope, key)):
            with pytest.raises(BadArgument, match=said):
                await attempt

    with_store(check)


def test_usage_counts_keys_and_bytes_by_scope_and_together(with_store):
    async def check(store: StateStore) -> None:
        await store.set("global", "k", "abc")  # 4 bytes of value
        await store.set("user:é", "key", 1)
        await store.room("own").set("x", "k", 1)
        await store.set("global", "k", "abcd")
        found = await store.usage()
        own, user = {"llmspell:own:x": Usage(1, 16)}, {"user:é": Usage(1, 11)}
        assert found == {"": Usage(3, 39), "global": Usage(1, 12), **own, **user}
        await store.clear("global")
        assert await store.delete("user:é", "key")
        assert await store.usage() == {"": Usage(1, 16), "llmspell:own:x": Usage(1, 16)}

    with_store(check)


def test_a_room_is_seen_by_nobody_who_names_a_scope(with_store):
    async def check(store: StateStore) -> None:
        room = store.room("sessions")
        await room.set("records", "k", 1)
        for scope in ("records", "llmspell:sessions:records", "custom:llmspell:sessions:records"):
            assert await store.get(scope, "k") is None
        assert await store.scopes() == []
        assert await room.get("records", "k") == 1
        assert await room.all("records") == {"k": 1}

    with_store(check)


def test_a_value_of_more_than_16_mb_is_refused_and_the_largest_is_kept(with_store):
    async def check(store: StateStore) -> None:
        with pytest.raises(BadArgument) as caught:
            await store.set("global", "k", b"x" * (16 * 1024 * 1024))
        assert caught.value.code == "value_too_large"
        largest = b"x" * (16 * 1024 * 1024 - 5)  # bin32's header has five bytes
        await store.set("global", "k", largest)
        assert await store.get("global", "k") == largest

    with_store(check)


def test_what_is_not_plain_data_is_refused(with_store):
    async def check(store: StateStore) -> None:
        cyclic: list[object] = []
        cyclic.append(cyclic)
        for value in (object(), {"f": print}, cyclic):
            with pytest.raises(ConversionError):
                await store.set("global", "k", value)
        assert not await store.exists("global", "k")

    with_store(check)
