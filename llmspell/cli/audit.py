"""`llmspell audit`: what scripts asked for, what was granted and refused, and by which rule. Nothing is run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmspell.cli import output
from llmspell.cli.cost import since_when
from llmspell.cli.flags import ConfigFlag, JsonFlag
from llmspell.cli.kept import count, shorten, table
from llmspell.cli.run_reading import found_run, reader_of
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.trace.audit import Audit

_MOST_RUNS = 100_000


def audit(
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="a run's id, the beginning of one, or last")] = "",
    since: Annotated[
        str, typer.Option("--since", "-s", metavar="WHEN", help="all runs since: 12h, 7d, 2w, today, or a date")
    ] = "",
    denied: Annotated[bool, typer.Option("--denied", help="only what was refused")] = False,
    all_rows: Annotated[bool, typer.Option("--all", help="each file, host, … on a line of its own")] = False,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Show every permission that was asked for: granted or refused, by which rule, who asked, where, and how often; and
    what was approved, and what options changed of the profile."""
    from llmspell.trace.audit import audit as audit_of
    from llmspell.trace.summary import rows_of

    if bool(run) == bool(since):
        raise UsageError("audit takes a RUN or --since", hint="llmspell audit last, or llmspell audit --since 7d")
    reader = reader_of(config)
    if run:
        rows = [found_run(reader, run)]
    else:
        start = since_when(since, time.time())
        rows = rows_of(reader, lambda it: it.run.started_at >= start, limit=_MOST_RUNS)
    found = audit_of(reader, rows, denied_only=denied)
    if as_json:
        output.result(output.pretty_json(_as_json(found, [it.run.run_id for it in rows])))
        return
    _print(found, several=bool(since), folds=not all_rows)
    if not found.rows:
        what = "was refused" if denied else "was asked of the profile"
        output.note(f"llmspell: nothing {what} in {count(len(rows), 'run')}")


def _print(found: Audit, *, several: bool, folds: bool) -> None:
    from llmspell.trace.audit import together

    if found.rows:
        titles: tuple[str, ...] = ("decision", "what", "rule", "asked by", "times", "where")
        lines = [titles if not several else (*titles, "runs", "scripts")]
        shown = together(found.rows) if folds else [(it, f"{it.kind}:{it.subject}") for it in found.rows]
        for it, what in shown:
            run_id, key = it.places[0]
            where = f"{run_id} {key}" if several else key
            rule = f"{it.rule} ({it.source})" if it.source else it.rule or "(none)"
            cells = ["allowed" if it.allowed else "DENIED", what, rule, it.asker]
            cells += [f"{it.n:,}", where + (", …" if it.n > 1 else "")]
            if several:
                cells += [f"{len(it.runs):,}", ", ".join(sorted(set(it.runs.values())))]
            lines.append(tuple(shorten(cell) for cell in cells))
        output.result(table(lines))
        if len(shown) < len(found.rows):
            output.note(f"llmspell: {len(found.rows):,} decisions, of which many are alike; --all shows each of them")
    for run_id, changed in found.overrides.items():
        for text in changed:
            output.result(f"override of the profile{f' in {run_id}' if several else ''}: {output.clean(text)}")
    for approval in found.approvals:
        about: dict[str, Any] = {name: it for name, it in approval.items() if name not in ("run_id", "at")}
        where = f" in {approval['run_id']}" if several else ""
        output.result(f"approval{where}: {shorten(_words(about), 300)}")


def _words(about: dict[str, Any]) -> str:
    from llmspell.trace.remarks import approval
    from llmspell.trace.wording import short

    return approval(about) or ", ".join(
        f"{name}: {it if isinstance(it, str) else short(it)}" for name, it in about.items()
    )


def _as_json(found: Audit, runs: list[str]) -> dict[str, Any]:
    return {
        "runs": runs,
        "decisions": [it.to_value() for it in found.rows],
        "overrides": found.overrides,
        "approvals": found.approvals,
    }
