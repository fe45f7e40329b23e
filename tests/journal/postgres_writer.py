"""Runs that do next to nothing, in journals of a server; also for processes of their own, so it imports little."""

from __future__ import annotations

from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import StoreError
from llmspell.journal.entries import RunOutcome
from llmspell.journal.open import open_journal
from llmspell.journal.protocol import Journal, Mode
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor


async def answer(_: RunContext) -> int:
    return 1


def opened(url: str, said: list[StoreError], mode: Mode = "normal", max_bytes: int | None = None) -> Journal:
    return open_journal(url, Redactor(), mode=mode, max_bytes=max_bytes, warn=said.append)


def begun(journal: Journal, run_id: str, source: str = "") -> RunContext:
    run = Run(resolve_profile("none"), journal, run_id=run_id)
    journal.begin(run.record(script="a.lua", language="lua", content_hash="", source=source))
    return task_context(run)


async def do(ctx: RunContext, args: object = ()) -> None:
    await perform(ctx, Effect("Tool", "execute", args), answer)


async def end(ctx: RunContext, code: str = "ok") -> None:
    await ctx.journal.end(ctx.run_id, RunOutcome(code, 0, 9.0))
