"""Tools under the eyes of hooks: what hooks see of a call, and what they can make of it.

Used by `registry` when there are hooks, and by whoever lists tools for others."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from llmspell.events.intercept import intercept
from llmspell.events.plain import plain, same
from llmspell.events.points import TOOL, TOOL_DISCOVERY, TOOL_VALIDATION
from llmspell.tools.protocol import ToolResult, Value
from llmspell.tools.script_tool import result_of

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext


def is_watched(ctx: RunContext) -> bool:
    """Whether a hook is at any point of an execution."""
    at = ctx.run.hooks.at
    return TOOL.watched(at) or TOOL_VALIDATION.watched(at)


async def execute_hooked(
    ctx: RunContext,
    name: str,
    params: Value,
    do: Callable[[Value], Awaitable[ToolResult]],
    execute: Callable[[RunContext, str, Value], Awaitable[ToolResult]],
) -> ToolResult:
    """Run one tool as hooks want it.

    Args:
        ctx: Inside the tool's effect.
        do: Runs it with these parameters.
        execute: Runs another tool, by its name, with its own permission.
    """
    result: ToolResult = await intercept(
        ctx, TOOL, "tool", name, params, do, redirect=execute, show=shown_result, read=changed_result
    )
    return result


async def validated(
    ctx: RunContext, name: str, params: Mapping[str, Value], check: Callable[[Value], Mapping[str, Value]]
) -> Mapping[str, Value]:
    """Parameters that fit the schema, as hooks have left them. What they have changed must fit it, too.

    Raises:
        HookCancelled: A hook has refused them.
        InvalidParams: A hook has made them invalid.
    """

    async def keep(given: Value) -> Mapping[str, Value]:
        return params if given is params else check(given)

    now: Mapping[str, Value] = await intercept(ctx, TOOL_VALIDATION, "tool", name, params, keep)
    return now


async def discovered(
    ctx: RunContext, filters: Mapping[str, Value], find: Callable[[Mapping[str, Value]], Value]
) -> Value:
    """Rows of tools, as hooks want them.

    Args:
        filters: What is looked for; hooks may change it.
        find: The rows for filters.
    """
    if not TOOL_DISCOVERY.watched(ctx.run.hooks.at):
        return find(filters)

    async def do(wanted: Mapping[str, Value]) -> Value:
        return find(wanted)

    return await intercept(ctx, TOOL_DISCOVERY, "tool", "", filters, do)


_FIELDS = tuple(it.name for it in dataclasses.fields(ToolResult))


def shown_result(result: ToolResult) -> dict[str, Value]:
    """A result as hooks see it: the fields of a ToolResult."""
    return {name: plain(getattr(result, name)) for name in _FIELDS}


def changed_result(data: Value, before: ToolResult | None) -> ToolResult:
    """The result that a hook gives, as a script's own tool would: see `script_tool.result_of`.

    Args:
        before: The one whose place it takes; None for a tool that did not run.
    """
    made = result_of(data)
    if before is None:
        return made
    if not isinstance(data, Mapping) or not data.keys() <= set(_FIELDS):
        return dataclasses.replace(before, result=made.result, text=made.text)
    text = made.text
    if data.get("text") == before.text and "result" in data and not same(data["result"], plain(before.result)):
        text = result_of(data["result"]).text  # the old text says what the result no longer is
    operation = str(data.get("operation", before.operation))
    return dataclasses.replace(made, text=text, operation=operation, duration_ms=before.duration_ms)
