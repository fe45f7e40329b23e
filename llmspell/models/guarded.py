"""Requests to models under guardrails: what goes to a model and what comes from it, whole or in pieces.

Used by `calling` where guardrails hold. They stand within hooks: a request is looked at as it is sent, an answer before
hooks, scripts and terminals see it, and before it is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmspell.guardrails.rails import Found, Rails, checked_text, checked_value
from llmspell.models.estimate import text_bytes
from llmspell.models.messages import Media, Message, Text, ToolCall, assistant, is_text
from llmspell.models.protocol import ReasoningDelta, TextDelta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.effects.context import RunContext
    from llmspell.guardrails.rule import Rule, Stream
    from llmspell.models.messages import Part
    from llmspell.models.protocol import ModelEvent, ModelRequest, ModelResponse, ModelSettings, ToolDefinition
    from llmspell.models.watching import Watch


class GuardedCall:
    """One call of one model.

    Args:
        watch: Who sees the answer in pieces, or None.
    """

    def __init__(self, rails: Sequence[Rails], name: str, watch: Watch | None) -> None:
        self._rails = rails
        self._name = name
        self._sent = Found()
        self.watch = None if watch is None else GuardedWatch(rails, name, watch)

    def request(self, request: ModelRequest) -> ModelRequest:
        """The request as it may be sent; `check_sent` says whether it may be at all."""
        messages = tuple(self._message(it) for it in request.messages)
        if _differ(messages, request.messages):
            request = replace(request, messages=messages)
        tools = tuple(self._tool(it) for it in request.tools)
        schema = checked_value(self._rails, "to_model", self._name, request.schema, self._sent)
        if schema is not request.schema or _differ(tools, request.tools):
            request = replace(request, tools=tools, schema=schema)
        settings = self._settings(request.settings)
        return request if settings is request.settings else replace(request, settings=settings)

    async def check_sent(self, ctx: RunContext) -> None:
        """Note what was found in the request.

        Raises:
            GuardrailTripped: Nothing is to be sent.
        """
        if self.watch is not None:
            self.watch.ctx = ctx
        await self._sent.settle(ctx)

    async def response(self, ctx: RunContext, response: ModelResponse) -> ModelResponse:
        """The whole answer as it may go on. What came in pieces was given on as this has it.

        Raises:
            GuardrailTripped: It may not.
        """
        if self.watch is not None:
            await self.watch.end()
        found = Found()
        message = response.message
        said = self._text(message.text, found)
        thought = self._text(message.reasoning, found)
        calls = tuple(self._call(it, "from_model", found) for it in message.tool_calls)
        citations = checked_value(self._rails, "from_model", self._name, response.citations, found)
        await found.settle(ctx)
        for it in self._rails:
            await it.reached(ctx, "output_chars", len(said))
            await it.spent(ctx)
        if said != message.text or thought != message.reasoning or _differ(calls, message.tool_calls):
            # What a provider wants to see again verbatim belongs to what it has said, which this is no more.
            response = replace(response, message=assistant(said, calls, thought))
        return response if citations is response.citations else replace(response, citations=tuple(citations))

    def _text(self, text: str, found: Found) -> str:
        return checked_text(self._rails, "from_model", self._name, text, found) if text else text

    def _message(self, message: Message) -> Message:
        parts = tuple(self._part(it) for it in message.parts)
        calls = tuple(self._call(it, "to_model", self._sent) for it in message.tool_calls)
        thought = checked_text(self._rails, "to_model", self._name, message.reasoning, self._sent)
        if (
            thought == message.reasoning
            and not _differ(parts, message.parts)
            and not _differ(calls, message.tool_calls)
        ):
            return message
        return replace(message, parts=parts, tool_calls=calls, reasoning=thought, opaque={})

    def _settings(self, settings: ModelSettings) -> ModelSettings:
        changed: dict[str, Any] = {}
        for name in ("stop", "reasoning", "seed", "extra"):
            value = getattr(settings, name)
            made = checked_value(self._rails, "to_model", self._name, value, self._sent)
            if made is not value:
                changed[name] = made
        if "stop" in changed:
            changed["stop"] = tuple(changed["stop"])
        for name in changed.keys() & {"reasoning", "seed"}:
            changed[name] = None  # no other text can stand there
        return replace(settings, **changed) if changed else settings

    def _tool(self, tool: ToolDefinition) -> ToolDefinition:
        told = checked_text(self._rails, "to_model", self._name, tool.description, self._sent)
        schema = checked_value(self._rails, "to_model", self._name, tool.schema, self._sent)
        if told == tool.description and schema is tool.schema:
            return tool
        return replace(tool, description=told, schema=schema)

    def _part(self, part: Part) -> Part:
        if isinstance(part, Text):
            text = checked_text(self._rails, "to_model", self._name, part.text, self._sent)
            return part if text == part.text else Text(text)
        if isinstance(part, Media) and part.data and is_text(part.mime):
            data = checked_value(self._rails, "to_model", self._name, part.data, self._sent)
            return part if data == part.data else replace(part, data=data)
        return part

    def _call(self, call: ToolCall, place: Any, found: Found) -> ToolCall:
        arguments = checked_value(self._rails, place, self._name, call.arguments, found)
        if arguments is not call.arguments:
            return replace(call, arguments=arguments, raw="")
        if call.arguments or not call.raw:
            return call
        raw = checked_text(self._rails, place, self._name, call.raw, found)
        return call if raw == call.raw else replace(call, raw=raw)


class GuardedWatch:
    """A watch that sees of an answer what rules let through, as soon as they can tell.

    Attributes:
        n_bytes: Of what has arrived, whether it was handed on or not.
        ctx: Inside the call.
    """

    def __init__(self, rails: Sequence[Rails], name: str, watch: Watch) -> None:
        self.n_bytes = 0
        self.ctx: RunContext | None = None
        self._rails = rails
        self._name = name
        self._watch = watch
        self._texts = [it for one in rails for it in _streams(one, name)]
        self._thoughts = [it for one in rails for it in _streams(one, name)]
        self._n_chars = 0

    async def __call__(self, event: ModelEvent) -> None:
        """Take an event; hand on what may be of it.

        Raises:
            GuardrailTripped: A rule that is strict has found something; it was not handed on.
        """
        if isinstance(event, TextDelta):
            self.n_bytes += text_bytes(event.text)
            self._n_chars += len(event.text)
            if self.ctx is not None:
                for it in self._rails:
                    await it.reached(self.ctx, "output_chars", self._n_chars)
            await self._hand_on(TextDelta, await self._fed(self._texts, event.text))
        elif isinstance(event, ReasoningDelta):
            self.n_bytes += text_bytes(event.text)
            await self._hand_on(ReasoningDelta, await self._fed(self._thoughts, event.text))
        else:
            await self._watch(event)

    async def end(self) -> None:
        """Hand on what was held back."""
        await self._hand_on(ReasoningDelta, await self._fed(self._thoughts, "", is_last=True))
        await self._hand_on(TextDelta, await self._fed(self._texts, "", is_last=True))

    async def _hand_on(self, kind: type[TextDelta | ReasoningDelta], text: str) -> None:
        if text:
            await self._watch(kind(text))

    async def _fed(self, streams: list[tuple[Rails, Rule, Stream]], text: str, *, is_last: bool = False) -> str:
        for rails, rule, stream in streams:
            text = stream.feed(text, is_last=is_last)
            if stream.found and rule.spec.action == "strict" and self.ctx is not None:
                found = Found()
                found.add(rails, rule, "from_model", self._name, stream.found)
                await found.settle(self.ctx)
        return text


def _streams(rails: Rails, name: str) -> list[tuple[Rails, Rule, Stream]]:
    return [(rails, rule, stream) for rule, stream in rails.streams("from_model", name)]


def _differ(now: Sequence[object], before: Sequence[object]) -> bool:
    return any(a is not b for a, b in zip(now, before, strict=True))
