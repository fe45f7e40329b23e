"""How an agent and a model speak of tools: by the provider's own means or in words.

Called by `agents.loop`; implemented by `agents.native` and `agents.react`. A conversation is kept in one form, that of
native tool calling, whoever had it: so it can be remembered, handed on, and gone on with in the other dialect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.agents.events import OnEvent
    from llmspell.models.messages import Message, ToolCall
    from llmspell.models.protocol import ModelEvent, ModelRequest, ModelResponse


@dataclass(frozen=True, slots=True)
class Turn:
    """What a model wants.

    Attributes:
        message: As the conversation keeps it.
        calls: What it asks for; it goes on when it has the answers.
        thought: What it says or thinks beside its calls.
        text: Its answer, where it asks for nothing.
        mistake: What is wrong with the form of what it wrote, to be shown to it; empty when nothing is.
    """

    message: Message
    calls: tuple[ToolCall, ...] = ()
    thought: str = ""
    text: str = ""
    mistake: str = ""


class Watcher(Protocol):
    """Gets the pieces of one answer as they arrive, and hands on those that people should see."""

    async def __call__(self, event: ModelEvent) -> None:
        """The next piece."""

    async def end(self) -> None:
        """There are no more."""


class Dialect(Protocol):
    """Knows the tools, the schema and the settings of one agent; no state of an execution."""

    def system(self, prompt: str) -> str:
        """The system prompt, with whatever the model must be told beside it; empty when there is nothing to say."""

    def request(self, conversation: Sequence[Message], tool_choice: str) -> ModelRequest:
        """The request for a model's next turn.

        Args:
            tool_choice: See `ModelRequest`.
        """

    def read(self, response: ModelResponse, number: int) -> Turn:
        """What the model wants. Whatever it wrote is a turn: mistakes are for it to correct.

        Args:
            number: Of the message, in the conversation.
        """

    def correction(self, sentence: str) -> Message:
        """What the model is told of a mistake."""

    def watch(self, on_event: OnEvent, agent: str) -> Watcher:
        """Somebody to watch one answer arrive."""
