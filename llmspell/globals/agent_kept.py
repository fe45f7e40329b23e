"""What agents and conversations take up of what was kept, as effects of their own: a run that is resumed is given the
same again, whatever was kept since."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.effects.perform import Effect, perform
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.state.store import StateStore


class KeptReads:
    """The reading side of a store, within a call that is itself done again."""

    def __init__(self, ctx: RunContext, store: StateStore) -> None:
        self._ctx = ctx
        self._store = store

    async def get(self, scope: str, key: str, default: Value = None) -> Value:
        found = await self._perform("get", [scope, key], lambda _: self._store.get(scope, key))
        return default if found is None else found

    async def keys(self, scope: str, pattern: str = "") -> list[str]:
        found: list[str] = await self._perform("keys", [scope, pattern], lambda _: self._store.keys(scope, pattern))
        return found

    async def _perform(self, method: str, args: list[Value], do: object) -> Value:
        effect = Effect("state", method, args, idempotent=True, private=self._store.is_encrypted)
        return await perform(self._ctx, effect, do)  # type: ignore[arg-type]  # both are functions of a context


def reads_of(ctx: RunContext, store: StateStore) -> StateStore:
    """The store, of which only `get` and `keys` may be called."""
    return cast("StateStore", KeptReads(ctx, store))
