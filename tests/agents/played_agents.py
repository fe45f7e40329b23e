"""Agents whose models play scripts, and what the tests of the agent loop share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from llmspell.agents.agent import Agent, AgentServices
from llmspell.agents.events import AgentEvent
from llmspell.agents.fields import spec_from
from llmspell.agents.protocol import AgentInput
from llmspell.agents.result import AgentResult
from llmspell.effects.context import RunContext, library_context, task_context
from llmspell.effects.run import Run
from llmspell.journal.memory import MemoryJournal
from llmspell.models.attempts import Attempts
from llmspell.models.calling import ModelServices
from llmspell.models.catalog import ModelCatalog
from llmspell.models.messages import user
from llmspell.models.prices import Prices
from llmspell.models.protocol import ModelRequest
from llmspell.security.profile import Profile, resolve_profile
from llmspell.security.redact import Redactor
from llmspell.tools.protocol import ToolResult
from llmspell.tools.registry import ToolRegistry
from llmspell.tools.script_tool import script_tool

SUM = {"tool": "calculator", "arguments": {"input": "6 * 7"}}
IN_WORDS = {"tools": False}  # of a script whose model cannot call tools


class Overheard(ModelCatalog):
    """A catalog that keeps what its models are asked."""

    def __init__(self) -> None:
        super().__init__(None)
        self.requests: list[ModelRequest] = []
        self.streamed: list[ModelRequest] = []

    def find(self, name: Any = "", **more: Any) -> Any:
        return _Recorded(super().find(name, **more), self)


class _Recorded:
    def __init__(self, model: Any, catalog: Overheard) -> None:
        self._model = model
        self._catalog = catalog

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    async def request(self, request: ModelRequest) -> Any:
        self._catalog.requests.append(request)
        return await self._model.request(request)

    def stream(self, request: ModelRequest) -> Any:
        self._catalog.requests.append(request)
        self._catalog.streamed.append(request)
        return self._model.stream(request)


class Stage:
    """A run and what its agents are made with.

    Args:
        allow: All that the run may do; without any it may do everything.
    """

    def __init__(self, *allow: str, prices: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self.catalog = Overheard()
        self.tools = ToolRegistry()
        models = ModelServices(self.catalog, Attempts(random=lambda: 0.0), Prices(prices))
        self.services = AgentServices(models, self.tools)
        self.journal = MemoryJournal(Redactor([]))
        profile = resolve_profile("none")
        if allow:
            profile = Profile.builder("test").extends("high").allow(*allow).build(base="/")
        self.run = Run(profile, self.journal)
        self.journal.begin(self.run.record(script="a.lua", language="lua", content_hash=""))
        self.events: list[AgentEvent] = []

    def agent(self, turns: Any, **fields: Any) -> Agent:
        """An agent whose model answers with these turns, or whose model has this name."""
        model = turns if isinstance(turns, str) else {"scripted": turns}
        return Agent(spec_from({"name": "ada", "model": model, **fields}), self.services)

    def tool(self, name: str, call: Callable[[Any], Any], parameters: Any = None) -> str:
        """Register a tool. Returns its name."""
        self.tools.register(made_tool(name, call, parameters))
        return name

    @property
    def requests(self) -> list[ModelRequest]:
        return self.catalog.requests

    @property
    def context(self) -> RunContext:
        return task_context(self.run)

    def entries(self) -> list[tuple[str, str, str]]:
        """Key, target and method of everything that was recorded, by key."""
        found = self.journal.entries(self.run.run_id)
        return sorted((it.key, it.target, it.method) for it in found)

    async def watch(self, event: AgentEvent) -> None:
        self.events.append(event)

    async def ask(
        self, agent: Any, text: str = "What is 6 * 7?", watched: bool = False, **overrides: Any
    ) -> AgentResult:
        asked = AgentInput((user(text),), overrides, {})
        result: AgentResult = await agent.execute(self.context, asked, on_event=self.watch if watched else None)
        return result


def made_tool(name: str, call: Callable[[Any], Any], parameters: Any = None) -> Any:
    """A tool of a function, plain or async."""

    async def run(ctx: Any, params: Any) -> Any:
        found = call(params)
        return await found if isinstance(found, Awaitable) else found

    return script_tool(name, f"The tool {name}.", parameters, run)


def play(turns: Any, *said: str, allow: tuple[str, ...] = (), **fields: Any) -> tuple[AgentResult, Stage]:
    """Make an agent and ask it, once or several times. Returns the last result."""

    async def main() -> tuple[AgentResult, Stage]:
        stage = Stage(*allow)
        agent = stage.agent(turns, **fields)
        for text in said or ("What is 6 * 7?",):
            result = await stage.ask(agent, text)
        return result, stage

    return asyncio.run(main())


def replace_spec(agent: Agent, **changes: Any) -> Agent:
    """Another agent with a changed spec, for what a script's table cannot say."""
    return Agent(replace(agent.spec, **changes), agent._services)


__all__ = [
    "IN_WORDS",
    "SUM",
    "Sequence",
    "Stage",
    "ToolResult",
    "library_context",
    "made_tool",
    "play",
    "replace_spec",
]
