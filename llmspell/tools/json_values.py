"""The JSON processor's work on values: read, find by path, merge, compare. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn

from llmspell.errors import ToolFailed
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Value

MAX_DEPTH = 500
MAX_DIFFERENCES = 10_000

# A step of a path: .name, [0], ["any name"], or * and [*] for all.
_STEP = re.compile(
    r"""\.?\[\s*(?:(?P<index>-?\d+)|(?P<all>\*)|(?P<quoted>"(?:[^"\\]|\\.)*"|'[^']*'))\s*\]|\.?(?P<name>[^.\[\]]+)"""
)


def parse(text: str) -> Value:
    """The value of a JSON text; NaN and Infinity are not JSON.

    Raises:
        ToolFailed: invalid_json with line and column in its details, or too_deep.
        UnicodeEncodeError: A text in it is half of a character; `ToolRegistry.execute` translates that.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ToolFailed(
            f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} at line {error.lineno}, column {error.colno}",
            code="invalid_json",
            details={"line": error.lineno, "column": error.colno, "offset": error.pos},
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise ToolFailed("not JSON: a number with too many digits", code="invalid_json") from error
    refuse_depth(value)
    if "\\ud" in text or "\\uD" in text:
        # Half of a character may be written as an escape, but nobody could take it: an error here, not later.
        dump(value).encode()
    return value


def refuse_depth(value: Value) -> None:
    """Refuse what is nested so deeply that other readers could not follow.

    Raises:
        ToolFailed: too_deep.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [it for inner in level if isinstance(inner, dict | list) for it in _inner(inner)]
        if not level:
            return
    raise _too_deep()


def dump(value: Value, *, indent: int | None = None, sort_keys: bool = False, ascii_only: bool = False) -> str:
    """The JSON text of a value; compact unless indented.

    Raises:
        ToolFailed: not_json, for bytes, NaN and infinities.
    """
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        return json.dumps(
            value, indent=indent, sort_keys=sort_keys, separators=separators, ensure_ascii=ascii_only, allow_nan=False
        )
    except (TypeError, ValueError) as error:
        what = "binary data" if "bytes" in str(error) else "NaN or an infinity" if "range" in str(error) else "a value"
        raise ToolFailed(f"{what} cannot be written as JSON", code="not_json") from error


def steps_of(path: str) -> list[str | int | None]:
    """The steps of a path such as `a.b[0]["c d"]`, `$.items[*].name` or `/a/0` (JSON Pointer); None means all.

    Raises:
        ToolFailed: bad_path.
    """
    if path.startswith("/"):
        return [it.replace("~1", "/").replace("~0", "~") for it in path[1:].split("/")]
    rest = path.removeprefix("$").strip()
    if rest in ("", "."):
        return []
    steps: list[str | int | None] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            raise ToolFailed(
                f'"{path[:80]}" is not a path near character {at + 1 + len(path) - len(rest)}',
                code="bad_path",
                hint='such as users[0].name, or ["a key with dots"]',
            )
        steps.append(_step_of(match))
        at = match.end()
    return steps


def get(value: Value, path: str) -> tuple[bool, Value]:
    """Whether a path leads somewhere, and where to. With `*` it is a list of all that have the rest of the path."""
    return _walk(value, steps_of(path))


def missing(value: Value, path: str) -> ToolFailed:
    """The error for a path that leads nowhere; names the last place that is there."""
    here = value
    walked = "$"
    for it in steps_of(path):
        found, inner = _walk(here, [it])
        if not found or it is None:
            known = [str(key) for key in here] if isinstance(here, dict) else []
            what = f"a list of {len(here)}" if isinstance(here, list) else "no table" if not known else "no such key"
            hint = did_you_mean(str(it), known)
            details = {"path": path, "found": walked}
            return ToolFailed(
                f'"{path[:80]}" leads nowhere, {walked} has {what}', code="path_not_found", hint=hint, details=details
            )
        here, walked = inner, f"{walked}[{it}]" if isinstance(it, int) else f"{walked}.{it}"
    return ToolFailed(f'"{path[:80]}" leads nowhere', code="path_not_found", details={"path": path})


def merge(one: Value, other: Value) -> Value:
    """Both, the second winning: tables are merged in depth, all else is replaced."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    return {**one, **{key: merge(one[key], it) if key in one else it for key, it in other.items()}}


def differences(one: Value, other: Value, path: str = "") -> Iterator[dict[str, Value]]:
    """What must be done to the first to get the second, as operations of JSON Patch (RFC 6902) with the old values."""
    if isinstance(one, dict) and isinstance(other, dict):
        # Sorted: a Lua table has no order of its own, and the answer must not change from run to run.
        for key in sorted(one):
            inner = f"{path}/{_escaped(key)}"
            if key in other:
                yield from differences(one[key], other[key], inner)
            else:
                yield {"op": "remove", "path": inner, "old": one[key]}
        for key in sorted(other):
            if key not in one:
                yield {"op": "add", "path": f"{path}/{_escaped(key)}", "value": other[key]}
    elif isinstance(one, list) and isinstance(other, list):
        shared = min(len(one), len(other))
        for i in range(shared):
            yield from differences(one[i], other[i], f"{path}/{i}")
        # From the end, so that each index still holds when its turn comes.
        for i in range(len(one) - 1, shared - 1, -1):
            yield {"op": "remove", "path": f"{path}/{i}", "old": one[i]}
        for i in range(shared, len(other)):
            yield {"op": "add", "path": f"{path}/{i}", "value": other[i]}
    elif isinstance(one, bool) != isinstance(other, bool) or one != other:
        yield {"op": "replace", "path": path, "value": other, "old": one}


def _walk(value: Value, steps: list[str | int | None]) -> tuple[bool, Value]:
    for i, it in enumerate(steps):
        if it is None:
            if not isinstance(value, dict | list):
                return False, None
            found = (_walk(inner, steps[i + 1 :]) for inner in _inner(value))
            return True, [inner for is_there, inner in found if is_there]
        if isinstance(value, Mapping) and str(it) in value:
            value = value[str(it)]
        elif isinstance(value, list) and (index := _index(it)) is not None and -len(value) <= index < len(value):
            value = value[index]
        else:
            return False, None
    return True, value


def _index(it: str | int) -> int | None:
    if isinstance(it, int):
        return it
    return int(it) if it.isascii() and it.isdigit() and len(it) < 10 else None


def _step_of(match: re.Match[str]) -> str | int | None:
    if match["index"] is not None:
        return int(match["index"][:10])
    if match["all"] is not None or match["name"] == "*":
        return None
    if match["quoted"] is not None:
        quoted = match["quoted"]
        return str(parse(quoted)) if quoted[0] == '"' else quoted[1:-1]
    return match["name"]


def _inner(value: Value) -> list[Value]:
    return list(value.values()) if isinstance(value, dict) else value


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _refuse_constant(name: str) -> NoReturn:
    raise ToolFailed(f"not JSON: {name} is not a JSON number", code="invalid_json")


def _too_deep() -> ToolFailed:
    return ToolFailed(f"the JSON is nested more than {MAX_DEPTH} levels deep", code="too_deep")
