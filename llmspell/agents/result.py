"""What an agent answers with: frozen, and as plain data for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.models.messages import Media, Message, Value, from_value, to_value

StepKind = Literal["model", "tool", "agent", "handoff", "repair"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that an agent did, readable by people.

    Attributes:
        kind: model: it asked its model · tool: it used a tool · agent: a composite asked one of its members, whose own
            steps follow · handoff: it gave the conversation away · repair: it showed the model a mistake in its answer.
        thought: What the model said or thought before it acted.
        action: The tool's or agent's name; empty for a final answer.
        input: What the action was called with.
        observation: What came of it, as the model saw it.
        error: What went wrong, or None.
    """

    kind: StepKind
    thought: str = ""
    action: str = ""
    input: Value = None
    observation: str = ""
    error: str | None = None
    duration_ms: float = 0.0

    def to_value(self) -> dict[str, Value]:
        """As scripts see it."""
        return {
            "kind": self.kind,
            "thought": self.thought,
            "action": self.action,
            "input": self.input,
            "observation": self.observation,
            "error": self.error,
            "duration_ms": self.duration_ms,
        }


@dataclass(frozen=True, slots=True)
class AgentResult:
    """The outcome of one execution.

    Attributes:
        data: The parsed and validated answer, where a schema was asked for.
        messages: All that was said in it, the answer last; the system prompt is not among them.
        tool_calls: In the order they were asked for: maps of id, name, arguments, result, error, duration_ms.
        usage, cost_usd: Of all model calls in it, those of sub-agents included.
        model: The full name of the model that gave the answer.
        agent: The name of the agent that gave the answer: another one after a hand-off.
    """

    text: str
    data: Value = None
    messages: tuple[Message, ...] = ()
    tool_calls: tuple[Mapping[str, Value], ...] = ()
    steps: tuple[Step, ...] = ()
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0
    model: str = ""
    agent: str = ""
    finish_reason: str = "stop"
    duration_ms: float = 0.0
    citations: tuple[Mapping[str, Value], ...] = ()
    metadata: Mapping[str, Value] = field(default_factory=dict)

    def to_value(self) -> dict[str, Value]:
        """As scripts see it: `response` is `text` under its other name. Of pictures, recordings and documents there is
        only the size: whoever gave them has them."""
        return {
            "success": True,
            "text": self.text,
            "response": self.text,
            "data": self.data,
            "messages": [_without_bytes(it) for it in self.messages],
            "tool_calls": [dict(it) for it in self.tool_calls],
            "steps": [it.to_value() for it in self.steps],
            "usage": {
                "input_tokens": self.usage.input_tokens,
                "output_tokens": self.usage.output_tokens,
                "cached_tokens": self.usage.cached_tokens,
                "total_tokens": self.usage.input_tokens + self.usage.output_tokens,
            },
            "cost_usd": self.cost_usd,
            "model": self.model,
            "agent": self.agent,
            "finish_reason": self.finish_reason,
            "duration_ms": self.duration_ms,
            "citations": [dict(it) for it in self.citations],
            "metadata": dict(self.metadata),
        }

    @classmethod
    def from_value(cls, value: Mapping[str, Value]) -> AgentResult:
        """The result that `to_value` made plain data of.

        Raises:
            KeyError, TypeError, ValueError: It did not make this one.
        """
        usage = value["usage"]
        return cls(
            text=value["text"],
            data=value["data"],
            messages=tuple(from_value(it) for it in value["messages"]),
            tool_calls=tuple(value["tool_calls"]),
            steps=tuple(Step(**it) for it in value["steps"]),
            usage=Usage(usage["input_tokens"], usage["output_tokens"], usage["cached_tokens"]),
            citations=tuple(value["citations"]),
            **{it: value[it] for it in ("cost_usd", "model", "agent", "finish_reason", "duration_ms", "metadata")},
        )


def _without_bytes(message: Message) -> dict[str, Value]:
    if not any(isinstance(it, Media) and it.data for it in message.parts):
        return to_value(message)
    bare = tuple(replace(it, data=b"") if isinstance(it, Media) else it for it in message.parts)
    value = to_value(replace(message, parts=bare))
    for part, shown in zip(message.parts, value["parts"], strict=True):
        if isinstance(part, Media) and part.data:
            del shown["base64"]
            shown["bytes"] = len(part.data)
    return value
