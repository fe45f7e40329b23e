"""What the agents of a run have beside themselves: a conversation that `chat` goes on with, and values of a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from llmspell.agents.agent import Agent
from llmspell.agents.conversation import Conversation
from llmspell.agents.fields import BY_SPELLING
from llmspell.agents.held import size_of, size_of_all
from llmspell.agents.input import INPUT_FIELDS, read_input
from llmspell.errors import BadArgument, StoreError
from llmspell.globals.agent_parts import AgentHandle, merged, unwrapped
from llmspell.globals.agent_stream import AgentStream
from llmspell.globals.values import require_plain
from llmspell.models.messages import from_value, to_value
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.agent import AgentServices
    from llmspell.agents.events import OnEvent
    from llmspell.agents.held import Held
    from llmspell.agents.protocol import AgentInput, Runnable
    from llmspell.agents.registry import AgentRegistry
    from llmspell.agents.result import AgentResult
    from llmspell.effects.context import RunContext
    from llmspell.state.store import StateStore

MAX_VALUES = 10_000  # of one agent
MAX_TOOLS = 1000  # made of agents; each is kept
STREAM_BYTES = 128 * 1024  # about what a stream takes whose events are not read
_KEY = "state:"  # of the state, in the agent's scope
_OF_AGENTS = ("tools", "handoffs")  # fields in which an agent may stand by its name
_ROLES = {"judge", "router"}  # options of composites, likewise


class AgentRun:
    """The agents of one run as its script sees them.

    Attributes:
        registry: All of them by name.
        services: What they are made with.
    """

    def __init__(self, registry: AgentRegistry) -> None:
        self.registry = registry
        self.services: AgentServices = registry.services
        # By the agent itself: a name may be given away and taken again.
        self._talks: dict[Runnable, Conversation] = {}
        self._keepings: dict[Runnable, Keeping] = {}
        self._tools: set[str] = set()

    def find(self, value: Value, where: str) -> Runnable:
        """The agent that a value stands for: the object, or the name of one.

        Raises:
            BadArgument: It is neither.
            AgentNotFound: There is none of this name; the hint names the nearest.
        """
        match value:
            case AgentHandle():
                return value.runnable
            case str():
                return self.registry.find(value)
        raise BadArgument(f"{where} must be an agent", hint="make one with Agent.create, or give its name")

    def fields(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """An agent's fields: its tools and hand-offs as what the script's objects, and the names of its agents, stand
        for. Among tools, a tool's name comes before an agent's.

        Raises:
            BadArgument: Another field holds something that is not plain data.
            AgentNotFound: There is no agent to hand over to of a name.
        """
        return {name: self._field(name, value) for name, value in given.items()}

    def options(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """A composite's options, likewise; a judge or router that is no agent's name may be a model's."""
        found: dict[str, Value] = {name: unwrapped(it) for name, it in given.items()}
        for role in _ROLES & found.keys():
            if isinstance(found[role], str):
                found[role] = self.registry.get(found[role]) or found[role]
        return found

    async def asked(self, ctx: RunContext, input: Value, options: dict[str, Value] | None = None) -> AgentInput:
        """What a script asks an agent: see `agents.input`; fields that count for once are as in `fields`."""
        value = merged(input, options)
        if isinstance(value, Mapping):
            require_plain(value.get("context"), "context")
            value = {name: it if name in INPUT_FIELDS else self._field(name, it) for name, it in value.items()}
        return await read_input(ctx, value)

    def _field(self, name: str, value: Value) -> Value:
        field = BY_SPELLING.get(name)
        if field is not None and field.place == "table" and isinstance(value, Mapping):
            return self.fields(value)
        if field is None or field.name not in _OF_AGENTS:
            return require_plain(value, name)
        found = unwrapped(value)
        if isinstance(found, Mapping):
            return found  # an empty one is a list of nothing
        return [self._agent_of(it, field.name) for it in (found if isinstance(found, list) else [found])]

    def _agent_of(self, value: Value, field: str) -> Value:
        if not isinstance(value, str) or (field == "tools" and value in self.services.tools):
            return value
        if field == "tools":
            return self.registry.get(value) or value  # what it is not, it is a tool that there is not
        return self.registry.find(value)

    def talk_of(self, runnable: Runnable) -> Conversation:
        """The agent's own conversation."""
        if runnable not in self._talks:
            self._talks[runnable] = Conversation(runnable, held=self.services.held)
        return self._talks[runnable]

    def keeping_of(self, runnable: Runnable) -> Keeping:
        """The values that go with an agent."""
        if runnable not in self._keepings:
            self._keepings[runnable] = Keeping(runnable, self.services.held)
        return self._keepings[runnable]

    def store_for(self, ctx: RunContext, runnable: Runnable) -> StateStore:
        """Where what is kept of an agent is kept, under its name.

        Raises:
            BadArgument: It has no name of its own, or the profile keeps no state.
        """
        if not self.registry.is_named(runnable):
            raise BadArgument(
                f"name the agent first: what is kept of it is kept under its name, and {runnable.name} was made up",
                hint='Agent.create with a name = "…" that no other script uses',
            )
        if self.services.state is None:
            profile = ctx.run.profile.name
            raise BadArgument(
                f"nothing can be kept of {runnable.name}: the profile {profile} has no global State",
                hint="run again with --profile medium, or add State to globals under "
                f"[profiles.{profile}] in llmspell.toml",
            )
        return self.services.state

    def stream_of(self, asked: AgentInput, execute: Callable[[OnEvent], Awaitable[AgentResult]]) -> AgentStream:
        """The events of an execution, which counts as something kept: perhaps nobody reads them."""
        held = self.services.held
        held.check()
        stream = AgentStream(execute)
        held.hold(stream, STREAM_BYTES + size_of_all(asked.messages))
        return stream

    def count_tool(self, name: str) -> None:
        """Count a tool that is an agent; made again under its name it is the same.

        Raises:
            BadArgument: There are too many.
        """
        if name not in self._tools and len(self._tools) >= MAX_TOOLS:
            raise BadArgument(f"a run makes at most {MAX_TOOLS} tools of its agents")
        self._tools.add(name)

    def forget(self, runnable: Runnable) -> None:
        """Let go of what belongs to an agent that is no more."""
        self._talks.pop(runnable, None)
        self._keepings.pop(runnable, None)


class Keeping:
    """Values of a script's that go with one agent, and what of it can be kept for later runs."""

    def __init__(self, runnable: Runnable, held: Held) -> None:
        self._runnable = runnable
        self._held = held
        self._values: dict[str, Value] = {}
        self._n_bytes = 0

    def get(self, key: str) -> Value:
        """One value, or all of them with the agent's status and how much it remembers."""
        if key:
            return self._values.get(key)
        memory = getattr(self._runnable, "memory", ())
        return {"status": getattr(self._runnable, "status", "ready"), "messages": len(memory), **self._values}

    def set(self, key: Value, value: Value) -> None:
        """One value, or a table of them.

        Raises:
            BadArgument: It is no name or not plain data, or there are too many.
        """
        given = key if isinstance(key, dict) else {key if isinstance(key, str) else "": value}
        for name, it in given.items():
            if not isinstance(name, str) or not name:
                raise BadArgument("set_state takes a name and a value, or a table of them")
            require_plain(it, name)
        new = {name: it for name, it in given.items() if it is not None}
        if new:
            self._held.check()
        if len((self._values.keys() - given.keys()) | new.keys()) > MAX_VALUES:
            raise BadArgument(f"an agent keeps at most {MAX_VALUES} values")
        for name, it in given.items():
            self._n_bytes += size_of(it) - size_of(self._values.pop(name, None))
        self._values |= new
        self._held.hold(self, self._n_bytes)

    async def save(self, store: StateStore, name: str) -> None:
        """Keep the values and the agent's memory under a name; what was there is replaced."""
        memory = getattr(self._runnable, "memory", None)
        messages = [] if memory is None else [to_value(it) for it in memory.messages()]
        await store.set(self._scope, f"{_KEY}{name}", {"values": self._values, "messages": messages})

    async def load(self, store: StateStore, name: str) -> bool:
        """Take up what was kept under a name. Returns whether there was anything."""
        self._held.check()
        value = await store.get(self._scope, f"{_KEY}{name}")
        if value is None:
            return False
        try:
            values, messages = dict(value["values"]), [from_value(it) for it in value["messages"]]
        except (KeyError, TypeError, ValueError) as problem:
            raise StoreError(f"what is kept as the state {name} of {self._runnable.name} is none") from problem
        self._values, self._n_bytes = values, size_of(values)
        self._held.hold(self, self._n_bytes)
        if isinstance(self._runnable, Agent):
            self._runnable.forget()
            self._runnable.remember(messages)
        return True

    async def delete(self, store: StateStore, name: str) -> bool:
        """Remove what was kept under a name. Returns whether there was anything."""
        return await store.delete(self._scope, f"{_KEY}{name}")

    @property
    def _scope(self) -> str:
        return f"agent:{self._runnable.name}"
