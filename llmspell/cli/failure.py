"""An exception that reached the top → a message and an exit code."""

from __future__ import annotations

from llmspell.cli import output
from llmspell.errors import LLMSpellError, StreamError

CLOSED_PIPE = 141  # 128 + SIGPIPE: what a shell shows for any program whose reader has gone


def report(failure: BaseException) -> int:
    """Say what went wrong on stderr. Returns the exit code."""
    if isinstance(failure, output.OutputClosed | BrokenPipeError):
        return CLOSED_PIPE
    if isinstance(failure, KeyboardInterrupt):
        return 130
    if isinstance(failure, RecursionError):
        failure = output.as_internal(RecursionError("recursed too deep"))
    if not isinstance(failure, LLMSpellError):
        failure = output.as_internal(failure)
    if isinstance(failure, StreamError) and "stderr" in failure.message:
        return failure.exit_code
    output.error(failure)
    return failure.exit_code
