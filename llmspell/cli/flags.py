"""The options that several of typer's commands take, and how what is given of them becomes a `Parsed`.

`run` and `eval` have a table of their own, for the quick path: `options.py`."""

from __future__ import annotations

from typing import Annotated

import typer

from llmspell.cli import output
from llmspell.cli.options import Parsed
from llmspell.errors import UsageError

JsonFlag = Annotated[bool, typer.Option("--json", help="print JSON instead of text")]
ConfigFlag = Annotated[str | None, typer.Option("--config", "-c", metavar="FILE", help="use this settings file")]
SetFlag = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="as for run")]

# Of the commands that do something within a profile.
ProfileFlag = Annotated[str | None, typer.Option("--profile", "-P", metavar="NAME", help="as for run")]
AllowFlag = Annotated[list[str] | None, typer.Option("--allow", "-a", metavar="PERMISSION", help="as for run")]
DenyFlag = Annotated[list[str] | None, typer.Option("--deny", "-d", metavar="PERMISSION", help="as for run")]
TimeoutFlag = Annotated[str | None, typer.Option("--timeout", "-t", metavar="TIME", help="give up after so long")]
BudgetFlag = Annotated[str | None, typer.Option("--budget", metavar="USD", help="spend at most so much")]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="the result and errors only")]
VerboseFlag = Annotated[bool, typer.Option("--verbose", "-v", help="say what it does and what it took")]


def new_app() -> typer.Typer:
    """A group of commands in the form that all of ours have."""
    return typer.Typer(rich_markup_mode=None, suggest_commands=False, pretty_exceptions_enable=False)


def parsed_of(**values: str | list[str] | None) -> Parsed:
    """Options in the form in which `run` has them, so that settings and profile are found the same way.

    Args:
        values: By the options' names; None and an empty list were not given.

    Raises:
        UsageError: The budget is empty, which would be none.
    """
    parsed = Parsed("run")
    parsed.values = {name: it for name, it in values.items() if it is not None and it != []}
    if parsed.text("budget") == "":
        raise UsageError("--budget needs a sum in USD", hint="for example --budget 0.50")
    return parsed


def parsed_in_style(*, quiet: bool, verbose: bool = False, **values: str | list[str] | None) -> Parsed:
    """As `parsed_of`; how much is said follows `quiet` and `verbose` from here on."""
    parsed = parsed_of(**values)
    parsed.values["quiet"] = quiet
    output.STYLE.quiet = quiet
    # Not in `values`: there it would be the level of the log as well.
    output.STYLE.verbose = output.STYLE.verbose or verbose
    return parsed
