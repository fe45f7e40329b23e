"""Write a workflow's table as the text of a file, which `files` reads again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmspell.errors import BadArgument
from llmspell.workflows.files import VERSION


def write_workflow(table: Mapping[str, Any], form: str = "toml") -> str:
    """A table of a workflow as the text of a file.

    Args:
        form: toml or json.

    Raises:
        BadArgument: It has functions, or values that the form does not have.
    """
    for path, value in _leaves(table, "$"):
        if callable(value) or (isinstance(value, Mapping) and set(value) == {"function"}):
            raise BadArgument(
                f"{path} is a function, which no file can hold",
                hint="a step of a file is a tool, an agent, a template or a workflow; a condition is a text",
                details={"path": path},
            )
        if not isinstance(value, str | int | float | bool | None):
            raise BadArgument(f"{path} is no plain data", details={"path": path})
    versioned = {"version": VERSION, **_without_none(table)}
    if form == "json":
        return json.dumps(versioned, ensure_ascii=False, indent=2) + "\n"
    import tomli_w  # late: few runs write one

    try:
        return tomli_w.dumps(versioned)
    except (TypeError, ValueError) as problem:
        raise BadArgument(f"this workflow cannot be written as TOML: {problem}", hint="write it as JSON") from None


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and set(value) != {"function"}:
        for key, it in value.items():
            yield from _leaves(it, f"{path}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for i, it in enumerate(value):
            yield from _leaves(it, f"{path}[{i}]")
    else:
        yield path, value


def _without_none(value: Any) -> Any:
    """TOML has no null; in a table it says the same as nothing."""
    if isinstance(value, Mapping):
        return {key: _without_none(it) for key, it in value.items() if it is not None}
    if isinstance(value, list | tuple):
        return [_without_none(it) for it in value if it is not None]
    return value
