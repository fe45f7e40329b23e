"""State in memory: for tests, and for runs that should leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from llmspell.state.protocol import Commit, Place, Stored, version_of


class MemoryBackend:
    """Atomic because nothing in it waits."""

    def __init__(self) -> None:
        self._stored: dict[Place, Stored] = {}
        self._versions = count(1)

    async def read(self, place: Place) -> Stored | None:
        return self._stored.get(place)

    async def scan(self, scope: str, prefix: str) -> dict[str, Stored]:
        return self._listing(scope, prefix)

    async def change(self, place: Place, change: Callable[[bytes | None], bytes | None]) -> bytes | None:
        stored = self._stored.get(place)
        before = None if stored is None else stored.packed
        self._write(place, change(before))
        return before

    async def commit(self, commit: Commit) -> bool:
        for place, version in commit.seen.items():
            stored = self._stored.get(place)
            if version_of(stored) != version:
                return False
        for scope, seen in commit.listed.items():
            if {key: it.version for key, it in self._listing(scope, "").items()} != seen:
                return False
        for place, packed in commit.writes.items():
            self._write(place, packed)
        return True

    async def scopes(self) -> list[str]:
        return sorted({scope for scope, _ in self._stored})

    async def aclose(self) -> None:
        return

    def _listing(self, scope: str, prefix: str) -> dict[str, Stored]:
        found = {key: it for (its_scope, key), it in self._stored.items() if its_scope == scope}
        return {key: found[key] for key in sorted(found) if key.startswith(prefix)}

    def _write(self, place: Place, packed: bytes | None) -> None:
        if packed is None:
            self._stored.pop(place, None)
        else:
            self._stored[place] = Stored(packed, next(self._versions))
