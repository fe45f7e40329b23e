"""`llmspell agent ask|list|info|templates`: agents from the shell. No worker is started: no script runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmspell.cli import output
from llmspell.cli.flags import (
    BudgetFlag,
    ConfigFlag,
    DenyFlag,
    JsonFlag,
    ProfileFlag,
    QuietFlag,
    SetFlag,
    TimeoutFlag,
    VerboseFlag,
    new_app,
    parsed_in_style,
    parsed_of,
)

if TYPE_CHECKING:
    from llmspell.agents.template_file import Template
    from llmspell.agents.templates import Templates

app = new_app()


@app.command("ask")
def ask(
    prompt: Annotated[
        list[str], typer.Argument(help="what to ask; - is stdin, @FILE a file; several are put together")
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="NAME", help="provider/model or an alias; otherwise models.default")
    ] = "",
    agent: Annotated[
        str, typer.Option("--agent", "-a", metavar="TEMPLATE", help="ask an agent made of this template")
    ] = "",
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="KEY=VALUE", help="a parameter of the template")
    ] = None,
    system: Annotated[str, typer.Option("--system", "-s", metavar="TEXT", help="what the model is told to be")] = "",
    tool: Annotated[list[str] | None, typer.Option("--tool", "-T", metavar="NAME", help="a tool it may use")] = None,
    image: Annotated[list[str] | None, typer.Option("--image", metavar="FILE|URL", help="a picture to show it")] = None,
    file: Annotated[list[str] | None, typer.Option("--file", metavar="FILE|URL", help="a document to show it")] = None,
    schema: Annotated[
        str, typer.Option("--schema", metavar="JSON|@FILE", help="a JSON Schema, or a table of fields; prints JSON")
    ] = "",
    stream: Annotated[
        bool | None, typer.Option("--stream/--no-stream", help="show the answer as it arrives (on a terminal: always)")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", metavar="0..2", min=0, max=2, help="of the model")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", metavar="N", min=1, help="of one answer of the model")
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option("--max-steps", metavar="N", min=1, help="how often its model is asked")
    ] = None,
    budget: BudgetFlag = None,
    as_json: JsonFlag = False,
    profile: ProfileFlag = None,
    allow: Annotated[list[str] | None, typer.Option("--allow", metavar="PERMISSION", help="as for run")] = None,
    deny: DenyFlag = None,
    timeout: TimeoutFlag = None,
    quiet: QuietFlag = False,
    verbose: VerboseFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Ask an agent, and print its answer."""
    from llmspell.cli.agent_asking import Asking

    shown = [it for it in (*(image or ()), *(file or ())) if "://" not in it]
    # Who names a file here wants it read, wherever it is.
    rights = [*(allow or ()), *(f"read:{os.path.abspath(it)}" for it in shown)]
    parsed = parsed_in_style(
        quiet=quiet,
        verbose=verbose,
        profile=profile,
        allow=rights,
        deny=deny,
        timeout=timeout,
        budget=budget,
        config=config,
        set=set,
    )
    asking = Asking(parsed, stream=stream, as_json=as_json)
    fields = {
        "model": model,
        "system_prompt": system,
        "tools": tool,
        "schema": schema,
        "temperature": temperature,
        "max_tokens": max_tokens,
        "max_steps": max_steps,
    }
    asking.make(agent, param or [], {name: it for name, it in fields.items() if it not in (None, "", [])})
    asking.ask(prompt, images=image or [], files=file or [])


@app.command("list")
def list_agents(as_json: JsonFlag = False, config: ConfigFlag = None, set: SetFlag = None) -> None:
    """List the agents that can be asked with `ask --agent`: those in the box and your own."""
    rows = [dict(it) for it in templates_of(config, set).list()]
    if as_json:
        output.result(output.pretty_json(rows))
        return
    width = max((len(str(it["name"])) for it in rows), default=0)
    for it in rows:
        output.result(output.clean(f"{it['name']:<{width}}  {it.get('description') or it.get('error', '')}"))


@app.command("info")
def info(
    name: Annotated[str, typer.Argument(help="one of `agent list`")],
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Describe an agent: what it is for, its parameters, tools and limits, and where its file is."""
    found = templates_of(config, set).find(name)
    output.result(output.pretty_json(found.to_value()) if as_json else output.clean(_in_words(found)))


@app.command("templates")
def show_templates(
    name: Annotated[str, typer.Argument(help="print this one's file, for a copy of your own")] = "",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """List the templates with their parameters, or print one, for a copy in a folder `agents`."""
    templates = templates_of(config, set)
    if name:
        output.result(templates.find(name).source.rstrip("\n"))
        return
    rows = [dict(it) for it in templates.list()]
    if as_json:
        output.result(output.pretty_json(rows))
        return
    for it in rows:
        names = ", ".join(str(one["name"]) for one in it.get("parameters", ())) or "no parameters"
        origin = "in the box" if it.get("built_in") else str(it.get("path", ""))
        output.result(
            output.clean(f"{it['name']}  ({origin})\n    {it.get('description') or it.get('error', '')}\n    {names}")
        )


def templates_of(config: str | None, pairs: list[str] | None) -> Templates:
    """The templates of these settings."""
    from llmspell.agents.templates import Templates, template_folders
    from llmspell.cli.settings import load_only
    from llmspell.tools.template_process import TemplateProcess

    settings = load_only(parsed_of(config=config, set=pairs))
    return Templates(template_folders(settings), TemplateProcess())


def _in_words(found: Template) -> str:
    lines = [f"{found.name}: {found.description}"]
    parameters: list[dict[str, Any]] = found.to_value()["parameters"]
    for it in parameters:
        value = " | ".join(map(str, it.get("enum", ()))) or str(it["type"]).upper()
        default = "required" if it["required"] else f"{it['default']!r} if not given"
        lines.append(f"  --param {it['name']}={value}  {it['description']} ({default})")
    for key in ("model", "tools", "capabilities", "max_steps", "memory"):
        if found.fields.get(key):
            value = found.fields[key]
            lines.append(f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    lines.append(f"file: {found.path}")
    return "\n".join(lines)
