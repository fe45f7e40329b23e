"""A debate: a composite of debaters with a judge, each debater told its position."""

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
    """Let them debate."""
    positions: list[str] = work.params["positions"]
    debaters = [
        await work.agent("debater", name=f"debater-{i}", position=it, n_debaters=len(positions))
        for i, it in enumerate(positions, 1)
    ]
    options = CompositeOptions(judge=await work.agent("judge"), rounds=work.params["rounds"])
    debate = create_composite("debate", debaters, "debate", options)
    answer = await work.run(debate, _question(work))
    verdict = answer.data
    rounds = answer.metadata["rounds"]
    result = {**verdict, "positions": {f"debater-{i}": it for i, it in enumerate(positions, 1)}, "rounds": rounds}
    reasons = "\n".join(f"- {it}" for it in verdict["reasons"])
    return Outcome(f"{verdict['verdict']}\n\n{reasons}".strip(), result, metadata={"rounds_held": len(rounds)})


async def forecast(work: Work) -> Forecast:
    """Each debater speaks in each round, and sees what all have said last."""
    n, rounds = len(work.params["positions"]), work.params["rounds"]
    role = work.role("debater")
    question = _question(work)
    seen = Span(0, role.answer_tokens * n * (rounds - 1) / rounds, role.most_tokens * n * (rounds - 1) / rounds)
    longest = max(work.params["positions"], key=len)
    debaters = await calls_of(
        work,
        "debater",
        question,
        n=Span(n, n * rounds, n * rounds),
        more_input=seen,
        position=longest,
        n_debaters=n,
    )
    last = Span(role.answer_tokens / 4 * n, role.answer_tokens * n, role.most_tokens * n)
    judge = await calls_of(work, "judge", question, more_input=last)
    return Forecast([debaters, judge], "high" if rounds == 1 else "medium")


def _question(work: Work) -> str:
    context = work.params["context"]
    return "\n\n".join([work.params["question"], *([quoted("context", context)] if context else [])])
