"""`llmspell tool list|info|call`: the tools from the shell. No worker is started: no script runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmspell.cli import output
from llmspell.cli.flags import (
    AllowFlag,
    ConfigFlag,
    DenyFlag,
    JsonFlag,
    ProfileFlag,
    QuietFlag,
    TimeoutFlag,
    VerboseFlag,
    new_app,
    parsed_in_style,
    parsed_of,
)
from llmspell.cli.tool_params import file_hint, main_field, read_params
from llmspell.cli.tool_text import described_in_words
from llmspell.errors import InvalidParams, LLMSpellError, UsageError
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.cli.options import Parsed
    from llmspell.tools.protocol import ToolResult
    from llmspell.tools.registry import ToolRegistry

app = new_app()


@app.command("list")
def list_tools(
    category: Annotated[str, typer.Option("--category", help="only tools of this category")] = "",
    text: Annotated[str, typer.Option("--search", help="only tools that speak of this")] = "",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """List the tools."""
    registry = _registry(parsed_of(config=config))
    if category and category.lower() not in (it.lower() for it in registry.categories()):
        known = registry.categories()
        hint = did_you_mean(category, known) or f"the categories are {', '.join(known)}"
        raise UsageError(f"no tool has the category {category}", hint=hint)
    # All words of it, in any order, as Tool.search has it; listed by name.
    found = {str(it["name"]) for it in registry.search(text)} if text else set(registry.names())
    rows = [it for it in registry.list(category=category) if it["name"] in found]
    if not rows:
        output.note("llmspell: no tool speaks of that; `llmspell tool list` shows all")
    if as_json:
        output.result(output.pretty_json(rows))
        return
    width = max((len(str(it["name"])) for it in rows), default=0)
    kind = max((len(str(it["category"])) for it in rows), default=0)
    lines = [f"{it['name']:<{width}}  {it['category']:<{kind}}  {it['description']}" for it in rows]
    output.result("\n".join(output.clean(it) for it in lines))


@app.command("info")
def info(
    name: Annotated[str, typer.Argument(help="the tool; a hyphen and an underscore are the same")],
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Describe one tool: what it does, its parameters, what it may ask for, examples."""
    described = _registry(parsed_of(config=config)).describe(name)
    output.result(output.pretty_json(described) if as_json else output.clean(described_in_words(described)))


@app.command("call")
def call(
    name: Annotated[str, typer.Argument(help="the tool")],
    input: Annotated[
        str | None,
        typer.Option("--input", "-i", help="params as a JSON object, or the `input` as text; @FILE or - reads it"),
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="KEY=VALUE", help="one param; VALUE is JSON or text")
    ] = None,
    as_json: JsonFlag = False,
    profile: ProfileFlag = None,
    allow: AllowFlag = None,
    deny: DenyFlag = None,
    timeout: TimeoutFlag = None,
    quiet: QuietFlag = False,
    verbose: VerboseFlag = False,
    config: ConfigFlag = None,
) -> int:
    """Call one tool and print its result."""
    parsed = parsed_in_style(
        quiet=quiet, verbose=verbose, profile=profile, allow=allow, deny=deny, timeout=timeout, config=config
    )
    schema: Mapping[str, Any] = {}
    try:
        registry = _registry(parsed)
        schema = registry.find(name).schema
        params = read_params(schema, input, param or [])
        result = _call(parsed, registry, name, params)
    except LLMSpellError as failure:
        _explain(failure, schema, input)
        if as_json:
            output.result(output.pretty_json({"success": False, "error": failure.to_wire()}))
        raise
    if as_json:
        shown = {"success": result.success, "operation": result.operation, "text": result.text, "result": result.result}
        output.result(
            output.pretty_json(
                {**shown, "metadata": dict(result.metadata), "error": result.error, "duration_ms": result.duration_ms}
            )
        )
    elif isinstance(result.result, bytes) and not os.isatty(output.STDOUT):
        output.write(output.STDOUT, result.result)  # as they are: no newline is put after them
    else:
        output.result(result.text)
    return 0 if result.success else 1


def _explain(failure: LLMSpellError, schema: Mapping[str, Any], input: str | None) -> None:
    """Add to a tool's own hint what only the shell's user can do."""
    if input is None or not isinstance(failure, InvalidParams):
        return
    hint = ""
    if "unknown" in failure.details and input.lstrip().startswith("{"):
        hint = f"a text that looks like JSON is given as --param {main_field(schema)}=TEXT"
    elif failure.details.get("path") == f"$.{main_field(schema)}" and input[:1] in ("-", "@"):
        hint = file_hint(schema)
    failure.hint = "; ".join(it for it in (failure.hint, hint) if it)


def _registry(parsed: Parsed) -> ToolRegistry:
    from llmspell.cli.settings import disabled_tools, load
    from llmspell.tools.registry import ToolRegistry

    return ToolRegistry(disabled=disabled_tools(load(parsed)[0]))


def _call(parsed: Parsed, registry: ToolRegistry, name: str, params: dict[str, Any]) -> ToolResult:
    from llmspell.cli.settings import announce, load
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run
    from llmspell.security.limits import limit_error

    settings, profile = load(parsed)
    announce(settings, parsed)
    ctx = RunContext(Run(profile, settings=settings), "", "the command line")

    async def within_the_limit() -> ToolResult:
        try:
            async with asyncio.timeout(profile.limits.wall_s):
                return await registry.execute(ctx, name, params)
        except TimeoutError as error:
            raise limit_error("wall_limit", profile.limits, profile.name, flag="--timeout") from error

    return asyncio.run(within_the_limit())
