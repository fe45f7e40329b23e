"""State against a model of it: whatever is done in whatever order, it shows what a dict would show."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from llmspell.errors import StateNewer
from llmspell.state.cipher import new_key
from llmspell.state.migrations import Step, migrate, versions
from llmspell.state.open import open_state
from llmspell.state.sealing import KeySealer
from llmspell.state.store import StateStore
from llmspell.state.transaction import Transaction

KEY = new_key()
SCOPES = st.sampled_from(["global", "user:a", "custom:x"])
KEYS = st.sampled_from(["a", "a/b", "b", "é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


class StateMachine(RuleBasedStateMachine):
    path = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.model: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self.store: StateStore = self.open()

    def open(self) -> StateStore:
        return open_state(":memory:")

    def do(self, awaitable: Any) -> Any:
        return self.loop.run_until_complete(awaitable)

    @rule(scope=SCOPES, key=KEYS, value=VALUES)
    def set(self, scope: str, key: str, value: Any) -> None:
        self.do(self.store.set(scope, key, value))
        self.model.setdefault(scope, {})[key] = value

    @rule(scope=SCOPES, key=KEYS)
    def delete(self, scope: str, key: str) -> None:
        was_there = key in self.model.get(scope, {})
        assert self.do(self.store.delete(scope, key)) == was_there
        self.model.get(scope, {}).pop(key, None)

    @rule(scope=SCOPES, key=KEYS, by=st.integers())
    def incr(self, scope: str, key: str, by: int) -> None:
        current = self.model.get(scope, {}).get(key, 0)
        if type(current) is int:
            assert self.do(self.store.incr(scope, key, by)) == current + by
            self.model.setdefault(scope, {})[key] = current + by

    @rule(scope=SCOPES, key=KEYS, value=VALUES)
    def update(self, scope: str, key: str, value: Any) -> None:
        before = self.model.get(scope, {}).get(key)

        async def change(found: Any) -> Any:
            assert found == before
            return [found, value]

        self.do(self.store.update(scope, key, change))
        self.model.setdefault(scope, {})[key] = [before, value]

    @rule(scope=SCOPES, key=KEYS, value=VALUES, fails=st.booleans())
    def transaction(self, scope: str, key: str, value: Any, fails: bool) -> None:
        async def work(tx: Transaction) -> None:
            await tx.set(scope, key, value)
            assert await tx.get(scope, key) == value
            await tx.delete("user:a", "a")
            if fails:
                raise KeyError(key)

        if fails:
            with pytest.raises(KeyError):
                self.do(self.store.transaction(work))
            return
        self.do(self.store.transaction(work))
        self.model.setdefault(scope, {})[key] = value
        self.model.get("user:a", {}).pop("a", None)

    @rule(scope=SCOPES, versions=st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True), fails=st.booleans())
    def migrate(self, scope: str, versions: list[int], fails: bool) -> None:
        versions.sort()
        before = self.versions.get(scope, 0)
        todo = [it for it in versions if it > before]

        def step(version: int) -> Step:
            async def up(tx: Transaction) -> None:
                await tx.set(scope, "b", version)
                if fails:
                    raise KeyError(version)

            return Step(version, up)

        attempt = migrate(self.store, scope, [step(it) for it in versions])
        if versions[-1] < before or (fails and todo):
            with pytest.raises(StateNewer if versions[-1] < before else KeyError):
                self.do(attempt)
            return
        assert self.do(attempt).steps == tuple(todo)
        if todo:
            self.versions[scope] = todo[-1]
            self.model.setdefault(scope, {})["b"] = todo[-1]

    @rule(scope=SCOPES)
    def clear(self, scope: str) -> None:
        assert self.do(self.store.clear(scope)) == len(self.model.pop(scope, {}))
        self.versions.pop(scope, None)

    @invariant()
    def shows_what_the_model_shows(self) -> None:
        for scope in ("global", "user:a", "custom:x"):
            expected = self.model.get(scope, {})
            assert self.do(self.store.all(scope)) == expected
            assert self.do(self.store.keys(scope)) == sorted(expected)
            assert self.do(self.store.keys(scope, "a")) == [it for it in sorted(expected) if it.startswith("a")]
        assert self.do(self.store.scopes()) == sorted(it for it, found in self.model.items() if found)
        assert self.do(versions(self.store)) == self.versions
        usage = self.do(self.store.usage())
        assert usage[""].n_bytes == sum(it.n_bytes for scope, it in usage.items() if scope)

    def teardown(self) -> None:
        self.do(self.store.aclose())
        self.do(self.loop.shutdown_default_executor())
        self.loop.close()


class SqliteStateMachine(StateMachine):
    """A file, whose values are encrypted from the second time on that it is opened."""

    def open(self) -> StateStore:
        self.folder = tempfile.TemporaryDirectory()
        self.path = str(Path(self.folder.name) / "state.db")
        return open_state(self.path)

    @rule()
    def reopen(self) -> None:
        self.do(self.store.aclose())
        self.store = open_state(self.path, sealer=KeySealer(lambda: KEY))

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


StateMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
SqliteStateMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
TestMemoryState = StateMachine.TestCase
TestSqliteState = SqliteStateMachine.TestCase
