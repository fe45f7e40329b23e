"""The three forms of a tool's parameters, and what is refused in them."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from llmspell.errors import BadArgument
from llmspell.tools.schema_of import check_script_schema, schema_of


def test_a_table_of_types_is_a_schema() -> None:
    schema = schema_of({"city": "string", "days": {"type": "integer", "default": 3, "description": "how many"}})
    assert schema == {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer", "default": 3, "description": "how many"},
        },
        "required": ["city"],
        "additionalProperties": False,
    }
    Draft202012Validator.check_schema(schema)


def test_a_list_of_rows_is_the_same_schema() -> None:
    rows = [{"name": "city", "type": "string", "required": True}, {"name": "days", "type": "int", "required": False}]
    assert schema_of(rows) == schema_of({"city": "str", "days": {"type": "integer", "required": False}})


def test_json_schema_is_taken_as_it_is() -> None:
    full = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    assert schema_of(full) == full
    assert schema_of({"properties": {"a": {}}}) == {"type": "object", "properties": {"a": {}}}
    assert schema_of({"type": "object"}) == {"type": "object"}
    combined = {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert schema_of(combined) == {**combined, "type": "object"}


def test_parameters_may_be_called_as_keywords_are() -> None:
    schema = schema_of({"type": "string", "pattern": "string", "items": "list", "properties": "table"})
    assert list(schema["properties"]) == ["type", "pattern", "items", "properties"]
    assert schema["properties"]["pattern"] == {"type": "string"}


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_nothing_accepts_everything(nothing: object) -> None:
    assert schema_of(nothing) == {"type": "object"}


@pytest.mark.parametrize(
    ("it", "required"),
    [
        ("string", True),
        ("string?", False),
        ({"type": "string"}, True),
        ({"type": "string", "required": False}, False),
        ({"type": "string", "required": True, "default": ""}, True),
        ({"type": "string", "default": ""}, False),
        ({"type": "string", "optional": True}, False),
        ({"enum": ["a", "b"]}, True),
    ],
)
def test_a_parameter_is_required_unless_it_says_otherwise(it: object, required: bool) -> None:
    assert (schema_of({"a": it})["required"] == ["a"]) is required


def test_an_object_parameter_keeps_its_own_schema() -> None:
    inner = {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]}
    assert schema_of({"a": inner})["properties"]["a"] == inner


@pytest.mark.parametrize(
    ("parameters", "path", "message"),
    [
        (3, "$", "must be a table or a list"),
        ("string", "$", "must be a table or a list"),
        ({"a": "strnig"}, "$.a", "not a type"),
        ({"a": 3}, "$.a", "type's name or a table"),
        ({"a": {"type": "strnig"}}, "$.a.type", "not a type"),
        ({"a": {"type": "integer", "minimum": "x"}}, "$.properties.a.minimum", "not valid"),
        ([{"type": "string"}], "$[0]", "a table with a name"),
        ([{"name": "a"}, {"name": "a"}], "$[1]", "twice"),
        ({"type": "object", "properties": {"a": {"type": "strnig"}}}, "$.properties.a.type", "not valid"),
        ({"type": "object", "properties": {"a": 3}}, "$.properties.a", "not valid"),
        ({"$schema": "x", "type": "array"}, "$.type", 'must be of type "object"'),
    ],
)
def test_what_is_no_schema_is_refused_with_its_path(parameters: object, path: str, message: str) -> None:
    with pytest.raises(BadArgument, match=message) as caught:
        schema_of(parameters)
    assert caught.value.details["path"] == path


@pytest.mark.parametrize(
    "keyword", ["$ref", "$dynamicRef", "pattern", "patternProperties", "uniqueItems", "unevaluatedItems"]
)
def test_keywords_that_could_run_for_ever_are_refused_and_properties_of_that_name_are_not(keyword: str) -> None:
    with pytest.raises(BadArgument, match="not supported in a script's schema") as caught:
        schema_of({"type": "object", "properties": {"a": {"items": {keyword: "(a+)+$"}}}})
    assert caught.value.details["path"].startswith("$.properties.a.items")
    check_script_schema({"type": "object", "properties": {keyword: {"type": "string"}}})
    check_script_schema({"enum": [{keyword: 1}], "default": {keyword: 1}})


def test_a_schema_that_is_too_deep_or_too_large_is_refused() -> None:
    deep: dict[str, object] = {"type": "string"}
    for _ in range(40):
        deep = {"type": "array", "items": deep}
    with pytest.raises(BadArgument, match="too large"):
        schema_of({"type": "object", "properties": {"a": deep}})
    with pytest.raises(BadArgument, match="too large"):
        schema_of({f"p{i}": "string" for i in range(6_000)})


@pytest.mark.parametrize("names", ["dependentSchemas", "$defs", "properties"])
def test_no_name_of_a_part_hides_a_keyword_that_could_run_for_ever(names: str) -> None:
    for name in ("properties", "default", "enum"):
        hidden = {"type": "object", names: {name: {"patternProperties": {"(a+)+$": {}}}}}
        with pytest.raises(BadArgument, match="not supported in a script's schema"):
            check_script_schema(hidden)
        check_script_schema({"type": "object", names: {name: {"type": "object"}, "pattern": {"type": "object"}}})
