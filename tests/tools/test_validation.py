"""Parameters of a call: defaults, other names, and one sentence about the first mistake."""

from __future__ import annotations

import subprocess
import sys

import pytest

from llmspell.errors import InvalidParams
from llmspell.tools.protocol import Value
from llmspell.tools.validation import check_params, violations

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 1, "x-aliases": ["town", "place"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 14, "default": 3},
        "units": {"type": "string", "enum": ["metric", "imperial"]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        "data": {"type": "string", "x-binary": True},
        "options": {
            "type": "object",
            "properties": {
                "depth": {"type": "number", "default": 1.5},
                "old": {"type": "string", "x-aliases": ["from"]},
            },
            "additionalProperties": False,
            "default": {},
            "x-flat": True,
        },
    },
    "required": ["city"],
    "additionalProperties": False,
}


def check(params: Value) -> dict[str, Value]:
    return check_params("weather", SCHEMA, params)


def test_defaults_are_filled_in_and_the_given_table_stays_as_it_was() -> None:
    given = {"city": "Oslo", "options": {"old": "x"}}
    assert check(given) == {"city": "Oslo", "days": 3, "options": {"depth": 1.5, "old": "x"}}
    assert given == {"city": "Oslo", "options": {"old": "x"}}


def test_a_default_is_a_copy() -> None:
    check({"city": "Oslo"})["options"]["old"] = "changed"
    assert "old" not in check({"city": "Oslo"})["options"]


def test_nil_is_absent() -> None:
    assert check({"city": "Oslo", "days": None})["days"] == 3


def test_a_whole_number_is_an_integer_and_an_empty_table_a_list() -> None:
    checked = check({"city": "Oslo", "days": 4.0, "tags": {}})
    assert checked["days"] == 4
    assert type(checked["days"]) is int
    assert checked["tags"] == []
    either = {"type": "object", "properties": {"it": {"type": ["array", "string"]}}}
    assert [check_params("t", either, {"it": it})["it"] for it in ({}, "a", ["a"])] == [[], "a", ["a"]]


def test_bytes_are_text_only_where_that_is_said() -> None:
    assert check({"city": "Oslo", "data": b"\xff"})["data"] == b"\xff"
    with pytest.raises(InvalidParams, match=r"\$\.city must be a string, not binary data of 1 bytes"):
        check({"city": b"\xff"})


def test_other_names_are_taken_one_at_a_time() -> None:
    assert check({"town": "Oslo"})["city"] == "Oslo"
    with pytest.raises(InvalidParams, match='"town" and "city" are the same parameter') as caught:
        check({"town": "Oslo", "city": "Oslo"})
    assert caught.value.details["path"] == "$.town"


def test_options_may_stand_beside_the_other_parameters() -> None:
    assert check({"city": "Oslo", "depth": 2, "from": "x"})["options"] == {"depth": 2, "old": "x"}
    assert check({"city": "Oslo", "depth": 2, "options": {"depth": 3}})["options"]["depth"] == 3
    with pytest.raises(InvalidParams, match=r"\$\.options must be a table, not a string"):
        check({"city": "Oslo", "depth": 2, "options": "x"})


@pytest.mark.parametrize(
    ("params", "path", "sentence"),
    [
        ({}, "$.city", "weather: $.city is missing, a string is needed"),
        ({"city": 3}, "$.city", "weather: $.city must be a string, not an integer (3) "),
        ({"city": None}, "$.city", "weather: $.city is missing, a string is needed"),
        ({"city": ""}, "$.city", "weather: $.city must be at least 1 character, not 0"),
        ({"city": "x", "days": 0}, "$.days", "weather: $.days must be at least 1, not 0"),
        ({"city": "x", "days": 15}, "$.days", "weather: $.days must be at most 14, not 15"),
        ({"city": "x", "days": 1.5}, "$.days", "weather: $.days must be an integer, not a number (1.5)"),
        ({"city": "x", "days": True}, "$.days", "weather: $.days must be an integer, not a boolean (true)"),
        (
            {"city": "x", "units": "kelvin"},
            "$.units",
            'weather: $.units must be one of "metric", "imperial", not "kelvin"',
        ),
        ({"city": "x", "tags": ["a", 1]}, "$.tags[1]", "weather: $.tags[1] must be a string, not an integer (1)"),
        ({"city": "x", "tags": list("abcd")}, "$.tags", "weather: $.tags must be at most 3 items, not 4"),
        ({"city": "x", "tags": {"a": 1}}, "$.tags", "weather: $.tags must be a list, not a table with a"),
        ({"city": "x", "options": {"dept": 1}}, "$.options.dept", 'weather has no parameter "dept" at $.options.dept'),
        ({"city": "x", "cty": 1}, "$.cty", 'weather has no parameter "cty"'),
        ({"city": "x", "a b": 1}, '$["a b"]', 'weather has no parameter "a b"'),
        ([], "$", "weather: $ must be a table of parameters, not a list of 0"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_path(params: Value, path: str, sentence: str) -> None:
    with pytest.raises(InvalidParams) as caught:
        check(params)
    assert caught.value.message == sentence.strip()
    assert caught.value.details["path"] == path
    assert caught.value.details["tool"] == "weather"


@pytest.mark.parametrize(("unknown", "hint"), [("cty", "city"), ("dept", "depth"), ("uints", "units")])
def test_an_unknown_name_gets_the_nearest(unknown: str, hint: str) -> None:
    with pytest.raises(InvalidParams) as caught:
        check({"city": "x", unknown: 1})
    assert caught.value.hint.startswith(f"did you mean {hint}")


def test_a_name_like_no_other_gets_all_of_them() -> None:
    with pytest.raises(InvalidParams) as caught:
        check({"city": "x", "zzzzzz": 1})
    assert caught.value.hint == "it takes city, days, units, tags, data, options, depth, old"


def test_a_tuple_is_a_list_and_nothing_is_an_empty_table() -> None:
    assert check({"city": "x", "tags": ("a", "b")})["tags"] == ["a", "b"]
    with pytest.raises(InvalidParams, match="city is missing"):
        check(None)


def test_a_table_with_long_names_is_described_briefly() -> None:
    with pytest.raises(InvalidParams) as caught:
        check({"city": {"x" * 1_000_000: 1}})
    assert len(str(caught.value)) < 200


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(InvalidParams) as caught:
        check({"city": "x", "days": "y" * 1_000_000})
    assert len(str(caught.value)) < 200


RICH = {
    "type": "object",
    "properties": {
        "a": {"anyOf": [{"type": "string"}, {"type": "integer", "exclusiveMinimum": 3}]},
        "b": {"type": "string", "x-binary": True},
        "c": {"const": 1},
        "d": {"enum": ["x"]},
    },
    "required": ["a"],
    "additionalProperties": False,
    "maxProperties": 3,
}


@pytest.mark.parametrize(
    ("params", "path", "part"),
    [
        ({}, "$.a", "is missing"),
        ({"a": "x", "zz": 1}, "$.zz", "no parameter"),
        ({"a": []}, "$.a", "must be"),
        ({"a": "x", "b": 3}, "$.b", "a string"),
        ({"a": "x", "c": 3}, "$.c", "valid by const (1)"),
        ({"a": "x", "d": "y"}, "$.d", 'one of "x"'),
    ],
)
def test_schemas_beyond_the_plain_ones_are_checked_by_the_library(params: Value, path: str, part: str) -> None:
    with pytest.raises(InvalidParams) as caught:
        check_params("rich", RICH, params)
    assert caught.value.details["path"] == path
    assert part in caught.value.message
    assert check_params("rich", RICH, {"a": "x", "b": b"\xff", "c": 1}) == {"a": "x", "b": b"\xff", "c": 1}


def test_a_reference_to_elsewhere_is_never_fetched() -> None:
    schema = {"$ref": "http://localhost:1/schema.json"}
    with pytest.raises(Exception, match="localhost") as caught:
        list(violations(schema, 1))
    assert "Unresolvable" in type(caught.value).__name__ or "Referencing" in type(caught.value).__name__


def test_plain_schemas_need_no_library() -> None:
    program = (
        "import sys\nfrom llmspell.tools.validation import check_params\n"
        "check_params('t', {'type': 'object', 'properties': {'a': {'type': 'integer'}}}, {'a': 1})\n"
        "print('jsonschema' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("items", "value"),
    [
        ({"allOf": [{"type": "object"}] * 1000}, {}),
        ({"anyOf": [*[{"required": ["a"]}] * 1000, {"type": "object"}]}, {}),
        ({"enum": list(range(4000))}, 3999),
        ({"type": "object", "properties": {f"p{i}": {"type": "integer"} for i in range(1000)}}, {}),
        ({"type": "object", "properties": {"a": {"default": [0] * 4000}}}, {}),
    ],
)
def test_what_would_take_the_host_minutes_to_check_is_refused_and_less_of_it_is_not(items: Value, value: Value) -> None:
    schema = {"type": "object", "properties": {"x": {"type": "array", "items": items}}}
    assert len(check_params("t", schema, {"x": [value] * 5})["x"]) == 5
    with pytest.raises(InvalidParams, match="too much in these values") as caught:
        check_params("t", schema, {"x": [value] * 200_000})
    assert caught.value.details["too_much"]


def test_of_very_many_mistakes_some_are_looked_at() -> None:
    schema = {"allOf": [{"items": {"not": {}}}]}
    assert len(list(violations(schema, [1] * 5000))) == 1000


@pytest.mark.parametrize("inner", [{"x-flat": True}, {"x-aliases": 3}, {"x-aliases": [["a"], 1]}, True])
@pytest.mark.parametrize("given", [{"b": 1}, {"a": {}}, {"a": {"c": 1}}])
def test_what_a_script_writes_under_names_of_ours_does_no_harm(inner: Value, given: Value) -> None:
    assert check_params("t", {"type": "object", "properties": {"a": inner}}, given) == given
    with pytest.raises(InvalidParams, match='no parameter "z"'):
        check_params("t", {"properties": {"a": inner}, "additionalProperties": False}, {"z": 1})
