"""What loops and maps go over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument
from llmspell.tools.simple_schema import found_in_words
from llmspell.workflows.references import compile_value
from llmspell.workflows.spec import MAX_EXECUTIONS, Range

if TYPE_CHECKING:
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.scope import Scope

Value = Any

MAX_BOUND = 2**53  # of a range, either way: beyond it numbers of Lua are no whole ones, and Python counts no further


def items_of(execution: Execution) -> Sequence[Value]:
    """The items of a range or a collection, as many as the loop may take. Those of a table are `{key, value}`.

    Raises:
        BadArgument: It is no list and no numbers.
    """
    loop = execution.spec.loop
    assert loop is not None  # of loops and maps only
    found: Sequence[Value]
    if loop.range is not None:
        found = numbers_of(loop.range, execution.scope)
    else:
        found = _collection(loop.collection, execution.scope)
    if loop.max_iterations is not None and len(found) > loop.max_iterations:
        execution.notes["stopped_by"] = "max_iterations"
        return found[: loop.max_iterations]
    return found


def numbers_of(given: Range, scope: Scope) -> Sequence[Value]:
    """The numbers of a range.

    Raises:
        BadArgument: A bound is no number, the step is 0, or there are too many.
    """
    start, end, by = (
        _number(value, name, scope)
        for name, value in (("start", given.start), ("end", given.end), ("step", given.step))
    )
    if by == 0:
        raise BadArgument("the step of a range is not 0", details={"path": "$.range.step"})
    if all(isinstance(it, int) for it in (start, end, by)):
        numbers = range(start, end + (0 if not given.is_closed else 1 if by > 0 else -1), by)
        if len(numbers) > MAX_EXECUTIONS:
            raise BadArgument(f"a range has at most {MAX_EXECUTIONS} numbers", details={"path": "$.range"})
        return numbers
    n_steps = (end - start) / by
    if not abs(n_steps) <= MAX_EXECUTIONS:
        raise BadArgument(f"a range has at most {MAX_EXECUTIONS} numbers", details={"path": "$.range"})
    made = [start + i * by for i in range(max(0, int(n_steps) + 2))]
    return [it for it in made if (it < end if by > 0 else it > end) or (given.is_closed and it == end)]


def loop_at(index: int, item: Value, count: int | None) -> dict[str, Value]:
    """What `loop` is in one iteration."""
    place: dict[str, Value] = {"item": item, "index": index, "number": index + 1, "is_first": index == 0}
    if count is not None:
        place["count"] = count
        place["is_last"] = index == count - 1
    return place


def _number(value: Value, name: str, scope: Scope) -> Any:
    if isinstance(value, str):
        value = compile_value(value, f"$.range.{name}").get(scope)
        if isinstance(value, str):
            try:
                value = float(value) if any(it in value for it in ".eE") else int(value)
            except ValueError:
                pass
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise BadArgument(
            f"the {name} of the range is {found_in_words(value)}, not a number", details={"path": f"$.range.{name}"}
        )
    if abs(value) > MAX_BOUND:
        raise BadArgument(f"the {name} of the range is larger than {MAX_BOUND}", details={"path": f"$.range.{name}"})
    return value


def _collection(value: Value, scope: Scope) -> Sequence[Value]:
    found = compile_value(value, "$.collection").get(scope)
    if isinstance(found, Mapping):
        return [{"key": key, "value": it} for key, it in found.items()]
    if isinstance(found, list | tuple):
        return found
    if isinstance(found, Mapping) or found is None:
        found = None
    raise BadArgument(
        f"the collection is {found_in_words(found)}, not a list",
        hint='such as collection = { 1, 2 } or "{{input.items}}"',
        code="not_a_list",
        details={"path": "$.collection"},
    )
