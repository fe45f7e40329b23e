"""Messages of an input: what a conversation was so far, as a script gives it.

Several spellings of the same are read: ours (`result.messages`, so that what an agent answered can be given back), that
of the chat-completions format, and content parts as other providers spell them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, get_args

from llmspell.errors import BadArgument
from llmspell.models.messages import MediaKind, Message, Part, Role, Text, ToolCall, Value
from llmspell.suggestions import did_you_mean
from llmspell.tools.simple_schema import found_in_words

if TYPE_CHECKING:
    from llmspell.agents.media import MediaReader

MAX_MESSAGES = 10_000

_ROLES = {**{it: it for it in get_args(Role)}, "developer": "system", "model": "assistant"}
_FIELDS = ("role", "content", "text", "parts", "tool_calls", "tool_call_id", "name", "is_error", "reasoning", "opaque")
_TEXT_PARTS = ("text", "input_text", "output_text")
_MEDIA_PARTS: dict[str, MediaKind | None] = {
    **dict.fromkeys(("image", "image_url", "input_image"), "image"),
    **dict.fromkeys(("audio", "input_audio", "audio_url"), "audio"),
    **dict.fromkeys(("document", "document_url"), "document"),
    **dict.fromkeys(("file", "input_file"), None),
}
_ITS_NAMES = {"file_data": "base64", "filename": "name", "format": "mime", "file_url": "url", "data": "base64"}


async def read_messages(media: MediaReader, value: Value, at: str = "messages") -> list[Message]:
    """The messages of a list, or one that stands alone.

    Raises:
        BadArgument: One of them is none; says which and what it lacks. And as `MediaReader.read` does.
    """
    if isinstance(value, Mapping) and value:
        return [await read_message(media, value, at)]
    if not isinstance(value, list | tuple) and value != {}:
        raise _mistake(at, f"must be a list of messages, not {found_in_words(value)}")
    if len(value) > MAX_MESSAGES:
        raise _mistake(at, f"has {len(value)} messages, {MAX_MESSAGES} at most")
    return [await read_message(media, it, f"{at}[{i}]") for i, it in enumerate(value)]


async def read_message(media: MediaReader, value: Value, at: str) -> Message:
    """One message; raises as `read_messages` does."""
    if not isinstance(value, Mapping):
        raise _mistake(at, f"must be a message, not {found_in_words(value)}", 'write { role = "user", content = "…" }')
    role = value.get("role", "user")
    if not isinstance(role, str) or role not in _ROLES:
        hint = did_you_mean(str(role)[:40], _ROLES) or "it is one of system, user, assistant, tool"
        raise _mistake(f"{at}.role", f"is no role: {found_in_words(role)}", hint)
    found = [it for it in ("content", "text", "parts") if value.get(it) is not None]
    if len(found) > 1:
        raise _mistake(at, f"has {' and '.join(found)}, which are the same", "give content alone")
    parts = await _parts(media, value[found[0]], f"{at}.{found[0]}") if found else []
    calls = tuple(_calls(value.get("tool_calls"), f"{at}.tool_calls"))
    if _ROLES[role] in ("system", "user") and not parts:
        unknown = next((it for it in value if it not in _FIELDS), "")
        raise _mistake(at, "has no content", did_you_mean(str(unknown)[:40], _FIELDS) if unknown else "")
    if _ROLES[role] == "tool" and not value.get("tool_call_id"):
        raise _mistake(at, "does not say which call it answers", "give the tool_call_id")
    opaque = value.get("opaque")
    return Message(
        _ROLES[role],
        tuple(parts),
        calls,
        text_of(value.get("tool_call_id"), f"{at}.tool_call_id"),
        text_of(value.get("name"), f"{at}.name"),
        value.get("is_error") is True,
        text_of(value.get("reasoning"), f"{at}.reasoning"),
        dict(opaque) if isinstance(opaque, Mapping) else {},
    )


def text_of(value: Value, at: str) -> str:
    """A text of the input; empty where there is none.

    Raises:
        BadArgument: It is no text, or not in UTF-8.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _mistake(at, "is not text in UTF-8") from None
        return value
    if isinstance(value, bytes):
        raise _mistake(at, "is not text in UTF-8", "files are given as `files`, with their path")
    raise _mistake(at, f"must be text, not {found_in_words(value)}")


async def _parts(media: MediaReader, value: Value, at: str) -> list[Part]:
    if isinstance(value, str | bytes):
        text = text_of(value, at)
        return [Text(text)] if text else []
    if isinstance(value, Mapping) and value:
        return [await _part(media, value, at)]
    if not isinstance(value, list | tuple) and value != {}:
        raise _mistake(at, f"must be text or a list of parts, not {found_in_words(value)}")
    return [await _part(media, it, f"{at}[{i}]") for i, it in enumerate(value)]


async def _part(media: MediaReader, value: Value, at: str) -> Part:
    if isinstance(value, str | bytes):
        return Text(text_of(value, at))
    if not isinstance(value, Mapping):
        raise _mistake(at, f"must be text or a table, not {found_in_words(value)}")
    form = value.get("type")
    if form in _TEXT_PARTS or (form is None and set(value) == {"text"}):
        return Text(text_of(value.get("text", ""), f"{at}.text"))
    if form is None:
        return await media.read(at, value)
    if form in ("tool_use", "tool_result", "function_call", "function_call_output"):
        raise _mistake(
            at, f"is a {form}", "calls stand in the message's tool_calls, answers in messages with the role tool"
        )
    if not isinstance(form, str) or form not in _MEDIA_PARTS:
        hint = did_you_mean(str(form)[:40], (*_TEXT_PARTS, *_MEDIA_PARTS))
        raise _mistake(
            f"{at}.type",
            f"is no kind of part: {found_in_words(form)}",
            hint or "it is text, image_url, input_audio or file",
        )
    return await media.read(at, _source(value, at), _MEDIA_PARTS[form])


def _source(part: Mapping[str, Value], at: str) -> Value:
    """What a content part shows, as `MediaReader.read` takes it."""
    rest = {key: it for key, it in part.items() if key not in ("type", "detail", "cache_control", "title", "context")}
    inner = next((rest[it] for it in ("source", *_MEDIA_PARTS) if it in rest), rest)
    if isinstance(inner, str):
        return inner
    if not isinstance(inner, Mapping):
        raise _mistake(at, f"must show something, not {found_in_words(inner)}")
    if "file_id" in inner:
        raise _mistake(at, "names a file that is kept by a provider", "give its path, url or base64")
    if inner.get("type") == "text":  # a document that is given as its text
        return {"data": inner.get("data"), "mime": inner.get("media_type")}
    inner = {key: it for key, it in inner.items() if key not in ("type", "detail")}
    source = {_ITS_NAMES.get(key, key): it for key, it in inner.items()}
    data = source.get("base64")
    if isinstance(data, str) and data[:5].lower() == "data:":  # what the chat-completions format writes there
        source["url"] = source.pop("base64")
    elif isinstance(data, bytes):
        source["data"] = source.pop("base64")
    return source


def _calls(value: Value, at: str) -> Iterator[ToolCall]:
    if value is None or value == {}:
        return
    if not isinstance(value, list | tuple):
        raise _mistake(at, f"must be a list of calls, not {found_in_words(value)}")
    for i, it in enumerate(value):
        where = f"{at}[{i}]"
        if not isinstance(it, Mapping):
            raise _mistake(where, f"must be a call, not {found_in_words(it)}")
        call = it["function"] if isinstance(it.get("function"), Mapping) else it
        name, call_id = text_of(call.get("name"), f"{where}.name"), text_of(it.get("id"), f"{where}.id")
        if not name or not call_id:
            raise _mistake(where, f"has no {'id' if name else 'name'}")
        arguments, raw = call.get("arguments"), text_of(it.get("raw"), f"{where}.raw")
        if isinstance(arguments, str):
            arguments, raw = _parsed(arguments), arguments
        yield ToolCall(call_id, name, dict(arguments) if isinstance(arguments, Mapping) else {}, raw)


def _parsed(text: str) -> Value:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None  # a model may have written what is no JSON: the text is kept


def _mistake(at: str, message: str, hint: str = "") -> BadArgument:
    return BadArgument(f"{at} {message}", hint=hint, details={"path": f"$.{at}"})
