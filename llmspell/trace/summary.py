"""A run in one row: how it ended, what it did and what that came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmspell.errors import StoreError
from llmspell.journal.entries import NO_USAGE, Entry, RunRow, Usage, Value

if TYPE_CHECKING:
    from llmspell.journal.protocol import JournalReader

_PAGE = 200  # runs that are looked at in one go


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a list says of a run.

    Attributes:
        outcome: That of the run's ending, or `running`, or `interrupted`.
        duration_s: Of one that has not ended, until the last that is known of it.
        n_calls: What the script itself asked for.
        n_effects: All that was done, with what was done inside those calls.
        usage, cost_usd: What this run itself has spent.
        n_denied: Refusals, each once.
        n_reused: Calls of the script's that were answered from the record of the run that this one goes on from.
        saved_usage, saved_usd: What those had cost then, and was not spent again.
    """

    row: RunRow
    outcome: str
    duration_s: float
    n_calls: int
    n_effects: int
    usage: Usage
    cost_usd: float
    n_denied: int
    n_reused: int = 0
    saved_usage: Usage = NO_USAGE
    saved_usd: float = 0.0

    def to_value(self) -> dict[str, Value]:
        """What `--json` shows."""
        run, ending = self.row.run, self.row.ending
        return {
            "run_id": run.run_id,
            "script": run.script,
            "language": run.language,
            "profile": run.profile,
            "engine": run.engine,
            "seed": run.seed,
            "content_hash": run.content_hash,
            "resumed_from": run.resumed_from or None,
            "forked_from": run.forked_from or None,
            "args": list(run.args),
            "started_at": iso(run.started_at),
            "ended_at": None if ending is None else iso(ending.ended_at),
            "duration_ms": round(self.duration_s * 1000, 3),
            "outcome": self.outcome,
            "exit_code": None if ending is None else ending.exit_code,
            "calls": self.n_calls,
            "effects": self.n_effects,
            "input_tokens": self.usage.input_tokens,
            "output_tokens": self.usage.output_tokens,
            "cached_tokens": self.usage.cached_tokens,
            "cost_usd": round(self.cost_usd, 9),
            "denied": self.n_denied,
            "reused_calls": self.n_reused,
            "saved_tokens": self.saved_usage.input_tokens + self.saved_usage.output_tokens,
            "saved_usd": round(self.saved_usd, 9),
        }


def iso(at: float) -> str:
    """A time as programs read it, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def rows_of(reader: JournalReader, matches: Callable[[RunRow], bool], *, limit: int) -> list[RunRow]:
    """The newest runs that match."""
    size = max(_PAGE, limit)
    while True:
        rows = reader.runs(limit=size)
        found = [it for it in rows if matches(it)][:limit]
        if len(found) == limit or len(rows) < size:
            return found
        size *= 4


def summarize(reader: JournalReader, row: RunRow) -> RunSummary:
    """The summary of a run in a journal."""
    return summary_of(row, reader.entries(row.run.run_id))


def summary_of(row: RunRow, entries: Iterable[Entry]) -> RunSummary:
    """The summary of a run that did this."""
    usage, cost_usd, n_calls, n_effects = NO_USAGE, 0.0, 0, 0
    saved_usage, saved_usd, n_reused = NO_USAGE, 0.0, 0
    denied: set[tuple[str, str]] = set()
    latest = row.run.started_at
    for it in entries:
        if it.local:
            continue
        n_effects += it.kind != "invocation"
        n_calls += it.kind == "call"
        if it.reused:
            n_reused += it.kind == "call"
            saved_usage += it.usage
            saved_usd += it.cost_usd
        else:
            usage += it.usage
            cost_usd += it.cost_usd
        denied.update((line.kind, line.subject) for line in it.permission if not line.allowed)
        latest = max(latest, it.ended_at or it.started_at)
    end = row.ending.ended_at if row.ending is not None else latest
    return RunSummary(
        row,
        row.state,
        max(0.0, end - row.run.started_at),
        n_calls,
        n_effects,
        usage,
        cost_usd,
        len(denied),
        n_reused,
        saved_usage,
        saved_usd,
    )


def summaries(
    reader: JournalReader, matches: Callable[[RunRow], bool], *, limit: int, warn: Callable[[StoreError], None]
) -> list[RunSummary]:
    """Those of the newest runs that match.

    Args:
        warn: Told of each that is left out because what it did cannot be read.
    """
    found = []
    for it in rows_of(reader, matches, limit=limit):
        try:
            found.append(summarize(reader, it))
        except StoreError as error:
            warn(error)
    return found
