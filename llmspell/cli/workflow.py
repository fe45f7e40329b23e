"""`llmspell workflow run|validate|show|list|plan`: workflows in files, from the shell. No worker is started: a file has
no functions, so no script runs."""

from __future__ import annotations

from typing import Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import (
    AllowFlag,
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
from llmspell.errors import UsageError
from llmspell.suggestions import did_you_mean

app = new_app()

FORMATS = ("text", "mermaid", "dot", "json", "toml")
File = Annotated[
    str, typer.Argument(metavar="FILE", help="a workflow in TOML or JSON, or the name of one of `workflow list`")
]
ModelFlag = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME", help="the model of agents that name none")
]


@app.command("run")
def run(
    file: File,
    input: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="INPUT", help="JSON or text; @FILE or - reads it; KEY=VALUE is one key"),
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="KEY=VALUE", help="one key; VALUE is JSON or text")
    ] = None,
    model: ModelFlag = None,
    budget: BudgetFlag = None,
    as_json: JsonFlag = False,
    no_progress: Annotated[
        bool, typer.Option("--no-progress", help="do not draw the steps on the terminal while they run")
    ] = False,
    profile: ProfileFlag = None,
    allow: AllowFlag = None,
    deny: DenyFlag = None,
    timeout: TimeoutFlag = None,
    quiet: QuietFlag = False,
    verbose: VerboseFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> int:
    """Run a workflow and print what it gives."""
    from llmspell.cli.workflow_running import Running

    parsed = parsed_in_style(
        quiet=quiet,
        verbose=verbose,
        profile=profile,
        allow=allow,
        deny=deny,
        timeout=timeout,
        config=config,
        set=set,
        budget=budget,
        model=model,
    )
    return Running(parsed, as_json=as_json, with_progress=not no_progress).run(file, input or [], param or [])


@app.command("validate")
def validate(file: File, as_json: JsonFlag = False, config: ConfigFlag = None, set: SetFlag = None) -> int:
    """Check a workflow without running it. Exit code 1 when something is wrong with it."""
    from llmspell.cli.workflow_checking import check

    found = check(parsed_of(config=config, set=set), file)
    if as_json:
        output.result(output.pretty_json(found.to_value()))
    elif not found.problems:
        output.result(output.clean(found.sentence))
    else:
        for it in found.problems:
            where = f"{it['file']}:{it['line']}: " if it.get("line") else ""
            path = f" ({it['path']})" if it.get("path", "$") != "$" else ""
            output.result(output.clean(f"{where}{it['message']}{path}"))
            if it.get("hint"):
                output.result(output.clean(f"  hint: {it['hint']}"))
    return 1 if found.problems else 0


@app.command("show", short_help="Draw a workflow, or print it as a file of another kind.")
def show(
    file: File,
    format: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help=", ".join(FORMATS))] = "text",
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Draw a workflow: for this terminal, as Mermaid, as DOT; or print it as a file of another kind."""
    from llmspell.cli.workflow_checking import shown

    if format not in FORMATS:
        hint = did_you_mean(format, FORMATS) or f"the formats are {', '.join(FORMATS)}"
        raise UsageError(f"there is no format {format}", hint=hint)
    output.result(shown(parsed_of(config=config, set=set), file, format))


@app.command("list", short_help="List the workflows that can be named.")
def list_workflows(as_json: JsonFlag = False, config: ConfigFlag = None, set: SetFlag = None) -> None:
    """List the workflows that can be named: those in the folders `workflows`, or of the setting workflows.paths."""
    from llmspell.cli.settings import load_only
    from llmspell.workflows.folders import WorkflowFolders

    rows = list(WorkflowFolders.of(load_only(parsed_of(config=config, set=set))).list())
    if as_json:
        output.result(output.pretty_json(rows))
        return
    if not rows:
        output.note("llmspell: there are no workflows; put one into a folder `workflows`, as NAME.toml")
    width = max((len(str(it["name"])) for it in rows), default=0)
    for it in rows:
        about = it.get("error") or it["description"] or f"{it['type']}, {it['n_steps']} steps"
        output.result(output.clean(f"{it['name']:<{width}}  {about}"))


@app.command("plan", short_help="Let a model plan a workflow, and print it as a file.")
def plan(
    goal: Annotated[list[str], typer.Argument(help="what the workflow is to do; - is stdin, @FILE a file")],
    tools: Annotated[
        list[str] | None, typer.Option("--tools", "-T", metavar="NAMES", help="tools that it may use: a,b")
    ] = None,
    agents: Annotated[
        list[str] | None, typer.Option("--agents", "-A", metavar="NAMES", help="agents of `agent list` that it may use")
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="NAME", help="who plans: provider/model or an alias")
    ] = "",
    max_steps: Annotated[int, typer.Option("--max-steps", metavar="N", min=1, help="of the plan")] = 20,
    target: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="write it to a new file")] = "",
    budget: BudgetFlag = None,
    as_json: JsonFlag = False,
    profile: ProfileFlag = None,
    allow: AllowFlag = None,
    deny: DenyFlag = None,
    timeout: TimeoutFlag = None,
    quiet: QuietFlag = False,
    verbose: VerboseFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Let a model plan a workflow, and print it as a file; its picture goes to stderr. Nothing of it runs."""
    from llmspell.cli.workflow_planning import plan as plan_it

    parsed = parsed_in_style(
        quiet=quiet,
        verbose=verbose,
        profile=profile,
        allow=allow,
        deny=deny,
        timeout=timeout,
        config=config,
        set=set,
        budget=budget,
    )
    plan_it(
        parsed,
        goal,
        tools=tools or [],
        agents=agents or [],
        model=model,
        max_steps=max_steps,
        target=target,
        as_json=as_json,
    )
