import json
import math
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.cli.values import shown, to_json
from llmspell.wire.values import CallbackRef, HandleRef

Llmspell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("value", "engine", "text"),
    [
        (None, "lua54", ""),
        ("as it is\n", "lua54", "as it is\n"),
        (b"\xff", "lua54", b"\xff"),
        (True, "lua54", "true"),
        (True, "python", "True"),
        (3, "lua54", "3"),
        (3.0, "lua54", "3.0"),
        (3.0, "luajit", "3"),
        (3.0, "python", "3.0"),
        (1e100, "lua54", "1e+100"),
        (0.1, "lua54", "0.1"),
        (-0.0, "lua54", "-0.0"),
        (math.inf, "lua54", "inf"),
        (math.nan, "lua54", "nan"),
        (2**80, "python", str(2**80)),
        ([], "lua54", "[]"),
        ({}, "python", "{}"),
    ],
)
def test_a_value_looks_as_its_language_writes_it(value: object, engine: str, text: str | bytes) -> None:
    assert shown(value, engine) == text


def test_json_sorts_keys_and_names_what_it_cannot_hold() -> None:
    value = {"b": math.nan, "a": [math.inf, -math.inf], "c": b"text", "d": b"\xff", "e": object()}
    assert json.loads(to_json(value)) == {
        "a": ["Infinity", "-Infinity"],
        "b": "NaN",
        "c": "text",
        "d": "base64:/w==",
        "e": "<object>",
    }
    assert to_json({"b": 1, "a": "ä"}) == '{"a":"ä","b":1}'


def test_a_function_is_named_as_one() -> None:
    assert shown(CallbackRef(1), "lua54") == "function"
    assert shown(CallbackRef(1), "python") == "<function>"
    assert to_json({"a": CallbackRef(1), "b": [HandleRef(2)]}) == '{"a":"function","b":["object"]}'


@pytest.mark.parametrize("code", [("{ a = function() end }",), ("-l", "py", '{"a": print}')])
def test_a_table_that_holds_a_function_says_so(llmspell: Llmspell, code: tuple[str, ...]) -> None:
    assert json.loads(llmspell("eval", *code).stdout) == {"a": "function"}


def test_half_a_character_is_escaped() -> None:
    assert to_json("a\udc80\ud800") == '"a\\udc80\\ud800"'


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda it: st.lists(it, max_size=4) | st.dictionaries(st.text(), it, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.booleans())
def test_what_json_can_hold_comes_back(value: object, pretty: bool) -> None:
    assert json.loads(to_json(value, pretty=pretty)) == value


def test_an_integer_of_more_digits_than_python_writes_is_shown_in_hex() -> None:
    assert json.loads(to_json([10**4299, -(16**4000)])) == [10**4299, "-0x1" + "0" * 4000]
