"""One value, one text; and back again."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.journal.canonical import from_json, to_json
from llmspell.journal.snapshot import pack, unpack

KEYS = st.text(max_size=5) | st.sampled_from(["$bytes", "$float", "$int", "$pairs", "$cut"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["$bytes", '"$', "\ud800"])
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_every_value_comes_back(value):
    assert from_json(to_json(value)) == value


@given(VALUES)
def test_a_snapshot_comes_back(value):
    assert unpack(pack(value)) == value


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_the_order_of_keys_does_not_matter(value):
    assert to_json(value) == to_json(dict(reversed(value.items())))


@given(VALUES, VALUES)
def test_different_values_have_different_texts(left, right):
    if to_json(left) == to_json(right):
        assert left == right


@pytest.mark.parametrize(
    "value", [math.inf, -math.inf, -0.0, 10**6000, -(10**6000), 1.0, 1], ids=lambda it: type(it).__name__
)
def test_numbers_that_json_lacks_come_back_with_their_type(value):
    text = to_json([value])
    json.loads(text, parse_constant=pytest.fail)
    found = from_json(text)[0]
    assert found == value
    assert type(found) is type(value)


def test_nan_comes_back():
    assert math.isnan(from_json(to_json(math.nan)))


def test_a_map_with_keys_that_are_no_text_comes_back():
    assert from_json(to_json({b"\xff": 1, "a": 2})) == {b"\xff": 1, "a": 2}


def test_other_objects_become_the_name_of_their_class():
    assert to_json([object()]) == '["<object>"]'
