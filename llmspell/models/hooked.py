"""Requests to models under the eyes of hooks: what hooks see of a request and an answer, and what they make of them.

Used by `calling` when somebody listens to a point of `points.MODEL`. A hook sees

    input  = { messages = { { role = "user", text = "…" }, … }, tools, tool_choice, schema, settings = { seed = 1 } }
    output = { text, reasoning, tool_calls, finish_reason, model, usage, cost_usd, attempts }

and may change the messages, the schema, the tool choice, the settings and, by leaving some out, the tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument
from llmspell.events.intercept import intercept
from llmspell.events.plain import plain, same
from llmspell.events.points import MODEL
from llmspell.journal.entries import NO_USAGE
from llmspell.models.messages import Message, ToolCall, Value, assistant, from_value
from llmspell.models.protocol import ModelRequest, ModelResponse, ModelSettings, TextDelta
from llmspell.models.recording import request_to_value
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.models.calling import Called
    from llmspell.models.watching import Watch

_SETTINGS = {it.name: it for it in fields(ModelSettings)}
_NUMBERS = {
    "temperature": (int, float),
    "top_p": (int, float),
    "max_tokens": (int,),
    "seed": (int,),
    "reasoning": (str,),
}


async def call_hooked(
    ctx: RunContext,
    name: str,
    request: ModelRequest,
    watch: Watch | None,
    ask: Callable[[ModelRequest], Awaitable[Called]],
    redirect: Callable[[RunContext, str, ModelRequest], Awaitable[Called]],
    made: Callable[[ModelResponse], Called],
) -> Called:
    """Ask one model as hooks want it.

    Args:
        name: The model's full name.
        watch: Sees the text of an answer that a hook gives in the model's place.
        ask: Sends this request, as an effect.
        redirect: Sends it to another model, by its name.
        made: An answer that no model has given.
    """
    shown = request_to_value(request)

    was_asked = False

    async def do(given: Mapping[str, Value]) -> Called:
        nonlocal was_asked
        was_asked = True
        return await ask(_request(request, shown, given, name))

    async def elsewhere(place: RunContext, target: str, given: Mapping[str, Value]) -> Called:
        nonlocal was_asked
        was_asked = True
        return await redirect(place, target, _request(request, shown, given, name))

    def read(data: Value, before: Called | None) -> Called:
        called = made(ModelResponse(Message("assistant"), model=name)) if before is None else before
        return replace(called, response=_response(called.response, data))

    called: Called = await intercept(ctx, MODEL, "model", name, shown, do, redirect=elsewhere, show=_shown, read=read)
    if was_asked:
        return called
    if watch is not None and called.response.message.text:
        await watch(TextDelta(called.response.message.text))
    # One that was remembered has cost something, but not this time.
    return replace(called, response=replace(called.response, usage=NO_USAGE), cost_usd=0.0, attempts=0)


def _shown(called: Called) -> dict[str, Value]:
    response = called.response
    usage = response.usage
    return {
        "text": response.message.text,
        "reasoning": response.message.reasoning,
        "tool_calls": [
            {"id": it.id, "name": it.name, "arguments": plain(it.arguments)} for it in response.message.tool_calls
        ],
        "finish_reason": response.finish_reason,
        "model": called.model,
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cached_tokens,
        },
        "cost_usd": called.cost_usd,
        "attempts": called.attempts,
    }


def _response(before: ModelResponse, data: Value) -> ModelResponse:
    """The answer that a hook gives, a text or a table; what it does not name stays as it was."""
    given: Value = {"text": data} if isinstance(data, str) else data
    if not isinstance(given, Mapping):
        raise BadArgument("the answer that a hook gives for a model is a text, or a table with a text")
    message = before.message
    text = str(given.get("text", message.text))
    calls = message.tool_calls
    if "tool_calls" in given and not same(plain(given["tool_calls"]), _calls(calls)):
        calls = tuple(_call(i, it) for i, it in enumerate(_list(given["tool_calls"], "tool_calls"), 1))
    if text == message.text and calls == message.tool_calls:
        return before
    # What a provider wants to see again verbatim belongs to what the model has said, which this is no more.
    said = assistant(text, calls, message.reasoning)
    return replace(before, message=said, finish_reason="tool_calls" if calls else "stop")


def _calls(calls: tuple[ToolCall, ...]) -> list[Value]:
    return [{"id": it.id, "name": it.name, "arguments": plain(it.arguments)} for it in calls]


def _call(i: int, value: Value) -> ToolCall:
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise BadArgument("a tool call that a hook gives has a name and arguments")
    arguments = value.get("arguments")
    return ToolCall(
        str(value.get("id") or f"hook-{i}"), value["name"], dict(arguments) if isinstance(arguments, Mapping) else {}
    )


def _request(request: ModelRequest, shown: Mapping[str, Value], now: Value, name: str) -> ModelRequest:
    """The request as hooks have left it."""
    if now is shown:
        return request
    if not isinstance(now, Mapping):
        raise BadArgument(f"what a hook has made of the request to {name} is no table with messages")
    changes: dict[str, Any] = {}
    if not same(now.get("messages"), shown["messages"]):
        changes["messages"] = changed_messages(request.messages, shown["messages"], now.get("messages"), name)
    if not same(now.get("settings") or {}, shown.get("settings", {})):
        changes["settings"] = _settings(request.settings, now.get("settings") or {}, name)
    if not same(now.get("tools") or [], shown.get("tools", [])):
        kept = {it.get("name") for it in _list(now.get("tools") or [], "tools") if isinstance(it, Mapping)}
        changes["tools"] = tuple(it for it in request.tools if it.name in kept)
    if (now.get("tool_choice") or "auto") != request.tool_choice:
        changes["tool_choice"] = str(now.get("tool_choice") or "auto")
    if not same(now.get("schema"), shown.get("schema")):
        schema = now.get("schema")
        changes["schema"] = dict(schema) if isinstance(schema, Mapping) and schema else None
    return replace(request, **changes) if changes else request


def changed_messages(before: Sequence[Message], shown: list[Value], now: Value, name: str) -> tuple[Message, ...]:
    """Messages as hooks have left them. Those that they have left alone are the same, pictures and all.

    Args:
        shown: What hooks were shown of `before`.
        name: Whose they are, for errors.

    Raises:
        BadArgument: They are no messages, or there is none.
    """
    made: list[Message] = []
    for i, it in enumerate(_list(now, "messages")):
        same_as = next((k for k in (i, *range(len(shown))) if k < len(shown) and same(shown[k], it)), None)
        if same_as is not None:
            made.append(before[same_as])
            continue
        try:
            message = from_value({**it, "text": it["content"]} if "content" in it and "text" not in it else it)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadArgument(
                f"message {i + 1} that a hook has given to {name} is none ({type(error).__name__}: {error})",
                hint='{ role = "user", text = "…" }',
            ) from error
        made.append(_with_media(message, it, before[i], shown[i]) if i < len(shown) else message)
    if not made:
        raise BadArgument(f"a hook has left no message for {name}")
    return tuple(made)


def _with_media(message: Message, now: Value, before: Message, shown: Value) -> Message:
    """Of pictures and files hooks are shown the size only: those that are still there are those of before."""
    seen = shown.get("parts", [])
    parts = list(message.parts)
    for i, it in enumerate(now.get("parts", ())):
        found = next((k for k, one in enumerate(seen) if same(one, it)), None)
        if found is not None:
            parts[i + ("text" in now)] = before.parts[found]
    return replace(message, parts=tuple(parts))


def _settings(before: ModelSettings, now: Value, name: str) -> ModelSettings:
    if not isinstance(now, Mapping):
        raise BadArgument(f"the settings that a hook has given to {name} are no table")
    changes: dict[str, Any] = {
        key: None for key in _NUMBERS if getattr(before, key) is not None and now.get(key) is None
    }
    for key, it in now.items():
        if key not in _SETTINGS:
            raise BadArgument(f'a model has no setting "{str(key)[:50]}"', hint=did_you_mean(str(key)[:50], _SETTINGS))
        if key == "stop":
            changes[key] = tuple(str(one) for one in _list(it, "stop"))
        elif key == "extra":
            if not same(plain(it), plain(before.extra)):
                raise BadArgument("hooks cannot change what is sent as `extra`")
        elif it is not None:
            if isinstance(it, bool) or not isinstance(it, _NUMBERS[key]):
                raise BadArgument(f"the setting {key} that a hook has given to {name} is not what it should be")
            changes[key] = it
    if "stop" not in now:
        changes["stop"] = ()
    return replace(before, **changes)


def _list(value: Value, what: str) -> list[Value]:
    if value == {}:
        return []  # Lua's empty table
    if not isinstance(value, list):
        raise BadArgument(f"{what} that a hook gives is a list")
    return value
