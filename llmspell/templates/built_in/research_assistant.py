"""Research in given sources: part questions, passages found by words, findings with checked quotations, a report."""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.agents.quoting import as_json, quoted
from llmspell.models.messages import Value
from llmspell.templates.documents import documents_of
from llmspell.templates.estimate import calls_of
from llmspell.templates.passages import Passages
from llmspell.templates.protocol import Artifact, Forecast, Outcome, Span
from llmspell.templates.reduction import Part, parts_of
from llmspell.templates.saving import save_as
from llmspell.templates.work import Question

if TYPE_CHECKING:
    from llmspell.templates.work import Work

_PARTS = {"short": 2, "standard": 4, "thorough": 8}
_CITED = re.compile(r"\[(\d+)\]")
_SPACES = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class PartQuestion:
    """One of those that the question was broken into, and the passages that are read for it."""

    question: str
    passages: Sequence[Part]


async def execute(work: Work) -> Outcome:
    """Plan, read, check, write."""
    passages = parts_of(work, await documents_of(work, texts="sources"))
    n_parts = _PARTS[work.params["depth"]]
    asked = quoted("question", work.params["question"])
    planned = (await work.ask("planner", asked, n_parts=n_parts)).data["parts"][:n_parts]
    index = await asyncio.to_thread(Passages, [f"{it.document} {it.text}" for it in passages])
    parts = [await asyncio.to_thread(_with_passages, work, it, passages, index) for it in planned]
    readable = [it for it in parts if it.passages]
    questions = [
        Question(f"part {i}", "reader", (quoted("part_question", it.question), *_shown(it.passages)))
        for i, it in enumerate(readable, 1)
    ]
    findings: list[dict[str, Value]] = []
    missing = [f"{it.question}: no passage has its words" for it in parts if not it.passages]
    if questions:
        outcomes = await work.ask_all("read", questions, max_concurrency=work.params["max_concurrency"])
        for part, outcome in zip(readable, outcomes, strict=True):
            data = outcome.answer().data
            findings += [it for it in (_finding(part, row) for row in data["findings"]) if it is not None]
            if data["missing"]:
                missing.append(f"{part.question}: {data['missing']}")
    for number, it in enumerate(findings, 1):
        it["number"] = number
    shown = [quoted("findings", as_json(findings)), quoted("missing", as_json(missing))]
    report = (await work.ask("writer", asked, *shown)).text.strip()
    cited = {int(it) for it in _CITED.findall(report)}
    numbers = {int(it["number"]) for it in findings}
    result = {
        "report": report,
        "findings": findings,
        "missing": missing,
        "sources": list(dict.fromkeys(it.document for it in passages)),
        "part_questions": [it.question for it in parts],
        "unverified": sum(not it["verified"] for it in findings),
        "unknown_citations": sorted(cited - numbers),
    }
    listed = [
        f"[{it['number']}] {it['source']}: “{it['quotation']}”{_doubt(it)}" for it in findings if it["number"] in cited
    ]
    text = "\n\n".join([report, *(["Sources\n\n" + "\n".join(listed)] if listed else [])])
    path = work.params["save_to"]
    artifact = Artifact(posixpath.basename(path) or "report.md", text + "\n", "text/markdown")
    saved = await save_as(work, artifact, path)
    return Outcome(text, result, (artifact,), success=saved.error is None, metadata=saved.metadata)


async def forecast(work: Work) -> Forecast:
    """The plan, a reader for each part question, the report."""
    passages = parts_of(work, await documents_of(work, texts="sources"))
    n_parts = _PARTS[work.params["depth"]]
    asked = quoted("question", work.params["question"])
    longest = sorted(passages, key=lambda it: -len(it.text))[: work.params["passages"]]
    role = work.role("reader")
    readers = await calls_of(
        work, "reader", *_shown(longest), n=Span(0, n_parts, n_parts), more_input=Span(10, 30, 200)
    )
    found = Span(0, role.answer_tokens * n_parts, role.most_tokens * n_parts)
    calls = [
        await calls_of(work, "planner", asked, n_parts=n_parts),
        readers,
        await calls_of(work, "writer", asked, more_input=found),
    ]
    return Forecast(calls, "medium")


def _with_passages(work: Work, part: Mapping[str, Value], passages: Sequence[Part], index: Passages) -> PartQuestion:
    words = " ".join([part["question"], *part["search_words"]])[:5_000]
    found = index.best(words, work.params["passages"])
    return PartQuestion(part["question"], [passages[i] for i, _ in found])


def _shown(passages: Sequence[Part]) -> list[str]:
    return [quoted("passage", it.text, number=str(i), source=it.label) for i, it in enumerate(passages, 1)]


def _finding(part: PartQuestion, row: Mapping[str, Value]) -> dict[str, Value] | None:
    """A finding with where it is from, and whether its quotation really stands there."""
    place = int(row["passage"])
    if not 1 <= place <= len(part.passages):
        return None
    passage = part.passages[place - 1]
    quotation = str(row["quotation"]).strip()
    is_there = bool(_plain(quotation)) and _plain(quotation) in _plain(passage.text)
    return {
        "statement": row["statement"],
        "source": passage.label,
        "quotation": quotation,
        "verified": is_there,
        "part_question": part.question,
    }


def _plain(text: str) -> str:
    """A text without what quoting changes: case, spaces, quotation marks."""
    return f" {_SPACES.sub(' ', text.casefold()).strip()} " if text.strip() else ""


def _doubt(finding: Mapping[str, Value]) -> str:
    return "" if finding["verified"] else " (these words are not in the source)"
