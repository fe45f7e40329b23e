"""The rows of `llmspell runs list`, and which runs are wanted in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from llmspell.cli.cost import since_when
from llmspell.cli.options import closest
from llmspell.errors import UsageError
from llmspell.trace.wording import duration, usd

if TYPE_CHECKING:
    from llmspell.journal.entries import RunRow
    from llmspell.trace.summary import RunSummary

OUTCOMES = ("ok", "error", "denied", "budget", "timeout", "cancelled", "paused", "running", "interrupted")
ROW_TITLES = ("run", "when", "outcome", "took", "calls", "tokens", "USD", "denied", "script")


def wanted(script: str, outcome: str, since: str) -> Callable[[RunRow], bool]:
    """Which runs these options ask for; an empty one asks for all.

    Raises:
        UsageError: There is no such outcome or time.
    """
    if outcome and outcome not in OUTCOMES:
        raise UsageError(
            f"there is no outcome {outcome!r}", hint=closest(outcome, OUTCOMES) or f"one of {', '.join(OUTCOMES)}"
        )
    start = since_when(since, time.time()) if since else 0.0
    pattern = script if any(it in script for it in "*?[") else f"*{script}*"

    def matches(row: RunRow) -> bool:
        run = row.run
        return (
            run.started_at >= start
            and (not script or fnmatch(run.script, pattern))
            and (not outcome or row.state == outcome)
        )

    return matches


def row_of(it: RunSummary) -> tuple[str, ...]:
    """The cells of one run."""
    run, ending = it.row.run, it.row.ending
    tokens = it.usage.input_tokens + it.usage.output_tokens
    return (
        run.run_id,
        datetime.fromtimestamp(run.started_at).strftime("%Y-%m-%d %H:%M:%S"),
        it.outcome + (f" {ending.exit_code}" if ending is not None and ending.exit_code else ""),
        duration(it.duration_s),
        f"{it.n_calls:,}" + (f" ({it.n_reused:,} reused)" if it.n_reused else ""),
        f"{tokens:,}" if tokens else "",
        usd(it.cost_usd),
        f"{it.n_denied}" if it.n_denied else "",
        run.script,
    )
