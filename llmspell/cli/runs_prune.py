"""`llmspell runs prune`: let old runs go, and give their room back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag
from llmspell.cli.kept import DryRunFlag, YesFlag, confirm, count, settings_of
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.journal.retention import Pruned

_SPANS_S = {"h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0}


def prune(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="TIME", help="runs that began longer ago: 12h, 30d, 8w")
    ] = "",
    keep: Annotated[int | None, typer.Option("--keep", metavar="N", min=0, help="all but the newest so many")] = None,
    max_size: Annotated[
        str, typer.Option("--max-size", metavar="SIZE", help="the oldest, until the file is no larger: 200MB")
    ] = "",
    resumable: Annotated[bool, typer.Option("--resumable", help="also those that could still be resumed")] = False,
    dry_run: DryRunFlag = False,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Remove runs from the journal with all that belongs to them, and give their room back. What they have cost stays
    in the ledger. A run that is going on is never removed."""
    from llmspell.journal.open import place_of, prune_journal

    age_s, max_bytes = _age(older_than), _size(max_size)
    if age_s is None and keep is None and max_bytes is None:
        raise UsageError("prune needs to know which runs", hint="--older-than 30d, --keep 100, or --max-size 200MB")
    place = place_of(settings_of(config))

    def work(*, dry_run: bool) -> Pruned:
        return prune_journal(
            place, older_than_s=age_s, keep=keep, max_bytes=max_bytes, resumable=resumable, dry_run=dry_run
        )

    found = work(dry_run=True)
    if found.run_ids and not dry_run:
        confirm(f"removing {count(len(found.run_ids), 'run')}", yes)
        found = work(dry_run=False)
    if as_json:
        about = {"runs": list(found.run_ids), "kept": list(found.kept), "dry_run": dry_run}
        output.result(output.pretty_json({**about, "bytes": [found.bytes_before, found.bytes_after]}))
        return
    did = "would remove" if dry_run else "removed"
    output.note(f"llmspell: {did} {count(len(found.run_ids), 'run')}{_room(found, dry_run=dry_run)}")
    if found.kept:
        which = "going on" if resumable else "going on, or could still be resumed (--resumable)"
        output.note(f"llmspell: {count(len(found.kept), 'run')} that {_are(found)} {which} stayed")


def _are(found: Pruned) -> str:
    return "is" if len(found.kept) == 1 else "are"


def _room(found: Pruned, *, dry_run: bool) -> str:
    freed = found.bytes_before - found.bytes_after
    return f", {freed / 1e6:,.1f} MB" if freed > 0 and not dry_run else ""


def _age(text: str) -> float | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,6})\s*([hdw])", text.strip())
    if found is None:
        raise UsageError(f"--older-than is no time: {text!r}", hint="12h, 30d, 8w")
    return int(found[1]) * _SPANS_S[found[2]]


def _size(text: str) -> int | None:
    from llmspell.security.limits import parse_size

    try:
        return parse_size(text) if text else None
    except ValueError as error:
        raise UsageError(f"--max-size: {error}", hint="for example --max-size 200MB") from None
