"""A workflow as the table that makes it again. Functions have no form as data: they are `{"function": "<fn>"}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.workflows.spec import (
    FunctionAction,
    Loop,
    Retry,
    Step,
    WorkflowAction,
    WorkflowSpec,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Value = Any


def table_of(spec: WorkflowSpec) -> dict[str, Value]:
    """A workflow, by canonical names; what is as it is by default is left out."""
    table: dict[str, Value] = {"name": spec.name, "type": spec.kind}
    is_conditional = spec.kind == "conditional"
    parts: dict[str, Value] = {
        "description": spec.description,
        "pre_steps" if is_conditional else "steps": _steps(spec.steps),
        "branches": [
            _without_empty(
                {
                    "name": it.name,
                    "condition": None if it.condition is None else it.condition.to_value(),
                    "steps": _steps(it.steps),
                    "optional": it.optional,
                }
            )
            for it in spec.branches
        ],
        "default": _steps(spec.default),
        "match": spec.match if spec.match != "first" else None,
        "edges": [
            _without_empty(
                {
                    "from": it.source,
                    "to": it.target,
                    "condition": None if it.condition is None else it.condition.to_value(),
                    "weight": it.weight,
                    "label": it.label,
                }
            )
            for it in spec.edges
        ],
        "max_concurrency": spec.max_concurrency,
        "error_strategy": spec.strategy if spec.strategy != "fail_fast" else None,
        "retry": _retry(spec.retry),
        "timeout_ms": spec.timeout_ms,
        "shared_data": dict(spec.shared),
        "input_schema": None if spec.input_schema is None else dict(spec.input_schema),
        "metadata": dict(spec.metadata),
    }
    table |= _without_empty(parts)
    if spec.output is not None:
        table["output"] = spec.output
    if spec.loop is not None:
        table |= _loop(spec.loop)
    return table


def _loop(loop: Loop) -> dict[str, Value]:
    table: dict[str, Value] = {}
    if loop.range is not None:
        names = ("from", "to") if loop.range.is_closed else ("start", "end")
        table["range"] = {names[0]: loop.range.start, names[1]: loop.range.end, "step": loop.range.step}
    elif loop.condition is not None:
        table["while"] = loop.condition.to_value()
    else:
        table["collection"] = loop.collection
    if loop.max_iterations is not None:
        table["max_iterations"] = loop.max_iterations
    if loop.until is not None:
        table["until"] = loop.until.to_value()
    if loop.aggregation != "all":
        table["aggregation"] = loop.aggregation
    return table


def _steps(steps: Iterable[Step]) -> list[dict[str, Value]]:
    return [_step(it) for it in steps]


def _step(step: Step) -> dict[str, Value]:
    action = step.action
    done: Value = action.label
    name = "fn" if isinstance(action, FunctionAction) else action.kind
    if isinstance(action, FunctionAction):
        done = {"function": "<fn>"}
    elif isinstance(action, WorkflowAction) and not isinstance(action.workflow, str):
        done = table_of(action.workflow.spec)
    elif action.kind == "template":
        done = getattr(action, "template", done)
    table: dict[str, Value] = {"name": step.name, name: done}
    if step.input is not None:
        table["input"] = step.input
    parts: dict[str, Value] = {
        "description": step.description,
        "depends_on": list(step.depends_on),
        "condition": None if step.condition is None else step.condition.to_value(),
        "timeout_ms": step.timeout_ms,
        "retry": _retry(step.retry),
        "on_error": step.on_error,
        "fallback": _step(step.fallback) if isinstance(step.fallback, Step) else step.fallback,
        "compensate": None if step.compensate is None else _step(step.compensate),
        "optional": step.optional,
        "weight": step.weight,
        "route": step.route if step.route != "all" else None,
    }
    return {**table, **_without_empty(parts)}


def _retry(retry: Retry | None) -> dict[str, Value] | None:
    if retry is None:
        return None
    table: dict[str, Value] = {
        "attempts": retry.attempts,
        "backoff_ms": retry.backoff_ms,
        "factor": retry.factor,
        "max_backoff_ms": retry.max_backoff_ms,
    }
    return {**table, "on": list(retry.on)} if retry.on else table


def _without_empty(table: dict[str, Value]) -> dict[str, Value]:
    return {key: it for key, it in table.items() if it not in (None, "", False) and it != [] and it != {} and it != 0.0}
