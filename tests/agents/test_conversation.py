"""Conversations: what is remembered of them, who answers, and how they are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from canned_agents import Canned, ask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule
from played_agents import SUM, Stage

from llmspell.agents.conversation import Conversation, forget_saved, hand_over, saved
from llmspell.agents.protocol import AgentInput
from llmspell.effects.context import RunContext, library_context
from llmspell.errors import BadArgument, NotFound, StoreError, ToolFailed
from llmspell.models.messages import Message, Text, ToolCall, assistant, system, tool_answer, user
from llmspell.state.open import open_state


def talk(agent: Any, *texts: str) -> Conversation:
    """A conversation in which this was said."""

    async def main() -> Conversation:
        conversation = Conversation(agent)
        for it in texts:
            await conversation.send(library_context(), ask(it))
        return conversation

    return asyncio.run(main())


def said(conversation: Conversation) -> list[str]:
    return [it.text for it in conversation.history()]


def test_what_was_said_is_shown_with_the_next_turn() -> None:
    agent = Canned("a", "Hello Ada", "Ada")
    conversation = talk(agent, "I am Ada", "Who am I?")
    assert [it.text for it in agent.asked[1].messages] == ["I am Ada", "Hello Ada", "Who am I?"]
    assert said(conversation) == ["I am Ada", "Hello Ada", "Who am I?", "Ada"]
    assert len(conversation) == 4


def test_an_agents_own_memory_is_apart_from_its_conversations() -> None:
    async def main() -> None:
        stage = Stage()
        agent = stage.agent("echo", memory="buffer")
        await stage.ask(agent, "outside")
        conversation = Conversation(agent)
        await conversation.send(stage.context, ask("one"))
        await conversation.send(stage.context, ask("two"))
        assert [it.text for it in stage.requests[-1].messages] == ["one", "one", "two"]
        assert [it.text for it in agent.memory.messages()] == ["outside", "outside"]

    asyncio.run(main())


def test_it_remembers_by_the_rule_of_the_agents_memory() -> None:
    async def main() -> None:
        stage = Stage()
        conversation = Conversation(stage.agent("echo", memory={"type": "window", "max_messages": 2}))
        for it in ("one", "two", "three"):
            await conversation.send(stage.context, ask(it))
        assert said(conversation) == ["three", "three"]

    asyncio.run(main())


def test_what_is_too_long_is_summed_up_where_the_agents_memory_is_a_summary() -> None:
    async def main() -> None:
        stage = Stage()
        turns = [
            {"when": {"system": "summarise the conversation"}, "text": "Ada likes tea."},
            {"when": {"said": "what do I like"}, "text": "Tea."},
            {"text": "ok " * 200, "times": 10},
        ]
        conversation = Conversation(stage.agent(turns, memory={"type": "summary", "max_tokens": 400}))
        for i in range(3):
            await conversation.send(stage.context, ask(f"I am Ada and like tea {i} " * 40))
        result = await conversation.send(stage.context, ask("what do I like?"))
        assert result.text == "Tea."
        shown = stage.requests[-1].messages
        assert shown[0].role == "system" and "Ada likes tea." in shown[0].text
        assert conversation.history()[0].text.endswith("Ada likes tea.")
        kept = Conversation.from_value(conversation.agent, conversation.to_value())
        assert kept.history() == conversation.history() == conversation.fork().history()
        assert stage.run.usage.input_tokens > result.usage.input_tokens

    asyncio.run(main())


def test_a_systems_word_counts_for_once() -> None:
    async def main() -> None:
        stage = Stage()
        conversation = Conversation(stage.agent("echo"))
        await conversation.send(stage.context, AgentInput((system("Be brief."), user("one")), {}, {}))
        assert [it.role for it in stage.requests[0].messages] == ["system", "user"]
        await conversation.send(stage.context, ask("two"))
        assert [it.role for it in stage.requests[1].messages] == ["user", "assistant", "user"]

    asyncio.run(main())


def test_tool_calls_stay_in_it_as_they_were() -> None:
    async def main() -> None:
        stage = Stage()
        conversation = Conversation(stage.agent([SUM, {"text": "42"}, {"text": "yes"}], tools=["calculator"]))
        await conversation.send(stage.context, ask("What is 6 * 7?"))
        await conversation.send(stage.context, ask("Sure?"))
        assert [it.role for it in stage.requests[-1].messages] == ["user", "assistant", "tool", "assistant", "user"]

    asyncio.run(main())


def test_what_fails_is_not_kept_and_can_be_said_again() -> None:
    agent = Canned("a", ToolFailed("broken"), "ok")
    conversation = Conversation(agent)
    with pytest.raises(ToolFailed):
        asyncio.run(conversation.send(library_context(), ask("one")))
    assert said(conversation) == []
    asyncio.run(conversation.send(library_context(), ask("one")))
    assert said(conversation) == ["one", "ok"]


def test_what_is_sent_at_the_same_time_is_answered_in_order() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(ctx: RunContext, input: AgentInput) -> str:
        begun.set()
        await go_on.wait()
        return "first"

    agent = Canned("a", slow, "second", "third")

    async def main() -> None:
        conversation = Conversation(agent)
        sent = [asyncio.create_task(conversation.send(library_context(), ask(it))) for it in ("1", "2", "3")]
        await begun.wait()
        assert len(agent.asked) == 1
        go_on.set()
        assert [it.text for it in await asyncio.gather(*sent)] == ["first", "second", "third"]
        assert said(conversation) == ["1", "first", "2", "second", "3", "third"]

    asyncio.run(main())


def test_one_that_is_cleared_while_an_answer_is_on_its_way_stays_so() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(ctx: RunContext, input: AgentInput) -> str:
        begun.set()
        await go_on.wait()
        return "late"

    async def main() -> None:
        conversation = Conversation(Canned("a", slow))
        sent = asyncio.create_task(conversation.send(library_context(), ask("1")))
        await begun.wait()
        conversation.clear()
        go_on.set()
        assert (await sent).text == "late"
        assert said(conversation) == []

    asyncio.run(main())


def test_a_fork_goes_on_by_itself() -> None:
    async def main() -> None:
        one = Conversation(Canned("a"))
        await one.send(library_context(), ask("1"))
        other = one.fork()
        await one.send(library_context(), ask("2"))
        await other.send(library_context(), ask("3"))
        assert (said(one), said(other)) == (["1", "ok", "2", "ok"], ["1", "ok", "3", "ok"])
        one.clear()
        assert (said(one), len(other)) == ([], 4)

    asyncio.run(main())


OPAQUE = (
    user("look"),
    Message(
        "assistant",
        (Text("Let me see"),),
        (ToolCall("c1", "look", {"at": [1, 2.5, None]}),),
        reasoning="hm",
        opaque={"library": {"signature": "s", "list": [1]}},
    ),
    tool_answer(ToolCall("c1", "look"), "a cup"),
    assistant("A cup."),
)


def test_nothing_is_lost_when_it_is_kept() -> None:
    async def main() -> None:
        store = open_state(":memory:")
        agent = Canned("a")
        await Conversation(agent, OPAQUE).save(store, "mine")
        assert await saved(store, agent) == ["mine"]
        found = await Conversation.load(store, agent, "mine")
        assert found.history() == OPAQUE
        assert await forget_saved(store, agent, "mine") and not await forget_saved(store, agent, "mine")

    asyncio.run(main())


def test_kept_conversations_belong_to_their_agent() -> None:
    async def main() -> None:
        store = open_state(":memory:")
        await Conversation(Canned("a"), OPAQUE).save(store, "mine")
        with pytest.raises(NotFound, match='the agent b has no conversation "mine"'):
            await Conversation.load(store, Canned("b"), "mine")
        with pytest.raises(NotFound) as caught:
            await Conversation.load(store, Canned("a"), "mien")
        assert "mine" in caught.value.hint
        with pytest.raises(BadArgument):
            await Conversation(Canned("a")).save(store, "x" * 2000)

    asyncio.run(main())


@pytest.mark.parametrize(
    "value", [3, {}, {"active": "a", "messages": [{"role": "king"}]}, {"active": "a", "messages": 3}]
)
def test_what_is_kept_and_no_conversation_is_named(value: Any) -> None:
    async def main() -> None:
        store = open_state(":memory:")
        await store.set("agent:a", "conversation:mine", value)
        with pytest.raises(StoreError, match='the conversation "mine" of a is none'):
            await Conversation.load(store, Canned("a"), "mine")

    asyncio.run(main())


def desk(stage: Stage, *answers: str) -> Any:
    """A desk that hands everything on to billing."""
    billing = stage.agent([{"text": it} for it in answers], name="billing")
    turns = [SUM, {"tool": "transfer_to_billing", "arguments": {"reason": "a refund"}}, {"text": "desk again"}]
    return stage.agent(turns, name="desk", tools=["calculator"], handoffs=[billing])


def test_who_took_it_over_answers_from_then_on() -> None:
    async def main() -> None:
        stage = Stage()
        conversation = Conversation(desk(stage, "Refunded.", "Tomorrow."))
        first = await conversation.send(stage.context, ask("I want my money back"))
        assert (first.text, first.agent) == ("Refunded.", "billing")
        assert conversation.active.name == "billing"
        second = await conversation.send(stage.context, ask("When?"))
        assert (second.text, second.agent) == ("Tomorrow.", "billing")
        shown = stage.requests[-1].messages
        assert [it.role for it in shown] == ["user", "user", "assistant", "user"]
        assert not any(it.tool_calls for it in shown)
        assert "a refund" in shown[1].text and '"answer": "42"' in shown[1].text
        conversation.clear()
        assert conversation.active.name == "desk"

    asyncio.run(main())


def test_who_took_it_over_is_kept_with_it() -> None:
    async def main() -> None:
        stage, store = Stage(), open_state(":memory:")
        agent = desk(stage, "Refunded.", "Tomorrow.", "Bye.")
        conversation = Conversation(agent)
        await conversation.send(stage.context, ask("I want my money back"))
        assert conversation.fork().active is conversation.active
        await conversation.save(store, "refund")
        found = await Conversation.load(store, agent, "refund")
        assert (found.active.name, found.history()) == ("billing", conversation.history())

    asyncio.run(main())


def test_when_who_took_it_over_is_not_there_any_more_it_goes_on_with_the_first() -> None:
    value = {"active": "gone", "messages": Conversation(Canned("a"), OPAQUE).to_value()["messages"]}
    agent = Canned("a")
    found = Conversation.from_value(agent, value)
    assert found.active is agent
    assert said(found) == ["look", "Let me see", "A cup."]
    assert not any(it.tool_calls for it in found.history())


def test_a_script_may_hand_over_what_an_agent_remembers() -> None:
    async def main() -> None:
        stage = Stage()
        one = stage.agent([SUM, {"text": "42"}], name="one", tools=["calculator"], memory="buffer")
        await stage.ask(one)
        other = stage.agent("echo", name="other", memory="buffer")
        conversation = hand_over(one, other, {"order": 7})
        assert conversation.active is other
        texts = said(conversation)
        assert texts[:2] == ["What is 6 * 7?", "42"]
        assert "one has given this conversation to you, other" in texts[2]
        assert '"order": 7' in texts[2] and '"tool": "calculator"' in texts[2]
        assert [it.text for it in other.memory.messages()] == texts
        assert len(one.memory.messages()) == 4

    asyncio.run(main())


def test_an_agent_without_a_memory_hands_over_the_data_alone() -> None:
    conversation = hand_over(Canned("a"), Canned("b"), {"order": 7})
    assert len(conversation) == 1 and '"order": 7' in said(conversation)[0]


class Forks(RuleBasedStateMachine):
    """Conversations that are sent to, forked, cleared, kept and found, against lists of texts."""

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.store = open_state(":memory:")
        self.agent = Canned("a", _echo)
        self.expected: list[list[str]] = []
        self.conversations: list[Conversation] = []
        self.kept: dict[str, list[str]] = {}

    def _add(self, conversation: Conversation, expected: Sequence[str]) -> int:
        self.conversations.append(conversation)
        self.expected.append(list(expected))
        return len(self.conversations) - 1

    @initialize(target=known)
    def first(self) -> int:
        return self._add(Conversation(self.agent), [])

    @rule(i=known, text=st.text(min_size=1, max_size=5))
    def send(self, i: int, text: str) -> None:
        asyncio.run(self.conversations[i].send(library_context(), ask(text)))
        self.expected[i] += [text, f"{text}!"]

    @rule(target=known, i=known)
    def fork(self, i: int) -> int:
        return self._add(self.conversations[i].fork(), self.expected[i])

    @rule(i=known)
    def clear(self, i: int) -> None:
        self.conversations[i].clear()
        self.expected[i].clear()

    @rule(i=known, name=st.sampled_from("xy"))
    def save(self, i: int, name: str) -> None:
        asyncio.run(self.conversations[i].save(self.store, name))
        self.kept[name] = list(self.expected[i])

    @rule(target=known, name=st.sampled_from("xy"))
    def load(self, name: str) -> int:
        if name not in self.kept:
            with pytest.raises(NotFound):
                asyncio.run(Conversation.load(self.store, self.agent, name))
            return 0
        return self._add(asyncio.run(Conversation.load(self.store, self.agent, name)), self.kept[name])

    def teardown(self) -> None:
        assert [said(it) for it in self.conversations] == self.expected


async def _echo(ctx: RunContext, input: AgentInput) -> str:
    return f"{input.text}!"


TestForks = Forks.TestCase
TestForks.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
