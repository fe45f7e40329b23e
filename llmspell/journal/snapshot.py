"""Freeze a value into bytes at the moment of a call, whatever happens to the value afterwards.

MessagePack, because it is the cheapest copy there is (under a microsecond for a usual call). It never fails: what it
cannot hold (a callback, a host object) becomes a text that names its class, the same in every run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import msgpack

from llmspell.journal.packed import EXT_BIGINT, dump, shown_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.journal.entries import Value


_OF_THREAD = threading.local()


def _describe(value: object) -> object:
    if isinstance(value, int):  # outside 64 bits
        # in hex: Python refuses to write more than 4300 decimal digits
        return msgpack.ExtType(EXT_BIGINT, hex(value).encode("ascii"))
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {it.name: getattr(value, it.name) for it in fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    return f"<{type(value).__name__}>"


def pack(value: Value) -> bytes:
    """The value as bytes. One that is too deep or cyclic becomes a text that says so."""
    packer = getattr(_OF_THREAD, "packer", None)
    if packer is None:  # one for all would be used by two threads at once, and a new one for each value costs more
        packer = _OF_THREAD.packer = msgpack.Packer(default=_describe, unicode_errors="surrogateescape", autoreset=True)
    try:
        packed: bytes = packer.pack(value)
        return packed
    except UnicodeEncodeError:
        packer.reset()
        return dump(value, _describe)
    except (ValueError, RecursionError, OverflowError) as error:
        packer.reset()
        return dump(f"<not recorded: {error}>", _describe)


def unpack(data: bytes) -> Value:
    """The value that `pack` froze."""
    return shown_value(data)
