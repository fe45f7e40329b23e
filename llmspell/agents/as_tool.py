"""An agent as a tool: what an agent that has other agents among its tools, a supervisor, calls.

A supervisor needs no class of its own. It is an agent whose tools are agents:

    Agent(AgentSpec("lead", system_prompt="Give each part to who knows it.", tools=(searcher, writer)), services)

What the other agent has used is in the result's metadata (`usage`, `cost_usd`), for the caller to add to its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from llmspell.agents.protocol import AgentInput, Runnable
from llmspell.errors import AgentStopped
from llmspell.models.messages import Value, user
from llmspell.tools.protocol import Tool, ToolResult

if TYPE_CHECKING:
    from llmspell.agents.events import AgentEvent, OnEvent
    from llmspell.effects.context import RunContext

MAX_DEPTH = 8  # agents called by agents called by agents
MAX_TOOL_NAME = 64  # what every provider takes

AGENT_ACTOR = "agent "  # how the actors of an execution's and of a hand-off's effect begin
HANDOFF_ACTOR = "handoff to "

_SCHEMA: Mapping[str, Value] = {
    "type": "object",
    "properties": {
        "input": {
            "type": "string",
            "description": "What it should do, with everything that it needs to know: it sees nothing else",
        },
        "context": {"type": "object", "description": "Data for it, by name"},
    },
    "required": ["input"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class AgentTool:
    """A `tools.protocol.Tool`; made by `as_tool`."""

    runnable: Runnable
    name: str
    description: str
    version: str = "1.0.0"
    category: str = "agent"
    tags: tuple[str, ...] = ("agent",)
    again: bool = True  # when a run is resumed: what the agent does are effects of their own

    @property
    def schema(self) -> Mapping[str, Value]:
        return _SCHEMA

    async def execute(self, ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
        """Let the agent do it. See `execute_watched`."""
        return await self.execute_watched(ctx, params, None)

    async def execute_watched(
        self, ctx: RunContext, params: Mapping[str, Value], on_event: OnEvent | None
    ) -> ToolResult:
        """Let the agent do it, while somebody watches.

        Args:
            on_event: Gets what happens inside, under the agent's own name; see `events_of_part`.

        Returns:
            Its `result` is the validated answer where the agent has a schema, and the text where it has none.

        Raises:
            AgentStopped: Agents have called agents too deep (`max_depth`); the message names them.
        """
        refuse_too_deep(ctx, self.runnable.name)
        asked = AgentInput((user(params["input"]),), {}, dict(params.get("context") or {}))
        result = await self.runnable.execute(ctx, asked, on_event=events_of_part(on_event))
        metadata = {
            "agent": result.agent or self.runnable.name,
            "model": result.model,
            "usage": asdict(result.usage),
            "cost_usd": result.cost_usd,
            "n_steps": len(result.steps),
            "finish_reason": result.finish_reason,
        }
        answer = result.text if result.data is None else result.data
        return ToolResult("execute", answer, result.text, metadata)


def refuse_too_deep(ctx: RunContext, name: str) -> None:
    """Bound how deep agents reach each other through their tools, and through functions of a script's that ask them.

    Raises:
        AgentStopped: Too deep (`max_depth`); the message names the agents on the way.
    """
    chain = [it.removeprefix(AGENT_ACTOR) for it in ctx.actors if it.startswith(AGENT_ACTOR)]
    n_handoffs = sum(it.startswith(HANDOFF_ACTOR) for it in ctx.actors)
    if len(chain) - n_handoffs >= MAX_DEPTH:
        raise AgentStopped(
            f"agents call each other too deep: {' → '.join((*chain, name))}",
            hint=f"{MAX_DEPTH} levels at most; an agent must not reach itself through its tools",
            details={"reason": "max_depth", "chain": [*chain, name]},
        )


def as_tool(runnable: Runnable, *, name: str = "", description: str = "") -> Tool:
    """A tool that lets an agent answer.

    Args:
        name: The agent's own if empty, with what no tool's name may have replaced.
        description: What a model reads to decide whether to use it; the agent's own if empty.
    """
    return AgentTool(
        runnable,
        tool_name(name or runnable.name),
        description or runnable.description or f"Ask the agent {runnable.name}",
    )


def tool_name(name: str, prefix: str = "") -> str:
    """A name that every provider takes for a tool: a letter, then letters, digits, `_` and `-`, at most 64."""
    made = prefix + re.sub(r"[^A-Za-z0-9_-]+", "_", name)
    return (made if made[:1].isalpha() else f"agent_{made}")[:MAX_TOOL_NAME]


def events_of_part(on_event: OnEvent | None) -> OnEvent | None:
    """Who watches a part of something larger: gets all but the part's `done` and `error`, which are not the whole's."""
    if on_event is None:
        return None

    async def hand_on(event: AgentEvent) -> None:
        if event.kind not in ("done", "error"):
            await on_event(event)

    return hand_on
