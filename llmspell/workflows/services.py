"""What workflows are made with and run on: tools, agents, templates, and the workflows that have names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from llmspell.agents.held import Held
from llmspell.workflows.registry import WorkflowRegistry

if TYPE_CHECKING:
    from llmspell.agents.registry import AgentRegistry
    from llmspell.effects.context import RunContext
    from llmspell.tools.registry import ToolRegistry


class TemplateRunner(Protocol):
    """Templates by name, as steps use them. Called by `actions`; implemented by `templates`' registry, which does not
    know of steps."""

    def names(self) -> list[str]:
        """All names, sorted."""

    async def run(self, ctx: RunContext, name: str, params: Mapping[str, Any]) -> Any:
        """Run one and give its result as plain data.

        Raises:
            NotFound: There is none of this name.
            InvalidParams: Its parameters are not what it takes.
        """


@dataclass(frozen=True, slots=True)
class WorkflowServices:
    """Made once for a run.

    Attributes:
        tools: None where there are none: then a step that names one is refused.
        agents: Called when an agent is needed, and not before: to make the registry costs imports.
        templates: None where there are none.
        held: What workflows keep between executions.
    """

    tools: ToolRegistry | None = None
    agents: Callable[[], AgentRegistry] | None = None
    templates: TemplateRunner | None = None
    registry: WorkflowRegistry = field(default_factory=WorkflowRegistry)
    held: Held = field(default_factory=Held)
