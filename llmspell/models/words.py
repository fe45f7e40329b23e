"""Texts by words: the pieces in which models without a server stream, and a count that stands for their tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from llmspell.journal.entries import Usage
from llmspell.models.messages import Media, Message

_WORD = re.compile(r"\s*\S+|\s+")


def words(text: str) -> list[str]:
    """The text in pieces, each a word with the space before it: put together they are the text."""
    return _WORD.findall(text)


def slices(text: str, n_characters: int) -> list[str]:
    """The text in pieces of so many characters, at least 1."""
    return [text[i : i + n_characters] for i in range(0, len(text), n_characters)]


def count_usage(asked: Iterable[Message], answer: Message) -> Usage:
    """Tokens as anybody can count them: a word is one, and so is a picture, a recording, a document, a tool's name."""
    return Usage(input_tokens=sum(_count(it) for it in asked), output_tokens=_count(answer))


def _count(message: Message) -> int:
    n_words = len(message.reasoning.split())
    for part in message.parts:
        n_words += 1 if isinstance(part, Media) else len(part.text.split())
    for call in message.tool_calls:
        arguments = call.raw or json.dumps(dict(call.arguments), ensure_ascii=False)
        n_words += 1 + len(arguments.split())
    return n_words
