"""A graph as pictures need it: parts within parts, each with an identifier that is safe everywhere, and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.workflows.graph import Graph

MAX_LABEL_CELLS = 120  # of one line of a label


@dataclass(slots=True, eq=False)
class Part:
    """A step, or something that holds steps.

    Attributes:
        id: n1, n2, …
        kind: As of the graph's node: tool, agent, workflow, function, template, condition, loop, …
        label: What stands beside or beneath its name.
        members: What is drawn within it, in the graph's order.
        around: What it is drawn within; None at the top.
    """

    id: str
    name: str
    kind: str
    label: str
    members: list[Part] = field(default_factory=list)
    around: Part | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """An edge; `kind` and `label` as of the graph's."""

    source: Part
    target: Part
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Parts that nothing is drawn around, in the graph's order, and all links."""

    top: list[Part]
    links: list[Link]


def picture_of(graph: Graph) -> Picture:
    """The graph's parts and links. A link from or to what the graph does not have is left out."""
    parts: dict[str, Part] = {}
    for i, node in enumerate(graph.nodes, 1):
        parts[node.id] = Part(f"n{i}", node.name, node.kind, node.label)
    top: list[Part] = []
    for node in graph.nodes:
        part, around = parts[node.id], parts.get(node.group)
        part.around = None if around is part else around
        (top if part.around is None else part.around.members).append(part)
    links = []
    for edge in graph.edges:
        if edge.source in parts and edge.target in parts:
            source, target = parts[edge.source], parts[edge.target]
            links.append(Link(*_ends(source, target), edge.label, edge.kind))
    return Picture(top, links)


def first_of(part: Part) -> Part:
    """The first step in a part; the part itself where it holds none."""
    while part.members:
        part = part.members[0]
    return part


def last_of(part: Part) -> Part:
    """The last step in a part; the part itself where it holds none."""
    while part.members:
        part = part.members[-1]
    return part


def _ends(source: Part, target: Part) -> tuple[Part, Part]:
    """The two. Nothing draws a line between a part and what it holds: its first or last step stands for it."""
    if source is target:
        source = last_of(source)
    while True:
        if _is_within(target, source):
            source = last_of(source)
        elif _is_within(source, target):
            target = first_of(target)
        else:
            return source, target


def _is_within(part: Part, around: Part) -> bool:
    while (outer := part.around) is not None:
        if outer is around:
            return True
        part = outer
    return False
