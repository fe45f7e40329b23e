"""What a template of the box says of itself: a TOML file with its parameters, and the prompts of its roles.

    description, category, version, tags
    [parameters.topic]       JSON Schema; without a default, and without `required = false`, it must be given
    [roles.writer]           who asks a model: `system` and `task` are Jinja, filled in with the parameters
    answer_tokens = 800      how long its answers usually are, for estimates
    [roles.writer.schema]    JSON Schema of its answers
    [[examples]]             params that work

Each template also has `model` and, where it has several roles, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from llmspell.config.read import read_toml
from llmspell.models.messages import Value
from llmspell.tools.parameter_table import schema_of_parameters

_MODEL: Mapping[str, Value] = {
    "type": ["string", "object"],
    "default": "",
    "description": "Who answers: provider/model or an alias; models.default of the settings if empty",
}


@dataclass(frozen=True, slots=True)
class Role:
    """Who asks a model.

    Attributes:
        system, task: Jinja; what the model is told to be, and how the question begins.
        tools: That it may use.
        takes_tools: It may use those of the param `tools` instead.
        answer_tokens: How long its answers usually are.
        most_tokens: How long they may well become; for estimates, not a limit.
        model: That it asks unless the params say otherwise; empty for the default one.
    """

    name: str
    system: str
    task: str = ""
    schema: Mapping[str, Value] | None = None
    tools: tuple[str, ...] = ()
    takes_tools: bool = False
    max_steps: int = 20
    answer_tokens: int = 500
    most_tokens: int = 2000
    temperature: float | None = None
    model: str | Mapping[str, Value] = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One file, read."""

    name: str
    description: str
    category: str
    version: str
    tags: tuple[str, ...]
    parameters: Mapping[str, Value]
    roles: Mapping[str, Role]
    examples: tuple[Mapping[str, Value], ...]
    limits: str = ""  # what it cannot do, for people
    gives: str = ""  # what its result holds, for people


@cache
def declaration_of(name: str) -> Declaration:
    """The declaration of a template of the box."""
    text = files("llmspell.templates.built_in").joinpath(f"{name}.toml").read_text("utf-8")
    return read_declaration(name, text)


def read_declaration(name: str, text: str) -> Declaration:
    """Read one. The box's own files are right, or its tests fail: mistakes raise whatever they raise."""
    table: Mapping[str, Value] = read_toml(text)
    roles = {it: _role(it, fields) for it, fields in table.get("roles", {}).items()}
    parameters = with_models(schema_of_parameters(table.get("parameters", {})), tuple(roles))
    return Declaration(
        name,
        table["description"],
        table["category"],
        table["version"],
        tuple(table["tags"]),
        parameters,
        roles,
        tuple(table.get("examples", ())),
        table.get("limits", ""),
        table.get("gives", ""),
    )


def with_models(schema: Mapping[str, Value], roles: tuple[str, ...]) -> dict[str, Value]:
    """The schema with `model` and, for several roles, `models`."""
    properties = dict(schema.get("properties", {}))
    if roles:
        properties.setdefault("model", dict(_MODEL))
    if len(roles) > 1:
        models = {
            "type": "object",
            "default": {},
            "description": f"Other models for single roles, by name: {', '.join(roles)}",
            "properties": {it: {"type": ["string", "object"]} for it in roles},
            "additionalProperties": False,
        }
        properties.setdefault("models", models)
    return {**schema, "properties": properties}


def _role(name: str, fields: Mapping[str, Value]) -> Role:
    known: dict[str, Any] = {key: tuple(it) if isinstance(it, list) else it for key, it in fields.items()}
    known.setdefault("most_tokens", 4 * known.get("answer_tokens", 500))
    return Role(name, **known)
