"""What `llmspell tool info` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def described_in_words(tool: Mapping[str, Any]) -> str:
    """A row of `ToolRegistry.describe` as text."""
    lines = [f"{tool['name']} {tool['version']} ({tool['category']})", "", f"  {tool['description']}"]
    schema = tool["schema"]
    required = schema.get("required", ())
    lines += ["", "Params:"]
    for name, it in schema.get("properties", {}).items():
        lines += _param(name, it, "  ", required=name in required)
        if it.get("x-flat"):
            for inner, option in it["properties"].items():
                lines += _param(inner, option, "      ", required=False)
    if tool["results"]:
        lines += ["", "Operations: what they take (needed; optional), and what their result is:", *_operations(tool)]
    if tool["permissions"]:
        lines += ["", "May ask for:", *(f"  {it}" for it in tool["permissions"])]
    if tool["examples"]:
        lines += ["", "Examples:", *(f"  {it}" for it in example_lines(tool))]
    if tool["aliases"]:
        lines += ["", f"Also called: {', '.join(tool['aliases'])}"]
    return "\n".join(lines)


def example_lines(tool: Mapping[str, Any]) -> Iterator[str]:
    """The examples as commands, each with what it needs beside it."""
    for it in tool["examples"]:
        quoted = json.dumps(it, ensure_ascii=False).replace("'", "'\\''")
        operation = it.get("operation", tool["schema"]["properties"].get("operation", {}).get("default"))
        needs = tool["needs"].get(operation, "")
        yield f"llmspell tool call {tool['name']} --input '{quoted}'" + (f"   # needs {needs}" if needs else "")


def _operations(tool: Mapping[str, Any]) -> Iterator[str]:
    for operation, result in tool["results"].items():
        takes = tool["options"].get(operation, "")
        yield f"  {operation}" + (f": {takes}" if takes else "")
        yield f"      → {result}"


def _param(name: str, schema: Mapping[str, Any], margin: str, *, required: bool) -> Iterator[str]:
    notes = [_kind(schema)]
    if required:
        notes.append("required")
    if "default" in schema and not schema.get("x-flat"):
        notes.append(f"default {json.dumps(schema['default'], ensure_ascii=False)}")
    yield f"{margin}{name} ({', '.join(notes)})"
    if schema.get("description"):
        yield f"{margin}    {schema['description']}"


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(it) for it in schema["enum"])
    kinds = schema.get("type", "any")
    return kinds if isinstance(kinds, str) else " | ".join(kinds)
