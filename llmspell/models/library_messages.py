"""Conversations as pydantic-ai has them, and its answers as ours: the words of two libraries, no wire and no requests.

Rules:
- What stands between two answers is one request of the library's, in its order: system prompts, turns, tools' answers.
- An answer of this very provider goes back as the library once read it, signatures and encrypted reasoning included,
  as long as it still says what the message says. Any other answer is built from the message's fields; thoughts of
  another provider's model are left out, since nobody can check them.
- No URL is ever downloaded here. What the provider does not fetch itself is refused: the library would fetch it from
  this machine, past the permissions of the script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic_ai.messages import (
    AudioUrl,
    BinaryContent,
    Citation,
    ContentCitationAnchor,
    DocumentUrl,
    FilePart,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
    WebCitationSource,
)
from pydantic_core import from_json, to_json

from llmspell.errors import BadArgument
from llmspell.journal.entries import Usage
from llmspell.models import protocol
from llmspell.models.messages import Media, MediaKind, Message, Part, Text, ToolCall, Value

DIALECT = "pydantic-ai"

_URLS: Mapping[MediaKind, type[ImageUrl | AudioUrl | DocumentUrl]] = {
    "image": ImageUrl,
    "audio": AudioUrl,
    "document": DocumentUrl,
}
_GOOGLE_FILES = "https://generativelanguage.googleapis.com/v1beta/files/"
# What the library hands on as a URL, by what it calls the provider. Everything else it would download.
_IMAGES_BY_URL = frozenset(("anthropic", "mistral", "groq", "huggingface", "xai", "openai", "azure", "openrouter"))
_PDFS_BY_URL = frozenset(("anthropic", "mistral"))
# Inside an answer such values name files that the library may fetch; only messages that were tampered with have them.
_FILE_KINDS = frozenset(("image-url", "audio-url", "video-url", "document-url", "uploaded-file"))
# They refuse names of calls that others make up freely; their own have no such characters.
_STRICT_IDS = frozenset(("anthropic", "bedrock"))
_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")

_FINISH: Mapping[str | None, protocol.FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_call": "tool_calls",
    "content_filter": "content_filter",
    "error": "error",
}


def to_library(messages: Iterable[Message], system: str) -> list[ModelMessage]:
    """A conversation as the library has it.

    Args:
        system: What the library calls the provider that it goes to (`Model.system`).

    Raises:
        BadArgument: Media by a URL that this provider does not fetch.
    """
    converted: list[ModelMessage] = []
    parts: list[ModelRequestPart] = []
    for message in messages:
        if message.role != "assistant":
            parts.append(_request_part(message, system))
            continue
        if parts:
            converted.append(ModelRequest(parts=parts))
            parts = []
        converted.append(_kept_answer(message, system) or ModelResponse(parts=list(_answer_parts(message, system))))
    if parts:
        converted.append(ModelRequest(parts=parts))
    return converted


def from_library(response: ModelResponse) -> protocol.ModelResponse:
    """An answer of the library's as ours; the whole of it is kept in the message as plain data."""
    kept: Value = ModelMessagesTypeAdapter.dump_python([response], mode="json", exclude_none=True, warnings=False)[0]
    message = Message(
        "assistant",
        tuple(_own_parts(response.parts)),
        tuple(_tool_call(it) for it in response.parts if isinstance(it, ToolCallPart)),
        reasoning="\n\n".join(it.content for it in response.parts if isinstance(it, ThinkingPart) and it.content),
        opaque={DIALECT: kept},
    )
    usage = response.usage
    return protocol.ModelResponse(
        message,
        Usage(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens),
        _finish_reason(response, message),
        response.model_name or "",
        response.provider_response_id or "",
        tuple(_citations(response.parts)),
    )


def _finish_reason(response: ModelResponse, message: Message) -> protocol.FinishReason:
    reason = _FINISH.get(response.finish_reason, "other")
    # Gemini stops for its calls as for anything else.
    return "tool_calls" if message.tool_calls and reason in ("stop", "other") else reason


def _request_part(message: Message, system: str) -> ModelRequestPart:
    if message.role == "system":
        return SystemPromptPart(message.text)
    if len(message.parts) == 1 and isinstance(message.parts[0], Text):
        content: str | list[str | BinaryContent | ImageUrl | AudioUrl | DocumentUrl] = message.parts[0].text
    elif message.parts:
        content = [_content(it, system) for it in message.parts]
    else:
        content = ""
    if message.role == "user":
        return UserPromptPart(content)
    return ToolReturnPart(
        message.name,
        content,
        _call_id(message.tool_call_id, system),
        outcome="failed" if message.is_error else "success",
    )


def _content(part: Part, system: str) -> str | BinaryContent | ImageUrl | AudioUrl | DocumentUrl:
    if isinstance(part, Text):
        return part.text
    if not part.url:
        return BinaryContent(part.data, media_type=part.mime, identifier=part.name or None)
    if not _is_passed_on(part, system):
        raise BadArgument(
            f"{system} is not given {_named(part.kind)} by URL: {part.url}",
            hint="give the file itself, by its path or as base64",
            details={"url": part.url, "kind": part.kind},
        )
    return _URLS[part.kind](part.url, media_type=part.mime or None)


def _is_passed_on(media: Media, system: str) -> bool:
    """Whether this provider fetches it itself. Other schemes (s3, gs) would be read with the user's own rights."""
    if not media.url.lower().startswith(("https://", "http://")):
        return False
    if system in ("google", "google-cloud"):
        # Google Cloud fetches any URL, but must be told the type of what is there.
        return media.url.startswith(_GOOGLE_FILES) if system == "google" else bool(media.mime)
    if media.kind == "image":
        return system in _IMAGES_BY_URL
    # Without a type the library looks at the end of the URL, and downloads whatever it takes for text.
    return media.kind == "document" and media.mime == "application/pdf" and system in _PDFS_BY_URL


def _named(kind: MediaKind) -> str:
    return {"image": "a picture", "audio": "a recording", "document": "this kind of document"}[kind]


def _kept_answer(message: Message, system: str) -> ModelResponse | None:
    """The answer as the library once read it, or None where it must be built anew."""
    kept = message.opaque.get(DIALECT)
    if not isinstance(kept, Mapping) or kept.get("provider_name") != system or _names_files(kept):
        return None
    try:
        [response] = ModelMessagesTypeAdapter.validate_python([kept])
    except ValueError:  # of another version of the library, or tampered with
        return None
    if not isinstance(response, ModelResponse) or response.state != "complete":
        return None
    says_the_same = tuple(_own_parts(response.parts)) == message.parts and [
        (it.id, it.name) for it in message.tool_calls
    ] == [(it.tool_call_id, it.tool_name) for it in response.tool_calls]
    return response if says_the_same else None


def _names_files(value: Value) -> bool:
    if isinstance(value, Mapping):
        return value.get("kind") in _FILE_KINDS or any(_names_files(it) for it in value.values())
    return isinstance(value, Sequence) and not isinstance(value, str) and any(_names_files(it) for it in value)


def _call_id(id: str, system: str) -> str:
    return _NOT_IN_IDS.sub("_", id)[:64] if system in _STRICT_IDS else id


def _answer_parts(message: Message, system: str) -> Iterator[ModelResponsePart]:
    for part in message.parts:
        if isinstance(part, Text):
            yield TextPart(part.text)
        elif part.url:
            yield TextPart(part.url)
        else:
            yield FilePart(BinaryContent(part.data, media_type=part.mime))
    for call in message.tool_calls:
        yield ToolCallPart(
            call.name, call.raw if call.is_malformed else dict(call.arguments), _call_id(call.id, system)
        )


def _own_parts(parts: Iterable[ModelResponsePart]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, TextPart) and part.content:
            yield Text(part.content)
        elif isinstance(part, FilePart):
            mime = part.content.media_type
            kind: MediaKind = (
                "image" if mime.startswith("image/") else "audio" if mime.startswith("audio/") else "document"
            )
            yield Media(kind, mime, part.content.data)


def _tool_call(part: ToolCallPart) -> ToolCall:
    arguments: Value = part.args or {}
    if isinstance(arguments, dict):
        return ToolCall(part.tool_call_id, part.tool_name, arguments)
    raw = arguments if isinstance(arguments, str) else to_json(arguments).decode()
    try:
        arguments = from_json(raw)
    except ValueError:
        arguments = None
    return ToolCall(part.tool_call_id, part.tool_name, arguments if isinstance(arguments, dict) else {}, raw)


def _citations(parts: Iterable[ModelResponsePart]) -> Iterator[Mapping[str, Value]]:
    """One map for each source: `url`, `title`, `text` (what of the answer it supports), `excerpts`, as far as known."""
    for part in parts:
        if isinstance(part, TextPart):
            for citation in part.citations or ():
                yield from _sources(citation, part.content)


def _sources(citation: Citation, content: str) -> Iterator[Mapping[str, Value]]:
    anchor = citation.anchor
    text = content[anchor.start : anchor.end] if isinstance(anchor, ContentCitationAnchor) else ""
    for source in citation.sources:
        if isinstance(source, WebCitationSource):
            where = {"url": source.url, "title": source.title}
        else:
            where = {"title": source.title or source.document_id or source.excerpts[0], "id": source.document_id}
        row = {**where, "text": text, "excerpts": list(source.excerpts)}
        yield {key: value for key, value in row.items() if value}
