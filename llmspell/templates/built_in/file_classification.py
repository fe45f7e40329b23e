"""Classify the files of a folder in batches, and move them where that is asked for."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.agents.quoting import quoted
from llmspell.errors import BadArgument, LLMSpellError, NotFound, PermissionDenied, ToolFailed
from llmspell.models.messages import Value
from llmspell.templates.documents import read_bytes
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Calls, Forecast, Outcome, Span
from llmspell.templates.saving import checked_path
from llmspell.templates.work import Question

if TYPE_CHECKING:
    from llmspell.templates.work import Work

UNCLASSIFIED = "unclassified"
MAX_SHOWN_CHARS = 400_000  # of a batch


@dataclass(frozen=True, slots=True)
class Category:
    """One of those that files are sorted into."""

    name: str
    description: str
    folder: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A file as the model sees it. `text` is empty for what is no text."""

    path: str
    size: int
    text: str
    is_text: bool

    def shown(self, number: int) -> str:
        kind = "text" if self.is_text else "not text"
        return quoted("file", self.text, number=str(number), path=self.path, bytes=str(self.size), kind=kind)


async def execute(work: Work) -> Outcome:
    """Classify, and move."""
    categories = _categories(work)
    batches = _batches(work, await _samples(work))
    shown = _categories_shown(categories)
    questions = [
        Question(
            f"batch {i}",
            "classifier",
            (shown, *(it.shown(n) for n, it in enumerate(batch, 1))),
            schema=_schema(len(batch), categories),
        )
        for i, batch in enumerate(batches, 1)
    ]
    outcomes = await work.ask_all("classify", questions, max_concurrency=work.params["max_concurrency"])
    rows: list[dict[str, Value]] = []
    for batch, outcome in zip(batches, outcomes, strict=True):
        by_number = {int(it["number"]): it for it in outcome.answer().data["files"]}
        rows += [_row(work, it, by_number.get(n)) for n, it in enumerate(batch, 1)]
    await _move(work, rows, categories)
    counts = Counter(str(it["category"]) for it in rows)
    n_moved = sum(it["moved"] for it in rows)
    result = {
        "files": rows,
        "counts": {it: counts[it] for it in (*(one.name for one in categories), UNCLASSIFIED)},
        "moved": n_moved,
        "dry_run": work.params["dry_run"] or not work.params["move"],
    }
    lines = [f"{it['path']}: {it['category']} ({it['confidence']:.2f}) {it['reason']}" for it in rows]
    if result["dry_run"]:
        lines += [f"would move {it['path']} to {it['target']}" for it in rows if it["target"]]
    lines += [f"did not move {it['path']}: {it['error']}" for it in rows if it["error"]]
    lines += [f"moved {it['path']} to {it['target']}" for it in rows if it["moved"]]
    return Outcome("\n".join(lines), result, success=not any(it["error"] for it in rows))


async def forecast(work: Work) -> Forecast:
    """One call for each batch."""
    categories = _categories(work)
    calls: list[Calls] = []
    shown = _categories_shown(categories)
    for batch in _batches(work, await _samples(work)):
        samples = [it.shown(n) for n, it in enumerate(batch, 1)]
        answer = Span(15 * len(batch), 40 * len(batch), 120 * len(batch))
        calls.append(await calls_of(work, "classifier", shown, *samples, output=answer))
    return Forecast(calls)


async def _samples(work: Work) -> list[Sample]:
    """The files, with the beginnings of those that are texts."""
    params = work.params
    asked = {"operation": "find", "path": params["folder"], "max_results": 1000}
    if params["include"]:
        asked["include"] = params["include"]
    found = (await work.tool("file-search", asked)).result
    if found["total"] > params["max_files"]:
        raise work.wrong(
            "max_files", f"{params['folder']} has {found['total']} files", "raise max_files, or name some with include"
        )
    if not found["files"]:
        raise work.wrong("folder", f"{params['folder']} has no files that are meant")
    return [await _sample(work, it["path"], it["size"]) for it in found["files"]]


async def _sample(work: Work, path: str, size: int) -> Sample:
    n_chars: int = work.params["sample_chars"]
    try:
        data = await read_bytes(work, path, 4 * n_chars) if n_chars else b""
    except PermissionDenied:
        raise
    except LLMSpellError:  # gone or not to be read by the system's rights: its name is still there
        return Sample(path, size, "", is_text=False)
    if b"\0" in data:
        return Sample(path, size, "", is_text=False)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        if problem.start < len(data) - 3:
            return Sample(path, size, "", is_text=False)
        text = data[: problem.start].decode("utf-8-sig")  # cut within a character
    return Sample(path, size, text[:n_chars], is_text=True)


def _batches(work: Work, samples: Sequence[Sample]) -> list[list[Sample]]:
    """The files in batches that a model can read."""
    found: list[list[Sample]] = [[]]
    for it in samples:
        n_chars = sum(len(one.text) for one in found[-1])
        if len(found[-1]) >= work.params["batch_size"] or n_chars + len(it.text) > MAX_SHOWN_CHARS:
            found.append([])
        found[-1].append(it)
    return found


def _row(work: Work, sample: Sample, judged: Value) -> dict[str, Value]:
    row: dict[str, Value] = {"path": sample.path, "category": UNCLASSIFIED, "confidence": 0.0, "reason": "not judged"}
    if judged is not None:
        row |= {it: judged[it] for it in ("category", "confidence", "reason")}
        if judged["confidence"] < work.params["min_confidence"]:
            row["category"] = UNCLASSIFIED
    return {**row, "target": "", "moved": False, "error": None}


async def _move(work: Work, rows: Sequence[dict[str, Value]], categories: Sequence[Category]) -> None:
    """Say where the files would go, and move them where that is really asked for."""
    if not work.params["move"]:
        return
    folders = {it.name: it.folder for it in categories}
    base = work.params["target"] or work.params["folder"]
    for row in rows:
        if row["category"] == UNCLASSIFIED:
            continue
        target = posixpath.join(base, folders[row["category"]], posixpath.basename(row["path"]))
        if posixpath.normpath(target) == posixpath.normpath(row["path"]):
            continue  # it is there already
        row["target"] = target
    if work.params["dry_run"]:
        return
    async with work.step("move"):
        for row in [it for it in rows if it["target"]]:
            folder = posixpath.dirname(row["target"])
            move = {"operation": "move", "path": row["path"], "to": row["target"], "overwrite": False}
            try:
                await work.tool("file-operations", {"operation": "create_dir", "path": folder})
                await work.tool("file-operations", move)
            except (NotFound, ToolFailed) as problem:  # one of that name is there already; the others can be moved
                row["error"] = problem.message
                continue
            row["moved"] = True


def _categories(work: Work) -> list[Category]:
    found: list[Category] = []
    for i, it in enumerate(work.params["categories"]):
        at = f"categories[{i}]"
        row = {"name": it} if isinstance(it, str) else it
        name = row.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > 100:
            raise work.wrong(at, f"{at} needs a name, a text of at most 100 characters")
        try:
            folder = checked_path(str(row.get("folder") or name))
        except BadArgument as problem:
            raise work.wrong(at, f"{at}: {problem.message}") from problem
        found.append(Category(name, str(row.get("description", ""))[:1000], folder))
    if len({it.name for it in found} | {UNCLASSIFIED}) <= len(found):
        raise work.wrong("categories", f'categories have different names, and none is "{UNCLASSIFIED}"')
    return found


def _categories_shown(categories: Sequence[Category]) -> str:
    lines = [f"- {it.name}{f': {it.description}' if it.description else ''}" for it in categories]
    return quoted("categories", "\n".join(lines))


def _schema(n_files: int, categories: Sequence[Category]) -> dict[str, Value]:
    row = {
        "type": "object",
        "properties": {
            "number": {"type": "integer", "minimum": 1, "maximum": n_files},
            "category": {"type": "string", "enum": [*(it.name for it in categories), UNCLASSIFIED]},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "reason": {"type": "string", "description": "In a few words"},
        },
        "required": ["number", "category", "confidence", "reason"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"files": {"type": "array", "items": row}},
        "required": ["files"],
        "additionalProperties": False,
    }
