"""The estimate of a request's tokens is on the high side, for words of any language and for what is no text."""

import re

import pytest

from llmspell.models.estimate import input_tokens, media_tokens, text_tokens
from llmspell.models.messages import Media, user
from llmspell.models.protocol import ModelRequest, ToolDefinition
from llmspell.models.recording import request_to_value


def estimated(request: ModelRequest) -> int:
    return input_tokens(request, request_to_value(request))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The quick brown fox jumps over the lazy dog. ", r"\w+|[^\w\s]"),
        ("Быстрая коричневая лиса прыгает через ленивую собаку. ", r"\w{1,4}|[^\w\s]"),
        ("素早い茶色の狐がのろまな犬を飛び越える。", r"."),
    ],
)
def test_it_is_at_least_a_token_for_each_word_or_character_and_not_many(text, pieces):
    n_pieces = len(re.findall(pieces, text * 20))
    assert n_pieces <= estimated(ModelRequest((user(text * 20),))) <= 2.5 * n_pieces


def test_tools_and_media_count():
    bare = ModelRequest((user("hi"),))
    tool = ToolDefinition("add", "Adds two numbers. " * 10, {"type": "object"})
    assert estimated(ModelRequest((user("hi"),), (tool,))) > estimated(bare) + 40
    picture = Media("image", "image/png", b"x")
    assert estimated(ModelRequest((user("hi", picture),))) >= estimated(bare) + 2_000


@pytest.mark.parametrize(
    ("media", "tokens"),
    [
        (Media("image", "image/png", b"x" * 10**6), 2_000),
        (Media("audio", "audio/mpeg", b"x" * 480_000), 1_200),
        (Media("audio", "audio/mpeg", b"x"), 1_000),
        (Media("document", "application/pdf", b"x" * 600_000), 30_000),
        (Media("document", "text/plain", b"x" * 6_000), 2_000),
        (Media("document", "application/json", b"x" * 6_000), 2_000),
        (Media("document", "Application/YAML; charset=utf-8", b"x" * 6_000), 2_000),
        (Media("document", "", url="https://example.com/a.pdf"), 20_000),
    ],
)
def test_each_kind_of_media_has_its_rule(media, tokens):
    assert media_tokens(media) == tokens


def test_a_beginning_of_a_token_is_one():
    assert [text_tokens(it) for it in (0, 1, 3, 4)] == [0, 1, 1, 2]
