"""What a script's function gets inside `State.transaction` and `State.migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.globals.values import require_plain
from llmspell.interface.declare import method, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.state_access import TransactionValues


@script_object("StateTransaction")
class StateTransaction:
    """State inside `State.transaction` or `State.migrate`: what is written here counts only if all of it can be."""

    def __init__(self, values: TransactionValues, scope: str = "global", *, private: bool = False) -> None:
        self.is_private = private
        self._values = values
        self._scope = scope

    @method(again=True)
    async def get(self, ctx: RunContext, key: str, default: Value = None, scope: str | None = None) -> Value:
        """The value of a key, as this transaction sees it.

        Args:
            key: A name.
            default: The answer when there is none.
            scope: As in `State.get`; where it is left out, global, or the scope that is being migrated.
        """
        value = await self._values.get(ctx, scope or self._scope, key)
        return default if value is None else value

    @method(again=True)
    async def set(self, ctx: RunContext, key: str, value: Value = None, scope: str | None = None) -> None:
        """Keep a value, once the transaction is done.

        Args:
            key: A name.
            value: Plain data; nil deletes.
            scope: As in `get`.
        """
        await self._values.set(ctx, scope or self._scope, key, require_plain(value, "the value"))

    @method(again=True)
    async def delete(self, ctx: RunContext, key: str, scope: str | None = None) -> bool:
        """Remove a value, once the transaction is done.

        Args:
            key: A name.
            scope: As in `get`.

        Returns:
            Whether there is one.
        """
        return await self._values.delete(ctx, scope or self._scope, key)

    @method(again=True)
    async def exists(self, ctx: RunContext, key: str, scope: str | None = None) -> bool:
        """Whether there is a value, as this transaction sees it.

        Args:
            key: A name.
            scope: As in `get`.
        """
        return await self._values.exists(ctx, scope or self._scope, key)

    @method(again=True)
    async def incr(self, ctx: RunContext, key: str, by: float = 1, scope: str | None = None) -> float:
        """Add to a number, once the transaction is done.

        Args:
            key: A name; nothing there counts as 0.
            by: How much, less than 0 to subtract.
            scope: As in `get`.

        Returns:
            The new number.
        """
        return await self._values.incr(ctx, scope or self._scope, key, by)

    @method(aliases=("list_keys",), again=True)
    async def keys(self, ctx: RunContext, pattern: str = "", scope: str | None = None) -> list[str]:
        """The keys of a scope, as this transaction sees them.

        Args:
            pattern: How they begin, or a glob such as `user.*`.
            scope: As in `get`.
        """
        return await self._values.keys(ctx, scope or self._scope, pattern)

    @method(again=True)
    async def all(self, ctx: RunContext, scope: str | None = None) -> dict[str, Value]:
        """Every key of a scope with its value, as this transaction sees them.

        Args:
            scope: As in `get`.
        """
        return await self._values.all(ctx, scope or self._scope)
