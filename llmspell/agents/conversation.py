"""A conversation with an agent: what was said so far, apart from what the agent itself remembers.

It may be forked, kept and found again. When an agent hands it on, the one who took it over answers from then on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.agents.handoff import handed_over_at, note_of
from llmspell.agents.history import continue_with, portable
from llmspell.agents.memory import Memory
from llmspell.agents.relations import reachable
from llmspell.agents.spec import AgentSpec, MemorySpec
from llmspell.errors import BadArgument, NotFound, StoreError
from llmspell.models.messages import Message, Value, from_value, to_value, user
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.agents.held import Held
    from llmspell.agents.protocol import AgentInput, Runnable
    from llmspell.agents.result import AgentResult
    from llmspell.effects.context import RunContext
    from llmspell.state.store import StateStore

_KEY = "conversation:"  # of the state, in the agent's scope


class Conversation:
    """What is sent to one conversation at the same time is answered in the order in which it was sent.

    It remembers by the rule of the agent's own memory (all, a window, a summary); everything where the agent has none.

    Args:
        agent: With whom it begins.
        messages: What was said before.
        held: Where it is counted what conversations take; None counts nothing.

    Raises:
        BadArgument: There is too much already.

    Attributes:
        agent: With whom it began.
        active: Who answers next: another one after a hand-off.
    """

    def __init__(self, agent: Runnable, messages: Sequence[Message] = (), *, held: Held | None = None) -> None:
        self.agent = agent
        self.active = agent
        self._held = held
        self._refuse_too_much()
        self._memory = _memory_of(agent, messages, held)
        self._lock = asyncio.Lock()
        self._sending_at = ""  # the key of what holds the lock

    def __len__(self) -> int:
        """How many messages it holds."""
        return len(self._memory)

    async def send(self, ctx: RunContext, input: AgentInput, *, on_event: OnEvent | None = None) -> AgentResult:
        """Say something, and get the answer. What fails is not kept, so that it can be sent again.

        Raises:
            BadArgument: It is sent by a function that the conversation itself is waiting for.
            LLMSpellError: As of `Runnable.execute`.
        """
        at = self._sending_at
        if at and any(it == at or it.startswith(f"{at}/") for it in ctx.callers):
            raise BadArgument(
                "this conversation is waiting for the function that sends to it",
                hint="send when that one has answered, or let a fork of the conversation answer",
            )
        async with self._lock:
            self._sending_at = ctx.key
            self._refuse_too_much()
            memory, active = self._memory, self.active
            result = await continue_with(active, ctx, memory, input, on_event=on_event)
            # One that was cleared meanwhile stays so.
            if self._memory is memory:
                self._keep(active, memory, result)
            return result

    def history(self) -> tuple[Message, ...]:
        """What is remembered of it, oldest first."""
        return tuple(self._memory.messages())

    def clear(self) -> None:
        """Begin anew, with the agent with whom it began."""
        self.active = self.agent
        self._memory = _memory_of(self.agent, (), self._held)

    def fork(self) -> Conversation:
        """Another conversation that goes on from here by itself."""
        forked = Conversation(self.agent, held=self._held)
        forked.active = self.active
        forked._memory = _memory_of(self.active, self._memory.messages(), self._held)
        return forked

    def to_value(self) -> dict[str, Value]:
        """The conversation as plain data; nothing that a provider wants to see again is lost."""
        return {"active": self.active.name, "messages": [to_value(it) for it in self._memory.messages()]}

    @classmethod
    def from_value(cls, agent: Runnable, value: Mapping[str, Value], *, held: Held | None = None) -> Conversation:
        """The conversation that `to_value` made plain data of.

        Args:
            agent: With whom it begins. When who took it over cannot be reached from there any more, it goes on with
                this one.

        Raises:
            KeyError, TypeError, ValueError: It did not make this one.
        """
        messages = [from_value(it) for it in value["messages"]]
        name = str(value["active"])
        active = next((it for it in reachable(agent, "handoff") if it.name == name), None)
        made = cls(agent, held=held)
        made.active = active or agent
        made._memory = _memory_of(made.active, messages if active is not None else portable(messages).messages, held)
        return made

    async def save(self, store: StateStore, name: str) -> None:
        """Keep it under a name, in the agent's scope of the state; what was there is replaced.

        Raises:
            BadArgument: The name is none, or the conversation is too large to be kept.
            StoreError: It cannot be written.
        """
        await store.set(_scope(self.agent), _key(name), self.to_value())

    @classmethod
    async def load(cls, store: StateStore, agent: Runnable, name: str, *, held: Held | None = None) -> Conversation:
        """The conversation that was kept under a name.

        Raises:
            NotFound: There is none; the hint names the nearest.
            StoreError: What is there is none.
        """
        value = await store.get(_scope(agent), _key(name))
        if value is None:
            raise NotFound(
                f'the agent {agent.name} has no conversation "{name[:100]}"',
                hint=did_you_mean(name[:100], await saved(store, agent)),
                details={"name": name[:100]},
            )
        try:
            return cls.from_value(agent, value, held=held)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise StoreError(
                f'what is kept as the conversation "{name[:100]}" of {agent.name} is none: {problem!r}',
                hint="another program wrote it, or a newer llmspell",
            ) from problem

    def _keep(self, active: Runnable, memory: Memory, result: AgentResult) -> None:
        new_active = _who_answered(active, result)
        said = [it for it in result.messages if it.role != "system"]  # those count for once
        if new_active is active:
            memory.remember(said)
            return
        # What the others have said before is kept as the new one can go on with it.
        at = handed_over_at(said)
        before = portable([*memory.messages(), *said[:at]]).messages
        self.active = new_active
        self._memory = _memory_of(new_active, (*before, *said[at:]), self._held)

    def _refuse_too_much(self) -> None:
        if self._held is not None:
            self._held.check()


def hand_over(
    agent: Runnable, other: Runnable, context: Mapping[str, Value] | None = None, *, held: Held | None = None
) -> Conversation:
    """Let another agent go on with what an agent remembers, as a script asks for it.

    Args:
        context: What the other should know beside that.

    Returns:
        A conversation with the other, who also remembers all of it where it has a memory.
    """
    remembered: Sequence[Message] = agent.memory.messages() if hasattr(agent, "memory") else ()
    moved = portable(remembered)
    note = note_of(agent.name, other.name, findings=moved.findings, context=context or {})
    messages = (*moved.messages, user(note, *moved.media))
    if hasattr(other, "remember"):
        other.remember(messages)
    return Conversation(other, messages, held=held)


async def saved(store: StateStore, agent: Runnable) -> list[str]:
    """The names of the conversations that are kept of an agent, sorted."""
    return [it.removeprefix(_KEY) for it in await store.keys(_scope(agent), _KEY)]


async def forget_saved(store: StateStore, agent: Runnable, name: str) -> bool:
    """Remove a conversation that is kept. Returns whether there was one."""
    return await store.delete(_scope(agent), _key(name))


def _memory_of(agent: Runnable, messages: Sequence[Message], held: Held | None) -> Memory:
    spec: AgentSpec | None = getattr(agent, "spec", None)
    kind = MemorySpec() if spec is None else spec.memory
    memory = Memory(kind if kind.kind != "none" else replace(kind, kind="buffer"), held)
    memory.remember(messages)
    return memory


def _who_answered(active: Runnable, result: AgentResult) -> Runnable:
    if result.agent in ("", active.name):
        return active
    return next((it for it in reachable(active, "handoff") if it.name == result.agent), active)


def _scope(agent: Runnable) -> str:
    return f"agent:{agent.name}"


def _key(name: str) -> str:
    return f"{_KEY}{name}"
