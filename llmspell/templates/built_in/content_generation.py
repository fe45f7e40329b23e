"""Write a text: an outline as data, the text by it, an editor's revision."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from llmspell.agents.quoting import as_json, quoted
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Artifact, Forecast, Outcome, Span
from llmspell.templates.saving import save_as

if TYPE_CHECKING:
    from llmspell.templates.work import Work

_TOKENS_PER_WORD = 1.5


async def execute(work: Work) -> Outcome:
    """Plan, write, revise, and save where that is asked for."""
    about = _about(work)
    outline = (await work.ask("outliner", *about)).data
    planned = quoted("outline", as_json(outline))
    text = (await work.ask("writer", *about, planned)).text.strip()
    draft = text
    if work.params["edit"]:
        text = (await work.ask("editor", quoted("draft", draft))).text.strip()
    title = next((it.lstrip("# ").strip() for it in text.splitlines() if it.startswith("#")), outline["title"])
    lowered = text.casefold()
    result = {
        "title": title,
        "text": text,
        "words": len(re.findall(r"\w+", text)),
        "outline": outline,
        "missing_keywords": [it for it in work.params["keywords"] if it.casefold() not in lowered],
    }
    path = work.params["save_to"]
    artifact = Artifact(posixpath.basename(path) or "text.md", text + "\n", "text/markdown")
    saved = await save_as(work, artifact, path)
    return Outcome(text, result, (artifact,), success=saved.error is None, metadata=saved.metadata)


async def forecast(work: Work) -> Forecast:
    """One call for each part; the length is given."""
    about, length = _about(work), work.params["words"] * _TOKENS_PER_WORD
    whole = Span(length * 0.6, length, length * 2)
    outline = Span(100, 300, 1200)
    calls = [
        await calls_of(work, "outliner", *about),
        await calls_of(work, "writer", *about, more_input=outline, output=whole),
    ]
    if work.params["edit"]:
        calls.append(await calls_of(work, "editor", more_input=whole, output=whole))
    return Forecast(calls)


def _about(work: Work) -> list[str]:
    notes = work.params["notes"]
    return [quoted("topic", work.params["topic"]), *([quoted("notes", notes)] if notes else [])]
