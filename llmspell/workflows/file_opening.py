"""Who may open which file of a workflow: what lies in the folder of the first one, and what the profile grants."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmspell.errors import ScriptNotFound
from llmspell.workflows.files import MAX_FILE_BYTES, OpenFile

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext


def granted(ctx: RunContext) -> OpenFile:
    """Opens what the profile grants the one who asks in `ctx`; a relative path is relative to the folder of the run."""

    def open_file(path: str) -> bytes:
        with ctx.open(path) as file:
            return file.read(MAX_FILE_BYTES + 1)

    return open_file


def beside(path: str, otherwise: OpenFile) -> OpenFile:
    """Opens a file that the user has named, and those in its folder and beneath; others by `otherwise`.

    A link that leads out of the folder leads to what lies elsewhere."""
    folder = os.path.dirname(os.path.realpath(path)).rstrip(os.sep) + os.sep

    def open_file(wanted: str) -> bytes:
        if wanted != path and not os.path.realpath(wanted).startswith(folder):
            return otherwise(wanted)
        if wanted != path and os.path.exists(wanted) and not os.path.isfile(wanted):
            raise ScriptNotFound(
                f"the workflow {wanted} cannot be read: it is no file"
            )  # a pipe is waited for for ever
        try:
            with open(wanted, "rb") as file:
                return file.read(MAX_FILE_BYTES + 1)
        except (OSError, ValueError) as problem:
            reason = (getattr(problem, "strerror", None) or str(problem)).lower()
            raise ScriptNotFound(f"the workflow {wanted} cannot be read: {reason}") from problem

    return open_file
