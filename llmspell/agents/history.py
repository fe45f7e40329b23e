"""A conversation as another agent gets it, and how an agent goes on with one.

What only the first agent can read is left out: its system prompt, its tool calls (the other may not have these tools,
and some providers refuse calls of tools that a request does not have) and what its provider wanted to see again with
them. What the tools answered is kept, as findings in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.models.messages import Media, Message, Value, assistant

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.agents.memory import Memory
    from llmspell.agents.result import AgentResult
    from llmspell.effects.context import RunContext

MAX_FINDING_CHARS = 20_000


@runtime_checkable
class HoldsConversation(Protocol):
    """A `Runnable` that can be handed a history. Implemented by `agents.agent.Agent`."""

    async def execute_with(
        self,
        ctx: RunContext,
        history: Sequence[Message] | Memory,
        input: AgentInput,
        *,
        on_event: OnEvent | None = None,
    ) -> AgentResult:
        """Execute with this history instead of what it remembers, and remember nothing. A memory that is too long is
        condensed first."""


@dataclass(frozen=True, slots=True)
class Portable:
    """A conversation without what only its first agent can read.

    Attributes:
        messages: Of users and assistants.
        findings: What tools answered: maps of `tool`, `arguments`, `answer`, and `failed` where one did.
        media: What tools showed.
    """

    messages: tuple[Message, ...]
    findings: tuple[Mapping[str, Value], ...] = ()
    media: tuple[Media, ...] = ()


def portable(messages: Sequence[Message], *, without: str = "") -> Portable:
    """A conversation as another agent can go on with it.

    Args:
        without: How the names of tools begin whose answers do not count: those of hand-offs.
    """
    kept: list[Message] = []
    findings: list[Mapping[str, Value]] = []
    media: list[Media] = []
    arguments: dict[str, Value] = {}
    for it in messages:
        if it.role == "user":
            kept.append(it)
        elif it.role == "assistant":
            arguments |= {call.id: dict(call.arguments) for call in it.tool_calls}
            if not it.tool_calls:
                kept.append(it)
            elif it.text:
                # A new message: what its provider wanted back was about these calls.
                kept.append(assistant(it.text))
        elif it.role == "tool" and not (without and it.name.startswith(without)):
            answer = it.text if len(it.text) <= MAX_FINDING_CHARS else it.text[:MAX_FINDING_CHARS] + " … (cut)"
            finding = {"tool": it.name, "arguments": arguments.get(it.tool_call_id, {}), "answer": answer}
            findings.append({**finding, "failed": True} if it.is_error else finding)
            media += [part for part in it.parts if isinstance(part, Media)]
    return Portable(tuple(kept), tuple(findings), tuple(media))


async def continue_with(
    runnable: Runnable,
    ctx: RunContext,
    history: Sequence[Message] | Memory,
    input: AgentInput,
    *,
    on_event: OnEvent | None = None,
) -> AgentResult:
    """Execute with a history: an agent apart from its memory, anything else with the history before the new turns.

    Returns:
        Its `messages` are the new ones alone."""
    if isinstance(runnable, HoldsConversation):
        return await runnable.execute_with(ctx, history, input, on_event=on_event)
    old = tuple(history if isinstance(history, Sequence) else history.messages())
    result = await runnable.execute(ctx, replace(input, messages=(*old, *input.messages)), on_event=on_event)
    return replace(result, messages=result.messages[len(old) :]) if result.messages[: len(old)] == old else result
