"""Check the parameters of a tool call, fill in its defaults, and say in one sentence what is wrong.

Knows JSON Schema and nothing of particular tools. Plain schemas are checked by `simple_schema`; `jsonschema` is
imported for the others only. Schemas may carry annotations of ours: `x-aliases` (other names of a parameter),
`x-binary` (bytes are as good as a string), `x-flat` (on one object parameter: its fields may also stand beside it)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from llmspell.errors import InvalidParams
from llmspell.suggestions import did_you_mean
from llmspell.tools import simple_schema
from llmspell.tools.protocol import Value
from llmspell.tools.simple_schema import Violation, found_in_words, step

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

# What one check may take, in steps of some 0.2 µs. A schema and a value of a script's or a model's, neither of them
# large, can multiply to hours, and the host does nothing else meanwhile.
MAX_STEPS = 10_000_000
_STEPS_OF_A_KEYWORD = 40  # as the library checks one, beside what it compares with
_MAX_ERRORS = 1_000  # that are looked at to find the most telling


class Effort:
    """Counts the steps of one check."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def take(self, n_steps: int) -> None:
        """Count some.

        Raises:
            InvalidParams: It is too much (`too_much` in the details).
        """
        self._left -= n_steps
        if self._left < 0:
            raise InvalidParams(
                "there is too much in these values to check it against such a schema",
                hint="give fewer items, or a plainer schema",
                details={"path": "$", "too_much": True},
            )


def check_params(
    tool: str, schema: Mapping[str, Value], params: Value, *, is_simple: bool | None = None
) -> dict[str, Value]:
    """The parameters as the tool gets them: aliases resolved, defaults filled in, `3.0` made `3` for an integer.

    Args:
        tool: Its name, for messages.
        params: A table; None is an empty one. Not changed.
        is_simple: What `simple_schema.is_simple` says of the schema, where the caller knows it.

    Raises:
        InvalidParams: `details` hold `tool`, `path` (JSON path), `expected`, `found`, and `unknown` for a name.
    """
    if params is None:
        params = {}
    if not isinstance(params, Mapping):
        _refuse(tool, Violation("$", "a table of parameters", params))
    given = _resolve_aliases(tool, schema, dict(params))
    given = _gather_flat(tool, schema, given)
    effort = Effort()
    settled = filled_in(schema, given, effort)
    if is_simple is None:
        is_simple = simple_schema.is_simple(schema)
    found = simple_schema.first_violation(schema, settled) if is_simple else None
    violation = found if is_simple else next(_violations_by_library(schema, settled, effort), None)
    if violation is not None:
        if violation.unknown and violation.path.count(".") == 1:
            violation = replace(violation, known=(*violation.known, *_flat_names(schema)))
        _refuse(tool, violation)
    filled: dict[str, Value] = settled
    return filled


def violations(schema: Mapping[str, Value], value: Value, effort: Effort | None = None) -> Iterator[Violation]:
    """What is wrong with a value, most telling first; at most one for plain schemas.

    Args:
        effort: Where several checks together may take only so long.

    Raises:
        InvalidParams: It takes too long to find out.
    """
    if simple_schema.is_simple(schema):
        found = simple_schema.first_violation(schema, value)
        if found is not None:
            yield found
        return
    yield from _violations_by_library(schema, value, effort or Effort())


def sentence_of(violation: Violation) -> str:
    """The violation in words, without the subject: `$.days must be an integer, not a string ("x")`."""
    if violation.unknown:
        return f"{violation.path} is not a known field"
    if violation.missing:
        return f"{violation.path} is missing, {violation.expected} is needed"
    if violation.expected.startswith(("at least", "at most")):
        unit = "" if violation.value is None or " not " in violation.expected else f", not {_brief(violation.value)}"
        return f"{violation.path} must be {violation.expected}{unit}"
    if violation.expected.startswith("one of "):
        return f"{violation.path} must be {violation.expected}, not {simple_schema.shown(violation.value)}"
    return f"{violation.path} must be {violation.expected}, not {found_in_words(violation.value)}"


def _refuse(tool: str, violation: Violation) -> NoReturn:
    details: dict[str, object] = {"tool": tool, "path": violation.path}
    hint = ""
    if violation.unknown:
        details["unknown"] = violation.unknown
        message = f'{tool} has no parameter "{violation.unknown[:60]}"'
        if violation.path.count(".") > 1:
            message += f" at {violation.path}"
        hint = did_you_mean(violation.unknown[:100], violation.known)
        if not hint:
            hint = f"it takes {', '.join(violation.known)}" if violation.known else "it takes none"
    else:
        message = f"{tool}: {sentence_of(violation)}"
        details["expected"] = violation.expected
        if not violation.missing:
            details["found"] = found_in_words(violation.value)
            if isinstance(violation.value, str) and violation.expected.startswith("one of "):
                choices = [it.strip('"') for it in violation.expected.removeprefix("one of ").split(", ")]
                hint = did_you_mean(violation.value[:100], choices)
    raise InvalidParams(message, hint=hint, details=details)


def _brief(value: Value) -> str:
    return str(len(value)) if isinstance(value, str | bytes | list) else simple_schema.shown(value)


def _resolve_aliases(
    tool: str, schema: Mapping[str, Value], given: dict[str, Value], path: str = "$"
) -> dict[str, Value]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return given
    for name, inner in properties.items():
        for alias in _aliases(inner):
            if alias not in given or alias in properties:
                continue
            if name in given:
                raise InvalidParams(
                    f'{tool}: "{alias}" and "{name}" are the same parameter and both are given',
                    hint=f"give {name} alone",
                    details={"tool": tool, "path": step(path, alias), "unknown": alias},
                )
            given[name] = given.pop(alias)
    return given


def _gather_flat(tool: str, schema: Mapping[str, Value], given: dict[str, Value]) -> dict[str, Value]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return given
    for name, inner in properties.items():
        fields = _flat_fields(inner)
        if not fields:
            continue
        inner_names = {*fields, *(alias for it in fields.values() for alias in _aliases(it))}
        beside = [it for it in given if it not in properties and it in inner_names]
        within = given.get(name)
        if not isinstance(within, Mapping | None):
            # That is the mistake to speak of.
            given = {it: value for it, value in given.items() if it not in beside}
            continue
        gathered = dict(within or {})
        for it in beside:
            # What stands in the table itself wins; the two hardly ever differ.
            gathered.setdefault(it, given.pop(it))
        if gathered:
            given[name] = _resolve_aliases(tool, inner, gathered, step("$", name))
    return given


def _flat_names(schema: Mapping[str, Value]) -> Iterator[str]:
    for inner in schema.get("properties", {}).values():
        yield from _flat_fields(inner)


def _flat_fields(inner: object) -> Mapping[str, Value]:
    """The fields of a parameter that may stand beside it: none where it has no `x-flat`. A script may write anything
    under a name of ours."""
    fields = inner.get("properties") if isinstance(inner, Mapping) and inner.get("x-flat") else None
    return fields if isinstance(fields, Mapping) else {}


def _aliases(inner: object) -> Iterator[str]:
    found = inner.get("x-aliases") if isinstance(inner, Mapping) else None
    return (it for it in (found if isinstance(found, list | tuple) else ()) if isinstance(it, str))


def filled_in(schema: object, value: Value, effort: Effort) -> Value:
    """A copy with defaults, `3.0` as `3` where an integer is asked for, and an empty table as an empty list.

    Raises:
        InvalidParams: It takes too long.
    """
    if not isinstance(schema, Mapping):
        return value
    kind = schema.get("type")
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    # Lua cannot say whether an empty table is a list.
    if (kind == "array" or kind == ["array", "string"]) and isinstance(value, Mapping) and not value:
        return []
    if isinstance(value, tuple):
        value = list(value)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, Mapping):
        effort.take(len(value))
        return [filled_in(items, it, effort) for it in value]
    properties = schema.get("properties")
    if not isinstance(value, Mapping) or not isinstance(properties, Mapping):
        return value
    effort.take(len(value) + len(properties))
    # nil is absent: a field that is given as nothing counts as not given, unless it may be null.
    settled = {
        name: filled_in(properties.get(name), it, effort)
        for name, it in value.items()
        if it is not None or _may_be_null(properties.get(name))
    }
    for name, inner in properties.items():
        if name not in settled and isinstance(inner, Mapping) and "default" in inner:
            settled[name] = _copied(inner["default"], effort)
    return settled


def _copied(value: Value, effort: Effort) -> Value:
    effort.take(5)
    if isinstance(value, Mapping):
        return {key: _copied(it, effort) for key, it in value.items()}
    return [_copied(it, effort) for it in value] if isinstance(value, list | tuple) else value


def _may_be_null(schema: object) -> bool:
    if not isinstance(schema, Mapping) or "type" not in schema:
        return True
    asked = schema["type"]
    return asked == "null" or (not isinstance(asked, str) and "null" in asked)


def _violations_by_library(schema: Mapping[str, Value], value: Value, effort: Effort) -> Iterator[Violation]:
    # Late: 60 ms that plain schemas do not need.
    from jsonschema.exceptions import best_match, relevance
    from jsonschema.validators import Draft202012Validator, extend
    from referencing.jsonschema import EMPTY_REGISTRY

    by_library: Mapping[str, _Keyword] = Draft202012Validator.VALIDATORS
    by_type = by_library["type"]

    def type_or_binary(validator: Value, types: Value, instance: Value, inner: Value) -> Iterator[ValidationError]:
        if not (isinstance(instance, bytes) and inner.get("x-binary") is True):
            yield from by_type(validator, types, instance, inner) or ()

    def counted(check: _Keyword) -> _Keyword:
        def check_and_count(
            validator: Value, rule: Value, instance: Value, inner: Value
        ) -> Iterator[ValidationError] | None:
            effort.take(_STEPS_OF_A_KEYWORD + (3 * len(rule) if isinstance(rule, list | tuple | dict) else 0))
            return check(validator, rule, instance, inner)

        return check_and_count

    keywords = {name: counted(it) for name, it in {**by_library, "type": type_or_binary}.items()}
    # An empty registry: the default one would fetch a `$ref` from the network.
    counting = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]  # the stubs'
    checker = counting(schema, registry=EMPTY_REGISTRY)
    errors = sorted(itertools.islice(checker.iter_errors(value), _MAX_ERRORS), key=relevance, reverse=True)
    if errors:
        first = best_match(iter(errors))
        yield _violation_of(first)
        yield from (_violation_of(it) for it in errors if it is not first)


_Keyword: TypeAlias = Callable[[Value, Value, Value, Value], "Iterator[ValidationError] | None"]


def _violation_of(error: ValidationError) -> Violation:
    path = "$"
    for it in error.absolute_path:
        path = f"{path}[{it}]" if isinstance(it, int) else step(path, it)
    inner: Mapping[str, Value] = error.schema if isinstance(error.schema, Mapping) else {}
    properties: Mapping[str, Value] = inner.get("properties", {})
    value: Value = error.instance
    match error.validator:
        case "type":
            return Violation(path, simple_schema.type_in_words(inner), error.instance)
        case "enum":
            choices = ", ".join(simple_schema.shown(it) for it in inner["enum"])
            return Violation(path, f"one of {choices}", error.instance)
        case "required":
            missing = next(name for name in inner["required"] if name not in value)
            return Violation(step(path, missing), "a value", missing=missing, known=tuple(properties))
        case "additionalProperties" if inner["additionalProperties"] is False:
            unknown = next(name for name in value if name not in properties)
            return Violation(step(path, unknown), "", unknown=unknown, known=tuple(properties))
        case _:
            rule = simple_schema.shown(error.validator_value)
            return Violation(path, f"valid by {error.validator} ({rule})", error.instance)
