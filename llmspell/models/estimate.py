"""How many tokens a request has, before it is sent: an estimate for budgets, on the high side.

A token is taken for three bytes of UTF-8. English has four or five letters to a token, other alphabets two bytes a
letter, Chinese and Japanese about a token a character, which has three bytes; only dense code, numbers and emoji have
more tokens than that. The names of fields count too: they stand for what a format adds to each message.

What a picture, a recording or a document costs is the provider's own rule; the figures here are near the highest of
those that are published."""

from __future__ import annotations

from llmspell.journal.snapshot import pack
from llmspell.models.messages import Media, Value, is_text
from llmspell.models.protocol import ModelRequest

BYTES_PER_TOKEN = 3
IMAGE_TOKENS = 2_000
AUDIO_BYTES_PER_TOKEN = 400  # 32 tokens a second, of a recording with 100 kbit/s
DOCUMENT_BYTES_PER_TOKEN = 20  # a page of 60 KB, read as text and as a picture, 3,000 tokens
LEAST_MEDIA_TOKENS = 1_000
FETCHED_TOKENS = 20_000  # a recording or document that the provider fetches: nobody here knows its size


def input_tokens(request: ModelRequest, recorded: Value) -> int:
    """Tokens of a request. `recorded` is what `recording.request_to_value` made of it."""
    media = (it for message in request.messages for it in message.parts if isinstance(it, Media))
    return text_tokens(len(pack(recorded))) + sum(media_tokens(it) for it in media)


def text_tokens(n_bytes: int) -> int:
    """Tokens of so many bytes of text."""
    return -(-n_bytes // BYTES_PER_TOKEN)


def media_tokens(media: Media) -> int:
    """Tokens of a picture, a recording or a document."""
    if media.kind == "image":
        return IMAGE_TOKENS
    if not media.data:
        return FETCHED_TOKENS
    per_token = DOCUMENT_BYTES_PER_TOKEN
    if media.kind == "audio":
        per_token = AUDIO_BYTES_PER_TOKEN
    elif is_text(media.mime):
        per_token = BYTES_PER_TOKEN
    return max(LEAST_MEDIA_TOKENS, -(-len(media.data) // per_token))
