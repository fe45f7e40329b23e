"""`State`: what one run keeps, the next run finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypedDict

from llmspell.errors import BadArgument
from llmspell.globals.state_access import StateAccess, TransactionValues
from llmspell.globals.state_scoped import ScopedState
from llmspell.globals.state_transaction import StateTransaction
from llmspell.globals.values import require_plain
from llmspell.interface.declare import Callback, method, script_global, script_object
from llmspell.state.limits import TOTAL
from llmspell.state.migrations import MAX_STEPS, version_of_scope, versions
from llmspell.state.scopes import is_of_users, normal_scope
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.state.store import StateStore

MAX_MANY = 100_000  # keys of one call
_NO_STEPS = "steps = { { version = 1, up = function(tx) … end } }"


@script_object("StateUsage", record=True)
class StateUsage(TypedDict):
    """What a scope holds.

    Attributes:
        entries_count: How many keys.
        bytes_used: Of scopes, keys and values, as they are stored.
    """

    entries_count: int
    bytes_used: int


@script_global("State", objects=(StateTransaction,))
class StateGlobal(ScopedState):
    """Values that outlive the run, by scope and key.

    Scopes are `global`, `user:ID`, `session:ID`, `agent:ID`, `tool:ID`, `workflow:ID` and `custom:NAME`; any other name
    is a custom one. One call is atomic, also among runs that go on at the same time."""

    def __init__(self, store: StateStore) -> None:
        self._access = StateAccess(store)
        self.is_private = store.is_encrypted  # what is encrypted in one file is not to be in the clear in another

    @classmethod
    def build(cls, services: Services) -> StateGlobal:
        return cls(services.state)

    @method(idempotent=True)
    async def get(self, ctx: RunContext, key: str, default: Value = None, scope: str = "global") -> Value:
        """The value of a key.

        Args:
            key: A name.
            default: The answer when there is none.
            scope: Where to look.
        """
        value = await self._access.get(ctx, scope, key)
        return default if value is None else value

    @method(idempotent=True)
    async def set(self, ctx: RunContext, key: str, value: Value = None, scope: str = "global") -> None:
        """Keep a value.

        Args:
            key: A name.
            value: Plain data, 16 MB at most; nil deletes.
            scope: Where to keep it.

        Raises:
            BadArgument: The value holds a function or an object.
            StateFull: State holds as much as the settings allow.
        """
        await self._access.set(ctx, scope, key, require_plain(value, "the value"))

    @method(idempotent=True)
    async def get_many(self, ctx: RunContext, keys: list[str], scope: str = "global") -> dict[str, Value]:
        """The values of several keys, all of the same moment.

        Args:
            keys: Their names.
            scope: Where to look.

        Returns:
            By key; those without a value are absent.
        """
        names = _few(keys)

        async def work(values: TransactionValues) -> dict[str, Value]:
            found = {key: await values.get(ctx, scope, key) for key in names}
            return {key: it for key, it in found.items() if it is not None}

        return await self._access.transaction(ctx, work, scope)

    @method(idempotent=True)
    async def set_many(self, ctx: RunContext, values: dict[str, Value], scope: str = "global") -> None:
        """Keep several values: all of them or, when one is refused, none.

        Args:
            values: By key.
            scope: Where to keep them.
        """
        fresh = {key: require_plain(values[key], f"the value of {key}") for key in _few(list(values))}

        async def work(inside: TransactionValues) -> None:
            for key, value in fresh.items():
                await inside.set(ctx, scope, key, value)

        await self._access.transaction(ctx, work, scope)

    @method(idempotent=True)
    async def exists(self, ctx: RunContext, key: str, scope: str = "global") -> bool:
        """Whether there is a value.

        Args:
            key: A name.
            scope: Where to look.
        """
        return await self._access.exists(ctx, scope, key)

    @method(idempotent=True)
    async def keys(self, ctx: RunContext, pattern: str = "", scope: str = "global") -> list[str]:
        """The keys of a scope, sorted.

        Args:
            pattern: How they begin, or a glob such as `user.*`; empty means all.
            scope: Where to look.
        """
        return await self._access.keys(ctx, scope, pattern)

    @method(idempotent=True)
    async def all(self, ctx: RunContext, scope: str = "global") -> dict[str, Value]:
        """Every key of a scope with its value, where these have no more than 32 MB together.

        Args:
            scope: Where to look.
        """
        return await self._access.all(ctx, scope)

    @method()
    async def incr(self, ctx: RunContext, key: str, by: float = 1, scope: str = "global") -> float:
        """Add to a number, atomically.

        Args:
            key: A name; nothing there counts as 0.
            by: How much, less than 0 to subtract.
            scope: Where it is.

        Returns:
            The new number.

        Raises:
            BadArgument: What is there is no number.
        """
        return await self._access.incr(ctx, scope, key, by)

    @method()
    async def decr(self, ctx: RunContext, key: str, by: float = 1, scope: str = "global") -> float:
        """Subtract from a number, atomically.

        Args:
            key: A name; nothing there counts as 0.
            by: How much.
            scope: Where it is.

        Returns:
            The new number.
        """
        return await self._access.incr(ctx, scope, key, -by)

    @method()
    async def update(
        self, ctx: RunContext, key: str, fn: Annotated[Callback, "value -> value"], scope: str = "global"
    ) -> Value:
        """Replace a value by what a function makes of it, atomically even when the function waits.

        Args:
            key: A name.
            fn: Gets the value, or nil. It runs again when another run has changed the key meanwhile, so it should do
                nothing else.
            scope: Where it is.

        Returns:
            The new value.
        """

        async def change(value: Value) -> Value:
            return require_plain(await fn(value, around=ctx), "the new value")

        return await self._access.update(ctx, scope, key, change)

    @method()
    async def transaction(self, ctx: RunContext, fn: Annotated[Callback, "transaction -> value"]) -> Value:
        """Read and write several keys as if nobody else did meanwhile.

        Args:
            fn: Gets a StateTransaction to read and write with. It runs again when something that it read has been
                changed by another run. If it raises, nothing is written.

        Returns:
            What the function returned.
        """

        async def work(values: TransactionValues) -> Value:
            return await fn(StateTransaction(values, private=self.is_private), around=ctx)

        return await self._access.transaction(ctx, work)

    @method(idempotent=True)
    async def save(self, ctx: RunContext, scope: str, key: str, value: Value = None) -> None:
        """Keep a value in a scope: `set` with the scope first.

        Args:
            scope: Where to keep it.
            key: A name.
            value: Plain data, 16 MB at most; nil deletes.

        Raises:
            BadArgument: The value holds a function or an object.
        """
        await self._access.set(ctx, scope, key, require_plain(value, "the value"))

    @method(idempotent=True)
    async def load(self, ctx: RunContext, scope: str, key: str) -> Value:
        """The value of a key in a scope: `get` with the scope first.

        Args:
            scope: Where to look.
            key: A name.

        Returns:
            nil when there is none.
        """
        return await self._access.get(ctx, scope, key)

    @method()
    async def delete(self, ctx: RunContext, scope: str, key: str | None = None) -> bool:
        """Remove a value: `State.delete(key)`, or `State.delete(scope, key)`.

        Args:
            scope: Where it is; the key itself where no other is given.
            key: A name.

        Returns:
            Whether there was one.
        """
        return await (
            self._access.delete(ctx, "global", scope) if key is None else self._access.delete(ctx, scope, key)
        )

    @method(idempotent=True)
    async def list_keys(self, ctx: RunContext, scope: str = "global", pattern: str = "") -> list[str]:
        """The keys of a scope, sorted: `keys` with the scope first.

        Args:
            scope: Where to look.
            pattern: How they begin, or a glob such as `user.*`; empty means all.
        """
        return await self._access.keys(ctx, scope, pattern)

    @method()
    async def clear(self, ctx: RunContext, scope: str) -> int:
        """Remove everything in a scope at once, and its version.

        Args:
            scope: Which; it is never left out.

        Returns:
            How many keys there were.
        """
        return await self._access.clear(ctx, scope)

    @method(idempotent=True)
    async def scopes(self, ctx: RunContext) -> list[str]:
        """Every scope that holds something, sorted."""
        return await self._access.store.scopes()

    @method(aliases=("get_storage_usage",), idempotent=True)
    async def usage(self, ctx: RunContext, scope: str | None = None) -> StateUsage:
        """How much is kept.

        Args:
            scope: Of which scope; where it is left out, of all that scripts name.
        """
        found = await self._access.store.usage()
        names = [normal_scope(scope)] if scope is not None else [it for it in found if it != TOTAL and is_of_users(it)]
        n_keys = sum(found[it].n_keys for it in names if it in found)
        n_bytes = sum(found[it].n_bytes for it in names if it in found)
        return {"entries_count": n_keys, "bytes_used": n_bytes}

    @method(idempotent=True)
    async def version(self, ctx: RunContext, scope: str = "global") -> int:
        """Of which version a scope is.

        Args:
            scope: Which.

        Returns:
            0 when it was never migrated.
        """
        return await version_of_scope(self._access.store, scope)

    @method(aliases=("get_schema_versions",), idempotent=True)
    async def versions(self, ctx: RunContext) -> dict[str, int]:
        """The version of each scope that was migrated, by scope."""
        return await versions(self._access.store)

    @method(table=True)
    async def migrate(
        self, ctx: RunContext, scope: str = "global", steps: list[Value] | None = None, to: int | None = None
    ) -> dict[str, Value]:
        """Bring what a scope holds to a newer version, step by step. All of it counts, or nothing; what was done is not
        done again, and of many runs that try it at once one does it.

        Args:
            scope: Which.
            steps: In rising order, each `{ version = 2, up = function(tx) … end }`; the function gets a
                StateTransaction that speaks of this scope. It runs again when others have changed meanwhile what it
                read, so it should do nothing else.
            to: The version to stop at; where it is left out, the last step's.

        Returns:
            scope, `from` and `to` (versions), and steps: the versions that were gone through.

        Raises:
            StateNewer: The scope is beyond that version already: there is no way back.
        """
        name, found = normal_scope(scope), [_step(it, i) for i, it in enumerate(_few(steps or [], MAX_STEPS), 1)]

        def bound(fn: Callback) -> Callable[[TransactionValues], Awaitable[object]]:
            return lambda values: fn(StateTransaction(values, name, private=self.is_private), around=ctx)

        done = await self._access.migrate(ctx, name, [(version, bound(fn)) for version, fn in found], to)
        return {"scope": done.scope, "from": done.before, "to": done.after, "steps": list(done.steps)}


def _few(items: list[Value], limit: int = MAX_MANY) -> list[Value]:
    if len(items) > limit:
        raise BadArgument(f"at most {limit} at once, these are {len(items)}")
    return items


def _step(step: Value, number: int) -> tuple[int, Callback]:
    where = f"step {number} of the migration"
    if not isinstance(step, dict):
        raise BadArgument(f"{where} is no table", hint=_NO_STEPS)
    unknown = sorted(step.keys() - {"version", "up", "description"})
    if unknown:
        raise BadArgument(f"{where} has an unknown field {unknown[0]}", hint="the fields are version, up, description")
    version, up = step.get("version"), step.get("up")
    if isinstance(version, bool) or not isinstance(version, int):
        raise BadArgument(f"{where} has no version, which is a whole number", hint=_NO_STEPS)
    if not callable(up):
        raise BadArgument(f"{where} has no function up", hint=_NO_STEPS)
    return version, up
