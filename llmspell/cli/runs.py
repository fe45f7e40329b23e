"""`llmspell runs …`: the runs that the journal holds. Nothing is run, but by the commands that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output, run_showing, runs_prune, runs_replay, runs_resume
from llmspell.cli.flags import ConfigFlag, JsonFlag, new_app
from llmspell.cli.kept import shorten, table
from llmspell.cli.run_reading import reader_of

if TYPE_CHECKING:
    from llmspell.trace.summary import RunSummary

MAX_RUNS = 1_000_000  # of one list

# Each module adds its commands here; they do not know this one.
app = new_app()
app.command("show", short_help="Show what a run did, as a tree.")(run_showing.show)
app.command("export", short_help="Write all that is known of a run, as lines of JSON.")(run_showing.export)
app.command("prune", short_help="Let old runs go.")(runs_prune.prune)
app.command("resume", short_help="Go on with a run that was cut off.")(runs_resume.resume)
app.command("fork", short_help="Go on from a place of a run, with the script as it is now.")(runs_resume.fork)
app.command("replay", short_help="Play a run again from the journal, without network, keys or cost.")(
    runs_replay.replay
)


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
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=MAX_RUNS, help="at most so many")] = 20,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """List the runs: when, which script, how it ended, how long it took, its calls, tokens and USD, what was denied."""
    from llmspell.cli.run_rows import ROW_TITLES, row_of, wanted
    from llmspell.trace.summary import summaries

    matches = wanted(script, outcome, since)
    found: list[RunSummary] = summaries(
        reader_of(config), matches, limit=limit, warn=lambda error: output.warn(f"left out: {error.message}")
    )
    if as_json:
        output.result(output.pretty_json([it.to_value() for it in found]))
    elif found:
        output.result(table([ROW_TITLES, *(tuple(shorten(cell) for cell in row_of(it)) for it in found)]))
    else:
        output.note(f"llmspell: there are no {'such ' if script or outcome or since else ''}runs")
