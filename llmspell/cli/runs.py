"""`llmspell runs …`: the runs that the journal holds. Nothing is run, but by the commands that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag, new_app
from llmspell.cli.kept import settings_of, shorten, table

if TYPE_CHECKING:
    from llmspell.journal.protocol import JournalReader
    from llmspell.trace.summary import RunSummary

app = new_app()

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="a run's id, the beginning of one, or last")]


@app.command("list", short_help="List the runs, the latest first.")
def list_runs(
    script: Annotated[
        str,
        typer.Option("--script", metavar="NAME", help="only of scripts whose path holds this; * and ? may stand in it"),
    ] = "",
    outcome: Annotated[
        str, typer.Option("--outcome", metavar="OUTCOME", help="only with this one: ok, error, denied, interrupted, …")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", "-s", metavar="WHEN", help="12h, 7d, 2w, today, or a date such as 2026-11-01")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="at most so many")] = 20,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """List the runs: when, which script, how it ended, how long it took, its calls, tokens and USD, what was denied."""
    from llmspell.cli.run_rows import ROW_TITLES, row_of, wanted
    from llmspell.trace.summary import summaries

    matches = wanted(script, outcome, since)
    found: list[RunSummary] = summaries(reader_of(config), matches, limit=limit)
    if as_json:
        output.result(output.pretty_json([it.to_value() for it in found]))
    elif found:
        output.result(table([ROW_TITLES, *(tuple(shorten(cell) for cell in row_of(it)) for it in found)]))
    else:
        output.note(f"llmspell: there are no {'such ' if script or outcome or since else ''}runs")


def reader_of(config: str | None) -> JournalReader:
    """What reads the journal that the settings name. It finds nothing where there is none yet."""
    from llmspell.journal.late_reader import LateReader

    return LateReader(settings_of(config).text("journal.path"))
