"""What a journal promises to the code that performs effects, and what a journal's reader promises to people.

Called by `effects`; implemented by `memory.MemoryJournal`, `sqlite.SqliteJournal`, `postgres.PostgresJournal` and
`off.OffJournal`. A journal serves many runs at once; it does not know what an effect is, nor who asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

from llmspell.journal.entries import Draft, Entry, Note, RunOutcome, RunRecord, RunRow, Value

# off: nothing is kept · normal: written off the call's path, the last moments may be lost with the process
# durable: on disk before the script goes on, and an intent before an effect that cannot be repeated
Mode = Literal["off", "normal", "durable"]


class Journal(Protocol):
    """Where effects are recorded. Only `durable` may raise StoreError, from `intend` and `record`; the other modes warn
    once and go on, because a full disk must not cost a script its result."""

    mode: Mode

    def begin(self, run: RunRecord) -> None:
        """Announce a run. Nothing is created until its first effect."""

    async def claim(self, run_id: str) -> None:
        """Write an announced run that goes on from another one, before it does anything.

        Raises:
            UsageError: It resumes one that was resumed already: what either did, the other would do again.
            StoreError: It cannot be written.
        """

    def mark(self, draft: Draft) -> None:
        """Called before the effect is done, in normal mode, for effects that are not idempotent. Takes next to no time,
        and outlives this process: the key is among the `unknown` ones until the effect's record is written."""

    async def intend(self, draft: Draft) -> None:
        """Called before the effect is done, in durable mode, for effects that are not idempotent."""

    async def record(self, draft: Draft) -> None:
        """Called when the effect has ended, well or not."""

    def note(self, run_id: str, kind: str, key: str, value: Value) -> None:
        """Keep something that is not an effect: a checkpoint, a denial, a log line, a clock read."""

    async def end(self, run_id: str, outcome: RunOutcome) -> None:
        """The run is over; everything of it is written when this returns."""

    async def flush(self) -> None:
        """Everything that was recorded so far can be read when this returns."""

    async def aclose(self) -> None:
        """Write what is left and let go of the store."""


class JournalReader(Protocol):
    """What can be read back, also while runs are going on and from other processes."""

    def runs(self, *, limit: int = 50) -> list[RunRow]:
        """The latest runs, newest first."""

    def find_run(self, name: str) -> RunRow | None:
        """By id, by an unambiguous beginning of one, or the newest for `last`."""

    def entries(self, run_id: str) -> Iterable[Entry]:
        """In the order in which they ended."""

    def notes(self, run_id: str, *, kind: str = "") -> Iterable[Note]:
        """In the order in which they were made; only one kind if given."""

    def source(self, run_id: str) -> str | None:
        """The text of the run's script, redacted; None where it was not kept."""

    def successor(self, run_id: str) -> str | None:
        """The run that has resumed this one; None where it was not resumed."""

    def unknown(self, run_id: str) -> tuple[str, ...]:
        """Keys of effects that were begun, are not idempotent, and of which nobody knows whether they were done."""
