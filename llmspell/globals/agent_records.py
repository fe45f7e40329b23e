"""The shapes of what agents hand to scripts: results, steps, events. Documentation and stubs; the values are maps."""

from __future__ import annotations

from typing import TypedDict

from llmspell.interface.declare import script_object
from llmspell.tools.protocol import Value


@script_object("AgentUsage", record=True)
class AgentUsage(TypedDict):
    """Tokens, as the providers counted them.

    Attributes:
        input_tokens: Sent.
        output_tokens: Received, reasoning included.
        cached_tokens: Of the sent ones, those that the provider had kept.
        total_tokens: Sent and received.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int
    total_tokens: int


@script_object("AgentStep", record=True)
class AgentStep(TypedDict):
    """One thing that an agent did.

    Attributes:
        kind: model, tool, handoff or repair.
        thought: What the model said or thought before it acted.
        action: The tool or agent that it used; empty for an answer.
        input: What that was called with.
        observation: What came of it, as the model saw it.
        error: What went wrong, or nil.
        duration_ms: How long it took.
    """

    kind: str
    thought: str
    action: str
    input: Value
    observation: str
    error: str | None
    duration_ms: float


@script_object("AgentToolCall", record=True)
class AgentToolCall(TypedDict):
    """A call that the model asked for.

    Attributes:
        id: The provider's name for it.
        name: The tool.
        arguments: What the model passed.
        result: What it answered, as the model saw it.
        error: What went wrong, or nil.
        duration_ms: How long it took.
    """

    id: str
    name: str
    arguments: Value
    result: Value
    error: str | None
    duration_ms: float


@script_object("AgentResult", record=True)
class AgentResultMap(TypedDict):
    """What an agent answers with.

    Attributes:
        text: The answer.
        response: The same, under its other name.
        data: The parsed answer, where a schema was asked for.
        messages: All that was said, the answer last; without the system prompt.
        tool_calls: Those that the model asked for, in order.
        steps: What it did, in order.
        usage: Tokens of all model calls in it.
        cost_usd: Money for all of them.
        model: The model that answered, `provider/name`.
        agent: The agent that answered: another one after a hand-off.
        finish_reason: stop, length, tool_calls, content_filter or other.
        duration_ms: How long it took.
        citations: What the answer refers to.
        metadata: What else there is to say, such as the rounds of a reflection or the answers of a vote.
        success: Always true: what fails raises.
    """

    text: str
    response: str
    data: Value
    messages: list[dict[str, Value]]
    tool_calls: list[AgentToolCall]
    steps: list[AgentStep]
    usage: AgentUsage
    cost_usd: float
    model: str
    agent: str
    finish_reason: str
    duration_ms: float
    citations: list[dict[str, Value]]
    metadata: dict[str, Value]
    success: bool


@script_object("AgentEvent", record=True)
class AgentEventMap(TypedDict):
    """One thing that happens while an agent works.

    Attributes:
        type: text, reasoning: more of either, in `text`. tool_start, tool_end: with id, name, arguments and, at the
            end, result, error and duration_ms. progress: with step, max_steps, usage and cost_usd. done: with the keys
            of an AgentResult. error: with code, message and hint.
        text: What is new, for text and reasoning.
        agent: Who: events of agents that this one uses come through under their own names.
    """

    type: str
    text: str
    agent: str


@script_object("AgentRow", record=True)
class AgentRow(TypedDict):
    """One agent in a list.

    Attributes:
        name: What `Agent.get` takes.
        description: What it is for.
        id: Different for each agent of a run.
        kind: agent, or what several that work together do: sequential, parallel, vote, debate, route, reflect.
        model: The model that it asks first; empty where several work together.
        tools: Names of its tools.
        capabilities: Words to find it by.
        template: What it was made of, or empty.
        status: ready, paused or stopped.
    """

    name: str
    id: str
    description: str
    kind: str
    model: str
    tools: list[str]
    capabilities: list[str]
    template: str
    status: str
