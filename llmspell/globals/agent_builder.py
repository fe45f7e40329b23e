"""`Agent.builder()`: an agent put together field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.globals.agent_object import AgentObject
from llmspell.interface.declare import method, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

Make = Callable[[dict[str, Value]], AgentObject]


@script_object("AgentBuilder")
class AgentBuilder:
    """Collects the fields of an agent. Each call returns the builder, `build` the agent; the fields are those of
    `Agent.create`."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._fields: dict[str, Value] = {}

    @method(recorded=False)
    def name(self, ctx: RunContext, name: str) -> AgentBuilder:
        """What it is called.

        Args:
            name: Unique in the run.
        """
        return self._with("name", name)

    @method(recorded=False)
    def description(self, ctx: RunContext, text: str) -> AgentBuilder:
        """What it is for.

        Args:
            text: A sentence; other agents read it.
        """
        return self._with("description", text)

    @method(recorded=False)
    def type(self, ctx: RunContext, kind: str) -> AgentBuilder:
        """Which kind of agent it is; `react` talks to its model in text.

        Args:
            kind: Such as llm.
        """
        return self._with("type", kind)

    @method(recorded=False)
    def model(self, ctx: RunContext, model: Value) -> AgentBuilder:
        """Which model it asks.

        Args:
            model: `provider/model`, an alias, or a table.
        """
        return self._with("model", model)

    @method(recorded=False)
    def provider(self, ctx: RunContext, name: str) -> AgentBuilder:
        """Whose model it is, where `model` does not say.

        Args:
            name: Of a provider.
        """
        return self._with("provider", name)

    @method(aliases=("system", "instructions", "prompt"), recorded=False)
    def system_prompt(self, ctx: RunContext, text: str) -> AgentBuilder:
        """What the model is told to be.

        Args:
            text: Instructions.
        """
        return self._with("system_prompt", text)

    @method(recorded=False)
    def temperature(self, ctx: RunContext, value: float) -> AgentBuilder:
        """How much chance there is in its answers.

        Args:
            value: 0 to 2.
        """
        return self._with("temperature", value)

    @method(recorded=False)
    def max_tokens(self, ctx: RunContext, count: int) -> AgentBuilder:
        """How long an answer may be.

        Args:
            count: Tokens.
        """
        return self._with("max_tokens", count)

    @method(recorded=False)
    def tools(self, ctx: RunContext, tools: Value) -> AgentBuilder:
        """What it may use.

        Args:
            tools: A list of names, tools and agents.
        """
        return self._with("tools", tools)

    @method(aliases=("add_tool",), recorded=False)
    def tool(self, ctx: RunContext, tool: Value) -> AgentBuilder:
        """One more tool.

        Args:
            tool: A name, a tool or an agent.
        """
        given = self._fields.get("tools") or []
        return self._with("tools", [*(given if isinstance(given, list) else [given]), tool])

    @method(recorded=False)
    def schema(self, ctx: RunContext, schema: Value) -> AgentBuilder:
        """What its answers must look like.

        Args:
            schema: A JSON Schema, or a table of fields.
        """
        return self._with("schema", schema)

    @method(recorded=False)
    def memory(self, ctx: RunContext, memory: Value) -> AgentBuilder:
        """What it remembers.

        Args:
            memory: buffer, window, summary, or a table.
        """
        return self._with("memory", memory)

    @method(recorded=False)
    def budget(self, ctx: RunContext, budget: Value) -> AgentBuilder:
        """What it may spend.

        Args:
            budget: USD, or a table with usd and tokens.
        """
        return self._with("budget", budget)

    @method(aliases=("with_field",), name="set", recorded=False)
    def set_(self, ctx: RunContext, field: str, value: Value = None) -> AgentBuilder:
        """Any other field.

        Args:
            field: A field of `Agent.create`.
            value: Its value; nil takes it back.
        """
        return self._with(field, value)

    @method(recorded=False)
    def max_steps(self, ctx: RunContext, count: int) -> AgentBuilder:
        """How often it may ask its model in one execution.

        Args:
            count: At least 1.
        """
        return self._with("max_steps", count)

    @method(recorded=False)
    def timeout_s(self, ctx: RunContext, seconds: float) -> AgentBuilder:
        """How long one execution may take.

        Args:
            seconds: More than 0.
        """
        return self._with("timeout_s", seconds)

    @method(recorded=False)
    def timeout_ms(self, ctx: RunContext, milliseconds: float) -> AgentBuilder:
        """How long one execution may take.

        Args:
            milliseconds: More than 0.
        """
        return self._with("timeout_ms", milliseconds)

    @method(recorded=False)
    def max_tool_calls(self, ctx: RunContext, count: int) -> AgentBuilder:
        """How many tools one execution may call.

        Args:
            count: At least 0.
        """
        return self._with("max_tool_calls", count)

    @method(recorded=False)
    def fallback(self, ctx: RunContext, models: Value) -> AgentBuilder:
        """Which models to ask when the first fails for good.

        Args:
            models: A list of names, in this order.
        """
        return self._with("fallback", models)

    @method(recorded=False)
    def custom(self, ctx: RunContext, table: dict[str, Value]) -> AgentBuilder:
        """What the script wants to find again in `get_config`.

        Args:
            table: Plain data.
        """
        return self._with("custom", table)

    @method(recorded=False)
    def custom_config(self, ctx: RunContext, table: dict[str, Value]) -> AgentBuilder:
        """More fields, as other systems group them.

        Args:
            table: Such as `{ system_prompt = "…" }`.
        """
        return self._with("custom_config", table)

    @method(recorded=False)
    def resource_limits(self, ctx: RunContext, table: dict[str, Value]) -> AgentBuilder:
        """Limits, as other systems group them.

        Args:
            table: max_execution_time_secs, max_tool_calls.
        """
        return self._with("resource_limits", table)

    @method(recorded=False)
    def build(self, ctx: RunContext) -> AgentObject:
        """The agent.

        Raises:
            BadArgument: A field is unknown or does not fit.
        """
        return self._make(dict(self._fields))

    def _with(self, field: str, value: Value) -> AgentBuilder:
        self._fields[field] = value
        return self
