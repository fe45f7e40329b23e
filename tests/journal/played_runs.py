"""Runs for the tests of journals: some effects under a run, in this process or in forked ones."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import StoreError
from llmspell.journal.entries import RunOutcome
from llmspell.journal.open import open_journal
from llmspell.journal.protocol import Mode
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor


async def answer(_: RunContext) -> int:
    return 1


def play(
    path: Path,
    n_effects: int = 1,
    *,
    run_id: str = "r",
    mode: Mode = "normal",
    outcome: str = "ok",
    resumed_from: str = "",
    started_at: float = 0.0,
    warn: Callable[[StoreError], None] | None = None,
    do: Callable[[RunContext], object] | None = None,
) -> None:
    """One run from its beginning to its end; without an end where `outcome` is empty.

    Raises:
        StoreError: In durable mode, as of `perform`; in normal mode unless there is somebody to warn.
    """

    async def main() -> None:
        journal = open_journal(str(path), Redactor([]), mode=mode, warn=warn or fail)
        run = Run(resolve_profile("none"), journal, run_id=run_id, started_at=started_at)
        journal.begin(run.record(script="a.lua", language="lua", content_hash="", resumed_from=resumed_from))
        try:
            for i in range(n_effects):
                await perform(task_context(run), Effect("Tool", "execute", [i]), do or answer)
            if outcome:
                await journal.end(run_id, RunOutcome(outcome, 0 if outcome == "ok" else 1, run.started_at + 1))
        finally:
            await journal.aclose()

    asyncio.run(main())


def fail(error: StoreError) -> None:
    raise AssertionError(str(error))


def forked(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Python code in a process of its own that may fork, with this module's names."""
    here = str(Path(__file__).parent)
    program = (
        f"import sys; sys.path.insert(0, {here!r})\nfrom played_runs import *\nimport os, resource, signal\n{code}"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *args], capture_output=True, text=True, timeout=120, env={**os.environ}
    )
