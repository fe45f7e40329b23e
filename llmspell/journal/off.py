"""The journal that keeps nothing: for `--journal off` and for use as a library, without a run."""

from __future__ import annotations

from llmspell.journal.entries import Draft, RunOutcome, RunRecord, Value
from llmspell.journal.protocol import Mode


class OffJournal:
    """Accepts everything, keeps nothing. `perform` does not even build a draft for it."""

    mode: Mode = "off"

    def begin(self, run: RunRecord) -> None:
        return

    async def claim(self, run_id: str) -> None:
        return

    def mark(self, draft: Draft) -> None:
        return

    async def intend(self, draft: Draft) -> None:
        return

    async def record(self, draft: Draft) -> None:
        return

    def note(self, run_id: str, kind: str, key: str, value: Value) -> None:
        return

    async def end(self, run_id: str, outcome: RunOutcome) -> None:
        return

    async def flush(self) -> None:
        return

    async def aclose(self) -> None:
        return
