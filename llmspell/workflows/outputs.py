"""What steps give, and how it is read: as text, in essence, by a path, and how large it is.

Outputs are plain data. Those of tools, agents and workflows are tables with a `text` for people and an essence:
`result`, `data` or `output`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from llmspell.agents.held import size_of
from llmspell.tools.results import readable

_TOOL_KEYS = frozenset({"success", "text", "result", "error", "metadata", "duration_ms", "operation"})
_AGENT_KEYS = frozenset({"text", "data", "messages", "tool_calls", "steps", "usage"})
_WORKFLOW_KEYS = frozenset({"text", "output", "outputs", "steps", "metadata"})


def text_of(output: Any) -> str:
    """An output for people and models: the text of a result, a string as it is, tables as JSON."""
    if isinstance(output, str):
        return output
    if isinstance(output, Mapping) and isinstance(output.get("text"), str) and is_result(output):
        return str(output["text"])
    if isinstance(output, bytes):
        return output.decode("utf-8", "replace")
    if isinstance(output, Mapping | list | tuple):
        try:
            # Sorted: a table of Lua's comes in another order in each run.
            return json.dumps(output, ensure_ascii=False, sort_keys=True, default=_shown)
        except (ValueError, RecursionError, TypeError):
            return readable(output)
    return readable(output)


def essence_of(output: Any) -> Any:
    """What an output is about: a tool's `result`, an agent's `data` or text, a workflow's `output`; else the whole."""
    if not isinstance(output, Mapping):
        return output
    if output.keys() >= _TOOL_KEYS:
        return output["result"]
    if output.keys() >= _AGENT_KEYS:
        return output["text"] if output["data"] is None else output["data"]
    if output.keys() >= _WORKFLOW_KEYS:
        return output["output"]
    return output


def names_in(value: Any) -> list[str]:
    """The names that can follow, for hints; at most 50."""
    if isinstance(value, Mapping):
        return sorted(str(it)[:60] for it in value)[:50]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [str(it) for it in range(min(len(value), 50))]
    return []


def n_bytes_of(output: Any) -> int:
    """About how much memory it takes."""
    if output is None or isinstance(output, bool | int | float):
        return 32
    if isinstance(output, str | bytes):
        return 64 + len(output)
    return size_of(output)


def is_larger(value: Any, n_bytes: int) -> bool:
    """Whether it takes more memory than that, were it copied; looks no further than it must."""
    pending = [value]
    while pending and n_bytes >= 0:
        it = pending.pop()
        n_bytes -= 64
        if isinstance(it, str | bytes):
            n_bytes -= len(it)
        elif isinstance(it, Mapping):
            pending.extend(it.keys())
            pending.extend(it.values())
        elif isinstance(it, list | tuple):
            pending.extend(it)
    return n_bytes < 0


def is_result(output: Mapping[str, Any]) -> bool:
    """Whether it is a tool's, an agent's or a workflow's."""
    keys = output.keys()
    return keys >= _TOOL_KEYS or keys >= _AGENT_KEYS or keys >= _WORKFLOW_KEYS


def _shown(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
