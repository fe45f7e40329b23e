"""State as lines of JSON that any program reads, with what JSON has no word for kept.

    {"llmspell_state": 1}
    {"scope": "user:1", "version": 2}
    {"scope": "user:1", "key": "name", "value": "Ada"}

In values `{"$bytes": "…base64…"}` are bytes, `{"$float": "NaN"}` (Infinity, -Infinity) and `{"$int": "0x…"}` numbers
that JSON or most of its readers cannot have, and `{"$map": {…}}` a map whose only key looks like one of these."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llmspell.errors import BadArgument
from llmspell.state.packing import Value
from llmspell.state.scopes import check_key, normal_scope

FORMAT = 1
_SAFE = 2**53  # beyond it many readers of JSON lose digits
_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_WORDS = ("$bytes", "$float", "$int", "$map")


@dataclass(frozen=True, slots=True)
class Line:
    """A value of a key, or, where there is no key, the version of a scope."""

    scope: str
    key: str | None
    value: Value


def to_portable(value: Value) -> Value:
    """The value in what JSON can say."""
    match value:
        case bool() | None | str():
            return value
        case int():
            return value if -_SAFE <= value <= _SAFE else {"$int": hex(value)}
        case float():
            if math.isfinite(value):
                return value
            return {"$float": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
        case bytes():
            return {"$bytes": base64.b64encode(value).decode()}
        case list() | tuple():
            return [to_portable(it) for it in value]
        case _:
            made = {str(key): to_portable(it) for key, it in value.items()}
            return {"$map": made} if len(made) == 1 and next(iter(made)) in _WORDS else made


def from_portable(value: Value) -> Value:
    """The value that `to_portable` has made something of.

    Raises:
        BadArgument: It has not.
    """
    match value:
        case list():
            return [from_portable(it) for it in value]
        case dict() if len(value) == 1 and next(iter(value)) in _WORDS:
            ((word, told),) = value.items()
            return _said(word, told)
        case dict():
            return {key: from_portable(it) for key, it in value.items()}
    return value


def _said(word: str, told: Value) -> Value:
    try:
        match word, told:
            case "$bytes", str():
                return base64.b64decode(told, validate=True)
            case "$float", str() if told in _FLOATS:
                return _FLOATS[told]
            case "$int", str():
                return int(told, 16) if "x" in told.lower() else int(told)
            case "$map", dict():
                return {key: from_portable(it) for key, it in told.items()}
    except (ValueError, binascii.Error):
        pass
    raise BadArgument(f"{word} with {str(told)[:60]!r} is no value", hint='see `{"$bytes": "…"}` in the guide to state')


def write_lines(lines: Iterable[Line]) -> Iterator[str]:
    """The text of an export, line by line, each with its newline."""
    yield json.dumps({"llmspell_state": FORMAT}) + "\n"
    for it in lines:
        if it.key is None:
            yield json.dumps({"scope": it.scope, "version": it.value}) + "\n"
            continue
        head = json.dumps({"scope": it.scope, "key": it.key})
        # Sorted, so that the same state is the same text; in the store a map has the order in which it was made.
        value = json.dumps(to_portable(it.value), allow_nan=False, sort_keys=True)
        yield f'{head[:-1]}, "value": {value}}}\n'


def read_lines(texts: Iterable[str]) -> list[Line]:
    """What an export says; blank lines say nothing.

    Raises:
        BadArgument: With the number of the line that is none.
    """
    found: list[Line] = []
    is_export = False
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        try:
            fields = json.loads(text)
            if not isinstance(fields, dict):
                raise BadArgument("no JSON object")
            if "llmspell_state" in fields:
                if fields["llmspell_state"] != FORMAT:
                    raise BadArgument("written by a newer llmspell")
                is_export = True
                continue
            found.append(_line(fields))
        except json.JSONDecodeError as error:
            raise BadArgument(f"line {number} is not JSON: {error.msg.lower()}, column {error.colno}") from None
        except RecursionError:
            raise BadArgument(f"line {number} is nested too deeply") from None
        except ValueError as error:
            raise BadArgument(f"line {number} is not JSON: {str(error)[:100]}") from None
        except BadArgument as error:
            raise BadArgument(f"line {number}: {error.message}", hint=error.hint) from None
    if not is_export:
        raise BadArgument("this is no export of state", hint='it begins with {"llmspell_state": 1}')
    return found


def _line(fields: dict[str, Value]) -> Line:
    scope = fields.get("scope")
    if not isinstance(scope, str):
        raise BadArgument("there is no scope")
    if "key" not in fields:
        version = fields.get("version")
        is_version = isinstance(version, int) and not isinstance(version, bool) and version > 0
        if not is_version or fields.keys() != {"scope", "version"}:
            raise BadArgument("neither a key with a value, nor a version")
        return Line(normal_scope(scope), None, version)
    if fields.keys() != {"scope", "key", "value"}:
        raise BadArgument("a line has scope, key and value")
    return Line(normal_scope(scope), check_key(fields["key"]), from_portable(fields["value"]))
