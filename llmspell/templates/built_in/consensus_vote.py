"""A vote: a composite that counts, or one that debates without a judge where there may be several rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.composites import create_composite
from llmspell.agents.quoting import quoted
from llmspell.models.messages import Value
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Forecast, Outcome, Span

if TYPE_CHECKING:
    from llmspell.templates.work import Work


async def execute(work: Work) -> Outcome:
    """Let them vote."""
    params = work.params
    choices = tuple(params["choices"])
    if len(choices) == 1 or len(set(choices)) < len(choices):
        raise work.wrong("choices", "choices are two or more different texts", "leave them out for any answer")
    perspectives = _perspectives(work)
    voters = [await work.agent("voter", name=f"voter-{i}", perspective=it) for i, it in enumerate(perspectives, 1)]
    options = CompositeOptions(choices=choices)
    pattern = "vote"
    if params["rounds"] > 1:
        options, pattern = CompositeOptions(choices=choices, rounds=params["rounds"]), "debate"
    answer = await work.run(create_composite("vote", voters, pattern, options), _question(work))
    votes: list[dict[str, Value]] = list(answer.metadata["votes"])
    share = votes[0]["count"] / len(voters) if votes else 0.0
    result = {
        "winner": answer.metadata["winner"],
        "share": round(share, 4),
        "consensus": share > params["threshold"] and not answer.metadata["tie"],
        "votes": votes,
        "tie": answer.metadata["tie"],
        "decided_by": answer.metadata["decided_by"],
        "rounds_held": len(answer.metadata.get("rounds", [None])),
    }
    counted = ", ".join(f"{it['answer']} ({it['count']})" for it in votes)
    agreed = "consensus" if result["consensus"] else "no consensus"
    return Outcome(f"{result['winner']}\n\n{agreed}: {counted}", result)


async def forecast(work: Work) -> Forecast:
    """Each voter votes in each round."""
    perspectives, rounds = _perspectives(work), work.params["rounds"]
    n = len(perspectives)
    role = work.role("voter")
    seen = Span(0, role.answer_tokens * n * (rounds - 1) / rounds, role.most_tokens * n * (rounds - 1) / rounds)
    voters = await calls_of(
        work,
        "voter",
        _question(work),
        n=Span(n, n * rounds, n * rounds * (2 if work.params["choices"] else 1)),
        more_input=seen,
        perspective=max(perspectives, key=len),
    )
    return Forecast([voters], "high" if rounds == 1 else "medium")


def _perspectives(work: Work) -> list[str]:
    given: list[str] = work.params["perspectives"]
    if len(given) == 1:
        raise work.wrong("perspectives", "one perspective is no vote", "give two or more")
    return given or [""] * work.params["voters"]


def _question(work: Work) -> str:
    context = work.params["context"]
    return "\n\n".join([work.params["question"], *([quoted("context", context)] if context else [])])
