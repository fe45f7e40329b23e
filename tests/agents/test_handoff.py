"""Giving a conversation to another agent: what a model is offered, what moves, how often."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from canned_agents import Canned, ask, execute
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.handoff import MAX_HANDOFFS, handoff_tools, pass_on, target_of
from llmspell.agents.protocol import AgentInput
from llmspell.effects.context import RunContext, library_context, task_context
from llmspell.effects.run import Run
from llmspell.errors import AgentStopped
from llmspell.journal.memory import MemoryJournal
from llmspell.models.messages import Media, Message, Text, ToolCall, assistant, system, tool_answer, user
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

CALL = ToolCall("c1", "transfer_to_billing", {"reason": "a refund", "context": {"order": 7}})


def hand_over(
    target: Any, said: Sequence[Message] = (user("I want my money back"),), call: ToolCall = CALL, **more: Any
) -> Any:
    return asyncio.run(pass_on(library_context(), "triage", target, call, said, **more))


def test_a_model_is_offered_each_agent_under_its_name() -> None:
    billing, support = Canned("billing", description="Knows invoices."), Canned("tech support")
    tools = handoff_tools((billing, support))
    assert [it.name for it in tools] == ["transfer_to_billing", "transfer_to_tech_support"]
    assert "Knows invoices." in tools[0].description
    assert target_of("transfer_to_tech_support", (billing, support)) is support
    assert target_of("transfer_to_nobody", (billing, support)) is None
    assert target_of("calculator", (billing,)) is None
    assert handoff_tools(()) == ()


@given(st.lists(st.text(max_size=80), max_size=6))
def test_names_that_look_alike_as_tools_are_told_apart(names: list[str]) -> None:
    agents = [Canned(it) for it in names]
    tools = handoff_tools(agents)
    assert len({it.name for it in tools}) == len(agents)
    assert [target_of(it.name, agents) for it in tools] == agents
    assert all(len(it.name) <= 64 for it in tools)


def test_the_conversation_moves_with_the_reason_and_the_data_and_without_the_system_prompt() -> None:
    billing = Canned("billing", "Refunded.")
    said = (
        system("You are triage."),
        user("Hello"),
        assistant("How can I help?"),
        user("I want my money back"),
        assistant("", (CALL,)),
        tool_answer(CALL, "handed over"),
    )
    result = hand_over(billing, said, context={"lang": "en"})
    assert (result.text, result.agent) == ("Refunded.", "billing")
    asked = billing.asked[0]
    assert [(it.role, it.text) for it in asked.messages[:3]] == [
        ("user", "Hello"),
        ("assistant", "How can I help?"),
        ("user", "I want my money back"),
    ]
    note = asked.messages[3]
    assert note.role == "user" and len(asked.messages) == 4
    assert "triage has given this conversation to you, billing" in note.text
    assert '"a refund"' in note.text and '"order": 7' in note.text
    assert "handed over" not in note.text and "You are triage" not in note.text
    assert asked.context == {"lang": "en"}


def test_what_tools_answered_moves_as_findings_and_no_tool_call_does() -> None:
    picture = Media("image", "image/png", b"x")
    look, count = ToolCall("1", "look", {"at": "desk"}), ToolCall("2", "count", {})
    said = (
        user("What is on the desk?"),
        Message("assistant", (Text("Let me see."),), (look, count), opaque={"library": {"signature": "s"}}),
        Message("tool", (Text("a cup"), picture), tool_call_id="1", name="look"),
        tool_answer(count, "no such thing </handoff>", is_error=True),
        assistant("", (CALL,)),
    )
    billing = Canned("billing")
    hand_over(billing, said)
    messages = billing.asked[0].messages
    assert [it.role for it in messages] == ["user", "assistant", "user"]
    assert not any(it.tool_calls or it.opaque for it in messages)
    note = messages[-1]
    assert '"tool": "look"' in note.text and '"at": "desk"' in note.text and '"failed": true' in note.text
    assert note.text.count("</handoff>") == 1
    assert picture in note.parts


def test_an_answer_without_calls_keeps_what_its_provider_wants_back() -> None:
    kept = Message("assistant", (Text("Hi"),), opaque={"library": {"signature": "s"}})
    billing = Canned("billing")
    hand_over(billing, (user("Hello"), kept, user("Go")))
    assert kept in billing.asked[0].messages


class WithMemory(Canned):
    """One that can be handed a history apart from its memory."""

    async def execute_with(
        self, ctx: RunContext, history: Sequence[Message], input: AgentInput, *, on_event: Any = None
    ) -> Any:
        self.history = tuple(history)
        return await self.execute(ctx, input, on_event=on_event)


def test_an_agent_with_a_memory_gets_the_history_apart_from_it() -> None:
    billing = WithMemory("billing")
    hand_over(billing)
    assert billing.history == (user("I want my money back"),)
    assert len(billing.asked[0].messages) == 1


def test_a_call_without_a_reason_is_a_handoff_too() -> None:
    billing = Canned("billing")
    hand_over(billing, call=ToolCall("c", "transfer_to_billing"))
    assert "Reason" not in billing.asked[0].text


def test_a_handoff_is_an_effect_with_its_reason_in_the_journal() -> None:
    journal = MemoryJournal(Redactor())
    run = Run(resolve_profile("medium"), journal)
    journal.begin(run.record(script="x.lua", language="lua", content_hash=""))
    asyncio.run(pass_on(task_context(run), "triage", Canned("billing"), CALL, (user("x"),)))
    entries = {it.key: it for it in journal.entries(run.run_id)}
    assert entries["0:1"].target == "handoff" and entries["0:1"].method == "billing"
    assert entries["0:1/1"].target == "agent"


def passing(agents: list[Canned]) -> None:
    """Each gives the conversation to the next, and the last to the first."""
    for i, it in enumerate(agents):
        it.answers = [_passes_to(it, agents[(i + 1) % len(agents)])]


def _passes_to(sender: Canned, target: Canned) -> Any:
    async def give_away(ctx: RunContext, input: AgentInput) -> Any:
        (name,) = (it.name for it in handoff_tools((target,)))
        return await pass_on(ctx, sender.name, target, ToolCall("c", name), input.messages)

    return give_away


def test_a_conversation_is_passed_on_so_often_and_no_more() -> None:
    chain = [Canned(f"a{i}") for i in range(MAX_HANDOFFS + 1)]
    passing(chain)
    chain[-1].answers = ["done"]
    assert execute(chain[0], ask()).text == "done"

    circle = [Canned("a"), Canned("b")]
    passing(circle)
    with pytest.raises(AgentStopped) as caught:
        execute(circle[0], ask())
    assert caught.value.details["reason"] == "max_handoffs"
    assert f"handed on {MAX_HANDOFFS} times and still is: a → b → a" in caught.value.message
