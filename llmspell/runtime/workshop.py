"""What workflows of one run are built from, when the first of them is made and not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.agents.registry import AgentRegistry
    from llmspell.effects.run import Run
    from llmspell.tools.registry import ToolRegistry
    from llmspell.workflows.services import WorkflowServices


class Workshop:
    """The workflows of one run.

    Args:
        agents: The run's agents, for steps that name one.
    """

    def __init__(self, run: Run, tools: ToolRegistry, agents: Callable[[], AgentRegistry]) -> None:
        self._run = run
        self._tools = tools
        self._agents = agents
        self._workflows: WorkflowServices | None = None

    def workflows(self) -> WorkflowServices:
        """What workflows are made with, and those that are registered."""
        if self._workflows is None:
            # Late, as all of this module: a run without workflows imports nothing of them.
            from llmspell.agents.held import Held
            from llmspell.workflows.services import WorkflowServices

            limit = self._run.profile.limits.memory_bytes
            held = Held(
                None if limit is None else limit // 4,
                whose="the workflows",
                hint="keep fewer workflows and smaller outputs, or let go of those that are done",
            )
            self._workflows = WorkflowServices(self._tools, self._agents, held=held)
        return self._workflows
