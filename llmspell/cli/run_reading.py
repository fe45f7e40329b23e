"""Which run a person means, and what reads the journal of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli.kept import settings_of
from llmspell.errors import RunNotFound
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.journal.entries import RunRow
    from llmspell.journal.protocol import JournalReader

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="a run's id, the beginning of one, or last")]
_NEAR = 1000  # runs whose ids a hint may name


def reader_of(config: str | None) -> JournalReader:
    """What reads the journal that the settings name. It finds nothing where there is none yet."""
    from llmspell.journal import open as opening

    return opening.reader_of(opening.place_of(settings_of(config)))


def found_run(reader: JournalReader, name: str) -> RunRow:
    """The run that a person means.

    Raises:
        RunNotFound: There is none; the hint names those that are near.
        UsageError: Several begin like that.
    """
    row = reader.find_run(name)
    if row is not None:
        return row
    known = [it.run.run_id for it in reader.runs(limit=_NEAR)]
    if not known:
        raise RunNotFound("the journal holds no run", hint="a run is kept from its first call of the host on")
    near = did_you_mean(name, known) or f"`llmspell runs list` shows them, the latest is {known[0]}"
    raise RunNotFound(f"the journal holds no run {name}", hint=near)
