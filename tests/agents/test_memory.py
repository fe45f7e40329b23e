"""What is remembered, and that it is always a conversation that a provider takes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.memory import Memory
from llmspell.agents.spec import MemorySpec
from llmspell.models.messages import Message, ToolCall, assistant, system, tool_answer, user

CALL = ToolCall("c1", "note", {"text": "x"})
TURN = [user("note x"), assistant("", (CALL,)), tool_answer(CALL, "noted"), assistant("done")]


def is_sound(messages: list[Message]) -> bool:
    """Every tool's answer follows its call, every call is answered before anybody else speaks."""
    open_calls: list[str] = []
    for it in messages:
        if it.role == "tool":
            if it.tool_call_id not in open_calls:
                return False
            open_calls.remove(it.tool_call_id)
        elif open_calls:
            return False
        else:
            open_calls = [call.id for call in it.tool_calls]
    return not open_calls


def texts(memory: Memory) -> list[str]:
    return [it.text for it in memory.messages()]


def test_without_a_memory_nothing_is_remembered_and_with_a_buffer_everything() -> None:
    nothing, everything = Memory(MemorySpec()), Memory(MemorySpec("buffer", max_messages=1))
    for it in range(50):
        nothing.remember([user(f"q{it}")], [assistant(f"a{it}")])
        everything.remember([user(f"q{it}")], [assistant(f"a{it}")])
    assert nothing.messages() == []
    assert len(everything) == 100 and texts(everything)[:2] == ["q0", "a0"]
    everything.forget()
    assert everything.messages() == []


def test_a_window_leaves_out_the_oldest_turns_whole() -> None:
    memory = Memory(MemorySpec("window", max_messages=6))
    memory.remember([user("q1")], [assistant("a1")])
    memory.remember(TURN[:1], TURN[1:])
    assert len(memory) == 6
    memory.remember([user("q2")], [assistant("a2")])
    assert texts(memory) == ["note x", "", "noted", "done", "q2", "a2"]
    memory.remember([user("q3")], [assistant("a3")])
    assert texts(memory) == ["q2", "a2", "q3", "a3"]


def test_the_last_turn_stays_however_long_it_is() -> None:
    memory = Memory(MemorySpec("window", max_messages=2))
    memory.remember([user("q1")], [assistant("a1")])
    memory.remember(TURN[:1], TURN[1:])
    assert texts(memory) == ["note x", "", "noted", "done"]


def test_a_correction_within_a_turn_begins_none() -> None:
    memory = Memory(MemorySpec("window", max_messages=4))
    memory.remember([user("q")], [assistant("bad"), user("correct it"), assistant("good")])
    memory.remember([user("q2")], [assistant("a2")])
    assert texts(memory) == ["q2", "a2"]


def test_a_conversation_that_is_given_back_is_divided_at_the_users_messages() -> None:
    memory = Memory(MemorySpec("window", max_messages=4))
    memory.remember([*TURN, user("q2"), assistant("a2")])
    assert texts(memory) == ["q2", "a2"]


def condensed(memory: Memory, *summaries: str) -> list[str]:
    """Condense as often as there is something to do. Returns what was summarised."""
    asked: list[str] = []
    answers = iter(summaries)

    async def summarise(text: str) -> str:
        asked.append(text)
        return next(answers)

    async def main() -> None:
        while memory.is_too_long:
            await memory.condense(summarise)

    asyncio.run(main())
    return asked


def test_what_is_beyond_the_tokens_becomes_a_summary_and_the_rest_stays() -> None:
    memory = Memory(MemorySpec("summary", max_tokens=100))
    for it in range(3):
        memory.remember([user(f"question {it} {'x' * 80}")], [assistant(f"answer {it} {'y' * 80}")])
    assert memory.is_too_long
    (asked,) = condensed(memory, "They asked thrice.")
    assert "user: question 0" in asked and "assistant: answer 1" in asked and "question 2" not in asked
    assert [it.role for it in memory.messages()] == ["system", "user", "assistant"]
    assert texts(memory)[0].endswith("They asked thrice.")
    memory.remember([user("z" * 400)], [assistant("ok")])
    (asked,) = condensed(memory, "And once more.")
    assert asked.startswith("Summary so far: They asked thrice.")


def test_a_short_conversation_is_not_summarised() -> None:
    memory = Memory(MemorySpec("summary", max_tokens=100))
    memory.remember([user("z" * 4000)], [assistant("ok")])
    assert not memory.is_too_long
    assert condensed(memory) == []


def test_when_a_summary_fails_nothing_is_lost() -> None:
    memory = Memory(MemorySpec("summary", max_tokens=100))
    for _ in range(3):
        memory.remember([user("x" * 400)], [assistant("y")])

    async def fail(_: str) -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(memory.condense(fail))
    assert len(memory) == 6


def test_two_executions_at_once_pay_for_one_summary() -> None:
    memory = Memory(MemorySpec("summary", max_tokens=100))
    for _ in range(3):
        memory.remember([user("x" * 400)], [assistant("y")])
    asked: list[str] = []

    async def summarise(text: str) -> str:
        asked.append(text)
        await asyncio.sleep(0)
        return "short"

    async def main() -> None:
        await asyncio.gather(memory.condense(summarise), memory.condense(summarise))

    asyncio.run(main())
    assert len(asked) == 1


def test_what_is_forgotten_while_it_is_summarised_stays_forgotten() -> None:
    memory = Memory(MemorySpec("summary", max_tokens=100))
    for _ in range(3):
        memory.remember([user("x" * 400)], [assistant("y")])

    async def summarise(_: str) -> str:
        memory.forget()
        return "short"

    asyncio.run(memory.condense(summarise))
    assert memory.messages() == []


def test_a_memory_with_a_summary_goes_on_where_another_ended() -> None:
    memory = Memory(MemorySpec("summary", max_tokens=100))
    memory.remember([system("What was said before")])
    for _ in range(3):
        memory.remember([user("x" * 400)], [assistant("y")])
    condensed(memory, "short")
    other = Memory(MemorySpec("summary", max_tokens=100))
    other.remember(memory.messages())
    assert other.messages() == memory.messages()


IDS = st.sampled_from(["a", "b", "c"])
MESSAGES = st.one_of(
    st.builds(user, st.sampled_from(["", "hello", "x" * 50])),
    st.builds(
        lambda text, ids: assistant(text, tuple(ToolCall(it, "note") for it in ids)),
        st.sampled_from(["", "yes"]),
        st.lists(IDS, max_size=3, unique=True),
    ),
    st.builds(lambda it: tool_answer(ToolCall(it, "note"), "noted"), IDS),
)
SPECS = st.one_of(
    st.builds(lambda n: MemorySpec("window", n), st.integers(1, 8)),
    st.builds(lambda n: MemorySpec("summary", max_tokens=n), st.integers(100, 200)),
    st.just(MemorySpec("buffer")),
)


@given(SPECS, st.lists(st.tuples(st.lists(MESSAGES, max_size=5), st.lists(MESSAGES, max_size=5)), max_size=6))
def test_whatever_is_remembered_is_a_conversation_that_a_provider_takes(spec: MemorySpec, turns: list[Any]) -> None:
    memory = Memory(spec)
    for asked, answered in turns:
        memory.remember(asked, answered)
        assert is_sound(memory.messages())
        if memory.is_too_long:

            async def summarise(text: str) -> str:
                return text[:20]

            asyncio.run(memory.condense(summarise))
            assert is_sound(memory.messages())


TURNS = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@given(TURNS, st.integers(1, 8))
def test_a_window_is_the_end_of_what_a_buffer_holds_and_no_larger_than_it_may(turns: list[int], size: int) -> None:
    window, buffer = Memory(MemorySpec("window", size)), Memory(MemorySpec("buffer"))
    for i, n_calls in enumerate(turns):
        calls = tuple(ToolCall(f"{i}.{it}", "note") for it in range(n_calls))
        said = [assistant("", calls), *(tool_answer(it, "noted") for it in calls)] if calls else []
        for memory in (window, buffer):
            memory.remember([user(f"q{i}")], [*said, assistant(f"a{i}")])
    kept = window.messages()
    assert buffer.messages()[-len(kept) :] == kept
    assert kept[0].role == "user"
    assert len(kept) <= size or kept[0].text == f"q{len(turns) - 1}"
