"""What hooks are shown: a copy of a value as plain data, and the way back, which keeps whatever was not changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

MAX_DEPTH = 64

Value = Any  # plain data as every language has it


def plain(value: Value, _depth: int = 0) -> Value:
    """A copy in which whatever is no plain data is a text that names its class, such as `<AgentObject>`."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if _depth >= MAX_DEPTH:
        return "<nested too deeply>"
    if isinstance(value, Mapping):
        return {str(key): plain(it, _depth + 1) for key, it in value.items()}
    if isinstance(value, list | tuple):
        return [plain(it, _depth + 1) for it in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(it, _depth + 1) for it in value), key=repr)
    if is_dataclass(value) and hasattr(value, "to_value"):
        return plain(value.to_value(), _depth + 1)
    if is_dataclass(value) and not isinstance(value, type) and not hasattr(value, "__script_object__"):
        return {it.name: plain(getattr(value, it.name), _depth + 1) for it in fields(value) if it.name[0] != "_"}
    if isinstance(value, bool | int | float | str | bytes):
        return value
    return f"<{kind.__name__}>"


_SCALARS = frozenset({type(None), bool, int, float, str, bytes})


def same(left: Value, right: Value) -> bool:
    """Whether two plain values are equal. An empty list and an empty map are: some languages have one for both."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(it, right[key]) for key, it in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict | list) and isinstance(right, dict | list):
        return not left and not right
    return type(left) is type(right) and left == right if bool in (type(left), type(right)) else bool(left == right)


def changed(value: Value, shown: Value, now: Value) -> Value:
    """What a hook has made of a value.

    Args:
        value: The value itself; it may hold objects.
        shown: `plain(value)`.
        now: `shown`, as the hook has changed it. What is the same there stays what it is in `value`.
    """
    if same(shown, now):
        return value
    if isinstance(value, Mapping) and isinstance(shown, dict) and isinstance(now, dict):
        originals = {str(key): (key, it) for key, it in value.items()}
        made = {}
        for name, it in now.items():
            key, original = originals.get(name, (name, None))
            made[key] = changed(original, shown[name], it) if name in shown else it
        return made
    return now


def canonical(value: Value) -> str:
    """Equal plain values have equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=repr)
