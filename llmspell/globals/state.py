"""`State`: what one run keeps, the next run finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from llmspell.globals.values import require_plain
from llmspell.interface.declare import Callback, method, script_global, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.state.store import StateStore
    from llmspell.state.transaction import Transaction


@script_object("StateTransaction")
class StateTransaction:
    """State inside `State.transaction`: what is written here counts only if all of it can be."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @method()
    async def get(self, ctx: RunContext, key: str, default: Value = None, scope: str = "global") -> Value:
        """The value of a key, as this transaction sees it.

        Args:
            key: A name.
            default: The answer when there is none.
            scope: As in `State.get`.
        """
        value = await self._transaction.get(scope, key)
        return default if value is None else value

    @method()
    async def set(self, ctx: RunContext, key: str, value: Value = None, scope: str = "global") -> None:
        """Keep a value, once the transaction is done.

        Args:
            key: A name.
            value: Plain data; nil deletes.
            scope: As in `State.get`.
        """
        if value is None:
            await self._transaction.delete(scope, key)
        else:
            await self._transaction.set(scope, key, require_plain(value, "the value"))

    @method()
    async def delete(self, ctx: RunContext, key: str, scope: str = "global") -> bool:
        """Remove a value, once the transaction is done.

        Args:
            key: A name.
            scope: As in `State.get`.

        Returns:
            Whether there is one.
        """
        return await self._transaction.delete(scope, key)

    @method()
    async def incr(self, ctx: RunContext, key: str, by: float = 1, scope: str = "global") -> float:
        """Add to a number, once the transaction is done.

        Args:
            key: A name; nothing there counts as 0.
            by: How much, less than 0 to subtract.
            scope: As in `State.get`.

        Returns:
            The new number.
        """
        return await self._transaction.incr(scope, key, by)

    @method(aliases=("list_keys",))
    async def keys(self, ctx: RunContext, pattern: str = "", scope: str = "global") -> list[str]:
        """The keys of a scope, as this transaction sees them.

        Args:
            pattern: How they begin, or a glob such as `user.*`.
            scope: As in `State.get`.
        """
        return await self._transaction.keys(scope, pattern)


@script_global("State", objects=(StateTransaction,))
class StateGlobal:
    """Values that outlive the run, by scope and key.

    Scopes are `global`, `user:ID`, `session:ID`, `agent:ID`, `tool:ID`, `workflow:ID` and `custom:NAME`; any other name
    is a custom one. One call is atomic, also among runs that go on at the same time."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    @classmethod
    def build(cls, services: Services) -> StateGlobal:
        return cls(services.state)

    @method()
    async def get(self, ctx: RunContext, key: str, default: Value = None, scope: str = "global") -> Value:
        """The value of a key.

        Args:
            key: A name.
            default: The answer when there is none.
            scope: Where to look.
        """
        value = await self._store.get(scope, key)
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
        """
        await _put(self._store, scope, key, value)

    @method()
    async def exists(self, ctx: RunContext, key: str, scope: str = "global") -> bool:
        """Whether there is a value.

        Args:
            key: A name.
            scope: Where to look.
        """
        return await self._store.exists(scope, key)

    @method()
    async def keys(self, ctx: RunContext, pattern: str = "", scope: str = "global") -> list[str]:
        """The keys of a scope, sorted.

        Args:
            pattern: How they begin, or a glob such as `user.*`; empty means all.
            scope: Where to look.
        """
        return await self._store.keys(scope, pattern)

    @method()
    async def all(self, ctx: RunContext, scope: str = "global") -> dict[str, Value]:
        """Every key of a scope with its value.

        Args:
            scope: Where to look.
        """
        return await self._store.all(scope)

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
        return await self._store.incr(scope, key, by)

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
            return require_plain(await fn(value), "the new value")

        return await self._store.update(scope, key, change)

    @method()
    async def transaction(self, ctx: RunContext, fn: Annotated[Callback, "transaction -> value"]) -> Value:
        """Read and write several keys as if nobody else did meanwhile.

        Args:
            fn: Gets a StateTransaction to read and write with. It runs again when something that it read has been
                changed by another run. If it raises, nothing is written.

        Returns:
            What the function returned.
        """

        async def work(transaction: Transaction) -> Value:
            return await fn(StateTransaction(transaction))

        return await self._store.transaction(work)

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
        await _put(self._store, scope, key, value)

    @method()
    async def load(self, ctx: RunContext, scope: str, key: str) -> Value:
        """The value of a key in a scope: `get` with the scope first.

        Args:
            scope: Where to look.
            key: A name.

        Returns:
            nil when there is none.
        """
        return await self._store.get(scope, key)

    @method()
    async def delete(self, ctx: RunContext, scope: str, key: str | None = None) -> bool:
        """Remove a value: `State.delete(key)`, or `State.delete(scope, key)`.

        Args:
            scope: Where it is; the key itself where no other is given.
            key: A name.

        Returns:
            Whether there was one.
        """
        return await (self._store.delete("global", scope) if key is None else self._store.delete(scope, key))

    @method()
    async def list_keys(self, ctx: RunContext, scope: str = "global", pattern: str = "") -> list[str]:
        """The keys of a scope, sorted: `keys` with the scope first.

        Args:
            scope: Where to look.
            pattern: How they begin, or a glob such as `user.*`; empty means all.
        """
        return await self._store.keys(scope, pattern)

    @method()
    async def workflow_get(self, ctx: RunContext, id: str, key: str) -> Value:
        """A value of a workflow.

        Args:
            id: The workflow's.
            key: A name.
        """
        return await self._store.get(f"workflow:{id}", key)

    @method(idempotent=True)
    async def workflow_set(self, ctx: RunContext, id: str, key: str, value: Value = None) -> None:
        """Keep a value for a workflow.

        Args:
            id: The workflow's.
            key: A name.
            value: Plain data; nil deletes.
        """
        await _put(self._store, f"workflow:{id}", key, value)

    @method()
    async def workflow_list(self, ctx: RunContext, id: str) -> list[str]:
        """The keys of a workflow, sorted.

        Args:
            id: The workflow's.
        """
        return await self._store.keys(f"workflow:{id}")

    @method()
    async def agent_get(self, ctx: RunContext, id: str, key: str) -> Value:
        """A value of an agent.

        Args:
            id: The agent's.
            key: A name.
        """
        return await self._store.get(f"agent:{id}", key)

    @method(idempotent=True)
    async def agent_set(self, ctx: RunContext, id: str, key: str, value: Value = None) -> None:
        """Keep a value for an agent.

        Args:
            id: The agent's.
            key: A name.
            value: Plain data; nil deletes.
        """
        await _put(self._store, f"agent:{id}", key, value)

    @method()
    async def agent_list(self, ctx: RunContext, id: str) -> list[str]:
        """The keys of an agent, sorted.

        Args:
            id: The agent's.
        """
        return await self._store.keys(f"agent:{id}")

    @method()
    async def tool_get(self, ctx: RunContext, id: str, key: str) -> Value:
        """A value of a tool.

        Args:
            id: The tool's.
            key: A name.
        """
        return await self._store.get(f"tool:{id}", key)

    @method(idempotent=True)
    async def tool_set(self, ctx: RunContext, id: str, key: str, value: Value = None) -> None:
        """Keep a value for a tool.

        Args:
            id: The tool's.
            key: A name.
            value: Plain data; nil deletes.
        """
        await _put(self._store, f"tool:{id}", key, value)

    @method()
    async def tool_list(self, ctx: RunContext, id: str) -> list[str]:
        """The keys of a tool, sorted.

        Args:
            id: The tool's.
        """
        return await self._store.keys(f"tool:{id}")


async def _put(store: StateStore, scope: str, key: str, value: Value) -> None:
    if value is None:
        await store.delete(scope, key)
    else:
        await store.set(scope, key, require_plain(value, "the value"))
