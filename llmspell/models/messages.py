"""What is said to a model and what it says: messages of parts, independent of any provider's format.

A *message* is frozen and can be kept as plain data (`to_value`, `from_value`) without losing anything, so that a
conversation survives its process. `opaque` is what a provider wants to see again verbatim in the next turn (thought
signatures, encrypted reasoning, citations): a map from the *dialect* that wrote it to whatever it is. An implementation
reads its own dialect only; a message that goes to another provider is built from its other fields."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Value: TypeAlias = Any  # plain data
Role = Literal["system", "user", "assistant", "tool"]
MediaKind = Literal["image", "audio", "document"]


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text."""

    text: str


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, a recording or a document: its bytes, or a URL that the provider fetches.

    Attributes:
        mime: Such as `image/png`; empty only where a URL's is not known.
        data: Empty when there is a `url`.
        name: A file's name without its folders, or empty.
    """

    kind: MediaKind
    mime: str = ""
    data: bytes = b""
    url: str = ""
    name: str = ""

    @property
    def base64(self) -> str:
        """The bytes as text."""
        return base64.b64encode(self.data).decode("ascii")


# What is text though its type does not begin so.
_TEXT_TYPES = frozenset({"application/json", "application/xml", "application/yaml", "application/toml"})


def is_text(mime: str) -> bool:
    """Whether a document of this type is text, which a model can be shown as it is."""
    plain = mime.partition(";")[0].strip().lower()
    return plain.startswith("text/") or plain in _TEXT_TYPES


Part: TypeAlias = Text | Media


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model asks for.

    Attributes:
        id: The provider's name for it, which the answer must repeat; made up where it gave none.
        arguments: Plain data. A model may write what is no JSON object: then this is empty, and `raw` is what it wrote.
        raw: The text of the arguments as the model wrote it.
    """

    id: str
    name: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    raw: str = ""

    @property
    def is_malformed(self) -> bool:
        """Whether what the model wrote as arguments is no JSON object."""
        return bool(self.raw) and not self.arguments and self.raw.strip() not in ("{}", "null")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn.

    Attributes:
        tool_calls: Of an assistant's message: what it asks for, in its order.
        tool_call_id: Of a tool's message: which call it answers. `name` is the tool's name.
        is_error: Of a tool's message: that the call failed.
        reasoning: What the model shows of its thoughts; empty when it shows none.
        opaque: See the module.
    """

    role: Role
    parts: tuple[Part, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    name: str = ""
    is_error: bool = False
    reasoning: str = ""
    opaque: Mapping[str, Value] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All of its text."""
        return "".join(it.text for it in self.parts if isinstance(it, Text))


def system(text: str) -> Message:
    """What the model is told to be."""
    return Message("system", (Text(text),))


def user(*parts: str | Part) -> Message:
    """What a person says or shows."""
    return Message("user", tuple(Text(it) if isinstance(it, str) else it for it in parts))


def assistant(text: str = "", tool_calls: tuple[ToolCall, ...] = (), reasoning: str = "") -> Message:
    """What a model has said."""
    return Message("assistant", (Text(text),) if text else (), tool_calls, reasoning=reasoning)


def tool_answer(call: ToolCall, text: str, *, is_error: bool = False) -> Message:
    """What a tool has answered to a call."""
    return Message("tool", (Text(text),), tool_call_id=call.id, name=call.name, is_error=is_error)


def to_value(message: Message) -> dict[str, Value]:
    """The message as plain data; empty fields are left out. Media bytes are base64."""
    value: dict[str, Value] = {"role": message.role}
    if len(message.parts) == 1 and isinstance(message.parts[0], Text):
        value["text"] = message.parts[0].text
    elif message.parts:
        value["parts"] = [_part_value(it) for it in message.parts]
    if message.tool_calls:
        value["tool_calls"] = [
            {"id": it.id, "name": it.name, "arguments": dict(it.arguments), **({"raw": it.raw} if it.raw else {})}
            for it in message.tool_calls
        ]
    for name in ("tool_call_id", "name", "is_error", "reasoning"):
        if found := getattr(message, name):
            value[name] = found
    if message.opaque:
        value["opaque"] = dict(message.opaque)
    return value


def from_value(value: Mapping[str, Value]) -> Message:
    """The message that `to_value` made plain data of.

    Raises:
        KeyError, TypeError, ValueError: It did not make this one.
    """
    parts: list[Part] = [Text(str(value["text"]))] if "text" in value else []
    parts += [_part_from(it) for it in value.get("parts", ())]
    calls = tuple(
        ToolCall(str(it["id"]), str(it["name"]), dict(it.get("arguments") or {}), str(it.get("raw", "")))
        for it in value.get("tool_calls", ())
    )
    role = value["role"]
    if role not in ("system", "user", "assistant", "tool"):
        raise ValueError(f"no such role: {role}")
    return Message(
        role,
        tuple(parts),
        calls,
        str(value.get("tool_call_id", "")),
        str(value.get("name", "")),
        bool(value.get("is_error", False)),
        str(value.get("reasoning", "")),
        dict(value.get("opaque") or {}),
    )


def _part_value(part: Part) -> dict[str, Value]:
    if isinstance(part, Text):
        return {"text": part.text}
    source = {"url": part.url} if part.url else {"base64": part.base64}
    return {"kind": part.kind, "mime": part.mime, **source, **({"name": part.name} if part.name else {})}


def _part_from(value: Mapping[str, Value]) -> Part:
    if "kind" not in value:
        return Text(str(value["text"]))
    data = base64.b64decode(value["base64"]) if "base64" in value else b""
    return Media(value["kind"], str(value["mime"]), data, str(value.get("url", "")), str(value.get("name", "")))
