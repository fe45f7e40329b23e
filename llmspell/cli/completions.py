"""`llmspell completions bash|zsh|fish`: a script for the shell to source."""

from __future__ import annotations

import typer

from llmspell.cli import output
from llmspell.errors import UsageError
from llmspell.suggestions import did_you_mean

SHELLS = ("bash", "zsh", "fish")


def completions(shell: str = typer.Argument(..., help="bash, zsh or fish")) -> None:
    """Print a completion script; in bash: source <(llmspell completions bash)."""
    from typer._completion_shared import get_completion_script  # late: rarely needed

    if shell not in SHELLS:
        hint = did_you_mean(shell, SHELLS) or f"the shells are {', '.join(SHELLS)}"
        raise UsageError(f"there is no completion for {shell}", hint=hint)
    output.result(get_completion_script(prog_name="llmspell", complete_var="_LLMSPELL_COMPLETE", shell=shell))
