"""Texts of others in a prompt."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.quoting import as_json, quoted


def test_a_text_stands_between_its_tags() -> None:
    assert quoted("answer", "yes", **{"from": 'the "a"'}) == '<answer from="the \\"a\\"">\nyes\n</answer>'
    assert quoted("code", "<b>x</b>") == "<code>\n<b>x</b>\n</code>"


@given(st.text(alphabet="</abc> ", max_size=30))
def test_no_text_can_end_its_tag(text: str) -> None:
    made = quoted("abc", text)
    assert made.count("</abc") == 1 and made.endswith("\n</abc>")


PLAIN: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(PLAIN)
def test_plain_data_is_json_and_cannot_end_a_tag(value: Any) -> None:
    text = as_json(value)
    assert json.loads(text) == value
    assert "</" not in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(b"a\xff", "a\ufffd"), ({1: "x"}, {"1": "x"}), ({b"k": (1, 2)}, {"k": [1, 2]}), ([object()], ["<object>"])],
)
def test_what_json_has_not_is_shown_as_well_as_can_be(value: Any, shown: Any) -> None:
    assert json.loads(as_json(value)) == shown
