"""From settings to the journal of this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from llmspell.config.discover import state_folder
from llmspell.errors import ConfigError
from llmspell.journal.address import is_server
from llmspell.journal.off import OffJournal
from llmspell.journal.packed import MAX_VALUE_BYTES
from llmspell.journal.protocol import Journal, Mode

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.errors import StoreError
    from llmspell.journal.protocol import JournalReader
    from llmspell.journal.retention import Pruned
    from llmspell.security.redact import Redactor


MARKS = "journal-marks"  # in the user's state folder: what is marked for journals that are on other machines


def place_of(settings: Settings, learn: Callable[..., None] | None = None) -> str:
    """Where the journal is: the address of a database, the path of a file, or `:memory:`.

    Args:
        learn: Is told what of it is secret.

    Raises:
        ConfigError: `journal.url` is no address, or not where it is said to be.
    """
    if settings.get("journal.url") is None:
        return settings.text("journal.path")
    url = settings.secret("journal.url")
    if not is_server(url):
        raise ConfigError(
            "journal.url is the address of a PostgreSQL database: postgresql://user:password@host/database",
            hint="the path of a file is journal.path",
        )
    try:
        secret = unquote(urlsplit(url).password or "")
    except ValueError:
        raise ConfigError("journal.url cannot be read as an address") from None
    if learn is not None:
        learn(url, secret)
    return url


def reader_of(place: str) -> JournalReader:
    """What reads the journal at this place, which need not be there yet. Touches nothing before it is asked."""
    from llmspell.journal.late_reader import LateReader

    return LateReader(place, _marks_beside() if is_server(place) else "")


def prune_journal(place: str, **what: Any) -> Pruned:
    """Remove runs from the journal at this place; what is as of `retention.prune`."""
    if is_server(place):
        from llmspell.journal import postgres_retention  # late: an extra, and 100 ms

        return postgres_retention.prune(place, _marks_beside(), **what)
    from llmspell.journal import retention  # late: sqlite3 costs 4 ms

    return retention.prune(place, **what)


def _marks_beside() -> str:
    return os.path.join(state_folder(os.environ), MARKS)


def open_journal(
    path: str,
    redactor: Redactor,
    *,
    mode: Mode = "normal",
    fsync: bool = False,
    max_bytes: int | None = None,
    max_value: int = MAX_VALUE_BYTES,
    warn: Callable[[StoreError], None],
) -> Journal:
    """The journal for these settings. Touches no file: that is left to the first effect.

    Args:
        path: As `place_of` says it; `:memory:` keeps it in memory.
        fsync: In durable mode, wait for the disk as well; survives a power cut, at the disk's speed.
        max_bytes: See `retention`; None lets the file grow.
        max_value: Bytes of the largest value that is kept whole.
        warn: Told once when the journal cannot be written and the run goes on without it; any thread.
    """
    if mode == "off":
        return OffJournal()
    if path == ":memory:":
        from llmspell.journal.memory import MemoryJournal  # late: only one of the two is needed

        return MemoryJournal(redactor, mode=mode, max_value=max_value)
    if is_server(path):
        from llmspell.journal.postgres import PostgresJournal  # late: an extra, and 100 ms

        marks = _marks_beside()
        return PostgresJournal(
            path, redactor, marks_beside=marks, mode=mode, max_bytes=max_bytes, max_value=max_value, warn=warn
        )
    from llmspell.journal.sqlite import SqliteJournal  # late: sqlite3 costs 4 ms

    return SqliteJournal(path, redactor, mode=mode, fsync=fsync, max_bytes=max_bytes, max_value=max_value, warn=warn)


def open_reader(path: str, journal: Journal) -> JournalReader | None:
    """What reads the runs that `journal` and others write, or None where nothing is kept. Touches no file yet.

    A run that reads itself calls `await journal.flush()` first.
    """
    if journal.mode == "off":
        return None
    if path == ":memory:":
        from llmspell.journal.memory import MemoryJournal

        return journal if isinstance(journal, MemoryJournal) else None
    return reader_of(path)
