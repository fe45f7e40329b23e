"""A conversation as another agent gets it."""

from __future__ import annotations

import asyncio

from canned_agents import Canned, ask
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.history import MAX_FINDING_CHARS, HoldsConversation, continue_with, portable
from llmspell.effects.context import library_context
from llmspell.models.messages import Message, Text, ToolCall, assistant, system, tool_answer, user

CALL = ToolCall("c", "look", {"at": 1})


def test_a_long_answer_of_a_tool_is_cut() -> None:
    moved = portable([user("x"), assistant("", (CALL,)), tool_answer(CALL, "y" * (MAX_FINDING_CHARS + 1))])
    assert moved.findings[0]["answer"].endswith("y … (cut)")
    assert moved.findings[0]["arguments"] == {"at": 1}


def test_answers_of_tools_that_do_not_count_are_left_out() -> None:
    said = [user("x"), assistant("", (CALL,)), tool_answer(CALL, "y")]
    assert portable(said, without="lo").findings == ()
    assert portable(said, without="at").findings != ()


MESSAGES = st.lists(
    st.sampled_from(
        [
            system("s"),
            user("u"),
            assistant("a"),
            assistant("", (CALL,)),
            assistant("t", (CALL,)),
            tool_answer(CALL, "r"),
            Message("assistant", (Text("o"),), opaque={"x": 1}),
        ]
    ),
    max_size=12,
)


@given(MESSAGES)
def test_whatever_was_said_what_moves_is_of_users_and_assistants_and_calls_nothing(said: list[Message]) -> None:
    moved = portable(said)
    assert all(it.role in ("user", "assistant") and not it.tool_calls for it in moved.messages)
    assert [it.text for it in moved.messages] == [it.text for it in said if it.text in ("u", "a", "t", "o")]
    assert len(moved.findings) == sum(it.role == "tool" for it in said)
    assert portable(moved.messages).messages == moved.messages


def test_what_holds_no_conversation_is_given_it_all_and_tells_the_new_part() -> None:
    agent = Canned("a", "ok")
    assert not isinstance(agent, HoldsConversation)
    history = (user("1"), assistant("2"))
    result = asyncio.run(continue_with(agent, library_context(), history, ask("3")))
    assert [it.text for it in agent.asked[0].messages] == ["1", "2", "3"]
    assert result.messages == (user("3"), assistant("ok"))
