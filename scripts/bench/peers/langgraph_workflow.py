"""LangGraph: graphs of nodes that do nothing but count."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import TypedDict

from langgraph.graph import END, START, StateGraph

from graph_timing import layers, report


class State(TypedDict):
    pass


def make(kind: str, n: int) -> Callable[[], Awaitable[int]]:
    count = 0

    async def step(state: State) -> dict[str, object]:
        nonlocal count
        count += 1
        return {}

    builder = StateGraph(State)
    for i in range(n):
        builder.add_node(f"s{i}", step)
    if kind == "sequential":
        builder.add_edge(START, "s0")
        for i in range(1, n):
            builder.add_edge(f"s{i - 1}", f"s{i}")
        builder.add_edge(f"s{n - 1}", END)
    elif kind == "parallel":
        for i in range(n):
            builder.add_edge(START, f"s{i}")
    else:
        for layer in layers(n):
            for i, before in layer:
                builder.add_edge([f"s{it}" for it in before] if before else START, f"s{i}")
    graph = builder.compile()

    async def once() -> int:
        nonlocal count
        count = 0
        await graph.ainvoke({}, {"recursion_limit": n + 10})
        return count

    return once


report("LangGraph", version("langgraph"), make)
