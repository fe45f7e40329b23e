"""What can be run like an agent: agents, composites, reflection.

Called by whoever executes agents (the globals, the command line, tools made of agents, composites themselves);
implemented by `agents.agent.Agent`, `agents.composites` and `agents.reflect`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from llmspell.models.messages import Message, Value

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.agents.result import AgentResult
    from llmspell.effects.context import RunContext


@dataclass(frozen=True, slots=True)
class AgentInput:
    """What an agent is asked, read and checked by `agents.input`.

    Attributes:
        messages: The new turns; the last one is a user's.
        overrides: Fields of a spec that count for this execution only, by their canonical names.
        context: Shared data that is shown to the model; see `agents.contexts`.
    """

    messages: tuple[Message, ...]
    overrides: dict[str, Value]
    context: dict[str, Value]

    @property
    def text(self) -> str:
        """The text of the last turn."""
        return self.messages[-1].text if self.messages else ""


class Runnable(Protocol):
    """Something with a name that turns an input into a result."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...

    async def execute(self, ctx: RunContext, input: AgentInput, *, on_event: OnEvent | None = None) -> AgentResult:
        """Do it, as an effect of its own.

        Args:
            ctx: Where: the model and tool calls inside are children of this execution's entry.
            on_event: Awaited for everything that happens. With it models stream; without it they answer whole.

        Raises:
            ProviderError, BudgetExceeded, SchemaError, AgentStopped, TimedOut, PermissionDenied.
        """
