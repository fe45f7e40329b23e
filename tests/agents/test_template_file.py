"""One template's file: what may stand in it, and how a mistake is named."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.agents.template_file import MAX_FILE_BYTES, read_template
from llmspell.errors import ConfigError

MINIMAL = 'description = "Does it"\n'


def read(text: str | bytes) -> Any:
    return read_template("mine", "agents/mine.toml", text.encode() if isinstance(text, str) else text)


def test_fields_of_an_agent_and_parameters_are_read() -> None:
    template = read(
        MINIMAL
        + """
        system_prompt = "About {{ topic }}"
        max_iterations = 3
        tools = ["calculator"]
        capabilities = ["sums"]
        [parameters]
        topic = { description = "What about" }
        depth = { default = 2, minimum = 1 }
        tone = { enum = ["dry", "warm"], default = "dry" }
        [schema]
        city = "string"
        """
    )
    assert template.fields["max_steps"] == 3
    assert template.parameter_names == ("topic", "depth", "tone")
    assert template.to_value() == {
        "name": "mine",
        "description": "Does it",
        "parameters": [
            {"name": "topic", "type": "string", "description": "What about", "default": None, "required": True},
            {"name": "depth", "type": "integer", "description": "", "default": 2, "required": False},
            {
                "name": "tone",
                "type": "string",
                "description": "",
                "default": "dry",
                "required": False,
                "enum": ["dry", "warm"],
            },
        ],
        "capabilities": ["sums"],
        "tools": ["calculator"],
        "built_in": False,
        "path": "agents/mine.toml",
    }


@pytest.mark.parametrize(
    ("default", "type"),
    [("true", "boolean"), ("1", "integer"), ("1.5", "number"), ('"x"', "string"), ("[]", "array"), ("{}", "object")],
)
def test_a_parameters_type_is_that_of_its_default(default: str, type: str) -> None:
    template = read(f"{MINIMAL}[parameters.p]\ndefault = {default}\n")
    assert template.to_value()["parameters"][0]["type"] == type


def test_a_template_may_have_no_parameters() -> None:
    assert read(MINIMAL).parameter_names == ()


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("", "description", "a template needs one"),
        ('description = " "', "description", "a template needs one"),
        (MINIMAL + "sytem_prompt = 'x'", "sytem_prompt", "did you mean system_prompt"),
        (MINIMAL + "nonsense_of_mine = 1", "nonsense_of_mine", "parameters"),
        (MINIMAL + "name = 'x'", "name", "the file's name is the template's"),
        (MINIMAL + "api_key = 'x'", "api_key", "settings of the provider"),
        (MINIMAL + "handoffs = []", "handoffs", "a template cannot have it"),
        (MINIMAL + "max_steps = 1\nmax_turns = 2", "max_turns", "max_steps is given under two names"),
        (MINIMAL + "max_steps = 'many'", "max_steps", "must be a whole number"),
        (MINIMAL + "temperature = 9", "temperature", "must be from 0 to 2"),
        (MINIMAL + "[schema]\ncity = 'sting'", "city", "not a type"),
        (MINIMAL + "parameters = 3", "parameters", "a table of parameters is needed"),
        (MINIMAL + "[parameters]\ntopic = 3", "parameters.topic", "a table is needed"),
        (MINIMAL + "[parameters]\nself = {}", "parameters.self", "is not self or loop"),
        (MINIMAL + "[parameters]\n'a b' = {}", "parameters.a b", "letters, digits and _"),
        (MINIMAL + "[parameters]\ntopic = { type = 'sting' }", "parameters.topic.type", '"sting" is not a type'),
        (MINIMAL + "[parameters]\nn = { default = 0, minimum = 1 }", "parameters.n.default", "at least 1"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(text: str, key: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert str(caught.value).startswith(f"agents/mine.toml: {key}")
    assert message in str(caught.value)
    assert caught.value.details["key"] == key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("description = ", "is not TOML"),
        (b"description = '\xff'", "is not UTF-8 text"),
        ("x = " + "[" * 10_000, "is not TOML"),
        (b"#" * (MAX_FILE_BYTES + 1), "is too large for a template"),
    ],
)
def test_what_is_no_toml_file_is_named(text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^agents/mine.toml {message}"):
        read(text)
