"""State in memory: for tests, and for runs that should leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from llmspell.state.limits import NO_LIMITS, TOTAL, Limits, Usage, size_of
from llmspell.state.protocol import Commit, Place, Stored, version_of


class MemoryBackend:
    """Atomic because nothing in it waits."""

    def __init__(self, limits: Limits = NO_LIMITS) -> None:
        self._stored: dict[str, dict[str, Stored]] = {}
        self._usage: dict[str, Usage] = {TOTAL: Usage()}
        self._limits = limits
        self._versions = count(1)

    async def read(self, place: Place) -> Stored | None:
        return self._at(place)

    async def scan(self, scope: str, prefix: str) -> dict[str, Stored]:
        found = self._stored.get(scope, {})
        return {key: found[key] for key in sorted(found) if key.startswith(prefix)}

    async def keys(self, scope: str, prefix: str) -> dict[str, int]:
        return {key: it.version for key, it in (await self.scan(scope, prefix)).items()}

    async def change(self, place: Place, change: Callable[[bytes | None], bytes | None]) -> bytes | None:
        stored = self._at(place)
        before = None if stored is None else stored.packed
        self._write({place: change(before)})
        return before

    async def commit(self, commit: Commit) -> bool:
        for place, version in commit.seen.items():
            if version_of(self._at(place)) != version:
                return False
        for scope, seen in commit.listed.items():
            if {key: it.version for key, it in self._stored.get(scope, {}).items()} != seen:
                return False
        self._write(commit.writes)
        return True

    async def usage(self) -> dict[str, Usage]:
        return dict(sorted(self._usage.items()))

    async def compact(self) -> None:
        return

    async def aclose(self) -> None:
        return

    def _at(self, place: Place) -> Stored | None:
        return self._stored.get(place[0], {}).get(place[1])

    def _write(self, writes: Mapping[Place, bytes | None]) -> None:
        self._account(writes)
        for (scope, key), packed in writes.items():
            if packed is not None:
                self._stored.setdefault(scope, {})[key] = Stored(packed, next(self._versions))
            elif scope in self._stored:
                self._stored[scope].pop(key, None)
                if not self._stored[scope]:
                    del self._stored[scope]

    def _account(self, writes: Mapping[Place, bytes | None]) -> None:
        fresh: dict[str, Usage] = {}
        for (scope, key), packed in writes.items():
            stored = self._at((scope, key))
            n_keys = (packed is not None) - (stored is not None)
            n_bytes = (0 if packed is None else size_of(scope, key, packed)) - (
                0 if stored is None else size_of(scope, key, stored.packed)
            )
            for name in (scope, TOTAL):
                known = fresh.get(name) or self._usage.get(name, Usage())
                fresh[name] = Usage(known.n_keys + n_keys, known.n_bytes + n_bytes)
        for name, usage in fresh.items():
            self._limits.check(name, self._usage.get(name, Usage()).n_bytes, usage.n_bytes)
        for name, usage in fresh.items():
            if usage.n_keys or name == TOTAL:
                self._usage[name] = usage
            else:
                self._usage.pop(name, None)
