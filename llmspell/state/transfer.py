"""Take state out of a store and bring it into one, with its versions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence

from llmspell.state.migrations import set_version, versions
from llmspell.state.portable import Line
from llmspell.state.scopes import normal_scope
from llmspell.state.store import StateStore
from llmspell.state.transaction import Transaction


async def lines_of(store: StateStore, scopes: Collection[str] = ()) -> AsyncIterator[Line]:
    """All that is in these scopes, or in every one that users name. Each scope is shown as it was at one moment."""
    known = await versions(store)
    for scope in [normal_scope(it) for it in scopes] or sorted({*await store.scopes(), *known}):
        if scope in known:
            yield Line(scope, None, known[scope])
        for key, value in (await store.all(scope)).items():
            yield Line(scope, key, value)


async def bring_in(store: StateStore, lines: Sequence[Line], *, replace: bool = False) -> int:
    """Write all of it, or, when something does not fit, nothing. Returns how many values were written.

    Args:
        replace: The scopes that are named hold nothing else afterwards; otherwise what is there stays beside it.
    """

    async def work(transaction: Transaction) -> int:
        if replace:
            for scope in dict.fromkeys(it.scope for it in lines):
                await transaction.clear(scope)
                await set_version(transaction, scope, 0)
        for it in lines:
            if it.key is None:
                await set_version(transaction, it.scope, it.value)
            else:
                await transaction.set(it.scope, it.key, it.value)
        return sum(it.key is not None for it in lines)

    return await store.transaction(work)
