"""LangGraph: a node that does nothing, again and again, each time with a checkpoint in SQLite before the next."""

import sqlite3
from importlib.metadata import version
from typing import TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from step_timing import measure


class State(TypedDict):
    n: int


def main(path: str, n: int) -> None:
    builder = StateGraph(State)
    builder.add_node("step", lambda state: {"n": state["n"] + 1})
    builder.add_edge(START, "step")
    builder.add_conditional_edges("step", lambda state: "step" if state["n"] < n else END)
    saver = SqliteSaver(sqlite3.connect(path, check_same_thread=False))
    saver.setup()  # makes it WAL
    kept, bare = builder.compile(checkpointer=saver), builder.compile()
    config = {"recursion_limit": 10 * n + 100}

    def run_kept(thread: str) -> None:
        done = kept.invoke({"n": 0}, {**config, "configurable": {"thread_id": thread}}, durability="sync")
        assert done["n"] == n

    def run_bare(_: str) -> None:
        assert bare.invoke({"n": 0}, config)["n"] == n

    measure(
        f"LangGraph {version('langgraph')}, SqliteSaver {version('langgraph-checkpoint-sqlite')}", n, run_kept, run_bare
    )


if __name__ == "__main__":
    from step_timing import place

    main(*place())
