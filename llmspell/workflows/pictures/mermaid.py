"""A workflow's graph as a Mermaid flowchart, as GitHub and many editors draw it.

Names are never identifiers: nodes are n1, n2, …, and what people read stands in quotes, where every character that
Mermaid or its Markdown could take for something is written by its number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmspell.cells import cut, one_line
from llmspell.workflows.pictures.parts import MAX_LABEL_CELLS, Part, Picture, picture_of

if TYPE_CHECKING:
    from llmspell.workflows.graph import Graph

# What may stand in quotes as it is. Letters and digits of any script may as well.
_PLAIN = frozenset(" ,:=?!/()_-+.")

_SHAPES = {
    "agent": ("([", "])"),
    "workflow": ("[[", "]]"),
    "function": ("[/", "/]"),
    "template": (">", "]"),
    "decision": ("{", "}"),
    "loop": ("{{", "}}"),
    "start": ("((", "))"),
    "end": ("((", "))"),
}
_SOLID = ("then", "when", "else")  # the way that is meant; others are what happens as well


def to_mermaid(graph: Graph) -> str:
    """The text of the flowchart, with a newline at its end."""
    picture = picture_of(graph)
    lines = ["flowchart TD", *_parts(picture, picture.top, "  ")]
    for link in picture.links:
        arrow = "-->" if link.kind in _SOLID else "-.->"
        label = f'|"{_quoted(link.label)}"|' if link.label.strip() else ""
        lines.append(f"  {link.source.id} {arrow}{label} {link.target.id}")
    return "\n".join(lines) + "\n"


def _parts(picture: Picture, parts: list[Part], indent: str) -> Iterator[str]:
    for part in parts:
        if part.members:
            yield f'{indent}subgraph {part.id}["{_quoted(part.label)}"]'
            yield f"{indent}  direction TB"
            yield from _parts(picture, part.members, indent + "  ")
            yield f"{indent}end"
        else:
            begin, end = _SHAPES.get(part.kind, ("[", "]"))
            yield f'{indent}{part.id}{begin}"{_quoted(part.label)}"{end}'


def _quoted(text: str) -> str:
    text = cut(one_line(text), MAX_LABEL_CELLS).strip()
    # At its beginning, Markdown would make a list of `1.`, `-` or `+`.
    beginning = len(text) - len(text.lstrip("0123456789"))
    shown = "".join(
        it if (it.isalnum() or it in _PLAIN) and (i > beginning or it.isalnum()) else f"#{ord(it)};"
        for i, it in enumerate(text)
    )
    return shown or "#160;"  # a label must not be empty
