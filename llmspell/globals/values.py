"""What may be kept or handed to another process: plain data, no functions and no objects."""

from __future__ import annotations

from llmspell.errors import BadArgument
from llmspell.interface.declare import object_spec
from llmspell.tools.protocol import Value

_MAX_DEPTH = 64


def require_plain(value: Value, where: str, *, binary: bool = True) -> Value:
    """The value itself, when it is plain data all through.

    Args:
        where: What it is, for the message; the path to the culprit follows.
        binary: Whether strings that are not UTF-8 are welcome.

    Raises:
        BadArgument: It holds a function, an object, or is nested too deeply.
    """
    _check(value, where, binary, 0)
    return value


def _check(value: Value, where: str, binary: bool, depth: int) -> None:
    match value:
        case None | bool() | int() | float() | str():
            return
        case bytes():
            if not binary:
                raise BadArgument(f"{where} is a string that is not UTF-8")
        case list() | dict() if depth >= _MAX_DEPTH:
            raise BadArgument(f"{where[:200]} is nested too deeply, {_MAX_DEPTH} levels at most")
        case list():
            for i, it in enumerate(value):
                _check(it, f"{where}[{i}]", binary, depth + 1)
        case dict():
            for key, it in value.items():
                _check(it, f"{where}.{key}", binary, depth + 1)
        case _:
            spec = object_spec(value)
            kind = type(value).__name__ if spec is None else spec.name
            what = "a function" if spec is None and callable(value) else f"{'an' if kind[0] in 'AEIO' else 'a'} {kind}"
            raise BadArgument(
                f"{where} is {what}, which is not plain data", hint="strings, numbers, tables and lists are"
            )
