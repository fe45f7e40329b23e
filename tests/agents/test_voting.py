"""Votes: what counts as the same answer, ties, choices, abstention."""

from __future__ import annotations

from typing import Any

import pytest
from canned_agents import Canned, execute
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.composites import create_composite
from llmspell.agents.voting import normal
from llmspell.errors import ToolFailed


def vote(*answers: Any, **options: Any) -> Any:
    members = [Canned(f"a{i}", it) for i, it in enumerate(answers)]
    return execute(create_composite("vote", members, "vote", CompositeOptions(**options)), "Which?")


def test_the_answer_of_most_counts_as_its_first_voter_wrote_it() -> None:
    result = vote("Paris", "Rome", '"paris."')
    assert result.text == "Paris"
    assert result.model == "canned/a0"
    assert result.metadata["votes"] == [
        {"answer": "Paris", "count": 2, "agents": ["a0", "a2"]},
        {"answer": "Rome", "count": 1, "agents": ["a1"]},
    ]
    assert (result.metadata["tie"], result.metadata["winner"], result.metadata["decided_by"]) == (
        False,
        "Paris",
        "votes",
    )


def test_a_tie_is_stated_and_decided_by_the_order_of_members() -> None:
    result = vote("Rome", "Paris", "paris", "rome", "Oslo")
    assert (result.text, result.metadata["tie"], result.metadata["decided_by"]) == ("Rome", True, "order")


def test_a_judge_decides_a_tie_by_number_and_is_not_asked_without_one() -> None:
    judge = Canned("judge", {"number": 2, "reason": "it is"})
    result = vote("Rome", "Paris", judge=judge)
    assert (result.text, result.metadata["tie"], result.metadata["decided_by"]) == ("Paris", True, "judge")
    assert '<answer number="2">\nParis\n</answer>' in judge.asked[0].text
    assert judge.asked[0].overrides["schema"]["properties"]["number"]["maximum"] == 2
    assert vote("Rome", "Rome", "Paris", judge=judge).text == "Rome"
    assert len(judge.asked) == 1


@pytest.mark.parametrize("said", ["the second one", {"number": 7}, {"number": None}])
def test_a_judge_that_names_none_leaves_the_order_to_decide(said: Any) -> None:
    result = vote("Rome", "Paris", judge=Canned("judge", said))
    assert (result.text, result.metadata["decided_by"]) == ("Rome", "order")


def test_structured_answers_are_compared_as_a_whole_or_by_one_field() -> None:
    answers = ({"n": 4, "why": "a"}, {"n": 4.0, "why": "b"}, {"n": 5, "why": "c"})
    assert vote(*answers).metadata["tie"]
    result = vote(*answers, field="n")
    assert result.data == {"n": 4, "why": "a"}
    assert result.metadata["votes"][0] == {"answer": 4, "count": 2, "agents": ["a0", "a1"]}


def test_who_has_not_the_field_abstains() -> None:
    result = vote("no idea", {"n": 1}, {"m": 2}, field="n")
    assert result.data == {"n": 1}
    assert result.metadata["abstained"] == ["a0", "a2"]


def test_when_all_abstain_nothing_is_decided_and_it_is_said() -> None:
    result = vote("no idea", "me neither", field="n")
    assert (result.text, result.metadata["decided_by"], result.metadata["winner"]) == ("no idea", "nothing", None)
    assert result.metadata["tie"] is False


def test_with_choices_members_are_asked_for_one_of_them() -> None:
    members = [Canned(f"a{i}", {"choice": it, "reason": "…"}) for i, it in enumerate(("yes", "no", "no"))]
    options = CompositeOptions(choices=("yes", "no"))
    result = execute(create_composite("vote", members, "vote", options), "Ship it?")
    assert result.metadata["winner"] == "no"
    assert members[0].asked[0].overrides["schema"]["properties"]["choice"]["enum"] == ["yes", "no"]


def test_who_fails_has_no_vote() -> None:
    result = vote(ToolFailed("x"), "Paris", on_error="continue")
    assert result.metadata["votes"] == [{"answer": "Paris", "count": 1, "agents": ["a1"]}]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Yes", " yes. "), ("**Yes**", "yes"), ("“Yes”", "YES!"), ("New  York\n", "new york"), ("ﬁve", "five"), (1, 1.0)],
)
def test_answers_that_are_the_same(one: Any, other: Any) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(("one", "other"), [("5", "-5"), ("1.5", "15"), ("C", "C++"), ("C", "C#"), ("a b", "ab")])
def test_answers_that_are_not_the_same(one: Any, other: Any) -> None:
    assert normal(one) != normal(other)


@given(st.text())
def test_a_normal_answer_is_its_own(text: str) -> None:
    assert normal(normal(text)) == normal(text)
    assert bool(normal(text)) or not text.strip()


@given(st.lists(st.sampled_from(["yes", "no", "maybe"]), min_size=1, max_size=9))
def test_the_winner_has_most_votes_and_none_is_lost(answers: list[str]) -> None:
    result = vote(*answers)
    counts = [it["count"] for it in result.metadata["votes"]]
    assert sum(counts) == len(answers)
    assert answers.count(result.text) == max(answers.count(it) for it in answers) == counts[0]
    assert result.metadata["tie"] == (counts.count(counts[0]) > 1)
