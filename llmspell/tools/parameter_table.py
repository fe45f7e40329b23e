"""The table `[parameters]` in a template's file, as the JSON Schema of an object.

A parameter is a table of JSON Schema; its type is that of its default, and without either it is a string. Without a
default it is required, unless it says `required = false`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from llmspell.errors import BadArgument, LLMSpellError
from llmspell.tools.protocol import Value
from llmspell.tools.schema_of import schema_of
from llmspell.tools.validation import sentence_of, violations

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset({"self", "loop"})  # Jinja has given them a meaning
_TYPES = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}

# Makes an error of a key of the file, a message and a hint.
Wrong = Callable[[str, str, str], LLMSpellError]


def schema_of_parameters(table: Mapping[str, Value]) -> dict[str, Value]:
    """The schema, of a table of which nothing else is checked.

    Raises:
        BadArgument: A parameter's schema is none; `details.path` says where.
    """
    if not table:
        return {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    described = {
        key: {"type": _TYPES.get(type(it.get("default")), "string"), **it} if isinstance(it, Mapping) else it
        for key, it in table.items()
    }
    return schema_of(described)


def read_parameters(table: Value, wrong: Wrong, name: re.Pattern[str] = NAME) -> dict[str, Value]:
    """The schema, of a file that somebody has written.

    Args:
        wrong: Makes the error of whatever is wrong; its keys begin with `parameters`.
        name: What a parameter may be called.
    """
    if not isinstance(table, Mapping):
        raise wrong("parameters", "a table of parameters is needed", "")
    for key, it in table.items():
        if name.fullmatch(key) is None or key in _RESERVED:
            message = "a parameter's name has letters, digits and _, and is not self or loop"
            raise wrong(f"parameters.{key}", message, "")
        if not isinstance(it, Mapping):
            raise wrong(f"parameters.{key}", "a table is needed, such as { default = 3 }", "")
    try:
        schema = schema_of_parameters(table)
    except BadArgument as problem:
        at = str(problem.details.get("path", "$")).replace("$", "parameters", 1)
        raise wrong(at, problem.message, problem.hint) from problem
    for key, it in schema["properties"].items():
        found = next(violations(it, it["default"]), None) if "default" in it else None
        if found is not None:
            raise wrong(f"parameters.{key}.default", sentence_of(found), "")
    return schema
