"""What every run is made of, whether a script asks or the shell: journal, tools, state, models and agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.effects.run import Run
from llmspell.journal.open import open_journal
from llmspell.runtime.agency import Agency
from llmspell.runtime.log import StderrLog
from llmspell.security.redact import Redactor

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.errors import StoreError
    from llmspell.journal.protocol import Journal
    from llmspell.security.profile import Profile


class RunParts:
    """The parts of one run.

    Args:
        name: The script's, or what the shell was asked for; the journal and the ledger know the run by it.
        folders: Where scripted models are looked for after the folder of the settings.

    Attributes:
        run: Its identity, profile, journal and counters.
        agency: Its models and agents, built when they are first used.
    """

    def __init__(self, settings: Settings, profile: Profile, name: str, *, folders: tuple[str, ...] = ()) -> None:
        redactor = Redactor(settings.secrets())
        self.log = StderrLog(redactor)
        self.journal = self._open_journal(settings, redactor)
        self.run = Run(profile, self.journal, settings, script=name)
        self.tools = _registry(settings)
        self.state = _state(settings)
        self.agency = Agency(
            settings, self.run, self.tools, self.state, redactor, warn=self._warn_of_ledger, folders=folders
        )

    async def aclose(self) -> None:
        """Let go of connections and files, and write the ledger and the journal."""
        await self.agency.aclose()
        await self.state.aclose()
        await self.journal.aclose()

    def _open_journal(self, settings: Settings, redactor: Redactor) -> Journal:
        return open_journal(
            settings.get("journal.path"),
            redactor,
            mode=settings.get("journal.mode"),
            max_bytes=settings.get("journal.max_size"),
            warn=self._warn,
        )

    def _warn(self, error: StoreError) -> None:
        self.log.write("warn", f"the journal could not be written: {error}", {})

    def _warn_of_ledger(self, error: StoreError) -> None:
        self.log.write("warn", f"what models cost could not be written: {error}", {})


def _registry(settings: Settings) -> Any:
    from llmspell.tools.registry import ToolRegistry  # late: jsonschema and the like follow it

    return ToolRegistry(disabled=settings.get("tools.disabled"))


def _state(settings: Settings) -> Any:
    from llmspell.state.open import open_state

    return open_state(settings.get("state.path"))
