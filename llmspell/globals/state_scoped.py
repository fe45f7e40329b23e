"""The part of `State` that names the scopes of workflows, agents and tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.globals.values import require_plain
from llmspell.interface.declare import method
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.state_access import StateAccess


class ScopedState:
    """What `StateGlobal` has beside its own methods. A class of its own, since one file would hold too much."""

    _access: StateAccess

    @method(idempotent=True)
    async def workflow_get(self, ctx: RunContext, id: str, key: str) -> Value:
        """A value of a workflow.

        Args:
            id: The workflow's.
            key: A name.
        """
        return await self._access.get(ctx, f"workflow:{id}", key)

    @method(idempotent=True)
    async def workflow_set(self, ctx: RunContext, id: str, key: str, value: Value = None) -> None:
        """Keep a value for a workflow.

        Args:
            id: The workflow's.
            key: A name.
            value: Plain data; nil deletes.
        """
        await self._access.set(ctx, f"workflow:{id}", key, require_plain(value, "the value"))

    @method(idempotent=True)
    async def workflow_list(self, ctx: RunContext, id: str) -> list[str]:
        """The keys of a workflow, sorted.

        Args:
            id: The workflow's.
        """
        return await self._access.keys(ctx, f"workflow:{id}", "")

    @method(idempotent=True)
    async def agent_get(self, ctx: RunContext, id: str, key: str) -> Value:
        """A value of an agent.

        Args:
            id: The agent's.
            key: A name.
        """
        return await self._access.get(ctx, f"agent:{id}", key)

    @method(idempotent=True)
    async def agent_set(self, ctx: RunContext, id: str, key: str, value: Value = None) -> None:
        """Keep a value for an agent.

        Args:
            id: The agent's.
            key: A name.
            value: Plain data; nil deletes.
        """
        await self._access.set(ctx, f"agent:{id}", key, require_plain(value, "the value"))

    @method(idempotent=True)
    async def agent_list(self, ctx: RunContext, id: str) -> list[str]:
        """The keys of an agent, sorted.

        Args:
            id: The agent's.
        """
        return await self._access.keys(ctx, f"agent:{id}", "")

    @method(idempotent=True)
    async def tool_get(self, ctx: RunContext, id: str, key: str) -> Value:
        """A value of a tool.

        Args:
            id: The tool's.
            key: A name.
        """
        return await self._access.get(ctx, f"tool:{id}", key)

    @method(idempotent=True)
    async def tool_set(self, ctx: RunContext, id: str, key: str, value: Value = None) -> None:
        """Keep a value for a tool.

        Args:
            id: The tool's.
            key: A name.
            value: Plain data; nil deletes.
        """
        await self._access.set(ctx, f"tool:{id}", key, require_plain(value, "the value"))

    @method(idempotent=True)
    async def tool_list(self, ctx: RunContext, id: str) -> list[str]:
        """The keys of a tool, sorted.

        Args:
            id: The tool's.
        """
        return await self._access.keys(ctx, f"tool:{id}", "")
