"""Build what one run uses, from the settings and the profile. The only place that knows how the parts are made."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.bridge.bridge import Bridge
from llmspell.effects.run import Run
from llmspell.globals import GLOBALS, load_global
from llmspell.globals.engine_requests import EngineRequests
from llmspell.globals.services import Services
from llmspell.journal.open import open_journal, open_reader
from llmspell.runtime.agency import Agency
from llmspell.runtime.log import StderrLog
from llmspell.security.redact import Redactor

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.errors import StoreError
    from llmspell.journal.protocol import Journal
    from llmspell.runtime.script import Script
    from llmspell.security.profile import Profile


class RunServices:
    """The parts of one run, and their end.

    Attributes:
        run: Its identity, profile, journal and counters.
        bridge: What answers the script's calls.
    """

    def __init__(self, settings: Settings, profile: Profile, script: Script) -> None:
        redactor = Redactor(settings.secrets())
        self._log = StderrLog(redactor)
        self._journal = self._open_journal(settings, redactor)
        self.run = Run(profile, self._journal, settings, script=script.name)
        tools, state = _registry(settings), _state(settings)
        self._agency = Agency(settings, self.run, tools, state, redactor, warn=self._warn_of_ledger)
        self._services = Services(
            tools=tools,
            state=state,
            log=self._log,
            models=self._agency.models,
            agents=self._agency.agents,
            settings=settings,
            reader=open_reader(settings.get("journal.path"), self._journal),
        )
        globals_ = _Globals(self._services, profile.globals)
        folder = os.path.dirname(script.path) if script.path else ""
        globals_.put("_host", EngineRequests(folder, tuple(settings.get("modules.paths"))))
        self.bridge = Bridge(globals_, self.run, report=self._report)

    async def aclose(self) -> None:
        """Close what the script left open, and write the journal."""
        for it in self.bridge.handles.clear():
            close = getattr(it, "aclose", None)
            if close is not None:
                close()
        await self._agency.aclose()
        await self._services.state.aclose()
        await self._journal.aclose()

    def _open_journal(self, settings: Settings, redactor: Redactor) -> Journal:
        path = settings.get("journal.path")
        return open_journal(
            path,
            redactor,
            mode=settings.get("journal.mode"),
            max_bytes=settings.get("journal.max_size"),
            warn=self._warn,
        )

    def _warn(self, error: StoreError) -> None:
        self._log.write("warn", f"the journal could not be written: {error}", {})

    def _warn_of_ledger(self, error: StoreError) -> None:
        self._log.write("warn", f"what models cost could not be written: {error}", {})

    def _report(self, where: str, error: BaseException) -> None:
        if os.environ.get("LLMSPELL_DEBUG"):
            lines = "".join(traceback.format_exception(error))
            sys.stderr.write(lines)
        else:
            self._log.write("error", f"{where}: {type(error).__name__}: {error}", {})


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


def _registry(settings: Settings) -> Any:
    from llmspell.tools.registry import ToolRegistry  # late: jsonschema and the like follow it

    return ToolRegistry(disabled=settings.get("tools.disabled"))


def _state(settings: Settings) -> Any:
    from llmspell.state.open import open_state

    return open_state(settings.get("state.path"))
