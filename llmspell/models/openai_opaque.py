"""What a provider of the chat-completions format wants to see again, kept verbatim in a message and sent back to it.

    message.opaque["chat_completions"] = {
        "provider": "openrouter",               # only this one gets it back
        "reasoning_field": "reasoning",         # where `message.reasoning` was found, for it goes back there
        "message": {"reasoning_details": […]},  # other fields of the message
        "calls": {"call_7": {"extra_content": …}},  # other fields of its tool calls, by the call's id
    }

Which fields, and when, is what these say in their documents, and what they refuse in practice:

- `reasoning_content` (DeepSeek, Qwen, Kimi, GLM) and `reasoning` (Groq, Cerebras, vLLM, Ollama) go back under the name
  they came with, for strict servers refuse the other one, and only where the turn has tool calls: DeepSeek demands them
  there in all later requests, even empty, ignores them elsewhere, and its older model refused them elsewhere. A turn is
  what stands between two messages of the user's.
  https://api-docs.deepseek.com/guides/thinking_mode
- `reasoning_details` (OpenRouter) go back always and unchanged: they hold signatures and encrypted thoughts; then
  `reasoning`, which says the same, stays away.
  https://openrouter.ai/docs/use-cases/reasoning-tokens
- `extra_content` (Gemini's endpoint for this format) holds thought signatures, on messages and on tool calls; without
  them Gemini 3 refuses the next request. https://ai.google.dev/gemini-api/docs/thought-signatures
- `refusal` and `audio` (its id) belong to the format itself.
- `annotations` that cite pages of the web are for readers, and stay here. Those of files (OpenRouter) save the provider
  from reading the file again, and go back.
- `content` that is more than text (Mistral's thinking) goes back as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmspell.models.messages import Message

Value = Any  # what JSON holds

DIALECT = "chat_completions"
REASONING_FIELDS = ("reasoning_content", "reasoning")
_KEPT = ("reasoning_details", "extra_content", "refusal", "annotations")
# What the format itself says of a call, and what is rebuilt from `ToolCall`.
_CALL_FIELDS = frozenset({"id", "type", "index", "function", "name", "arguments"})


def keep(provider: str, message: Mapping[str, Value], calls: Mapping[str, Mapping[str, Value]]) -> dict[str, Value]:
    """`Message.opaque` for an answer; empty where there is nothing to keep.

    Args:
        message: The answer's message, as it came.
        calls: Its tool calls as they came, by the ids that they have with us.
    """
    kept: dict[str, Value] = {}
    for field in REASONING_FIELDS:
        if isinstance(message.get(field), str) and (message[field] or calls):
            kept["reasoning_field"] = field
            break
    fields = {field: message[field] for field in _KEPT if message.get(field)}
    audio = message.get("audio")
    if isinstance(audio, Mapping) and audio.get("id"):
        fields["audio"] = {"id": audio["id"]}
    content = message.get("content")
    if isinstance(content, list) and any(isinstance(it, Mapping) and it.get("type") != "text" for it in content):
        fields["content"] = content
    if fields:
        kept["message"] = fields
    extras = {
        call_id: extra
        for call_id, call in calls.items()
        if (extra := {key: value for key, value in call.items() if key not in _CALL_FIELDS and value is not None})
    }
    if extras:
        kept["calls"] = extras
    return {DIALECT: {"provider": provider, **kept}} if kept else {}


def message_fields(message: Message, provider: str, *, in_turn_with_calls: bool) -> dict[str, Value]:
    """What of it goes back with a message, to this provider."""
    kept = _kept_for(message, provider)
    fields = dict(kept.get("message") or {})
    annotations = fields.pop("annotations", None)
    if isinstance(annotations, list) and any(not _is_citation(it) for it in annotations):
        fields["annotations"] = annotations
    reasoning_field = kept.get("reasoning_field")
    if reasoning_field and in_turn_with_calls and "reasoning_details" not in fields:
        fields[reasoning_field] = message.reasoning
    return fields


def call_fields(message: Message, call_id: str, provider: str) -> dict[str, Value]:
    """What of it goes back with one tool call, to this provider."""
    return dict((_kept_for(message, provider).get("calls") or {}).get(call_id) or {})


def _kept_for(message: Message, provider: str) -> Mapping[str, Value]:
    kept = message.opaque.get(DIALECT)
    return kept if isinstance(kept, Mapping) and kept.get("provider") == provider else {}


def _is_citation(annotation: Value) -> bool:
    return isinstance(annotation, Mapping) and annotation.get("type") == "url_citation"
