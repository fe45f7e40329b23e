"""An exception that reached the top → a message and an exit code."""

from __future__ import annotations

from llmspell.cli import output
from llmspell.errors import Cancelled, LLMSpellError, ScriptError, StreamError, exit_code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.runtime.script import Script

CLOSED_PIPE = 141  # 128 + SIGPIPE: what a shell shows for any program whose reader has gone


def report(failure: BaseException, script: Script | None = None) -> int:
    """Say what went wrong on stderr. Returns the exit code."""
    if isinstance(failure, output.OutputClosed | BrokenPipeError):
        return CLOSED_PIPE
    if isinstance(failure, KeyboardInterrupt):
        failure = Cancelled("interrupted")
    if isinstance(failure, RecursionError):
        failure = output.as_internal(RecursionError("recursed too deep"))
    if not isinstance(failure, LLMSpellError):
        failure = output.as_internal(failure)
    if isinstance(failure, StreamError) and "stderr" in failure.message:
        return failure.exit_code
    output.error(failure, script)
    return exit_code_for(failure)


def exit_code_for(failure: LLMSpellError) -> int:
    """The exit code of a failure; an error that passed through a script keeps the one of its code."""
    return exit_code_of(failure.code) if isinstance(failure, ScriptError) else failure.exit_code
