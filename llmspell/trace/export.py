"""All that is known of a run, for programs: lines of JSON, and trace events as browsers and Perfetto read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmspell.journal.entries import Entry, Note, RunRow, Value
from llmspell.trace.plain import plain
from llmspell.trace.summary import iso, summarize
from llmspell.trace.tree import read_tree

if TYPE_CHECKING:
    from llmspell.journal.protocol import JournalReader
    from llmspell.trace.node import Node

FORMAT = 1


def json_lines(reader: JournalReader, row: RunRow) -> Iterator[str]:
    """One line each for the format, the run, the script's text, the entries as they ended, and the notes."""
    run_id = row.run.run_id
    yield _line({"llmspell_run": FORMAT})
    options = plain(dict(row.run.options))
    yield _line({"run": {**summarize(reader, row).to_value(), "options": options}})
    source = reader.source(run_id)
    if source is not None:
        yield _line({"source": source})
    for entry in reader.entries(run_id):
        yield _line({"entry": entry_value(entry)})
    for note in reader.notes(run_id):
        yield _line({"note": note_value(note)})
    for key in reader.unknown(run_id):
        yield _line({"unknown": key})


def entry_value(entry: Entry) -> dict[str, Value]:
    """An entry in JSON's terms, all of it."""
    return {
        "key": entry.key,
        "parent": entry.parent or None,
        "kind": entry.kind,
        "target": entry.target,
        "method": entry.method,
        "opened": entry.opened,
        "closed": entry.closed,
        "started_at": iso(entry.started_at),
        "ended_at": None if entry.ended_at is None else iso(entry.ended_at),
        "duration_ms": None if entry.ended_at is None else round((entry.ended_at - entry.started_at) * 1000, 3),
        "idempotent": entry.idempotent,
        "args": plain(entry.args),
        "args_hash": entry.args_hash,
        "result": plain(entry.result),
        "error": None if entry.error is None else plain(dict(entry.error)),
        "permission": [
            {"allowed": it.allowed, "kind": it.kind, "subject": it.subject, "rule": it.rule} for it in entry.permission
        ],
        "input_tokens": entry.usage.input_tokens,
        "output_tokens": entry.usage.output_tokens,
        "cached_tokens": entry.usage.cached_tokens,
        "cost_usd": entry.cost_usd,
        "reused": entry.reused,
    }


def note_value(note: Note) -> dict[str, Value]:
    """A note in JSON's terms."""
    return {"kind": note.kind, "key": note.key, "at": iso(note.at), "value": plain(note.value)}


def tree_values(root: Node) -> Iterator[dict[str, Value]]:
    """The entries in the order of the tree, with their number, depth and state, and sums of what is inside them."""
    for depth, node in root.walk():
        if depth == 0:
            continue
        about: dict[str, Value] = {
            "key": node.key,
            "depth": depth,
            "what": node.what,
            "title": node.title,
            "state": node.state,
            "number": node.number or None,
            "checkpoint": node.checkpoint or None,
            "total_tokens": node.tokens,
            "total_cost_usd": round(node.cost_usd, 9),
        }
        yield about | (entry_value(node.entry) if node.entry is not None else {})


def chrome_events(reader: JournalReader, row: RunRow) -> Iterator[str]:
    """The run in the trace event format: a lane for each task, complete events in it, checkpoints as marks."""
    root, _ = read_tree(reader, row)
    yield '{"displayTimeUnit": "ms", "otherData": ' + json.dumps({"run": row.run.run_id}) + ', "traceEvents": [\n'
    events = [{"ph": "M", "pid": 1, "tid": 0, "name": "process_name", "args": {"name": row.run.script}}]
    yield ",\n".join([json.dumps(it) for it in [*events, *_events(root)]])
    yield "\n]}\n"


def _events(root: Node) -> Iterator[dict[str, Value]]:
    lanes: dict[str, int] = {}
    for depth, node in root.walk():
        if depth == 0 or not node.started_at:
            continue
        task = node.key.partition(":")[0]
        if task not in lanes:
            lanes[task] = len(lanes) + 1
            yield {"ph": "M", "pid": 1, "tid": lanes[task], "name": "thread_name", "args": {"name": f"task {task}"}}
        where: dict[str, Value] = {"pid": 1, "tid": lanes[task], "ts": round(node.started_at * 1e6)}
        if node.checkpoint:
            yield {"ph": "i", "s": "p", "name": f"checkpoint {node.checkpoint}", **where}
        if node.entry is None:
            continue
        about = {
            "key": node.key,
            "state": node.state,
            "detail": node.detail,
            "tokens": node.tokens,
            "usd": node.cost_usd,
        }
        took = round((node.took_s or 0.0) * 1e6)
        yield {"ph": "X", "name": node.title, "cat": node.what, "dur": took, "args": about, **where}


def _line(value: dict[str, Value]) -> str:
    return json.dumps(value, allow_nan=False) + "\n"
