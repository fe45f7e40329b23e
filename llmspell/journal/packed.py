"""The bytes that entries are made of, and how they are read: MessagePack with the extensions of the wire.

A call keeps what came and went over the wire; everything else what `snapshot.pack` has frozen. Both are read here:

    1 a function of the script's   2 an object of the host's   3 an integer outside 64 bits (in a snapshot, in hex)
    66 a value that is kept in the blobs: SHA-256, 32 bytes, and its size   67 one that was too large to keep: the same
"""

from __future__ import annotations

from hashlib import sha256

import msgpack

from llmspell.journal.canonical import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# The wire's, which nothing below the bridge may import; a test compares them.
EXT_CALLBACK = 1
EXT_HANDLE = 2
EXT_BIGINT = 3
EXT_BLOB = 66
EXT_CUT = 67
DIGEST_BYTES = 32
MAX_VALUE_BYTES = 16 * 1024 * 1024  # of arguments, a result or a note; of what is larger the size and a hash are kept


def args_of_call(body: bytes) -> tuple[int, bytes]:
    """The number of the object that a CALL is made on (0 for a global), and `[args, kwargs]` packed, of its body."""
    position = _after_text(body, 1)
    target = position
    position = _after_text(body, position)
    name = body[target:position]
    position = _after_text(body, position)
    digits = name.partition(b"#")[2]
    return int(digits) if digits.isdigit() and len(digits) <= 10 else 0, b"\x92" + body[position:]


def shown_value(packed: bytes) -> Any:
    """A value for people."""
    return _unpack(packed)


def shown_args(packed: bytes, *, is_call: bool) -> Any:
    """Arguments for people: those of a call as one list, with the named ones last."""
    value = _unpack(packed)
    if is_call and isinstance(value, list) and len(value) == 2:
        args, kwargs = value
        return [*args, kwargs] if kwargs else args
    return value


def args_hash_of(packed: bytes, *, is_call: bool) -> str:
    """SHA-256 in hex of the canonical JSON of arguments; an object of the host's counts by its number and class."""
    return sha256(to_json(shown_args(packed, is_call=is_call)).encode("ascii")).hexdigest()


def cut_value(code: int, digest: bytes, size: int) -> bytes:
    """What stands for a value that is kept in the blobs (EXT_BLOB), or not at all (EXT_CUT)."""
    packed: bytes = msgpack.packb(msgpack.ExtType(code, digest + size.to_bytes(8, "big")))
    return packed


def read_cut(packed: bytes) -> tuple[int, bytes, int] | None:
    """The extension, digest and size of what `cut_value` has made; None for any other value."""
    # ext 8 of 40 bytes, and nothing else: no value of a script's begins with these codes.
    if len(packed) != 43 or packed[:2] != b"\xc7\x28" or packed[2] not in (EXT_BLOB, EXT_CUT):
        return None
    return packed[2], packed[3 : 3 + DIGEST_BYTES], int.from_bytes(packed[3 + DIGEST_BYTES :], "big")


def is_cut(packed: bytes | None) -> bool:
    """Whether the value was too large to keep."""
    found = None if packed is None else read_cut(packed)
    return found is not None and found[0] == EXT_CUT


def read_big_int(data: bytes) -> int:
    """The integer of extension 3."""
    if b"x" in data:
        return int(data, 16)
    text = data.decode("ascii")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    number = 0
    for i in range(0, len(digits), 4000):  # Python refuses to read more than 4300 digits at once
        part = digits[i : i + 4000]
        number = number * 10 ** len(part) + int(part)
    return sign * number


def dump(value: Any, default: Callable[[Any], object]) -> bytes:
    """The bytes of a value, of any text that Python can hold: names of files that are not UTF-8 as on the wire.

    Raises:
        ValueError, RecursionError, OverflowError: It is too deep, or cyclic.
    """
    packed: bytes
    try:
        packed = msgpack.packb(value, default=default, unicode_errors="surrogateescape")
    except UnicodeEncodeError:
        packed = msgpack.packb(value, default=default, unicode_errors="surrogatepass")
    return packed


def load(packed: bytes, read_ext: Callable[[int, bytes], object]) -> Any:
    """The value that `dump`, the wire or a snapshot has packed."""
    try:
        return msgpack.unpackb(packed, ext_hook=read_ext, strict_map_key=False, unicode_errors="surrogatepass")
    except UnicodeDecodeError:
        return msgpack.unpackb(packed, ext_hook=read_ext, strict_map_key=False, unicode_errors="surrogateescape")


def _unpack(packed: bytes) -> Any:
    return load(packed, _show_ext)


def _show_ext(code: int, data: bytes) -> Any:
    if code == EXT_BIGINT:
        return read_big_int(data)
    if code == EXT_CALLBACK:
        return {"$function": int.from_bytes(data, "big")}
    if code == EXT_HANDLE:
        about = _unpack(data[4:]) if len(data) > 4 else []
        return {"$handle": [int.from_bytes(data[:4], "big"), *about]}
    if code in (EXT_BLOB, EXT_CUT):
        size = int.from_bytes(data[DIGEST_BYTES:], "big")
        return {"$cut": {"bytes": size, "sha256": data[:DIGEST_BYTES].hex()}}
    return f"<ext {code}>"


def _after_text(body: bytes, position: int) -> int:
    """Where the value after the text at `position` begins."""
    first = body[position]
    if 0xA0 <= first <= 0xBF:
        return position + 1 + (first & 0x1F)
    if first == 0xD9:
        return position + 2 + body[position + 1]
    width = 2 if first == 0xDA else 4
    return position + 1 + width + int.from_bytes(body[position + 1 : position + 1 + width], "big")
