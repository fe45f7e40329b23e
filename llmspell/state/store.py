"""State as the rest of llmspell uses it: get, set, count, update and transact on plain values.

The rules of concurrency: one call is atomic among all processes. `update` and `transaction` run a function of the
caller's that may wait, so they hold no lock in the store meanwhile: they note what they read, and when they commit and
something of it has changed, they run again. Within one process, updates of the same key queue up instead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from llmspell.errors import BadArgument, StoreError
from llmspell.state.bound import Bound
from llmspell.state.limits import TOTAL, Usage
from llmspell.state.packing import Value, pack, unpack
from llmspell.state.protocol import Backend, Commit, Place, version_of
from llmspell.state.scopes import is_of_users, own_scope
from llmspell.state.sealing import PLAIN, Sealer
from llmspell.state.transaction import OURS, USERS, VERSIONS, WILDCARDS, Shelf, Transaction, added, matching, number

T = TypeVar("T")
OnConflict = Callable[[int], Awaitable[None]]  # told how often it has failed by now

MAX_ATTEMPTS = 100
_OWN_VALUE_BYTES = 16 * 1024 * 1024 + 1024  # a blob of 16 MB, and what is around it


class StateStore:
    """Values by scope and key. Every method may raise BadArgument for a bad name and StoreError for a broken store;
    what reads or writes a value ConfigError, where the key that encrypts is not there or another one."""

    def __init__(self, backend: Backend, sealer: Sealer = PLAIN) -> None:
        self._backend = backend
        self._sealer = sealer
        self._shelf = USERS
        self._locks: dict[Place, tuple[asyncio.Lock, int]] = {}  # with how many hold or want it

    @property
    def is_encrypted(self) -> bool:
        """Whether values are encrypted when they are written."""
        return self._sealer.encrypts

    def room(self, name: str) -> StateStore:
        """The same store, with scopes that no user can name: for what a part of llmspell keeps itself."""
        other = StateStore(self._backend, self._sealer)
        other._locks = self._locks
        other._shelf = Shelf(partial(own_scope, name), _OWN_VALUE_BYTES)
        return other

    async def get(self, scope: str, key: str, default: Value = None) -> Value:
        """The value, or `default` where there is none."""
        place = self._shelf.place(scope, key)
        stored = await self._backend.read(place)
        return default if stored is None else await self._unpacked(place, stored.packed)

    async def set(self, scope: str, key: str, value: Value) -> None:
        """Keep a value, at most 16 MB of plain data."""
        place = self._shelf.place(scope, key)
        await self._backend.commit(Commit(writes={place: await self._packed(place, value)}))

    async def delete(self, scope: str, key: str) -> bool:
        """Remove a value. Returns whether there was one."""
        return await self._backend.change(self._shelf.place(scope, key), lambda _: None) is not None

    async def exists(self, scope: str, key: str) -> bool:
        return await self._backend.read(self._shelf.place(scope, key)) is not None

    async def keys(self, scope: str, pattern: str = "") -> list[str]:
        """Sorted. `pattern` is a beginning, or a glob when it has one of `* ? [`."""
        matches = matching(pattern)
        found = await self._backend.keys(self._shelf.scope_of(scope), _literal_prefix(pattern))
        return [key for key in found if matches(key)]

    async def all(self, scope: str, max_bytes: int | None = None) -> dict[str, Value]:
        """Every key of a scope with its value, sorted by key.

        Raises:
            BadArgument: The values have more bytes than that (`too_much_at_once`); none of them was unpacked.
        """
        name = self._shelf.scope_of(scope)
        found = await self._backend.scan(name, "")
        n_bytes = 0 if max_bytes is None else sum(len(it.packed) for it in found.values())
        if max_bytes is not None and n_bytes > max_bytes:
            raise BadArgument(
                f"the values of {scope} have {n_bytes} bytes, and at most {max_bytes} are read at once",
                hint="get them one by one: State.keys says which there are",
                code="too_much_at_once",
            )
        return {key: await self._unpacked((name, key), stored.packed) for key, stored in found.items()}

    async def clear(self, scope: str) -> int:
        """Remove everything in a scope at once, its version too: it is as new. Returns how many keys there were."""

        async def remove(transaction: Transaction) -> int:
            await transaction.on(OURS).delete(VERSIONS, self._shelf.scope_of(scope))
            return await transaction.clear(scope)

        return await self.transaction(remove)

    async def scopes(self) -> list[str]:
        """Every scope of users' that holds something, sorted."""
        return [it for it in await self._backend.usage() if it != TOTAL and is_of_users(it)]

    async def usage(self) -> dict[str, Usage]:
        """What each scope holds, our own ones too, as it is spelled in the store; the empty name is all of it."""
        return await self._backend.usage()

    async def incr(self, scope: str, key: str, by: float = 1) -> float:
        """Add to a number; nothing there counts as 0. Returns the new number, an integer where both are."""
        number(key, by)
        place, sealer = self._shelf.place(scope, key), self._sealer
        total: float = 0
        if not sealer.is_ready:
            await sealer.make_ready()

        def add(stored: bytes | None) -> bytes:
            nonlocal total
            total = added(key, 0 if stored is None else unpack(sealer.unseal(place, stored), place), by)
            return sealer.seal(place, pack(total))

        await self._backend.change(place, add)
        return total

    async def update(
        self,
        scope: str,
        key: str,
        change: Callable[[Value], Awaitable[Value]],
        *,
        on_conflict: OnConflict | None = None,
        queue_up: bool = True,
    ) -> Value:
        """Replace a value by what `change` makes of it (None: there is none), atomically even when it waits.

        Args:
            change: May run again when another process has written the key meanwhile, so it should do nothing else.
            on_conflict: Awaited before each time that it runs again.
            queue_up: As of `queued`.

        Returns:
            The new value.

        Raises:
            StoreError: Other processes changed it at each of a hundred attempts.
        """
        place = self._shelf.place(scope, key)
        async with self.queued(scope, key, queue_up):
            for attempt in range(MAX_ATTEMPTS):
                stored = await self._backend.read(place)
                before = None if stored is None else await self._unpacked(place, stored.packed)
                value = await change(before)
                writes: dict[Place, bytes | None] = {place: await self._packed(place, value)}
                if await self._backend.commit(Commit({place: version_of(stored)}, {}, writes)):
                    return value
                await _let_others_finish(attempt, on_conflict)
        raise _contended(f"{scope} {key}")

    async def transaction(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        on_conflict: OnConflict | None = None,
        bound: Bound | None = None,
    ) -> T:
        """Read and write several keys as if nobody else did meanwhile. Nothing is written when `work` raises.

        Args:
            work: Runs again when something that it read has changed before it could be committed.
            on_conflict: Awaited before each time that it runs again.
            bound: Of what it may hold in memory; None where `work` is our own.
        """
        for attempt in range(MAX_ATTEMPTS):
            transaction = Transaction(self._backend, self._sealer, self._shelf, bound)
            try:
                result = await work(transaction)
            finally:
                transaction.end()
            if await self._backend.commit(transaction.commit):
                return result
            await _let_others_finish(attempt, on_conflict)
        raise _contended("what the transaction read")

    @asynccontextmanager
    async def queued(self, scope: str, key: str, queue_up: bool = True) -> AsyncIterator[None]:
        """Let those of this process who change a key do it one after another, instead of again and again.

        Args:
            queue_up: False for who may not wait for the others, because one of them may wait for it.
        """
        place = self._shelf.place(scope, key)
        if not queue_up:
            yield
            return
        lock, n_users = self._locks.get(place) or (asyncio.Lock(), 0)
        self._locks[place] = (lock, n_users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, n_users = self._locks.pop(place)
            if n_users > 1:
                self._locks[place] = (lock, n_users - 1)

    async def reseal(self) -> int:
        """Store every value in the form that is asked for now: encrypted with the first key, or plain. Returns how many
        were in another; of these nothing is left in the file. Others may use the store meanwhile."""
        sealer, n_changed = self._sealer, 0
        await sealer.make_ready()
        for scope in await self._backend.usage():
            for key in await self._backend.keys(scope, "") if scope != TOTAL else ():
                place = (scope, key)
                stored = await self._backend.read(place)
                if stored is None or sealer.is_current(stored.packed):
                    continue
                await self._backend.change(place, partial(_resealed, sealer, place))
                n_changed += 1
        await self._backend.compact()
        return n_changed

    async def aclose(self) -> None:
        await self._backend.aclose()

    async def _packed(self, place: Place, value: Value) -> bytes:
        packed = pack(value, self._shelf.max_value_bytes)
        if not self._sealer.is_ready:
            await self._sealer.make_ready()
        return self._sealer.seal(place, packed)

    async def _unpacked(self, place: Place, stored: bytes) -> Value:
        if not self._sealer.is_ready:
            await self._sealer.make_ready()
        return unpack(self._sealer.unseal(place, stored), place)


def _resealed(sealer: Sealer, place: Place, stored: bytes | None) -> bytes | None:
    return None if stored is None else sealer.seal(place, sealer.unseal(place, stored))


def _literal_prefix(pattern: str) -> str:
    end = next((i for i, letter in enumerate(pattern) if letter in WILDCARDS), len(pattern))
    return pattern[:end]


async def _let_others_finish(attempt: int, on_conflict: OnConflict | None) -> None:
    if on_conflict is not None:
        await on_conflict(attempt + 1)
    # Longer each time, so that the slowest of many gets its turn.
    await asyncio.sleep(min(0.001 * attempt, 0.05))


def _contended(what: str) -> StoreError:
    return StoreError(
        f"{what} was changed by others at each of {MAX_ATTEMPTS} attempts",
        hint="do the slow part outside, and update with the result",
    )
