"""A script's values as text: what `eval` prints, and JSON for programs."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping

from llmspell.wire.values import CallbackRef, HandleRef

MAX_INT_BITS = 14_284  # 4300 digits


def shown(value: object, engine: str) -> str | bytes:
    """What `eval` prints for a value: text as it is, numbers as the language writes them, tables as JSON.

    Args:
        engine: "lua54", "luajit" or "python".

    Returns:
        Empty for nil and None, which print nothing. Bytes for a Lua string that is not UTF-8.
    """
    match value:
        case None:
            return ""
        case str() | bytes():
            return value
        case bool():
            return str(value) if engine == "python" else str(value).lower()
        case float():
            return _lua_float(value, engine) if engine != "python" else repr(value)
        case int():
            return str(value)
        case CallbackRef():
            return "<function>" if engine == "python" else "function"
        case _:
            return to_json(value, pretty=True)


def to_json(value: object, *, pretty: bool = False) -> str:
    """JSON in the form that `JSON.stringify` has in scripts: sorted keys, compact or two spaces.

    What JSON cannot say is a text: NaN and infinities by name, bytes that are not UTF-8 as `base64:…`, integers of more
    than 4300 digits as `0x…`, a function as `function`."""
    plain = _plain(value)
    if pretty:
        text = json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)
    else:
        text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    # A lone surrogate is no UTF-8; JSON can escape it.
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: object) -> object:
    match value:
        case None | bool() | str():
            return value
        case int():
            # Of more digits than that Python writes none, and hardly anybody reads them.
            return value if value.bit_length() <= MAX_INT_BITS else hex(value)
        case float():
            return value if math.isfinite(value) else {"nan": "NaN", "inf": "Infinity"}.get(str(value), "-Infinity")
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                return "base64:" + base64.b64encode(value).decode()
        case Mapping():
            return {str(key): _plain(it) for key, it in value.items()}
        case list() | tuple():
            return [_plain(it) for it in value]
        case CallbackRef():
            return "function"
        case HandleRef():
            return "object"
        case _:
            return f"<{type(value).__name__.lower()}>"


def _lua_float(value: float, engine: str) -> str:
    if math.isnan(value):
        return "nan"
    text = f"{value:.14g}"
    # Lua 5.4 tells 3.0 from 3; LuaJIT has one kind of number.
    return text + ".0" if engine == "lua54" and text.lstrip("-").isdigit() else text
