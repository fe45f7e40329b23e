"""What a tool is.

Called by `tools.registry` on behalf of scripts, agents, workflows and the shell; implemented by each built-in tool's
`ToolSpec` and by tools that scripts make of their own functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

Value = Any  # a script's value: nil, bool, int, float, str, bytes, list, dict with string keys


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answers with. `text` is for people and models, `result` for programs.

    `success` is false only where a tool reports a failure it does not raise (nothing built in does)."""

    operation: str
    result: Value
    text: str
    metadata: Mapping[str, Value] = field(default_factory=dict)
    success: bool = True
    error: str | None = None
    duration_ms: float = 0.0

    def to_value(self) -> dict[str, Value]:
        """As scripts and later steps see it: its fields, and beside them the keys of an object result."""
        value: dict[str, Value] = {
            "success": self.success,
            "text": self.text,
            "result": self.result,
            "error": self.error,
            "metadata": dict(self.metadata),
            "duration_ms": self.duration_ms,
            "operation": self.operation,
        }
        return {**self.result, **value} if isinstance(self.result, dict) else value


class Tool(Protocol):
    """One tool. The registry checks `params` against `schema` (JSON Schema of an object) before `execute` is called."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def schema(self) -> Mapping[str, Value]: ...

    async def execute(self, ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
        """Do it.

        Args:
            ctx: Permissions are asked for at the point of use: `ctx.permit("read", path)`.
            params: Valid by `schema`, defaults filled in.

        Raises:
            ToolFailed: It could not be done; `code` says why (`file_not_found`, `division_by_zero`, …).
            PermissionDenied: The profile does not allow what these params need.
        """


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a declaration around one async function."""

    name: str
    description: str
    category: str
    schema: Mapping[str, Value]
    run: Callable[[RunContext, Mapping[str, Value]], Awaitable[ToolResult]]
    tags: tuple[str, ...] = ()
    version: str = "1.0.0"
    permissions: tuple[str, ...] = ()  # for people: what it may ask for, `read:PATH`, …
    examples: tuple[Mapping[str, Value], ...] = ()  # params that work, shown by `tool info` and run by tests
    # By operation, for people and models:
    results: Mapping[str, str] = field(default_factory=dict)  # what `result` is; every operation has a line
    options: Mapping[str, str] = field(default_factory=dict)  # its params, those that it needs first
    needs: Mapping[str, str] = field(default_factory=dict)  # what its examples need: a flag that grants it, an extra
    # For `effects.flows`, where its permissions do not say it already:
    brings: tuple[str, ...] = ()  # labels of what it answers: private, untrusted
    outward: bool = False  # what it is given leaves the machine: a mail, a web hook
    # Whether doing it twice is the same as doing it once: all of it, or the operations that are named.
    idempotent: bool | tuple[str, ...] = False

    async def execute(self, ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
        return await self.run(ctx, params)


def is_idempotent(tool: Tool, params: Value) -> bool:
    """Whether a tool may do this twice where once was meant. A tool that does not say may not."""
    found = getattr(tool, "idempotent", False)
    if not isinstance(found, tuple):
        return bool(found)
    given = params.get("parameters", params) if isinstance(params, Mapping) else {}
    return isinstance(given, Mapping) and given.get("operation") in found
