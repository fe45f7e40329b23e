"""Which recorded runs a script may read, and how they come to it: labelled, and within bounds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.effects.flows import PRIVATE, STATE, UNTRUSTED
from llmspell.errors import PermissionDenied, RunNotFound, UsageError
from llmspell.journal.entries import RunRow
from llmspell.replay.telling import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.effects.context import RunContext
    from llmspell.journal.entries import Entry, RunRecord
    from llmspell.journal.protocol import JournalReader

MAX_LOOKED_AT = 200  # of the latest runs, where the last one of a script is looked for
MAX_ID = 200


@dataclass(frozen=True, slots=True)
class Records:
    """The journal, as far as a script may read it.

    A run may read its own record, and those of earlier runs of the same script: the same text at the same path. Whoever
    may read the journal's file may read all of them.

    Attributes:
        file: The journal's; empty where it is in memory or in a database.
    """

    reader: JournalReader | None
    file: str = ""

    async def read(self, ctx: RunContext, name: str) -> tuple[RunRow, Sequence[Entry]]:
        """A run by its whole id, or the last one of this script before this run (`last`), and what it said.

        Raises:
            RunNotFound: The journal has none of this name.
            PermissionDenied: It is another script's.
        """
        await ctx.journal.flush()  # what ended a moment ago may not have been written yet
        row = await asyncio.to_thread(self._find, ctx, name)
        if row is None or self.reader is None:
            what = "earlier run of this script" if name == "last" else f"run {name[:MAX_ID]}"
            raise RunNotFound(
                f"the journal has no {what}",
                hint="give a whole id: Run.id is this run's, `llmspell runs list` has all",
            )
        reader, run_id = self.reader, row.run.run_id
        self._permit(ctx, row.run)
        entries = await asyncio.to_thread(lambda: said(list(reader.entries(run_id))))
        if run_id == ctx.run_id:
            return row, entries
        # A record is kept data; and what its run was labelled with, it is, too.
        flows = ctx.run.flows
        flows.bring(ctx, PRIVATE, STATE, "Replay")
        if any(it.value.get("label") == UNTRUSTED for it in reader.notes(run_id, kind="label")):
            flows.bring(ctx, UNTRUSTED, STATE, "Replay")
        return row, entries

    def _find(self, ctx: RunContext, name: str) -> RunRow | None:
        if self.reader is None:
            return None
        if name == "last":
            rows = self.reader.runs(limit=MAX_LOOKED_AT)
            return next((it for it in rows if it.run.run_id != ctx.run_id and _is_ours(ctx, it.run)), None)
        if name == ctx.run_id and ctx.run.about is not None:  # the journal may not have it yet
            return RunRow(ctx.run.about, None)
        # Only a whole id: the beginnings of others' would be told by what is found.
        row = self._row(name)
        return row if row is not None and row.run.run_id == name else None

    def _row(self, name: str) -> RunRow | None:
        if self.reader is None or not 20 <= len(name) <= MAX_ID:
            return None
        try:
            return self.reader.find_run(name)
        except UsageError:  # several begin like that
            return None

    def _permit(self, ctx: RunContext, run: RunRecord) -> None:
        if run.run_id == ctx.run_id or _is_ours(ctx, run):
            return
        if self.file:
            ctx.permit("read", self.file)
            return
        raise PermissionDenied(
            f"{ctx.actor} may not read {run.run_id}, which is a run of another script",
            hint="a script may read the journal's entries of its own runs; `llmspell runs show` shows all",
        )


def _is_ours(ctx: RunContext, run: RunRecord) -> bool:
    """Whether it is of the same script. One that is in no file (`eval`, stdin) has no other runs."""
    about = ctx.run.about
    path = about.options.get("path") if about is not None else None
    if about is None or not path or not about.content_hash:
        return False
    return (run.content_hash, run.options.get("path")) == (about.content_hash, path)
