"""Vote: all members answer the same question, and the answer that most of them give counts.

Answers are compared without what does not matter: case, spaces, quotation marks and a full stop at the end. With
`choices` members are asked for one of them, with `field` one field of structured answers is counted."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.execution import Execution, Members, Outcome
from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.agents.quoting import quoted
from llmspell.agents.result import AgentResult
from llmspell.models.messages import Value, user

_CHOICE = "choice"  # the field of a member's answer when there are choices
_AROUND = " \t\r\n\"'`*_“”„‘’«»"
_ENDS = _AROUND + ".!;,"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer and who gave it; `answer` is as the first of them wrote it."""

    answer: Value
    voters: tuple[str, ...]
    result: AgentResult

    def to_value(self) -> dict[str, Value]:
        return {"answer": self.answer, "count": len(self.voters), "agents": list(self.voters)}


@dataclass(frozen=True, slots=True)
class Tally:
    """The outcome of a vote.

    Attributes:
        candidates: Most votes first; of those with as many, the one whose first voter comes first.
        abstained: Who gave no answer that can be counted.
    """

    candidates: tuple[Candidate, ...]
    abstained: tuple[str, ...]

    @property
    def tied(self) -> tuple[Candidate, ...]:
        """Those that share the first place; one where the vote is decided."""
        most = len(self.candidates[0].voters) if self.candidates else 0
        return tuple(it for it in self.candidates if len(it.voters) == most)


async def vote(execution: Execution, members: Members, options: CompositeOptions) -> AgentResult:
    """Ask all and count. A tie is decided by the judge if there is one, else by the order of the members; the metadata
    say that it was one, and what decided."""
    asked = with_choices(execution.input, options)
    outcomes = await execution.ask_all([(label, it, asked) for label, it in members])
    if all(it.result is None for it in outcomes):
        raise execution.first_error()
    return await decided(execution, tally(outcomes, options), outcomes, options)


def with_choices(input: AgentInput, options: CompositeOptions) -> AgentInput:
    """The input that asks for one of the choices, where there are some."""
    if not options.choices:
        return input
    schema = {
        "type": "object",
        "properties": {
            _CHOICE: {"type": "string", "enum": list(options.choices)},
            "reason": {"type": "string", "description": "Why, in a sentence"},
        },
        "required": [_CHOICE],
        "additionalProperties": False,
    }
    return replace(input, overrides={**input.overrides, "schema": schema})


def tally(outcomes: Sequence[Outcome], options: CompositeOptions) -> Tally:
    """Count the answers of those that did not fail."""
    field = _CHOICE if options.choices else options.field
    found: dict[str, list[tuple[str, AgentResult, Value]]] = {}
    abstained = []
    for it in outcomes:
        if it.result is None:
            continue
        answer = _answer(it.result, field)
        if answer is None:
            abstained.append(it.label)
        else:
            found.setdefault(normal(answer), []).append((it.label, it.result, answer))
    candidates = [
        Candidate(voters[0][2], tuple(label for label, _, _ in voters), voters[0][1]) for voters in found.values()
    ]
    return Tally(tuple(sorted(candidates, key=lambda it: -len(it.voters))), tuple(abstained))


async def decided(
    execution: Execution, counted: Tally, outcomes: Sequence[Outcome], options: CompositeOptions
) -> AgentResult:
    """The result of a vote, the judge asked where it is tied."""
    tied = counted.tied
    if not tied:
        # Nobody gave what could be counted: the first answer stands, and the metadata show that none was counted.
        first = next(it.result for it in outcomes if it.result is not None)
        return execution.result(first.text, answered=first, data=first.data, metadata=_metadata(counted, None, ""))
    winner, by = tied[0], "votes" if len(tied) == 1 else "order"
    if len(tied) > 1 and options.judge is not None and (chosen := await _judged(execution, tied, options.judge)):
        winner, by = chosen, "judge"
    return execution.result(
        winner.result.text,
        answered=winner.result,
        data=winner.result.data,
        metadata=_metadata(counted, winner, by),
    )


def normal(answer: Value) -> str:
    """What two answers have in common that are the same answer. Signs, points and digits are kept: -5 is not 5."""
    if isinstance(answer, str):
        text = " ".join(unicodedata.normalize("NFKC", answer).casefold().split())
        return text.lstrip(_AROUND).rstrip(_ENDS) or text
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)
    return json.dumps(answer, sort_keys=True, ensure_ascii=False, default=repr)


async def _judged(execution: Execution, tied: Sequence[Candidate], judge: Runnable) -> Candidate | None:
    """The one that a judge chooses by its number; None when it names none, as without a judge."""
    shown = [quoted("answer", it.result.text, number=str(i + 1)) for i, it in enumerate(tied)]
    question = "\n".join(
        (
            "These answers to the same request have as many votes. Choose the best one by its number.",
            quoted("request", execution.input.text),
            *shown,
        )
    )
    schema = {
        "type": "object",
        "properties": {
            "number": {"type": "integer", "minimum": 1, "maximum": len(tied)},
            "reason": {"type": "string", "description": "Why, in a sentence"},
        },
        "required": ["number"],
        "additionalProperties": False,
    }
    asked = AgentInput((user(question),), {"schema": schema}, execution.input.context)
    outcome = await execution.ask("judge", judge, asked)
    data = outcome.result.data if outcome.result is not None else None
    number = data.get("number") if isinstance(data, dict) else None
    return tied[int(number) - 1] if isinstance(number, int | float) and 1 <= number <= len(tied) else None


def _answer(result: AgentResult, field: str) -> Value:
    """What of a result is counted; None where it does not have the field."""
    if field:
        return result.data.get(field) if isinstance(result.data, dict) else None
    return result.text if result.data is None else result.data


def _metadata(counted: Tally, winner: Candidate | None, by: str) -> dict[str, Value]:
    return {
        "votes": [it.to_value() for it in counted.candidates],
        "abstained": list(counted.abstained),
        "tie": len(counted.tied) > 1,
        "winner": None if winner is None else winner.answer,
        "decided_by": by or "nothing",
    }
