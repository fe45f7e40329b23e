"""How much may be kept in state: all of it together, and each scope.

Counted are the bytes of scopes, keys and stored values, so that a million empty values are not free. What makes a store
smaller, or leaves it as large as it is, is never refused: one that is too full already can be cleaned up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from llmspell.errors import StateFull
from llmspell.state.scopes import is_of_users

MIB = 1024 * 1024
TOTAL = ""  # stands for all scopes together, in `Usage` by scope


@dataclass(frozen=True, slots=True)
class Usage:
    """What a scope holds."""

    n_keys: int = 0
    n_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """So many bytes, and the setting that says so."""

    n_bytes: int
    setting: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a store; None is none.

    Attributes:
        total: Of all scopes together.
        scope: Of each scope that users name.
        named: Of scopes of our own, by name.
    """

    total: Limit | None = None
    scope: Limit | None = None
    named: Mapping[str, Limit] = field(default_factory=dict)

    def of(self, scope: str) -> Limit | None:
        """The limit of a scope, or of `TOTAL`."""
        if scope == TOTAL:
            return self.total
        return self.named.get(scope) or (self.scope if is_of_users(scope) else None)

    def check(self, scope: str, before: int, after: int) -> None:
        """Refuse what makes a scope larger than it may be.

        Raises:
            StateFull: With the scope, the limit and its setting.
        """
        limit = self.of(scope)
        if limit is None or after <= limit.n_bytes or after <= before:
            return
        room = f"the store of {limit.setting.partition('.')[0]}"
        what = "state" if scope == TOTAL else f"the scope {scope}" if is_of_users(scope) else room
        raise StateFull(
            f"{what} is full: it would have {after} bytes, and {limit.setting} allows {limit.n_bytes}",
            hint=f"delete what is not needed, or raise {limit.setting} in the settings",
            details={"setting": limit.setting, "limit": limit.n_bytes, "needed": after, "scope": scope or "all"},
        )


NO_LIMITS = Limits()


def size_of(scope: str, key: str, stored: bytes) -> int:
    """What one value counts for; the file's triggers count in the same way."""
    return len(scope.encode()) + len(key.encode()) + len(stored)
