"""Follow a reference into what an execution knows so far; where it leads nowhere, say what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument
from llmspell.suggestions import did_you_mean
from llmspell.workflows.outputs import essence_of, names_in

if TYPE_CHECKING:
    from llmspell.workflows.reference import Reference
    from llmspell.workflows.result import StepResult
    from llmspell.workflows.scope import Scope

Value = Any
_OF_ROWS = ("status", "success", "error", "error_code", "attempts", "duration_ms")


def look_up(reference: Reference, scope: Scope) -> Value:
    """What it points at.

    Raises:
        BadArgument: Nothing is there (`unknown_reference`); the hint names the nearest of what there is.
    """
    match reference.root:
        case "input":
            return _follow(scope.input, reference, reference.path, "the input")
        case "step":
            return _of_step(reference, scope)
        case "loop":
            if scope.loop is None and not reference.shown.startswith(
                "loop"
            ):  # `item`, which is a name like others here
                return _by_name(replace(reference, root="name", name=reference.path[0], path=reference.path[1:]), scope)
            if scope.loop is None:
                raise unknown(reference, "there is no loop here", ())
            return _follow(scope.loop, reference, reference.path, "the loop")
        case "shared":
            return _follow(scope.shared, reference, reference.path, "the shared data")
        case "previous":
            return _of_output(scope.previous, reference, reference.path, "the output of the step before")
        case "workflow":
            return _follow(scope.workflow, reference, reference.path, "the workflow")
        case _:
            return _by_name(reference, scope)


def _by_name(reference: Reference, scope: Scope) -> Value:
    name = reference.name
    if name in scope.rows:
        return _of_step(reference, scope)
    for known, what in ((scope.input, "the input"), (scope.shared, "the shared data"), (scope.loop, "the loop")):
        if isinstance(known, Mapping) and name in known:
            return _follow(known[name], reference, reference.path, f'"{name}" of {what}')
    if name in scope.workflow:
        return _follow(scope.workflow[name], reference, reference.path, name)
    names = [*scope.rows, *names_in(scope.input), *names_in(scope.shared)]
    raise unknown(reference, f'nothing here is called "{name[:60]}": no step before, no key of the input', names)


def _of_step(reference: Reference, scope: Scope) -> Value:
    name = reference.name
    row = scope.rows.get(name)
    if row is None:
        raise unknown(reference, f'no step "{name[:60]}" has run before', scope.rows)
    path = reference.path
    if path and path[0] in _OF_ROWS and not _has(row.output, path[0]):
        return _follow(getattr(row, path[0]), reference, path[1:], f"{path[0]} of the step {name}")
    if row.output is None and not row.success:
        why = "was skipped" if row.status == "skipped" else f"has {row.status}"
        raise unknown(reference, f'the step "{name[:60]}" {why}, it has no output', ())
    return _of_output(row.output, reference, path, f"the output of the step {name}")


def _of_output(output: Value, reference: Reference, path: tuple[str, ...], what: str) -> Value:
    if not path or _has(output, path[0]):
        return _follow(output, reference, path, what)
    outputs = output.get("outputs") if isinstance(output, Mapping) else None
    if outputs is not None and _has(outputs, path[0]):  # the steps of a workflow that is a step
        return _of_output(outputs[path[0]], reference, path[1:], what)
    is_list = isinstance(output, list)  # of a map as a whole: of each
    essence = [essence_of(it) for it in output] if is_list and path[0] in ("output", "result") else essence_of(output)
    if _has(essence, path[0]):
        return _follow(essence, reference, path, what)
    if path[0] in ("output", "result"):
        return _of_output(essence, reference, path[1:], what) if len(path) > 1 else essence
    return _follow(output, reference, path, what)


def _follow(value: Value, reference: Reference, path: tuple[str, ...], what: str) -> Value:
    for segment in path:
        if isinstance(value, Mapping) and segment in value:
            value = value[segment]
        elif isinstance(value, list | tuple) and _is_index(segment, len(value)):
            value = value[int(segment)]
        else:
            raise unknown(reference, f'{what} has no "{segment[:60]}"', names_in(value))
    return value


def unknown(reference: Reference, why: str, names: Iterable[str]) -> BadArgument:
    """The error for a reference that leads nowhere."""
    known = list(names)
    missing = reference.name or (reference.path[0] if reference.path else "")
    hint = did_you_mean(missing[:60], known)
    if not hint and known:
        hint = f"there is {', '.join(known[:10])}"[:300]
    return BadArgument(
        f"{{{{{reference.shown[:100]}}}}}: {why}",
        hint=hint,
        code="unknown_reference",
        details={"path": reference.at, "reference": reference.shown[:200]},
    )


def output_of(row: StepResult | None) -> Value:
    """What a step has given, or None."""
    return None if row is None else row.output


def _has(value: Value, segment: str) -> bool:
    if isinstance(value, Mapping):
        return segment in value
    return isinstance(value, list | tuple) and _is_index(segment, len(value))


def _is_index(segment: str, n_items: int) -> bool:
    return segment.lstrip("-").isdecimal() and len(segment) < 12 and -n_items <= int(segment) < n_items
