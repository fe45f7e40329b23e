"""Frame headers: `length:u32 kind:u8 id:u32`, big endian, then a MessagePack body of `length` bytes.

Kind and id are outside the body, so that a reader can route a message, and refuse a large or unknown one, without
reading its values; and so that an engine may pack its own values (the Lua engine does, in Lua)."""

import struct

HEADER = struct.Struct(">IBI")
HEADER_SIZE = HEADER.size
NIL = b"\xc0"


def frame(kind: int, number: int, body: bytes = NIL) -> bytes:
    """One whole frame. `body` must be exactly one MessagePack value."""
    return HEADER.pack(len(body), kind, number) + body


class FrameSplitter:
    """Cuts a byte stream into frames, whatever the sizes of the chunks.

    Args:
        kinds: The kinds this side may receive; any other is an error.
        max_bytes: The largest body; a header that announces more is an error before anything is kept.
    """

    __slots__ = ("_buffer", "_kinds", "_max_bytes")

    def __init__(self, kinds: frozenset[int], max_bytes: int) -> None:
        self._buffer = bytearray()
        self._kinds = kinds
        self._max_bytes = max_bytes

    def feed(self, chunk: bytes) -> list[tuple[int, int, bytes]]:
        """The frames that are complete now, as (kind, id, body).

        Raises:
            ValueError: An unknown kind or an oversized body. The stream cannot be followed any further.
        """
        buffer = self._buffer
        buffer += chunk
        frames: list[tuple[int, int, bytes]] = []
        position = 0
        while len(buffer) - position >= HEADER_SIZE:
            length, kind, number = HEADER.unpack_from(buffer, position)
            if kind not in self._kinds:
                raise ValueError(f"unknown message kind {kind}")
            if length > self._max_bytes:
                raise ValueError(f"a message of {length} bytes, the limit is {self._max_bytes}")
            end = position + HEADER_SIZE + length
            if len(buffer) < end:
                break
            frames.append((kind, number, bytes(memoryview(buffer)[position + HEADER_SIZE : end])))
            position = end
        if position:
            del buffer[:position]
        return frames

    @property
    def pending(self) -> int:
        """Bytes of a frame that has begun and not ended."""
        return len(self._buffer)


def pack_str(text: str) -> bytes:
    """A MessagePack string, for headers that are put together without a codec."""
    raw = text.encode()
    size = len(raw)
    if size < 32:
        return bytes((0xA0 | size,)) + raw
    if size < 256:
        return bytes((0xD9, size)) + raw
    return b"\xda" + size.to_bytes(2, "big") + raw


def read_uint(body: bytes, position: int) -> tuple[int, int]:
    """The unsigned MessagePack integer at `position`, and where the next value starts.

    Raises:
        ValueError: There is none.
    """
    first = body[position]
    if first < 0x80:
        return first, position + 1
    width = {0xCC: 1, 0xCD: 2, 0xCE: 4}.get(first)
    if width is None:
        raise ValueError("an unsigned integer was expected")
    return int.from_bytes(body[position + 1 : position + 1 + width], "big"), position + 1 + width


def pack_str_map(items: dict[str, str]) -> bytes:
    """A MessagePack map of at most 15 texts."""
    packed = bytes((0x80 | len(items),))
    for key, value in items.items():
        packed += pack_str(key) + pack_str(value)
    return packed
