"""The order of a workflow's steps: what each waits for, and whether that comes to an end.

A dag's step waits for those it names, for the sources of its edges, and for those whose outputs it refers to; a step
whose outcome its condition asks for is waited for, but need not have succeeded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from llmspell.errors import BadArgument, LLMSpellError
from llmspell.workflows.spec import Step, WorkflowSpec

if TYPE_CHECKING:
    from llmspell.workflows.conditions import Condition

# needed: it must have succeeded · asked: a condition decides · after: it must have ended.
LinkKind = Literal["needed", "asked", "after"]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """That one step of a dag waits for another."""

    source: str
    target: str
    kind: LinkKind
    condition: Condition | None = None
    weight: float = 0.0
    label: str = ""


def in_order(spec: WorkflowSpec) -> list[Step]:
    """The steps that run by themselves: those that another falls back on do not."""
    reserved = reserved_names(spec)
    return [it for it in spec.steps if it.name not in reserved] if reserved else list(spec.steps)


def reserved_names(spec: WorkflowSpec) -> set[str]:
    """The steps that run in the place of others only."""
    return {it.fallback for it in spec.all_steps() if isinstance(it.fallback, str)}


def links_of(spec: WorkflowSpec) -> list[Link]:
    """What waits for what in a dag, each pair once (edges with conditions as often as they are written); else none."""
    if spec.kind != "dag":
        return []
    steps = {it.name: it for it in in_order(spec)}
    links: list[Link] = []
    linked: set[tuple[str, str]] = set()
    judged = {it.name: _judged(it) for it in steps.values() if it.condition is not None}

    def link(source: str, target: str, kind: LinkKind, label: str = "") -> None:
        if source in steps and target in steps and (source, target) not in linked:
            linked.add((source, target))
            asks = kind == "needed" and source in judged.get(target, ())
            links.append(Link(source, target, "after" if asks else kind, label=label))

    for edge in spec.edges:
        if edge.condition is None:
            link(edge.source, edge.target, "needed", edge.label)
        elif edge.source in steps and edge.target in steps:
            linked.add((edge.source, edge.target))
            label = edge.label or edge.condition.shown
            links.append(Link(edge.source, edge.target, "asked", edge.condition, edge.weight, label))
    for step in steps.values():
        for name in step.depends_on:
            link(name, step.name, "needed")
        for name in _mentioned(step, steps):
            if name != step.name:
                link(name, step.name, "needed")
        if step.condition is not None:
            for name in (*judged[step.name], *(it.name for it in step.condition.references() if it.root == "step")):
                if name != step.name:
                    link(name, step.name, "after")
    return links


def check_order(spec: WorkflowSpec, links: Sequence[Link]) -> Iterator[LLMSpellError]:
    """A cycle, and dependencies that a workflow of this kind cannot keep.

    Args:
        links: Those of a dag.
    """
    if spec.kind == "dag":
        steps = in_order(spec)
        after: dict[str, list[str]] = {it.name: [] for it in steps}
        n_before = dict.fromkeys(after, 0)
        for it in links:
            after[it.source].append(it.target)
            n_before[it.target] += 1
        for step in steps:
            if step.name in step.depends_on:
                yield _cycle([step.name, step.name], step.path)
                return
        ready = deque(name for name, n in n_before.items() if n == 0)
        n_done = 0
        while ready:
            name = ready.popleft()
            n_done += 1
            for target in after[name]:
                n_before[target] -= 1
                if n_before[target] == 0:
                    ready.append(target)
        if n_done < len(after):
            left = {name for name, n in n_before.items() if n > 0}
            found = _find_cycle(after, left)
            path = next(it.path for it in steps if it.name == found[0])
            yield _cycle(found, path)
        return
    groups: list[Sequence[Step]] = [in_order(spec), *(it.steps for it in spec.branches), spec.default]
    for group in groups:
        before: set[str] = set()
        for step in group:
            late = next((it for it in step.depends_on if it not in before), None)
            if late is not None and any(it.name == late for it in spec.all_steps()):
                hint = 'a workflow of type = "dag" orders its steps by what they depend on'
                message = f"the step {step.name} depends on {late}, which does not run before it"
                yield BadArgument(message, hint=hint, details={"path": f"{step.path}.depends_on"})
            if spec.kind != "parallel":
                before.add(step.name)


def _mentioned(step: Step, steps: Mapping[str, Step]) -> list[str]:
    """The steps whose outputs its input refers to."""
    references = step.references()
    if isinstance(step.fallback, Step):
        references += step.fallback.references()
    if not references:
        return []
    return [it.name for it in references if it.root == "step" or (it.root == "name" and it.name in steps)]


def _judged(step: Step) -> list[str]:
    return [] if step.condition is None else [name for _, name in step.condition.steps()]


def _find_cycle(after: Mapping[str, Sequence[str]], left: set[str]) -> list[str]:
    """One cycle, the first step again at its end. Each step that is left either is in one or waits for one."""
    before: dict[str, str] = {}
    for source in after:
        if source in left:
            for target in after[source]:
                if target in left:
                    before.setdefault(target, source)
    name = next(it for it in after if it in left and it in before)
    seen: dict[str, int] = {}
    way: list[str] = []
    while name not in seen:
        seen[name] = len(way)
        way.append(name)
        name = before[name]
    cycle = way[seen[name] :]
    cycle.reverse()
    position = {name: i for i, name in enumerate(after)}
    first = min(range(len(cycle)), key=lambda i: position[cycle[i]])
    turned = cycle[first:] + cycle[:first]
    return [*turned, turned[0]]


def _cycle(names: Sequence[str], path: str) -> BadArgument:
    shown = " → ".join(names if len(names) <= 12 else [*names[:10], "…", names[-1]])
    return BadArgument(
        f"the steps wait for each other in a circle: {shown}",
        hint="take one of these dependencies away",
        code="cycle",
        details={"path": path, "cycle": list(names[:1000])},
    )
