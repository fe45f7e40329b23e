"""A workflow ready to be executed: each step compiled once, so that an execution only fills in and does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmspell.effects.perform import Effect
from llmspell.workflows.actions import Call, Do, call_of, doing_of
from llmspell.workflows.graph_order import Link, in_order
from llmspell.workflows.references import Compiled, compile_value
from llmspell.workflows.spec import Branch, Retry, Step, WorkflowSpec

if TYPE_CHECKING:
    from llmspell.workflows.conditions import Condition
    from llmspell.workflows.services import WorkflowServices


@dataclass(slots=True, eq=False)
class Node:
    """One step, compiled.

    Attributes:
        place: Its part of the keys of effects.
        input: None is what its scope gives.
        call: Does it without waiting, where that can be; see `actions.call_of`.
        is_bare: Nothing is to be looked at before it and after it: no condition, no attempts, no time.
        counts: That it fails is a failure of its workflow.
        ends: That it fails ends its workflow.
        position: Among the steps as they are written.
        effect: The one that is performed where inputs are not recorded.
    """

    step: Step
    name: str
    place: str
    input: Compiled | None
    do: Do
    call: Call | None
    effect: Effect
    is_bare: bool = True
    counts: bool = True
    ends: bool = True
    position: int = 0
    retry: Retry | None = None
    condition: Condition | None = None
    fallback: Node | None = None
    compensate: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DagPlan:
    """How the nodes of a dag hang together, each by its index.

    Attributes:
        out: The links that leave each, with the index of the node that they lead to.
        n_waiting: For how many links each waits.
        n_asked: How many of those have a condition.
        asks: Whether a link that leaves it has one.
    """

    out: list[list[tuple[Link, int]]]
    n_waiting: list[int]
    n_asked: list[int]
    asks: list[bool]
    is_weighted: bool


@dataclass(slots=True, eq=False)
class Plan:
    """All nodes of a workflow.

    Attributes:
        by_name: Those that others fall back on by their name.
        n_steps: How many steps are written.
        optional: The names of those whose failure is no matter to who depends on them.
    """

    nodes: list[Node]
    branches: list[tuple[Branch, list[Node]]]
    default: list[Node]
    dag: DagPlan | None
    output: Compiled | None
    n_steps: int
    by_name: dict[str, Node] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()

    def all_nodes(self) -> Iterator[Node]:
        """Every node, those of branches and those that others fall back on included."""
        yield from self.nodes
        for _, nodes in self.branches:
            yield from nodes
        yield from self.default
        yield from self.by_name.values()


def make_plan(spec: WorkflowSpec, services: WorkflowServices, links: Sequence[Link]) -> Plan:
    """Compile a workflow that has no `checks.problems`.

    Args:
        links: `graph_order.links_of` of a dag.
    """
    planner = _Planner(spec, services)
    steps = spec.all_steps()
    reserved = {it.fallback for it in steps if isinstance(it.fallback, str)}
    if reserved:
        for it in steps:
            if it.name in reserved:
                planner.by_name[it.name] = planner.node(it)
    nodes = planner.nodes(in_order(spec))
    return Plan(
        nodes,
        [(it, planner.nodes(it.steps)) for it in spec.branches],
        planner.nodes(spec.default),
        None if spec.kind != "dag" else _dag_of(nodes, links),
        None if spec.output is None else compile_value(spec.output, "$.output"),
        len(steps),
        planner.by_name,
        frozenset(it.name for it in steps if it.optional),
    )


def _dag_of(nodes: Sequence[Node], links: Sequence[Link]) -> DagPlan:
    index = {it.name: i for i, it in enumerate(nodes)}
    n = len(nodes)
    plan = DagPlan([[] for _ in range(n)], [0] * n, [0] * n, [False] * n, any(it.step.weight for it in nodes))
    for link in links:
        source, target = index[link.source], index[link.target]
        plan.out[source].append((link, target))
        plan.n_waiting[target] += 1
        if link.kind == "asked":
            plan.n_asked[target] += 1
            plan.asks[source] = True
    return plan


class _Planner:
    def __init__(self, spec: WorkflowSpec, services: WorkflowServices) -> None:
        self._spec = spec
        self._services = services
        self.by_name: dict[str, Node] = {}
        self._positions = {id(it): i for i, it in enumerate(spec.all_steps())}

    def nodes(self, steps: Iterable[Step]) -> list[Node]:
        return [self.node(it) for it in steps if it.name not in self.by_name]

    def node(self, step: Step) -> Node:
        spec = self._spec
        retry = step.retry or spec.retry
        if retry is not None and retry.attempts < 2:
            retry = None
        fallback = None
        if isinstance(step.fallback, Step):
            fallback = self.node(step.fallback)
        elif isinstance(step.fallback, str):
            fallback = self.by_name.get(step.fallback)
            if fallback is None:  # another that is fallen back on itself
                other = next(it for it in spec.all_steps() if it.name == step.fallback)
                fallback = self._simple(other)
        compensate = None if step.compensate is None else self.node(step.compensate)
        node = self._simple(step)
        node.retry = retry
        node.fallback = fallback
        node.compensate = compensate
        node.counts = not step.optional and step.on_error != "continue"
        node.ends = node.counts and (step.on_error or spec.strategy) == "fail_fast"
        node.is_bare = retry is None and fallback is None and step.condition is None and step.timeout_ms is None
        if not node.is_bare:
            node.call = None
        for beside in (fallback, compensate):
            if beside is not None:
                beside.position = node.position
        return node

    def _simple(self, step: Step) -> Node:
        return Node(
            step,
            step.name,
            f"step {step.name}" if step.name.isdecimal() else step.name,
            None if step.input is None else step.compiled,
            doing_of(step, self._services, hands_on=self._spec.kind in ("pipeline", "map")),
            call_of(step),
            Effect("step", step.name, None),
            condition=step.condition,
            position=self._positions.get(id(step), 0),
        )
