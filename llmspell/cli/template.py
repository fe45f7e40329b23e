"""`llmspell template list|info|run|new`: whole pieces of work from the shell. No worker is started: no script runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from llmspell.cli.template_running import Running

app = new_app()

ModelFlag = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME", help="provider/model or an alias; or models.default")
]


@app.command("list", short_help="List the templates.")
def list_templates(
    search: Annotated[str, typer.Option("--search", "-s", metavar="TEXT", help="only those that speak of this")] = "",
    category: Annotated[str, typer.Option("--category", metavar="NAME", help="only those of this category")] = "",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """List the templates: those in the box, and your own in the folders `templates`."""
    from llmspell.cli.template_text import listed

    with _running(config, set) as running:
        templates = running.templates()
        if category and category.lower() not in (known := sorted({str(it["category"]) for it in templates.list()})):
            hint = did_you_mean(category, known) or f"the categories are {', '.join(filter(None, known))}"
            raise UsageError(f"no template has the category {category}", hint=hint)
        names = [it["name"] for it in templates.search(search)]
        rows = [it for it in templates.list(category=category) if it["name"] in names]
    if not rows:
        output.note("llmspell: no template speaks of that; `llmspell template list` shows all")
    output.result(output.pretty_json(rows) if as_json else output.clean(listed(rows)))


@app.command("info", short_help="Describe a template, with examples and what it would cost.")
def info(
    name: Annotated[str, typer.Argument(help="one of `template list`")],
    model: ModelFlag = None,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Describe a template: its parameters, what it cannot do, examples, and what one of these would cost."""
    from llmspell.cli.template_text import described

    with _running(config, set, model=model) as running:
        row, estimate = running.described(name)
    shown = {**row, "estimate": estimate}
    output.result(output.pretty_json(shown) if as_json else output.clean(described(row, estimate)))


@app.command("run")
def run(
    name: Annotated[str, typer.Argument(help="one of `template list`")],
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="KEY=VALUE", help="a parameter; VALUE is JSON or text")
    ] = None,
    input: Annotated[
        str | None,
        typer.Option(
            "--input", "-i", metavar="INPUT", help="parameters as a JSON object, or a text; @FILE or - reads it"
        ),
    ] = None,
    model: ModelFlag = None,
    budget: BudgetFlag = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="say what it would cost, and ask nothing")] = False,
    as_json: JsonFlag = False,
    progress: Annotated[
        bool | None,
        typer.Option("--progress/--no-progress", help="show the parts as they begin (on a terminal: always)"),
    ] = None,
    profile: ProfileFlag = None,
    allow: AllowFlag = None,
    deny: DenyFlag = None,
    timeout: TimeoutFlag = None,
    quiet: QuietFlag = False,
    verbose: VerboseFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> int:
    """Do the work of a template and print the result. `run interactive-chat` converses, line by line."""
    from llmspell.cli.template_running import Running

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
    with Running(parsed, as_json=as_json, progress=progress) as running:
        if estimate:
            running.estimate(name, input, param or [])
            return 0
        return running.run(name, input, param or [])


@app.command("new", short_help="Write a template, or a script, to begin with.")
def new(
    name: Annotated[str, typer.Argument(help="what the new template is called")],
    lang: Annotated[str, typer.Option("--lang", "-l", metavar="LANG", help="toml, lua or py")] = "toml",
) -> None:
    """Write a template to begin with, into the folder `templates` (or a script here); it runs at once with `echo`."""
    from llmspell.cli.template_new import write_starter

    path, command = write_starter(name, lang)
    output.note(f"llmspell: wrote {path}; try it: {command}")


def _running(config: str | None, set: list[str] | None, model: str | None = None) -> Running:
    from llmspell.cli.template_running import Running

    return Running(parsed_of(config=config, set=set, model=model), as_json=False, progress=False)
