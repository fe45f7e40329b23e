"""A conversation with an agent, as a script holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from llmspell.agents.conversation import Conversation, saved
from llmspell.errors import BadArgument
from llmspell.globals.agent_kept import reads_of
from llmspell.globals.agent_records import AgentResultMap
from llmspell.globals.agent_stream import AgentStream
from llmspell.interface.declare import Callback, Fields, method, script_object
from llmspell.models.messages import to_value
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.events import AgentEvent, OnEvent
    from llmspell.agents.protocol import Runnable
    from llmspell.effects.context import RunContext
    from llmspell.globals.agent_run import AgentRun

Options = Annotated[dict[str, Value], Fields] | None


@script_object("Conversation")
class ConversationObject:
    """What is said to one agent, turn after turn."""

    def __init__(self, conversation: Conversation, run: AgentRun, name: str = "") -> None:
        self._conversation = conversation
        self._run = run
        self._name = name

    @classmethod
    async def open(cls, ctx: RunContext, runnable: Runnable, run: AgentRun, name: str) -> ConversationObject:
        """The one that was saved under a name, or a new one."""
        held = run.services.held
        if name:
            store = reads_of(ctx, run.store_for(ctx, runnable))
            if name in await saved(store, runnable):
                return cls(await Conversation.load(store, runnable, name, held=held), run, name)
        return cls(Conversation(runnable, held=held), run, name)

    @method(needs="model", aliases=("execute", "chat", "ask"), again=True)
    async def send(self, ctx: RunContext, input: Value = None, options: Options = None) -> AgentResultMap:
        """Say something, and wait for the answer. What fails is not remembered.

        Args:
            input: As of `agent:execute`.
            options: As of `agent:execute`.

        Raises:
            LLMSpellError: As `agent:execute`.
        """
        result = await self._conversation.send(ctx, await self._run.asked(ctx, input, options))
        value: AgentResultMap = result.to_value()  # type: ignore[assignment]  # a plain map with these keys
        return value

    @method(needs="model", again=True)
    async def stream(
        self,
        ctx: RunContext,
        input: Value = None,
        fn: Annotated[Callback, "event -> nil"] | None = None,
        options: Options = None,
    ) -> AgentStream | AgentResultMap:
        """Say something, and see what happens meanwhile; as `agent:stream`.

        Args:
            input: As of `agent:execute`.
            fn: Called with each event.
            options: As of `agent:execute`.
        """
        asked = await self._run.asked(ctx, input, options)
        if fn is not None:
            result = await self._conversation.send(ctx, asked, on_event=watching(fn, ctx))
            value: AgentResultMap = result.to_value()  # type: ignore[assignment]  # a plain map with these keys
            return value
        conversation = self._conversation
        return self._run.stream_of(asked, lambda on_event: conversation.send(ctx, asked, on_event=on_event))

    @method(recorded=False)
    def history(self, ctx: RunContext) -> list[dict[str, Value]]:
        """What is remembered of it, oldest first: maps with `role` and `text`."""
        return [to_value(it) for it in self._conversation.history()]

    @method(recorded=False)
    def clear(self, ctx: RunContext) -> None:
        """Begin anew."""
        self._conversation.clear()

    @method(recorded=False)
    def fork(self, ctx: RunContext) -> ConversationObject:
        """Another conversation that goes on from here by itself, and has no name yet."""
        return ConversationObject(self._conversation.fork(), self._run)

    @method(idempotent=True)
    async def save(self, ctx: RunContext, name: str = "") -> None:
        """Keep it for later: `agent:conversation(name)` goes on with it, in this run or another one.

        Args:
            name: Replaces what was saved under it. Empty for the name that the conversation has: the one that it was
                begun with, or saved under last.

        Raises:
            BadArgument: There is no name, the agent has none of its own, or the profile has no `State`.
        """
        store = self._run.store_for(ctx, self._conversation.agent)
        if not (name or self._name):
            raise BadArgument("the conversation has no name yet", hint='save it under one, as save("support")')
        await self._conversation.save(store, name or self._name)
        self._name = name or self._name


def watching(fn: Callback, ctx: RunContext) -> OnEvent:
    """Who watches by a function of the script's, which acts where it watches."""

    async def tell(event: AgentEvent) -> None:
        await fn(event.to_value(), around=ctx)

    return tell
