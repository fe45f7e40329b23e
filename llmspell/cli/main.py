"""One command line → one command → an exit code. `run` and `eval` have a parser of their own; typer does the rest."""

from __future__ import annotations

import os
from collections.abc import Sequence

from llmspell.cli import static
from llmspell.cli.options import OPTIONS, closest
from llmspell.errors import ScriptNotFound, UsageError


def run_command(argv: Sequence[str]) -> int:
    """Run a command line, without the program's name. Returns its exit code; raises what is wrong with it."""
    from llmspell.runtime.spawn import open_missing_streams

    open_missing_streams()  # or the next file that is opened would become our stdout
    if "_LLMSPELL_COMPLETE" in os.environ:
        return _typer(argv)
    first = argv[0] if argv else ""
    if not argv:
        raise UsageError("nothing to run", hint="llmspell FILE, or llmspell --help")
    if first in ("--help", "-h", "help") and len(argv) > 1 and argv[1] in static.COMMANDS:
        return run_command([argv[1], "--help"])
    if first == "run":
        from llmspell.cli import run

        return run.run(argv[1:])
    if first == "eval":
        from llmspell.cli import eval as eval_command

        return eval_command.run(argv[1:])
    if first in static.COMMANDS:
        return _typer(argv)
    if first.startswith("-") and first != "-":
        raise _unknown_option(first)
    return _run_file(argv)


def _run_file(argv: Sequence[str]) -> int:
    """`llmspell FILE`, unless FILE is a command with a slip of the finger."""
    first = argv[0]
    is_word = first.isalpha() and not os.path.exists(first)
    # "version" is nearer to "session" than to what is meant by it.
    if is_word and first not in ("help", "version") and (hint := closest(first, static.COMMANDS)):
        raise UsageError(f"there is no command and no script {first}", hint=hint)
    from llmspell.cli import run

    try:
        return run.run(argv)
    except ScriptNotFound as failure:
        if is_word and not failure.hint:
            shown = "llmspell --version" if first == "version" else "llmspell --help"
            raise ScriptNotFound(f"there is no command and no script {first}", hint=shown) from failure
        raise


def _unknown_option(first: str) -> UsageError:
    name = first.lstrip("-").partition("=")[0]
    option = next((it for it in OPTIONS if name in (it.name, it.short)), None)
    if option is not None:
        commands = {"run": f"llmspell run {first} … FILE", "eval": f"llmspell eval {first} … CODE"}
        if option.commands == "eval":
            commands = {"eval": f"llmspell eval {first} CODE"}
        return UsageError(f"the option {first} needs a command", hint=" or ".join(commands.values()))
    return UsageError(f"unknown option {first}", hint=closest(first, ("--help", "--version")) or "llmspell --help")


def _typer(argv: Sequence[str]) -> int:
    from llmspell.cli.commands import run_typer  # late: typer costs more than a whole script

    return run_typer(argv)
