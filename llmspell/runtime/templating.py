"""What templates of one run are built from, when the first of them is used and not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.agents.registry import AgentRegistry
    from llmspell.config.settings import Settings
    from llmspell.state.store import StateStore
    from llmspell.templates.registry import TemplateRegistry
    from llmspell.tools.registry import ToolRegistry
    from llmspell.tools.template_process import TemplateProcess
    from llmspell.workflows.services import WorkflowServices


class Templating:
    """The templates of one run, and their end.

    Args:
        agents: The run's, called when a template needs them.
        workflows: Likewise.
        max_bytes: Of the script's own process; None is no limit.
    """

    def __init__(
        self,
        settings: Settings,
        tools: ToolRegistry,
        state: StateStore,
        agents: Callable[[], AgentRegistry],
        workflows: Callable[[], WorkflowServices],
        max_bytes: int | None,
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._state = state
        self._agents = agents
        self._workflows = workflows
        self._max_bytes = max_bytes
        self._registry: TemplateRegistry | None = None
        self._renderer: TemplateProcess | None = None

    def templates(self) -> TemplateRegistry:
        """The templates by name, and those that are registered."""
        if self._registry is None:
            # Late, as all of this module: a run without templates imports nothing of them.
            from llmspell.agents.held import Held
            from llmspell.templates.folders import TemplateFiles
            from llmspell.templates.registry import TemplateRegistry
            from llmspell.templates.work import TemplateServices
            from llmspell.tools.template_process import TemplateProcess

            self._renderer = TemplateProcess()
            # In the host, beside what the script's own process may take.
            held = Held(
                None if self._max_bytes is None else self._max_bytes // 4,
                whose="the templates at work",
                hint="give fewer or smaller documents, or let one template end before the next one begins",
            )
            services = TemplateServices(self._agents, self._tools, self._renderer, self._workflows, self._state, held)
            self._registry = TemplateRegistry(services, TemplateFiles.of(self._settings))
        return self._registry

    def close(self) -> None:
        """End the process that fills in prompts."""
        if self._renderer is not None:
            self._renderer.close()
