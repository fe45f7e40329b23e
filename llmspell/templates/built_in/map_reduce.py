"""Map-reduce over documents: every part is asked, and the answers are put together as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.templates.documents import documents_of
from llmspell.templates.protocol import Forecast, Outcome
from llmspell.templates.reduction import map_calls, map_parts, n_reductions, parts_of, reduce_calls, reduce_texts

if TYPE_CHECKING:
    from llmspell.templates.work import Work


async def execute(work: Work) -> Outcome:
    """Read all, and answer."""
    documents = await documents_of(work)
    parts = parts_of(work, documents)
    partial = await map_parts(work, "mapper", parts)
    told = [(part, text) for part, text in zip(parts, partial, strict=True) if text.strip().strip(".") != "NOTHING"]
    answer, n_levels = "", 0
    if len(told) > 1:
        texts, labels = [text for _, text in told], [part.label for part, _ in told]
        answer, n_levels = await reduce_texts(work, "reducer", texts, fan_in=work.params["fan_in"], labels=labels)
    elif told:
        answer = told[0][1]
    result = {
        "answer": answer,
        "found": bool(told),
        "documents": [{"name": it.name, "chars": len(it.text)} for it in documents],
        "parts": [{"document": part.label, "answer": text} for part, text in zip(parts, partial, strict=True)],
        "levels": n_levels,
    }
    return Outcome(answer or "No part of the documents answers the instruction.", result)


async def forecast(work: Work) -> Forecast:
    """Every part once, and the tree above them."""
    parts = parts_of(work, await documents_of(work))
    calls = [await map_calls(work, "mapper", parts)]
    if n_reductions(len(parts), work.params["fan_in"])[0]:
        calls.append(await reduce_calls(work, "reducer", len(parts), work.params["fan_in"], of="mapper"))
    return Forecast(calls, "high" if len(calls) == 1 else "medium")
