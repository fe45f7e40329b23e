"""A run with templates, whose models play scripts that a test writes down."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from llmspell.agents.agent import AgentServices
from llmspell.agents.events import AgentEvent
from llmspell.agents.registry import AgentRegistry
from llmspell.effects.context import RunContext, task_context
from llmspell.effects.run import Run
from llmspell.journal.memory import MemoryJournal
from llmspell.models.attempts import Attempts
from llmspell.models.calling import ModelServices
from llmspell.models.catalog import ModelCatalog
from llmspell.models.prices import Prices
from llmspell.models.protocol import ModelRequest
from llmspell.security.profile import Profile, resolve_profile
from llmspell.security.redact import Redactor
from llmspell.state.open import open_state
from llmspell.templates.folders import TemplateFiles
from llmspell.templates.protocol import TemplateResult
from llmspell.templates.registry import TemplateRegistry
from llmspell.templates.work import TemplateServices
from llmspell.tools.registry import ToolRegistry
from llmspell.tools.template_process import TemplateProcess


class Heard(ModelCatalog):
    """A catalog that keeps what its models are asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(None, folders=(str(folder),))
        self.requests: list[ModelRequest] = []

    def find(self, name: Any = "", **more: Any) -> Any:
        return _Recorded(super().find(name, **more), self.requests)


class _Recorded:
    def __init__(self, model: Any, requests: list[ModelRequest]) -> None:
        self._model = model
        self._requests = requests

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    async def request(self, request: ModelRequest) -> Any:
        self._requests.append(request)
        return await self._model.request(request)


class Bench:
    """Templates at work in a folder."""

    def __init__(self, folder: Path, process: TemplateProcess, allow: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self._n_scripts = 0
        profile = resolve_profile("none")
        if allow:
            profile = Profile.builder("test").extends("high").allow(*allow).build(base=str(folder))
        self.journal = MemoryJournal(Redactor([]))
        self.run_ = Run(profile, self.journal, cwd=str(folder))
        self.journal.begin(self.run_.record(script="a.lua", language="lua", content_hash=""))
        self.catalog = Heard(folder / "scripted")
        self.tools = ToolRegistry()
        services = AgentServices(ModelServices(self.catalog, Attempts(random=lambda: 0.0), Prices()), self.tools)
        self.agents = AgentRegistry(services)
        self.events: list[AgentEvent] = []
        self.templates = TemplateRegistry(
            TemplateServices(lambda: self.agents, self.tools, process, self._workflows, open_state(":memory:")),
            TemplateFiles([str(folder / "templates")]),
        )
        self._workflow_services: Any = None

    def _workflows(self) -> Any:
        from llmspell.workflows.services import WorkflowServices

        if self._workflow_services is None:
            self._workflow_services = WorkflowServices(self.tools, lambda: self.agents, self.templates)
        return self._workflow_services

    @property
    def context(self) -> RunContext:
        return task_context(self.run_)

    @property
    def requests(self) -> list[ModelRequest]:
        return self.catalog.requests

    def asked(self, i: int = -1) -> str:
        """What a model was asked, without its system prompt."""
        return "\n".join(it.text for it in self.requests[i].messages if it.role != "system")

    def model(self, *turns: Any) -> str:
        """A scripted model that plays these."""
        self._n_scripts += 1
        folder = self.folder / "scripted"
        folder.mkdir(exist_ok=True)
        (folder / f"m{self._n_scripts}.toml").write_text(tomli_w.dumps({"turns": list(turns)}), "utf-8")
        return f"scripted/m{self._n_scripts}"

    def file(self, path: str, text: str | bytes) -> str:
        """A file in the folder."""
        full = self.folder / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, name: str, *turns: Any, watched: bool = False, **params: Any) -> TemplateResult:
        """Execute one, with a model that plays these turns."""
        if turns:
            params = {"model": self.model(*turns), **params}
        on_event = self._watch if watched else None
        return asyncio.run(self.templates.execute(self.context, name, params, on_event=on_event))

    def estimate(self, name: str, **params: Any) -> Mapping[str, Any]:
        return asyncio.run(self.templates.estimate_cost(self.context, name, params))

    async def _watch(self, event: AgentEvent) -> None:
        self.events.append(event)


def by(role: str, *, data: Any = None, text: str = "", **more: Any) -> dict[str, Any]:
    """A turn for requests whose system prompt has these words; any number of times, unless it says how often."""
    said = {"data": data} if data is not None else {"text": text}
    when = {"system": role, **more.pop("when", {})}
    return {"when": when, **said, **more}
