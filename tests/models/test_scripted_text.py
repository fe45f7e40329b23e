"""Names in scripted answers."""

from __future__ import annotations

import pytest

from llmspell.errors import BadArgument
from llmspell.models.scripted_text import MAX_CHARACTERS, filled, filled_text, names_in


def test_what_is_no_name_stays_as_it_is() -> None:
    text = '{{"a": 1}} {% if x %} {{ a b }} {{}} {input} }}'
    assert filled_text(text, {}) == text
    assert list(names_in(text)) == []


def test_a_name_with_a_backslash_stands_for_itself() -> None:
    assert filled_text(r"\{{input}} {{input}}", {"input": "x"}) == "{{input}} x"
    assert list(names_in(r"\{{other}} {{input}}")) == ["input"]


def test_values_without_texts_stay_as_they_are() -> None:
    value = {"n": 1, "list": [True, None, 2.5], "deep": {"t": "{{n}}"}}
    assert filled(value, {"n": "7"}) == {"n": 1, "list": [True, None, 2.5], "deep": {"t": "7"}}


def test_an_answer_may_be_as_long_as_the_bound_and_no_longer() -> None:
    half = "x" * (MAX_CHARACTERS // 2)
    assert len(filled_text("{{a}}" + half[5:], {"a": half})) == MAX_CHARACTERS - 5
    with pytest.raises(BadArgument):
        filled_text("{{a}}" + half, {"a": half})
