"""Native tool calling: the provider's own way to offer tools and to ask for calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.agents.dialect import Turn
from llmspell.agents.events import AgentEvent
from llmspell.models.messages import user
from llmspell.models.protocol import ModelRequest, ReasoningDelta, TextDelta

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.agents.events import OnEvent
    from llmspell.models.messages import Message, Value
    from llmspell.models.protocol import ModelEvent, ModelResponse, ModelSettings, ToolDefinition


class NativeDialect:
    """A `dialect.Dialect`."""

    def __init__(
        self, tools: tuple[ToolDefinition, ...], schema: Mapping[str, Value] | None, settings: ModelSettings
    ) -> None:
        self._tools = tools
        self._schema = schema
        self._settings = settings

    def system(self, prompt: str) -> str:
        return prompt

    def request(self, conversation: Sequence[Message], tool_choice: str) -> ModelRequest:
        return ModelRequest(tuple(conversation), self._tools, tool_choice, self._schema, self._settings)

    def read(self, response: ModelResponse, number: int) -> Turn:
        message = response.message
        if message.tool_calls:
            return Turn(message, message.tool_calls, message.text or message.reasoning)
        return Turn(message, thought=message.reasoning, text=message.text)

    def correction(self, sentence: str) -> Message:
        return user(sentence)

    def watch(self, on_event: OnEvent, agent: str) -> NativeWatcher:
        return NativeWatcher(on_event, agent)


class NativeWatcher:
    """A `dialect.Watcher`: text is text and reasoning is reasoning."""

    __slots__ = ("_agent", "_on_event")

    def __init__(self, on_event: OnEvent, agent: str) -> None:
        self._on_event = on_event
        self._agent = agent

    async def __call__(self, event: ModelEvent) -> None:
        match event:
            case TextDelta(text):
                await self._on_event(AgentEvent("text", text, self._agent))
            case ReasoningDelta(text):
                await self._on_event(AgentEvent("reasoning", text, self._agent))

    async def end(self) -> None:
        """Everything was handed on."""
