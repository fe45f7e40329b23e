"""Review code: each aspect reads each part, the findings are sorted and counted here, and a model sums them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.agents.quoting import as_json, quoted
from llmspell.models.messages import Value
from llmspell.templates.documents import Document, documents_of
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Calls, Forecast, Outcome, Span
from llmspell.templates.reduction import parts_of
from llmspell.templates.work import Question

if TYPE_CHECKING:
    from llmspell.templates.reduction import Part
    from llmspell.templates.work import Work

SEVERITIES = ("critical", "major", "minor", "info")
MAX_SUMMED_UP = 100  # findings that the model is shown


async def execute(work: Work) -> Outcome:
    """Read all of it by each aspect."""
    parts, starts = await _parts(work)
    asked = [(part, aspect, first) for part, first in zip(parts, starts, strict=True) for aspect in _aspects(work)]
    questions = [
        Question(f"{aspect} {i}", "reader", _shown(work, part, first), {"aspect": aspect})
        for i, (part, aspect, first) in enumerate(asked, 1)
    ]
    outcomes = await work.ask_all("read", questions, max_concurrency=work.params["max_concurrency"])
    findings: list[dict[str, Value]] = []
    for (part, aspect, first), outcome in zip(asked, outcomes, strict=True):
        last = first + part.text.count("\n")
        for it in outcome.answer().data["findings"]:
            line = int(it["line"]) if first <= it["line"] <= last else None  # a line that is not there says nothing
            findings.append({"file": part.document, "aspect": aspect, **it, "line": line})
    lowest = SEVERITIES.index(work.params["min_severity"])
    findings = [it for it in _unique(findings) if SEVERITIES.index(it["severity"]) <= lowest]
    findings.sort(key=lambda it: (SEVERITIES.index(it["severity"]), it["file"], it["line"] or 0))
    counts = Counter(str(it["severity"]) for it in findings)
    verdict = "request changes" if counts["critical"] or counts["major"] else "comment" if findings else "approve"
    summary = "No findings."
    if findings:
        shown = quoted("findings", as_json(findings[:MAX_SUMMED_UP]))
        summary = (await work.ask("summariser", shown)).text
    result = {
        "verdict": verdict,
        "counts": {it: counts[it] for it in SEVERITIES},
        "findings": findings,
        "summary": summary,
        "files": list(dict.fromkeys(it.document for it in parts)),
    }
    lines = [_line(it) for it in findings]
    return Outcome("\n\n".join([f"{verdict}: {summary}", *lines]), result)


async def forecast(work: Work) -> Forecast:
    """Each aspect reads each part."""
    parts, starts = await _parts(work)
    calls: list[Calls] = []
    for aspect in _aspects(work):
        for part, first in zip(parts, starts, strict=True):
            calls.append(await calls_of(work, "reader", *_shown(work, part, first), aspect=aspect))
    n = len(calls)
    found = Span(0, min(n * 400, 25_000), min(n * 3000, 60_000))
    return Forecast([*calls, await calls_of(work, "summariser", n=Span(0, 1, 1), more_input=found)])


def _aspects(work: Work) -> list[str]:
    return list(dict.fromkeys(work.params["aspects"]))


async def _parts(work: Work) -> tuple[list[Part], list[int]]:
    """The parts, and the number of each one's first line."""
    code = work.params["code"]
    documents = [Document("code", code)] if code.strip() else []
    if work.params["paths"]:
        documents += await documents_of(work)
    if not documents:
        raise work.wrong("code", "there is nothing to review: give `code` or `paths`")
    parts = parts_of(work, documents)
    texts = {it.name: it.text for it in documents}
    starts: list[int] = []
    at: dict[str, int] = {}
    for it in parts:
        begin = texts[it.document].index(it.text, at.get(it.document, 0))
        at[it.document] = begin + 1
        starts.append(texts[it.document].count("\n", 0, begin) + 1)
    return parts, starts


def _shown(work: Work, part: Part, first: int) -> tuple[str, ...]:
    lines = "\n".join(f"{i} {it}" for i, it in enumerate(part.text.split("\n"), first))
    context = work.params["context"]
    return (*([quoted("context", context)] if context else []), quoted("code", lines, file=part.label))


def _unique(findings: Sequence[dict[str, Value]]) -> list[dict[str, Value]]:
    """Each once: several aspects may see the same."""
    found: dict[tuple[Value, ...], dict[str, Value]] = {}
    for it in findings:
        found.setdefault((it["file"], it["line"], str(it["title"]).casefold()), it)
    return list(found.values())


def _line(it: dict[str, Value]) -> str:
    place = f"{it['file']}:{it['line']}" if it["line"] else str(it["file"])
    return f"[{it['severity']}] {place} {it['title']} ({it['aspect']})\n  {it['detail']}\n  Remedy: {it['remedy']}"
