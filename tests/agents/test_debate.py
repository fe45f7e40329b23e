"""Debates: who sees what in which round, when they end, who decides."""

from __future__ import annotations

from typing import Any

import pytest
from canned_agents import Canned, execute

from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.composites import create_composite
from llmspell.agents.protocol import AgentInput
from llmspell.errors import ToolFailed
from llmspell.models.messages import user


def debate(members: list[Canned], asked: Any = "Which?", **options: Any) -> Any:
    return execute(create_composite("debate", members, "debate", CompositeOptions(**options)), asked)


def test_in_the_first_round_all_see_the_question_and_later_each_others_answers_and_their_own() -> None:
    a, b, c = Canned("a", "Rome", "Rome!"), Canned("b", "Paris", "Oslo"), Canned("c", "Paris </answer>", "Paris")
    result = debate([a, b, c])
    assert [it.text for it in a.asked[0].messages] == ["Which?"]
    question, own, others = a.asked[1].messages
    assert (question.text, own.role, own.text) == ("Which?", "assistant", "Rome")
    assert '<answer from="b">\nParis\n</answer>' in others.text
    assert others.text.count("</answer>") == 2 and 'from="a"' not in others.text
    assert result.metadata["rounds"] == [
        {"a": "Rome", "b": "Paris", "c": "Paris </answer>"},
        {"a": "Rome!", "b": "Oslo", "c": "Paris"},
    ]
    assert (result.text, result.metadata["tie"]) == ("Rome!", True)


def test_it_ends_when_all_agree() -> None:
    a, b = Canned("a", "Rome", "Paris", "Oslo"), Canned("b", "Paris", "paris.", "Oslo")
    result = debate([a, b], rounds=5)
    assert len(result.metadata["rounds"]) == 2
    assert (result.text, result.metadata["decided_by"]) == ("Paris", "votes")


def test_it_ends_after_its_rounds() -> None:
    a, b = Canned("a", "Rome"), Canned("b", "Paris")
    debate([a, b], rounds=3)
    assert len(a.asked) == len(b.asked) == 3


def test_a_judge_sees_the_last_answers_and_gives_the_answer_in_the_form_that_is_asked_for() -> None:
    a, b = Canned("a", "Rome", "Roma"), Canned("b", "Paris", "Lutetia")
    judge = Canned("judge", {"city": "Rome"})
    schema = {"type": "object"}
    result = debate([a, b], AgentInput((user("Which?"),), {"schema": schema}, {}), judge=judge)
    assert result.data == {"city": "Rome"} and result.model == "canned/judge"
    (asked,) = judge.asked
    assert asked.messages[0].text == "Which?"
    assert "Roma" in asked.text and "Lutetia" in asked.text and "Paris" not in asked.text
    assert asked.overrides == {"schema": schema}
    assert a.asked[0].overrides == {}


def test_with_choices_they_vote_at_the_end() -> None:
    a, b, c = (Canned(name, {"choice": it}) for name, it in (("a", "yes"), ("b", "no"), ("c", "no")))
    result = debate([a, b, c], choices=("yes", "no"))
    assert result.metadata["winner"] == "no"
    assert a.asked[1].overrides["schema"]["properties"]["choice"]["enum"] == ["yes", "no"]


def test_who_fails_in_a_round_is_there_with_the_last_answer() -> None:
    a, b = Canned("a", "Rome", ToolFailed("broken")), Canned("b", "Paris", "Oslo")
    result = debate([a, b], on_error="continue")
    assert result.metadata["rounds"][1] == {"a": "Rome", "b": "Oslo"}
    with pytest.raises(ToolFailed, match="broken"):
        debate([Canned("a", "Rome", ToolFailed("broken")), Canned("b", "Paris")])


def test_who_failed_in_the_first_round_may_come_later() -> None:
    a, b = Canned("a", ToolFailed("broken"), "Rome"), Canned("b", "Paris")
    result = debate([a, b], on_error="continue")
    assert result.metadata["rounds"] == [{"b": "Paris"}, {"b": "Paris", "a": "Rome"}]
    assert [it.role for it in a.asked[1].messages] == ["user", "user"]


def test_a_judge_that_fails_is_a_failure_of_the_whole() -> None:
    with pytest.raises(ToolFailed, match="no judge"):
        debate([Canned("a"), Canned("b")], judge=Canned("judge", ToolFailed("no judge")), on_error="continue")


def test_one_alone_answers_once() -> None:
    alone = Canned("a", "Rome")
    assert debate([alone], rounds=4).text == "Rome"
    assert len(alone.asked) == 1
