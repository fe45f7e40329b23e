"""A base of notes that stays: one value of the state for each note, searched by words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from llmspell.agents.quoting import quoted
from llmspell.errors import NotFound
from llmspell.models.messages import Value
from llmspell.suggestions import did_you_mean
from llmspell.templates.estimate import calls_of
from llmspell.templates.keeping import store_of
from llmspell.templates.passages import Passages
from llmspell.templates.protocol import Forecast, Outcome

if TYPE_CHECKING:
    from llmspell.templates.work import Work

MAX_NOTES = 10_000  # of a base
MAX_SHOWN_CHARS = 200_000  # to the model
_SHOWN = 300  # characters of a note in a list
_PREFIX, _LAST = "note:", "last"  # of keys
_CITED = re.compile(r"\[(n\d+)\]")


async def execute(work: Work) -> Outcome:
    """Do what `operation` says."""
    match work.params["operation"]:
        case "add":
            return await _add(work)
        case "delete":
            return await _delete(work)
        case "get":
            note = _named(work, await _notes(work))
            return Outcome(f"{note['title']}\n\n{note['content']}", note)
        case "list":
            notes = _tagged(work, await _notes(work))
            rows = [_row(it) for it in notes[: work.params["limit"]]]
            return Outcome(_lines(rows), {"notes": rows, "total": len(notes)})
        case "search":
            rows = [_row(it, score) for it, score in await _found(work, await _notes(work))]
            return Outcome(_lines(rows), {"notes": rows, "total": len(rows)})
        case _:
            return await _ask(work)


async def forecast(work: Work) -> Forecast:
    """A question is one call, if notes are found; all else is none."""
    if work.params["operation"] != "ask":
        return Forecast([])
    found = await _found(work, await _notes(work))
    if not found:
        return Forecast([], notes=("no note has these words, so nothing is asked",))
    return Forecast([await calls_of(work, "answerer", *_shown(work, found))])


async def _add(work: Work) -> Outcome:
    params = work.params
    content = params["content"].strip()
    if not content:
        raise work.wrong("content", "there is nothing to add", "give `content`")
    title = params["title"].strip() or content.splitlines()[0].lstrip("# ")[:200]
    now = datetime.fromtimestamp(work.ctx.now(), UTC).isoformat(timespec="seconds")
    store, base, name = store_of(work, "knowledge"), _base(work), params["id"]
    keys = await store.keys(base, _PREFIX)
    if name and f"{_PREFIX}{name}" not in keys:
        raise _missing(name, [it.removeprefix(_PREFIX) for it in keys])
    if not name:
        if len(keys) >= MAX_NOTES:
            raise work.wrong("base", f"the base {params['base']} is full, it has {MAX_NOTES} notes", "delete some")
        name = f"n{int(await store.incr(base, _LAST))}"

    async def change(before: Value) -> Value:
        created = before["created"] if before else now
        tags = list(params["tags"])
        return {"id": name, "title": title, "content": content, "tags": tags, "created": created, "changed": now}

    added = await store.update(base, f"{_PREFIX}{name}", change)
    return Outcome(f"{name}: {title}", added)


async def _delete(work: Work) -> Outcome:
    name, store = work.params["id"], store_of(work, "knowledge")
    if not name or not await store.delete(_base(work), f"{_PREFIX}{name}"):
        raise _missing(name, [it["id"] for it in await _notes(work)])
    return Outcome(f"deleted {name}", {"id": name, "deleted": True})


async def _ask(work: Work) -> Outcome:
    found = await _found(work, await _notes(work))
    if not found:
        nothing = {"answer": "", "found": False, "notes": [], "cited": []}
        return Outcome("No note has these words.", nothing)
    answer = (await work.ask("answerer", *_shown(work, found))).text
    known = {it["id"] for it, _ in found}
    cited = list(dict.fromkeys(it for it in _CITED.findall(answer) if it in known))
    unknown = list(dict.fromkeys(it for it in _CITED.findall(answer) if it not in known))
    rows = [_row(it, score) for it, score in found]
    result = {"answer": answer, "found": True, "notes": rows, "cited": cited, "unknown_citations": unknown}
    return Outcome(answer, result)


async def _notes(work: Work) -> list[dict[str, Value]]:
    """All notes of the base, the oldest first."""
    kept = await store_of(work, "knowledge").all(_base(work))
    notes: list[dict[str, Value]] = [it for key, it in kept.items() if key.startswith(_PREFIX)]
    return sorted(notes, key=lambda it: int(str(it["id"]).removeprefix("n")))


def _base(work: Work) -> str:
    """The scope of the base."""
    return f"knowledge:{work.params['base']}"


def _tagged(work: Work, notes: Sequence[dict[str, Value]]) -> list[dict[str, Value]]:
    wanted = {it.lower() for it in work.params["tags"]}
    return [it for it in notes if wanted <= {one.lower() for one in it["tags"]}]


async def _found(work: Work, notes: Sequence[dict[str, Value]]) -> list[tuple[dict[str, Value], float]]:
    query = work.params["query"]
    if not query.strip():
        raise work.wrong("query", "there is nothing to look for", "give `query`")
    tagged = _tagged(work, notes)
    texts = [f"{it['title']} {it['title']} {' '.join(it['tags'])} {it['content']}" for it in tagged]
    found = await asyncio.to_thread(lambda: Passages(texts).best(query, work.params["limit"]))
    return [(tagged[i], score) for i, score in found]


def _named(work: Work, notes: Sequence[dict[str, Value]]) -> dict[str, Value]:
    name = work.params["id"]
    by_id = {it["id"]: it for it in notes}
    if name not in by_id:
        raise _missing(name, by_id)
    return by_id[name]


def _missing(name: str, notes: Iterable[str]) -> NotFound:
    hint = did_you_mean(name[:100], notes) if name else "give `id`"
    return NotFound(f'there is no note "{name[:100]}" in this base', hint=hint, details={"path": "$.id"})


def _shown(work: Work, found: Sequence[tuple[Mapping[str, Value], float]]) -> list[str]:
    each = MAX_SHOWN_CHARS // len(found)
    notes = [
        quoted("note", str(it["content"])[:each], id=it["id"], title=it["title"], changed=it["changed"])
        for it, _ in found
    ]
    return [quoted("question", work.params["query"]), *notes]


def _row(note: Mapping[str, Value], score: float | None = None) -> dict[str, Value]:
    content = " ".join(str(note["content"])[: 2 * _SHOWN].split())
    beginning = content if len(content) <= _SHOWN else content[: _SHOWN - 1] + "…"
    row = {"id": note["id"], "title": note["title"], "tags": note["tags"], "changed": note["changed"]}
    return {**row, "beginning": beginning, **({} if score is None else {"score": score})}


def _lines(rows: Sequence[Mapping[str, Value]]) -> str:
    return "\n".join(f"{it['id']}  {it['title']}" for it in rows) or "no notes"
