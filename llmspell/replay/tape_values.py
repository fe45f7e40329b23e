"""Values of the wire as JSON and back, without loss: what a tape shows of arguments and results.

What JSON lacks is a map with one key, with a `$`:

    {"$bytes": base64}   {"$float": "nan" | "inf" | "-inf"}   {"$int": hex}   (integers of thousands of digits)
    {"$function": number}   {"$handle": [number, class, fields]}   (only the number where a script sends it)
    {"$map": [[key, value], …]}   a map with a key that is no text or begins with `$`
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode

import msgpack

from llmspell.journal.entries import Value

_FUNCTION, _HANDLE, _BIGINT = 1, 2, 3  # extensions of the wire; docs/protocol.md
_MAX_DECIMAL_BITS = 8_192  # Python refuses to read decimal numbers of more than 4,300 digits


class _Mark:
    """What stands in an unpacked value for an extension: already spelled."""

    __slots__ = ("spelled",)

    def __init__(self, spelled: dict[str, Value]) -> None:
        self.spelled = spelled


def spelled(packed: bytes) -> Value:
    """A packed value as JSON's types alone.

    Raises:
        ValueError: It is not one packed value.
    """
    return _spell(_unpack(packed))


def packed(value: Value) -> bytes:
    """What `spelled` was given.

    Raises:
        ValueError: A map with a `$` that stands for nothing.
    """
    # surrogateescape: bytes of a file name that are not UTF-8 travel as they are.
    return bytes(msgpack.packb(_read(value), unicode_errors="surrogateescape"))


def packed_plain(value: Value) -> bytes:
    """A value of the host's own, such as an error's map, as the wire has it."""
    from llmspell.journal.snapshot import pack

    return packed(spelled(pack(value)))


def _unpack(data: bytes) -> Value:
    try:
        return msgpack.unpackb(data, ext_hook=_read_ext, strict_map_key=False, unicode_errors="surrogateescape")
    except (msgpack.UnpackException, TypeError, RecursionError) as error:
        raise ValueError(f"a value that cannot be read ({type(error).__name__})") from error


def _read_ext(code: int, data: bytes) -> Value:
    if code == _FUNCTION:
        return _Mark({"$function": int.from_bytes(data, "big")})
    if code == _HANDLE:
        number = int.from_bytes(data[:4], "big")
        if len(data) == 4:
            return _Mark({"$handle": [number]})
        return _Mark({"$handle": [number, *_spell(_unpack(data[4:]))]})
    if code == _BIGINT:
        return int(data, 16) if b"x" in data else _int_of(data.decode("ascii"))  # a snapshot's are in hex
    return _Mark({"$extension": [code, b64encode(data).decode("ascii")]})


def _int_of(text: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    number = 0
    for i in range(0, len(digits), 4000):  # Python reads 4300 at most
        part = digits[i : i + 4000]
        number = number * 10 ** len(part) + int(part)
    return sign * number


def _spell(value: Value) -> Value:
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if value.bit_length() <= _MAX_DECIMAL_BITS else {"$int": hex(value)}
        case float():
            return value if math.isfinite(value) else {"$float": str(value)}
        case bytes():
            return {"$bytes": b64encode(value).decode("ascii")}
        case dict():
            if all(isinstance(key, str) and not key.startswith("$") for key in value):
                return {key: _spell(item) for key, item in value.items()}
            return {"$map": [[_spell(key), _spell(item)] for key, item in value.items()]}
        case list() | tuple():
            return [_spell(item) for item in value]
        case _Mark():
            return value.spelled
        case _:
            raise ValueError(f"a {type(value).__name__}, which no value of a script is")


def _read(value: Value) -> Value:
    if isinstance(value, list):
        return [_read(item) for item in value]
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        return msgpack.ExtType(_BIGINT, _digits_of(value).encode("ascii"))
    if not isinstance(value, dict):
        return value
    if len(value) != 1 or not next(iter(value)).startswith("$"):
        return {key: _read(item) for key, item in value.items()}
    name, given = next(iter(value.items()))
    try:
        return _read_mark(name, given)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f'{{"{name}": …}} stands for nothing that there is') from error


def _read_mark(name: str, given: Value) -> Value:
    match (name, given):
        case ("$bytes", str()):
            return b64decode(given, validate=True)
        case ("$float", str()):
            return float(given)
        case ("$int", str()):
            return _read(int(given, 16))
        case ("$function", int()):
            return msgpack.ExtType(_FUNCTION, given.to_bytes(4, "big"))
        case ("$handle", [int(number)]):
            return msgpack.ExtType(_HANDLE, number.to_bytes(4, "big"))
        case ("$handle", [int(number), str(), dict()]):
            return msgpack.ExtType(_HANDLE, number.to_bytes(4, "big") + packed(given[1:]))
        case ("$map", list()):
            return {_read(key): _read(item) for key, item in given}
        case ("$extension", [int(code), str(data)]):
            return msgpack.ExtType(code, b64decode(data, validate=True))
        case _:
            raise ValueError(name)


def _digits_of(number: int) -> str:
    if number.bit_length() < 13_000:
        return str(number)
    sign, rest, parts = "-" if number < 0 else "", abs(number), []
    unit = 10**4000
    while rest:
        rest, part = divmod(rest, unit)
        parts.append(str(part).zfill(4000))
    return sign + "".join(reversed(parts)).lstrip("0")
