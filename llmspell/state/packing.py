"""Values as the bytes that the store keeps: MessagePack, so that bytes, NaN and integers come back as they were."""

from __future__ import annotations

from typing import Any

import msgpack

from llmspell.errors import BadArgument, ConversionError, StoreError

Value = Any  # a script's value: nil, bool, int, float, str, bytes, list, dict with string keys

MAX_VALUE_BYTES = 16 * 1024 * 1024
_EXT_BIGINT = 3  # an integer outside 64 bits, as text in hex
EXT_SEALED = 16  # a whole value, encrypted: see `cipher`; no value that is packed here begins so


def _extend(value: object) -> object:
    if isinstance(value, int):
        return msgpack.ExtType(_EXT_BIGINT, hex(value).encode("ascii"))
    raise ConversionError(f"state cannot keep a {type(value).__name__}", hint="keep plain data: text, numbers, tables")


def _read_ext(code: int, data: bytes) -> object:
    if code != _EXT_BIGINT:
        raise StoreError(f"the stored value has a part of unknown kind {code}", hint="a newer llmspell wrote it")
    return int(data, 16)


def pack(value: Value, max_bytes: int = MAX_VALUE_BYTES) -> bytes:
    """The bytes of a value.

    Raises:
        ConversionError: It holds something that is not plain data, or is too deep, or contains itself.
        BadArgument: More than 16 MB (`value_too_large`).
    """
    try:
        packed: bytes = msgpack.packb(value, default=_extend, unicode_errors="surrogatepass")
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if "recursion" in str(error) else str(error)
        raise ConversionError(
            f"state cannot keep this value: {why}",
            hint="put its parts under keys of their own, and nothing into itself",
        ) from error
    if len(packed) > max_bytes:
        raise BadArgument(
            f"a value in state has at most {max_bytes} bytes, this has {len(packed)}",
            hint="split it over several keys, or write a file",
            code="value_too_large",
        )
    return packed


def unpack(packed: bytes, place: tuple[str, str] | None = None) -> Value:
    """The value of some bytes. Each call makes a new one, so that nobody changes what is stored.

    Raises:
        StoreError: They are no value: something else has written there, or the disk has lost them.
    """
    try:
        return msgpack.unpackb(packed, ext_hook=_read_ext, strict_map_key=False, unicode_errors="surrogatepass")
    except StoreError as error:
        raise StoreError(error.message, hint=error.hint, details=_details(place)) from None
    except (msgpack.UnpackException, ValueError, TypeError, RecursionError):
        where = "" if place is None else f" at {place[0]} {place[1]}"
        raise StoreError(
            f"what is stored{where} is damaged",
            hint="set it again, or take the file from a backup",
            details=_details(place),
        ) from None


def _details(place: tuple[str, str] | None) -> dict[str, str]:
    return {} if place is None else {"scope": place[0], "key": place[1]}
