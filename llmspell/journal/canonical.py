"""Values as JSON with one spelling each, so that equal values have equal text and equal hashes.

Keys are sorted, there is no white space, everything is ASCII. What JSON lacks is a map with one key, with a `$`:

    {"$bytes": base64}  {"$float": "nan" | "inf" | "-inf"}  {"$int": hex}   (integers of thousands of digits)
    {"$pairs": [[key, value], …]}   a map with a key that is no text or starts with `$`, sorted by key
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.journal.entries import Value

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
_MAX_DECIMAL_BITS = 8_192  # Python refuses to read decimal numbers of more than 4,300 digits


def to_json(value: Value) -> str:
    """The canonical text. Never fails for what `snapshot.unpack` returns; other objects become their class's name."""
    try:
        text = _ENCODER.encode(value)
    except (TypeError, ValueError):
        pass
    else:
        if '"$' not in text:
            return text
    return _ENCODER.encode(_spell(value))


def from_json(text: str) -> Value:
    """The value that `to_json` was given; tuples come back as lists."""
    return json.loads(text, object_hook=_read)


def _spell(value: Value) -> Value:
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if value.bit_length() <= _MAX_DECIMAL_BITS else {"$int": hex(value)}
        case float():
            return value if math.isfinite(value) else {"$float": str(value)}
        case bytes() | bytearray():
            return {"$bytes": b64encode(value).decode("ascii")}
        case dict():
            if all(isinstance(key, str) and not key.startswith("$") for key in value):
                return {key: _spell(item) for key, item in value.items()}
            pairs = [[_spell(key), _spell(item)] for key, item in value.items()]
            return {"$pairs": sorted(pairs, key=lambda pair: _ENCODER.encode(pair[0]))}
        case list() | tuple():
            return [_spell(item) for item in value]
        case _:
            return f"<{type(value).__name__}>"


def _read(found: dict[str, Value]) -> Value:
    if len(found) != 1:
        return found
    match next(iter(found.items())):
        case ("$bytes", str(text)):
            return b64decode(text)
        case ("$float", str(text)):
            return float(text)
        case ("$int", str(text)):
            return int(text, 16)
        case ("$pairs", list(pairs)):
            return dict(pairs)
        case _:
            return found
