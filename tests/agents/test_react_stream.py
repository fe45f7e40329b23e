"""What a watcher sees while a model writes in the form of `react`, however the pieces are cut."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.events import AgentEvent
from llmspell.agents.react_stream import ReactStream
from llmspell.agents.react_text import read_written
from llmspell.models.protocol import ReasoningDelta, TextDelta


def seen(pieces: list[str]) -> tuple[str, str]:
    """The reasoning and the text that go out."""
    events: list[AgentEvent] = []

    async def watch(event: AgentEvent) -> None:
        events.append(event)

    async def main() -> None:
        stream = ReactStream(watch, "ada")
        for it in pieces:
            await stream(TextDelta(it))
        await stream.end()

    asyncio.run(main())
    assert all(it.text and it.agent == "ada" for it in events)
    return (
        "".join(it.text for it in events if it.kind == "reasoning"),
        "".join(it.text for it in events if it.kind == "text"),
    )


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("Thought: I know.\nFinish: It is\n42.", "I know.\n", "It is\n42."),
        ("Thought: one\ntwo\nFinish:\n\n42\n\n", "one\ntwo\n", "42"),
        ('Thought: look\nAction: search\nAction Input: {"q": 1}\nObservation: 1\nFinish: 1', "look\n", ""),
        ("Finish: 42\nObservation: made up", "", "42"),
        ("Finish: 42\n**Observation:** made up\nmore", "", "42"),
        ("Finish: 42\nObserve this", "", "42\nObserve this"),
        ("Finish: 42\nObserv", "", "42\nObserv"),
        ("Thought: I know. Final Answer: 42", "I know.\n", "42"),
        ("Thought: I know. Final Answer: 42\nand more", "I know.\n", "42\nand more"),
        ("<think>\nFinish: no\n</think>\nFinish: 42", "Finish: no\n", "42"),
        ("<think>hm</think>\nFinish: 42", "hm\n", "42"),
        ("It is 42.", "It is 42.\n", ""),
        ("", "", ""),
    ],
)
def test_thoughts_are_reasoning_and_the_answer_is_text(text: str, reasoning: str, answer: str) -> None:
    assert seen([text]) == (reasoning, answer)
    assert seen(list(text)) == (reasoning, answer)
    assert seen([text[i : i + 7] for i in range(0, len(text), 7)]) == (reasoning, answer)


def test_the_answer_goes_out_as_it_arrives() -> None:
    events: list[str] = []

    async def watch(event: AgentEvent) -> None:
        events.append(event.text)

    async def main() -> None:
        stream = ReactStream(watch, "ada")
        for it in ("Finish: It", " is", " 42."):
            await stream(TextDelta(it))
        assert events == ["It", " is", " 42."]

    asyncio.run(main())


def test_what_the_model_shows_of_its_thoughts_goes_through() -> None:
    events: list[tuple[str, str]] = []

    async def watch(event: AgentEvent) -> None:
        events.append((event.kind, event.text))

    asyncio.run(ReactStream(watch, "ada")(ReasoningDelta("hm")))
    assert events == [("reasoning", "hm")]


PIECES = st.sampled_from(
    [
        "Thought:",
        "Action:",
        "Action Input:",
        "Observation:",
        "Finish:",
        "Final Answer:",
        "\n",
        "\n",
        " ",
        "x",
        "42",
        "{}",
    ]
)
TEXT = st.lists(PIECES, max_size=20).map("".join)


@given(TEXT, st.lists(st.integers(0, 100), max_size=8))
def test_it_does_not_matter_how_the_text_is_cut(text: str, cuts: list[int]) -> None:
    ends = sorted({min(it, len(text)) for it in cuts} | {0, len(text)})
    pieces = [text[begin:end] for begin, end in zip(ends, ends[1:], strict=False)]
    assert seen(pieces) == seen([text])


@given(TEXT)
def test_what_a_watcher_sees_of_an_answer_is_the_answer(text: str) -> None:
    answer = read_written(text).answer
    _, shown = seen([text])
    assert shown == (answer or "") or "Final Answer:" in text
