"""One agent template: a TOML file with the fields of an agent, parameters, and prompts that use them.

    description = "…"                 required; may use parameters
    system_prompt = \"\"\"… {{ topic }} …\"\"\"
    max_steps = 30                    any other field of an agent: see `agents.fields`
    [parameters.topic]                see `tools.parameter_table`
    default = ""

The file's name is the template's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from llmspell.agents.fields import BY_SPELLING, spec_from
from llmspell.errors import ConfigError, LLMSpellError
from llmspell.models.messages import Value
from llmspell.suggestions import did_you_mean
from llmspell.tools.parameter_table import read_parameters

MAX_FILE_BYTES = 256 * 1024
PROMPTS = ("system_prompt", "description")  # what may use parameters

# A template is a file: it cannot hold agents, and must not hold keys.
_NO_FIELDS = {
    "name": "the file's name is the template's",
    "handoffs": "agents are given when an agent is made of it",
    "api_key": "keys belong to the settings of the provider",
}


@dataclass(frozen=True, slots=True)
class Template:
    """One template, checked but for the Jinja in its prompts.

    Attributes:
        fields: Of the agent, by their canonical names.
        parameters: JSON Schema of an object.
        source: The text of its file.
        path: Where that is.
    """

    name: str
    fields: Mapping[str, Value]
    parameters: Mapping[str, Value]
    source: str
    path: str
    is_built_in: bool

    @property
    def description(self) -> str:
        """Not filled in."""
        return str(self.fields["description"])

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return tuple(self.parameters["properties"])

    def to_value(self) -> dict[str, Value]:
        """A row of a list."""
        required = self.parameters.get("required", ())
        return {
            "name": self.name,
            "description": self.description,
            "parameters": [
                {
                    "name": name,
                    "type": _type_of(it),
                    "description": it.get("description", ""),
                    "default": it.get("default"),
                    "required": name in required,
                    **({"enum": list(it["enum"])} if "enum" in it else {}),
                }
                for name, it in self.parameters["properties"].items()
            ],
            "capabilities": list(self.fields.get("capabilities", ())),
            "tools": list(self.fields.get("tools", ())),
            "built_in": self.is_built_in,
            "path": self.path,
        }


def read_template(name: str, path: str, data: bytes, *, is_built_in: bool = False) -> Template:
    """Read a template.

    Args:
        path: How errors call it.

    Raises:
        ConfigError: It is no template; the message names the file and the key.
    """
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError(f"{path} is too large for a template, {MAX_FILE_BYTES} bytes at most")
    try:
        source = data.decode()
        table = tomllib.loads(source)
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise ConfigError(f"{path} is not TOML: {problem}") from None
    parameters = read_parameters(table.pop("parameters", {}), partial(_wrong, path))
    fields: dict[str, Value] = {}
    for key, value in table.items():
        field = BY_SPELLING.get(key)
        if field is None:
            hint = did_you_mean(key[:100], (*BY_SPELLING, "parameters"))
            raise _wrong(path, key, "an agent has no such field", hint or "what a script fills in goes to [parameters]")
        if field.name in _NO_FIELDS:
            raise _wrong(path, key, "a template cannot have it", _NO_FIELDS[field.name])
        if field.name in fields:
            raise _wrong(path, key, f"{field.name} is given under two names")
        fields[field.name] = value
    if not isinstance(fields.get("description"), str) or not fields["description"].strip():
        raise _wrong(path, "description", "a template needs one, a line for people and supervisors")
    try:
        spec_from({**fields, "name": name})
    except LLMSpellError as problem:
        key = str(problem.details.get("path", "$")).removeprefix("$.")
        raise _wrong(path, key, problem.message, problem.hint) from problem
    return Template(name, fields, parameters, source, path, is_built_in)


def _type_of(schema: Mapping[str, Value]) -> str:
    asked = schema.get("type", "any")
    return asked if isinstance(asked, str) else " or ".join(asked)


def _wrong(path: str, key: str, message: str, hint: str = "") -> ConfigError:
    return ConfigError(f"{path}: {key}: {message}", hint=hint, details={"file": path, "key": key})
