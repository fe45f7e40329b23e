"""What a global needs around it: a run with a journal in memory, its services, and a way to call as the bridge does."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from llmspell.bridge.arguments import Binder
from llmspell.config.load import load_settings
from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.globals import load_global
from llmspell.globals.services import Services
from llmspell.interface.declare import method_table
from llmspell.journal.memory import MemoryJournal
from llmspell.runtime.agency import Agency
from llmspell.runtime.workshop import Workshop
from llmspell.security.profile import Profile
from llmspell.security.redact import Redactor
from llmspell.state.open import open_state
from llmspell.tools.registry import ToolRegistry


@dataclass
class KeptLog:
    """A LogSink that keeps what it is told."""

    lines: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def write(self, level: str, message: str, fields: Mapping[str, Any]) -> None:
        self.lines.append((level, message, dict(fields)))


@dataclass
class Settings:
    """Settings of two sections."""

    def visible(self) -> Mapping[str, Any]:
        return {"tools": {"timeout_s": 5}, "log": {"level": "info"}, "name": "x"}


class Function:
    """A function as it arrives from a script: called with where it is called from, too."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *args: Any, around: RunContext | None = None) -> Any:
        return self._function(*args)


def as_sent(value: Any) -> Any:
    """A value as the bridge hands it on."""
    match value:
        case dict():
            return {key: as_sent(it) for key, it in value.items()}
        case list():
            return [as_sent(it) for it in value]
        case _:
            return Function(value) if inspect.isfunction(value) else value


class Script:
    """Calls globals and objects as a script's calls arrive: by name, checked, performed, awaited."""

    def __init__(self, profile: Profile, folder: Path) -> None:
        self.journal = MemoryJournal(Redactor())
        self.run = Run(profile, self.journal, cwd=str(folder))
        self.journal.begin(self.run.record(script="x.lua", language="lua", content_hash=""))
        self.log = KeptLog()
        tools, state = ToolRegistry(), open_state(":memory:")
        settings = load_settings(files=(), environ={}, flags={"ledger.path": ":memory:"})
        agency = Agency(settings, self.run, tools, state, Redactor(), log=self.log, warn=lambda error: None)
        workshop = Workshop(self.run, tools, agency.agents)
        self.services = Services(
            tools,
            state,
            self.log,
            agency.models,
            agency.agents,
            Settings(),
            self.journal,
            workflows=workshop.workflows,
        )
        self._globals: dict[str, Any] = {}

    def call(self, target: str | object, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """What the script gets, or the error it sees."""
        return asyncio.run(self.acall(target, name, *args, **kwargs))

    async def acall(self, target: str | object, name: str, /, *args: Any, **kwargs: Any) -> Any:
        owner = self._global(target) if isinstance(target, str) else target
        spec, attribute = method_table(type(owner))[name]
        label = target if isinstance(target, str) else type(owner).__name__
        bound = Binder(label, spec)(as_sent(list(args)), as_sent(kwargs))

        async def do(ctx: RunContext) -> Any:
            result = getattr(owner, attribute)(ctx, *bound)
            return await result if inspect.isawaitable(result) else result

        effect = Effect(label, name, list(args), idempotent=spec.idempotent, recorded=spec.recorded)
        return await perform(task_context(self.run, "0"), effect, do)

    def notes(self, kind: str) -> list[Any]:
        return [it.value for it in self.journal.notes(self.run.run_id, kind=kind)]

    def close(self) -> None:
        prompt = self._globals.get("Prompt")
        if prompt is not None:
            prompt.close()

    def _global(self, name: str) -> Any:
        if name not in self._globals:
            cls: Any = load_global(name)
            self._globals[name] = cls.build(self.services)
        return self._globals[name]


@pytest.fixture
def make_script(tmp_path: Path) -> Any:
    """`make_script("read:.", deny=("net:*",))`: a script with these rights in its own folder."""
    made: list[Script] = []

    def make(*allow: str, deny: tuple[str, ...] = ()) -> Script:
        profile = Profile.builder("test").extends("medium").allow(*allow).deny(*deny).build(base=str(tmp_path))
        made.append(Script(profile, tmp_path))
        return made[-1]

    yield make
    for it in made:
        it.close()


@pytest.fixture
def script(make_script: Callable[..., Script]) -> Script:
    return make_script()
