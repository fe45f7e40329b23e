"""Debate: members answer, see each other's answers and may change theirs; then a judge decides, or a vote.

It ends early when all agree, which costs less and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.execution import Execution, Members, Outcome, without_schema
from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.agents.quoting import quoted
from llmspell.agents.result import AgentResult
from llmspell.agents.voting import decided, tally, with_choices
from llmspell.errors import AgentStopped
from llmspell.models.messages import Message, Value, assistant, user

_RECONSIDER = (
    "Others have answered the same request. Check their answers against yours. Where one of them is right and you are "
    "not, change your answer; where you are right, keep it. Give your whole answer again, in the form that was asked "
    "for, not a comment on theirs."
)
_JUDGE = (
    "Several agents have debated this request. Judge their last answers by their reasons, not by how many agree or how "
    "sure they sound, and give the answer to the request itself, in the form that it asks for."
)


MAX_SHOWN_CHARS = 16_000_000  # of answers, to all members of a round together


async def debate(execution: Execution, members: Members, options: CompositeOptions) -> AgentResult:
    """A member that fails in a round, where errors do not end it, is there with its last answer."""
    # With a judge, the shape that is asked for is that of the judge's answer.
    plain = execution.input if options.judge is None else without_schema(execution.input)
    question = with_choices(plain, options)
    last: dict[str, Outcome] = {}
    rounds: list[Value] = []
    for _ in range(options.rounds):
        _refuse_too_much(execution.name, last, len(members) - 1)
        asked = [(label, it, _turn(question, label, last)) for label, it in members]
        outcomes = await execution.ask_all(asked, apart_from_memory=True)
        last |= {it.label: it for it in outcomes if it.result is not None}
        if not last:
            raise execution.first_error()
        rounds.append({label: it.result.text for label, it in last.items() if it.result is not None})
        counted = tally(list(last.values()), options)
        if len(last) == len(members) and len(counted.candidates) == 1 and not counted.abstained:
            break
    answers = [last[label] for label, _ in members if label in last]
    if options.judge is None:
        result = await decided(execution, tally(answers, options), answers, options)
    else:
        result = await _judged(execution, options.judge, answers)
    return replace(result, metadata={**result.metadata, "rounds": rounds})


def _refuse_too_much(name: str, last: Mapping[str, Outcome], n_readers: int) -> None:
    """Refuse to show each other what would take the host's memory: everybody is shown everything."""
    n_chars = sum(len(it.result.text) for it in last.values() if it.result is not None)
    if n_chars * n_readers > MAX_SHOWN_CHARS:
        raise AgentStopped(
            f"the answers in the debate {name} have {n_chars} characters, too many to show them to {n_readers} others",
            hint="ask for shorter answers, or let fewer agents debate",
            details={"reason": "too_much_text", "limit": MAX_SHOWN_CHARS},
        )


def _turn(question: AgentInput, label: str, last: Mapping[str, Outcome]) -> AgentInput:
    """What a member is asked: in the first round the question alone, then also its own and the others' last answers."""
    others = [
        quoted("answer", it.result.text, **{"from": name})
        for name, it in last.items()
        if name != label and it.result is not None
    ]
    if not others:
        return question
    own = last[label].result if label in last else None
    said: list[Message] = [*question.messages]
    if own is not None:
        said.append(assistant(own.text))
    return replace(question, messages=(*said, user("\n".join((_RECONSIDER, *others)))))


async def _judged(execution: Execution, judge: Runnable, answers: list[Outcome]) -> AgentResult:
    shown = [quoted("answer", it.result.text, **{"from": it.label}) for it in answers if it.result is not None]
    asked = user("\n".join((_JUDGE, *shown)))
    outcome = await execution.ask("judge", judge, replace(execution.input, messages=(*execution.input.messages, asked)))
    answer = outcome.answer()
    return execution.result(answer.text, answered=answer, data=answer.data)
