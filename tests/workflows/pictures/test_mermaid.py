"""Flowcharts are valid whatever names hold. The grammar here is stricter than Mermaid's: quotes around every label, and
in them nothing but letters, digits, a few signs and numbers of characters.

That this subset is what Mermaid draws was checked with Mermaid 11 itself, which is too large to be installed for it."""

import re

from hypothesis import example, given, settings
from named_graphs import graphs

from llmspell.cells import cut, one_line
from llmspell.workflows.graph import Graph, GraphEdge, GraphNode
from llmspell.workflows.pictures.mermaid import to_mermaid
from llmspell.workflows.pictures.parts import MAX_LABEL_CELLS

LABEL = r'"((?:[^\W_]|[ ,:=?!/()_\-+.]|#\d+;)+)"'
SHAPES = [("[", "]"), ("([", "])"), ("[[", "]]"), ("[/", "/]"), (">", "]"), ("{", "}"), ("{{", "}}"), ("((", "))")]
NODE = re.compile(r" +(n\d+)(?:" + "|".join(re.escape(a) + LABEL + re.escape(b) for a, b in SHAPES) + ")")
GROUP = re.compile(r" +subgraph ([ng]\d+)\[" + LABEL + r"\]")
EDGE = re.compile(r"  ([ng]\d+) (?:-->|-\.->)(?:\|" + LABEL + r"\|)? ([ng]\d+)")


def read(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """The labels by identifier, and the edges; fails on what is no flowchart of ours."""
    first, *lines = text.split("\n")
    assert first == "flowchart TD" and lines.pop() == ""
    labels: dict[str, str] = {}
    edges: list[tuple[str, str, str]] = []
    depth = 0
    for line in lines:
        if group := GROUP.fullmatch(line):
            labels[group[1]] = plain(group[2])
            depth += 1
        elif line.strip() == "direction TB":
            assert depth
        elif line.strip() == "end":
            depth -= 1
        elif node := NODE.fullmatch(line):
            assert not edges and node[1] not in labels
            labels[node[1]] = plain(next(it for it in node.groups()[1:] if it is not None))
        else:
            edge = EDGE.fullmatch(line)
            assert edge is not None, line
            assert edge[1] in labels and edge[3] in labels
            edges.append((edge[1], plain(edge[2] or ""), edge[3]))
        assert depth >= 0
    assert depth == 0
    return labels, edges


def plain(label: str) -> str:
    """What Mermaid shows for it."""
    return re.sub(r"#(\d+);", lambda it: chr(int(it[1])), label)


def shown(text: str) -> str:
    return cut(one_line(text), MAX_LABEL_CELLS).strip()


@settings(max_examples=40, deadline=None)
@example(Graph("", "dag", (GraphNode("0", "tool", ""), GraphNode("1", "tool", "")), (GraphEdge("0", "1", "\n"),)))
@given(graphs())
def test_any_graph_is_a_flowchart_and_its_labels_can_be_read(graph: Graph) -> None:
    labels, edges = read(to_mermaid(graph))
    found = [it for name, it in labels.items() if name.startswith("n")]
    assert sorted(found) == sorted(shown(it.label or it.name) or "\xa0" for it in graph.nodes)
    assert len(edges) <= len(graph.edges)
    # An edge whose label shows nothing has none.
    assert {it for _, it, _ in edges} <= {shown(it.label) if it.label.strip() else "" for it in graph.edges}


def test_a_name_is_never_a_word_of_mermaids() -> None:
    nodes = tuple(GraphNode(it, "tool", it) for it in ("end", 'a "b"', "1. x", "- y", "{{z}}", "<b>"))
    text = to_mermaid(Graph("w", "sequential", nodes, (GraphEdge("end", "<b>", "x > 1", "when"),)))
    assert text == (
        "flowchart TD\n"
        '  n1["end"]\n  n2["a #34;b#34;"]\n  n3["1#46; x"]\n  n4["#45; y"]\n'
        '  n5["#123;#123;z#125;#125;"]\n  n6["#60;b#62;"]\n'
        '  n1 -->|"x #62; 1"| n6\n'
    )


def test_a_workflow_in_a_step_is_drawn_around_its_steps_and_a_branch_around_its() -> None:
    nodes = (
        GraphNode("sub", "workflow", "sub"),
        GraphNode("sub/a", "tool", "a", "sub"),
        GraphNode("sub/b", "agent", "b", "high"),
        GraphNode("c/d", "function", "c/d"),
    )
    edges = (GraphEdge("sub", "sub/a"), GraphEdge("sub/a", "sub/b", "", "fallback"), GraphEdge("sub/b", "c/d"))
    assert to_mermaid(Graph("w", "sequential", nodes, edges)) == (
        "flowchart TD\n"
        '  subgraph n1["sub"]\n    direction TB\n    n2["a"]\n'
        '    subgraph g1["high"]\n      direction TB\n      n3(["b"])\n    end\n'
        '  end\n  n4[/"c/d"/]\n'
        "  n2 -.-> n3\n  n3 --> n4\n"
    )
