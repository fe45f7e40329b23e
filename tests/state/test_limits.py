"""What may be kept has a limit; what makes room is never refused."""

import pytest

from llmspell.config.load import load_settings
from llmspell.errors import ConfigError, StateFull, UsageError
from llmspell.state.limits import Limit, Limits
from llmspell.state.open import limits_of
from llmspell.state.store import StateStore
from llmspell.state.transaction import Transaction

LIMITS = Limits(Limit(1000, "state.max_size"), Limit(600, "state.max_scope_size"))


def test_a_scope_that_is_full_is_refused_by_name_and_another_one_is_not(with_store):
    async def check(store: StateStore) -> None:
        await store.set("global", "a", b"x" * 400)
        with pytest.raises(StateFull) as caught:
            await store.set("global", "b", b"x" * 400)
        assert str(caught.value).startswith("the scope global is full: it would have ")
        assert caught.value.code == "state_full"
        assert caught.value.details["setting"] == "state.max_scope_size"
        assert not await store.exists("global", "b")
        await store.set("user:1", "b", b"x" * 400)

    with_store(check, LIMITS)


def test_all_scopes_together_are_refused_whatever_writes(with_store):
    async def check(store: StateStore) -> None:
        for scope in ("user:1", "user:2"):
            await store.set(scope, "k", b"x" * 450)

        async def fill(_: object) -> bytes:
            return b"x" * 450

        async def both(tx: Transaction) -> None:
            await tx.set("a", "k", 1)
            await tx.set("b", "k", b"x" * 450)

        for attempt in (
            store.set("global", "k", b"x" * 450),
            store.update("global", "k", fill),
            store.transaction(both),
            store.room("own").set("x", "k", b"x" * 450),
        ):
            with pytest.raises(StateFull, match=r"^state is full: .* state.max_size allows 1000"):
                await attempt
        assert await store.scopes() == ["user:1", "user:2"]
        assert await store.incr("global", "small") == 1

    with_store(check, LIMITS)


def test_what_is_too_full_already_can_be_read_made_smaller_and_cleaned_up(with_store):
    tight = Limits(Limit(100, "state.max_size"), Limit(100, "state.max_scope_size"))

    async def check(store: StateStore) -> None:
        for key in "abc":
            await store.set("global", key, b"x" * 90)
        store._backend._limits = tight  # type: ignore[attr-defined]  # as if the settings had changed meanwhile
        assert len(await store.get("global", "a")) == 90
        await store.set("global", "a", b"y" * 90)
        with pytest.raises(StateFull):
            await store.set("global", "a", b"y" * 91)
        await store.set("global", "a", b"y" * 10)
        assert await store.delete("global", "b")
        assert await store.clear("global") == 2
        await store.set("global", "a", b"y" * 80)

    with_store(check)


def test_names_count_too(with_store):
    async def check(store: StateStore) -> None:
        with pytest.raises(StateFull):
            for i in range(100):
                await store.set("global", f"{i:04}", None)
        assert 10 < len(await store.keys("global")) < 60

    with_store(check, LIMITS)


def test_a_project_file_that_was_found_does_not_say_how_much_and_a_named_one_does(tmp_path):
    (tmp_path / "llmspell.toml").write_text('[state]\nmax_size = "none"\n')
    with pytest.raises(ConfigError, match="may not say how much is kept: state.max_size"):
        load_settings(cwd=str(tmp_path), environ={})
    assert limits_of(load_settings(cwd=str(tmp_path), environ={}, config="llmspell.toml")).total is None


def test_the_settings_say_how_much():
    settings = load_settings(files=(), environ={}, flags={"state.max_size": "2MB", "state.max_scope_size": "none"})
    limits = limits_of(settings)
    assert limits.total == Limit(2 * 1024 * 1024, "state.max_size")
    assert limits.of("global") is None
    assert limits.of("llmspell:sessions:blobs") == Limit(512 * 1024 * 1024, "artifacts.max_size")
    with pytest.raises(UsageError, match="a size is a number"):
        load_settings(files=(), environ={}, flags={"state.max_size": "much"})
