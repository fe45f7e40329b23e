"""MessagePack bodies as plain values, on the host. What comes from a worker is hostile until it has passed here.

Callbacks and handles stay numbers here (`CallbackRef`, `HandleRef`); the bridge gives them their meaning."""

from __future__ import annotations

import msgpack

from llmspell.wire.messages import EXT_BIGINT, EXT_CALLBACK, EXT_HANDLE, MAX_DEPTH, MAX_ITEMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_DIGITS = 100_000  # of an integer; reading decimal digits is quadratic


class CallbackRef:
    """A function of the script's, by its number."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class HandleRef:
    """A host object that the script holds, by its number."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


def unpack(body: bytes) -> Any:
    """The one value in a body that came from a worker.

    Raises:
        ValueError: It is not exactly one well-formed value within the bounds of docs/protocol.md.
    """
    # An item takes one byte at least, so a small body cannot hold too many.
    bounds = _bounds() if len(body) > MAX_ITEMS else {}
    try:
        value = msgpack.unpackb(body, ext_hook=_read_ext, strict_map_key=True, max_ext_len=MAX_DIGITS, **bounds)
    except (msgpack.UnpackException, ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"a body that is not MessagePack ({error or type(error).__name__})") from error
    _check(value, 0, [0])
    return value


def _bounds() -> dict[str, Any]:
    """Options that count items while they are read: an empty map is one byte on the wire, and 64 once it is read."""
    n_items = 0

    def count(container: Any) -> Any:
        nonlocal n_items
        n_items += len(container)
        if n_items > MAX_ITEMS:
            raise ValueError(f"more than {MAX_ITEMS} items")
        return container

    return {"list_hook": count, "object_hook": count, "max_array_len": MAX_ITEMS, "max_map_len": MAX_ITEMS}


def _check(value: Any, depth: int, n_items: list[int]) -> None:
    kind = type(value)
    if kind is dict:
        if depth >= MAX_DEPTH:
            raise ValueError(f"a body nested deeper than {MAX_DEPTH} levels")
        n_items[0] += len(value)
        for key, item in value.items():
            if type(key) is not str:
                raise ValueError("a map with a key that is not text")
            _check(item, depth + 1, n_items)
    elif kind is list:
        if depth >= MAX_DEPTH:
            raise ValueError(f"a body nested deeper than {MAX_DEPTH} levels")
        n_items[0] += len(value)
        if n_items[0] <= MAX_ITEMS:
            for item in value:
                if type(item) in _CHECKED:
                    _check(item, depth + 1, n_items)
    elif kind is msgpack.Timestamp:
        raise ValueError("an unknown extension -1")  # the codec reads it by itself, and never asks `_read_ext`
    if n_items[0] > MAX_ITEMS:
        raise ValueError(f"a body of more than {MAX_ITEMS} items")


_CHECKED = frozenset({dict, list, msgpack.Timestamp})


def _read_ext(code: int, data: bytes) -> Any:
    if code == EXT_CALLBACK and len(data) == 4:
        return CallbackRef(int.from_bytes(data, "big"))
    if code == EXT_HANDLE and len(data) == 4:
        return HandleRef(int.from_bytes(data, "big"))
    if code == EXT_BIGINT:
        text = data.decode("ascii")
        if text.lstrip("-").isdigit() and len(text) <= 4000:
            return int(text)
        if text.lstrip("-").isdigit():
            return _long_int(text)
    raise ValueError(f"an unknown extension {code}")


def _long_int(text: str) -> int:
    # Python refuses to read more than 4300 digits at once, for the time that takes; MAX_DIGITS bounds it here.
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    number = 0
    for i in range(0, len(digits), 4000):
        part = digits[i : i + 4000]
        number = number * 10 ** len(part) + int(part)
    return sign * number


def pack(value: Any, describe: Callable[[object], tuple[int, str, dict[str, Any]] | None]) -> bytes:
    """A value for a worker.

    Args:
        describe: Gives a host object its handle number, class name and fields; None for what is no host object.

    Raises:
        TypeError: Something in it has no form on the wire; our mistake, not the script's.
    """

    def default(item: object) -> object:
        if isinstance(item, int):
            digits = str(item) if item.bit_length() < 13_000 else _digits(item)
            return msgpack.ExtType(EXT_BIGINT, digits.encode())
        if isinstance(item, tuple):
            return list(item)
        described = describe(item)
        if described is not None:
            number, name, fields = described
            return msgpack.ExtType(EXT_HANDLE, number.to_bytes(4, "big") + pack([name, fields], describe))
        if isinstance(item, dict):
            return dict(item)
        if isinstance(item, str):
            return str(item)
        raise TypeError(f"a {type(item).__name__} has no form on the wire")

    # surrogateescape: bytes of a file name that are not UTF-8 travel as they are, and come back as they were.
    return bytes(msgpack.packb(value, default=default, unicode_errors="surrogateescape"))


def _digits(number: int) -> str:
    import sys

    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return str(number)
    finally:
        sys.set_int_max_str_digits(before)
