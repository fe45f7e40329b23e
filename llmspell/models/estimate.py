"""How many tokens a request has, before it is sent: an estimate for budgets, on the high side.

A token is taken for three bytes of UTF-8. English has four or five letters to a token, other alphabets two bytes a
letter, Chinese and Japanese about a token a character, which has three bytes; only dense code, numbers and emoji have
more tokens than that. The names of fields count too: they stand for what a format adds to each message.

What a picture, a recording or a document costs is the provider's own rule; the figures here are near the highest of
those that are published."""

from __future__ import annotations

from llmspell.journal.snapshot import pack
from llmspell.models.messages import Media, Message, Value, is_text
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


def output_tokens(answer: Message) -> int:
    """Tokens of an answer that nobody has counted: all that the model has written, its thoughts as far as they show."""
    return text_tokens(written_bytes(answer))


def written_bytes(message: Message) -> int:
    """Bytes of what stands in a message: text, thoughts, and calls of tools."""
    n_bytes = text_bytes(message.text) + text_bytes(message.reasoning)
    return n_bytes + sum(text_bytes(it.name) + text_bytes(it.raw or str(it.arguments)) for it in message.tool_calls)


def text_bytes(text: str) -> int:
    """Bytes of a text in UTF-8; half a character, as a model may write one, has one."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


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
