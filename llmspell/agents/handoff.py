"""Hand-offs: a model gives the conversation, with its state, to another agent, which answers from then on.

The loop asks `target_of` of each call and, when it names an agent, ends with `pass_on`. The bound on hand-offs is
counted in the context, so that it holds for the whole chain of agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llmspell.agents.as_tool import AGENT_ACTOR, HANDOFF_ACTOR, MAX_TOOL_NAME, tool_name
from llmspell.agents.history import continue_with, portable
from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.agents.quoting import as_json
from llmspell.agents.result import AgentResult
from llmspell.effects.perform import Effect, perform
from llmspell.errors import AgentStopped
from llmspell.models.messages import Message, ToolCall, Value, user
from llmspell.models.protocol import ToolDefinition

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.effects.context import RunContext

PREFIX = "transfer_to_"
MAX_HANDOFFS = 8  # of one execution

_GO_ON = "Go on from here: answer what the user asked last."

_SCHEMA: Mapping[str, Value] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "description": "Why, in a sentence, for the one who takes over"},
        "context": {"type": "object", "description": "What it should know beyond the conversation, by name"},
    },
    "additionalProperties": False,
}


def handoff_tools(handoffs: Sequence[Runnable]) -> tuple[ToolDefinition, ...]:
    """What a model sees of the agents that it may give the conversation to: one `transfer_to_NAME` each."""
    return tuple(
        ToolDefinition(
            name,
            f"Give the conversation to {it.name}, who answers from then on. {it.description}".strip(),
            _SCHEMA,
        )
        for name, it in _by_tool(handoffs).items()
    )


def target_of(call_name: str, handoffs: Sequence[Runnable]) -> Runnable | None:
    """The agent that a call gives the conversation to, or None when it is a call of something else."""
    return _by_tool(handoffs).get(call_name) if call_name.startswith(PREFIX) else None


async def pass_on(
    ctx: RunContext,
    sender: str,
    target: Runnable,
    call: ToolCall,
    said: Sequence[Message],
    *,
    context: Mapping[str, Value] | None = None,
    on_event: OnEvent | None = None,
) -> AgentResult:
    """Let another agent go on with a conversation.

    Args:
        ctx: Inside the sender's effect.
        call: By which it was given away.
        said: All of it so far, in its order; what only the sender can read may be among it.
        context: Shared data of the execution.

    Returns:
        The other's result alone: its messages, steps and costs. `agent` is who answered in the end.

    Raises:
        AgentStopped: The conversation is passed around (`max_handoffs`); the message names those who had it.
        LLMSpellError: As of `Runnable.execute`.
    """
    n_before = sum(it.startswith(HANDOFF_ACTOR) for it in ctx.actors)
    if n_before >= MAX_HANDOFFS:
        chain = [it.removeprefix(AGENT_ACTOR) for it in ctx.actors if it.startswith(AGENT_ACTOR)]
        raise AgentStopped(
            f"the conversation was handed on {n_before} times and still is: {' → '.join((*chain, target.name))}",
            hint="say in the system prompts who answers what, or leave out a hand-off",
            details={"reason": "max_handoffs", "chain": [*chain, target.name]},
        )
    history = portable(said, without=PREFIX)
    passed = call.arguments.get("context")
    note = note_of(
        sender,
        target.name,
        reason=str(call.arguments.get("reason") or ""),
        findings=history.findings,
        context=passed if isinstance(passed, Mapping) else {"context": passed} if passed else None,
    )
    asked = AgentInput((user(f"{note}\n{_GO_ON}", *history.media),), {}, dict(context or {}))

    is_recorded = ctx.run.journal.mode != "off"
    result: AgentResult | None = None
    made: Value = None

    async def go_on(inner: RunContext) -> Value:
        nonlocal result, made
        result = await continue_with(target, inner, history.messages, asked, on_event=on_event)
        made = result.to_value() if is_recorded else None
        return made

    effect = Effect("handoff", target.name, dict(call.arguments), actor=f"{HANDOFF_ACTOR}{target.name}", again=True)
    value = await perform(ctx, effect, go_on)
    # What is not what was made here is what an earlier run was answered.
    return AgentResult.from_value(value) if result is None or value is not made else result


def note_of(
    sender: str,
    receiver: str,
    *,
    reason: str = "",
    findings: Sequence[Mapping[str, Value]] = (),
    context: Mapping[str, Value] | None = None,
) -> str:
    """What the one who takes over is told, as a user's turn: every provider has those, in any place."""
    lines = ["<handoff>", f"The agent {sender} has given this conversation to you, {receiver}."]
    if reason:
        lines.append(f"Reason: {as_json(reason)}")
    if findings:
        lines += ["What its tools have answered:", as_json(list(findings))]
    if context:
        lines += ["What you should know beside that:", as_json(context)]
    return "\n".join((*lines, "</handoff>"))


def handed_over_at(messages: Sequence[Message]) -> int:
    """Where in a conversation its last hand-off is done: after the answer to the call. 0 where there was none."""
    for i in range(len(messages) - 1, -1, -1):
        if any(it.name.startswith(PREFIX) for it in messages[i].tool_calls):
            end = i + 1
            while end < len(messages) and messages[end].role == "tool":
                end += 1
            return end
    return 0


def _by_tool(handoffs: Sequence[Runnable]) -> dict[str, Runnable]:
    found: dict[str, Runnable] = {}
    for it in handoffs:
        name = wanted = tool_name(it.name, PREFIX)
        n_same = 1
        while name in found:  # names that differ in what no tool's name may have
            n_same += 1
            name = f"{wanted[: MAX_TOOL_NAME - 4]}_{n_same}"
        found[name] = it
    return found
