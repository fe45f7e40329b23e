"""State as scripts use it: hooks see what is read and written, may change it, and are told of conflicts.

The one place that fires the points of state. Where no hook is at them, each call goes straight to the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from llmspell.errors import BadArgument
from llmspell.events.intercept import intercept
from llmspell.events.points import STATE_READ, STATE_WRITE, Points
from llmspell.state.bound import Bound
from llmspell.state.migrations import Migration, Step, migrate
from llmspell.state.scopes import normal_scope
from llmspell.state.transaction import Transaction, added
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.state.store import OnConflict, StateStore

T = TypeVar("T")
Asked = dict[str, Value]  # operation, scope, key and, of a write, value

MAX_BYTES_OF_ALL = 32 * 1024 * 1024  # as they are stored; in memory they may be many times that

# What was written is told when it counts: at once, or at the end of a transaction.
_BEFORE_WRITE = Points(STATE_WRITE.before)


class StateValues:
    """Reading and writing what is in a store, or what a transaction sees."""

    def __init__(self, values: StateStore | Transaction) -> None:
        self._values = values

    async def get(self, ctx: RunContext, scope: str, key: str) -> Value:
        return await _read(ctx, "get", scope, key, lambda it: self._values.get(it["scope"], it["key"]))

    async def exists(self, ctx: RunContext, scope: str, key: str) -> bool:
        found: bool = await _read(ctx, "exists", scope, key, lambda it: self._values.exists(it["scope"], it["key"]))
        return found

    async def keys(self, ctx: RunContext, scope: str, pattern: str) -> list[str]:
        found: list[str] = await _read(ctx, "keys", scope, "", lambda it: self._values.keys(it["scope"], pattern))
        return found

    async def all(self, ctx: RunContext, scope: str) -> dict[str, Value]:
        found: dict[str, Value] = await _read(ctx, "all", scope, "", lambda it: self._values.all(it["scope"]))
        return found

    async def set(self, ctx: RunContext, scope: str, key: str, value: Value) -> None:
        """Keep a value; None deletes it."""
        await self._write(ctx, "delete" if value is None else "set", scope, key, value, self._put)

    async def delete(self, ctx: RunContext, scope: str, key: str) -> bool:
        """Returns whether there was one."""

        async def remove(it: Asked) -> bool:
            return await self._values.delete(it["scope"], it["key"])

        return bool(await self._write(ctx, "delete", scope, key, None, remove))

    async def _put(self, it: Asked) -> Value:
        if it["value"] is None:
            await self._values.delete(it["scope"], it["key"])
        else:
            await self._values.set(it["scope"], it["key"], it["value"])
        return it["value"]

    async def _write(
        self,
        ctx: RunContext,
        operation: str,
        scope: str,
        key: str,
        value: Value,
        do: Callable[[Asked], Awaitable[Value]],
    ) -> Value:
        asked: Asked = {"operation": operation, "scope": scope, "key": key, "value": value}
        hooks = ctx.run.hooks
        if not hooks.at or not STATE_WRITE.watched(hooks.at):
            return await do(asked)

        async def write(it: Any) -> Value:
            done = _fit(it, asked)
            result = await do(done)
            await self._written(ctx, done)
            return result

        return await intercept(ctx, _BEFORE_WRITE, "state", key or scope, asked, write)

    async def _written(self, ctx: RunContext, done: Asked) -> None:
        await _tell_written(ctx, done)


class TransactionValues(StateValues):
    """What a transaction sees; hooks are told of its writes when they count."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._done: dict[tuple[str, str], Asked] = {}  # the last one of each key, which is what counts

    async def incr(self, ctx: RunContext, scope: str, key: str, by: float) -> float:
        before = await self._values.get(scope, key)
        total = added(key, 0 if before is None else before, by)
        result: float = await self._write(ctx, "incr", scope, key, total, self._put)
        return result

    async def update(self, ctx: RunContext, scope: str, key: str, change: Callable[[Value], Awaitable[Value]]) -> Value:
        value = await change(await self._values.get(scope, key))
        return await self._write(ctx, "update", scope, key, value, self._put)

    async def tell(self, ctx: RunContext) -> None:
        """Tell hooks what has been written: once it is."""
        for it in self._done.values():
            await _tell_written(ctx, it)

    async def _written(self, ctx: RunContext, done: Asked) -> None:
        if STATE_WRITE.after in ctx.run.hooks.at:
            self._done.pop((done["scope"], done["key"]), None)
            self._done[done["scope"], done["key"]] = done


class StateAccess(StateValues):
    """The store, with what is done in several steps."""

    def __init__(self, store: StateStore) -> None:
        super().__init__(store)
        self.store = store
        self.max_bytes_of_all = MAX_BYTES_OF_ALL
        self._bound = Bound()
        self._at_work: list[
            tuple[str, str]
        ] = []  # what a function of the script's is changing now, and for which entry

    async def all(self, ctx: RunContext, scope: str) -> dict[str, Value]:
        most = self.max_bytes_of_all
        found: dict[str, Value] = await _read(ctx, "all", scope, "", lambda it: self.store.all(it["scope"], most))
        return found

    async def set(self, ctx: RunContext, scope: str, key: str, value: Value) -> None:
        self._refuse_inside(ctx, scope, key)
        await super().set(ctx, scope, key, value)

    async def delete(self, ctx: RunContext, scope: str, key: str) -> bool:
        self._refuse_inside(ctx, scope, key)
        return await super().delete(ctx, scope, key)

    async def incr(self, ctx: RunContext, scope: str, key: str, by: float) -> float:
        self._refuse_inside(ctx, scope, key)
        if not _watches_writes(ctx):
            return await self.store.incr(scope, key, by)
        with self._alone(ctx, _value_of(scope, key)) as queue_up:
            async with self.store.queued(scope, key, queue_up):
                return await self.transaction(ctx, lambda values: values.incr(ctx, scope, key, by))

    async def update(self, ctx: RunContext, scope: str, key: str, change: Callable[[Value], Awaitable[Value]]) -> Value:
        with self._alone(ctx, _value_of(scope, key)) as queue_up:
            if not _watches_writes(ctx):
                tell = _conflict(ctx, scope, key)
                return await self.store.update(scope, key, change, on_conflict=tell, queue_up=queue_up)
            async with self.store.queued(scope, key, queue_up):
                return await self.transaction(ctx, lambda values: values.update(ctx, scope, key, change), scope, key)

    async def clear(self, ctx: RunContext, scope: str) -> int:
        """Remove everything in a scope. Returns how many keys there were."""

        async def remove(it: Asked) -> int:
            return await self.store.clear(it["scope"])

        n_keys = await self._write(ctx, "clear", scope, "", None, remove)
        return n_keys if isinstance(n_keys, int) else 0  # a hook may have answered anything instead

    async def transaction(
        self,
        ctx: RunContext,
        work: Callable[[TransactionValues], Awaitable[T]],
        scope: str = "",
        key: str = "",
    ) -> T:
        """As `StateStore.transaction`; the scope and the key are what hooks are told of a conflict."""
        inside: list[TransactionValues] = []

        async def begin(transaction: Transaction) -> T:
            inside.append(TransactionValues(transaction))
            return await work(inside[-1])

        result = await self.store.transaction(begin, on_conflict=_conflict(ctx, scope, key), bound=self._bound)
        await inside[-1].tell(ctx)
        return result

    async def migrate(
        self,
        ctx: RunContext,
        scope: str,
        steps: list[tuple[int, Callable[[TransactionValues], Awaitable[object]]]],
        to: int | None,
    ) -> Migration:
        """As `migrations.migrate`."""
        inside: dict[int, TransactionValues] = {}

        def step(version: int, up: Callable[[TransactionValues], Awaitable[object]]) -> Step:
            async def run(transaction: Transaction) -> object:
                inside[version] = TransactionValues(transaction)
                return await up(inside[version])

            return Step(version, run)

        todo, tell = [step(*it) for it in steps], _conflict(ctx, scope, "")
        with self._alone(ctx, f"the scope {normal_scope(scope)}") as queue_up:
            done = await migrate(self.store, scope, todo, to=to, on_conflict=tell, queue_up=queue_up, bound=self._bound)
        for version in done.steps:
            await inside[version].tell(ctx)
        if done.steps:
            told = {"scope": done.scope, "from": done.before, "to": done.after, "steps": list(done.steps)}
            await ctx.run.hooks.notify(ctx, "StateMigration", kind="state", name=done.scope, input=told)
        return done

    @contextmanager
    def _alone(self, ctx: RunContext, what: str) -> Iterator[bool]:
        """Change something with a function of the script's. Says whether to queue up with others who change it: what is
        done inside such a function does not, since those in front may wait for that function.

        Raises:
            BadArgument: This is done by the very function that is changing it.
        """
        around = self._around(ctx)
        if what in around:
            raise _waits_for_itself(what)
        held = (what, ctx.key)
        self._at_work.append(held)
        try:
            yield not around
        finally:
            self._at_work.remove(held)

    def _refuse_inside(self, ctx: RunContext, scope: str, key: str) -> None:
        """Refuse to write what the function that this is done in is changing: it would begin again for ever, since each
        time something has changed meanwhile."""
        if self._at_work and (what := _value_of(scope, key)) in self._around(ctx):
            raise _waits_for_itself(what)

    def _around(self, ctx: RunContext) -> frozenset[str]:
        return frozenset(it for it, entry in self._at_work if any(_is_within(key, entry) for key in ctx.callers))


def _value_of(scope: str, key: str) -> str:
    return f"the value {key} of {normal_scope(scope)}"


def _waits_for_itself(what: str) -> BadArgument:
    return BadArgument(
        f"{what} is being changed by the function that this is done in",
        hint="return the new value from that function",
        code="waits_for_itself",
    )


def _is_within(key: str, entry: str) -> bool:
    return key == entry or key.startswith(f"{entry}/")


def _watches_writes(ctx: RunContext) -> bool:
    hooks = ctx.run.hooks
    return bool(hooks.at) and STATE_WRITE.watched(hooks.at)


async def _read(
    ctx: RunContext, operation: str, scope: str, key: str, do: Callable[[Asked], Awaitable[Value]]
) -> Value:
    asked: Asked = {"operation": operation, "scope": scope, "key": key}
    hooks = ctx.run.hooks
    if not hooks.at or not STATE_READ.watched(hooks.at):
        return await do(asked)
    return await intercept(ctx, STATE_READ, "state", key or scope, asked, lambda it: do(_fit(it, asked)))


def _fit(it: Any, asked: Asked) -> Asked:
    """What a hook has left, with what it has left out."""
    if not isinstance(it, dict):
        raise BadArgument(f"a hook has made {type(it).__name__} of what is asked of state", hint="change its fields")
    return {**asked, **it}


async def _tell_written(ctx: RunContext, done: Asked) -> None:
    hooks = ctx.run.hooks
    if STATE_WRITE.after in hooks.at:
        told = {name: it for name, it in done.items() if name != "value"}
        name = done["key"] or done["scope"]
        await hooks.notify(ctx, STATE_WRITE.after, kind="state", name=name, input=told, output=done["value"])


def _conflict(ctx: RunContext, scope: str, key: str) -> OnConflict:
    async def tell(attempt: int) -> None:
        hooks = ctx.run.hooks
        if "StateConflict" in hooks.at:
            told = {"scope": scope, "key": key, "attempt": attempt}
            await hooks.notify(ctx, "StateConflict", kind="state", name=key or scope, input=told)

    return tell
