"""Check a value against the plain part of JSON Schema that nearly every tool uses, without a library.

`is_simple` says whether a schema is of that part (and well formed); for those `first_violation` gives the same verdict
as Draft 2020-12. The rest is for `jsonschema` (see `validation`). Two annotations of ours are understood, `x-binary`
(bytes are as good as a string) and, by `validation`, `x-aliases`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmspell.tools.protocol import Value

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")

_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "$schema", "$comment", "deprecated"})
_COUNTS = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
_BOUNDS = frozenset({"minimum", "maximum"})
_MAX_CHOICES = 100  # of an enum; longer ones are checked where it is counted how long that takes


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with a value. `unknown` and `known` are set where it is a field's name."""

    path: str
    expected: str
    value: Value = None
    missing: str = ""
    unknown: str = ""
    known: tuple[str, ...] = ()


def is_simple(schema: object) -> bool:
    """Whether `first_violation` understands all of this schema."""
    if not isinstance(schema, Mapping):
        return False
    return all(_keyword_is_simple(key, value) for key, value in schema.items())


def first_violation(schema: Mapping[str, Value], value: Value, path: str = "$") -> Violation | None:
    """The first thing that is wrong, outermost first; None when the value is valid.

    Args:
        schema: One for which `is_simple` holds.
    """
    if "type" in schema and not _has_type(schema, value):
        return Violation(path, type_in_words(schema), value)
    if "enum" in schema and not (value in schema["enum"] and any(_same(value, it) for it in schema["enum"])):
        return Violation(path, f"one of {', '.join(shown(it) for it in schema['enum'])}", value)
    match value:
        case str() | bytes():
            return _length_violation(schema, value, path, "minLength", "maxLength", "characters")
        case bool():
            return None
        case int() | float():
            return _bound_violation(schema, value, path)
        case list() | tuple():
            return _length_violation(schema, value, path, "minItems", "maxItems", "items") or _item_violation(
                schema, value, path
            )
        case dict():
            return _object_violation(schema, value, path)
        case _:
            return None


def type_in_words(schema: Mapping[str, Value]) -> str:
    """`a string`, `a number or null`, … for messages."""
    asked = schema["type"]
    names = [asked] if isinstance(asked, str) else list(asked)
    return " or ".join(_with_article(name) for name in names)


def found_in_words(value: Value) -> str:
    """`a number (3)`, `a list of 2`, … for messages; long values are cut."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"a boolean ({shown(value)})"
        case int():
            return f"an integer ({shown(value)})"
        case float():
            return f"a number ({shown(value)})"
        case str():
            return f"a string ({shown(value)})"
        case bytes():
            return f"binary data of {len(value)} bytes"
        case list() | tuple():
            return f"a list of {len(value)}"
        case dict():
            names = [str(it)[:20] for it in itertools.islice(value, 4)]
            return f"a table with {', '.join(names)}" if names else "an empty table"
        case _ if callable(value):
            return "a function"
        case _:
            name = type(value).__name__
            return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def shown(value: Value) -> str:
    """A value as it would be written, at most 60 characters of it."""
    match value:
        case bool():
            text = "true" if value else "false"
        case str():
            # Cut first: the value may be megabytes.
            text = '"' + value[:61].replace("\n", "\\n") + '"'
        case int() if value.bit_length() > 256:
            text = f"an integer of {value.bit_length()} bits"
        case None:
            text = "null"
        case dict() | list():
            text = json.dumps(value, default=str)
        case _:
            text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _keyword_is_simple(key: str, value: object) -> bool:
    if key in _ANNOTATIONS or key.startswith("x-"):
        return True
    match key:
        case "type":
            names = [value] if isinstance(value, str) else value
            return isinstance(names, list | tuple) and 0 < len(names) <= len(TYPES) and all(it in TYPES for it in names)
        case "enum":
            if not isinstance(value, list | tuple) or len(value) > _MAX_CHOICES:
                return False
            return all(isinstance(it, str | int | float | None) for it in value)
        case "properties":
            return isinstance(value, Mapping) and all(isinstance(k, str) and is_simple(v) for k, v in value.items())
        case "required":
            return isinstance(value, list | tuple) and all(isinstance(it, str) for it in value)
        case "additionalProperties":
            return isinstance(value, bool) or is_simple(value)
        case "items":
            return is_simple(value)
        case _ if key in _COUNTS:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case _ if key in _BOUNDS:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return False


def _has_type(schema: Mapping[str, Value], value: Value) -> bool:
    asked = schema["type"]
    names: Sequence[str] = (asked,) if isinstance(asked, str) else asked
    if "string" in names and isinstance(value, bytes) and schema.get("x-binary") is True:
        return True
    return any(_is(name, value) for name in names)


def _is(name: str, value: Value) -> bool:
    match name:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "integer":
            # 3.0 is an integer in Draft 2020-12, and Lua makes such numbers easily.
            return not isinstance(value, bool) and (
                isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            )
        case _:
            return isinstance(value, int | float) and not isinstance(value, bool)


def _same(one: Value, other: Value) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _length_violation(
    schema: Mapping[str, Value], value: str | bytes | Sequence[Value], path: str, least: str, most: str, unit: str
) -> Violation | None:
    if least in schema and len(value) < schema[least]:
        wanted = unit if schema[least] != 1 else unit.removesuffix("s")
        return Violation(path, f"at least {schema[least]} {wanted}", value)
    if most in schema and len(value) > schema[most]:
        return Violation(path, f"at most {schema[most]} {unit}, not {len(value)}", value)
    return None


def _bound_violation(schema: Mapping[str, Value], value: int | float, path: str) -> Violation | None:
    # Written as jsonschema does, so that NaN, which compares with nothing, is judged alike.
    if "minimum" in schema and value < schema["minimum"]:
        return Violation(path, f"at least {schema['minimum']}", value)
    if "maximum" in schema and value > schema["maximum"]:
        return Violation(path, f"at most {schema['maximum']}", value)
    return None


def _item_violation(schema: Mapping[str, Value], value: Sequence[Value], path: str) -> Violation | None:
    items = schema.get("items")
    if items is None:
        return None
    found = (first_violation(items, it, f"{path}[{i}]") for i, it in enumerate(value))
    return next((it for it in found if it is not None), None)


def _object_violation(schema: Mapping[str, Value], value: Mapping[str, Value], path: str) -> Violation | None:
    properties: Mapping[str, Value] = schema.get("properties", {})
    extra = schema.get("additionalProperties", True)
    # An unknown name before a missing one: it is most often the missing one, misspelt.
    if extra is False:
        unknown = next((name for name in value if name not in properties), None)
        if unknown is not None:
            return Violation(step(path, unknown), "", value[unknown], unknown=unknown, known=tuple(properties))
    for name in schema.get("required", ()):
        if name not in value:
            expected = type_in_words(properties[name]) if "type" in properties.get(name, {}) else "a value"
            return Violation(step(path, name), expected, missing=name, known=tuple(properties))
    for name, it in value.items():
        inner = properties.get(name, extra)
        if isinstance(inner, Mapping) and (found := first_violation(inner, it, step(path, name))) is not None:
            return found
    return None


def step(path: str, name: str) -> str:
    """The JSON path of a field below `path`."""
    plain = name.replace("_", "a").replace("-", "a")
    return f"{path}.{name}" if plain.isalnum() and plain.isascii() else f"{path}[{shown(name)}]"


def _with_article(name: str) -> str:
    match name:
        case "null":
            return "null"
        case "array":
            return "a list"
        case "object":
            return "a table"
        case "integer":
            return "an integer"
        case _:
            return f"a {name}"
