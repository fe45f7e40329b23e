"""pydantic-graph: graphs of steps that do nothing but count. It joins whole forks only, so each layer of the dag waits
for all of the layer before it: fewer edges than the others have."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from pydantic_graph.graph_builder import GraphBuilder

from graph_timing import layers, report


def nothing(current: None, inputs: None) -> None:
    return None


def make(kind: str, n: int) -> Callable[[], Awaitable[int]]:
    count = 0

    async def step(context: Any) -> None:
        nonlocal count
        count += 1

    builder: Any = GraphBuilder(input_type=type(None), output_type=type(None), auto_instrument=False)
    steps = [builder.step(step, node_id=f"s{i}") for i in range(n)]
    if kind == "sequential":
        for source, target in zip([builder.start_node, *steps], [*steps, builder.end_node], strict=True):
            builder.add(builder.edge_from(source).to(target))
    else:
        groups = [range(n)] if kind == "parallel" else [[i for i, _ in layer] for layer in layers(n)]
        source = builder.start_node
        for number, group in enumerate(groups):
            join = builder.join(nothing, initial=None, node_id=f"join{number}", preferred_parent_fork="closest")
            fork = [steps[i] for i in group]
            builder.add(builder.edge_from(source).to(*fork), builder.edge_from(*fork).to(join))
            source = join
        builder.add(builder.edge_from(source).to(builder.end_node))
    graph = builder.build()

    async def once() -> int:
        nonlocal count
        count = 0
        await graph.run()
        return count

    return once


report("pydantic-graph", version("pydantic-graph"), make)
