"""A workflow as nodes and edges, for pictures and for the terminal. Plain data; knows no format of pictures."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llmspell.workflows.graph_order import in_order, links_of, reserved_names
from llmspell.workflows.spec import Range, Step, WorkflowAction, WorkflowSpec

EdgeKind = Literal["then", "when", "else", "after", "again", "fallback", "undo"]


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node.

    Attributes:
        name: Unique in the graph; of a step in a workflow in a step `outer/inner`.
        kind: A step's kind, or start, end, decision, fork, join, loop.
        label: For people.
        group: The name of the branch or the inner workflow that it belongs to, or empty.
        level: How many nodes come before it on the longest way.
    """

    name: str
    kind: str
    label: str
    group: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """One edge: `source` to `target`.

    Attributes:
        kind: then: when the source has succeeded · when: when its condition holds, which is the label · else ·
            after: when it has ended, however · again: the next iteration · fallback: when it has failed · undo.
    """

    source: str
    target: str
    label: str = ""
    kind: EdgeKind = "then"


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole workflow. `levels` has the names of nodes that could run at the same time, the first first."""

    name: str
    kind: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]

    @property
    def levels(self) -> list[list[str]]:
        found: dict[int, list[str]] = {}
        for it in self.nodes:
            found.setdefault(it.level, []).append(it.name)
        return [found[it] for it in sorted(found)]

    def to_value(self) -> dict[str, object]:
        """As plain data: nodes with name, kind, label, group, level; edges with from, to, label, kind."""
        return {
            "name": self.name,
            "type": self.kind,
            "nodes": [
                {"name": it.name, "kind": it.kind, "label": it.label, "group": it.group, "level": it.level}
                for it in self.nodes
            ],
            "edges": [{"from": it.source, "to": it.target, "label": it.label, "kind": it.kind} for it in self.edges],
            "levels": self.levels,
        }


def graph_of(spec: WorkflowSpec) -> Graph:
    """The graph of a workflow, between `start` and `end`; those of workflows in its steps are drawn out."""
    start, end = _free("start", spec), _free("end", spec)
    maker = _Maker(start, end)
    ends = maker.workflow(spec, [start], "", "")
    nodes = [(start, "start", spec.name, ""), *maker.nodes, (end, "end", "end", "")]
    edges = [*maker.edges, *(GraphEdge(source, end, label, kind) for source, label, kind in maker.loose(ends))]
    levels = _levels([name for name, *_ in nodes], edges)
    made = tuple(GraphNode(name, kind, label, group, levels[name]) for name, kind, label, group in nodes)
    return Graph(spec.name, spec.kind, made, tuple(edges))


class _Maker:
    """Collects nodes and edges. What comes next is joined to the loose ends of what came before."""

    def __init__(self, *names: str) -> None:
        self.nodes: list[tuple[str, str, str, str]] = []
        self.edges: list[GraphEdge] = []
        self._labels: dict[str, tuple[str, EdgeKind]] = {}
        self._names = {*names}

    def loose(self, ends: Sequence[str]) -> list[tuple[str, str, EdgeKind]]:
        """Ends with the label and the kind of the edge that leaves them; those of a decision are written `name?`."""
        return [(it.partition("\0")[0], *self._labels.get(it, ("", "then"))) for it in dict.fromkeys(ends)]

    def workflow(self, spec: WorkflowSpec, before: list[str], prefix: str, group: str) -> list[str]:
        """Draw a workflow after some ends. Returns its own."""
        match spec.kind:
            case "parallel":
                parts: list[tuple[str, Sequence[Step]]] = [("", (it,)) for it in in_order(spec)]
                parts += [(it.name, it.steps) for it in spec.branches]
                fork = self._add(prefix + _free("fork", spec), "fork", "at the same time", group)
                self._join(before, fork)
                ends = [end for name, steps in parts for end in self._line(spec, steps, [fork], prefix, name or group)]
                join = self._add(prefix + _free("join", spec), "join", "all have ended", group)
                self._join(ends, join)
                return [join]
            case "conditional":
                return self._conditional(spec, before, prefix, group)
            case "loop" | "map":
                head = self._add(prefix + _free(spec.kind, spec), "loop", _over(spec), group)
                self._join(before, head)
                ends = self._line(spec, in_order(spec), [head], prefix, group or spec.name)
                for source, label, kind in self.loose(ends):
                    self.edges.append(GraphEdge(source, head, label, "again" if kind == "then" else kind))
                return [head]
            case "dag":
                return self._dag(spec, before, prefix, group)
            case _:
                return self._line(spec, in_order(spec), before, prefix, group)

    def _line(self, spec: WorkflowSpec, steps: Sequence[Step], before: list[str], prefix: str, group: str) -> list[str]:
        for step in steps:
            before = self._step(spec, step, before, prefix, group)
        return before

    def _step(self, spec: WorkflowSpec, step: Step, before: list[str], prefix: str, group: str) -> list[str]:
        name = self._add(f"{prefix}{step.name}", step.kind, _label(step), group)
        label = "" if step.condition is None else step.condition.shown
        self._join(before, name, label)
        ends = [name]
        if isinstance(step.action, WorkflowAction) and not isinstance(step.action.workflow, str):
            ends = self.workflow(step.action.workflow.spec, [name], f"{prefix}{step.name}/", step.name)
        fallback = step.fallback
        if isinstance(fallback, str):
            fallback = next((it for it in spec.all_steps() if it.name == fallback), None)
        if isinstance(fallback, Step):
            other = self._add(f"{prefix}{fallback.name}", fallback.kind, _label(fallback), group)
            self.edges.append(GraphEdge(name, other, "if it fails", "fallback"))
            ends.append(other)
        if step.compensate is not None:
            other = self._add(f"{prefix}{step.compensate.name}", step.compensate.kind, _label(step.compensate), group)
            self.edges.append(GraphEdge(name, other, "undo", "undo"))
        return ends

    def _conditional(self, spec: WorkflowSpec, before: list[str], prefix: str, group: str) -> list[str]:
        before = self._line(spec, in_order(spec), before, prefix, group)
        decision = self._add(prefix + _free("decision", spec), "decision", f"{spec.match} that holds", group)
        self._join(before, decision)
        ends: list[str] = []
        # Of branches only one is taken, so that they may use the same names: then those of each are its own.
        names = [it.name for steps in (*(it.steps for it in spec.branches), spec.default) for it in steps]
        is_shared = len(set(names)) < len(names)
        for i, branch in enumerate(spec.branches):
            shown = branch.condition.shown if branch.condition is not None else "always"
            own = f"{prefix}{branch.name}/" if is_shared else prefix
            ends += self._line(spec, branch.steps, [self._loose(decision, i, shown, "when")], own, branch.name)
        other = self._loose(decision, len(spec.branches), "else", "else")
        own = f"{prefix}default/" if is_shared else prefix
        ends += self._line(spec, spec.default, [other], own, "default") if spec.default else [other]
        return ends

    def _dag(self, spec: WorkflowSpec, before: list[str], prefix: str, group: str) -> list[str]:
        links = links_of(spec)
        targets, sources = {it.target for it in links}, {it.source for it in links}
        reserved = reserved_names(spec)
        ends: list[str] = []
        ends_of: dict[str, list[str]] = {}
        for step in in_order(spec):
            first = before if step.name not in targets else []
            ends_of[step.name] = self._step(spec, step, first, prefix, group)
            if step.name not in sources and step.name not in reserved:
                ends += ends_of[step.name]
        kinds: dict[str, EdgeKind] = {"needed": "then", "asked": "when", "after": "after"}
        for link in links:
            for source, label, kind in self.loose(ends_of[link.source]):
                shown = link.label or label
                self.edges.append(
                    GraphEdge(source, f"{prefix}{link.target}", shown, kinds[link.kind] if kind == "then" else kind)
                )
        return ends

    def _add(self, name: str, kind: str, label: str, group: str) -> str:
        if name not in self._names:
            self._names.add(name)
            self.nodes.append((name, kind, label, group))
        return name

    def _join(self, before: Sequence[str], target: str, label: str = "") -> None:
        for source, shown, kind in self.loose(before):
            if label and kind == "then":
                self.edges.append(GraphEdge(source, target, label, "when"))
            else:
                self.edges.append(GraphEdge(source, target, shown or label, kind))

    def _loose(self, name: str, number: int, label: str, kind: EdgeKind) -> str:
        """An end of a decision: what is joined to it is joined to the decision, by this label."""
        end = f"{name}\0{number}"
        self._labels[end] = (label, kind)
        return end


def _free(name: str, spec: WorkflowSpec) -> str:
    """A name for a node that is no step: this one, or `name-2` and so on where a step is called so."""
    steps = spec.all_steps()
    others = (it for step in steps for it in (step.fallback, step.compensate) if isinstance(it, Step))
    taken = {it.name for it in (*steps, *others)}
    names = itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2)))
    return next(it for it in names if it not in taken)


def _label(step: Step) -> str:
    return step.name if step.action.label in ("", step.name) else f"{step.name} ({step.action.label})"


def _over(spec: WorkflowSpec) -> str:
    loop = spec.loop
    if loop is None:
        return ""
    if isinstance(loop.range, Range):
        start, end = loop.range.start, loop.range.end
        return f"from {start} to {end}" if loop.range.is_closed else f"from {start}, before {end}"
    if loop.condition is not None:
        return f"while {loop.condition.shown}"
    over = loop.collection if isinstance(loop.collection, str) else f"{len(loop.collection)} items"
    return f"for each of {over}"


def _levels(names: Sequence[str], edges: Sequence[GraphEdge]) -> dict[str, int]:
    """How many nodes come before each on the longest way; edges that lead back do not count."""
    after: dict[str, list[str]] = {it: [] for it in names}
    n_before = dict.fromkeys(names, 0)
    for it in edges:
        if it.kind != "again" and it.source in after and it.target in n_before:
            after[it.source].append(it.target)
            n_before[it.target] += 1
    levels = dict.fromkeys(names, 0)
    ready = [it for it in names if n_before[it] == 0]
    for name in ready:
        for target in after[name]:
            levels[target] = max(levels[target], levels[name] + 1)
            n_before[target] -= 1
            if n_before[target] == 0:
                ready.append(target)
    return levels
