"""What the tests here run workflows on: the built-in tools, canned agents, and functions that note what they do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any

from llmspell.effects.context import RunContext, library_context
from llmspell.errors import AgentNotFound, InvalidParams, NotFound, ToolFailed
from llmspell.suggestions import did_you_mean
from llmspell.tools.registry import ToolRegistry
from llmspell.tools.script_tool import script_tool
from llmspell.workflows.context import StepContext
from llmspell.workflows.result import WorkflowResult
from llmspell.workflows.workflow import Workflow, WorkflowServices, workflow_from

Value = Any


class Agents:
    """As much of a registry of agents as workflows use."""

    def __init__(self, *agents: Any) -> None:
        self._agents = {it.name: it for it in agents}

    def find(self, name: str) -> Any:
        if name not in self._agents:
            raise AgentNotFound(f'there is no agent "{name}"', hint=did_you_mean(name, self._agents))
        return self._agents[name]


class Templates:
    """A `TemplateRunner` with one template."""

    def names(self) -> list[str]:
        return ["greeting"]

    async def run(self, ctx: RunContext, name: str, params: Mapping[str, Value]) -> Value:
        if name not in self.names():
            raise NotFound(f'there is no template "{name}"')
        if "name" not in params:
            raise InvalidParams("name is missing")
        return {"text": f"hello {params['name']}", "n": 1}


def services(*agents: Any, templates: bool = False) -> WorkflowServices:
    tools = ToolRegistry()

    async def fail(ctx: RunContext, params: Mapping[str, Value]) -> Value:
        raise ToolFailed(str(params.get("message", "broken")), code=str(params.get("code", "tool_failed")))

    tools.register(script_tool("fails", "Fails", {"message": "string?", "code": "string?"}, fail))
    registry = Agents(*agents)
    given: Any = WorkflowServices(
        tools=tools, agents=lambda: registry if agents else Agents(), templates=Templates() if templates else None
    )
    made: WorkflowServices = given
    return made


def make(table: Mapping[str, Value], on: WorkflowServices | None = None) -> Workflow:
    return workflow_from(table, on or services())


def execute(
    table: Mapping[str, Value] | Workflow,
    input: Value = None,
    *,
    on: WorkflowServices | None = None,
    ctx: RunContext | None = None,
    **options: Any,
) -> WorkflowResult:
    """Make and execute, in an event loop of its own."""
    workflow = table if isinstance(table, Workflow) else make(table, on)

    async def main() -> WorkflowResult:
        async with asyncio.timeout(20):
            return await workflow.execute(ctx or library_context(), input, **options)

    return asyncio.run(main())


def statuses(result: WorkflowResult) -> dict[str, str]:
    return {it.name: it.status for it in result.steps}


class Notes:
    """Makes functions of steps that note in which order they are called."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def does(self, name: str, value: Value = None) -> dict[str, Value]:
        """A step that gives a value."""

        def function(context: StepContext) -> Value:
            self.called.append(name)
            return name if value is None else value

        return {"name": name, "fn": function}

    def fails(self, name: str, error: Exception | None = None) -> dict[str, Value]:
        """A step that raises."""

        def function(context: StepContext) -> Value:
            self.called.append(name)
            raise error or ToolFailed(f"{name} is broken")

        return {"name": name, "fn": function}


def script_function(function: Callable[[Value], Value]) -> Callable[..., Awaitable[Value]]:
    """A function as a script's: it is told where it is called from, and gets plain data."""

    async def call(given: Value, around: RunContext | None = None) -> Value:
        assert isinstance(given, dict)
        assert around is not None
        call.around = around  # type: ignore[attr-defined]  # for a test to look at
        return function(given)

    return call


def spied(**more: Any) -> SimpleNamespace:
    return SimpleNamespace(**more)
