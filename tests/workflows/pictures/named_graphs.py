"""Graphs whose names hold what pictures could stumble over."""

from __future__ import annotations

from hypothesis import strategies as st

from llmspell.workflows.graph import Graph, GraphEdge, GraphNode

# Words and signs of Mermaid, DOT, HTML and Markdown, and what terminals obey.
WORDS = r"""
end subgraph graph digraph "quoted" a]b a[b (x) {x} {{input.x}} <b>hi</b> &lt; &amp; #quot; %%{init:{}}%% --- `code` 1.
- + * 日本語 🙂 \N \ \" ; | --> <!-- style classDef linkStyle click accTitle: @{ ::: ~~~ $$x$$ // /* */
"""
NASTY = [*WORDS.split(), *"\n\r\t\x00\x1b\u202e\u2028\ud800\xa0\u0301 "]
pieces = st.sampled_from(NASTY) | st.text(max_size=4)
texts = st.lists(pieces, max_size=4).map("".join)

KINDS = ("tool", "agent", "workflow", "function", "template", "decision", "fork", "join", "loop", "start", "end", "new")
EDGES = ("then", "when", "else", "after", "again", "fallback", "undo")


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any graph, also such as no workflow has: the names alone must not make a picture invalid, nor may edges."""
    nodes: list[GraphNode] = []
    for i in range(draw(st.integers(0, 6))):
        outer = [it.name + "/" for it in nodes if it.kind == "workflow"]
        name = draw(st.sampled_from(["", *outer])) + f"{draw(texts)}{i}"
        nodes.append(
            GraphNode(
                name,
                draw(st.sampled_from(KINDS)),
                draw(texts),
                draw(st.just("") | st.just(name.split("/")[0]) | texts),
                draw(st.integers(0, 4)),
            )
        )
    ends = st.sampled_from([it.name for it in nodes] or [""])
    edges = draw(st.lists(st.builds(GraphEdge, ends, ends, st.just("") | texts, st.sampled_from(EDGES)), max_size=8))
    return Graph(draw(texts), draw(st.sampled_from(["dag", "loop"])), tuple(nodes), tuple(edges))
