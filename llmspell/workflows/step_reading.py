"""One step, of a table of a script's or a file's: what it does, with what, when, and what if it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from llmspell.suggestions import did_you_mean
from llmspell.tools.simple_schema import found_in_words
from llmspell.workflows.conditions import read_condition
from llmspell.workflows.fields import RETRY_FIELDS, STEP_FIELDS, WORKFLOW_FIELDS, Fields, check_name, listed, wrong
from llmspell.workflows.spec import (
    KINDS,
    Action,
    AgentAction,
    FunctionAction,
    Retry,
    Step,
    Strategy,
    TemplateAction,
    ToolAction,
    WorkflowAction,
)

if TYPE_CHECKING:
    from llmspell.workflows.workflow import Workflow

Value = Any
# Makes a workflow of a table that stands in a step: the table and where it stands.
Nested = Callable[[Mapping[str, Value], str], "Workflow"]

MAX_ATTEMPTS = 1_000

# How a strategy is written. `retry` is an attempt or two more, and then fail_fast.
STRATEGIES: Mapping[str, Strategy] = {
    "fail_fast": "fail_fast",
    "failfast": "fail_fast",
    "fail": "fail_fast",
    "stop": "fail_fast",
    "abort": "fail_fast",
    "continue": "continue",
    "ignore": "continue",
    "skip": "continue",
}
DEFAULT_RETRY = Retry(attempts=3, backoff_ms=100)
_ACTIONS = ("tool", "agent", "workflow", "fn", "template")
_TYPES: Mapping[str, str] = {
    "tool": "tool",
    "agent": "agent",
    "workflow": "workflow",
    "function": "fn",
    "fn": "fn",
    "custom": "fn",
    "template": "template",
    "text": "template",
    **{it: it for it in KINDS},
}
# What tells that a step is a workflow that is written in its place.
_OF_WORKFLOWS = ("steps", "body", "nodes", "branches", "then_steps", "then")
_OF_BOTH = {"condition", "when", "if", "retry", "retry_policy", "retries", "max_retries", "name", "id", "description"}


def read_steps(value: Value, at: str, nested: Nested, *, first: int = 1) -> tuple[Step, ...]:
    """A list of steps, or a table of them by name.

    Args:
        first: The number of the first one, for the names of those without.

    Raises:
        BadArgument: As `read_step`.
    """
    if isinstance(value, Mapping) and value and all(isinstance(it, Mapping) for it in value.values()):
        value = [{"name": name, **it} for name, it in value.items()]
    items = listed(value, at, "steps")
    return tuple(read_step(it, f"{at}[{i}]", nested, name=f"step-{first + i}") for i, it in enumerate(items))


def read_step(value: Value, at: str, nested: Nested, *, name: str = "step") -> Step:
    """One step.

    Args:
        name: Where the table has none.

    Raises:
        BadArgument: It does nothing, or several things, or a field is wrong; `details.path` names the field.
    """
    if isinstance(value, Step):
        return value
    if callable(value):
        return Step(name, FunctionAction(value), path=at)
    if isinstance(value, Mapping) and _is_nested(value):
        value = _as_nested(value)
    given = Fields(value, STEP_FIELDS, "a step", at)
    named = check_name(given.get("name", name), "a step", given.path("name"))
    action = _action(given, nested)
    retry = read_retry(given)
    on_error, fallback = None, None
    if "on_error" in given:
        on_error, fallback, retry = _on_error(given, retry, nested, named)
    if "fallback" in given:
        fallback = _other(given.get("fallback"), given.path("fallback"), nested, f"{named}.fallback")
    compensate = None
    if "compensate" in given:
        undo = _other(given.get("compensate"), given.path("compensate"), nested, f"{named}.compensate")
        if isinstance(undo, str):
            raise wrong(given.path("compensate"), "compensate is a step or a function, not a name")
        compensate = undo
    route: Literal["all", "best"] = given.choice("route", {"all": "all", "best": "best"}, "all")
    return Step(
        named,
        action,
        given.get("input"),
        given.names("depends_on"),
        read_condition(given.get("condition"), given.path("condition")) if "condition" in given else None,
        given.milliseconds(),
        retry,
        on_error,
        fallback,
        compensate,
        given.flag("optional"),
        given.number("weight", 0.0, least=-1e9, most=1e9) or 0.0,
        route,
        given.text("description"),
        at,
    )


def read_retry(given: Fields) -> Retry | None:
    """What `retry` and `retries` say.

    Raises:
        BadArgument: They say nothing that can be done.
    """
    if "retries" in given:
        retries = given.integer("retries", 0, least=0, most=MAX_ATTEMPTS)
        return Retry(attempts=1 + (retries or 0), backoff_ms=DEFAULT_RETRY.backoff_ms)
    value = given.get("retry")
    if value is None or value is False:
        return None
    if value is True:
        return DEFAULT_RETRY
    if isinstance(value, Retry):
        return value
    if isinstance(value, int | float):
        retries = given.integer("retry", 0, least=0, most=MAX_ATTEMPTS)
        return Retry(attempts=1 + (retries or 0), backoff_ms=DEFAULT_RETRY.backoff_ms)
    return retry_of(value, given.path("retry"))


def retry_of(value: Value, at: str) -> Retry:
    """What a table of attempts says."""
    told = Fields(value, RETRY_FIELDS, "retry", at)
    attempts = told.integer("attempts", None, least=1, most=MAX_ATTEMPTS)
    if attempts is None:
        retries = told.integer("retries", None, least=0, most=MAX_ATTEMPTS)
        attempts = DEFAULT_RETRY.attempts if retries is None else retries + 1
    is_constant = told.text("backoff", "exponential") in ("fixed", "constant")
    backoff_ms = told.number("backoff_ms", DEFAULT_RETRY.backoff_ms, least=0, most=86_400_000) or 0.0
    factor = told.number("factor", 1.0 if is_constant else DEFAULT_RETRY.factor, least=1, most=1000) or 1.0
    most = told.number("max_backoff_ms", DEFAULT_RETRY.max_backoff_ms, least=0, most=86_400_000)
    return Retry(attempts, backoff_ms, factor, DEFAULT_RETRY.max_backoff_ms if most is None else most, told.names("on"))


def _action(given: Fields, nested: Nested) -> Action:
    found = [it for it in _ACTIONS if it in given]
    written = given.get("type")
    kind = given.choice("type", _TYPES, None)
    if kind in KINDS:
        raise wrong(given.at, f"a step of the type {written} needs steps of its own")
    if kind is not None and found and kind not in found:
        raise wrong(given.path("type"), f"a step of the type {written} needs {kind}, and {found[0]} is given")
    if len(found) > 1:
        both = f"{found[0]} and {found[1]}"
        raise wrong(given.path(found[1]), f"a step does one thing, and {both} are given", "make two steps of it")
    if not found:
        what = kind or "one of tool, agent, workflow, fn and template"
        name = given.get("name", "")
        raise wrong(given.at, f"the step {str(name)[:60]} needs {what}".replace("  ", " "), "say what it does")
    return _ACTION_OF[found[0]](given.get(found[0]), given.path(found[0]), nested)


def _tool(value: Value, at: str, nested: Nested) -> Action:
    if isinstance(value, str) and value:
        return ToolAction(value)
    if hasattr(value, "execute") and hasattr(value, "schema"):
        return ToolAction(value)
    raise wrong(at, f"tool is the name of a tool or a tool, not {found_in_words(value)}")


def _agent(value: Value, at: str, nested: Nested) -> Action:
    if isinstance(value, str) and value:
        return AgentAction(value)
    if hasattr(value, "execute") and hasattr(value, "name"):
        return AgentAction(value)
    raise wrong(at, f"agent is the name of an agent or an agent, not {found_in_words(value)}")


def _workflow(value: Value, at: str, nested: Nested) -> Action:
    if isinstance(value, str) and value:
        return WorkflowAction(value)
    if isinstance(value, Mapping):
        return WorkflowAction(nested(value, at))
    if hasattr(value, "execute") and hasattr(value, "spec"):
        return WorkflowAction(value)
    raise wrong(at, f"workflow is a name, a workflow or a table, not {found_in_words(value)}")


def _function(value: Value, at: str, nested: Nested) -> Action:
    if callable(value):
        return FunctionAction(value)
    raise wrong(at, f"fn is a function, not {found_in_words(value)}")


def _template(value: Value, at: str, nested: Nested) -> Action:
    if isinstance(value, str) and value:
        return TemplateAction(value, is_text="{{" in value or any(it.isspace() for it in value))
    raise wrong(at, f"template is the name of a template or a text to fill in, not {found_in_words(value)}")


_ACTION_OF: Mapping[str, Callable[[Value, str, Nested], Action]] = {
    "tool": _tool,
    "agent": _agent,
    "workflow": _workflow,
    "fn": _function,
    "template": _template,
}


def _on_error(
    given: Fields, retry: Retry | None, nested: Nested, name: str
) -> tuple[Strategy | None, Step | str | None, Retry | None]:
    value, at = given.get("on_error"), given.path("on_error")
    if isinstance(value, str):
        word = value.lower()
        if word in STRATEGIES:
            return STRATEGIES[word], None, retry
        if word == "retry":
            return None, None, retry or DEFAULT_RETRY
        return None, value, retry
    if isinstance(value, Mapping) and "fallback" in value and len(value) == 1:
        return None, _other(value["fallback"], f"{at}.fallback", nested, f"{name}.fallback"), retry
    if isinstance(value, Mapping) and ("retry" in value or value.get("type") == "retry") and "fn" not in value:
        told = value.get("retry", value)
        return None, None, DEFAULT_RETRY if told is True else retry_of(told, at)
    if isinstance(value, Mapping) or callable(value):
        return None, _other(value, at, nested, f"{name}.fallback"), retry
    hint = "fail_fast, continue, retry, the name of a step, or { fallback = … }"
    raise wrong(at, f"on_error says what to do, and is {found_in_words(value)}", hint)


def _other(value: Value, at: str, nested: Nested, name: str) -> Step | str:
    """A step that is done in another's place or to undo it."""
    if isinstance(value, str):
        if not value:
            raise wrong(at, "the name of a step is missing")
        return value
    return read_step(value, at, nested, name=name)


def _is_nested(value: Mapping[str, Value]) -> bool:
    kind = value.get("type", value.get("step_type", value.get("kind")))
    if isinstance(kind, str) and kind.lower() in KINDS:
        return True
    return any(it in value for it in _OF_WORKFLOWS) and not any(it in value for it in ("tool", "agent", "workflow"))


def _as_nested(value: Mapping[str, Value]) -> dict[str, Value]:
    """A step that is a workflow itself, as a step that has one."""
    of_step = {it for name, others in STEP_FIELDS.items() for it in (name, *others)}
    of_workflow = {it for name, others in WORKFLOW_FIELDS.items() for it in (name, *others)}
    outer, inner = {}, {}
    for key, it in value.items():
        if key in ("type", "step_type", "kind"):
            inner["type"] = it
        elif key in ("name", "id", "description"):
            outer[key] = inner[key] = it
        elif key in ("condition", "when", "if") and any(name in value for name in ("then", "then_steps")):
            inner[key] = it
        elif key in of_step and (key not in of_workflow or key in _OF_BOTH):
            outer[key] = it
        elif key in of_workflow or did_you_mean(str(key), of_workflow):
            inner[key] = it
        else:
            outer[key] = it
    return {**outer, "workflow": inner}
