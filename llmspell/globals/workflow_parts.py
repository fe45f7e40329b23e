"""What a script hands over where a workflow is made: its objects as what they stand for, its functions as steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from llmspell.globals.agent_parts import AgentHandle
from llmspell.globals.tool import ToolObject, called_in_place
from llmspell.globals.values import require_plain
from llmspell.globals.workflow_step import StepObject
from llmspell.interface.spec import RESERVED_PYTHON
from llmspell.tools.protocol import Value
from llmspell.tools.script_tool import script_tool

if TYPE_CHECKING:
    from llmspell.interface.declare import Callback
    from llmspell.workflows.context import StepContext
    from llmspell.workflows.workflow import Workflow


class WorkflowHandle:
    """An object of a script's that stands for a workflow."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow


def parts_of(value: Value, key: str = "") -> Value:
    """A workflow's table as the host reads it, however deep: agents, tools and workflows in place of the script's
    objects, and functions that are called with a StepContext. What came over the wire is nested 64 deep at the most.

    Args:
        key: Under which the value stands. Under `tool`, a table with a `name` and a function `execute` is a tool that
            only this workflow has.
    """
    match value:
        case AgentHandle():
            return value.runnable
        case ToolObject():
            return value.found
        case WorkflowHandle():
            return value.workflow
        case list():
            return [parts_of(it) for it in value]
        case {"execute": execute, "name": name} if key == "tool" and callable(execute):
            parameters = value.get("parameters", value.get("schema"))
            return script_tool(name, value.get("description") or name, parameters, called_in_place(execute))
        case Mapping():
            return {name: parts_of(it, name) for name, it in value.items()}
        case _ if callable(value):
            return step_function(value)
        case _:
            return value


def without_underscores(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Fields that Python's grammar keeps from being keywords by their own names: `while_` is `while`."""
    return {name[:-1] if name[-1:] == "_" and name[:-1] in RESERVED_PYTHON else name: it for name, it in fields.items()}


def step_function(function: Callback) -> Callable[..., Awaitable[Value]]:
    """A script's function as a workflow calls it: what it does counts as done in its step."""

    async def call(step: StepContext) -> Value:
        found = await function(StepObject(step), around=step.ctx)
        return require_plain(found, f"what the function of {step.name} returned")

    call.__name__ = "function"  # what pictures and lists call it
    return call
