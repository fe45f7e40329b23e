"""Texts by words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llmspell.journal.entries import Usage
from llmspell.models.messages import Media, ToolCall, assistant, system, tool_answer, user
from llmspell.models.words import count_usage, slices, words


@given(st.text())
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text
    assert all(words(text))


@given(st.text(), st.integers(1, 9))
def test_the_slices_of_a_text_are_the_text_and_no_longer_than_asked(text: str, size: int) -> None:
    assert "".join(slices(text, size)) == text
    assert all(0 < len(it) <= size for it in slices(text, size))


def test_a_piece_begins_with_the_space_before_its_word() -> None:
    assert words("  a b\n\nc ") == ["  a", " b", "\n\nc", " "]


def test_everything_that_is_said_counts() -> None:
    call = ToolCall("1", "calculator", {"input": "6 * 7"})
    asked = [
        system("be short"),  # 2
        user("six times seven", Media("image", "image/png", b"1")),  # 3 + 1
        assistant("let me see", (call,), reasoning="easy"),  # 3 + 1 + 1 + 4
        tool_answer(call, "42"),  # 1
    ]
    assert count_usage(asked, assistant("it is 42")) == Usage(16, 3)
