"""Find tools by name and run them: checks the parameters, asks the profile, measures.

Holds the built-in tools (imported one by one, when they are looked up or listed) and those that a run's scripts make.
One registry belongs to one run; the built-in tools themselves have no state and are shared."""

from __future__ import annotations

import dataclasses
import importlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from llmspell import tools
from llmspell.effects.flows import TOOL, leave
from llmspell.effects.perform import Effect, perform
from llmspell.errors import BadArgument, InternalError, LLMSpellError, ToolFailed, ToolNotFound
from llmspell.names import name_key
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Tool, ToolResult, Value, is_idempotent
from llmspell.tools.script_tool import NAME
from llmspell.tools.simple_schema import is_simple
from llmspell.tools.validation import check_params

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

# Named here because `list` is a method below.
Names: TypeAlias = list[str]
Rows: TypeAlias = list[dict[str, Value]]
# What a tool does with checked parameters.
Work: TypeAlias = "Callable[[RunContext, Mapping[str, Value]], Awaitable[ToolResult]]"


class ToolRegistry:
    """Tools by name. A hyphen and an underscore are the same, and so are upper and lower case.

    Args:
        disabled: Names that the settings switch off; such a tool is not listed, and finding it says why.
        builtin: Name → module of the tools that come with llmspell.

    Raises:
        BadArgument: A disabled name is no tool's.
    """

    def __init__(self, *, disabled: Iterable[str] = (), builtin: Mapping[str, str] = tools.BUILTIN) -> None:
        self._modules = {name_key(name): (name, module) for name, module in builtin.items()}
        self._aliases = {name_key(alias): name_key(name) for alias, name in tools.ALIASES.items() if name in builtin}
        self._own: dict[str, Tool] = {}
        self._disabled: set[str] = set()
        # Whether a tool's schema is a plain one: to find that out costs more than to check a call against it.
        self._is_simple: dict[str, bool] = {}
        for name in disabled:
            key = self._resolve(name)
            if key not in self._modules:
                names = [it for it, _ in self._modules.values()]
                raise BadArgument(f'cannot disable "{name}", there is no such tool', hint=did_you_mean(name, names))
            self._disabled.add(key)

    def names(self) -> Names:
        """All names that can be called, sorted; imports nothing."""
        built_in = [name for key, (name, _) in self._modules.items() if key not in self._disabled]
        return sorted([*built_in, *(tool.name for tool in self._own.values())])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._resolve(name) in self._available()

    def find(self, name: str) -> Tool:
        """The tool of this name or alias.

        Raises:
            ToolNotFound: There is none, or the settings disable it.
        """
        key = self._resolve(name)
        if key in self._own:
            return self._own[key]
        if key in self._disabled:
            raise ToolNotFound(
                f'the tool "{self._modules[key][0]}" is disabled by the settings',
                hint="remove it from tools.disabled",
                details={"name": name},
            )
        if key not in self._modules:
            hint = did_you_mean(name[:100].lower(), self.names()) or "`llmspell tool list` shows all tools"
            raise ToolNotFound(f'there is no tool "{name[:100]}"', hint=hint, details={"name": name[:100]})
        return _load(*self._modules[key])

    def describe(self, name: str) -> dict[str, Value]:
        """All that is known of a tool: its row, schema, permissions, examples, operations, aliases and origin.

        Raises:
            ToolNotFound: There is no such tool.
        """
        tool = self.find(name)
        key = name_key(tool.name)
        return {
            **_row(tool),
            "schema": tool.schema,
            "permissions": list(getattr(tool, "permissions", ())),
            "examples": [dict(it) for it in getattr(tool, "examples", ())],
            "results": dict(getattr(tool, "results", {})),
            "options": dict(getattr(tool, "options", {})),
            "needs": dict(getattr(tool, "needs", {})),
            "aliases": sorted(alias for alias, target in tools.ALIASES.items() if name_key(target) == key),
            "origin": "script" if key in self._own else "built-in",
        }

    def list(self, *, category: str = "", tag: str = "", text: str = "") -> Rows:
        """Rows (name, description, version, category, tags) of the tools that match all of what is given, by name."""
        found = (self.find(name) for name in self.names())
        return [_row(it) for it in found if _matches(it, category.lower(), tag.lower(), text.lower())]

    def search(self, text: str) -> Rows:
        """Rows of the tools that have every word of `text` in name, description, category or tags; best first."""
        words = text.lower().replace("_", "-").split()

        def rank(row: dict[str, Value]) -> tuple[bool, bool, str]:
            name = str(row["name"])
            return (name != "-".join(words), not all(word in name for word in words), name)

        found = [_row(it) for it in map(self.find, self.names()) if all(word in _text_of(it) for word in words)]
        return sorted(found, key=rank)

    def categories(self) -> Names:
        """The categories that have tools, sorted."""
        return sorted({self.find(name).category for name in self.names()})

    def register(self, tool: Tool) -> None:
        """Add a tool of a script's.

        Raises:
            BadArgument: The name is no name, is taken, or is a built-in tool's.
        """
        if NAME.fullmatch(tool.name) is None:
            raise BadArgument(f'"{tool.name[:80]}" is not a name for a tool', details={"path": "$.name"})
        key = self._resolve(tool.name)
        if key in self._modules:
            raise BadArgument(
                f'"{tool.name}" is a built-in tool and cannot be replaced',
                hint="choose another name",
                details={"path": "$.name"},
            )
        if key in self._own:
            raise BadArgument(
                f'there is a tool "{self._own[key].name}" already',
                hint="choose another name, or unregister that one first",
                details={"path": "$.name"},
            )
        self._own[key] = tool

    def unregister(self, name: str) -> bool:
        """Remove a tool of a script's; false when there is none of this name.

        Raises:
            BadArgument: It is a built-in tool.
        """
        key = self._resolve(name)
        if key in self._modules:
            raise BadArgument(f'"{name}" is a built-in tool and cannot be removed', details={"name": name})
        self._is_simple.pop(key, None)
        return self._own.pop(key, None) is not None

    async def execute(self, ctx: RunContext, name: str, params: Value = None) -> ToolResult:
        """Run one tool.

        Args:
            params: A table; `{parameters = {…}}` is unwrapped.

        Raises:
            ToolNotFound, InvalidParams, PermissionDenied: Before anything ran.
            ToolFailed: The tool could not do it.
        """
        tool = self.find(name)
        key = name_key(tool.name)
        if key not in self._is_simple:
            self._is_simple[key] = is_simple(tool.schema)
        return await self.execute_tool(ctx, tool, params, is_simple=self._is_simple[key])

    async def execute_tool(
        self,
        ctx: RunContext,
        tool: Tool,
        params: Value = None,
        *,
        run: Work | None = None,
        is_simple: bool | None = None,
    ) -> ToolResult:
        """Run a tool that need not be one of these, such as an agent, by the same rules. See `execute`.

        Args:
            run: Does it in the place of the tool's own `execute`.
            is_simple: What `simple_schema.is_simple` says of its schema, where the caller knows it.
        """
        effect = Effect(
            "tool",
            tool.name,
            params,
            needs=(("tool", tool.name),),
            actor=f"tool {tool.name}",
            idempotent=is_idempotent(tool, params),
            again=getattr(tool, "again", False),
        )
        do = run or tool.execute
        if getattr(tool, "outward", False) or getattr(tool, "brings", ()):
            do = _flowing(tool, do)
        if ctx.run.rails or ctx.rails:
            from llmspell.guardrails.rails import rails_of  # late: most runs have none
            from llmspell.tools.guarded import guarded

            do = guarded(rails_of(ctx), tool, do, is_simple=is_simple)
        work = self._execute if not ctx.run.hooks.at else self._execute_hooked
        result = await perform(ctx, effect, lambda inner: work(inner, tool, params, do, is_simple))
        if result is None:  # nobody knows whether an earlier run has done it, and this one is told to go on without
            return ToolResult("skipped", None, "")
        return result if isinstance(result, ToolResult) else ToolResult(**result)  # what an earlier run was answered

    async def _execute_hooked(
        self,
        ctx: RunContext,
        tool: Tool,
        params: Value,
        do: Work,
        is_simple: bool | None,
    ) -> ToolResult:
        from llmspell.tools import hooked  # late: most runs have no hooks

        if not hooked.is_watched(ctx):
            return await self._execute(ctx, tool, params, do, is_simple)

        async def watched(inner: RunContext, checked: Mapping[str, Value]) -> ToolResult:
            def check(changed: Value) -> Mapping[str, Value]:
                return check_params(tool.name, tool.schema, changed, is_simple=is_simple)

            return await do(inner, await hooked.validated(inner, tool.name, checked, check))

        async def once(given: Value) -> ToolResult:
            return await self._execute(ctx, tool, given, watched, is_simple)

        return await hooked.execute_hooked(ctx, tool.name, _unwrap(tool, params), once, self.execute)

    async def _execute(
        self,
        ctx: RunContext,
        tool: Tool,
        params: Value,
        do: Work,
        is_simple: bool | None,
    ) -> ToolResult:
        checked = check_params(tool.name, tool.schema, _unwrap(tool, params), is_simple=is_simple)
        started = time.perf_counter()
        try:
            result = await do(ctx, checked)
        except LLMSpellError as error:
            error.details.setdefault("tool", tool.name)
            raise
        except UnicodeEncodeError as error:
            message = f"{tool.name}: a text holds half of a character (a lone surrogate), which cannot be encoded"
            raise ToolFailed(message, code="not_text", details={"tool": tool.name}) from error
        except (RecursionError, MemoryError) as error:
            message = f"{tool.name}: the input is too deeply nested or too large"
            raise ToolFailed(message, code="too_large", details={"tool": tool.name}) from error
        return dataclasses.replace(result, duration_ms=round((time.perf_counter() - started) * 1000, 3))

    def _resolve(self, name: str) -> str:
        key = name_key(name)
        # A tool that a script has made under an alias's name is meant before the alias.
        return key if key in self._own or key in self._modules else self._aliases.get(key, key)

    def _available(self) -> set[str]:
        return (self._modules.keys() - self._disabled) | self._own.keys()


def _flowing(tool: Tool, do: Work) -> Work:
    """With what the tool declares of the data that it takes out and brings in."""

    async def work(inner: RunContext, params: Mapping[str, Value]) -> ToolResult:
        if getattr(tool, "outward", False):
            leave(inner, TOOL, tool.name)
        for label in getattr(tool, "brings", ()):
            inner.run.flows.bring(inner, label, TOOL, tool.name)
        return await do(inner, params)

    return work


def _load(name: str, module: str) -> Tool:
    tool: Tool = importlib.import_module(module).TOOL
    if tool.name != name:
        raise InternalError(f'{module} is listed as "{name}" and calls itself "{tool.name}"')
    return tool


def _unwrap(tool: Tool, params: Value) -> Value:
    if not isinstance(params, Mapping) or set(params) != {"parameters"}:
        return params
    takes_it = "parameters" in tool.schema.get("properties", {})
    return params if takes_it or not isinstance(params["parameters"], Mapping) else params["parameters"]


def _row(tool: Tool) -> dict[str, Value]:
    return {
        "name": tool.name,
        "description": tool.description,
        "version": tool.version,
        "category": tool.category,
        "tags": list(tool.tags),
    }


def _text_of(tool: Tool) -> str:
    return " ".join((tool.name, tool.description, tool.category, *tool.tags)).lower()


def _matches(tool: Tool, category: str, tag: str, text: str) -> bool:
    if category and tool.category.lower() != category:
        return False
    if tag and tag not in (it.lower() for it in tool.tags):
        return False
    return text in _text_of(tool)
