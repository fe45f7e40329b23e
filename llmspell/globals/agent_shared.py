"""The part of `Agent` that is about data which agents share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import BadArgument
from llmspell.globals.values import require_plain
from llmspell.interface.declare import method
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.contexts import Contexts
    from llmspell.effects.context import RunContext


class SharedData:
    """Contexts, and a memory that all agents of a run share."""

    def __init__(self, contexts: Contexts | None) -> None:
        self._given_contexts = contexts

    @method(aliases=("createContext",), recorded=False)
    def create_context(self, ctx: RunContext, data: dict[str, Value] | None = None) -> str:
        """A context: data that agents can be shown with `execute_with_context`.

        Args:
            data: By name.

        Returns:
            Its id.
        """
        return self._contexts.create(require_plain(data or {}, "data"))

    @method(aliases=("createChildContext",), recorded=False)
    def create_child_context(self, ctx: RunContext, parent: str, data: dict[str, Value] | None = None) -> str:
        """A context that sees what its parent has, and its own before it.

        Args:
            parent: The id of a context.
            data: By name.

        Returns:
            Its id.
        """
        return self._contexts.create_child(parent, require_plain(data or {}, "data"))

    @method(aliases=("updateContext",), recorded=False)
    def update_context(self, ctx: RunContext, id: str, data: Value, value: Value = None) -> None:
        """Set what a context holds.

        Args:
            id: Of a context.
            data: A table, or one name.
            value: For the one name; nil removes it.
        """
        given = data if isinstance(data, dict) else {str(data): value}
        self._contexts.update(id, require_plain(given, "data"))

    @method(aliases=("getContextData",), recorded=False)
    def get_context_data(self, ctx: RunContext, id: str, key: str = "") -> Value:
        """What a context sees.

        Args:
            id: Of a context.
            key: One name; empty for all.
        """
        return self._contexts.get(id, key) if key else self._contexts.data(id)

    @method(aliases=("removeContext",), recorded=False)
    def remove_context(self, ctx: RunContext, id: str) -> bool:
        """Remove a context and all that inherit from it.

        Args:
            id: Of a context.

        Returns:
            Whether there was one.
        """
        return self._contexts.remove(id)

    @method(aliases=("setSharedMemory",), recorded=False)
    def set_shared_memory(self, ctx: RunContext, scope: str, key: str, value: Value = None) -> None:
        """Keep a value for all agents of the run.

        Args:
            scope: A name for what belongs together.
            key: A name in it.
            value: Plain data; nil removes it.
        """
        self._contexts.set_shared(scope, key, require_plain(value, "the value"))

    @method(aliases=("getSharedMemory",), recorded=False)
    def get_shared_memory(self, ctx: RunContext, scope: str, key: str = "") -> Value:
        """What was kept for all agents of the run.

        Args:
            scope: As it was kept under.
            key: One name; empty for all of the scope.
        """
        return self._contexts.shared(scope, key) if key else self._contexts.all_shared(scope)

    @property
    def _contexts(self) -> Contexts:
        if self._given_contexts is None:
            raise BadArgument("this program shares no contexts")
        return self._given_contexts
