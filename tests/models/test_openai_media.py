"""Pictures, recordings and documents in the chat-completions format."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from llmspell.errors import BadArgument
from llmspell.models.messages import Media
from llmspell.models.openai_media import media_part
from llmspell.models.protocol import Capabilities
from llmspell.models.provider_config import ProviderConfig

CONFIG = ProviderConfig("local", "chat_completions", "http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    ("media", "part"),
    [
        (
            Media("image", "image/jpeg", b"abc"),
            {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,YWJj"}},
        ),
        (Media("image", url="https://e.org/a"), {"type": "image_url", "image_url": {"url": "https://e.org/a"}}),
        (
            Media("audio", "audio/x-wav", b"abc"),
            {"type": "input_audio", "input_audio": {"data": "YWJj", "format": "wav"}},
        ),
        (
            Media("audio", "audio/mpeg", b"abc"),
            {"type": "input_audio", "input_audio": {"data": "YWJj", "format": "mp3"}},
        ),
        (
            Media("audio", "audio/ogg; codecs=opus", b"abc"),
            {"type": "input_audio", "input_audio": {"data": "YWJj", "format": "ogg"}},
        ),
        (
            Media("document", "application/pdf", b"abc", name="a.pdf"),
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,YWJj"}},
        ),
        (
            Media("document", url="https://e.org/a.pdf"),
            {"type": "file", "file": {"filename": "document", "file_data": "https://e.org/a.pdf"}},
        ),
        (Media("document", "text/csv", b"a,b", name="t.csv"), {"type": "text", "text": "[t.csv]\na,b"}),
        (Media("document", "application/json", b"{}"), {"type": "text", "text": "{}"}),
    ],
)
def test_each_kind_has_its_part(media: Media, part: dict[str, Any]) -> None:
    assert media_part(CONFIG, "m", media) == part


def test_a_kind_that_the_model_does_not_take_is_refused_and_one_that_it_takes_is_not() -> None:
    config = replace(CONFIG, capabilities=Capabilities(media=("image",)))
    with pytest.raises(BadArgument, match="local/m takes no audio") as refused:
        media_part(config, "m", Media("audio", "audio/wav", b"a"))
    assert refused.value.hint == "it takes: image"
    assert media_part(config, "m", Media("image", "image/png", b"a"))["type"] == "image_url"
    with pytest.raises(BadArgument) as refused:
        media_part(replace(CONFIG, capabilities=Capabilities(media=())), "m", Media("image", "image/png", b"a"))
    assert refused.value.hint == "it takes: text only"


def test_audio_goes_as_data_only() -> None:
    with pytest.raises(BadArgument, match="not by URL"):
        media_part(CONFIG, "m", Media("audio", "audio/wav", url="https://e.org/a.wav"))
