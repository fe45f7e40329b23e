"""`Tool`: find and run tools, and make tools of a script's own functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from llmspell.errors import BadArgument, ToolNotFound
from llmspell.interface.declare import Callback, Fields, method, script_global, script_object
from llmspell.tools.protocol import ToolResult, Value
from llmspell.tools.script_tool import ScriptTool, script_tool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.tools.protocol import Tool
    from llmspell.tools.registry import ToolRegistry

MAX_SCRIPT_TOOLS = 1000  # of one run; each is kept in the host's memory


@script_object("ToolRow", record=True)
class ToolRow(TypedDict):
    """One tool in a list.

    Attributes:
        name: What `Tool.execute` takes.
        description: What it does, in a sentence.
        version: Of the tool.
        category: One of `Tool.categories()`.
        tags: Words to find it by.
    """

    name: str
    description: str
    version: str
    category: str
    tags: list[str]


@script_object("ToolResult", record=True)
class ToolResultMap(TypedDict):
    """What every tool answers with. Where `result` is a table, its keys can also be read directly, unless one has the
    name of a key here.

    Attributes:
        success: False where the tool reports a failure that it does not raise.
        text: The result for people and models.
        result: The result for programs.
        error: What failed, or nil.
        metadata: What else the tool says about its work.
        duration_ms: How long it took.
        operation: Which of its operations was done.
    """

    success: bool
    text: str
    result: Value
    error: str | None
    metadata: dict[str, Value]
    duration_ms: float
    operation: str


@script_object("ToolObject")
@dataclass(frozen=True, slots=True)
class ToolObject:
    """A tool that a script holds.

    Attributes:
        name: What `Tool.execute` takes.
        description: What it does.
        version: Of the tool.
        schema: The JSON Schema of its parameters.
    """

    name: str
    description: str
    version: str
    schema: dict[str, Value]
    _registry: ToolRegistry

    @method(needs="tool", aliases=("invoke",), again=True)
    async def execute(
        self, ctx: RunContext, params: Annotated[dict[str, Value], Fields] | None = None
    ) -> ToolResultMap:
        """Run this tool and wait for its result.

        Args:
            params: Checked against `schema` before anything runs.

        Returns:
            The result.

        Raises:
            InvalidParams: The first mistake in `params`, with its JSON path.
            PermissionDenied: The profile does not allow this tool or this use of it.
            ToolFailed: The tool could not do it; the error's code says why.
        """
        return result_value(await self._registry.execute(ctx, self.name, params))

    @property
    def found(self) -> Tool:
        """The tool itself, as it is registered now."""
        return self._registry.find(self.name)


@script_global("Tool", index="get")
class ToolGlobal:
    """Find and run tools. A hyphen and an underscore in a tool's name are the same, and `Tool["calculator"]` is
    `Tool.get("calculator")`."""

    def __init__(self, registry: ToolRegistry) -> None:
        self._registry = registry
        self._n_made = 0

    @classmethod
    def build(cls, services: Services) -> ToolGlobal:
        return cls(services.tools)

    @method(table=True, aliases=("discover",), recorded=False)
    async def list_(self, ctx: RunContext, category: str = "", tag: str = "", text: str = "") -> list[ToolRow]:
        """The tools that there are, by name.

        Args:
            category: Only those of this category.
            tag: Only those with this tag.
            text: Only those with this text in their name, description or tags.

        Returns:
            One row for each tool.
        """
        filters = {"category": category, "tag": tag, "text": text}
        rows: Any = await self._discovered(ctx, filters, lambda it: self._registry.list(**_texts(it)))
        found: list[ToolRow] = rows
        return found

    @method(recorded=False)
    async def search(self, ctx: RunContext, text: str) -> list[ToolRow]:
        """The tools that have every word of a text in their name, description, category or tags.

        Args:
            text: Words.

        Returns:
            One row for each tool, the best first.
        """
        rows: Any = await self._discovered(
            ctx, {"text": text}, lambda it: self._registry.search(_texts(it).get("text", ""))
        )
        found: list[ToolRow] = rows
        return found

    @method(recorded=False)
    def categories(self, ctx: RunContext) -> list[str]:
        """The categories of the tools that there are."""
        return self._registry.categories()

    @method(recorded=False)
    def get(self, ctx: RunContext, name: str) -> ToolObject | None:
        """A tool as an object.

        Args:
            name: A name from `Tool.list()`.

        Returns:
            nil when there is no such tool.
        """
        tool = self._find(name)
        return None if tool is None else self._object(tool)

    @method(recorded=False)
    def exists(self, ctx: RunContext, name: str) -> bool:
        """Whether there is a tool of this name.

        Args:
            name: A name.
        """
        return self._find(name) is not None

    @method(aliases=("info",), recorded=False)
    def get_info(self, ctx: RunContext, name: str) -> dict[str, Value]:
        """Everything that is known of a tool: its row, schema, permissions and examples.

        Args:
            name: A name from `Tool.list()`.

        Raises:
            ToolNotFound: No such tool. The message names the nearest ones.
        """
        return self._registry.describe(name)

    @method(aliases=("schema",), recorded=False)
    def get_schema(self, ctx: RunContext, name: str) -> dict[str, Value]:
        """The JSON Schema of a tool's parameters.

        Args:
            name: A name from `Tool.list()`.

        Raises:
            ToolNotFound: No such tool. The message names the nearest ones.
        """
        return dict(self._registry.find(name).schema)

    @method(needs="tool", aliases=("invoke",), again=True)
    async def execute(
        self, ctx: RunContext, name: str, params: Annotated[dict[str, Value], Fields] | None = None
    ) -> ToolResultMap:
        """Run one tool and wait for its result.

        Args:
            name: A name from `Tool.list()`.
            params: Checked against the tool's JSON Schema before anything runs. `{parameters = {…}}` is the same as
                what is inside it.

        Returns:
            The result.

        Raises:
            ToolNotFound: No such tool. The message names the nearest ones.
            InvalidParams: The first mistake in `params`, with its JSON path.
            PermissionDenied: The profile does not allow this tool or this use of it.
            ToolFailed: The tool could not do it; the error's code says why.
        """
        return result_value(await self._registry.execute(ctx, name, params))

    @method(table=True, aliases=("register", "define"), recorded=False)
    def create(
        self,
        ctx: RunContext,
        name: str,
        description: str,
        execute: Annotated[Callback, "params -> value"],
        parameters: dict[str, Value] | list[dict[str, Value]] | None = None,
        category: str = "script",
        tags: list[str] | None = None,
        version: str = "1.0.0",
    ) -> ToolObject:
        """Make a tool of a function, for this run. Made again under the same name, it replaces the first.

        Args:
            name: A letter, then letters, digits, `_`, `-` and `.`, at most 64 in all.
            description: What it does; a model reads it to decide whether to use the tool.
            execute: Gets the checked parameters. A returned table with only the keys of a ToolResult is one; anything
                else is its `result`.
            parameters: A JSON Schema, or a table of names: `{ city = "string", days = { type = "integer",
                default = 3 } }`. A name without a default is required, unless its type ends in `?` or it says
                `required = false`.
            category: For `Tool.list`.
            tags: For `Tool.list`.
            version: Of the tool.

        Returns:
            The tool.

        Raises:
            BadArgument: The name is no name or a built-in tool's, or the schema is none.
        """
        call = called_in_place(execute)
        made = script_tool(name, description, parameters, call, category=category, tags=tags or (), version=version)
        found = self._find(name)
        if isinstance(found, ScriptTool):
            self._registry.unregister(found.name)
        elif self._n_made >= MAX_SCRIPT_TOOLS:
            raise BadArgument(f"a run makes at most {MAX_SCRIPT_TOOLS} tools")
        self._registry.register(made)
        self._n_made += found is None
        return self._object(made)

    async def _discovered(
        self, ctx: RunContext, filters: dict[str, Value], find: Callable[[Mapping[str, Value]], Value]
    ) -> Value:
        if not ctx.run.hooks.at:
            return find(filters)
        from llmspell.tools.hooked import discovered  # late: most runs have no hooks

        return await discovered(ctx, filters, find)

    def _find(self, name: str) -> Tool | None:
        try:
            return self._registry.find(name)
        except ToolNotFound:
            return None

    def _object(self, tool: Tool) -> ToolObject:
        return ToolObject(tool.name, tool.description, tool.version, dict(tool.schema), self._registry)


def _texts(filters: Mapping[str, Value]) -> dict[str, str]:
    """Filters as a hook has left them; what it took out looks for everything."""
    if not isinstance(filters, dict):
        raise BadArgument("what a hook at BeforeToolDiscovery changes are the filters: category, tag and text")
    return {key: str(filters.get(key) or "") for key in ("category", "tag", "text") if key in filters}


def called_in_place(execute: Callback) -> Callable[[RunContext, Mapping[str, Value]], Awaitable[Value]]:
    """A script's function as what a tool does: what it does counts as done where the tool is used."""
    return lambda ctx, params: execute(params, around=ctx)


def result_value(result: ToolResult) -> ToolResultMap:
    """A tool's result as scripts see it."""
    value: ToolResultMap = result.to_value()  # type: ignore[assignment]  # a plain map with these keys
    return value
