"""The model that says what was said to it."""

from __future__ import annotations

from model_conversations import ask, completed, streamed, texts

from llmspell.journal.entries import Usage
from llmspell.models.echo import EchoModel
from llmspell.models.messages import Media, assistant, system, user
from llmspell.models.protocol import ToolDefinition


def test_it_answers_with_what_was_said_last() -> None:
    response = ask(EchoModel(), system("be short"), "first", assistant("first"), "and now  this\n")
    assert response.message.text == "and now  this\n"
    assert response.finish_reason == "stop"
    assert response.model == "echo"


def test_it_streams_word_by_word() -> None:
    events = streamed(EchoModel(), "one two  three")
    assert texts(events) == ["one", " two", "  three"]
    assert completed(events).message.text == "one two  three"


def test_it_says_which_media_it_was_shown() -> None:
    seen = user("look", Media("image", "image/png", b"12345", name="cat.png"), Media("audio", url="https://a.test/x"))
    assert ask(EchoModel(), seen).message.text == (
        "look\n[image, cat.png, image/png, 5 bytes]\n[audio, from https://a.test/x]"
    )


def test_it_counts_words() -> None:
    assert ask(EchoModel(), system("be short"), "one two three").usage == Usage(5, 3)


def test_it_calls_no_tool_and_is_offered_them_without_complaint() -> None:
    tool = ToolDefinition("calculator", "", {"type": "object"})
    assert ask(EchoModel(), "6 * 7", tools=(tool,)).message.tool_calls == ()


def test_it_answers_nothing_when_nobody_has_said_anything() -> None:
    assert ask(EchoModel(), system("be short")).message.text == ""
    assert streamed(EchoModel(), system("be short"))[0] == streamed(EchoModel(), system("be short"))[-1]
