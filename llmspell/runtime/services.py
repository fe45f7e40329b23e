"""Build what one run uses, from the settings and the profile. The only place that knows how the parts are made."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmspell.bridge.bridge import Bridge
from llmspell.globals import GLOBALS, load_global
from llmspell.globals.engine_requests import EngineRequests
from llmspell.globals.services import Services
from llmspell.runtime.parts import RunParts
from llmspell.runtime.usage_watch import UsageWatch, usage_of

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.effects.watching import Watcher
    from llmspell.journal.entries import RunOutcome, RunRecord
    from llmspell.runtime.script import Script
    from llmspell.runtime.streams import Relay
    from llmspell.security.profile import Profile


class RunServices:
    """The parts of one run, and their end.

    Attributes:
        run: Its identity, profile, journal and counters.
        bridge: What answers the script's calls.
        redactor: Knows the secrets of the settings.
        reader: What reads the journal that the run is in; None where nothing is kept.

    Args:
        in_memory: Where the settings keep no journal, keep one in memory: the run is recorded.
    """

    def __init__(self, settings: Settings, profile: Profile, script: Script, *, in_memory: bool = False) -> None:
        folder = os.path.dirname(script.path) if script.path else ""
        beside = (os.path.join(folder, "scripted"),) if script.path else ()
        self._usage_watch: UsageWatch | None = None
        self._parts = parts = RunParts(settings, profile, script.name, folders=beside, in_memory=in_memory)
        self.run = parts.run
        self.redactor = parts.redactor
        self.reader = parts.reader
        services = Services(
            tools=parts.tools,
            state=parts.state,
            log=parts.log,
            models=parts.agency.models,
            agents=parts.agency.agents,
            settings=settings,
            reader=self.reader,
            journal_file=_journal_file(settings),
            templates=parts.templating.templates,
            workflows=parts.workshop.workflows,
        )
        globals_ = _Globals(services, profile.globals)
        globals_.put("_host", EngineRequests(folder, tuple(settings.get("modules.paths"))))
        self.bridge = Bridge(globals_, self.run, report=self._report)

    def begin(self, record: RunRecord) -> None:
        """Tell those who keep the run that it begins."""
        self._parts.begin(record)

    async def end(self, outcome: RunOutcome) -> None:
        """Tell them that it is over."""
        await self._parts.end(outcome)

    async def start(self, pid: int) -> None:
        """The run begins, in the worker with this process id."""
        self._usage_watch = UsageWatch(self.run, lambda: usage_of(pid))
        await self._parts.start()

    def watch(self, make: Callable[[RunParts, Sequence[Relay]], Watcher], relays: Sequence[Relay]) -> None:
        """Let somebody be told of every effect."""
        self.run.watchers.append(make(self._parts, relays))

    async def wind_up(self) -> None:
        """What is still to be done when the script has ended and its functions can be called for the last time."""
        await self._parts.wind_up()

    async def aclose(self) -> None:
        """Close what the script left open, and write the journal."""
        if self._usage_watch is not None:
            self._usage_watch.close()
        for it in self.bridge.handles.clear():
            close = getattr(it, "aclose", None)
            if close is not None:
                close()
        await self._parts.aclose()

    def _report(self, where: str, error: BaseException) -> None:
        if os.environ.get("LLMSPELL_DEBUG"):
            lines = "".join(traceback.format_exception(error))
            sys.stderr.write(lines)
        else:
            self._parts.log.write("error", f"{where}: {type(error).__name__}: {error}", {})


def _journal_file(settings: Settings) -> str:
    if settings.get("journal.url") is not None or settings.text("journal.path") == ":memory:":
        return ""
    return os.path.realpath(settings.text("journal.path"))


class _Globals(Mapping[str, object]):
    """The globals of a profile by name, each built when it is first called."""

    def __init__(self, services: Services, names: tuple[str, ...] | None) -> None:
        self._services = services
        self._names = [name for name in GLOBALS if names is None or name in names]
        self._built: dict[str, object] = {}

    def put(self, name: str, it: object) -> None:
        self._built[name] = it

    def __getitem__(self, name: str) -> object:
        found = self._built.get(name)
        if found is None:
            if name not in self._names:
                raise KeyError(name)
            cls: Any = load_global(name)
            if not hasattr(cls, "build"):
                raise KeyError(name)  # the engines have it themselves
            found = self._built[name] = cls.build(self._services)
        return found

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
