"""What an agent is made of, checked and frozen. Made of a script's table by `agents.fields`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from llmspell.models.messages import Value
from llmspell.models.protocol import ModelSettings

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.guardrails.spec import RailsSpec
    from llmspell.tools.protocol import Tool

MemoryKind = Literal["none", "buffer", "window", "summary"]


@dataclass(frozen=True, slots=True)
class MemorySpec:
    """What an agent remembers from one execution to the next.

    Attributes:
        kind: none: nothing · buffer: everything · window: the last `max_messages`, whole turns only · summary: what is
            beyond `max_tokens` is put into a summary by the model.
    """

    kind: MemoryKind = "none"
    max_messages: int = 40
    max_tokens: int = 8_000


@dataclass(frozen=True, slots=True)
class BudgetSpec:
    """What an agent may spend in its life; None is no limit of its own."""

    usd: float | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """An agent.

    Attributes:
        model: `provider/model`, an alias, a bare name (of the default provider) or empty (the default model); a map
            with `scripted` (a list of turns, see `models.scripted`) for a model given in place.
        provider: Whose model it is, where `model` does not say.
        tools: Names of the registry, tools, and agents, which become tools.
        tool_choice: auto | none | required, or a tool's name; counts for the first model call of an execution.
        schema: JSON Schema of the answer, or None.
        repairs: How often a model is shown that its answer is not valid before it is a SchemaError.
        mode: native: the provider's tool calling · react: Thought/Action/Observation in text · auto: native where the
            model can.
        max_steps: Model calls of one execution.
        max_tool_calls: Of one execution; None is no limit.
        max_identical_calls: How often one tool may be called with the same arguments in one execution. The last time
            the answer comes with a warning; one more ends the execution.
        timeout_s: Of one execution; None is no limit.
        fallback: Models to ask in this order when the first fails for good.
        handoffs: Agents to whom the model may give the conversation.
        base_url: Of a script's own: needs `net:HOST`, and no key of the settings is sent there.
        api_key: Only under profile none.
        custom: What the script wants to find again; nothing here reads it.
        guardrails: Of its own, beside those of the settings.
    """

    name: str
    description: str = ""
    model: str | Mapping[str, Value] = ""
    provider: str = ""
    system_prompt: str = ""
    settings: ModelSettings = ModelSettings()
    tools: tuple[str | Tool | Runnable, ...] = ()
    tool_choice: str = "auto"
    schema: Mapping[str, Value] | None = None
    repairs: int = 2
    memory: MemorySpec = MemorySpec()
    mode: Literal["auto", "native", "react"] = "auto"
    max_steps: int = 20
    max_tool_calls: int | None = 100
    max_identical_calls: int = 3
    budget: BudgetSpec = BudgetSpec()
    timeout_s: float | None = None
    retries: int | None = None
    fallback: tuple[str, ...] = ()
    handoffs: tuple[Runnable, ...] = ()
    base_url: str = ""
    api_key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[str, Value] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    guardrails: RailsSpec | None = None
