"""Texts and data of others in a prompt: marked as such, and unable to end their own mark."""

from __future__ import annotations

import json
from collections.abc import Mapping

from llmspell.models.messages import Value


def quoted(tag: str, text: str, **attributes: str) -> str:
    """A text of somebody else's between `<tag>` and `</tag>`."""
    written = "".join(f" {name}={json.dumps(it, ensure_ascii=False)}" for name, it in attributes.items())
    inside = text.replace(f"</{tag}", f"<\\/{tag}")
    return f"<{tag}{written}>\n{inside}\n</{tag}>"


def as_json(value: Value) -> str:
    """Plain data as JSON that cannot end the tag it stands in."""
    return json.dumps(_readable(value), ensure_ascii=False, indent=1).replace("</", "<\\/")


def _readable(value: Value) -> Value:
    match value:
        case bytes():
            return value.decode(errors="replace")
        case Mapping():
            return {it if isinstance(it, str) else str(_readable(it)): _readable(value[it]) for it in value}
        case list() | tuple():
            return [_readable(it) for it in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return f"<{type(value).__name__}>"
