"""The table of parameters in a template's file."""

from __future__ import annotations

import pytest

from llmspell.errors import ConfigError
from llmspell.tools.parameter_table import read_parameters


def wrong(key: str, message: str, hint: str) -> ConfigError:
    return ConfigError(f"{key}: {message}", hint=hint)


def test_a_type_is_that_of_the_default_and_without_a_default_a_parameter_is_required() -> None:
    schema = read_parameters({"topic": {}, "lines": {"default": 4}, "note": {"required": False}}, wrong)
    assert {name: it["type"] for name, it in schema["properties"].items()} == {
        "topic": "string",
        "lines": "integer",
        "note": "string",
    }
    assert schema["required"] == ["topic"]
    assert read_parameters({}, wrong)["properties"] == {}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (3, "parameters: a table"),
        ({"a b": {}}, "parameters.a b: "),
        ({"self": {}}, "is not self or loop"),
        ({"n": 3}, "parameters.n: a table"),
        ({"n": {"type": "sting"}}, "parameters.n.type: "),
        ({"n": {"default": 0, "minimum": 1}}, "parameters.n.default: "),
    ],
)
def test_what_is_wrong_is_said_with_its_key(table: object, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_parameters(table, wrong)
    assert said in str(caught.value)
