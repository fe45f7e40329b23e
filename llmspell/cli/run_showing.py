"""`llmspell runs show`, `export`: one run as a tree, as a page, as lines of JSON."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag
from llmspell.cli.kept import OutputFlag, write_to
from llmspell.cli.options import closest
from llmspell.cli.run_reading import RunArgument, found_run, reader_of
from llmspell.cli.workflow_progress import is_ascii_only, size_of
from llmspell.errors import NotFound, UsageError
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.journal.entries import Entry, RunRow
    from llmspell.journal.protocol import JournalReader

FORMATS = ("jsonl", "chrome")


def show(
    run: RunArgument,
    file: Annotated[
        str,
        typer.Argument(metavar="[FILE]", help="with --html: where to write the page (- is stdout)", show_default=False),
    ] = "",
    html: Annotated[
        bool, typer.Option("--html", help="write one page with the timeline, the tree, messages and costs")
    ] = False,
    key: Annotated[str, typer.Option("--key", "-k", metavar="KEY", help="one entry, whole; or a call's number")] = "",
    depth: Annotated[int | None, typer.Option("--depth", metavar="N", min=1, help="only so many levels")] = None,
    calls: Annotated[bool, typer.Option("--calls", help="only the script's own calls")] = False,
    everything: Annotated[bool, typer.Option("--all", help="leave out nothing, however many are alike")] = False,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Show what a run did: each call and what was done inside it, when, how long it took, tokens, USD, refusals and the
    rule that decided, errors. The numbers in front are those that `runs fork --at` takes."""
    if file and not html:
        raise UsageError(f"show takes one RUN, found {file}, too", hint="a FILE is for --html")
    reader = reader_of(config)
    row = found_run(reader, run)
    if key:
        output.result(_one(reader, row, key, as_json=as_json))
    elif html:
        _write_page(reader, row, file)
    elif as_json:
        output.result(output.pretty_json(_as_json(reader, row)))
    else:
        _draw(reader, row, 1 if calls else depth, unfolded=everything)


def export(
    run: RunArgument,
    form: Annotated[
        str,
        typer.Option("--format", "-f", metavar="FORMAT", help="jsonl, or chrome: for chrome://tracing and Perfetto"),
    ] = "jsonl",
    to: OutputFlag = "-",
    config: ConfigFlag = None,
) -> None:
    """Write all that is known of a run: lines of JSON, one for the run, each entry and each note; or trace events."""
    from llmspell.trace.export import chrome_events, json_lines

    if form not in FORMATS:
        raise UsageError(f"there is no format {form!r}", hint=closest(form, FORMATS) or f"one of {', '.join(FORMATS)}")
    reader = reader_of(config)
    row = found_run(reader, run)
    write_to(to, _encoded(json_lines(reader, row) if form == "jsonl" else chrome_events(reader, row)))
    if to != "-":
        output.note(f"llmspell: wrote the run to {to}")


def _draw(reader: JournalReader, row: RunRow, depth: int | None, *, unfolded: bool) -> None:
    from llmspell.trace.text import Look, lines
    from llmspell.trace.tree import read_tree

    is_terminal = os.isatty(output.STDOUT)
    look = Look(
        width=size_of(output.STDOUT).columns if is_terminal else int(os.environ.get("COLUMNS") or 0) or 100,
        depth=depth,
        ascii_only=is_terminal and is_ascii_only(),
        unfolded=unfolded,
        paint=lambda text, colour: output.paint(text, colour, output.STDOUT),
    )
    output.result("\n".join(lines(*read_tree(reader, row), look)), painted=True)


def _write_page(reader: JournalReader, row: RunRow, file: str) -> None:
    from llmspell.trace.html import page
    from llmspell.trace.tree import read_tree

    if not file:
        file = f"run-{row.run.run_id}.html" if os.isatty(output.STDOUT) else "-"
    parts = page(*read_tree(reader, row), reader.source(row.run.run_id))
    write_to(file, _encoded(parts))
    if file != "-":
        output.note(f"llmspell: wrote the page to {file}")


def _encoded(parts: Iterable[str]) -> Iterator[bytes]:
    for it in parts:
        yield it.encode("utf-8", "backslashreplace")


def _as_json(reader: JournalReader, row: RunRow) -> dict[str, Any]:
    from llmspell.trace.export import note_value, tree_values
    from llmspell.trace.tree import read_tree

    root, summary = read_tree(reader, row)
    return {
        "run": summary.to_value(),
        "entries": list(tree_values(root)),
        "notes": [note_value(it) for it in reader.notes(row.run.run_id) if it.kind != "worker"],
    }


def _one(reader: JournalReader, row: RunRow, key: str, *, as_json: bool) -> str:
    """One entry, whole."""
    from llmspell.trace.export import entry_value
    from llmspell.trace.tree import numbered

    entries = {it.key: it for it in reader.entries(row.run.run_id)}
    wanted = key.removeprefix("#")
    if wanted.isascii() and wanted.isdigit() and wanted not in entries and len(wanted) < 10:
        calls = numbered(entries.values())
        wanted = calls[int(wanted) - 1] if 0 < int(wanted) <= len(calls) else wanted
    entry = entries.get(wanted)
    if entry is None:
        hint = did_you_mean(key, list(entries)[:5000]) or f"`llmspell runs show {row.run.run_id} --json` has them all"
        raise NotFound(f"the run {row.run.run_id} has no entry {key}", hint=hint)
    return output.pretty_json(entry_value(entry)) if as_json else _described(entry)


def _described(entry: Entry) -> str:
    from llmspell.trace.export import entry_value
    from llmspell.trace.text import rule_of, subject_of
    from llmspell.trace.wording import duration, title_of, tokens, usd

    value = entry_value(entry)
    took = "not ended" if entry.ended_at is None else duration(entry.ended_at - entry.started_at)
    facts = [
        ("key", entry.key),
        ("inside", entry.parent),
        ("what", f"{title_of(entry.kind, entry.target, entry.method)} ({entry.kind})"),
        ("when", f"{value['started_at']}, {took}"),
        ("reused", "yes: an earlier run has done it, and paid for it" if entry.reused else ""),
        ("idempotent", "yes" if entry.idempotent else "no"),
        ("tokens", tokens(entry.usage) if entry.usage.input_tokens + entry.usage.output_tokens else ""),
        ("USD", usd(entry.cost_usd)),
    ]
    facts += [("allowed" if it.allowed else "denied", f"{subject_of(it)}: {rule_of(it)}") for it in entry.permission]
    lines = [f"{name:<11} {output.clean(text)}" for name, text in facts if text]
    for name in ("args", "result", "error"):
        if value[name] is not None:
            lines += ["", f"{name}:", output.clean(output.pretty_json(value[name]))]
    return "\n".join(lines)
