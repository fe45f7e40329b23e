"""Who works for whom: the agents that an agent or a composite has as tools, for hand-offs, or as members."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmspell.agents.as_tool import AgentTool

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.agents.spec import AgentSpec

MAX_DEPTH = 100  # of one tree
MAX_NODES = 10_000  # of one tree: agents that share others may make it far larger than there are agents


def parts_of(runnable: Runnable) -> tuple[tuple[str, Runnable], ...]:
    """Those who work for it directly, each with as what: tool, handoff, member, judge, router, generator or critic.

    Tools that an agent has by name count where they are agents and the agent knows it."""
    if hasattr(runnable, "parts"):
        return tuple(runnable.parts())
    spec: AgentSpec | None = getattr(runnable, "spec", None)
    if spec is None:
        return ()
    found: list[tuple[str, Runnable]] = []
    for it in spec.tools:
        if isinstance(it, AgentTool):
            found.append(("tool", it.runnable))
        elif not isinstance(it, str) and not hasattr(it, "schema"):
            found.append(("tool", it))  # what has no schema is no tool but an agent
    return (*found, *(("handoff", it) for it in spec.handoffs))


def reachable(runnable: Runnable, relation: str) -> Iterator[Runnable]:
    """All that can be reached by one relation, nearest first, each once; itself first."""
    pending, seen = [runnable], {id(runnable)}
    while pending:
        here = pending.pop(0)
        yield here
        for as_what, it in parts_of(here):
            if as_what == relation and id(it) not in seen:
                seen.add(id(it))
                pending.append(it)


def tree_of(runnable: Runnable) -> dict[str, object]:
    """Who works for whom as nested maps of `name`, `role` and `parts`. There is `again` where a branch would repeat
    itself, and `more` where it is not shown to its end."""
    n_nodes = 0

    def branch(it: Runnable, role: str, above: frozenset[int]) -> dict[str, object]:
        nonlocal n_nodes
        n_nodes += 1
        node: dict[str, object] = {"name": it.name, "role": role, "parts": []}
        parts = parts_of(it)
        if id(it) in above:
            node["again"] = True
        elif parts and (n_nodes > MAX_NODES or len(above) >= MAX_DEPTH):
            node["more"] = True
        else:
            node["parts"] = [branch(part, as_what, above | {id(it)}) for as_what, part in parts]
        return node

    return branch(runnable, "", frozenset())
