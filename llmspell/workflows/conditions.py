"""Conditions: of steps, branches, edges and loops. Read from a table once, asked at each place.

    true · "always" · "never" · "steps.a.result > 3" · a function
    { type = "step_succeeded", step = "a" }  or  { step_succeeded = "a" }
    { type = "and", conditions = { … } }  or  { ["and"] = { … } }, all, any, ["or"], ["not"]

A condition's values may hold placeholders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument, LLMSpellError
from llmspell.suggestions import did_you_mean
from llmspell.tools.simple_schema import found_in_words
from llmspell.workflows.context import StepContext, call_function, takes_around
from llmspell.workflows.expressions import Expression, parse_expression
from llmspell.workflows.outputs import essence_of, text_of
from llmspell.workflows.reference import Reference
from llmspell.workflows.references import NOTHING, Compiled, compile_value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.workflows.scope import Scope

Value = Any
_MAX_LEVELS = 32
_ABSENT = object()

# By each spelling, what it means.
_KINDS = {
    "always": "always",
    "never": "never",
    "shared_data_equals": "shared_data_equals",
    "shared_data_exists": "shared_data_exists",
    "shared_data_greater_than": "shared_data_greater_than",
    "shared_data_less_than": "shared_data_less_than",
    "step_succeeded": "step_succeeded",
    "step_success": "step_succeeded",
    "step_failed": "step_failed",
    "step_skipped": "step_skipped",
    "step_result_equals": "step_result_equals",
    "step_output_equals": "step_result_equals",
    "step_output_contains": "step_output_contains",
    "step_result_contains": "step_output_contains",
    "and": "and",
    "all": "and",
    "or": "or",
    "any": "or",
    "not": "not",
    "expression": "expression",
    "expr": "expression",
    "custom": "expression",
    "function": "function",
    "fn": "function",
}
_OF_STEPS = ("step_succeeded", "step_failed", "step_skipped", "step_result_equals", "step_output_contains")
_OF_SHARED = ("shared_data_equals", "shared_data_exists", "shared_data_greater_than", "shared_data_less_than")
_STEP = ("step", "step_name", "step_id", "name", "id")
_KEY = ("key", "name", "path")
_VALUE = ("value", "expected", "expected_value", "expected_result", "equals", "result", "output", "text", "contains")
_TEXT = ("substring", "text", "contains", "search_text", "value", "search", "expected")
_PARTS = ("conditions", "of", "items", "condition")


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """One condition, or several put together.

    Attributes:
        kind: A value of `_KINDS`.
        step: Whose outcome is asked for.
        key: Of the shared data, with dots for what is inside.
        value: What is compared with.
        shown: In a few words, for pictures and messages.
    """

    kind: str
    parts: tuple[Condition, ...] = ()
    step: str = ""
    key: str = ""
    value: Compiled = NOTHING
    expression: Expression | None = None
    function: Callable[..., Any] | None = None
    is_script: bool = False
    shown: str = ""
    at: str = "$"

    def references(self) -> Iterator[Reference]:
        """What it points at."""
        yield from self.value.references
        if self.expression is not None:
            yield from self.expression.references
        for it in self.parts:
            yield from it.references()

    def steps(self) -> Iterator[tuple[str, str]]:
        """Pairs of a kind and the step whose outcome it asks for."""
        if self.step:
            yield self.kind, self.step
        for it in self.parts:
            yield from it.steps()

    def to_value(self) -> Value:
        """As plain data."""
        if self.kind in ("always", "never"):
            return self.kind
        if self.expression is not None:
            return self.expression.source
        if self.kind == "function":
            return {"function": "<fn>"}
        if self.kind == "not":
            return {"not": self.parts[0].to_value()}
        if self.parts:
            return {self.kind: [it.to_value() for it in self.parts]}
        value: dict[str, Value] = {"type": self.kind}
        if self.step:
            value["step"] = self.step
        if self.key:
            value["key"] = self.key
        if self.kind not in ("step_succeeded", "step_failed", "step_skipped", "shared_data_exists"):
            value["value"] = self.value.value
        return value


async def holds(condition: Condition, scope: Scope, ctx: RunContext, name: str = "") -> bool:
    """Whether it holds here.

    Args:
        ctx: Where a function is called from.
        name: Of the step that is asked about.

    Raises:
        LLMSpellError: An expression cannot be computed, a function fails, a reference leads nowhere.
    """
    match condition.kind:
        case "always":
            return True
        case "never":
            return False
        case "and":
            for it in condition.parts:
                if not await holds(it, scope, ctx, name):
                    return False
            return True
        case "or":
            for it in condition.parts:
                if await holds(it, scope, ctx, name):
                    return True
            return False
        case "not":
            return not await holds(condition.parts[0], scope, ctx, name)
        case "function":
            assert condition.function is not None  # of this kind
            context = StepContext(name, scope.given, scope, ctx)
            try:
                return bool(await call_function(condition.function, context, is_script=condition.is_script))
            except LLMSpellError:
                raise
            except Exception as error:  # a function of the caller's may raise anything
                message = f"the condition of {name} failed: {type(error).__name__}: {error}"[:2000]
                raise LLMSpellError(message, code="condition_failed", details={"path": condition.at}) from error
        case "expression":
            assert condition.expression is not None  # of this kind
            return bool(condition.expression.value(scope))
        case kind if condition.step:
            return _of_step(kind, condition, scope)
        case kind:
            return _of_shared(kind, condition, scope)


def _of_step(kind: str, condition: Condition, scope: Scope) -> bool:
    row = scope.rows.get(condition.step)
    if row is None:
        return False
    if kind == "step_succeeded":
        return row.success
    if kind == "step_failed":
        return row.status in ("failed", "cancelled")
    if kind == "step_skipped":
        return row.status == "skipped"
    expected = condition.value.get(scope)
    if kind == "step_output_contains":
        whole = essence_of(row.output)
        if isinstance(whole, list | tuple) and expected in whole:
            return True
        return text_of(expected) in text_of(row.output) or text_of(expected) in text_of(whole)
    essence = essence_of(row.output)
    return _equal(row.output, expected) or _equal(essence, expected)


def _of_shared(kind: str, condition: Condition, scope: Scope) -> bool:
    value: Value = scope.shared
    if condition.key in scope.shared:
        value = scope.shared[condition.key]
    else:
        for part in condition.key.split("."):
            value = value[part] if isinstance(value, Mapping) and part in value else _ABSENT
    if kind == "shared_data_exists":
        return value is not _ABSENT and value is not None
    if value is _ABSENT:
        return False
    expected = condition.value.get(scope)
    if kind == "shared_data_equals":
        return _equal(value, expected)
    if not isinstance(value, int | float) or not isinstance(expected, int | float):
        raise BadArgument(
            f'the shared data "{condition.key[:60]}" is {found_in_words(value)} and cannot be compared with '
            f"{found_in_words(expected)}",
            code="bad_condition",
            details={"path": condition.at},
        )
    return value > expected if kind == "shared_data_greater_than" else value < expected


def _equal(a: Value, b: Value) -> bool:
    """Equal as scripts see it: true is not 1."""
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def read_condition(value: Value, at: str, level: int = 0) -> Condition:
    """A condition of what a table says.

    Raises:
        BadArgument: It says no condition; `details.path` names the place.
    """
    if level > _MAX_LEVELS:
        raise BadArgument(f"conditions are nested more than {_MAX_LEVELS} deep", details={"path": at})
    if isinstance(value, Condition):
        return value
    if isinstance(value, bool):
        return Condition("always" if value else "never", shown="always" if value else "never", at=at)
    if isinstance(value, str):
        if value.strip().lower() in ("always", "never"):
            return Condition(value.strip().lower(), shown=value.strip().lower(), at=at)
        return Condition("expression", expression=parse_expression(value, at), shown=value.strip()[:80], at=at)
    if callable(value):
        return _of_function(value, at)
    if isinstance(value, list | tuple) and value:
        parts = tuple(read_condition(it, f"{at}[{i}]", level + 1) for i, it in enumerate(value))
        return Condition("and", parts, shown=" and ".join(it.shown for it in parts)[:80], at=at)
    if not isinstance(value, Mapping) or not value:
        raise BadArgument(
            f"{at} must be a condition, not {found_in_words(value)}",
            hint='an expression, a function, or a table such as { step_succeeded = "name" }',
            details={"path": at},
        )
    return _of_table(value, at, level)


def _of_table(table: Mapping[str, Value], at: str, level: int) -> Condition:
    given: Mapping[str, Value]
    if "type" in table or "kind" in table:
        written = table.get("type", table.get("kind"))
        given = {key: it for key, it in table.items() if key not in ("type", "kind")}
    elif len(table) == 1:
        written, inner = next(iter(table.items()))
        given = inner if isinstance(inner, Mapping) and _KINDS.get(str(written)) not in ("not",) else {"": inner}
    else:
        keys = [it for it in table if it in _KINDS]
        if len(keys) != 1:
            raise _unknown(next(iter(table)), at)
        written = keys[0]
        given = {"": table[written], **{key: it for key, it in table.items() if key != written}}
    kind = _KINDS.get(written.strip().lower()) if isinstance(written, str) else None
    if kind is None:
        raise _unknown(written, at)
    if kind in ("always", "never"):
        return Condition(kind, shown=kind, at=at)
    if kind in ("and", "or", "not"):
        return _of_parts(kind, given, at, level)
    if kind == "expression":
        source = _one(given, ("expression", "expr", "condition", "value"), kind, at)
        if callable(source):
            return _of_function(source, at)
        if not isinstance(source, str):
            raise BadArgument(f"{at} needs an expression, a text, not {found_in_words(source)}", details={"path": at})
        return read_condition(source, at, level + 1)
    if kind == "function":
        function = _one(given, ("function", "fn", "handler"), kind, at)
        if not callable(function):
            raise BadArgument(f"{at} needs a function, not {found_in_words(function)}", details={"path": at})
        return _of_function(function, at)
    if kind in _OF_STEPS:
        if "" in given and not isinstance(given[""], str):
            raise _unknown(written, at)
        step = _text(_one(given, _STEP, kind, at), f"{at}.step")
        if kind == "step_result_equals":
            value = _one(given, tuple(it for it in _VALUE if it not in _STEP), kind, at, but="")
        elif kind == "step_output_contains":
            value = _one(given, _TEXT, kind, at, but="")
        else:
            value = None
        shown = f"{kind.removeprefix('step_').replace('_', ' ')}: {step}"
        return Condition(kind, step=step, value=compile_value(value, f"{at}.value"), shown=shown[:80], at=at)
    key = _text(_one(given, _KEY, kind, at), f"{at}.key")
    value = None if kind == "shared_data_exists" else _one(given, _VALUE, kind, at, but="")
    shown = f"{key} {kind.removeprefix('shared_data_').replace('_', ' ')}"
    return Condition(kind, key=key, value=compile_value(value, f"{at}.value"), shown=shown[:80], at=at)


def _of_parts(kind: str, given: Mapping[str, Value], at: str, level: int) -> Condition:
    found = _one(given, _PARTS, kind, at) if any(it in given for it in ("", *_PARTS)) else dict(given)
    if kind == "not":
        inner = found[0] if isinstance(found, list | tuple) and len(found) == 1 else found
        part = read_condition(inner, f"{at}.not", level + 1)
        return Condition("not", (part,), shown=f"not {part.shown}"[:80], at=at)
    if isinstance(found, Mapping):
        found = [{key: it} for key, it in found.items()]
    if not isinstance(found, list | tuple) or not found:
        raise BadArgument(f"{at}.{kind} needs a list of conditions", details={"path": f"{at}.{kind}"})
    parts = tuple(read_condition(it, f"{at}.{kind}[{i}]", level + 1) for i, it in enumerate(found))
    return Condition(kind, parts, shown=f" {kind} ".join(it.shown for it in parts)[:80], at=at)


def _of_function(function: Callable[..., Any], at: str) -> Condition:
    name = getattr(function, "__name__", "") or "function"
    return Condition("function", function=function, is_script=takes_around(function), shown=f"{name}()"[:80], at=at)


def _one(given: Mapping[str, Value], names: tuple[str, ...], kind: str, at: str, *, but: str | None = None) -> Value:
    """What is given under one of these names, or alone."""
    if "" in given and but is None:
        return given[""]
    for name in names:
        if name in given and given[name] is not None:
            return given[name]
    raise BadArgument(
        f"{at}: the condition {kind} needs {names[0]}",
        hint=f"give it as {names[0]}",
        details={"path": f"{at}.{names[0]}"},
    )


def _text(value: Value, at: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadArgument(f"{at} must be a name, not {found_in_words(value)}", details={"path": at})
    return value


def _unknown(written: Value, at: str) -> BadArgument:
    shown = str(written)[:60]
    hint = did_you_mean(shown, _KINDS) or f"there are {', '.join(sorted(set(_KINDS.values())))}"
    return BadArgument(f'there is no condition "{shown}"', hint=hint, details={"path": at, "unknown": shown})
