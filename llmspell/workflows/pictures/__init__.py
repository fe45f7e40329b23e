"""Pictures of a workflow's graph, as text: for Mermaid, for Graphviz, for a terminal.

Each takes what `Workflow.graph()` gives. Whatever a name holds, the picture is valid."""
