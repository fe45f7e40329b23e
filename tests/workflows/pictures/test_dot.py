"""Graphs in DOT are valid whatever names hold: a parser that is not ours reads them."""

from __future__ import annotations

from collections.abc import Iterator

import pydot
import pytest
from hypothesis import given, settings
from named_graphs import graphs

from llmspell.cells import cut, one_line
from llmspell.workflows.graph import Graph, GraphEdge, GraphNode
from llmspell.workflows.pictures.dot import to_dot
from llmspell.workflows.pictures.parts import MAX_LABEL_CELLS

# pydot 4 calls what pyparsing 3.3 has given other names.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated - use:DeprecationWarning")


def read(text: str) -> pydot.Dot:
    (found,) = pydot.graph_from_dot_data(text) or ()
    return found


def labels(graph: pydot.Graph) -> Iterator[str]:
    """Of nodes and clusters, as Graphviz shows them."""
    for node in graph.get_nodes():
        if node.get_name() not in ("node", "edge", "graph"):
            yield unquoted(node.get("label"))
    for cluster in graph.get_subgraphs():
        if cluster.get_name().startswith("cluster_n"):
            yield unquoted(cluster.get("label"))
        yield from labels(cluster)


def unquoted(label: str) -> str:
    inner = label.removeprefix('"').removesuffix('"')
    return inner.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\").replace("&amp;", "&")


def shown(text: str) -> str:
    return cut(one_line(text), MAX_LABEL_CELLS)


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_any_graph_is_read_by_a_parser_and_its_labels_are_there(graph: Graph) -> None:
    found = read(to_dot(graph))
    assert sorted(labels(found)) == sorted(shown(it.label or it.name) for it in graph.nodes)
    assert len(found.get_edges()) <= len(graph.edges)
    nodes = {it.get_name() for it in all_nodes(found)}
    assert all({it.get_source(), it.get_destination()} <= nodes for it in found.get_edges())


def all_nodes(graph: pydot.Graph) -> Iterator[pydot.Node]:
    yield from graph.get_nodes()
    for it in graph.get_subgraphs():
        yield from all_nodes(it)


def test_an_edge_to_a_workflow_in_a_step_ends_at_its_border() -> None:
    nodes = (
        GraphNode("a", "tool", 'a "1" \\N &amp;'),
        GraphNode("sub", "workflow", "sub"),
        GraphNode("sub/x", "decision", "x", "sub"),
        GraphNode("sub/y", "agent", "y", "sub"),
    )
    edges = (
        GraphEdge("a", "sub", "x > 1", "when"),
        GraphEdge("sub", "sub/x"),
        GraphEdge("sub/y", "sub/x", "", "again"),
        GraphEdge("a", "gone"),
    )
    assert to_dot(Graph("w", "dag", nodes, edges)) == (
        'digraph "w" {\n  compound=true;\n  node [shape=box];\n'
        '  n1 [label="a \\"1\\" \\\\N &amp;amp;"];\n'
        '  subgraph cluster_n2 {\n    label="sub";\n'
        '    n3 [label="x", shape=diamond];\n    n4 [label="y", shape=box, style="rounded"];\n  }\n'
        '  n1 -> n3 [label="x > 1", lhead=cluster_n2];\n'
        "  n4 -> n3 [style=dashed];\n}\n"
    )
