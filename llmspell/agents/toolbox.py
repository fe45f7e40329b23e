"""The tools of one agent: what its model is told of them, and how one of its calls is made.

A model knows a tool by a name that every provider takes, which need not be the tool's own. Nothing here counts calls
(`agents.guard`) or knows how a model asks for them (`agents.native`, `agents.react`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmspell.agents.as_tool import AgentTool, as_tool
from llmspell.agents.handoff import handoff_tools, target_of
from llmspell.agents.tool_answer import REFUSALS, ToolAnswer, answer_of, failure_of, malformed_arguments, spent_in
from llmspell.errors import (
    BadArgument,
    BudgetExceeded,
    Cancelled,
    GuardrailTripped,
    InternalError,
    LimitExceeded,
    LLMSpellError,
    ProtocolViolation,
    StoreError,
    Terminated,
    ToolNotFound,
    WorkerCrashed,
)
from llmspell.models.protocol import ToolDefinition
from llmspell.suggestions import did_you_mean
from llmspell.tools.simple_schema import is_simple

if TYPE_CHECKING:
    from llmspell.agents.events import OnEvent
    from llmspell.agents.protocol import Runnable
    from llmspell.agents.spec import AgentSpec
    from llmspell.effects.context import RunContext
    from llmspell.models.messages import ToolCall, Value
    from llmspell.tools.protocol import Tool, ToolResult
    from llmspell.tools.registry import ToolRegistry

_MAX_NAME = 64
_FOR_TEXT = ("input", "text", "query")
_CHOICES = ("auto", "none", "required")

# What no model can do anything about: it ends the agent.
ENDS_AN_AGENT = (
    BudgetExceeded,
    Cancelled,
    GuardrailTripped,
    InternalError,
    LimitExceeded,
    ProtocolViolation,
    StoreError,
    Terminated,
    WorkerCrashed,
)


@dataclass(frozen=True, slots=True)
class _Entry:
    tool: Tool
    is_simple: bool
    by_name: bool  # looked up when it is called: a script may replace its tools


class Toolbox:
    """Holds no state of an execution, so that several may use it at once.

    Args:
        spec: Its `tools`, `handoffs` and `tool_choice`.

    Raises:
        ToolNotFound: A tool's name is unknown.
        BadArgument: Two tools have one name, or `tool_choice` names none of them.

    Attributes:
        definitions: What a model is told, hand-offs last.
        choice: The tool choice, by the name that the model knows.
        names: The tools' own names, without hand-offs.
    """

    def __init__(self, spec: AgentSpec, registry: ToolRegistry) -> None:
        self._registry = registry
        self._handoffs = spec.handoffs
        transfers = handoff_tools(spec.handoffs)
        taken = {it.name for it in transfers}
        self._entries: dict[str, _Entry] = {}
        definitions: list[ToolDefinition] = []
        for it in spec.tools:
            tool = _tool_of(it, registry)
            if any(entry.tool.name == tool.name for entry in self._entries.values()):
                if isinstance(it, str) or any(entry.tool == tool for entry in self._entries.values()):
                    continue  # given twice, perhaps by two spellings, or an agent by its name
                raise BadArgument(f'two tools of the agent {spec.name} are called "{tool.name}"', hint="rename one")
            name = _model_name(tool.name, taken)
            taken.add(name)
            self._entries[name] = _Entry(tool, is_simple(tool.schema), isinstance(it, str))
            definitions.append(ToolDefinition(name, tool.description, _for_models(tool.schema)))
        self.definitions: tuple[ToolDefinition, ...] = (*definitions, *transfers)
        self.choice = self._choice(spec.tool_choice)
        self.names = tuple(it.tool.name for it in self._entries.values())

    def target(self, call: ToolCall) -> Runnable | None:
        """The agent to which a call gives the conversation, if it does."""
        return target_of(call.name, self._handoffs) if self._handoffs else None

    def own_name(self, name: str) -> str:
        """The tool's own name for the name that a model knows; an unknown one as it is."""
        entry = self._find(name)
        return entry.tool.name if entry is not None else name

    def knows(self, name: str) -> bool:
        """Whether there is such a tool or hand-off."""
        return self._find(name) is not None or any(it.name == name for it in self.definitions)

    def text_parameter(self, name: str) -> str:
        """The parameter of a tool that a text is meant for, when there is nothing but a text; empty if none is."""
        entry = self._find(name)
        schema: Mapping[str, Value] = entry.tool.schema if entry is not None else {}
        properties: Mapping[str, Value] = schema.get("properties", {})
        required = set(schema.get("required", ()))
        for it in (*required, *_FOR_TEXT, *(properties if len(properties) == 1 else ())):
            kind = properties.get(it)
            if not isinstance(kind, Mapping):  # true and false are schemas, too
                continue
            if required <= {it} and "string" in kind.get("type", ()) and "enum" not in kind:
                return str(it)
        return ""

    async def use(self, ctx: RunContext, call: ToolCall, on_event: OnEvent | None) -> ToolAnswer:
        """Make a call. What goes wrong in it is the answer: the model can read it and correct itself.

        Args:
            on_event: Gets what happens inside, where the tool is an agent.

        Raises:
            BudgetExceeded, LimitExceeded, Cancelled: What no model can do anything about; see `ENDS_AN_AGENT`.
        """
        entry = self._find(call.name)
        if entry is None:
            return failure_of(self._not_found(call.name))
        if call.is_malformed:
            return failure_of(malformed_arguments(entry.tool, call))
        is_agent = isinstance(entry.tool, AgentTool)
        try:
            result = await self._run(ctx, entry, call.arguments, on_event)
        except ENDS_AN_AGENT:
            raise
        except LLMSpellError as error:
            if error.code in REFUSALS:  # perhaps of a script's function, whose error has this code
                ctx.run.audit.note_unseen(error, ctx.actor)
            answer = failure_of(error)
            return replace(answer, **spent_in(error.details)) if is_agent else answer
        answer = answer_of(result)
        return replace(answer, **spent_in(result.metadata)) if is_agent else answer

    async def run(self, ctx: RunContext, name: str, params: Mapping[str, Value]) -> ToolResult:
        """Run one of the tools for somebody who is no model: what goes wrong is raised.

        Raises:
            ToolNotFound: The agent has no such tool; the hint names the nearest.
        """
        entry = self._find(name)
        if entry is None:
            raise self._not_found(name, "the agent has no tools")
        return await self._run(ctx, entry, params, None)

    async def _run(
        self, ctx: RunContext, entry: _Entry, arguments: Mapping[str, Value], on_event: OnEvent | None
    ) -> ToolResult:
        if entry.by_name and not isinstance(entry.tool, AgentTool):
            return await self._registry.execute(ctx, entry.tool.name, arguments)
        tool = self._registry.find(entry.tool.name) if entry.by_name else entry.tool
        run = None
        if isinstance(tool, AgentTool):
            agent = tool

            async def run(inner: RunContext, params: Mapping[str, Value]) -> ToolResult:
                return await agent.execute_watched(inner, params, on_event)

        return await self._registry.execute_tool(ctx, tool, arguments, run=run, is_simple=entry.is_simple)

    def _find(self, name: str) -> _Entry | None:
        """By the name that the model was told; some write the tool's own, which they may know from a prompt."""
        found = self._entries.get(name)
        if found is None and name:
            wanted = _same(name)
            found = next((it for key, it in self._entries.items() if wanted in (_same(key), _same(it.tool.name))), None)
        return found

    def _not_found(self, name: str, without: str = "answer without tools") -> ToolNotFound:
        known = [it.name for it in self.definitions]
        hint = did_you_mean(name[:100], known) or f"there are {', '.join(known[:50])}" if known else without
        return ToolNotFound(f'there is no tool "{name[:100]}"', hint=hint)

    def _choice(self, choice: str) -> str:
        if choice in _CHOICES:
            return choice if self._entries or self._handoffs else "auto"
        entry = self._find(choice)
        for it in self.definitions:
            if it.name == choice or (entry is not None and self._entries.get(it.name) is entry):
                return it.name
        known = [*_CHOICES, *(it.tool.name for it in self._entries.values())]
        raise BadArgument(
            f'tool_choice must be auto, none, required or a tool of the agent, not "{choice[:100]}"',
            hint=did_you_mean(choice[:100], known),
            details={"path": "$.tool_choice"},
        )


def _tool_of(it: str | Tool | Runnable, registry: ToolRegistry) -> Tool:
    if isinstance(it, str):
        return registry.find(it)
    is_tool = hasattr(it, "schema")  # a tool says what parameters it takes, an agent takes an input
    return it if is_tool else as_tool(it)  # type: ignore[return-value, arg-type]  # the one or the other


def _for_models(schema: Value) -> Value:
    """A schema without annotations of ours: some providers refuse a keyword that they do not know."""
    if isinstance(schema, list | tuple):
        return [_for_models(it) for it in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: {name: _for_models(it) for name, it in value.items()} if key == "properties" else _for_models(value)
        for key, value in schema.items()
        if not key.startswith("x-")
    }


def _model_name(name: str, taken: set[str]) -> str:
    """A name of letters, digits, `_` and `-`, at most 64, that no other tool has."""
    made = wanted = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:_MAX_NAME] or "tool"
    n_same = 1
    while made in taken:
        n_same += 1
        ending = f"_{n_same}"
        made = wanted[: _MAX_NAME - len(ending)] + ending
    return made


def _same(name: str) -> str:
    return name.strip().lower().replace("-", "_")
