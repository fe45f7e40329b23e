"""A request in the chat-completions format: what is said to a model, as OpenAI's API and its many relatives take it.

    https://platform.openai.com/docs/api-reference/chat/create

The other direction is `openai_answer` and `openai_stream`. Rules:

- Only what was asked for is sent. Many servers refuse a field they do not know, and each has its own idea of defaults.
- What a provider wrote into `message.opaque` goes back to it verbatim, and to no other (`openai_opaque`).
- System messages at the beginning become one: templates of local servers take no second one.
- A tool's answer is text. Pictures that a tool has made follow the answers, in a message of the user's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from llmspell.errors import BadArgument
from llmspell.models.messages import Media
from llmspell.models.openai_media import media_part
from llmspell.models.openai_opaque import call_fields, message_fields

if TYPE_CHECKING:
    from llmspell.models.messages import Message
    from llmspell.models.protocol import ModelRequest, ModelSettings
    from llmspell.models.provider_config import ProviderConfig

Value = Any  # what JSON holds

_IN_WORDS = (
    "Answer with one JSON value and nothing else: no other text, no code fence. It must be valid by this JSON Schema:\n"
)


@dataclass(frozen=True, slots=True)
class Quirks:
    """Where a server departs from the format, by its host.

    Attributes:
        counts_unasked: It refuses `stream_options` and ends each stream with the usage anyhow.
        wants_reasoning: It refuses tool calls without `reasoning_content`, be it empty, also those another model made.
        switches_thinking: It takes `thinking` for what others write as the effort "none".
    """

    counts_unasked: bool = False
    wants_reasoning: bool = False
    switches_thinking: bool = False


_QUIRKS = {
    "api.mistral.ai": Quirks(counts_unasked=True),
    # https://api-docs.deepseek.com/guides/thinking_mode
    "api.deepseek.com": Quirks(wants_reasoning=True, switches_thinking=True),
}
_NO_QUIRKS = Quirks()


def quirks_of(base_url: str) -> Quirks:
    """What is peculiar to the server at this address."""
    return _QUIRKS.get(urlsplit(base_url).hostname or "", _NO_QUIRKS)


def write_request(config: ProviderConfig, name: str, request: ModelRequest, *, stream: bool) -> bytes:
    """The request's body.

    `config.defaults` hold where the request leaves a setting open; a caller that has merged them already loses nothing.
    A field of `settings.extra` that is None takes away what would be sent.

    Raises:
        BadArgument: The model cannot be asked for this, or it cannot be written as JSON.
    """
    quirks = quirks_of(config.base_url)
    body: dict[str, Value] = {"model": name, "messages": _messages(config, name, request, quirks)}
    if request.tools:
        body |= _tools(config, name, request)
    elif request.tool_choice not in ("auto", "none"):
        raise BadArgument(f"tool_choice is {request.tool_choice}, and there are no tools to choose from")
    if request.schema is not None and _takes_schema(config, request.schema):
        body["response_format"] = _response_format(request.schema)
    body |= _settings(config, request.settings, quirks)
    if stream:
        body["stream"] = True
        if not quirks.counts_unasked:
            body["stream_options"] = {"include_usage": True}
    for field, value in {**config.defaults.extra, **request.settings.extra}.items():
        if value is None:
            body.pop(field, None)
        else:
            body[field] = value
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadArgument(f"the request to {config.name}/{name} cannot be written as JSON: {error}") from error
    return text.encode("utf-8", "replace")  # half a character, cut off by whoever read it, is no reason to fail


def _settings(config: ProviderConfig, settings: ModelSettings, quirks: Quirks) -> dict[str, Value]:
    defaults = config.defaults
    fields: dict[str, Value] = {}
    for field, key in (
        ("temperature", "temperature"),
        ("max_tokens", config.max_tokens_field),
        ("top_p", "top_p"),
        ("seed", "seed"),
    ):
        value = getattr(settings, field)
        if value is None:
            value = getattr(defaults, field)
        if value is not None:
            fields[key] = value
    if stop := settings.stop or defaults.stop:
        fields["stop"] = list(stop)
    if reasoning := settings.reasoning or defaults.reasoning:
        if reasoning == "none" and quirks.switches_thinking:
            fields["thinking"] = {"type": "disabled"}
        else:
            fields["reasoning_effort"] = reasoning
    return fields


def _tools(config: ProviderConfig, name: str, request: ModelRequest) -> dict[str, Value]:
    if not config.capabilities.tools:
        raise BadArgument(f"{config.name}/{name} takes no tools")
    fields: dict[str, Value] = {
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": it.name,
                    "description": it.description,
                    "parameters": dict(it.schema) or {"type": "object", "properties": {}},
                },
            }
            for it in request.tools
        ]
    }
    choice = request.tool_choice
    if choice in ("none", "required"):
        fields["tool_choice"] = choice
    elif choice != "auto":
        known = [it.name for it in request.tools]
        if choice not in known:
            raise BadArgument(f"tool_choice is {choice}, and the tools are {', '.join(known)}")
        fields["tool_choice"] = {"type": "function", "function": {"name": choice}}
    return fields


def _takes_schema(config: ProviderConfig, schema: Mapping[str, Value]) -> bool:
    # The format has a place for objects only; everything else is asked for in words.
    return config.capabilities.schema and schema.get("type") == "object"


def _response_format(schema: Mapping[str, Value]) -> dict[str, Value]:
    name = "".join(it if it.isascii() and (it.isalnum() or it in "_-") else "_" for it in str(schema.get("title", "")))
    described = {"name": name[:64] or "answer", "schema": dict(schema), "strict": _is_strict(schema)}
    return {"type": "json_schema", "json_schema": described}


def _is_strict(schema: Value) -> bool:
    """Whether a schema has the form that `strict` asks for: every object closed, every field of it required."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required") or ()) != set(properties):
            return False
        if not all(map(_is_strict, properties.values())):
            return False
    inner = [schema.get(it) for it in ("items", "anyOf", "allOf", "oneOf", "not", "prefixItems")]
    named = [value for it in ("$defs", "definitions") for value in (schema.get(it) or {}).values()]
    return all(map(_is_strict, [*inner, *named]))


def _messages(config: ProviderConfig, name: str, request: ModelRequest, quirks: Quirks) -> list[dict[str, Value]]:
    messages = request.messages
    n_system = 0
    while n_system < len(messages) and messages[n_system].role == "system":
        n_system += 1
    instructions = [it.text for it in messages[:n_system]]
    if request.schema is not None and not _takes_schema(config, request.schema):
        instructions.append(_IN_WORDS + json.dumps(dict(request.schema), ensure_ascii=False))
    written: list[dict[str, Value]] = []
    if instructions:
        written.append({"role": "system", "content": "\n\n".join(filter(None, instructions))})
    shown: list[dict[str, Value]] = []  # what tools have made to look at, until their answers are complete
    with_calls = _turns_with_calls(messages)
    for i in range(n_system, len(messages)):
        message = messages[i]
        if shown and message.role != "tool":
            written.append({"role": "user", "content": shown})
            shown = []
        match message.role:
            case "assistant":
                written.append(_assistant(config, message, in_turn_with_calls=with_calls[i], quirks=quirks))
            case "tool":
                written.append(_tool_answer(message))
                if media := _media(message):
                    shown.append({"type": "text", "text": f"What {message.name or 'the tool'} has answered shows:"})
                    shown += [media_part(config, name, it) for it in media]
            case "system":
                written.append({"role": "system", "content": message.text})
            case "user":
                written.append({"role": "user", "content": _user_content(config, name, message)})
    if shown:
        written.append({"role": "user", "content": shown})
    return written


def _turns_with_calls(messages: Sequence[Message]) -> list[bool]:
    """For each message, whether a tool was called between the user's message before it and the next one."""
    found: list[bool] = [False] * len(messages)
    start = 0
    for i in range(1, len(messages) + 1):
        if i == len(messages) or messages[i].role == "user":
            if any(it.tool_calls for it in messages[start:i]):
                found[start:i] = [True] * (i - start)
            start = i
    return found


def _user_content(config: ProviderConfig, name: str, message: Message) -> Value:
    if not _media(message):
        return message.text
    return [
        media_part(config, name, it) if isinstance(it, Media) else {"type": "text", "text": it.text}
        for it in message.parts
    ]


def _media(message: Message) -> list[Media]:
    return [it for it in message.parts if isinstance(it, Media)]


def _assistant(
    config: ProviderConfig, message: Message, *, in_turn_with_calls: bool, quirks: Quirks
) -> dict[str, Value]:
    text = message.text
    written: dict[str, Value] = {"role": "assistant", "content": text if text or not message.tool_calls else None}
    if message.tool_calls:
        written["tool_calls"] = [
            {
                "id": it.id,
                "type": "function",
                "function": {"name": it.name, "arguments": it.raw or json.dumps(dict(it.arguments))},
                **call_fields(message, it.id, config.name),
            }
            for it in message.tool_calls
        ]
    written |= message_fields(message, config.name, in_turn_with_calls=in_turn_with_calls)
    if quirks.wants_reasoning and message.tool_calls:
        written.setdefault("reasoning_content", "")
    return written


def _tool_answer(message: Message) -> dict[str, Value]:
    text = message.text
    # The format has no mark for a failure: the model can only read it.
    if message.is_error and not text.lower().startswith("error"):
        text = f"error: {text}" if text else "error"
    return {"role": "tool", "tool_call_id": message.tool_call_id, "content": text}
