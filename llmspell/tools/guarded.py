"""Tools under guardrails: what goes into them is looked at when it is checked and hooks are done with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from llmspell.guardrails.rails import Found, Rails, checked_value
from llmspell.tools.validation import check_params

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.tools.protocol import Tool, ToolResult, Value


def guarded(
    rails: Sequence[Rails],
    tool: Tool,
    do: Callable[[RunContext, Mapping[str, Value]], Awaitable[ToolResult]],
    *,
    is_simple: bool | None,
) -> Callable[[RunContext, Mapping[str, Value]], Awaitable[ToolResult]]:
    """What a tool does, with parameters as rules let them through.

    Args:
        is_simple: See `tools.registry`.
    """

    async def work(inner: RunContext, params: Mapping[str, Value]) -> ToolResult:
        """
        Raises:
            GuardrailTripped: They may not go in.
            InvalidParams: What a rule has replaced is not valid any more.
        """
        found = Found()
        made = checked_value(rails, "to_tool", tool.name, params, found)
        await found.settle(inner)
        if made is not params:
            made = check_params(tool.name, tool.schema, made, is_simple=is_simple)
        return await do(inner, made)

    return work
