"""Requests and answers as plain data, for the journal: a request to be looked at, an answer to be answered with again.

Of pictures, recordings and documents a request keeps the size and the hash, so that a journal stays small; an answer is
kept whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from hashlib import sha256

from llmspell.journal.entries import Usage
from llmspell.models.messages import Media, Message, Value, from_value, to_value
from llmspell.models.protocol import ModelRequest, ModelResponse, ModelSettings

_NO_SETTINGS = ModelSettings()
_SETTINGS = tuple(it.name for it in fields(ModelSettings))


def request_to_value(request: ModelRequest) -> dict[str, Value]:
    """What is asked, without what is not set."""
    value: dict[str, Value] = {"messages": [_message(it) for it in request.messages]}
    if request.tools:
        value["tools"] = [
            {"name": it.name, "description": it.description, "schema": dict(it.schema)} for it in request.tools
        ]
    if request.tool_choice != "auto":
        value["tool_choice"] = request.tool_choice
    if request.schema is not None:
        value["schema"] = dict(request.schema)
    if request.settings != _NO_SETTINGS:
        value["settings"] = _settings(request.settings)
    return value


def response_to_value(response: ModelResponse) -> dict[str, Value]:
    """The whole answer; `response_from_value` makes it one again."""
    usage = response.usage
    value: dict[str, Value] = {
        "message": to_value(response.message),
        "usage": [usage.input_tokens, usage.output_tokens, usage.cached_tokens],
        "finish_reason": response.finish_reason,
    }
    for name in ("model", "request_id"):
        if found := getattr(response, name):
            value[name] = found
    if response.citations:
        value["citations"] = [dict(it) for it in response.citations]
    if response.cost_usd is not None:
        value["cost_usd"] = response.cost_usd
    return value


def response_from_value(value: Mapping[str, Value]) -> ModelResponse:
    """The answer that `response_to_value` made plain data of.

    Raises:
        KeyError, TypeError, ValueError: It did not make this one.
    """
    return ModelResponse(
        from_value(value["message"]),
        Usage(*value["usage"]),
        value["finish_reason"],
        value.get("model", ""),
        value.get("request_id", ""),
        tuple(dict(it) for it in value.get("citations", ())),
        value.get("cost_usd"),
    )


def _message(message: Message) -> dict[str, Value]:
    if not any(isinstance(it, Media) and it.data for it in message.parts):
        return to_value(message)
    bare = tuple(Media(it.kind, it.mime, b"", it.url, it.name) if isinstance(it, Media) else it for it in message.parts)
    value = to_value(replace(message, parts=bare))
    for part, shown in zip(message.parts, value["parts"], strict=True):
        if isinstance(part, Media) and part.data:
            del shown["base64"]
            shown["bytes"] = len(part.data)
            shown["sha256"] = sha256(part.data).hexdigest()
    return value


def _settings(settings: ModelSettings) -> dict[str, Value]:
    value = {name: getattr(settings, name) for name in _SETTINGS}
    value["stop"] = list(settings.stop)
    return {name: it for name, it in value.items() if it not in (None, [], {})}
