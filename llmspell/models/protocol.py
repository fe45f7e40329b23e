"""What a model is: something that answers a request, whole or in pieces.

Called by `models.calling` on behalf of agents and the shell; implemented by `openai_model` (every server that speaks
the chat-completions format), `library_model` (the providers that do not), `scripted` and `echo`. A model makes one
attempt: permissions, budgets, retries, limits and the journal are its caller's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.models.messages import Message, Value

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "error", "other"]


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool as a model is told of it. `name` has only letters, digits, `_` and `-`, at most 64."""

    name: str
    description: str
    schema: Mapping[str, Value]  # JSON Schema of an object


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How a model is to answer. None is the provider's own default, and nothing is sent.

    Attributes:
        max_tokens: Of the answer, reasoning included.
        stop: Texts at which it stops.
        reasoning: none | minimal | low | medium | high, for models that can be asked to think.
        extra: Fields of the provider's own format, sent as they are.
    """

    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    reasoning: str | None = None
    extra: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request.

    Attributes:
        messages: The whole conversation; system messages stand first.
        tool_choice: auto | none | required, or the name of the tool that must be called.
        schema: JSON Schema that the text must be valid by; None for free text. A model that cannot be made to keep it
            asks for it in words: the caller validates in any case.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolDefinition, ...] = ()
    tool_choice: str = "auto"
    schema: Mapping[str, Value] | None = None
    settings: ModelSettings = ModelSettings()


@dataclass(frozen=True, slots=True)
class ModelResponse:
    """The whole answer.

    Attributes:
        message: Of the role assistant.
        model: What the provider says has answered, which may be more exact than what was asked for.
        request_id: The provider's name for this request, for its support; empty when it gave none.
        citations: What the answer refers to: maps with at least `url` or `title`.
        cost_usd: What the provider itself says it costs; None when it does not say.
    """

    message: Message
    usage: Usage = NO_USAGE
    finish_reason: FinishReason = "stop"
    model: str = ""
    request_id: str = ""
    citations: tuple[Mapping[str, Value], ...] = ()
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of what the model shows of its thoughts."""

    text: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of a stream: all of it, put together. Always the last event, and there is exactly one."""

    response: ModelResponse


ModelEvent: TypeAlias = TextDelta | ReasoningDelta | Completed


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can be asked for. An agent falls back on words where it cannot.

    Attributes:
        tools: Native tool calling.
        schema: Structured output by JSON Schema.
        media: Kinds of media that it takes.
    """

    tools: bool = True
    schema: bool = True
    media: tuple[str, ...] = ("image", "audio", "document")


class Model(Protocol):
    """One model of one provider. Several requests may be under way at once."""

    @property
    def provider(self) -> str:
        """The name of its provider in the settings: `openai`."""

    @property
    def name(self) -> str:
        """The provider's name for it: `gpt-5-mini`. The full name is `provider/name`."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can be asked for."""

    async def request(self, request: ModelRequest) -> ModelResponse:
        """The whole answer. Cancelling the wait ends the request at once.

        Raises:
            ProviderError: It was refused or failed, with `provider`, `model`, and where they are known `status`,
                `request_id` and `retry_after_s` in its details; `details["retryable"]` says whether trying again may
                help. No key is in any of its texts.
            MalformedAnswer: The answer is not what the format says; the message names the field.
            KeyMissing: No key is set; nothing was sent.
            BadArgument: The request asks for what this model cannot be asked.
        """

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """The answer as it arrives. Closing the iterator ends the request at once. Raises as `request` does, also
        after the first events: an answer that breaks off is no answer."""

    async def aclose(self) -> None:
        """Let go of connections."""
