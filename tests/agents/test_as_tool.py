"""An agent among the tools of another: what it is asked, what comes back, how deep it goes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from canned_agents import USAGE, Canned
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.as_tool import MAX_DEPTH, AgentTool, as_tool, tool_name
from llmspell.agents.events import AgentEvent
from llmspell.agents.protocol import AgentInput
from llmspell.effects.context import RunContext, library_context
from llmspell.errors import AgentStopped, InvalidParams, LLMSpellError, ToolFailed
from llmspell.tools.registry import ToolRegistry


def call(tool: Any, **params: Any) -> Any:
    registry = ToolRegistry()
    registry.register(tool)
    return asyncio.run(registry.execute(library_context(), tool.name, params))


def test_an_agent_is_asked_through_a_tool_and_its_text_is_the_answer() -> None:
    agent = Canned("searcher", "42 hits", description="Finds things")
    tool = as_tool(agent)
    assert (tool.name, tool.description, tool.category) == ("searcher", "Finds things", "agent")
    result = call(tool, input="find tea", context={"year": 1773})
    assert (result.text, result.result) == ("42 hits", "42 hits")
    assert (agent.asked[0].text, agent.asked[0].context) == ("find tea", {"year": 1773})


def test_structured_data_is_the_result_and_the_costs_are_in_the_metadata() -> None:
    result = call(as_tool(Canned("judge", {"verdict": "accept"}, cost_usd=0.25)), input="x")
    assert result.result == {"verdict": "accept"}
    assert result.metadata == {
        "agent": "judge",
        "model": "canned/judge",
        "usage": {"input_tokens": USAGE.input_tokens, "output_tokens": USAGE.output_tokens, "cached_tokens": 0},
        "cost_usd": 0.25,
        "n_steps": 1,
        "finish_reason": "stop",
    }


def test_a_name_and_a_description_of_its_own_may_be_given() -> None:
    tool = as_tool(Canned("x"), name="ask", description="Ask it")
    assert (tool.name, tool.description) == ("ask", "Ask it")
    assert as_tool(Canned("x")).description == "Ask the agent x"


@pytest.mark.parametrize("params", [{}, {"input": 3}, {"input": "x", "other": 1}])
def test_what_it_is_asked_is_checked_as_any_tools_parameters(params: dict[str, Any]) -> None:
    agent = Canned("x")
    with pytest.raises(InvalidParams):
        call(as_tool(agent), **params)
    assert agent.asked == []


def test_an_error_of_the_agent_is_the_tools() -> None:
    with pytest.raises(ToolFailed, match="broken"):
        call(as_tool(Canned("x", ToolFailed("broken"))), input="x")


def test_a_watcher_sees_what_happens_inside_but_not_the_parts_end() -> None:
    seen: list[AgentEvent] = []

    async def keep(event: AgentEvent) -> None:
        seen.append(event)

    tool = as_tool(Canned("inner", "hi"))
    assert isinstance(tool, AgentTool)
    asyncio.run(tool.execute_watched(library_context(), {"input": "x"}, keep))
    assert [(it.kind, it.text, it.agent) for it in seen] == [("text", "hi", "inner")]


def nested(depth: int) -> Canned:
    """Agents that ask each other through tools, `depth` of them, the last of which answers."""
    made = Canned(f"a{depth}", "deep")
    for level in range(depth - 1, 0, -1):
        made = Canned(f"a{level}", _asks(as_tool(made)))
    return made


def _asks(tool: Any) -> Any:
    async def ask(ctx: RunContext, input: AgentInput) -> str:
        registry = ToolRegistry()
        registry.register(tool)
        result = await registry.execute(ctx, tool.name, {"input": input.text})
        return str(result.text)

    return ask


def test_agents_may_ask_each_other_to_a_depth_and_no_deeper() -> None:
    assert call(as_tool(nested(MAX_DEPTH)), input="x").text == "deep"
    with pytest.raises(AgentStopped) as caught:
        call(as_tool(nested(MAX_DEPTH + 1)), input="x")
    assert caught.value.details["reason"] == "max_depth"
    assert " → ".join(f"a{i + 1}" for i in range(MAX_DEPTH + 1)) in caught.value.message


def test_an_agent_that_asks_itself_is_stopped() -> None:
    agent = Canned("loop")
    agent.answers = [_asks(as_tool(agent))]
    with pytest.raises(LLMSpellError, match="loop → loop"):
        call(as_tool(agent), input="x")
    assert len(agent.asked) == MAX_DEPTH


@given(st.text(min_size=1, max_size=100), st.sampled_from(["", "transfer_to_"]))
def test_any_agents_name_makes_a_name_that_every_provider_takes(name: str, prefix: str) -> None:
    made = tool_name(name, prefix)
    assert 1 <= len(made) <= 64
    assert made[0].isalpha() and made.isascii() and made.replace("_", "a").replace("-", "a").isalnum()


def test_a_usual_name_stays_as_it_is() -> None:
    assert [tool_name("agent-1"), tool_name("my agent"), tool_name("7up")] == ["agent-1", "my_agent", "agent_7up"]
