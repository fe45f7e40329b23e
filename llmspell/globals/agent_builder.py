"""`Agent.builder()`: an agent put together field by field."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from llmspell.globals.agent_object import AgentObject
from llmspell.interface.declare import method, script_object
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

    Make = Callable[[RunContext, dict[str, Value]], Awaitable[AgentObject]]

# Every field of `Agent.create` that a builder has a method for, with its other spellings and what it says.
FIELDS: dict[str, tuple[tuple[str, ...], str]] = {
    "name": ((), "What it is called."),
    "description": ((), "What it is for; other agents read it."),
    "type": (("agent_type",), "Which kind of agent it is: llm; react speaks with its model of tools in text."),
    "model": ((), "Which model it asks: `provider/model`, an alias, or a table."),
    "provider": ((), "Whose model it is, where `model` does not say."),
    "system_prompt": (("system", "instructions", "prompt"), "What the model is told to be."),
    "temperature": ((), "How much chance there is in its answers, 0 to 2."),
    "max_tokens": ((), "How long one answer of its model may be."),
    "top_p": ((), "How much of the likely words is looked at, 0 to 1."),
    "stop": ((), "A text, or texts, at which the model stops."),
    "seed": ((), "For providers that can be made to answer alike."),
    "reasoning": ((), "How much the model is asked to think: none, minimal, low, medium or high."),
    "tools": (("allowed_tools",), "What it may use: names, tools and agents."),
    "tool_choice": ((), "auto, none, required or a tool's name, for the first call of its model."),
    "schema": ((), "What its answers must look like: a JSON Schema, or a table of fields."),
    "repairs": ((), "How often a model is shown that its answer is not what the schema says."),
    "memory": ((), "What it remembers: buffer, window, summary, or a table."),
    "max_conversation_length": ((), "How many messages it remembers."),
    "budget": ((), "What it may spend: USD, or a table with usd and tokens."),
    "guardrails": ((), "Its own limits and rules about content: a preset's name, or a table."),
    "max_steps": (("max_iterations",), "How often it may ask its model in one execution."),
    "max_tool_calls": ((), "How many tools one execution may call."),
    "max_identical_calls": ((), "How often a tool may be called with the same arguments in one execution."),
    "timeout_s": (("timeout", "timeout_seconds"), "How many seconds one execution may take."),
    "timeout_ms": ((), "How many milliseconds one execution may take."),
    "retries": ((), "How often a model that failed is asked again."),
    "fallback": ((), "Which models to ask, in this order, when the first fails for good."),
    "handoffs": ((), "Agents to whom the model may give the conversation."),
    "mode": ((), "native, react or auto."),
    "base_url": ((), "A server of the script's own: needs `net:HOST`, and is sent no key of yours."),
    "api_key": ((), "A key of the script's own; under profile none only."),
    "headers": ((), "For a server of the script's own."),
    "capabilities": ((), "Words to find it by."),
    "custom": ((), "What the script wants to find again in `get_config`."),
    "custom_config": ((), "More fields, as other systems group them: `{ system_prompt = … }`."),
    "resource_limits": ((), "Limits, as other systems group them: max_execution_time_secs, max_tool_calls."),
}


def _setter(field: str) -> Callable[[AgentBuilder, RunContext, Value], AgentBuilder]:
    """The method that keeps one field."""
    aliases, doc = FIELDS[field]

    def keep(self: AgentBuilder, ctx: RunContext, value: Value = None) -> AgentBuilder:
        return self._with(field, value)

    keep.__doc__ = f"{doc}\n\nArgs:\n    value: As of `Agent.create`; nil takes it back.\n"
    return method(name=field, aliases=aliases, recorded=False)(keep)


@script_object("AgentBuilder")
class AgentBuilder:
    """Collects the fields of an agent. Each call returns the builder, `build` the agent; the fields are those of
    `Agent.create`."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._fields: dict[str, Value] = {}

    for _field in FIELDS:
        vars()[f"{_field}_"] = _setter(_field)

    @method(aliases=("add_tool",), recorded=False)
    def tool(self, ctx: RunContext, tool: Value) -> AgentBuilder:
        """One more tool.

        Args:
            tool: A name, a tool or an agent.
        """
        before = self._fields.get("tools") or []
        return self._with("tools", [*(before if isinstance(before, list) else [before]), tool])

    @method(name="set", aliases=("with_field",), recorded=False)
    def set_(self, ctx: RunContext, field: str, value: Value = None) -> AgentBuilder:
        """Any field, by its name.

        Args:
            field: A field of `Agent.create`.
            value: Its value; nil takes it back.
        """
        return self._with(field, value)

    @method(recorded=False)
    async def build(self, ctx: RunContext) -> AgentObject:
        """The agent.

        Raises:
            BadArgument: A field is unknown or does not fit.
        """
        return await self._make(ctx, dict(self._fields))

    def _with(self, field: str, value: Value) -> AgentBuilder:
        self._fields[field] = value
        return self
