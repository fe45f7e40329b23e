"""Pictures, recordings and documents as the chat-completions format holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument
from llmspell.models.messages import is_text

if TYPE_CHECKING:
    from llmspell.models.messages import Media
    from llmspell.models.provider_config import ProviderConfig

Value = Any  # what JSON holds

# OpenAI takes wav and mp3; others take more, by their usual names.
_AUDIO_FORMATS = {
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/x-wav": "wav",
    "audio/vnd.wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
}


def media_part(config: ProviderConfig, name: str, media: Media) -> dict[str, Value]:
    """One part of a user's message.

    Raises:
        BadArgument: The model does not take this kind, or not by URL.
    """
    if media.kind not in config.capabilities.media:
        takes = ", ".join(config.capabilities.media) or "text only"
        raise BadArgument(f"{config.name}/{name} takes no {media.kind}", hint=f"it takes: {takes}")
    match media.kind:
        case "image":
            return {"type": "image_url", "image_url": {"url": media.url or _data_url(media, "image/png")}}
        case "audio":
            if media.url:
                raise BadArgument(
                    f"{config.name}/{name} takes audio as data, not by URL: {media.url[:200]}",
                    hint="give the recording by its path or as base64",
                )
            mime = media.mime.partition(";")[0].strip().lower()
            form = _AUDIO_FORMATS.get(mime) or mime.partition("/")[2].removeprefix("x-") or "wav"
            return {"type": "input_audio", "input_audio": {"data": media.base64, "format": form}}
        case "document":
            return _document(media)


def _document(media: Media) -> dict[str, Value]:
    if media.url:
        return {"type": "file", "file": {"filename": media.name or "document", "file_data": media.url}}
    if is_text(media.mime):
        # Files are PDF with most providers; what is text anyhow, every model reads.
        text = media.data.decode("utf-8", "replace")
        return {"type": "text", "text": f"[{media.name}]\n{text}" if media.name else text}
    file_data = _data_url(media, "application/pdf")
    return {"type": "file", "file": {"filename": media.name or "document.pdf", "file_data": file_data}}


def _data_url(media: Media, default_mime: str) -> str:
    return f"data:{media.mime or default_mime};base64,{media.base64}"
