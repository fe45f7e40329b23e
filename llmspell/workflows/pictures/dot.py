"""A workflow's graph in DOT, the language of Graphviz. Names are never identifiers: those are n1, n2 and so on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmspell.cells import cut, one_line
from llmspell.workflows.pictures.parts import MAX_LABEL_CELLS, Link, Part, first_of, last_of, picture_of

if TYPE_CHECKING:
    from llmspell.workflows.graph import Graph

_SHAPES = {
    "agent": 'shape=box, style="rounded"',
    "workflow": "shape=box3d",
    "function": "shape=parallelogram",
    "template": "shape=note",
    "decision": "shape=diamond",
    "loop": "shape=hexagon",
    "start": "shape=circle",
    "end": "shape=doublecircle",
}
_SOLID = ("then", "when", "else")  # the way that is meant; others are what happens as well


def to_dot(graph: Graph) -> str:
    """The text of the graph, with a newline at its end."""
    picture = picture_of(graph)
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        "  compound=true;",
        "  node [shape=box];",
        *_parts(picture.top, "  "),
        *map(_edge, picture.links),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _parts(parts: list[Part], indent: str) -> Iterator[str]:
    for part in parts:
        if part.members:
            yield f"{indent}subgraph cluster_{part.id} {{"
            yield f"{indent}  label={_quoted(part.label)};"
            yield from _parts(part.members, indent + "  ")
            yield f"{indent}}}"
        else:
            shape = f", {_SHAPES[part.kind]}" if part.kind in _SHAPES else ""
            yield f"{indent}{part.id} [label={_quoted(part.label)}{shape}];"


def _edge(link: Link) -> str:
    # An edge leads from node to node; a cluster's are those of a node in it, cut off at its border.
    source, target = last_of(link.source), first_of(link.target)
    options = []
    if link.label.strip():
        options.append(f"label={_quoted(link.label)}")
    if link.kind not in _SOLID:
        options.append("style=dashed")
    if source is not link.source:
        options.append(f"ltail=cluster_{link.source.id}")
    if target is not link.target:
        options.append(f"lhead=cluster_{link.target.id}")
    shown = f" [{', '.join(options)}]" if options else ""
    return f"  {source.id} -> {target.id}{shown};"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    text = cut(one_line(text), MAX_LABEL_CELLS)
    # `&amp;` would become `&`, and `\N` the node's name.
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
