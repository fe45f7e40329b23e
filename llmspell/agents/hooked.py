"""Agents under the eyes of hooks: what hooks see of an agent that is made, asked and destroyed, and what they change.

Used by `agent` and `execution` when somebody listens to a point of `points.AGENT`. A hook sees

    input  = { text = "…", messages = { … }, context = { … }, options = { temperature = 0 } }
    output = the result, as a script gets it

and may give a text, or a table with what it wants to be different, for either."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.agents.events import AgentEvent
from llmspell.agents.protocol import AgentInput
from llmspell.agents.result import AgentResult
from llmspell.errors import BadArgument, HookCancelled
from llmspell.events.intercept import intercept
from llmspell.events.plain import plain, same
from llmspell.events.points import AGENT, AGENT_INIT, AGENT_SHUTDOWN
from llmspell.models.hooked import changed_messages
from llmspell.models.messages import Message, Text, Value, assistant
from llmspell.models.protocol import ModelRequest
from llmspell.models.recording import request_to_value

if TYPE_CHECKING:
    from llmspell.agents.agent import Agent
    from llmspell.agents.events import OnEvent
    from llmspell.agents.protocol import Runnable
    from llmspell.effects.context import RunContext


async def execute_hooked(
    inner: RunContext,
    name: str,
    input: AgentInput,
    once: Callable[[AgentInput], Awaitable[AgentResult]],
    *,
    find: Callable[[str], Runnable] | None = None,
    on_event: OnEvent | None = None,
) -> AgentResult:
    """Ask an agent as hooks want it.

    Args:
        inner: Inside the agent's effect.
        once: Answers; it may be called again.
        find: An agent by its name, for hooks that redirect.
        on_event: Sees the text of an answer that a hook gives in the agent's place.
    """
    if not AGENT.watched(inner.run.hooks.at):
        return await once(input)
    shown = _shown_input(input)
    asked = input
    is_answered = False

    async def do(given: Value) -> AgentResult:
        nonlocal asked, is_answered
        asked = _input(input, shown, given)
        is_answered = True
        return await once(asked)

    async def elsewhere(place: RunContext, target: str, given: Value) -> AgentResult:
        nonlocal is_answered
        if find is None:
            raise BadArgument(f"{name} consists of several agents, which no hook can redirect")
        is_answered = True
        result = await find(target).execute(place, _input(input, shown, given), on_event=on_event)
        return replace(result, messages=(*asked.messages, assistant(result.text)))

    def read(data: Value, before: AgentResult | None) -> AgentResult:
        return _result(AgentResult("", messages=asked.messages, agent=name) if before is None else before, data, name)

    result: AgentResult = await intercept(
        inner, AGENT, "agent", name, shown, do, redirect=elsewhere, show=AgentResult.to_value, read=read
    )
    if not is_answered and on_event is not None:
        await on_event(AgentEvent("text", result.text, name))
    return result


async def make_hooked(
    ctx: RunContext,
    fields: Mapping[str, Value],
    make: Callable[[Mapping[str, Value]], Agent],
    describe: Callable[[Agent], Mapping[str, Value]],
) -> Agent:
    """Make an agent of its fields, as hooks have left them.

    Args:
        describe: The agent as hooks see it when it was made.
    """

    async def do(given: Value) -> Agent:
        if not isinstance(given, Mapping):
            raise BadArgument("what a hook at BeforeAgentInit changes are the fields of the agent, a table")
        return make(given)

    name = str(fields.get("name") or "")
    made: Agent = await intercept(
        ctx,
        AGENT_INIT,
        "agent",
        name,
        fields,
        do,
        show=lambda agent: plain(describe(agent)),
        secret=("api_key", "headers"),
    )
    return made


async def shut_down_hooked(ctx: RunContext, runnable: Runnable, stop: Callable[[], None], *, at_end: bool) -> None:
    """Destroy an agent, unless a hook cancels it; at the end of a run, no hook can.

    Raises:
        HookCancelled: A hook wants it to stay.
    """
    hooks = ctx.run.hooks
    metadata = {"at_end": at_end}
    try:
        await hooks.notify(ctx, AGENT_SHUTDOWN.before, kind="agent", name=runnable.name, metadata=metadata)
    except HookCancelled:
        if not at_end:
            raise
    stop()
    await hooks.notify(ctx, AGENT_SHUTDOWN.after, kind="agent", name=runnable.name, metadata=metadata)


def _shown_input(input: AgentInput) -> dict[str, Value]:
    return {
        "text": input.text,
        "messages": request_to_value(ModelRequest(input.messages))["messages"],
        "context": plain(input.context),
        "options": plain(input.overrides),
    }


def _input(input: AgentInput, shown: Mapping[str, Value], now: Value) -> AgentInput:
    """What the agent is asked, as hooks have left it: a text, or a table; what it does not name stays."""
    if now is shown:
        return input
    given: Value = {"text": now} if isinstance(now, str) else now
    if not isinstance(given, Mapping):
        raise BadArgument("what a hook gives an agent is a text, or a table with text or messages")
    messages = input.messages
    if "messages" in given and not same(given["messages"], shown["messages"]):
        messages = changed_messages(messages, shown["messages"], given["messages"], "the agent")
    text = given.get("text", input.text)
    if text != input.text:
        messages = (*messages[:-1], _saying(messages[-1], str(text)))
    context = _table(given.get("context"), shown["context"], input.context)
    return AgentInput(messages, _table(given.get("options"), shown["options"], input.overrides), context)


def _table(now: Value, shown: Value, before: dict[str, Value]) -> dict[str, Value]:
    if now is None or same(now, shown):
        return before
    if now == []:
        return {}  # an empty table, to a language that has no other
    if not isinstance(now, Mapping):
        raise BadArgument("the context and the options that a hook gives an agent are tables")
    return dict(now)


def _saying(message: Message, text: str) -> Message:
    """The same with another text; what is shown beside it stays."""
    return replace(message, parts=(Text(text), *(it for it in message.parts if not isinstance(it, Text))))


def _result(before: AgentResult, data: Value, name: str) -> AgentResult:
    """The answer that a hook gives: a text, or a table with what is to be different."""
    given: Value = {"text": data} if isinstance(data, str) else data
    if not isinstance(given, Mapping):
        raise BadArgument(f"the answer that a hook gives for the agent {name} is a text, or a table with a text")
    text = given.get("text", before.text)
    if text == before.text and "response" in given:
        text = given["response"]
    made = replace(before, text=str(text), data=given.get("data", before.data))
    if isinstance(given.get("metadata"), Mapping):
        made = replace(made, metadata=dict(given["metadata"]))
    if made.text == before.text and before.messages and before.messages[-1].role == "assistant":
        return made
    said = before.messages[:-1] if before.messages and before.messages[-1].role == "assistant" else before.messages
    return replace(made, messages=(*said, assistant(made.text)))
