"""`llmspell cost`: what models have cost, out of the ledger. Nothing is run and nobody is asked."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag, parsed_of
from llmspell.cli.options import closest
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.journal.ledger_reader import By, Total

_SPANS_S = {"h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0}
_NAMELESS = {"agent": "(no agent)", "script": "(no script)"}


def cost(
    by: Annotated[
        str, typer.Option("--by", "-b", metavar="WHAT", help="model, provider, agent, script, run or day")
    ] = "model",
    since: Annotated[
        str, typer.Option("--since", "-s", metavar="WHEN", help="12h, 7d, 2w, today, or a date such as 2026-11-01")
    ] = "",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Show what models have cost: calls, tokens, USD, and each group's share. Days are those of UTC."""
    from llmspell.cli.settings import load_only
    from llmspell.journal.ledger_reader import read_totals

    group = _group(by)
    start = since_when(since, time.time()) if since else 0.0
    settings = load_only(parsed_of(config=config))
    totals = read_totals(settings.text("ledger.path"), group, since=start)
    if as_json:
        output.result(_json(group, start, totals))
    elif totals:
        output.result(table(group, totals))
    else:
        when = f" since {since}" if since else ""
        output.note(f"llmspell: nothing has been spent on models{when}")
    _explain(totals, settings)


def since_when(text: str, now: float) -> float:
    """The time that `--since` speaks of, in seconds since 1970, before which nothing was spent.

    Raises:
        UsageError: It is none.
    """
    span = re.fullmatch(r"(\d{1,6})\s*([hdw])", text.strip())
    if span:
        return max(0.0, now - int(span[1]) * _SPANS_S[span[2]])
    if text.strip() == "today":
        return datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--since is no time: {text!r}", hint="12h, 7d, 2w, today, or a date: 2026-11-01") from None
    return max(0.0, datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp())


def table(by: str, totals: Sequence[Total]) -> str:
    """The rows and, beneath, their sum; as text."""
    sums = _sums(totals)
    rows: list[tuple[str, ...]] = [(by, "calls", "input", "output", "cached", "USD", "share")]
    rows += [_row(_shown_name(by, it), it, sums) for it in totals]
    if len(totals) > 1:
        rows.append(_row("total", sums, sums))
    widths = [max(len(it[i]) for it in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            [f"{it[0]:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(it[1:], widths[1:], strict=True))]
        )
        for it in rows
    )


def _group(by: str) -> By:
    from llmspell.journal.ledger_reader import GROUPS

    found = next((it for it in GROUPS if it == by), None)
    if found is None:
        raise UsageError(f"costs are not counted by {by!r}", hint=closest(by, GROUPS) or f"by {', '.join(GROUPS)}")
    return found


def _sums(totals: Sequence[Total]) -> Total:
    from llmspell.journal.entries import NO_USAGE
    from llmspell.journal.ledger_reader import Total

    return Total(
        "total",
        sum(it.n_calls for it in totals),
        sum((it.usage for it in totals), NO_USAGE),
        round(sum(it.usd for it in totals), 9),
        sum(it.n_estimated for it in totals),
        sum(it.n_unpriced for it in totals),
    )


def _row(name: str, it: Total, sums: Total) -> tuple[str, ...]:
    usage = it.usage
    tokens = (usage.input_tokens, usage.output_tokens, usage.cached_tokens)
    usd = "<0.0001" if 0 < it.usd < 0.000_05 else f"{it.usd:.4f}"
    usd = "?" if it.n_unpriced == it.n_calls else usd + (" + ?" if it.n_unpriced else "")
    share = f"{it.usd / sums.usd:.0%}" if sums.usd else ""
    return (name, f"{it.n_calls:,}", *(f"{n:,}" for n in tokens), usd, share)


def _shown_name(by: str, it: Total) -> str:
    return output.clean(it.name) or _NAMELESS.get(by, "(none)")


def _json(by: str, since: float, totals: Sequence[Total]) -> str:
    from llmspell.cli.values import to_json

    sums = _sums(totals)

    def as_map(it: Total) -> dict[str, object]:
        return {
            "calls": it.n_calls,
            "input_tokens": it.usage.input_tokens,
            "output_tokens": it.usage.output_tokens,
            "cached_tokens": it.usage.cached_tokens,
            "cost_usd": it.usd,
            "share": round(it.usd / sums.usd, 6) if sums.usd else 0.0,
            "estimated_calls": it.n_estimated,
            "calls_without_price": it.n_unpriced,
        }

    start = datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds") if since else None
    rows = [{"name": it.name, **as_map(it)} for it in totals]
    return to_json({"by": by, "since": start, "rows": rows, "total": as_map(sums)}, pretty=True)


def _explain(totals: Sequence[Total], settings: Settings) -> None:
    """What the figures do not say themselves, on stderr."""
    sums = _sums(totals)
    if sums.n_estimated:
        output.note(
            f"llmspell: {_calls(sums.n_estimated)} broke off or came without a count; what they cost is an estimate"
        )
    if sums.n_unpriced:
        output.note(
            f"llmspell: the price of {_calls(sums.n_unpriced)} is not known; set it under [prices] in the settings"
        )
    limit = settings.get("budget.day_usd")
    if limit is not None and totals:
        from llmspell.effects.budget import shown_usd
        from llmspell.journal.ledger_file import day_of
        from llmspell.journal.ledger_reader import read_totals

        days = {it.name: it.usd for it in read_totals(settings.text("ledger.path"), "day")}
        today = days.get(day_of(time.time()), 0.0)
        output.note(f"llmspell: ${shown_usd(today)} of ${shown_usd(limit)} for today (UTC) are spent")


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"
