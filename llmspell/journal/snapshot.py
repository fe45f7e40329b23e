"""Freeze a value into bytes at the moment of a call, whatever happens to the value afterwards.

MessagePack, because it is the cheapest copy there is (under a microsecond for a usual call). It never fails: what it
cannot hold (a callback, a host object) becomes a text that names its class, the same in every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import msgpack

from llmspell.journal.entries import Value

_EXT_BIGINT = 3  # the wire's number, but in hex: Python refuses decimal digits beyond 4300


def _describe(value: object) -> object:
    if isinstance(value, int):  # outside 64 bits
        return msgpack.ExtType(_EXT_BIGINT, hex(value).encode("ascii"))
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {it.name: getattr(value, it.name) for it in fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    return f"<{type(value).__name__}>"


def _read_ext(code: int, data: bytes) -> object:
    return int(data, 16) if code == _EXT_BIGINT else f"<ext {code}>"


def pack(value: Value) -> bytes:
    """The value as bytes. One that is too deep or cyclic becomes a text that says so."""
    try:
        packed: bytes = msgpack.packb(value, default=_describe, unicode_errors="surrogatepass")
    except (ValueError, RecursionError, OverflowError) as error:
        packed = msgpack.packb(f"<not recorded: {error}>")
    return packed


def unpack(data: bytes) -> Value:
    """The value that `pack` froze."""
    return msgpack.unpackb(data, ext_hook=_read_ext, strict_map_key=False, unicode_errors="surrogatepass")
