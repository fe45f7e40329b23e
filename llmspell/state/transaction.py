"""The view inside a transaction: its own writes, over what it has read so far.

It holds no lock. What it has read goes into the commit as a condition, and whoever commits tries again when it no
longer holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import translate

from llmspell.errors import BadArgument
from llmspell.state.bound import OVERHEAD_BYTES, Bound
from llmspell.state.packing import Value, pack, unpack
from llmspell.state.protocol import Backend, Commit, Place, Stored, version_of
from llmspell.state.scopes import MAX_KEY_BYTES, check_key, normal_scope, own_scope
from llmspell.state.sealing import Sealer

WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Which scopes are spoken of, and how large their values may be.

    Attributes:
        scope_of: How a name that is given is spelled in the store.
    """

    scope_of: Callable[[str], str] = normal_scope
    max_value_bytes: int = 16 * 1024 * 1024

    def place(self, scope: str, key: str) -> Place:
        return self.scope_of(scope), check_key(key)


USERS = Shelf()
OURS = Shelf(lambda name: own_scope("state", name))  # what is kept of state itself
VERSIONS = "versions"  # a scope of ours: the version of each scope that has one


@dataclass(slots=True)
class _Work:
    """What all views of one transaction share."""

    backend: Backend
    sealer: Sealer
    commit: Commit = field(default_factory=Commit)
    read: dict[Place, Stored | None] = field(default_factory=dict)
    bound: Bound | None = None
    n_bytes: int = 0
    is_over: bool = False

    def hold(self, n_bytes: int) -> None:
        """Count what is kept until the end.

        Raises:
            BadArgument: It is too much, or the transaction has ended: what is written now would be lost.
        """
        if self.is_over:
            raise BadArgument(
                "this transaction has ended", hint="use it in its function only", code="transaction_ended"
            )
        if self.bound is not None:
            self.bound.take(n_bytes)
            self.n_bytes += n_bytes


class Transaction:
    """Values by scope and key, as this transaction sees them."""

    def __init__(self, backend: Backend, sealer: Sealer, shelf: Shelf, bound: Bound | None = None) -> None:
        self._work = _Work(backend, sealer, bound=bound)
        self._shelf = shelf

    @property
    def commit(self) -> Commit:
        """What it has seen and wants to write."""
        return self._work.commit

    def end(self) -> None:
        """It is over, and holds nothing any more."""
        work = self._work
        work.is_over = True
        if work.bound is not None:
            work.bound.take(-work.n_bytes)

    def on(self, shelf: Shelf) -> Transaction:
        """The same transaction, speaking of other scopes."""
        other = Transaction(self._work.backend, self._work.sealer, shelf)
        other._work = self._work
        return other

    async def get(self, scope: str, key: str, default: Value = None) -> Value:
        place = self._shelf.place(scope, key)
        stored = await self._stored(place)
        return default if stored is None else await self._value(place, stored)

    async def set(self, scope: str, key: str, value: Value) -> None:
        place, sealer = self._shelf.place(scope, key), self._work.sealer
        packed = pack(value, self._shelf.max_value_bytes)
        if not sealer.is_ready:
            await sealer.make_ready()
        self._write(place, sealer.seal(place, packed))

    async def delete(self, scope: str, key: str) -> bool:
        there = await self.exists(scope, key)
        self._write(self._shelf.place(scope, key), None)
        return there

    async def exists(self, scope: str, key: str) -> bool:
        return await self._stored(self._shelf.place(scope, key)) is not None

    async def incr(self, scope: str, key: str, by: float = 1) -> float:
        total = added(key, await self.get(scope, key, 0), by)
        await self.set(scope, key, total)
        return total

    async def keys(self, scope: str, pattern: str = "") -> list[str]:
        scope, matches = self._shelf.scope_of(scope), matching(pattern)
        if scope not in self.commit.listed:
            # The first listing counts: a later one that differs will not pass the commit.
            listed = await self._work.backend.keys(scope, "")
            self._work.hold(sum(len(it) + OVERHEAD_BYTES for it in listed))
            self.commit.listed[scope] = listed
        found = set(self.commit.listed[scope])
        for (written_scope, key), packed in self.commit.writes.items():
            if written_scope == scope:
                (found.discard if packed is None else found.add)(key)
        return sorted(it for it in found if matches(it))

    async def all(self, scope: str) -> dict[str, Value]:
        return {key: await self.get(scope, key) for key in await self.keys(scope)}

    async def clear(self, scope: str) -> int:
        """Delete everything in a scope. Returns how many keys there were."""
        keys = await self.keys(scope)
        for key in keys:
            self._write(self._shelf.place(scope, key), None)
        return len(keys)

    def _write(self, place: Place, sealed: bytes | None) -> None:
        writes = self.commit.writes
        self._work.hold(_size(place, sealed) - (_size(place, writes[place]) if place in writes else 0))
        writes[place] = sealed

    async def _stored(self, place: Place) -> bytes | None:
        work = self._work
        if place in work.commit.writes:
            return work.commit.writes[place]
        if place not in work.read:
            stored = await work.backend.read(place)
            work.hold(_size(place, None if stored is None else stored.packed))
            work.read[place] = stored
            work.commit.seen[place] = version_of(stored)
        stored = work.read[place]
        return None if stored is None else stored.packed

    async def _value(self, place: Place, stored: bytes) -> Value:
        sealer = self._work.sealer
        if not sealer.is_ready:
            await sealer.make_ready()
        return unpack(sealer.unseal(place, stored), place)


def _size(place: Place, packed: bytes | None) -> int:
    return OVERHEAD_BYTES + len(place[0]) + len(place[1]) + (0 if packed is None else len(packed))


def matching(pattern: str) -> Callable[[str], object]:
    """Says of a key whether it begins so or, where there is one of `* ? [` in the pattern, is like it.

    Raises:
        BadArgument: The pattern is longer than any key: to try it could take hours.
    """
    if len(pattern) > MAX_KEY_BYTES:
        raise BadArgument(f"a pattern has at most {MAX_KEY_BYTES} characters, this has {len(pattern)}")
    if WILDCARDS.isdisjoint(pattern):
        return lambda key: key.startswith(pattern)
    return re.compile(translate(pattern)).match


def added(key: str, before: Value, by: float) -> float:
    """The sum of a number that is kept and another one.

    Raises:
        BadArgument: One of them is no number, or there is no such sum.
    """
    try:
        return number(key, before) + number(key, by)
    except OverflowError:
        raise BadArgument(f"{key} cannot be counted: an integer of that size and a fraction have no sum") from None


def number(key: str, value: Value) -> float:
    """The value itself.

    Raises:
        BadArgument: It is no number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadArgument(f"{key} cannot be counted: what it holds is no number", hint="set it to a number")
    return value
