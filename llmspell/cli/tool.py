"""`llmspell tool list|info|call`: the tools from the shell. No worker is started: no script runs."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmspell.cli import output
from llmspell.cli.options import Parsed
from llmspell.errors import LLMSpellError, UsageError, did_you_mean

if TYPE_CHECKING:
    from llmspell.tools.protocol import ToolResult
    from llmspell.tools.registry import ToolRegistry

app = typer.Typer(rich_markup_mode=None, suggest_commands=False, pretty_exceptions_enable=False)

JsonFlag = Annotated[bool, typer.Option("--json", help="print JSON instead of text")]
ConfigFlag = Annotated[str | None, typer.Option("--config", "-c", metavar="FILE", help="use this settings file")]


@app.command("list")
def list_tools(
    category: Annotated[str, typer.Option("--category", help="only tools of this category")] = "",
    text: Annotated[str, typer.Option("--search", help="only tools that speak of this")] = "",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """List the tools."""
    registry = _registry(_parsed(config=config))
    if category and category.lower() not in (it.lower() for it in registry.categories()):
        known = registry.categories()
        hint = did_you_mean(category, known) or f"the categories are {', '.join(known)}"
        raise UsageError(f"no tool has the category {category}", hint=hint)
    rows = registry.list(category=category, text=text)
    if as_json:
        output.result(_json(rows))
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
    described = _registry(_parsed(config=config)).describe(name)
    output.result(_json(described) if as_json else output.clean(_describe(described)))


@app.command("call")
def call(
    name: Annotated[str, typer.Argument(help="the tool")],
    input: Annotated[
        str | None,
        typer.Option("--input", "-i", help="params as a JSON object, or the `input` param; @FILE or - reads it"),
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="KEY=VALUE", help="one param; VALUE is JSON or text")
    ] = None,
    as_json: JsonFlag = False,
    profile: Annotated[str | None, typer.Option("--profile", "-P", metavar="NAME", help="as for run")] = None,
    allow: Annotated[list[str] | None, typer.Option("--allow", "-a", metavar="PERMISSION", help="as for run")] = None,
    deny: Annotated[list[str] | None, typer.Option("--deny", "-d", metavar="PERMISSION", help="as for run")] = None,
    timeout: Annotated[
        str | None, typer.Option("--timeout", "-t", metavar="TIME", help="give up after so long")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="errors only")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="say more")] = False,
    config: ConfigFlag = None,
) -> int:
    """Call one tool and print its result."""
    parsed = _parsed(profile=profile, allow=allow, deny=deny, timeout=timeout, config=config)
    output.STYLE.quiet = quiet
    output.STYLE.verbose = output.STYLE.verbose or verbose
    try:
        registry = _registry(parsed)
        schema = registry.find(name).schema
        params = read_params(schema, input, param or [])
        result = _call(parsed, registry, name, params)
    except LLMSpellError as failure:
        if as_json:
            output.result(_json({"success": False, "error": failure.to_wire()}))
        raise
    if as_json:
        shown = {"success": result.success, "operation": result.operation, "text": result.text, "result": result.result}
        output.result(
            _json(
                {**shown, "metadata": dict(result.metadata), "error": result.error, "duration_ms": result.duration_ms}
            )
        )
    else:
        output.result(result.text)
    return 0 if result.success else 1


def read_params(schema: Mapping[str, Any], input: str | None, pairs: list[str]) -> dict[str, Any]:
    """The params of a call.

    Args:
        schema: Decides what `--input` is: a JSON object with known fields is all params, anything else the `input`
            param (or the tool's only required one).
        pairs: `KEY=VALUE`; they win over `input`. A VALUE that is JSON is read as JSON unless the schema wants a text.

    Raises:
        UsageError: A pair without `=`, a key that is there twice, a file that cannot be read.
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    params: dict[str, Any] = {}
    if input is not None:
        text = _read_input(input)
        value = _json_or_none(text)
        if isinstance(value, dict) and (set(value) <= set(properties) or "input" not in properties):
            params.update(value)
        else:
            params[_main_field(schema)] = _typed(text, properties.get(_main_field(schema), {}))
    seen: set[str] = set()
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"--param is KEY=VALUE, found {pair!r}", hint="for example --param operation=hash")
        if key in seen:
            raise UsageError(
                f"the param {key} is there twice", hint='a list is written as JSON: --param \'items=["a","b"]\''
            )
        seen.add(key)
        params[key] = _typed(text, properties.get(key, {}))
    return params


def _main_field(schema: Mapping[str, Any]) -> str:
    if "input" in schema.get("properties", {}):
        return "input"
    required = [it for it in schema.get("required", ()) if it != "operation"]
    return str(required[0]) if len(required) == 1 else "input"


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A value by what the schema wants of it: a field that may be a text and nothing else is never read as JSON."""
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if "string" in kinds and len(kinds) == 1:
        return text
    value = _json_or_none(text)
    return text if value is None and text.strip() != "null" else value


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read_input(text: str) -> str:
    if text == "-":
        try:
            return _decoded(b"".join(iter(lambda: os.read(0, 1 << 16), b"")), "stdin")
        except OSError as error:
            raise UsageError(f"cannot read stdin: {(error.strerror or str(error)).lower()}") from error
    if not text.startswith("@"):
        return text
    path = text[1:]
    try:
        with open(path, "rb") as file:
            return _decoded(file.read(), path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {path or 'a file without a name'}: {reason.lower()}") from error


def _decoded(raw: bytes, where: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{where} is not UTF-8 text", hint="a binary file is read by the tool itself, by path"
        ) from error


def _parsed(**values: str | list[str] | None) -> Parsed:
    """Options in the form in which `run` has them, so that settings and profile are found the same way."""
    parsed = Parsed("run")
    parsed.values = {name: it for name, it in values.items() if it is not None and it != []}
    return parsed


def _registry(parsed: Parsed) -> ToolRegistry:
    from llmspell.cli.settings import disabled_tools, load
    from llmspell.tools.registry import ToolRegistry

    return ToolRegistry(disabled=disabled_tools(load(parsed)[0]))


def _call(parsed: Parsed, registry: ToolRegistry, name: str, params: dict[str, Any]) -> ToolResult:
    from llmspell.cli.settings import load
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run
    from llmspell.security.limits import limit_error

    settings, profile = load(parsed)
    ctx = RunContext(Run(profile, settings=settings), "", "the command line")

    async def within_the_limit() -> ToolResult:
        try:
            async with asyncio.timeout(profile.limits.wall_s):
                return await registry.execute(ctx, name, params)
        except TimeoutError as error:
            raise limit_error("wall_limit", profile.limits, profile.name) from error

    return asyncio.run(within_the_limit())


def _json(value: object) -> str:
    from llmspell.cli.values import to_json

    return to_json(value, pretty=True)


def _describe(tool: Mapping[str, Any]) -> str:
    lines = [f"{tool['name']} {tool['version']} ({tool['category']})", "", f"  {tool['description']}"]
    schema = tool["schema"]
    required = schema.get("required", ())
    lines += ["", "Params:"]
    for name, it in schema.get("properties", {}).items():
        kind = _kind(it)
        notes = ["required"] if name in required else []
        if "default" in it:
            notes.append(f"default {json.dumps(it['default'], ensure_ascii=False)}")
        lines.append(f"  {name} ({', '.join([kind, *notes])})")
        if it.get("description"):
            lines.append(f"      {it['description']}")
    if tool["permissions"]:
        lines += ["", "May ask for:", *(f"  {it}" for it in tool["permissions"])]
    if tool["examples"]:
        lines += ["", "Examples:"]
        for it in tool["examples"]:
            quoted = json.dumps(it, ensure_ascii=False).replace("'", "'\\''")
            lines.append(f"  llmspell tool call {tool['name']} --input '{quoted}'")
    if tool["aliases"]:
        lines += ["", f"Also called: {', '.join(tool['aliases'])}"]
    return "\n".join(lines)


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(it) for it in schema["enum"])
    kinds = schema.get("type", "any")
    return kinds if isinstance(kinds, str) else " | ".join(kinds)
