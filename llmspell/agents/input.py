"""Read what a script asks an agent: a text, or a table with text or messages, pictures, recordings and documents.

    "…"                                              text
    { text = "…" }                                   also as prompt, input, message
    { messages = { { role = "user", content = "…" } } }
    { text = "…", images = { "a.png" }, audio = …, files = …, context = {…}, temperature = 0, … }

What is none of these fields is an override: a field of the agent that counts for this execution only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.agents.input_messages import read_message, read_messages, text_of
from llmspell.agents.protocol import AgentInput
from llmspell.errors import BadArgument
from llmspell.models.messages import Media, MediaKind, Message, Text, Value, user
from llmspell.suggestions import did_you_mean
from llmspell.tools.simple_schema import found_in_words

if TYPE_CHECKING:
    from llmspell.agents.media import MediaReader
    from llmspell.effects.context import RunContext

_TEXTS = ("text", "prompt", "input", "message")
_MEDIA: dict[str, MediaKind | None] = {
    "images": "image",
    "image": "image",
    "audio": "audio",
    "files": None,
    "file": None,
    "documents": None,
    "document": None,
}
INPUT_FIELDS = (*_TEXTS, "messages", *_MEDIA, "context")

_FORMS = "give a text, or a table with text or messages"


async def read_input(ctx: RunContext, value: Value) -> AgentInput:
    """What an agent is asked.

    Args:
        ctx: On whose behalf files are read.
        value: A script's: a text or a table; see the module.

    Raises:
        BadArgument: There is nothing in it, or something is not what its field holds; `details.path` names the field.
        PermissionDenied, NotFound: A file may not be read, or there is none.
    """
    if isinstance(value, str | bytes):
        return AgentInput((user(_said(value, "the input")),), {}, {})
    if not isinstance(value, Mapping):
        found = (
            "the input is missing"
            if value is None
            else f"the input must be a text or a table, not {found_in_words(value)}"
        )
        raise BadArgument(found, hint=_FORMS, details={"path": "$"})
    from llmspell.agents.media import MediaReader  # late: a plain text does without

    given = {name: it for name, it in value.items() if it is not None}
    media = MediaReader(ctx)
    messages = await read_messages(media, given["messages"]) if "messages" in given else []
    own = await _own_turn(media, given)
    if own and messages and messages[-1].role == "user" and not any(it in given for it in _TEXTS):
        last = messages.pop()
        own = [replace(last, parts=(*last.parts, *own[0].parts))]  # what is shown belongs to what was said
    messages += own
    if not messages:
        raise _nothing_said(given)
    if messages[-1].role != "user":
        raise BadArgument(
            f"the last message is of the role {messages[-1].role}, there is nothing to answer",
            hint="give what the user says now as `text` beside the messages",
            details={"path": "$.messages"},
        )
    overrides = {name: it for name, it in given.items() if name not in INPUT_FIELDS}
    return AgentInput(tuple(messages), overrides, _context(given.get("context")))


async def _own_turn(media: MediaReader, given: Mapping[str, Value]) -> list[Message]:
    """The turn that stands in the table itself: its text, and all that is shown with it."""
    names = [it for it in _TEXTS if it in given]
    if len(names) > 1:
        raise BadArgument(
            f'"{names[1]}" and "{names[0]}" are the same field and both are given',
            hint=f"give {names[0]} alone",
            details={"path": f"$.{names[1]}"},
        )
    shown = await _shown(media, given)
    if not names:
        return [user(*shown)] if shown else []
    said = given[names[0]]
    if isinstance(said, Mapping) and said and names[0] == "message":
        message = await read_message(media, said, "message")
        return [replace(message, parts=(*message.parts, *shown))]
    text = said if shown and said == "" else _said(said, names[0])
    return [Message("user", (*((Text(text),) if text else ()), *shown))]


async def _shown(media: MediaReader, given: Mapping[str, Value]) -> list[Media]:
    shown: list[Media] = []
    for name, kind in _MEDIA.items():
        if name not in given or given[name] in ([], {}, ()):
            continue
        value = given[name]
        if isinstance(value, list | tuple):
            shown += [await media.read(f"{name}[{i}]", it, kind) for i, it in enumerate(value)]
        else:
            shown.append(await media.read(name, value, kind))
    return shown


def _said(value: Value, at: str) -> str:
    text = text_of(value, at)
    if not text or text.isspace():
        raise BadArgument(f"{at} is empty", hint="say what the agent is to do", details={"path": f"$.{at}"})
    return text


def _context(value: Value) -> dict[str, Value]:
    if value is None or value == []:
        return {}
    if not isinstance(value, Mapping):
        message = f"context must be a table of names and values, not {found_in_words(value)}"
        raise BadArgument(message, details={"path": "$.context"})
    return dict(value)


def _nothing_said(given: Mapping[str, Value]) -> BadArgument:
    unknown = [str(it)[:40] for it in given if it not in INPUT_FIELDS]
    hints = (did_you_mean(it, INPUT_FIELDS) for it in unknown)
    what = f"only {', '.join(unknown[:5])}" if unknown else "nothing"
    return BadArgument(
        f"there is nothing to answer: the input has {what}",
        hint=next(filter(None, hints), _FORMS),
        details={"path": "$"},
    )
