"""The plain part of JSON Schema: the same verdicts as the library, for any schema and any value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from llmspell.tools.protocol import Value
from llmspell.tools.simple_schema import TYPES, first_violation, found_in_words, is_simple, shown

NAMES = st.sampled_from(["a", "b", "c d"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.0, 1.0, 2.5, 1e300]) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS, lambda it: st.lists(it, max_size=3) | st.dictionaries(NAMES, it, max_size=3), max_leaves=8
)


def schemas(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True),
            "enum": st.lists(SCALARS, max_size=3),
            "minimum": st.integers(-3, 3),
            "maximum": st.integers(-3, 3) | st.just(1.5),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 2),
            "items": inner,
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": st.booleans() | inner,
            "description": st.text(max_size=3),
            "default": SCALARS,
        },
    )


SCHEMAS = st.recursive(schemas(st.just({})), schemas, max_leaves=4)


@given(SCHEMAS, VALUES)
def test_the_verdict_is_that_of_the_library(schema: Value, value: Value) -> None:
    assert is_simple(schema)
    Draft202012Validator.check_schema(schema)
    assert (first_violation(schema, value) is None) == Draft202012Validator(schema).is_valid(value)


JUNK = st.recursive(
    SCALARS | st.sampled_from(["string", "object"]),
    lambda it: (
        st.lists(it, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "enum", "properties", "required", "items", "minimum", "maxLength", "x-a", "oneOf"]
            ),
            it,
            max_size=4,
        )
    ),
    max_leaves=6,
)


@given(JUNK)
def test_what_is_called_simple_is_a_valid_schema(schema: Value) -> None:
    if is_simple(schema):
        Draft202012Validator.check_schema(schema)


@given(VALUES | st.binary() | st.integers())
def test_any_value_is_described_briefly(value: Value) -> None:
    assert 0 < len(shown(value)) <= 80
    assert len(found_in_words(value)) <= 100
