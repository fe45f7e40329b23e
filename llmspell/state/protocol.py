"""What keeps state: stored bytes with versions, and atomic commits.

Called by `store.StateStore` alone; implemented by `memory.MemoryBackend` and `sqlite.SqliteBackend`. A backend knows
nothing of values, valid names, globs, keys or retries. It holds the limits, and keeps plain values away from sealed
ones: only it knows what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llmspell.state.limits import Usage

Place = tuple[str, str]  # scope, key


@dataclass(frozen=True, slots=True)
class Stored:
    """The bytes of a value. `version` is new with every write, also of the same value, and never comes back."""

    packed: bytes
    version: int


def version_of(stored: Stored | None) -> int | None:
    """Its version, or None where nothing was found."""
    return None if stored is None else stored.version


@dataclass(slots=True)
class Commit:
    """What must still be so, and what is then written.

    Attributes:
        seen: The version that was read at each place; None where there was nothing.
        listed: The keys that a listing of a scope showed, with their versions.
        writes: The new bytes of each place; None deletes it.
    """

    seen: dict[Place, int | None] = field(default_factory=dict)
    listed: dict[str, Mapping[str, int]] = field(default_factory=dict)
    writes: dict[Place, bytes | None] = field(default_factory=dict)


class Backend(Protocol):
    """`change` and `commit` raise StateFull, and write nothing, where a limit would be passed; and ConfigError where a
    value would be written in the clear beside sealed ones, unless the backend was told that it may."""

    async def read(self, place: Place) -> Stored | None:
        """What is stored there."""

    async def scan(self, scope: str, prefix: str) -> dict[str, Stored]:
        """What is stored in a scope under keys that begin so, sorted by key."""

    async def keys(self, scope: str, prefix: str) -> dict[str, int]:
        """The same keys with their versions only."""

    async def change(self, place: Place, change: Callable[[bytes | None], bytes | None]) -> bytes | None:
        """Replace one value by what a quick function makes of it (None: nothing there), atomically among all processes.
        Returns what was there before. Nothing changes when the function raises."""

    async def commit(self, commit: Commit) -> bool:
        """Write everything if everything is as it was seen; otherwise nothing, and False."""

    async def usage(self) -> dict[str, Usage]:
        """What every scope holds, sorted by name; that of `limits.TOTAL` is all of it."""

    async def compact(self) -> None:
        """Leave nothing of deleted and replaced values behind, and give their room back."""

    async def aclose(self) -> None:
        """Let go of the store."""
