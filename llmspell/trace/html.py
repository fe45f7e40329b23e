"""A run as one page: timeline, tree, messages and costs. It needs nothing but itself, and reaches nothing.

Everything of the run stands in it as one block of JSON, in which no `<` is; the page's own script sets it as text only.
The policy of the page (CSP) allows that one script and that one style, by their hashes, and nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from pathlib import Path

from llmspell.cells import one_line
from llmspell.journal.entries import Value
from llmspell.trace.node import Node
from llmspell.trace.plain import Room, plain
from llmspell.trace.remarks import labels
from llmspell.trace.summary import RunSummary
from llmspell.trace.text import Look, lines

MAX_PAGE_BYTES = 64 * 1024 * 1024  # of arguments and results; of what is more, the page names the command that shows it
MAX_SOURCE_CHARS = 1_000_000
_SORTS = frozenset({"model", "tool", "agent"})

_BODY = """
<header><h1>%(title)s</h1><p class="facts">%(facts)s</p></header>
<noscript><pre>%(plain)s</pre></noscript>
<div class="bar">
  <div role="tablist" aria-label="views">
    <button role="tab" id="tab-tree" aria-controls="tree-panel" aria-selected="true">Tree</button>
    <button role="tab" id="tab-messages" aria-controls="messages-panel" aria-selected="false">Messages</button>
    <button role="tab" id="tab-costs" aria-controls="costs" aria-selected="false">Costs</button>
    <button role="tab" id="tab-source" aria-controls="source" aria-selected="false">Script</button>
  </div>
  <input id="search" type="search" placeholder="Search ( / )" aria-label="search names, arguments and keys">
  <label><input id="bad" type="checkbox"> only what did not go well</label>
  <button id="open-all">Unfold all</button> <button id="close-all">Fold all</button>
  <span class="hint" id="shown" role="status"></span>
</div>
<main>
  <section class="panel" id="tree-panel" role="tabpanel" aria-labelledby="tab-tree">
    <canvas id="timeline" aria-hidden="true"></canvas>
    <div class="split">
      <div class="left">
        <div class="heads" aria-hidden="true">
          <span class="number"></span><span class="twist"></span><span class="what">what</span>
          <span class="cell">tokens</span><span class="cell">USD</span><span class="cell">took</span>
          <span class="track"></span>
        </div>
        <div id="tree" role="treegrid" tabindex="0" aria-label="what the run did; arrow keys move and fold">
          <div id="space"></div>
        </div>
      </div>
      <div id="detail" tabindex="0" role="region" aria-label="the chosen entry"></div>
    </div>
  </section>
  <section class="panel" id="messages-panel" role="tabpanel" aria-labelledby="tab-messages" hidden>
    <p class="hint" id="no-messages">No model and no tool was asked.</p>
    <div id="messages"></div><button id="more">More</button>
  </section>
  <section class="panel" id="costs" role="tabpanel" aria-labelledby="tab-costs" hidden></section>
  <section class="panel" id="source" role="tabpanel" aria-labelledby="tab-source" hidden></section>
</main>
"""


def page(root: Node, summary: RunSummary, source: str | None) -> Iterator[str]:
    """The page in parts.

    Args:
        source: The script's text, where the journal has it.
    """
    style, script = (_file(it) for it in ("page.css", "page.js"))
    run = summary.row.run
    drawn = list(lines(root, summary, Look(width=120)))
    title = one_line(f"run {run.run_id} · {run.script}")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>"
    )
    yield _BODY % {"title": escape(title), "facts": escape(drawn[1]), "plain": escape("\n".join(drawn))}
    yield '<script type="application/json" id="data">'
    yield from _data(root, summary, source)
    yield f"</script>\n<script>{script}</script>\n</body>\n</html>\n"


def _data(root: Node, summary: RunSummary, source: str | None) -> Iterator[str]:
    yield f'{{"run": {_json(summary.to_value())}, "nodes": ['
    room = Room(MAX_PAGE_BYTES, f"llmspell runs show {summary.row.run.run_id} --key KEY")
    numbers = {id(root): -1}
    parents = {id(child): node for _, node in root.walk() for child in node.children}
    for n, (_, node) in enumerate(it for it in root.walk() if it[1] is not root):
        numbers[id(node)] = n
        row = _row(node, numbers[id(parents[id(node)])], root.started_at, room)
        yield (",\n" if n else "\n") + _json(row)
    text = source if source is None or len(source) <= MAX_SOURCE_CHARS else source[:MAX_SOURCE_CHARS] + "…"
    yield f'\n], "source": {_json(text)}}}'


def _row(node: Node, parent: int, started_at: float, room: Room) -> dict[str, Value]:
    entry, took_s = node.entry, node.took_s
    row: dict[str, Value] = {
        "parent": parent,
        "key": node.key,
        "title": one_line(node.title),
        "sort": entry.target if entry is not None and entry.kind == "effect" and entry.target in _SORTS else "",
        "state": node.state,
        "well": node.is_well,
        "start": max(0.0, round((node.started_at - started_at) * 1000, 3)) if node.started_at else 0.0,
        "took": None if took_s is None else round(took_s * 1000, 3),
        "number": node.number,
        "input": node.usage.input_tokens,
        "output": node.usage.output_tokens,
        "cached": node.usage.cached_tokens,
        "usd": node.cost_usd,
        "detail": one_line(node.detail),
        "checkpoint": one_line(node.checkpoint),
    }
    if noted := [*labels(node.sources), *node.remarks]:
        row["remarks"] = [[kind, text] for kind, text in noted]
    if entry is None:
        return row
    row |= {"args": plain(entry.args, room), "result": plain(entry.result, room), "idempotent": entry.idempotent}
    if entry.error is not None:
        row["error"] = plain(dict(entry.error), room)
    if entry.permission:
        row["permission"] = [[it.allowed, f"{it.kind}:{it.subject}", it.rule] for it in entry.permission]
    usage = entry.usage
    if entry.reused:
        row["reused"] = True
    elif usage.input_tokens or usage.output_tokens or entry.cost_usd:
        row["own"] = [usage.input_tokens, usage.output_tokens, usage.cached_tokens, entry.cost_usd]
    return row


def _json(value: Value) -> str:
    """JSON that can stand in a page: no tag begins in it and none ends."""
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
