"""Make tool results: the data, the readable form of it, and work done off the event loop."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from llmspell.tools.protocol import ToolResult, Value

_P = ParamSpec("_P")
_T = TypeVar("_T")

# Below this size, pure computation is quicker than handing it to a thread.
OFF_LOOP_FROM = 256 * 1024


def answer(operation: str, result: Value, text: str | None = None, **metadata: Value) -> ToolResult:
    """A successful result; `text` is made of `result` where the tool has nothing better to say."""
    return ToolResult(operation, result, readable(result) if text is None else text, metadata)


def readable(value: Value) -> str:
    """A value for people and models: strings as they are, tables as indented JSON."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > 14_000:  # more digits than Python prints
            return hex(value)
        case int() | float():
            return repr(value)
        case bytes():
            return _bytes_in_words(value)
        case _:
            try:
                return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=_bytes_in_words)
            except (ValueError, RecursionError):  # an integer of thousands of digits, a table of thousands of levels
                return f"<a {'list' if isinstance(value, list) else 'table'} of {len(value)}>"


async def off_loop(size: int, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """`work(…)`, in a thread when its input is large, so that other calls go on meanwhile.

    Args:
        size: Of the input, in bytes or characters.
        work: Touches nothing that is shared; it runs on when the caller is cancelled, and its answer is dropped.
    """
    if size < OFF_LOOP_FROM:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


def weight_of(*values: Value) -> int:
    """A size for `off_loop` of values that may be tables; counts no further than matters."""
    weight = 0
    pending = list(values)
    while pending and weight < OFF_LOOP_FROM:
        it = pending.pop()
        weight += 100 + (len(it) if isinstance(it, str | bytes) else 0)
        if isinstance(it, dict | list):
            pending.extend(itertools.islice(it.values() if isinstance(it, dict) else it, OFF_LOOP_FROM // 100 + 1))
    return weight


def _bytes_in_words(value: object) -> str:
    n_bytes = len(value) if isinstance(value, bytes | bytearray) else 0
    return f"<{n_bytes} bytes>"
