"""Versions of what a scope holds, and the steps from each to the next.

A scope has a number, 0 as long as nobody has said otherwise. The steps of a migration run in one transaction together
with the number: all of it is written or nothing, and among many processes that try it, by one of them only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from llmspell.errors import BadArgument, StateNewer
from llmspell.state.bound import Bound
from llmspell.state.scopes import normal_scope
from llmspell.state.store import OnConflict, StateStore
from llmspell.state.transaction import OURS, USERS, VERSIONS, Transaction

MAX_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """`up` makes version `version` of the scope, from the one before it in the list."""

    version: int
    up: Callable[[Transaction], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Migration:
    """What was done. `steps` are the versions that were gone through, in order; empty when there was nothing to do."""

    scope: str
    before: int
    after: int
    steps: tuple[int, ...] = ()


async def version_of_scope(store: StateStore, scope: str) -> int:
    """The version of what a scope holds."""
    found = await store.room("state").get(VERSIONS, normal_scope(scope), 0)
    return found if isinstance(found, int) else 0


async def versions(store: StateStore) -> dict[str, int]:
    """Those of all scopes that have one, by scope."""
    return await store.room("state").all(VERSIONS)


async def set_version(transaction: Transaction, scope: str, version: int) -> None:
    """Say of which version a scope is; 0 forgets it."""
    inner, name = transaction.on(OURS), normal_scope(scope)
    if version:
        await inner.set(VERSIONS, name, version)
    else:
        await inner.delete(VERSIONS, name)


async def migrate(
    store: StateStore,
    scope: str,
    steps: Sequence[Step],
    *,
    to: int | None = None,
    on_conflict: OnConflict | None = None,
    queue_up: bool = True,
    bound: Bound | None = None,
) -> Migration:
    """Bring a scope to the version of the last step, or to `to`.

    Args:
        steps: In rising order of their versions. Those that are done already are passed over. A step may run again when
            others have changed meanwhile what it read, so it should do nothing but read and write the transaction.

    Raises:
        BadArgument: The steps are out of order, or none leads to `to`.
        StateNewer: The scope is beyond that version already; there is no way back.
    """
    scope, target = normal_scope(scope), _target(steps, to)

    async def work(transaction: Transaction) -> Migration:
        before = await transaction.on(OURS).get(VERSIONS, scope, 0)
        if before > target:
            raise StateNewer(
                f"the scope {scope} is of version {before}, and this knows none after {target}",
                hint="use the script that migrated it, or clear the scope",
                details={"scope": scope, "version": before, "known": target},
            )
        todo = [it for it in steps if before < it.version <= target]
        for step in todo:
            await step.up(transaction.on(USERS))
        if todo:
            await set_version(transaction, scope, target)
        return Migration(scope, before, target, tuple(it.version for it in todo))

    async with store.room("state").queued(VERSIONS, scope, queue_up):
        return await store.transaction(work, on_conflict=on_conflict, bound=bound)


def _target(steps: Sequence[Step], to: int | None) -> int:
    known = [it.version for it in steps]
    if not known:
        raise BadArgument("a migration needs steps", hint="steps = { { version = 1, up = function(tx) … end } }")
    if len(known) > MAX_STEPS:
        raise BadArgument(f"a migration has at most {MAX_STEPS} steps, this has {len(known)}")
    if known[0] < 1 or any(later <= earlier for earlier, later in zip(known, known[1:], strict=False)):
        raise BadArgument(f"the versions of a migration rise from 1: {', '.join(map(str, known))[:200]}")
    if to is not None and to not in known:
        raise BadArgument(
            f"no step leads to version {to}", hint=f"the steps lead to {', '.join(map(str, known))[:200]}"
        )
    return known[-1] if to is None else to
