"""What happens while an agent works, for whoever watches: a callback, an iterator, the terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from llmspell.models.messages import Value

EventKind = Literal["text", "reasoning", "tool_start", "tool_end", "progress", "done", "error"]


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """One thing that happened.

    Attributes:
        kind: text, reasoning: more of either, in `text` · tool_start, tool_end: `data` has id, name, arguments and, at
            the end, result, error and duration_ms · progress: `data` has step, max_steps, usage and cost_usd so far ·
            done: `data` is the result as scripts see it · error: `data` is the error's map.
        agent: Who: sub-agents' events come through with their own names.
    """

    kind: EventKind
    text: str = ""
    agent: str = ""
    data: Mapping[str, Value] = field(default_factory=dict)

    def to_value(self) -> dict[str, Value]:
        """As scripts see it: the data's keys stand beside `type`, `text` and `agent`."""
        return {**self.data, "type": self.kind, "text": self.text, "agent": self.agent}


# Awaited for each event; the agent goes on when it returns, so a slow watcher slows the agent and nothing is dropped.
OnEvent: TypeAlias = Callable[[AgentEvent], Awaitable[None]]
