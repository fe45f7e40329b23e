"""An agent that a script holds: something that can be asked, watched while it works, and looked at.

Executions are effects of the agents themselves (`agents.agent`), so the calls of a script for them are not recorded."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

from llmspell.agents.agent import Agent
from llmspell.agents.conversation import hand_over, saved
from llmspell.effects.flows import PRIVATE, STATE
from llmspell.errors import BadArgument, LLMSpellError, NotFound
from llmspell.globals.agent_conversation import ConversationObject, watching
from llmspell.globals.agent_kept import reads_of
from llmspell.globals.agent_parts import AgentHandle
from llmspell.globals.agent_records import AgentResultMap
from llmspell.globals.agent_run import AgentRun, Keeping
from llmspell.globals.agent_stream import AgentStream
from llmspell.globals.tool import ToolObject, ToolResultMap, result_value
from llmspell.globals.values import require_plain
from llmspell.interface.declare import Callback, Fields, method, script_object
from llmspell.names import name_key
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.agents.agent import AgentServices
    from llmspell.agents.contexts import Contexts
    from llmspell.agents.protocol import AgentInput, Runnable
    from llmspell.agents.result import AgentResult
    from llmspell.effects.context import RunContext
    from llmspell.state.store import StateStore

MAX_DESCRIPTION = 10_000  # characters of a tool's that is an agent

Options = Annotated[dict[str, Value], Fields] | None
OnScriptEvent = Annotated[Callback, "event -> nil"] | None


@script_object("AgentObject")
class AgentObject(AgentHandle):
    """An agent, or several that work together.

    Attributes:
        name: What `Agent.get` takes.
        id: Different for each agent of a run.
        description: What it is for.
        model: The model that it asks first, `provider/name`; empty where several agents work together.
    """

    name: str
    id: str
    description: str
    model: str

    def __init__(self, runnable: Runnable, run: AgentRun) -> None:
        self.runnable = runnable
        self.name = runnable.name
        self.description = runnable.description
        self.id = getattr(runnable, "id", runnable.name)
        self.model = getattr(runnable, "model", "")
        self._run = run

    @method(needs="model", aliases=("invoke", "run", "complete", "executeAsync", "execute_async", "ask"), again=True)
    async def execute(self, ctx: RunContext, input: Value = None, options: Options = None) -> AgentResultMap:
        """Ask it, and wait for the whole answer.

        Args:
            input: A text, or a table: `text` (or `prompt`), `messages`, `images`, `audio`, `files`, `context`, and any
                field of `Agent.create` that shall count for this time only.
            options: The same keys beside an input.

        Returns:
            The answer, and what it took.

        Raises:
            PermissionDenied: The profile does not grant `model:NAME`, or a file that was named.
            ProviderError: The provider refused or failed after all attempts.
            KeyMissing: No key is set for the provider.
            BudgetExceeded: The agent, the run or the day has not enough left.
            SchemaError: The answer is not what the schema says, after its repairs.
            AgentStopped: It took too many steps, calls or identical calls.
            TimedOut: It took longer than `timeout_s`.
        """
        return as_map(await self.runnable.execute(ctx, await self._run.asked(ctx, input, options)))

    @method(needs="model", aliases=("invokeStream", "invoke_stream", "executeStream", "execute_stream"), again=True)
    async def stream(
        self, ctx: RunContext, input: Value = None, fn: OnScriptEvent = None, options: Options = None
    ) -> AgentStream | AgentResultMap:
        """Ask it, and see what happens meanwhile.

        Args:
            input: As of `execute`.
            fn: Called with each event; the agent goes on when it returns.
            options: As of `execute`.

        Returns:
            The whole answer where there is a function, and otherwise the events, for a loop.

        Raises:
            LLMSpellError: As `execute`.
        """
        asked = await self._run.asked(ctx, input, options)
        if fn is not None:
            return as_map(await self.runnable.execute(ctx, asked, on_event=watching(fn, ctx)))
        return self._stream(ctx, asked)

    @method(needs="model", again=True)
    async def chat(self, ctx: RunContext, input: Value = None, options: Options = None) -> AgentResultMap:
        """Say something in the agent's own conversation, which remembers all of it.

        Args:
            input: As of `execute`.
            options: As of `execute`.
        """
        talk = self._run.talk_of(self.runnable)
        return as_map(await talk.send(ctx, await self._run.asked(ctx, input, options)))

    @method(needs="model", aliases=("executeWithContext",), again=True)
    async def execute_with_context(self, ctx: RunContext, input: Value, context: Value) -> AgentResultMap:
        """Ask it, and show it shared data.

        Args:
            input: As of `execute`.
            context: An id from `Agent.create_context`, or a table.
        """
        asked = await self._run.asked(ctx, input)
        data = self._contexts.data(context) if isinstance(context, str) else require_plain(context, "context")
        if not isinstance(data, dict):
            raise BadArgument("a context is an id from Agent.create_context, or a table")
        asked = dataclasses.replace(asked, context={**data, **asked.context})
        return as_map(await self.runnable.execute(ctx, asked))

    @method(again=True)
    async def conversation(self, ctx: RunContext, name: str = "") -> ConversationObject:
        """A conversation with it.

        Args:
            name: Goes on with the one that was saved under it, by this run or an earlier one. Where there is none, a
                new one begins, which `save()` keeps under this name. Empty begins one without a name.

        Raises:
            BadArgument: There is a name, and the agent has none of its own, or the profile no `State`.
        """
        return await ConversationObject.open(ctx, self.runnable, self._run, name)

    @method(idempotent=True)
    async def conversations(self, ctx: RunContext) -> list[str]:
        """The names under which conversations with it were saved, sorted.

        Raises:
            BadArgument: The agent has no name of its own, or the profile no `State`.
        """
        return await saved(self._store(ctx), self.runnable)

    @method(recorded=False)
    async def handoff(
        self, ctx: RunContext, other: Value, context: dict[str, Value] | None = None
    ) -> ConversationObject:
        """Let another agent go on with what this one remembers.

        Args:
            other: The agent that takes over, or its name.
            context: What it should know beside that.

        Returns:
            A conversation with the other.
        """
        to = self._run.find(other, "the one who takes over")
        taken_over = hand_over(self.runnable, to, context, held=self._services.held)
        return ConversationObject(taken_over, self._run)

    # What it is and how it does --------------------------------------------------------------------------------------

    @method(aliases=("getConfig",), recorded=False)
    def get_config(self, ctx: RunContext) -> dict[str, Value]:
        """What it was made with, by the names of `Agent.create`; never a key."""
        return self._run.registry.describe(self.runnable)

    @method(aliases=("getMetrics",), recorded=False)
    def get_metrics(self, ctx: RunContext) -> dict[str, Value]:
        """What it has done: executions, failures, input_tokens, output_tokens, total_tokens, cost_usd, total_ms,
        average_ms, last_error."""
        return self._agent("metrics").metrics.to_value()

    @method(aliases=("getHealth",), recorded=False)
    def get_health(self, ctx: RunContext) -> dict[str, Value]:
        """status, healthy, last_error."""
        return self._agent("health").health()

    @method(aliases=("isHealthy",), recorded=False)
    def is_healthy(self, ctx: RunContext) -> bool:
        """Whether it is ready and its last execution went well."""
        return bool(self._agent("health").health()["healthy"])

    @method(aliases=("getLastError",), recorded=False)
    def get_last_error(self, ctx: RunContext) -> dict[str, Value] | None:
        """What ended its last execution that failed.

        Returns:
            code, message and hint, or nil.
        """
        error: LLMSpellError | None = self._agent("errors").metrics.last_error
        return None if error is None else error.to_wire()

    @method(recorded=False)
    def pause(self, ctx: RunContext) -> None:
        """Refuse executions until `resume`."""
        self._agent("status").pause()

    @method(recorded=False)
    def resume(self, ctx: RunContext) -> None:
        """Be ready again."""
        self._agent("status").resume()

    @method(recorded=False)
    def stop(self, ctx: RunContext) -> None:
        """Refuse executions from now on."""
        self._agent("status").stop()

    @method(recorded=False)
    async def destroy(self, ctx: RunContext) -> None:
        """Stop it, and take its name out of the registry.

        Raises:
            HookCancelled: A hook wants it to stay.
        """
        await self._run.registry.destroy(ctx, self.runnable)

    @method(aliases=("clear_memory",), recorded=False)
    def forget(self, ctx: RunContext) -> None:
        """Forget what it remembers."""
        self._agent("memory").forget()
        self._run.talk_of(self.runnable).clear()

    # Its tools ------------------------------------------------------------------------------------------------------

    @method(aliases=("hasTool",), recorded=False)
    def has_tool(self, ctx: RunContext, name: str) -> bool:
        """Whether it may use a tool.

        Args:
            name: A hyphen and an underscore are the same.
        """
        return name_key(name) in map(name_key, self._agent("tools").tools)

    @method(aliases=("discoverTools", "list_tools"), recorded=False)
    def discover_tools(self, ctx: RunContext) -> list[str]:
        """The names of its tools."""
        return list(self._agent("tools").tools)

    @method(needs="tool", aliases=("invokeTool",), again=True)
    async def invoke_tool(self, ctx: RunContext, name: str, params: Options = None) -> ToolResultMap:
        """Run one of its tools, as its model would.

        Args:
            name: One of `discover_tools`.
            params: Of the tool.

        Raises:
            ToolNotFound: It has no such tool.
        """
        return result_value(await self._agent("tools").run_tool(ctx, name, params or {}))

    @method(aliases=("asTool",), recorded=False)
    def as_tool(self, ctx: RunContext, name: str = "", description: str = "") -> ToolObject:
        """A tool that lets it answer, with the parameter `input`; it is registered under its name.

        Args:
            name: The agent's own if empty.
            description: For the model that may use it; the agent's own if empty.
        """
        return tool_of(self.runnable, self._run, name, description)

    # State ----------------------------------------------------------------------------------------------------------

    @method(aliases=("getState",), recorded=False)
    def get_state(self, ctx: RunContext, key: str = "") -> Value:
        """What `set_state` has set for this run.

        Args:
            key: Empty for all of it, with `status` and `messages`, the number of messages that it remembers.
        """
        return self._keeping.get(key)

    @method(aliases=("setState",), recorded=False)
    def set_state(self, ctx: RunContext, key: Value, value: Value = None) -> None:
        """Set a value that goes with the agent.

        Args:
            key: A name, or a table of names and values.
            value: Plain data; nil removes it.
        """
        self._keeping.set(key, value)

    @method(aliases=("saveState",), idempotent=True)
    async def save_state(self, ctx: RunContext, name: str = "default") -> None:
        """Keep its state and its memory, for later runs.

        Args:
            name: Under which.

        Raises:
            BadArgument: The agent has no name of its own, or the profile no `State`.
        """
        await self._keeping.save(self._store(ctx), name)

    @method(aliases=("loadState",), again=True)
    async def load_state(self, ctx: RunContext, name: str = "default") -> bool:
        """Take up a state and a memory that were kept.

        Args:
            name: Under which.

        Returns:
            Whether there were any.
        """
        ctx.run.flows.bring(ctx, PRIVATE, STATE, f"conversation {name[:100]}")
        return await self._keeping.load(reads_of(ctx, self._store(ctx)), name)

    @method(aliases=("deleteState",))
    async def delete_state(self, ctx: RunContext, name: str = "default") -> bool:
        """Remove what was kept.

        Args:
            name: Under which.

        Returns:
            Whether there was anything.
        """
        return await self._keeping.delete(self._store(ctx), name)

    @property
    def _services(self) -> AgentServices:
        return self._run.services

    @property
    def _contexts(self) -> Contexts:
        contexts = self._services.contexts
        if contexts is None:
            raise NotFound("this program shares no contexts")
        return contexts

    @property
    def _keeping(self) -> Keeping:
        return self._run.keeping_of(self.runnable)

    def _store(self, ctx: RunContext) -> StateStore:
        return self._run.store_for(ctx, self.runnable)

    def _agent(self, what: str) -> Agent:
        if not isinstance(self.runnable, Agent):
            raise BadArgument(f"{self.name} is several agents that work together: it has no {what} of its own")
        return self.runnable

    def _stream(self, ctx: RunContext, asked: AgentInput) -> AgentStream:
        return self._run.stream_of(asked, lambda on_event: self.runnable.execute(ctx, asked, on_event=on_event))


def as_map(result: AgentResult) -> AgentResultMap:
    """A result as scripts see it."""
    value: AgentResultMap = result.to_value()  # type: ignore[assignment]  # a plain map with these keys
    return value


def tool_of(runnable: Runnable, run: AgentRun, name: str, description: str) -> ToolObject:
    """An agent as a tool of the run's registry."""
    from llmspell.agents.as_tool import as_tool  # late: few scripts make one

    if len(description) > MAX_DESCRIPTION:
        raise BadArgument(f"a tool's description has {len(description)} characters, {MAX_DESCRIPTION} at most")
    tool = as_tool(runnable, name=name, description=description)
    tools = run.services.tools
    run.count_tool(tool.name)
    tools.unregister(tool.name)
    tools.register(tool)
    return ToolObject(tool.name, tool.description, tool.version, dict(tool.schema), tools)
