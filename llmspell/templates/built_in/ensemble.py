"""An ensemble: a composite whose members answer at the same time, and one more who makes one answer of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.composites import create_composite
from llmspell.agents.quoting import quoted
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Forecast, Outcome, Span

if TYPE_CHECKING:
    from llmspell.templates.work import Work


async def execute(work: Work) -> Outcome:
    """Let them answer, and put it together."""
    members = [
        await work.agent("member", name=f"member-{i}", perspective=it) for i, it in enumerate(_perspectives(work), 1)
    ]
    options = CompositeOptions(on_error="continue", max_concurrency=work.params["max_concurrency"])
    answer = await work.run(create_composite("ensemble", members, "parallel", options), work.params["task"])
    given = [it for it in answer.metadata["members"] if it["success"]]
    shown = [quoted("answer", it["text"], number=str(i)) for i, it in enumerate(given, 1)]
    merged = await work.ask("synthesiser", quoted("request", work.params["task"]), *shown)
    failed = [{"name": it["name"], "error": it["error"]} for it in answer.metadata["members"] if not it["success"]]
    result = {
        "answer": merged.text,
        "members": [{"name": it["name"], "text": it["text"]} for it in given],
        "failed": failed,
    }
    return Outcome(merged.text, result)


async def forecast(work: Work) -> Forecast:
    """Each member once, the synthesiser once."""
    perspectives = _perspectives(work)
    n, role = len(perspectives), work.role("member")
    task = work.params["task"]
    members = await calls_of(work, "member", task, n=n, perspective=max(perspectives, key=len))
    seen = Span(role.answer_tokens / 4 * n, role.answer_tokens * n, role.most_tokens * n)
    return Forecast([members, await calls_of(work, "synthesiser", quoted("request", task), more_input=seen)])


def _perspectives(work: Work) -> list[str]:
    given: list[str] = work.params["perspectives"]
    if len(given) == 1:
        raise work.wrong("perspectives", "one perspective is no ensemble", "give two or more")
    return given or [""] * work.params["members"]
