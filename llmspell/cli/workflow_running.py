"""One execution of a workflow's file for the shell: from its name to the result, with the steps shown meanwhile."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llmspell.cli import output, stdin
from llmspell.cli.execution import envelope_of, failure_envelope
from llmspell.cli.given import is_stdin
from llmspell.cli.workflow_input import read_input
from llmspell.errors import LLMSpellError, error_classes

if TYPE_CHECKING:
    from llmspell.cli.options import Parsed
    from llmspell.cli.workflow_progress import Progress
    from llmspell.config.settings import Settings
    from llmspell.effects.context import RunContext
    from llmspell.runtime.parts import RunParts
    from llmspell.workflows.files import WorkflowFile
    from llmspell.workflows.result import WorkflowResult
    from llmspell.workflows.workflow import Workflow

NAME = "llmspell workflow run"  # of the run, in the journal and the ledger


class Running:
    """Finds a workflow, gives it its input, runs it, and prints what it gives.

    Args:
        with_progress: Show the steps as they run, where stderr is a terminal.
    """

    def __init__(self, parsed: Parsed, *, as_json: bool, with_progress: bool) -> None:
        self._parsed = parsed
        self._as_json = as_json
        self._with_progress = with_progress
        self._started = time.monotonic()
        self._parts: RunParts | None = None
        self._result: WorkflowResult | None = None

    def run(self, name: str, given: Sequence[str], pairs: Sequence[str]) -> int:
        """Run it. Returns the exit code.

        Raises:
            LLMSpellError: It could not be run, or failed; with JSON the envelope has been printed before.
        """
        try:
            result = self._run(name, given, pairs)
        except LLMSpellError as failure:
            if self._as_json:
                output.result(failure_envelope(failure) if self._parts is None else self._envelope(failure))
            raise
        if self._as_json:
            output.result(self._envelope(None))
        elif isinstance(result.output, bytes):
            output.result(result.output)
        else:
            output.result(result.text)
        return 0

    def _run(self, name: str, given: Sequence[str], pairs: Sequence[str]) -> WorkflowResult:
        from llmspell.cli.settings import announce, load  # late: a mistake in the command line needs no settings
        from llmspell.runtime.parts import RunParts

        settings, profile = load(self._parsed)
        announce(settings, self._parsed)
        if not any(is_stdin(it.partition("=")[2] or it) for it in given) and stdin.has_unread():
            output.note("llmspell: stdin was not read; add --input - to read it")
        value = read_input(given, pairs)
        parts = self._parts = RunParts(settings, profile, f"{NAME} {os.path.basename(name)}")

        async def execute(ctx: RunContext) -> WorkflowResult:
            from llmspell.workflows.loading import load_workflow

            workflow = await load_workflow(ctx, read_workflow_of(settings, name, ctx), parts.workshop.workflows())
            progress = self._watched(workflow, parts)
            if progress is None:
                result = await workflow.execute(ctx, value)
            else:
                async with progress.shown():
                    result = await workflow.execute(ctx, value, watch=progress.rows.tell)
            self._result = result
            if not result.success:
                raise failure_of(result)
            return result

        return asyncio.run(parts.do(execute))

    def _watched(self, workflow: Workflow, parts: RunParts) -> Progress | None:
        """What shows the steps as they run, where that is wanted and there is a terminal."""
        from llmspell.cli.workflow_progress import Progress, can_draw, is_ascii_only
        from llmspell.cli.workflow_rows import Rows

        if output.STYLE.quiet or not self._with_progress or not can_draw():
            return None
        return Progress(Rows(workflow.name, ascii_only=is_ascii_only()), parts.log)

    def _envelope(self, failure: LLMSpellError | None) -> str:
        assert self._parts is not None
        value = None if self._result is None else self._result.to_value()
        return envelope_of(self._parts.run, value, failure, self._started)


def read_workflow_of(
    settings: Settings, name: str, ctx: RunContext, mistakes: list[LLMSpellError] | None = None
) -> WorkflowFile:
    """The workflow that is meant by a path, or by a name of the user's folders.

    Args:
        mistakes: As for `read_workflow_file`.

    Raises:
        ScriptNotFound: There is none.
        BadArgument: It is no workflow's file.
        PermissionDenied: It names a file in another folder that the profile does not grant.
    """
    from llmspell.workflows.file_opening import beside, granted
    from llmspell.workflows.files import SUFFIXES, read_workflow_file
    from llmspell.workflows.folders import WorkflowFolders

    folders = WorkflowFolders.of(settings)
    is_path = os.sep in name or name.lower().endswith(SUFFIXES) or os.path.isfile(name)
    path = name if is_path else str(folders.find(name))
    named = folders.paths()

    def open_file(wanted: str) -> bytes:
        # What lies in a folder of workflows is there to be run.
        known = next((str(it) for it in named.values() if str(it) == wanted), "")
        return beside(known or path, granted(ctx))(wanted)

    return read_workflow_file(path, open_file, folders.path_of, mistakes)


def failure_of(result: WorkflowResult) -> LLMSpellError:
    """A result that is no success as the error that it is about, with that one's exit code."""
    code = result.error_code or LLMSpellError.code
    failed = [it.name for it in result.steps if it.status == "failed" and not it.recovered]
    cls = next((it for it in error_classes() if it.code == code), LLMSpellError)
    message = result.error or "the workflow failed"
    if failed and failed[0] not in message:
        message = f"the step {failed[0]} failed: {message}"
    hint = "--param KEY=VALUE gives one key of the input, --input all of it" if _misses_input(code, message) else ""
    made: Any = cls(message, hint=hint, details={"step": failed[0]} if failed else {}, code=code)
    failure: LLMSpellError = made
    return failure


def _misses_input(code: str, message: str) -> bool:
    return code == "unknown_reference" and "{{input" in message
