"""What workflows of one run are built from, when the first of them is made and not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmspell.agents.registry import AgentRegistry
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run
    from llmspell.tools.registry import ToolRegistry
    from llmspell.workflows.services import TemplateRunner, WorkflowServices


class Workshop:
    """The workflows of one run.

    Args:
        agents: The run's agents, for steps that name one.
        templates: Its templates, likewise.
    """

    def __init__(
        self,
        run: Run,
        tools: ToolRegistry,
        agents: Callable[[], AgentRegistry],
        templates: Callable[[], TemplateRunner] | None = None,
    ) -> None:
        self._run = run
        self._tools = tools
        self._agents = agents
        self._templates = templates
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
            late = None if self._templates is None else _LateTemplates(self._templates)
            self._workflows = WorkflowServices(self._tools, self._agents, late, held=held)
        return self._workflows


class _LateTemplates:
    """The run's templates for steps, which load nothing of them before the first step that has one. Implements
    `TemplateRunner`."""

    def __init__(self, templates: Callable[[], TemplateRunner]) -> None:
        self._templates = templates

    def names(self) -> list[str]:
        return self._templates().names()

    async def run(self, ctx: RunContext, name: str, params: Mapping[str, Any]) -> Any:
        return await self._templates().run(ctx, name, params)
