"""A tool made of any async function, as `Tool.create` makes one of a script's.

Knows nothing of scripts: the function is whatever the caller hands over."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.errors import BadArgument
from llmspell.tools.protocol import ToolResult, Value
from llmspell.tools.results import answer
from llmspell.tools.schema_of import schema_of
from llmspell.tools.simple_schema import found_in_words

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MAX_TOOL_CHARS = 200_000  # of all that describes a tool; it is kept in the host's memory

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")

# A returned table is a ToolResult when it has only these keys, and one of those that tell.
_RESULT_KEYS = frozenset({"success", "text", "result", "error", "metadata", "duration_ms", "operation"})
_TELLING_KEYS = frozenset({"success", "text", "result"})


@dataclass(frozen=True, slots=True)
class ScriptTool:
    """A `protocol.Tool`; made by `script_tool`, which checks the parts."""

    name: str
    description: str
    schema: Mapping[str, Value]
    call: Callable[[RunContext, Mapping[str, Value]], Awaitable[Value]]
    category: str = "script"
    tags: tuple[str, ...] = ()
    version: str = "1.0.0"
    permissions: tuple[str, ...] = ()
    examples: tuple[Mapping[str, Value], ...] = ()
    again: bool = True  # when a run is resumed: what its function does are effects of their own

    async def execute(self, ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
        return result_of(await self.call(ctx, params))


def script_tool(
    name: Value,
    description: Value,
    parameters: Value,
    call: Callable[[RunContext, Mapping[str, Value]], Awaitable[Value]],
    *,
    category: str = "script",
    tags: Iterable[str] = (),
    version: str = "1.0.0",
) -> ScriptTool:
    """Make a tool.

    Args:
        name: A letter, then letters, digits, `_`, `-` and `.`, at most 64 in all.
        description: What a person or a model reads to decide whether to use it.
        parameters: See `schema_of`.
        call: Gets its context and the checked parameters. A table with the keys of a ToolResult is one; anything else
            is its `result`.

    Raises:
        BadArgument: A part is not what it should be.
    """
    if not isinstance(name, str):
        raise BadArgument(f"a tool needs a name, a string, not {found_in_words(name)}", details={"path": "$.name"})
    if NAME.fullmatch(name) is None:
        raise BadArgument(
            f'"{name[:80]}" is not a name for a tool',
            hint="a letter, then letters, digits, hyphens, underscores and dots, at most 64 in all",
            details={"path": "$.name"},
        )
    if description is None:
        description = ""
    if not isinstance(description, str):
        raise BadArgument(
            f"a tool's description must be a string, not {found_in_words(description)}",
            details={"path": "$.description"},
        )
    made = ScriptTool(name, description, schema_of(parameters), call, category, tuple(tags), version)
    size = sum(len(it) for it in (description, category, version, repr(made.schema), *made.tags))
    if size > MAX_TOOL_CHARS:
        raise BadArgument(
            f"the tool {name} takes {size} characters to describe, at most {MAX_TOOL_CHARS} are kept",
            hint="a description and a schema are for a model to read: shorten them",
        )
    return made


def result_of(value: Value) -> ToolResult:
    """A ToolResult of whatever a tool's function returned."""
    if isinstance(value, ToolResult):
        return value
    if not (isinstance(value, Mapping) and _TELLING_KEYS & set(value) and set(value) <= _RESULT_KEYS):
        return answer("execute", value)
    made = answer(str(value.get("operation", "execute")), value.get("result", value.get("text")))
    error = value.get("error")
    metadata = value.get("metadata")
    return ToolResult(
        made.operation,
        made.result,
        str(value["text"]) if value.get("text") is not None else made.text,
        metadata if isinstance(metadata, Mapping) else {},
        success=bool(value.get("success", error is None)),
        error=None if error is None else str(error),
    )
