"""A run as one row of a table, and back."""

from __future__ import annotations

from typing import Any  # SQLite's columns: the schema says what they are

from llmspell.journal.canonical import from_json, to_json
from llmspell.journal.entries import RunOutcome, RunRecord, RunRow
from llmspell.journal.owner import Owner


def run_values(sealed: RunRecord) -> tuple[object, ...]:
    """The values of `schema.RUN_COLUMNS` for a run that `seal_run` has seen."""
    owner = sealed.owner
    return (
        sealed.run_id,
        sealed.script,
        sealed.language,
        sealed.content_hash,
        sealed.profile,
        to_json(list(sealed.args)),
        sealed.started_at,
        str(sealed.seed),  # may have more bits than SQLite's integers
        sealed.engine,
        to_json(dict(sealed.options)),
        sealed.resumed_from,
        sealed.forked_from,
        to_json([] if owner is None else [owner.host, owner.pid, owner.born]),
    )


def read_run(row: tuple[Any, ...]) -> RunRow:
    """The run that these columns hold: RUN_COLUMNS, ended_at, outcome, exit_code."""
    run_id, script, language, content_hash, profile, args, started_at, seed = row[:8]
    engine, options, resumed_from, forked_from, owner, ended_at, outcome, exit_code = row[8:]
    whose = from_json(owner)
    run = RunRecord(
        run_id,
        script,
        language,
        content_hash,
        profile,
        tuple(from_json(args)),
        started_at,
        int(seed),
        engine=engine,
        options=from_json(options),
        resumed_from=resumed_from,
        forked_from=forked_from,
        owner=Owner(*whose) if whose else None,
    )
    return RunRow(run, None if outcome is None else RunOutcome(outcome, exit_code, ended_at))


def can_be_resumed(language: str, exit_code: int | None) -> bool:
    """Whether a run is one of a script that has not ended well (None: no end). Once resumed, it is no more."""
    return bool(language) and exit_code != 0
