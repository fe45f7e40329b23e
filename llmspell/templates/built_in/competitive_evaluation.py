"""A competition: all do the task at once, then judges score all answers without knowing whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from llmspell.agents.quoting import quoted
from llmspell.models.messages import Value
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Forecast, Outcome, Span
from llmspell.templates.work import Question

if TYPE_CHECKING:
    from llmspell.templates.work import Work


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is scored, and how much it counts."""

    name: str
    weight: float
    description: str


async def execute(work: Work) -> Outcome:
    """Let them compete, judge them, and choose."""
    criteria, approaches = _criteria(work), _approaches(work)
    limit = work.params["max_concurrency"]
    task = quoted("task", work.params["task"])
    asked = [Question(f"competitor-{i}", "competitor", (task,), {"approach": it}) for i, it in enumerate(approaches, 1)]
    outcomes = await work.ask_all("compete", asked, max_concurrency=limit, fail_fast=False)
    answers = [(it.label, it.result.text) for it in outcomes if it.result is not None]
    failed = [{"name": it.label, "error": it.error.message} for it in outcomes if it.error is not None]
    scores = await _scores(work, [text for _, text in answers], criteria)
    ranking = _ranked(answers, scores, criteria)
    winner = ranking[0]
    result = {
        "winner": {"name": winner["name"], "score": winner["score"], "text": winner["text"]},
        "ranking": ranking,
        "criteria": [{"name": it.name, "weight": it.weight} for it in criteria],
        "judges": scores,
        "failed": failed,
        "tie": len(ranking) > 1 and ranking[1]["score"] == winner["score"],
    }
    return Outcome(str(winner["text"]), result, metadata={"winner": winner["name"], "score": winner["score"]})


async def forecast(work: Work) -> Forecast:
    """Every competitor once, every judge once."""
    criteria, approaches = _criteria(work), _approaches(work)
    n, role = len(approaches), work.role("competitor")
    task = quoted("task", work.params["task"])
    competitors = await calls_of(work, "competitor", task, n=n, approach=max(approaches, key=len))
    seen = Span(role.answer_tokens / 4 * n, role.answer_tokens * n, role.most_tokens * n)
    lines = 15 * n * len(criteria)
    judges = await calls_of(
        work,
        "judge",
        task,
        _shown(criteria),
        n=Span(work.params["judges"], work.params["judges"], 2 * work.params["judges"]),
        more_input=seen,
        output=Span(lines, 60 * n + 2 * lines, 250 * n + 3 * lines),
    )
    return Forecast([competitors, judges])


async def _scores(work: Work, answers: Sequence[str], criteria: Sequence[Criterion]) -> list[dict[str, Value]]:
    """What each judge gives to each answer: by judge, lists in the order of the answers."""
    n = len(answers)
    task = quoted("task", work.params["task"])
    schema = _schema(n, criteria)
    questions: list[Question] = []
    orders: list[list[int]] = []
    for i in range(work.params["judges"]):
        # Turned round for each judge: models prefer what they read first.
        order = [(place + i) % n for place in range(n)]
        shown = [quoted("answer", answers[it], number=str(number)) for number, it in enumerate(order, 1)]
        orders.append(order)
        questions.append(Question(f"judge-{i + 1}", "judge", (task, _shown(criteria), *shown), schema=schema))
    outcomes = await work.ask_all("judge", questions, max_concurrency=work.params["max_concurrency"])
    found: list[dict[str, Value]] = []
    for order, outcome in zip(orders, outcomes, strict=True):
        by_number = {int(it["answer"]): it for it in outcome.answer().data["answers"]}
        rows = []
        for place in range(n):
            it = by_number.get(order.index(place) + 1, {"scores": {}, "reason": "not scored"})
            given = {one.name: it["scores"].get(f"c{i}") for i, one in enumerate(criteria, 1)}
            rows.append({"scores": given, "reason": it["reason"]})
        found.append({"name": outcome.label, "answers": rows})
    return found


def _ranked(
    answers: Sequence[tuple[str, str]], judges: Sequence[dict[str, Value]], criteria: Sequence[Criterion]
) -> list[dict[str, Value]]:
    """The answers with their means, the best first; of those with the same score, the first one."""
    total = sum(it.weight for it in criteria)
    rows: list[dict[str, Value]] = []
    for i, (name, text) in enumerate(answers):
        by_criterion: dict[str, float] = {}
        for it in criteria:
            given = [judge["answers"][i]["scores"][it.name] for judge in judges]
            by_criterion[it.name] = round(fmean(one or 0 for one in given), 3)
        score = sum(by_criterion[it.name] * it.weight for it in criteria) / total
        rows.append({"name": name, "score": round(score, 3), "by_criterion": by_criterion, "text": text})
    return sorted(rows, key=lambda it: -it["score"])


def _criteria(work: Work) -> list[Criterion]:
    found: list[Criterion] = []
    for i, it in enumerate(work.params["criteria"]):
        at = f"criteria[{i}]"
        row = {"name": it} if isinstance(it, str) else it
        name, weight = row.get("name"), row.get("weight", 1)
        if not isinstance(name, str) or not name.strip() or len(name) > 500:
            raise work.wrong(at, f"{at} needs a name, a text of at most 500 characters")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1000:
            raise work.wrong(f"{at}.weight", f"{at}.weight is a number above 0 and at most 1000")
        found.append(Criterion(name, float(weight), str(row.get("description", ""))[:2000]))
    if not found or len({it.name for it in found}) < len(found):
        raise work.wrong("criteria", "criteria are one or more, with different names")
    return found


def _approaches(work: Work) -> list[str]:
    given: list[str] = work.params["approaches"]
    if len(given) == 1:
        raise work.wrong("approaches", "one approach is no competition", "give two or more")
    return given or [""] * work.params["competitors"]


def _shown(criteria: Sequence[Criterion]) -> str:
    lines = [f"c{i}. {it.name}{f' {it.description}' if it.description else ''}" for i, it in enumerate(criteria, 1)]
    return quoted("criteria", "\n".join(lines))


def _schema(n_answers: int, criteria: Sequence[Criterion]) -> dict[str, Value]:
    score = {"type": "number", "minimum": 0, "maximum": 10}
    # By number: not every provider takes any text as a field's name.
    names = [f"c{i}" for i in range(1, len(criteria) + 1)]
    scores = {
        "type": "object",
        "properties": dict.fromkeys(names, score),
        "required": names,
        "additionalProperties": False,
    }
    answer = {
        "type": "object",
        "properties": {
            "answer": {"type": "integer", "minimum": 1, "maximum": n_answers, "description": "Its number"},
            "reason": {"type": "string", "description": "What decided its scores, in a sentence or two"},
            "scores": scores,
        },
        "required": ["answer", "reason", "scores"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"answers": {"type": "array", "items": answer, "minItems": n_answers, "maxItems": n_answers}},
        "required": ["answers"],
        "additionalProperties": False,
    }
