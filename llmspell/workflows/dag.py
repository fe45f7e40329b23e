"""Dags: each step when those that it waits for have ended, as many at a time as may be.

A step runs when all that it needs have succeeded and, where conditional edges lead to it, one of them was taken.
Otherwise it is skipped, and so is what needs it. A step that fails does not end the workflow when an edge that asks
for its failure is taken."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Coroutine
from typing import TYPE_CHECKING, Any

from llmspell.workflows.schedule import at_same_time

if TYPE_CHECKING:
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.graph_order import Link
    from llmspell.workflows.result import StepResult


async def run_dag(execution: Execution) -> None:
    """Run all steps that are to be run."""
    progress = _Progress(execution)
    limit = execution.spec.max_concurrency
    await at_same_time(execution.ctx.run, progress.take, progress.start, progress.ended, limit=limit)


class _Progress:
    """How far one execution of a dag is. Nodes go by their index."""

    def __init__(self, execution: Execution) -> None:
        plan = execution.plan.dag
        assert plan is not None  # of dags
        self._execution = execution
        self._nodes = execution.plan.nodes
        self._plan = plan
        self._n_waiting = list(plan.n_waiting)
        self._n_taken: dict[int, int] = {}
        self._blocked: set[int] = set()
        # The steps that could begin: the heaviest first, those of the same weight as they came.
        self._queue: deque[int] = deque()
        self._heap: list[tuple[float, int]] = []
        for index, n in enumerate(plan.n_waiting):
            if n == 0:
                self._add(index)

    def take(self) -> int | None:
        """The next to begin."""
        if self._plan.is_weighted:
            return heapq.heappop(self._heap)[1] if self._heap else None
        return self._queue.popleft() if self._queue else None

    def start(self, index: int) -> StepResult | Coroutine[Any, Any, StepResult]:
        """Run one."""
        execution = self._execution
        row: Any = execution.run_now(self._nodes[index], execution.scope, execution.ctx)
        return execution.run_step(self._nodes[index], execution.scope, execution.ctx) if row is None else row

    def ended(self, index: int, row: StepResult) -> bool | Awaitable[bool]:
        """See who can begin now. True when a failure ends it all."""
        if self._plan.asks[index]:
            return self._ended_with_edges(index, row)
        node = self._nodes[index]
        if row.status == "failed" and not row.recovered and self._execution.ends(node, row):
            return True
        self._follow(index, row.success or row.recovered or node.step.optional, ())
        return False

    async def _ended_with_edges(self, index: int, row: StepResult) -> bool:
        node = self._nodes[index]
        follows = row.success or row.recovered or node.step.optional
        taken = await self._taken(index, row)
        if row.status == "failed" and not row.recovered:
            if taken:
                row.recovered = True
            elif self._execution.ends(node, row):
                return True
        self._follow(index, follows, taken)
        return False

    async def _taken(self, index: int, row: StepResult) -> list[Link]:
        """The conditional edges that are taken from a step that has ended."""
        execution, node = self._execution, self._nodes[index]
        found: list[Link] = []
        if row.status == "skipped":
            return found
        for link, target in self._plan.out[index]:
            if execution.usage.is_due():
                await asyncio.sleep(0)
            condition = link.condition
            if condition is None:
                continue
            if not (row.success or row.recovered) and all(name != node.name for _, name in condition.steps()):
                continue  # it speaks of what the step has given, and that is nothing
            if await execution.holds(condition, execution.scope, execution.ctx, self._nodes[target].name):
                found.append(link)
        if len(found) > 1 and node.step.route == "best":
            return [max(found, key=lambda it: it.weight)]
        return found

    def _follow(self, index: int, follows: bool, taken: list[Link] | tuple[()]) -> None:
        """Count an end for those that wait for it, and skip those that need what has not succeeded."""
        plan, waiting = self._plan, self._n_waiting
        ways = frozenset(taken)
        skipped: list[tuple[int, bool]] = []
        while True:
            for link, target in plan.out[index]:
                waiting[target] -= 1
                if not follows and link.kind == "needed":
                    self._blocked.add(target)
                elif link.kind == "asked" and link in ways:
                    self._n_taken[target] = self._n_taken.get(target, 0) + 1
                if waiting[target] > 0:
                    continue
                if target in self._blocked:
                    skipped.append(self._skip(target, "what it needs has not succeeded"))
                elif plan.n_asked[target] and target not in self._n_taken:
                    skipped.append(self._skip(target, "no edge to it was taken"))
                else:
                    self._add(target)
            if not skipped:
                return
            index, follows = skipped.pop()
            ways = frozenset()

    def _skip(self, index: int, why: str) -> tuple[int, bool]:
        node = self._nodes[index]
        self._execution.skip(node, self._execution.scope, why)
        return index, node.step.optional

    def _add(self, index: int) -> None:
        if self._plan.is_weighted:
            heapq.heappush(self._heap, (-self._nodes[index].step.weight, index))
        else:
            self._queue.append(index)
