"""Make a JSON Schema of the ways in which a script may describe its tool's parameters.

    {city = "string", days = {type = "integer", default = 3}}             a table; `required = false` makes one optional
    {{name = "city", type = "string", required = true}, …}                a list of the same
    {type = "object", properties = {…}, required = {…}}                   JSON Schema, Draft 2020-12

A parameter is required unless it has a default, says `required = false`, or its type ends in `?`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from llmspell.errors import BadArgument
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Value
from llmspell.tools.simple_schema import TYPES, found_in_words, is_simple, step

# The words that Lua and Python programmers use, beside JSON Schema's own.
_TYPE_WORDS: dict[str, Mapping[str, Value]] = {
    **{name: {"type": name} for name in TYPES},
    "any": {},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "x-binary": True},
    "dict": {"type": "object"},
    "float": {"type": "number"},
    "int": {"type": "integer"},
    "list": {"type": "array"},
    "map": {"type": "object"},
    "str": {"type": "string"},
    "table": {"type": "object"},
}

_SCHEMA_KEYWORDS = frozenset(
    {
        "$schema",
        "$id",
        "$defs",
        "$comment",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "dependentRequired",
        "dependentSchemas",
        "default",
        "examples",
        "enum",
        "const",
        "deprecated",
    }
)

# A schema of a script's is run on the host, outside the run's limits. These could be made to run for ever
# (backtracking patterns, references that fan out, comparing all with all), so they are refused in one.
_UNBOUNDED = frozenset(
    {
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "pattern",
        "patternProperties",
        "uniqueItems",
        "unevaluatedProperties",
        "unevaluatedItems",
    }
)

# What stands below a keyword, where it is neither a schema nor a list of them.
_HOLDS = {
    **dict.fromkeys(("properties", "$defs", "definitions", "dependentSchemas", "dependentRequired"), "names"),
    **dict.fromkeys(("default", "examples", "enum", "const"), "data"),
}

_MAX_DEPTH = 32
_MAX_NODES = 5_000


def schema_of(parameters: Value) -> dict[str, Value]:
    """The JSON Schema of an object.

    Args:
        parameters: One of the three forms; None or an empty table accepts any parameters.

    Raises:
        BadArgument: It is none of them; `details.path` says where.
    """
    if parameters is None or (isinstance(parameters, Mapping | list | tuple) and not parameters):
        return {"type": "object"}
    if isinstance(parameters, Mapping):
        schema = dict(parameters) if _is_schema(parameters) else _of_table(parameters)
    elif isinstance(parameters, list | tuple):
        schema = _of_list(parameters)
    else:
        raise _not_a_schema("$", f"parameters must be a table or a list, not {found_in_words(parameters)}")
    schema.setdefault("type", "object")
    if schema["type"] != "object":
        raise _not_a_schema("$.type", f'the schema of a tool must be of type "object", not {schema["type"]!r}')
    check_script_schema(schema)
    return schema


def check_script_schema(schema: Value, path: str = "$") -> None:
    """Refuse what is no JSON Schema, and what would take unbounded time to check against.

    Raises:
        BadArgument: `details.path` says where.
    """
    if not isinstance(schema, Mapping | bool):
        raise _not_a_schema(path, f"a schema must be a table, not {found_in_words(schema)}")
    _refuse_unbounded(schema, path, [0])
    if is_simple(schema):
        return
    from jsonschema import Draft202012Validator  # late: plain schemas do not need it
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if error is not None:
        for it in error.absolute_path:
            path = f"{path}[{it}]" if isinstance(it, int) else step(path, str(it))
        raise _not_a_schema(path, f"the schema is not valid at {path}: {found_in_words(error.instance)} is not allowed")


def _is_schema(parameters: Mapping[str, Value]) -> bool:
    if isinstance(parameters.get("properties"), Mapping) and parameters.get("type", "object") == "object":
        return True
    if parameters.get("type") == "object" or "$schema" in parameters:
        return set(parameters) <= _SCHEMA_KEYWORDS
    return any(isinstance(parameters.get(it), list | tuple) for it in ("allOf", "anyOf", "oneOf"))


def _of_table(parameters: Mapping[str, Value]) -> dict[str, Value]:
    return _of_rows((str(name), it, step("$", str(name))) for name, it in parameters.items())


def _of_list(parameters: list[Value] | tuple[Value, ...]) -> dict[str, Value]:
    rows: list[tuple[str, Value, str]] = []
    for i, row in enumerate(parameters):
        path = f"$[{i}]"
        if not isinstance(row, Mapping) or not isinstance(row.get("name"), str) or not row["name"]:
            raise _not_a_schema(path, f"a parameter in a list must be a table with a name, not {found_in_words(row)}")
        if any(row["name"] == name for name, _, _ in rows):
            raise _not_a_schema(path, f'the parameter "{row["name"]}" is there twice')
        rows.append((row["name"], {key: it for key, it in row.items() if key != "name"}, path))
    return _of_rows(rows)


def _of_rows(rows: Iterable[tuple[str, Value, str]]) -> dict[str, Value]:
    properties: dict[str, Value] = {}
    required: list[str] = []
    for name, it, path in rows:
        properties[name], is_required = _of_parameter(it, path)
        if is_required:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _of_parameter(it: Value, path: str) -> tuple[dict[str, Value], bool]:
    if isinstance(it, str):
        return _of_type_word(it, path)
    if not isinstance(it, Mapping):
        raise _not_a_schema(path, f"a parameter must be a type's name or a table, not {found_in_words(it)}")
    schema = dict(it)
    wanted = schema.get("required")
    is_required = "default" not in schema
    # On an object, `required` may be JSON Schema's own list of its fields; then it is left alone.
    if isinstance(wanted, bool):
        is_required = wanted
        del schema["required"]
    if schema.pop("optional", None) is True:
        is_required = False
    asked = schema.get("type")
    if isinstance(asked, str):
        word, word_required = _of_type_word(asked, step(path, "type"))
        schema.pop("type")
        schema = {**word, **schema}
        is_required = is_required and word_required
    return schema, is_required


def _of_type_word(word: str, path: str) -> tuple[dict[str, Value], bool]:
    name = word.removesuffix("?")
    if name not in _TYPE_WORDS:
        raise _not_a_schema(path, f'"{word[:60]}" is not a type', hint=did_you_mean(name[:60], _TYPE_WORDS))
    return dict(_TYPE_WORDS[name]), name == word


def _refuse_unbounded(value: Value, path: str, n_nodes: list[int], holds: str = "schema", depth: int = 0) -> None:
    """Refuse keywords that could run for ever, wherever a schema may stand.

    Args:
        holds: What the value is: a schema or a list of them, a table of schemas by names that are no keywords, or data.
    """
    n_nodes[0] += 1
    if depth > _MAX_DEPTH or n_nodes[0] > _MAX_NODES:
        raise _not_a_schema(path, f"the schema is too large, more than {_MAX_DEPTH} levels or {_MAX_NODES} parts")
    if isinstance(value, Mapping):
        for key, it in value.items():
            if holds == "schema" and key in _UNBOUNDED:
                raise _not_a_schema(step(path, key), f'"{key}" is not supported in a script\'s schema')
            inner = _HOLDS.get(key, "schema") if holds == "schema" else "schema" if holds == "names" else "data"
            _refuse_unbounded(it, step(path, str(key)), n_nodes, inner, depth + 1)
    elif isinstance(value, list | tuple):
        for i, it in enumerate(value):
            _refuse_unbounded(it, f"{path}[{i}]", n_nodes, holds, depth + 1)


def _not_a_schema(path: str, message: str, hint: str = "") -> BadArgument:
    return BadArgument(message, hint=hint, details={"path": path})
