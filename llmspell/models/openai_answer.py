"""An answer in the chat-completions format, read: JSON to a `ModelResponse`.

Servers that speak the format differ in what they leave out and what they add. What is not known is passed over; what
is missing is an error only where nothing can be made of the answer without it, and then the error names it. A stream is
put together into the same JSON (`openai_stream`) and read here too, so that both say the same."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.models.http_errors import interrupted, malformed, reported
from llmspell.models.messages import Media, Message, Part, Text, ToolCall
from llmspell.models.openai_opaque import REASONING_FIELDS, keep
from llmspell.models.openai_usage import read_cost_usd, read_usage
from llmspell.models.protocol import FinishReason, ModelResponse

if TYPE_CHECKING:
    from llmspell.models.http_errors import Asked

Value = Any  # what JSON holds

_FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "tool_call": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "safety": "content_filter",
}


def read_body(asked: Asked, body: bytes, *, request_id: str = "", audio_format: str = "") -> ModelResponse:
    """The answer that a body holds.

    Args:
        audio_format: What was asked for where the answer is spoken: `mp3`.

    Raises:
        ProviderError: The body is an error.
        MalformedAnswer: It is no answer; the message names the field.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        start = body[:200].decode("utf-8", "replace")
        problem = f"is no JSON: {start}" if start.strip() else "is empty"
        raise malformed(asked, "the body", problem, request_id=request_id) from error
    return read_answer(asked, answer, request_id=request_id, audio_format=audio_format)


def read_answer(asked: Asked, answer: Value, *, request_id: str = "", audio_format: str = "") -> ModelResponse:
    """As `read_body`, of the JSON."""
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if not isinstance(answer, Mapping):
        raise malformed(asked, "the body", f"is {_kind(answer)} instead of an object", request_id=request_id)
    request_id = request_id or _text(answer.get("id"))
    if answer.get("error"):
        raise reported(asked, answer["error"], request_id=request_id)
    choices = answer.get("choices")
    if (
        choices is None
        and answer.get("object") != "chat.completion"
        and (answer.get("message") or answer.get("detail"))
    ):
        raise reported(asked, answer, request_id=request_id)  # an error that is not called one: vLLM, FastAPI
    choice = _first_choice(asked, choices, request_id)
    if choice.get("error"):
        raise reported(asked, choice["error"], request_id=request_id)  # OpenRouter's, beside what there is of an answer
    raw = choice.get("message")
    if not isinstance(raw, Mapping):
        raise malformed(asked, "choices[0].message", _missing_or(raw, "an object"), request_id=request_id)
    message = _message(asked, raw, request_id, audio_format)
    usage = answer.get("usage")
    if not isinstance(usage, Mapping):
        groq = answer.get("x_groq")
        usage = groq.get("usage") if isinstance(groq, Mapping) else None
    return ModelResponse(
        message,
        read_usage(usage),
        _finish_reason(asked, choice.get("finish_reason"), message, request_id),
        _text(answer.get("model")),
        request_id,
        _citations(raw, answer),
        read_cost_usd(usage),
    )


def _first_choice(asked: Asked, choices: Value, request_id: str) -> Mapping[str, Value]:
    if not isinstance(choices, list):
        raise malformed(asked, "choices", _missing_or(choices, "a list"), request_id=request_id)
    if not choices:
        raise malformed(asked, "choices[0]", "is missing", request_id=request_id)
    choice = next((it for it in choices if isinstance(it, Mapping) and it.get("index") == 0), choices[0])
    if not isinstance(choice, Mapping):
        raise malformed(asked, "choices[0]", _missing_or(choice, "an object"), request_id=request_id)
    return choice


def _message(asked: Asked, raw: Mapping[str, Value], request_id: str, audio_format: str) -> Message:
    text, thoughts, media = _content(asked, raw.get("content"), request_id)
    images = raw.get("images")  # OpenRouter's
    for image in images if isinstance(images, list) else ():
        media += _image(image)
    audio = raw.get("audio")
    if isinstance(audio, Mapping):
        text = text or _text(audio.get("transcript"))
        media += _audio(audio, audio_format)
    text = text or _text(raw.get("refusal"))  # then it is all there is of an answer
    reasoning = next((it for name in REASONING_FIELDS if (it := _text(raw.get(name)))), "") or thoughts
    if not reasoning:
        reasoning = _reasoning_of_details(raw.get("reasoning_details"))
    calls, raw_calls = _calls(asked, raw, request_id)
    parts: list[Part] = [Text(whole(text))] if text else []
    return Message(
        "assistant",
        (*parts, *media),
        calls,
        reasoning=whole(reasoning),
        opaque=keep(asked.provider, raw, raw_calls),
    )


def _content(asked: Asked, content: Value, request_id: str) -> tuple[str, str, list[Part]]:
    """Text, thoughts and media of what may be a text, a list of parts, or nothing."""
    if content is None or isinstance(content, str):
        return content or "", "", []
    if not isinstance(content, list):
        problem = f"is {_kind(content)} instead of text"
        raise malformed(asked, "choices[0].message.content", problem, request_id=request_id)
    text, thoughts, media = "", "", list[Part]()
    for part in content:
        if isinstance(part, str):
            text += part
        elif isinstance(part, Mapping):
            text += _text(part.get("text"))
            thoughts += part_thoughts(part)
            media += _image(part)
    return text, thoughts, media


def part_thoughts(part: Mapping[str, Value]) -> str:
    """What one part of a content shows of thoughts: Mistral's `thinking`, a text or again a list of parts."""
    thinking = part.get("thinking")
    if isinstance(thinking, list):
        return "".join(_text(it.get("text")) for it in thinking if isinstance(it, Mapping))
    return _text(thinking)


def _reasoning_of_details(details: Value) -> str:
    found = details if isinstance(details, list) else ()
    return "".join(_text(it.get("text")) or _text(it.get("summary")) for it in found if isinstance(it, Mapping))


def _calls(
    asked: Asked, raw: Mapping[str, Value], request_id: str
) -> tuple[tuple[ToolCall, ...], dict[str, Mapping[str, Value]]]:
    listed = raw.get("tool_calls")
    if listed is None:
        legacy = raw.get("function_call")
        listed = [{"function": legacy}] if legacy else []
    path = "choices[0].message.tool_calls"
    if not isinstance(listed, list):
        raise malformed(asked, path, f"is {_kind(listed)} instead of a list", request_id=request_id)
    calls: dict[str, ToolCall] = {}
    raw_calls: dict[str, Mapping[str, Value]] = {}
    for i, call in enumerate(listed):
        function = call.get("function") if isinstance(call, Mapping) else None
        if not isinstance(function, Mapping):
            raise malformed(asked, f"{path}[{i}].function", _missing_or(function, "an object"), request_id=request_id)
        name = function.get("name")
        if not isinstance(name, str) or not name:
            raise malformed(asked, f"{path}[{i}].function.name", _missing_or(name, "text"), request_id=request_id)
        call_id = _text(call.get("id")) or f"call_{i}"
        if call_id in calls:
            call_id = f"{call_id}_{i}"  # two answers to one id could not be told apart
        arguments, text = read_arguments(function.get("arguments"))
        calls[call_id] = ToolCall(call_id, whole(name), arguments, text)
        raw_calls[call_id] = call
    return tuple(calls.values()), raw_calls


def read_arguments(arguments: Value) -> tuple[Mapping[str, Value], str]:
    """A call's arguments and the text they were written as. Text that is no JSON object leaves the first one empty."""
    if arguments is None:
        return {}, ""
    if isinstance(arguments, Mapping):  # Ollama's own format writes no text, and some servers take it over
        return dict(arguments), ""
    if not isinstance(arguments, str):
        return {}, json.dumps(arguments)
    text = whole(arguments)
    try:
        value = json.loads(text, parse_constant=_refuse_constant) if text.strip() else {}
    except (ValueError, RecursionError):
        return {}, text
    if value is None or value == {}:
        return {}, ""
    return (value, text) if isinstance(value, dict) else ({}, text)


def _refuse_constant(name: str) -> Value:
    raise ValueError(f"{name} is not JSON")


def _finish_reason(asked: Asked, reason: Value, message: Message, request_id: str) -> FinishReason:
    if not isinstance(reason, str) or not reason:
        return "tool_calls" if message.tool_calls else "stop"
    if reason == "insufficient_system_resource":  # DeepSeek's word for an answer that it gave up
        error = {"message": "the provider gave the answer up for want of resources", "code": reason}
        raise reported(asked, error, request_id=request_id)
    if reason == "error":
        raise interrupted(asked, "the provider ended it with an error", request_id=request_id)
    return _FINISH_REASONS.get(reason.lower(), "other")


def _citations(raw: Mapping[str, Value], answer: Mapping[str, Value]) -> tuple[Mapping[str, Value], ...]:
    """What the answer refers to, each page once: OpenAI's and OpenRouter's `annotations`, then Perplexity's lists."""
    found: dict[str, Mapping[str, Value]] = {}
    annotations = raw.get("annotations")
    for annotation in annotations if isinstance(annotations, list) else ():
        cited = annotation.get("url_citation") if isinstance(annotation, Mapping) else None
        if isinstance(cited, Mapping) and (key := _text(cited.get("url")) or _text(cited.get("title"))):
            found.setdefault(key, {name: value for name, value in cited.items() if value is not None})
    for field in ("search_results", "citations"):
        listed = answer.get(field)
        for cited in listed if isinstance(listed, list) else ():
            cited = {"url": cited} if isinstance(cited, str) else cited
            if isinstance(cited, Mapping) and (key := _text(cited.get("url")) or _text(cited.get("title"))):
                found.setdefault(key, {name: value for name, value in cited.items() if value is not None})
    return tuple(found.values())


def _image(part: Value) -> list[Part]:
    image = part.get("image_url") if isinstance(part, Mapping) else None
    url = _text(image.get("url")) if isinstance(image, Mapping) else _text(image)
    if not url.startswith("data:"):
        return [Media("image", url=url)] if url else []
    head, _, data = url.partition(",")
    decoded = _decoded(data)
    return [Media("image", head[5:].partition(";")[0] or "image/png", decoded)] if decoded else []


def _audio(audio: Mapping[str, Value], audio_format: str) -> list[Part]:
    decoded = _decoded(_text(audio.get("data")))
    subtype = {"mp3": "mpeg", "": "wav"}.get(audio_format, audio_format)
    return [Media("audio", f"audio/{subtype}", decoded)] if decoded else []


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def whole(text: str) -> str:
    """The text with halves of characters put together, and replaced where one half is missing.

    Some servers cut a stream between the two halves that JSON writes a character beyond U+FFFF as; a lone half could
    not be written to any file or pipe."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _missing_or(value: Value, wanted: str) -> str:
    return "is missing" if value is None or value == "" else f"is {_kind(value)} instead of {wanted}"


def _kind(value: Value) -> str:
    if value is None:
        return "null"
    kinds = {str: "text", bool: "a truth value", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")
