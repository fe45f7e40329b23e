"""One template of the user's: a TOML file with parameters, agents, and the workflow that they work in.

    description = "…"              required; also category, version, tags, limits, gives
    [parameters.topic]             a table of JSON Schema; its type is that of its default, or a string
    [agents.writer]                fields of an agent; its prompts may use parameters: {{ topic }}
    [workflow]                     as Workflow.from_table takes it; its input are the parameters: {{input.topic}}
    output = "{{steps.edit}}"      what it gives; the output of the last step if missing
    [[examples]]                   parameters that work

The file's name is the template's. An agent without a model asks the one that the template is told to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from llmspell.agents.fields import BY_SPELLING
from llmspell.config.own_folders import leads_out
from llmspell.config.read import NotTOML, read_text, read_toml
from llmspell.errors import ConfigError, InvalidParams
from llmspell.models.messages import Value
from llmspell.names import name_key
from llmspell.suggestions import did_you_mean
from llmspell.templates.workflow_template import WorkflowTemplate
from llmspell.tools.parameter_table import read_parameters
from llmspell.tools.validation import check_params

MAX_FILE_BYTES = 1024 * 1024
KEYS = (
    "description",
    "category",
    "version",
    "tags",
    "limits",
    "gives",
    "parameters",
    "agents",
    "workflow",
    "output",
    "examples",
)
_NO_FIELDS = {
    "name": "its key is its name",
    "api_key": "keys belong to the settings of the provider",
    "base_url": "servers belong to the settings",
    "headers": "headers belong to the settings",
    "handoffs": "a template's agents hand over by its workflow",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def read_template_file(path: Path) -> WorkflowTemplate:
    """Read a file. What is in its workflow is looked at when it runs.

    Raises:
        ConfigError: It is no template; the message names the file and the key, `details` have them.
    """
    if leads_out(path):
        raise _wrong(path, "", "the file is a link that leads out of its folder")
    text = read_text(str(path), "the template", "templates are UTF-8 text", MAX_FILE_BYTES)
    try:
        table: Mapping[str, Value] = read_toml(text)
    except NotTOML as problem:
        raise ConfigError(
            f"{path}:{problem.line}: not TOML: {problem.reason}", details={"file": str(path), "line": problem.line}
        ) from None
    except RecursionError:
        raise _wrong(path, "", "it is nested too deep") from None
    return template_of_table(name_key(path.stem), table, path)


def template_of_table(name: str, table: Mapping[str, Value], path: Path) -> WorkflowTemplate:
    """The template that a table describes. Raises as `read_template_file` does."""
    for key in table:
        if key not in KEYS:
            raise _wrong(
                path, key, "a template has no such key", did_you_mean(key[:100], KEYS) or f"it has {', '.join(KEYS)}"
            )
    texts = {it: _text(path, table, it) for it in ("description", "category", "version", "limits", "gives")}
    if not texts["description"].strip():
        raise _wrong(path, "description", "a template needs one, a line for people")
    workflow = table.get("workflow")
    if not isinstance(workflow, Mapping) or not workflow:
        raise _wrong(path, "workflow", "a template needs one", "for example [workflow] with [[workflow.steps]]")
    parameters = _parameters(path, table.get("parameters", {}))
    agents = _agents(path, table.get("agents", {}))
    if "output" in table:
        workflow = {**workflow, "output": table["output"]}
    made = WorkflowTemplate(
        name,
        texts["description"],
        parameters,
        workflow,
        agents=agents,
        category=texts["category"] or "own",
        version=texts["version"] or "1.0.0",
        tags=tuple(_texts(path, table, "tags")),
        examples=tuple(_tables(path, table, "examples")),
        limits=texts["limits"],
        gives=texts["gives"],
        origin=str(path),
    )
    for i, it in enumerate(made.examples):
        try:
            check_params(f"examples[{i}]", made.parameters, it)
        except InvalidParams as problem:
            raise _wrong(path, f"examples[{i}]", problem.message, problem.hint) from problem
    return made


def _parameters(path: Path, table: Value) -> Mapping[str, Value]:
    schema = read_parameters(table, partial(_wrong, path), _NAME)
    for name in ("model", "models"):
        if name in schema["properties"]:
            raise _wrong(path, f"parameters.{name}", "every template has it already")
    return schema


def _agents(path: Path, table: Value) -> Mapping[str, Mapping[str, Value]]:
    if not isinstance(table, Mapping):
        raise _wrong(path, "agents", "a table of agents is needed")
    found: dict[str, Mapping[str, Value]] = {}
    for name, fields in table.items():
        key = f"agents.{name}"
        if _NAME.fullmatch(name) is None:
            raise _wrong(path, key, "an agent's name has letters, digits, _ and -")
        if not isinstance(fields, Mapping):
            raise _wrong(path, key, "a table is needed, such as { system_prompt = … }")
        made: dict[str, Value] = {}
        for one, value in fields.items():
            field = BY_SPELLING.get(one)
            if field is None:
                raise _wrong(path, f"{key}.{one}", "an agent has no such field", did_you_mean(one[:100], BY_SPELLING))
            if field.name in _NO_FIELDS:
                raise _wrong(path, f"{key}.{one}", "an agent of a template cannot have it", _NO_FIELDS[field.name])
            made[field.name] = value
        found[name] = made
    return found


def _text(path: Path, table: Mapping[str, Value], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise _wrong(path, key, "a text is needed")
    return value


def _texts(path: Path, table: Mapping[str, Value], key: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(it, str) for it in value):
        raise _wrong(path, key, "a list of texts is needed")
    return value


def _tables(path: Path, table: Mapping[str, Value], key: str) -> list[Mapping[str, Value]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(it, Mapping) for it in value):
        raise _wrong(path, key, "a list of tables is needed")
    return value


def _wrong(path: Path, key: str, message: str, hint: str = "") -> ConfigError:
    where = f"{path}: {key}" if key else str(path)
    return ConfigError(f"{where}: {message}", hint=hint, details={"file": str(path), "key": key})
