"""State as the rest of llmspell uses it: get, set, count, update and transact on plain values.

The rules of concurrency: one call is atomic among all processes. `update` and `transaction` run a function of the
caller's that may wait, so they hold no lock in the store meanwhile: they note what they read, and when they commit and
something of it has changed, they run again. Within one process, updates of the same key queue up instead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from typing import TypeVar

from llmspell.errors import BadArgument, StoreError
from llmspell.state.packing import Value, pack, unpack
from llmspell.state.protocol import Backend, Commit, Place, Stored, version_of
from llmspell.state.scopes import check_key, normal_scope

T = TypeVar("T")

MAX_ATTEMPTS = 100
_WILDCARDS = frozenset("*?[")


class StateStore:
    """Values by scope and key. Every method may raise BadArgument for a bad name and StoreError for a broken store."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._locks: dict[Place, tuple[asyncio.Lock, int]] = {}  # with how many hold or want it

    async def get(self, scope: str, key: str, default: Value = None) -> Value:
        """The value, or `default` where there is none."""
        stored = await self._backend.read(_place(scope, key))
        return default if stored is None else unpack(stored.packed)

    async def set(self, scope: str, key: str, value: Value) -> None:
        """Keep a value, at most 16 MB of plain data."""
        await self._backend.commit(Commit(writes={_place(scope, key): pack(value)}))

    async def delete(self, scope: str, key: str) -> bool:
        """Remove a value. Returns whether there was one."""
        return await self._backend.change(_place(scope, key), lambda _: None) is not None

    async def exists(self, scope: str, key: str) -> bool:
        return await self._backend.read(_place(scope, key)) is not None

    async def keys(self, scope: str, pattern: str = "") -> list[str]:
        """Sorted. `pattern` is a beginning, or a glob when it has one of `* ? [`."""
        found = await self._backend.scan(normal_scope(scope), _literal_prefix(pattern))
        return [key for key in found if _matches(key, pattern)]

    async def all(self, scope: str) -> dict[str, Value]:
        """Every key of a scope with its value, sorted by key."""
        found = await self._backend.scan(normal_scope(scope), "")
        return {key: unpack(stored.packed) for key, stored in found.items()}

    async def clear(self, scope: str) -> int:
        """Remove everything in a scope, at once. Returns how many keys there were."""

        async def remove(transaction: Transaction) -> int:
            keys = await transaction.keys(scope)
            for key in keys:
                await transaction.delete(scope, key)
            return len(keys)

        return await self.transaction(remove)

    async def scopes(self) -> list[str]:
        """Every scope that holds something, sorted."""
        return await self._backend.scopes()

    async def incr(self, scope: str, key: str, by: float = 1) -> float:
        """Add to a number; nothing there counts as 0. Returns the new number, an integer where both are."""
        _check_number(key, by)
        total: float = 0

        def add(packed: bytes | None) -> bytes:
            nonlocal total
            total = by + (0 if packed is None else _check_number(key, unpack(packed)))
            return pack(total)

        await self._backend.change(_place(scope, key), add)
        return total

    async def update(self, scope: str, key: str, change: Callable[[Value], Awaitable[Value]]) -> Value:
        """Replace a value by what `change` makes of it (None: there is none), atomically even when it waits.

        Args:
            change: May run again when another process has written the key meanwhile, so it should do nothing else.

        Returns:
            The new value.

        Raises:
            StoreError: Other processes changed it at each of a hundred attempts.
        """
        place = _place(scope, key)
        async with self._queued(place):
            for attempt in range(MAX_ATTEMPTS):
                stored = await self._backend.read(place)
                value = await change(None if stored is None else unpack(stored.packed))
                commit = Commit({place: version_of(stored)}, {}, {place: pack(value)})
                if await self._backend.commit(commit):
                    return value
                await _let_others_finish(attempt)
        raise _contended(f"{scope} {key}")

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Read and write several keys as if nobody else did meanwhile. Nothing is written when `work` raises.

        Args:
            work: Runs again when something that it read has changed before it could be committed.
        """
        for attempt in range(MAX_ATTEMPTS):
            transaction = Transaction(self._backend)
            result = await work(transaction)
            if await self._backend.commit(transaction.commit):
                return result
            await _let_others_finish(attempt)
        raise _contended("what the transaction read")

    async def aclose(self) -> None:
        await self._backend.aclose()

    @asynccontextmanager
    async def _queued(self, place: Place) -> AsyncIterator[None]:
        lock, n_users = self._locks.get(place) or (asyncio.Lock(), 0)
        self._locks[place] = (lock, n_users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, n_users = self._locks.pop(place)
            if n_users > 1:
                self._locks[place] = (lock, n_users - 1)


class Transaction:
    """The view inside `StateStore.transaction`: its own writes, over what it has read so far."""

    def __init__(self, backend: Backend) -> None:
        self.commit = Commit()
        self._backend = backend
        self._read: dict[Place, Stored | None] = {}

    async def get(self, scope: str, key: str, default: Value = None) -> Value:
        packed = await self._packed(_place(scope, key))
        return default if packed is None else unpack(packed)

    async def set(self, scope: str, key: str, value: Value) -> None:
        self.commit.writes[_place(scope, key)] = pack(value)

    async def delete(self, scope: str, key: str) -> bool:
        there = await self.exists(scope, key)
        self.commit.writes[_place(scope, key)] = None
        return there

    async def exists(self, scope: str, key: str) -> bool:
        return await self._packed(_place(scope, key)) is not None

    async def incr(self, scope: str, key: str, by: float = 1) -> float:
        total: float = _check_number(key, by) + _check_number(key, await self.get(scope, key, 0))
        await self.set(scope, key, total)
        return total

    async def keys(self, scope: str, pattern: str = "") -> list[str]:
        return [key for key in await self._listing(normal_scope(scope)) if _matches(key, pattern)]

    async def all(self, scope: str) -> dict[str, Value]:
        return {key: unpack(packed) for key, packed in (await self._listing(normal_scope(scope))).items()}

    async def _packed(self, place: Place) -> bytes | None:
        if place in self.commit.writes:
            return self.commit.writes[place]
        if place not in self._read:
            stored = await self._backend.read(place)
            self._read[place] = stored
            self.commit.seen[place] = version_of(stored)
        stored = self._read[place]
        return None if stored is None else stored.packed

    async def _listing(self, scope: str) -> dict[str, bytes]:
        stored = await self._backend.scan(scope, "")
        # The first listing counts: a later one that differs will not pass the commit.
        self.commit.listed.setdefault(scope, {key: it.version for key, it in stored.items()})
        shown = {key: it.packed for key, it in stored.items()}
        for (written_scope, key), packed in self.commit.writes.items():
            if written_scope != scope:
                continue
            if packed is None:
                shown.pop(key, None)
            else:
                shown[key] = packed
        return dict(sorted(shown.items()))


def _place(scope: str, key: str) -> Place:
    return normal_scope(scope), check_key(key)


def _matches(key: str, pattern: str) -> bool:
    if _WILDCARDS.isdisjoint(pattern):
        return key.startswith(pattern)
    return fnmatchcase(key, pattern)


def _literal_prefix(pattern: str) -> str:
    end = next((i for i, letter in enumerate(pattern) if letter in _WILDCARDS), len(pattern))
    return pattern[:end]


def _check_number(key: str, value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadArgument(f"{key} cannot be counted: {type(value).__name__} is no number", hint="set it to a number")
    return value


async def _let_others_finish(attempt: int) -> None:
    # Longer each time, so that the slowest of many gets its turn.
    await asyncio.sleep(min(0.001 * attempt, 0.05))


def _contended(what: str) -> StoreError:
    return StoreError(
        f"{what} was changed by others at each of {MAX_ATTEMPTS} attempts",
        hint="do the slow part outside, and update with the result",
    )
