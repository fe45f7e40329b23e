"""A graph as pictures need it: parts within parts, each with an identifier that is safe everywhere, and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.workflows.graph import Graph, GraphEdge, GraphNode

MAX_LABEL_CELLS = 120  # of a label


@dataclass(slots=True, eq=False)
class Part:
    """A node, or something that nodes are drawn within: a workflow in a step, or a branch.

    Attributes:
        id: n1, n2, … of nodes, g1, g2, … of branches.
        name: The step's, without those around it; short, to be named beside another.
        kind: As of the graph's node, or `branch`.
        level: As of the graph's node; of a branch that of its first.
        members: What is drawn within it, in the graph's order.
        around: What it is drawn within; None at the top.
    """

    id: str
    name: str
    label: str
    kind: str
    level: int
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
    """The graph's parts and links.

    A step that is a workflow is drawn around that one's nodes; that it leads to the first of them needs no link. An
    edge from or to what the graph does not have is left out."""
    nodes = {it.name: it for it in graph.nodes}
    outers = {it.name: _outer(it, nodes) for it in graph.nodes}
    parts = {
        it.name: Part(f"n{i}", _short(it.name, outers[it.name]), it.label or it.name, it.kind, it.level)
        for i, it in enumerate(graph.nodes, 1)
    }
    branches: dict[tuple[Part | None, str], Part] = {}
    top: list[Part] = []
    for node in graph.nodes:
        around = parts.get(outers[node.name])
        if node.group and (around is None or node.group != around.name):
            branch = branches.get((around, node.group))
            if branch is None:
                branch = branches[around, node.group] = Part(
                    f"g{len(branches) + 1}", node.group, node.group, "branch", node.level
                )
                _put(branch, around, top)
            branch.level = min(branch.level, node.level)
            around = branch
            parts[node.name].name = _short(parts[node.name].name, node.group)
        _put(parts[node.name], around, top)
    links = [_link(it, parts) for it in graph.edges if it.source in parts and it.target in parts]
    return Picture(top, [it for it in links if it is not None])


def first_of(part: Part) -> Part:
    """The first node in a part; the part itself where it holds none."""
    while part.members:
        part = part.members[0]
    return part


def last_of(part: Part) -> Part:
    """The last node in a part; the part itself where it holds none."""
    while part.members:
        part = part.members[-1]
    return part


def _outer(node: GraphNode, nodes: Mapping[str, GraphNode]) -> str:
    """The name of the step whose workflow a node belongs to, or empty. A step's own name may have slashes, too."""
    name = node.name
    while "/" in name:
        name = name.rpartition("/")[0]
        if name in nodes and nodes[name].kind == "workflow":
            return name
    return ""


def _short(name: str, outer: str) -> str:
    return name.removeprefix(outer + "/") if outer else name


def _put(part: Part, around: Part | None, top: list[Part]) -> None:
    part.around = around
    (top if around is None else around.members).append(part)


def _link(edge: GraphEdge, parts: Mapping[str, Part]) -> Link | None:
    source, target = parts[edge.source], parts[edge.target]
    if source is not target and _is_within(target, source):
        return None
    # Nothing draws a line between a part and what it holds: its first or last node stands for it.
    if source is target:
        source = last_of(source)
    while _is_within(source, target):
        target = first_of(target)
    return Link(source, target, edge.label, edge.kind)


def _is_within(part: Part, around: Part) -> bool:
    while (outer := part.around) is not None:
        if outer is around:
            return True
        part = outer
    return False
