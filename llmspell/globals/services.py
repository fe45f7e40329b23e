"""What the globals of one run are built from. Each global takes the two or three things it uses: `build(services)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from llmspell.errors import NotFound
from llmspell.sessions.store import Current
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.registry import AgentRegistry
    from llmspell.globals.logger import LogSink
    from llmspell.journal.protocol import JournalReader
    from llmspell.models.calling import ModelServices
    from llmspell.state.store import StateStore
    from llmspell.templates.registry import TemplateRegistry
    from llmspell.tools.registry import ToolRegistry
    from llmspell.workflows.services import WorkflowServices


class SettingsView(Protocol):
    """Settings as scripts may see them. Called by `Config`; implemented where settings are loaded."""

    def visible(self) -> Mapping[str, Value]:
        """All of them as nested plain data, with every secret left out."""


class NoSettings:
    """The settings of a program that loads none."""

    def visible(self) -> Mapping[str, Value]:
        return {}


def _no_workflows() -> WorkflowServices:
    raise NotFound("this program has no workflows")


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that any global needs. `tools` is the run's own: scripts add tools to it.

    `models`, `agents`, `templates` and `workflows` build what they return when they are first called: most runs need
    none of them. `reader` is None where nothing can be read back (`--journal off`); `journal_file` is what it reads,
    empty where that is no file."""

    tools: ToolRegistry
    state: StateStore
    log: LogSink
    models: Callable[[], ModelServices]
    agents: Callable[[], AgentRegistry]
    settings: SettingsView = field(default_factory=NoSettings)
    reader: JournalReader | None = None
    journal_file: str = ""
    templates: Callable[[], TemplateRegistry] | None = None
    current_session: Current = field(default_factory=Current)
    workflows: Callable[[], WorkflowServices] = _no_workflows
