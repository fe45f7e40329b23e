"""A workflow's graph as a Mermaid flowchart, as GitHub and many editors draw it.

Names are never identifiers: nodes are n1, n2, …, and what people read stands in quotes, where every character that
Mermaid or its Markdown could take for something is written by its number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmspell.workflows.pictures.cells import cut, one_line
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
    "condition": ("{", "}"),
    "loop": ("{{", "}}"),
    "start": ("((", "))"),
    "end": ("((", "))"),
}
_ARROWS = {"then": "-->", "branch": "-->", "condition": "-->"}
_OTHER_ARROW = "-.->"  # loops, fallbacks, compensations


def to_mermaid(graph: Graph) -> str:
    """The text of the flowchart, with a newline at its end."""
    picture = picture_of(graph)
    lines = ["flowchart TD", *_parts(picture, picture.top, "  ")]
    for link in picture.links:
        arrow = _ARROWS.get(link.kind, _OTHER_ARROW)
        label = f'|"{_quoted(link.label)}"|' if link.label.strip() else ""
        lines.append(f"  {link.source.id} {arrow}{label} {link.target.id}")
    return "\n".join(lines) + "\n"


def _parts(picture: Picture, parts: list[Part], indent: str) -> Iterator[str]:
    for part in parts:
        if part.members:
            yield f'{indent}subgraph {part.id}["{_label(part)}"]'
            yield f"{indent}  direction TB"
            yield from _parts(picture, part.members, indent + "  ")
            yield f"{indent}end"
        else:
            begin, end = _SHAPES.get(part.kind, ("[", "]"))
            yield f'{indent}{part.id}{begin}"{_label(part)}"{end}'


def _label(part: Part) -> str:
    return "<br/>".join(_quoted(it) for it in (part.name, part.label) if it.strip()) or "#160;"


def _quoted(text: str) -> str:
    text = cut(one_line(text), MAX_LABEL_CELLS).strip()
    # At its beginning, Markdown would make a list of `1.`, `-` or `+`.
    beginning = len(text) - len(text.lstrip("0123456789"))
    return "".join(
        it if (it.isalnum() or it in _PLAIN) and (i > beginning or it.isalnum()) else f"#{ord(it)};"
        for i, it in enumerate(text)
    )
