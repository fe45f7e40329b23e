"""The global JSON of Python scripts: round trips, and what is no JSON."""
# ruff: noqa: E501 - scripts are kept on one line each

import json
from typing import Any

import pytest
from fake_host import Outcome, run_script
from hypothesis import given
from hypothesis import strategies as st

from llmspell.engine.python_engine import make_engine
from llmspell.engine.python_json import JSONGlobal
from llmspell.engine.python_sealed import make

JSON: Any = make(JSONGlobal)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def run(source: str) -> Outcome:
    return run_script(make_engine, source, python="safe")


@given(VALUES, st.booleans())
def test_what_is_written_is_read_back_as_it_was(value: object, pretty: bool) -> None:
    text = JSON.stringify(value, pretty=pretty)
    assert JSON.parse(text) == value == json.loads(text)
    assert JSON.parse(text.encode()) == value


def test_keys_are_sorted_and_the_text_is_compact_unless_pretty_is_asked_for() -> None:
    source = "v = {'b': [1, None], 'a': 'é'}\nprint(JSON.stringify(v), JSON.encode(v) == JSON.stringify(v))\nprint(JSON.stringify(v, pretty=True))\nprint(JSON.stringify(v, {'pretty': True}) == JSON.stringify(v, pretty=True), JSON.stringify(v, {}) == JSON.stringify(v))"
    assert (
        run(source).out
        == '{"a":"é","b":[1,null]} True\n{\n  "a": "é",\n  "b": [\n    1,\n    null\n  ]\n}\nTrue True\n'
    )


REFUSED = {
    "a text that ends early": ("JSON.parse('[1')", "invalid_json", "line 1 column 3: expected ',' or ']', found the end of the text"),
    "NaN": ("JSON.parse('[\"NaN\", NaN]')", "invalid_json", 'line 1 column 9: expected a value, found "NaN]"'),
    "infinity": ("JSON.parse('-Infinity')", "invalid_json", 'line 1 column 1: expected a value, found "-Infinity"'),
    "no key": ("JSON.parse('{\\n é:1}')", "invalid_json", 'line 2 column 2: expected a key in quotes, found "é:1}"'),
    "no colon": ("JSON.parse('{\"a\" 1}')", "invalid_json", "line 1 column 6: expected ':', found \"1}\""),
    "no comma in a map": ("JSON.parse('[{\"é]\": [1] 2}]')", "invalid_json", "line 1 column 14: expected ',' or '}', found \"2}]\""),
    "a comma before the end": ("JSON.parse('[1, ]')", "invalid_json", 'line 1 column 5: expected a value, found "]"'),
    "a comma before a map's end": ("JSON.parse('{\"a\": 1,}')", "invalid_json", 'line 1 column 9: expected a key in quotes, found "}"'),
    "two values": ("JSON.parse('1 2')", "invalid_json", 'line 1 column 3: expected the end of the text, found "2"'),
    "an open text": ("JSON.parse('\"ab')", "invalid_json", "line 1 column 4: expected a closing quote, found the end of the text"),
    "no such escape": ("JSON.parse('\"\\\\x\"')", "invalid_json", 'line 1 column 2: expected an escape, found "\\\\x\\""'),
    "a tab in a text": ("JSON.parse('\"a\\tb\"')", "invalid_json", "line 1 column 3: expected a string without control characters"),
    "an unknown option": ("JSON.stringify([1], {'indent': 2})", "bad_argument", 'no option "indent"'),
    "an unknown name": ("JSON.stringify([1], indent=2)", "bad_argument", 'no option "indent"'),
    "options that are none": ("JSON.stringify([1], 2)", "bad_argument", "got int"),
    "half a surrogate pair": ("JSON.parse('\"\\\\ud800\"')", "invalid_json", "not UTF-8"),
    "half a pair in bytes": ("JSON.parse(b'\"\\\\uD800\"')", "invalid_json", "not UTF-8"),
    "bytes that are no text": ("JSON.parse(b'\"\\xff\"')", "invalid_json", "not UTF-8"),
    "deep text": ("JSON.parse('[' * 100000)", "invalid_json", "nested too deeply"),
    "a number for a text": ("JSON.parse(5)", "bad_argument", "got int"),
    "a set": ("JSON.stringify({1})", "not_convertible", "set"),
    "a NaN to write": ("JSON.stringify(float('nan'))", "not_convertible", "JSON.stringify"),
    "a list in itself": ("a = []\n    a.append(a)\n    JSON.stringify(a)", "not_convertible", "JSON.stringify"),
    "a deep list": ("a = []\n    for _ in range(100000): a = [a]\n    JSON.stringify(a)", "not_convertible", "nested too deeply"),
    "bytes in text": ("JSON.stringify('\\udcff')", "not_convertible", "not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_json_is_refused_with_a_code(name: str) -> None:
    act, code, words = REFUSED[name]
    outcome = run(f"try:\n    {act}\n    print('taken')\nexcept LLMSpellError as e:\n    print(e.code, e.message)")
    assert outcome.out.startswith(code), outcome
    assert words in outcome.out


@pytest.mark.parametrize(
    ("text", "value"),
    [('"\\\\ud83d\\\\ude00"', "\N{GRINNING FACE}"), ("[1]", "[1]"), (" null ", "None"), ('"NaN"', "NaN")],
)
def test_what_is_nearly_that_is_taken(text: str, value: str) -> None:
    assert run(f"print(JSON.parse('{text}'))").out == value + "\n"
    assert run(f"print(JSON.decode(b'{text}'))").out == value + "\n"


def test_it_shows_what_it_is_and_has_lua_s_null() -> None:
    assert run("print(JSON, JSON.null)").out == "<global JSON> None\n"
