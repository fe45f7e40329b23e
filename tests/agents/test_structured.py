"""An answer as data: found in whatever a model writes around it, checked, explained."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.structured import AnswerSchema

CITY = AnswerSchema(
    {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "people": {"type": "integer", "minimum": 0},
            "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        },
        "required": ["city", "people"],
        "additionalProperties": False,
    }
)
LAGOS = {"city": "Lagos", "people": 15388000}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(LAGOS),
        f"\n  {json.dumps(LAGOS, indent=2)}\n",
        f"Here it is:\n```json\n{json.dumps(LAGOS)}\n```\nAnything else?",
        f"```\n{json.dumps(LAGOS)}\n```",
        f"The answer is {json.dumps(LAGOS)}.",
        f'An example would be {{"city": 1}}, but the answer is {json.dumps(LAGOS)}',
        f"I thought {{about it}} and found: {json.dumps(LAGOS)}",
        json.dumps({**LAGOS, "people": 15388000.0}),
        json.dumps({**LAGOS, "tags": None}),
    ],
)
def test_the_data_is_found_in_what_stands_around_it(text: str) -> None:
    data, mistake = CITY.read(text)
    assert mistake is None
    assert data == {**LAGOS, "tags": []}
    assert isinstance(data["people"], int)


@pytest.mark.parametrize(
    ("text", "path", "sentence"),
    [
        ('{"city": "Lagos"}', "$.people", "$.people is missing, an integer is needed"),
        ('{"city": "Lagos", "people": "many"}', "$.people", '$.people must be an integer, not a string ("many")'),
        ('{"city": "Lagos", "people": -1}', "$.people", "$.people must be at least 0"),
        ('{"city": "Lagos", "people": 1, "mayor": "?"}', "$.mayor", "$.mayor is not a known field"),
        ('{"city": "Lagos", "people": 1, "tags": ["a", 2]}', "$.tags[1]", "$.tags[1] must be a string"),
        ("[1]", "$", "$ must be a table, not a list of 1"),
        ("no idea", "$", "it has no JSON object"),
        ("", "$", "it is empty"),
        ('{"city": "Lagos", "people": ', "$", "it is not JSON: expecting value at line 1, column 29"),
        ('{"city": "Lagos", "people": NaN}', "$", "it is not JSON: nan is no json"),
        ("{" * 5000, "$", "it is not JSON"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(text: str, path: str, sentence: str) -> None:
    data, mistake = CITY.read(text)
    assert data is None and mistake is not None
    assert mistake.path == path
    assert sentence in mistake.sentence
    assert mistake.sentence in mistake.for_model()


def test_a_schema_that_is_not_plain_is_checked_by_the_library() -> None:
    schema = AnswerSchema({"type": "object", "properties": {"n": {"anyOf": [{"const": 1}, {"const": 2}]}}})
    assert schema.read('{"n": 2}') == ({"n": 2}, None)
    _, mistake = schema.read('{"n": 3}')
    assert mistake is not None and mistake.path.startswith("$.n")


def test_the_error_has_the_path_the_text_and_how_often_it_was_tried() -> None:
    _, mistake = CITY.read("no idea")
    assert mistake is not None
    error = mistake.error("ada", "no idea", 3)
    invalid = "the answer of the agent ada is not valid after 3 attempts: it has no JSON object"
    assert error.message == f"{invalid}; it says: no idea"
    assert mistake.error("ada", " no\nidea ", 3).message == error.message
    assert mistake.error("ada", " \n", 3).message == invalid
    assert mistake.error("ada", "x" * 100_000, 3).message == f"{invalid}; it says: {'x' * 99}…"
    assert error.details == {"path": "$", "raw": "no idea", "attempts": 3}
    assert len(str(mistake.error("ada", "x" * 100_000, 1).details["raw"])) == 20_000


WORDS = st.text(alphabet=st.characters(blacklist_characters="{}`"), max_size=60)


@given(st.text(max_size=20), st.integers(min_value=0), WORDS, WORDS, st.sampled_from(["", "```json\n", "```\n"]))
def test_data_comes_back_from_any_prose_around_it(city: str, people: int, before: str, after: str, fence: str) -> None:
    written = json.dumps({"city": city, "people": people})
    text = f"{before}\n{fence}{written}\n{'```' if fence else ''}\n{after}"
    assert CITY.read(text) == ({"city": city, "people": people, "tags": []}, None)


@given(st.text(max_size=200) | st.text(alphabet='{}[]",:`a1 \n', max_size=200))
def test_any_text_at_all_can_be_read(text: str) -> None:
    data, mistake = CITY.read(text)
    assert (data is None) == (mistake is not None)


def test_a_long_answer_without_an_end_is_read_quickly_enough() -> None:
    _, mistake = CITY.read("{" * 200_000 + " " * 200_000)
    assert mistake is not None
    value: Any = None
    value, mistake = CITY.read(" " * 1_000_000 + json.dumps(LAGOS))
    assert mistake is None and value["city"] == "Lagos"
