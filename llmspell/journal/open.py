"""From settings to the journal of this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.journal.off import OffJournal
from llmspell.journal.protocol import Journal, Mode

if TYPE_CHECKING:
    from llmspell.errors import StoreError
    from llmspell.journal.protocol import JournalReader
    from llmspell.security.redact import Redactor


def open_journal(
    path: str,
    redactor: Redactor,
    *,
    mode: Mode = "normal",
    fsync: bool = False,
    max_bytes: int | None = None,
    warn: Callable[[StoreError], None],
) -> Journal:
    """The journal for these settings. Touches no file: that is left to the first effect.

    Args:
        path: The journal's file; `:memory:` keeps it in memory.
        fsync: In durable mode, wait for the disk as well; survives a power cut, at the disk's speed.
        max_bytes: See `retention`; None lets the file grow.
        warn: Told once when the journal cannot be written and the run goes on without it; any thread.
    """
    if mode == "off":
        return OffJournal()
    if path == ":memory:":
        from llmspell.journal.memory import MemoryJournal  # late: only one of the two is needed

        return MemoryJournal(redactor, mode=mode)
    from llmspell.journal.sqlite import SqliteJournal  # late: sqlite3 costs 4 ms

    return SqliteJournal(path, redactor, mode=mode, fsync=fsync, max_bytes=max_bytes, warn=warn)


def open_reader(path: str, journal: Journal) -> JournalReader | None:
    """What reads the runs that `journal` and others write, or None where nothing is kept. Touches no file yet.

    A run that reads itself calls `await journal.flush()` first.
    """
    if journal.mode == "off":
        return None
    if path == ":memory:":
        from llmspell.journal.memory import MemoryJournal

        return journal if isinstance(journal, MemoryJournal) else None
    from llmspell.journal.late_reader import LateReader

    return LateReader(path)
