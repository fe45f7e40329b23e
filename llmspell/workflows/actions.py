"""Do what a step does: run a tool, ask an agent, run a workflow, call a function, fill in a template.

Each gives plain data, or raises. What a step without an input of its own gets is its scope's `given`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from llmspell.errors import BadArgument, InvalidParams, LLMSpellError, ToolFailed
from llmspell.workflows.context import StepContext, is_plain, takes_around
from llmspell.workflows.outputs import essence_of, is_result, text_of
from llmspell.workflows.spec import AgentAction, FunctionAction, Step, TemplateAction, ToolAction, WorkflowAction

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.tools.registry import ToolRegistry
    from llmspell.workflows.execution import Execution
    from llmspell.workflows.scope import Scope
    from llmspell.workflows.services import WorkflowServices

Value = Any
# Gets the context inside the step's effect, the step's input, its scope and the execution that it belongs to.
Do: TypeAlias = Callable[["RunContext", Value, "Scope", "Execution"], Awaitable[Value]]

Call: TypeAlias = Callable[["RunContext", Value, "Scope"], Value]

_ONE_PLACEHOLDER = re.compile(r"\s*\{\{\s*([\w.:-]{1,100})\s*\}\}\s*", re.ASCII)
_TEXTS = ("text", "prompt", "input", "message", "messages")


class StepFailed(LLMSpellError):
    """A function said that it failed, or raised what is no error of ours."""

    code = "step_failed"


def doing_of(step: Step, services: WorkflowServices, *, hands_on: bool = False) -> Do:
    """What a step does, as a function.

    Args:
        hands_on: Its workflow gives tools something, too: the output of the step before, or an item.
    """
    match step.action:
        case ToolAction():
            return _tool(step, step.action, services, hands_on)
        case AgentAction():
            return _agent(step.action, services)
        case WorkflowAction():
            return _workflow(step.action, services)
        case FunctionAction():
            return _function(step, step.action)
        case TemplateAction():
            return _template(step, step.action, services)


def _tool(step: Step, action: ToolAction, services: WorkflowServices, hands_on: bool) -> Do:
    has_input = step.input is not None

    def handed_on(tools: ToolRegistry, given: Value) -> dict[str, Value]:
        """What a tool that takes an input gets for it: a number as text, where it takes no numbers."""
        tool = tools.find(action.tool) if isinstance(action.tool, str) else action.tool
        takes = tool.schema.get("properties", {}).get("input")
        if takes is None:
            return {}
        types = takes.get("type", "number")
        takes_numbers = "number" in types or "integer" in types
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        return {"input": text_of(given) if is_number and not takes_numbers else given}

    async def do(ctx: RunContext, input: Value, scope: Scope, execution: Execution) -> Value:
        if services.tools is None:
            raise BadArgument("there are no tools here")
        params = input if has_input else None
        if hands_on and scope.given is not None:
            if not has_input:
                params = scope.given if isinstance(scope.given, Mapping) else handed_on(services.tools, scope.given)
            elif isinstance(params, Mapping) and "input" not in params:
                params = {**handed_on(services.tools, scope.given), **params}
        if params is not None and not isinstance(params, Mapping):
            params = {"input": params}
        try:
            if isinstance(action.tool, str):
                result = await services.tools.execute(ctx, action.tool, params)
            else:
                result = await services.tools.execute_tool(ctx, action.tool, params)
        except InvalidParams as error:
            error.hint = _instead_of_result(step.input, params, str(error.details.get("path", "$"))) or error.hint
            raise
        if not result.success:
            raise ToolFailed(result.error or f"{action.label} says that it failed", details={"tool": action.label})
        return result.to_value()

    return do


def _instead_of_result(written: Value, params: Value, path: str) -> str:
    """The hint where a tool is given a whole result, and wants something of it; empty where that is not what is wrong.

    Args:
        written: The step's input, as it was before its placeholders were filled in.
        path: Of what the tool refuses, as a JSON path.
    """
    if not isinstance(params, Mapping):
        return ""
    key = path.removeprefix("$.").split(".")[0].split("[")[0]
    value: Value = params
    text = written
    if not is_result(params):
        value = params.get(key)
        text = written.get(key) if isinstance(written, Mapping) else written
    if not isinstance(value, Mapping) or not is_result(value):
        return ""
    name = "previous"
    if isinstance(text, str) and (found := _ONE_PLACEHOLDER.fullmatch(text)):
        name = found[1]
    one, other = (f"{{{{{name}.{it}}}}}" for it in ("text", "output"))
    return f"it is given a whole result: write {one} for its text, {other} for what it holds"


def _agent(action: AgentAction, services: WorkflowServices) -> Do:
    async def do(ctx: RunContext, input: Value, scope: Scope, execution: Execution) -> Value:
        from llmspell.agents.input import read_input  # late: a workflow without agents does without

        agent = action.agent
        if isinstance(agent, str):
            if services.agents is None:
                raise BadArgument("there are no agents here")
            agent = services.agents().find(agent)
        asked = input
        if not isinstance(asked, str) and not (isinstance(asked, Mapping) and any(it in asked for it in _TEXTS)):
            if asked is None:
                raise BadArgument(f"the agent {action.label} is asked nothing", hint="give the step an input")
            asked = text_of(asked)
        result = await agent.execute(ctx, await read_input(ctx, asked))
        return result.to_value()

    return do


def _workflow(action: WorkflowAction, services: WorkflowServices) -> Do:
    async def do(ctx: RunContext, input: Value, scope: Scope, execution: Execution) -> Value:
        workflow = action.workflow
        if isinstance(workflow, str):
            workflow = services.registry.find(workflow)
        result = await workflow.execute_inside(ctx, input, scope, execution)
        if not result.success:
            error = WorkflowFailed(result.error or "it failed", code=result.error_code or "")
            error.details = {"workflow": workflow.name}
            raise error
        return result.to_value(is_inside=True)

    return do


class WorkflowFailed(LLMSpellError):
    """A workflow inside of another one has failed; the code is that of the step that did."""

    code = "workflow_failed"


def call_of(step: Step) -> Call | None:
    """A step whose function answers at once, without what it costs to await it.

    Returns:
        None for all others. What the function gives may still be something to await.
    """
    if not isinstance(step.action, FunctionAction) or not is_plain(step.action.function):
        return None
    function, name = step.action.function, step.name

    def call(ctx: RunContext, input: Value, scope: Scope) -> Value:
        try:
            value = function(StepContext(name, input, scope, ctx))
        except LLMSpellError:
            raise
        except Exception as error:  # a function of the caller's may raise anything
            raise _raised(error) from error
        return _checked(value) if type(value) is dict else value

    return call


async def awaited(value: Awaitable[Value]) -> Value:
    """What a function's answer comes to, with its failures as those of its step."""
    try:
        return _checked(await value)
    except LLMSpellError:
        raise
    except Exception as error:  # a function of the caller's may raise anything
        raise _raised(error) from error


def _raised(error: Exception) -> StepFailed:
    return StepFailed(f"{type(error).__name__}: {error}"[:2000], code="function_failed")


def _function(step: Step, action: FunctionAction) -> Do:
    function, name, after = action.function, step.name, step.depends_on

    if takes_around(function):

        async def do_script(ctx: RunContext, input: Value, scope: Scope, execution: Execution) -> Value:
            return _checked(await function(StepContext(name, input, scope, ctx).to_value(), around=ctx))

        return do_script

    async def do(ctx: RunContext, input: Value, scope: Scope, execution: Execution) -> Value:
        try:
            value = function(StepContext(name, input, scope, ctx, after))
            if hasattr(value, "__await__"):
                value = await value
        except LLMSpellError:
            raise
        except Exception as error:  # a function of the caller's may raise anything, and fails its own step only
            raise _raised(error) from error
        return _checked(value) if type(value) is dict else value

    return do


def _checked(value: Value) -> Value:
    """What a function has given, unless it is a table that says that it failed."""
    if isinstance(value, Mapping) and value.get("success") is False and value.get("error"):
        error = value["error"]
        message = error.get("message") if isinstance(error, Mapping) else error
        code = value.get("error_code", error.get("code") if isinstance(error, Mapping) else None)
        raise StepFailed(str(message)[:10_000], code=str(code or "")[:100])
    return value


def _template(step: Step, action: TemplateAction, services: WorkflowServices) -> Do:
    text = step.text
    if text is not None:

        async def fill(ctx: RunContext, input: Value, scope: Scope, execution: Execution) -> Value:
            if step.input is not None and isinstance(input, Mapping):
                whole = {**scope.input, **input} if isinstance(scope.input, Mapping) else dict(input)
                scope = replace(scope, input=whole)
            return text.get(scope)

        return fill

    async def do(ctx: RunContext, input: Value, scope: Scope, execution: Execution) -> Value:
        if services.templates is None:
            raise BadArgument("there are no templates here")
        params = input if isinstance(input, Mapping) else {} if input is None else {"input": essence_of(input)}
        return await services.templates.run(ctx, action.template, params)

    return do
