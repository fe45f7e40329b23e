"""What can be known to be wrong with a workflow before anything runs: names, order, references, and what it runs.

`problems` gives every mistake as the error that it is; a workflow that has one is not made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from llmspell.errors import BadArgument, LLMSpellError, NotFound
from llmspell.suggestions import did_you_mean
from llmspell.workflows.graph_order import check_order, in_order
from llmspell.workflows.reference import Reference
from llmspell.workflows.references import compile_value
from llmspell.workflows.spec import (
    MAX_STEPS,
    AgentAction,
    Step,
    TemplateAction,
    ToolAction,
    WorkflowAction,
    WorkflowSpec,
)

if TYPE_CHECKING:
    from llmspell.workflows.conditions import Condition
    from llmspell.workflows.graph_order import Link
    from llmspell.workflows.services import WorkflowServices


def problems(
    spec: WorkflowSpec, services: WorkflowServices, links: Sequence[Link], *, is_nested: bool = False
) -> Iterator[LLMSpellError]:
    """What is wrong, in the order in which it stands.

    Args:
        links: `graph_order.links_of` of a dag.
        is_nested: It is written in a step of another, whose loop it may see.
    """
    steps = spec.all_steps()
    if len(steps) > MAX_STEPS:
        yield _wrong("$.steps", f"a workflow has at most {MAX_STEPS} steps, this has {len(steps)}")
        return
    for branch in spec.branches:
        if not branch.steps:
            yield _wrong(branch.path, f"the branch {branch.name} has no steps")
        if spec.kind == "conditional" and branch.condition is None:
            yield _wrong(branch.path, f"the branch {branch.name} has no condition", 'give it one, such as "always"')
    if not steps:
        yield _wrong("$.steps", f"the workflow {spec.name} has no steps", "give it at least one")
        return
    yield from _names(spec, steps)
    yield from check_order(spec, links)
    yield from _Known(spec, is_nested).references()
    for step in steps:
        yield from _things(step, services)


def _names(spec: WorkflowSpec, steps: Sequence[Step]) -> Iterator[LLMSpellError]:
    """Names that are there twice, and names of steps that are not there."""
    # Of the branches of a conditional only one is taken, so they may use the same names.
    groups: Sequence[Iterable[Step]] = [steps]
    if spec.kind == "conditional" and spec.match == "first":
        groups = [(*spec.steps, *it.steps) for it in spec.branches] + [(*spec.steps, *spec.default)]
    told = set()
    for group in groups:
        seen: dict[str, Step] = {}
        for step in group:
            if step.name in seen and step.path not in told:
                told.add(step.path)
                yield _wrong(
                    f"{step.path}.name",
                    f'two steps are called "{step.name}"',
                    f"the other one is {seen[step.name].path}; names are unique in a workflow",
                )
            seen.setdefault(step.name, step)
    names = {it.name for it in steps}
    users: dict[str, str] = {}
    for step in steps:
        for name in step.depends_on:
            if name not in names:
                hint = did_you_mean(name, names) or f"there are {', '.join(sorted(names))[:300]}"
                message = f'the step {step.name} depends on "{name}", which is no step'
                yield _wrong(f"{step.path}.depends_on", message, hint)
        if isinstance(step.fallback, str):
            if step.fallback not in names or step.fallback == step.name:
                hint = did_you_mean(step.fallback, names - {step.name}) or "fail_fast, continue, retry, or a step"
                yield _wrong(f"{step.path}.on_error", f'there is no step "{step.fallback}" to fall back on', hint)
            users.setdefault(step.fallback, step.name)
        for condition in _conditions(step):
            yield from _named_in(condition, names)
    for branch in spec.branches:
        if branch.condition is not None:
            yield from _named_in(branch.condition, names)
    for edge in spec.edges:
        for end, name in (("from", edge.source), ("to", edge.target)):
            if name not in names:
                hint = did_you_mean(name, names) or f"there are {', '.join(sorted(names))[:300]}"
                yield _wrong(f"{edge.path}.{end}", f'an edge leads {end} "{name}", which is no step', hint)
        if edge.condition is not None:
            yield from _named_in(edge.condition, names)
    if spec.loop is not None:
        for it in (spec.loop.condition, spec.loop.until):
            if it is not None:
                yield from _named_in(it, names)


def _named_in(condition: Condition, names: set[str]) -> Iterator[LLMSpellError]:
    for kind, name in condition.steps():
        if name not in names:
            hint = did_you_mean(name, names) or f"there are {', '.join(sorted(names))[:300]}"
            yield _wrong(condition.at, f'the condition {kind} names "{name}", which is no step', hint)


class _Known:
    """Which steps can be referred to where."""

    def __init__(self, spec: WorkflowSpec, is_nested: bool) -> None:
        self._spec = spec
        self._has_loop = is_nested or spec.kind in ("loop", "map")
        self._all = {it.name for it in spec.all_steps()}
        for it in spec.all_steps():
            for other in (it.fallback, it.compensate):
                if isinstance(other, Step):
                    self._all.add(other.name)

    def references(self) -> Iterator[LLMSpellError]:
        spec = self._spec
        match spec.kind:
            case "sequential" | "pipeline" | "map":
                yield from self._one_after_the_other(in_order(spec), set())
            case "parallel":
                for step in spec.steps:
                    yield from self._in_step(step, set())
                for branch in spec.branches:
                    yield from self._one_after_the_other(branch.steps, set())
            case "conditional":
                before: set[str] = set()
                yield from self._one_after_the_other(spec.steps, before)
                for branch in spec.branches:
                    if branch.condition is not None:
                        yield from self._check(branch.condition.references(), before)
                    yield from self._one_after_the_other(branch.steps, before if spec.match == "all" else set(before))
                yield from self._one_after_the_other(spec.default, set(before))
            case _:  # a loop's steps see those of the iteration before; a dag waits for what it refers to
                for step in spec.steps:
                    yield from self._in_step(step, self._all)
        loop = spec.loop
        if loop is not None:
            values = [loop.collection, *((loop.range.start, loop.range.end, loop.range.step) if loop.range else ())]
            for value in values:
                yield from self._check(compile_value(value, "$.collection").references, set())
        if spec.output is not None:
            yield from self._check(compile_value(spec.output, "$.output").references, self._all)

    def _one_after_the_other(self, steps: Iterable[Step], known: set[str]) -> Iterator[LLMSpellError]:
        for step in steps:
            yield from self._in_step(step, known)
            known.add(step.name)

    def _in_step(self, step: Step, known: set[str]) -> Iterator[LLMSpellError]:
        if step.condition is not None:
            yield from self._check(step.condition.references(), known)
        if references := step.references():
            yield from self._check(references, known)
        if isinstance(step.fallback, Step):
            yield from self._in_step(step.fallback, known | {step.name})
        if isinstance(step.compensate, Step):
            yield from self._in_step(step.compensate, self._all)

    def _check(self, references: Iterable[Reference], known: set[str]) -> Iterator[LLMSpellError]:
        for it in references:
            if it.root == "loop" and not self._has_loop and it.shown.startswith("loop"):
                yield _unknown(it, "there is no loop here", 'type = "loop" or "map" has one')
            if it.root != "step" or it.name in known:
                continue
            if it.name not in self._all:
                hint = did_you_mean(it.name[:60], self._all)
                yield _unknown(it, f'there is no step "{it.name[:60]}"', hint or _listed(sorted(known)))
            else:
                why = "runs at the same time" if self._spec.kind == "parallel" else "does not run before"
                near = did_you_mean(it.name[:60], known) or _listed(sorted(known))
                yield _unknown(it, f'the step "{it.name[:60]}" {why}', near)


def _conditions(step: Step) -> Iterator[Condition]:
    if step.condition is not None:
        yield step.condition


def _things(step: Step, services: WorkflowServices) -> Iterator[LLMSpellError]:
    """Tools, agents, workflows and templates that are not there."""
    action, at = step.action, step.path
    try:
        match action:
            case ToolAction(tool=str() as name) if services.tools is not None:
                services.tools.find(name)
            case AgentAction(agent=str() as name) if services.agents is not None:
                services.agents().find(name)
            case WorkflowAction(workflow=str() as name):
                services.registry.find(name)
            case TemplateAction(template=name, is_text=False) if services.templates is not None:
                names = services.templates.names()
                if name not in names:
                    hint = did_you_mean(name[:60], names) or "a text to fill in has {{…}} in it"
                    yield NotFound(
                        f'there is no template "{name[:100]}"', hint=hint, details={"path": f"{at}.template"}
                    )
    except NotFound as error:
        error.details["path"] = f"{at}.{step.kind}"
        error.details["step"] = step.name
        yield error
    for other in (step.fallback, step.compensate):
        if isinstance(other, Step):
            yield from _things(other, services)


def _unknown(reference: Reference, why: str, hint: str) -> BadArgument:
    return BadArgument(
        f"{{{{{reference.shown[:100]}}}}}: {why}",
        hint=hint,
        code="unknown_reference",
        details={"path": reference.at, "reference": reference.shown[:200]},
    )


def _listed(names: Sequence[str]) -> str:
    return f"before it there is {', '.join(names)}"[:300] if names else "no step runs before it"


def _wrong(at: str, message: str, hint: str = "") -> BadArgument:
    return BadArgument(message, hint=hint, details={"path": at})
