"""Checks that several fields share; what each field takes is in `test_fields`."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.agents import field_checks as checks
from llmspell.errors import BadArgument


@pytest.mark.parametrize(
    ("value", "kept"),
    [("a", ("a",)), (["a", "b"], ("a", "b")), ((), ()), ({}, ())],
)
def test_one_string_is_a_list_of_one_and_an_empty_table_an_empty_list(value: Any, kept: tuple[str, ...]) -> None:
    assert checks.texts(value, "fallback") == kept


@pytest.mark.parametrize("value", [{"a": 1}, ["a", 7], [""], "x" * 201])
def test_a_list_of_texts_holds_nothing_else(value: Any) -> None:
    with pytest.raises(BadArgument, match="fallback"):
        checks.texts(value, "fallback")


def test_a_line_break_may_end_an_answer_and_an_empty_text_may_not() -> None:
    assert checks.stops(["\n", "END"], "stop") == ("\n", "END")
    with pytest.raises(BadArgument, match=r"stop\[1\] must be a string of 1 to 1000 characters"):
        checks.stops(["\n", ""], "stop")


@pytest.mark.parametrize(("value", "kept"), [(1, 1), (3.0, 3), (9, 9)])
def test_whole_numbers_within_their_range_are_kept(value: float, kept: int) -> None:
    assert checks.integer(1, 9)(value, "n") == kept


@pytest.mark.parametrize("value", [0, 10, 2.5, True, "3", float("inf"), None])
def test_other_numbers_are_refused(value: Any) -> None:
    with pytest.raises(BadArgument, match="^n must be"):
        checks.integer(1, 9)(value, "n")


def test_a_word_is_understood_in_any_case_and_with_a_hyphen() -> None:
    mode = checks.word_of({"function_calling": "native"})
    assert mode("Function-Calling", "mode") == "native"


def test_the_path_of_a_mistake_is_in_its_details() -> None:
    with pytest.raises(BadArgument) as caught:
        checks.number(0)("x", "budget.usd")
    assert caught.value.details == {"path": "$.budget.usd"}
