"""A conversation with an agent, as a script holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from llmspell.agents.conversation import Conversation
from llmspell.errors import BadArgument
from llmspell.globals.agent_records import AgentResultMap
from llmspell.globals.agent_stream import AgentStream
from llmspell.interface.declare import Callback, Fields, method, script_object
from llmspell.models.messages import to_value
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.agent import AgentServices
    from llmspell.agents.events import AgentEvent, OnEvent
    from llmspell.agents.protocol import Runnable
    from llmspell.effects.context import RunContext
    from llmspell.globals.agent_run import AgentRun
    from llmspell.state.store import StateStore

Options = Annotated[dict[str, Value], Fields] | None


@script_object("Conversation")
class ConversationObject:
    """What is said to one agent, turn after turn."""

    def __init__(self, conversation: Conversation, run: AgentRun) -> None:
        self._conversation = conversation
        self._run = run

    @classmethod
    async def open(cls, runnable: Runnable, run: AgentRun, name: str) -> ConversationObject:
        """A new one, or the one that was saved under a name."""
        if not name:
            return cls(Conversation(runnable, held=run.services.held), run)
        loaded = await Conversation.load(_store(run.services), runnable, name, held=run.services.held)
        return cls(loaded, run)

    @method(needs="model", aliases=("execute", "chat", "ask"), recorded=False)
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

    @method(needs="model", recorded=False)
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
        """Another conversation that goes on from here by itself."""
        return ConversationObject(self._conversation.fork(), self._run)

    @method(idempotent=True)
    async def save(self, ctx: RunContext, name: str) -> None:
        """Keep it for later: `agent:conversation(name)` goes on with it, in this run or another one.

        Args:
            name: Replaces what was saved under it.
        """
        await self._conversation.save(_store(self._run.services), name)


def watching(fn: Callback, ctx: RunContext) -> OnEvent:
    """Who watches by a function of the script's, which acts where it watches."""

    async def tell(event: AgentEvent) -> None:
        await fn(event.to_value(), around=ctx)

    return tell


def _store(services: AgentServices) -> StateStore:
    if services.state is None:
        raise BadArgument("this program keeps no state")
    return services.state
