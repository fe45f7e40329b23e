"""Dags: each step when those that it waits for have ended, as many at a time as may be.

A step runs when all that it needs have succeeded and, where conditional edges lead to it, one of them was taken.
Otherwise it is skipped, and so is what needs it. A step that fails does not end the workflow when an edge that asks
for its failure is taken."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

from llmspell.workflows.schedule import at_same_time

if TYPE_CHECKING:
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.graph_order import Link
    from llmspell.workflows.plan import Node
    from llmspell.workflows.result import StepResult


class _Place:
    """Where one step stands in one execution."""

    __slots__ = ("index", "is_blocked", "n_asked", "n_taken", "n_waiting", "node", "out")

    def __init__(self, node: Node, index: int) -> None:
        self.node = node
        self.index = index
        self.out: list[tuple[Link, _Place]] = []
        self.n_waiting = 0
        self.n_asked = 0
        self.n_taken = 0
        self.is_blocked = False


async def run_dag(execution: Execution) -> None:
    """Run all steps that are to be run."""
    plan, ctx, scope = execution.plan, execution.ctx, execution.scope
    places = {node.name: _Place(node, i) for i, node in enumerate(plan.nodes)}
    for link in plan.links:
        source, target = places[link.source], places[link.target]
        source.out.append((link, target))
        target.n_waiting += 1
        target.n_asked += link.kind == "asked"
    ready = _Ready(plan.nodes)
    for place in places.values():
        if place.n_waiting == 0:
            ready.add(place)

    async def do(place: _Place) -> StepResult:
        return await execution.run_step(place.node, scope, ctx)

    async def ended(place: _Place, row: StepResult) -> bool:
        node = place.node
        follow = row.success or row.recovered or node.step.optional
        taken = await _taken(execution, place, row) if place.out else ()
        if row.status == "failed" and not row.recovered:
            if taken:
                row.recovered = True
            elif execution.ends(node, row):
                return True
        skipped: deque[tuple[_Place, bool, frozenset[Link]]] = deque([(place, follow, frozenset(taken))])
        while skipped:
            done, follows, ways = skipped.popleft()
            for link, target in done.out:
                target.n_waiting -= 1
                if link.kind == "needed" and not follows:
                    target.is_blocked = True
                elif link.kind == "asked" and link in ways:
                    target.n_taken += 1
                if target.n_waiting == 0:
                    if target.is_blocked or (target.n_asked and not target.n_taken):
                        why = "what it needs has not succeeded" if target.is_blocked else "no edge to it was taken"
                        execution.skip(target.node, scope, why)
                        skipped.append((target, target.node.step.optional, frozenset()))
                    else:
                        ready.add(target)
        return False

    await at_same_time(
        ctx.run,
        ready.take,
        do,
        ended,
        is_inline=lambda place: place.node.is_inline,
        limit=execution.spec.max_concurrency,
    )


async def _taken(execution: Execution, place: _Place, row: StepResult) -> list[Link]:
    """The conditional edges that are taken from a step that has ended."""
    found: list[Link] = []
    for link, _ in place.out:
        condition = link.condition
        if condition is None or row.status == "skipped":
            continue
        if not (row.success or row.recovered) and all(name != place.node.name for _, name in condition.steps()):
            continue  # it speaks of what the step has given, and that is nothing
        if await execution.holds(condition, execution.scope, execution.ctx, link.target):
            found.append(link)
    if len(found) > 1 and place.node.step.route == "best":
        found = [max(found, key=lambda it: it.weight)]
    return found


class _Ready:
    """The steps that could begin: the heaviest first, those of the same weight as they are written or came."""

    def __init__(self, nodes: list[Node]) -> None:
        self._is_weighted = any(it.step.weight for it in nodes)
        self._queue: deque[_Place] = deque()
        self._heap: list[tuple[float, int, _Place]] = []

    def add(self, place: _Place) -> None:
        if self._is_weighted:
            heapq.heappush(self._heap, (-place.node.step.weight, place.index, place))
        else:
            self._queue.append(place)

    def take(self) -> _Place | None:
        if self._is_weighted:
            return heapq.heappop(self._heap)[2] if self._heap else None
        return self._queue.popleft() if self._queue else None
