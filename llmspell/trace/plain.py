"""A script's value as JSON has it: bytes, keys that are no text, numbers that JSON lacks."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Mapping

from llmspell.journal.entries import Value

MAX_CHARS = 64 * 1024  # of one value's JSON, where there is a limit
_HEAD_CHARS = 4_000
_SAFE_INT = 2**53  # beyond it, readers that have only floats would change the number


class Room:
    """What is left for values.

    Args:
        left: Characters.
        command: What shows a value for which there was none.
    """

    def __init__(self, left: int, command: str) -> None:
        self.left = left
        self.command = command


def plain(value: Value, room: Room | None = None) -> Value:
    """The value in JSON's own terms, cut down where it would take too much room.

    Bytes become `{"$bytes": base64}`; numbers that JSON lacks, and keys that are no text, become text."""
    made = _plain(value)
    if room is None or made is None:
        return made
    text = json.dumps(made)
    if len(text) > min(MAX_CHARS, room.left):
        head = text[: min(_HEAD_CHARS, max(0, room.left))]
        room.left -= len(head)
        return f"({len(text):,} characters; {room.command} shows all of it)\n{head}…"
    room.left -= len(text)
    return made


def _plain(value: Value) -> Value:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -_SAFE_INT <= value <= _SAFE_INT else str(value) if value.bit_length() < 4096 else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return {"$bytes": b64encode(value).decode()}
    if isinstance(value, Mapping):
        return {it if isinstance(it, str) else str(it): _plain(item) for it, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(it) for it in value]
    return str(value)
