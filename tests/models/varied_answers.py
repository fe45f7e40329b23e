"""Hundreds of answers in the chat-completions format, each a little different: what servers vary, drawn by a seed.

All of them are ones that OpenAI's own client reads as its documents say, or fails at. Where it reads on and we do not,
or the other way round, stands in `test_openai_agreement`."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

WORDS = ("hello", " world", "", "é", "\U0001f600", "\n\n", "data: [DONE]", '"quoted"', "\u2028", "0", "<b>", " ")
UNKNOWN: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"x_new": None},
    {"x_new": {"deep": [1, {"a": "b"}]}, "system_fingerprint": "fp"},
    {"service_tier": "default", "provider": "Somebody", "x_list": []},
)


@dataclass(frozen=True)
class Varied:
    """One answer as a server sends it.

    Attributes:
        then: end: the answer is whole · drop: the connection breaks.
    """

    seed: int
    body: bytes
    content_type: str = "application/json"
    status: int = 200
    then: str = "end"


def whole_answer(seed: int) -> Varied:
    """An answer in one piece."""
    draw = random.Random(seed)
    if draw.random() < 0.15:
        return _failing(seed, draw)
    choices = [_choice(draw, i) for i in range(draw.choice((1, 1, 1, 2, 3)))]
    answer: dict[str, Any] = {"choices": choices, **_head(draw, "chat.completion"), **draw.choice(UNKNOWN)}
    answer |= _usage(draw)
    return Varied(seed, _json(draw, answer))


def streamed_answer(seed: int) -> Varied:
    """An answer as a stream of events."""
    draw = random.Random(seed)
    head = _head(draw, "chat.completion.chunk")
    n_choices = draw.choice((1, 1, 1, 2))
    deltas: list[list[dict[str, Any]]] = []
    for _ in range(n_choices):
        message = _message(draw)
        pieces = [{"role": "assistant", **draw.choice(({}, {"content": ""}, {"content": None}))}]
        pieces += [{field: it} for field in ("reasoning_content", "reasoning") for it in _cut(draw, message.get(field))]
        pieces += [{"content": it} for it in _cut(draw, message.get("content"))]
        pieces += [{"refusal": it} for it in _cut(draw, message.get("refusal"))]
        pieces += _cut_calls(draw, message.get("tool_calls") or [])
        deltas.append(pieces)
    finish = [draw.choice(("stop", "length", "tool_calls", "content_filter")) for _ in range(n_choices)]
    chunks: list[dict[str, Any]] = []
    while any(deltas):
        # The first choice begins: in which order the official client lists them is decided by that.
        i = draw.choice([i for i, it in enumerate(deltas) if it and (i == 0 or chunks)])
        delta = {**deltas[i].pop(0), **draw.choice(({}, {}, {"x_new": [1]}))}
        choice: dict[str, Any] = {"index": i, "delta": delta, **draw.choice(({}, {"finish_reason": None}))}
        if not deltas[i] and draw.random() < 0.5:
            choice["finish_reason"] = finish[i]
        chunks.append({**head, "choices": [choice], **draw.choice(({}, {"usage": None}, {"x_new": {}}))})
        if not deltas[i] and not choice.get("finish_reason"):
            last = {"index": i, "delta": {}, "finish_reason": finish[i], "logprobs": None}
            chunks.append({**head, "choices": [last]})
    if draw.random() < 0.2:
        chunks.insert(0, {"choices": [], "object": "", "prompt_filter_results": [{"prompt_index": 0}]})  # Azure's
    if draw.random() < 0.7:
        chunks.append({**head, "choices": [], **_usage(draw)})
    return _as_stream(seed, draw, chunks)


def _as_stream(seed: int, draw: random.Random, chunks: list[dict[str, Any]]) -> Varied:
    events = [_json(draw, it).decode() for it in chunks]
    then = "end"
    fate = draw.random()
    if fate < 0.06:
        error: Any = {"message": "no provider left", "code": draw.choice((502, "server_error", None))}
        events.insert(draw.randrange(len(events)), json.dumps({"error": error}))
    elif fate < 0.09:
        events[draw.randrange(len(events))] = '{"choices": ['
    elif fate < 0.12:
        then = "drop"
        events = events[: next(i for i, it in enumerate(events) if '"finish_reason": "' in it)]
        del events[draw.randint(0, len(events)) :]
    if then == "end" and draw.random() < 0.8:
        events.append("[DONE]")
    end = draw.choice(("\n", "\n", "\r\n", "\r"))
    prefix = draw.choice(("data: ", "data: ", "data:", "event: message\ndata: ", ": ping\n\ndata: ", "id: 7\ndata: "))
    if draw.random() < 0.1:  # JSON may be written over several lines
        events = [it if it == "[DONE]" else it.replace(', "', ',\ndata: "', 1) for it in events]
    text = "".join(f"{prefix}{it}\n\n" for it in events).replace("\n", end)
    content_type = draw.choice(("text/event-stream", "text/event-stream; charset=utf-8"))
    return Varied(seed, text.encode(), content_type, then=then)


def _failing(seed: int, draw: random.Random) -> Varied:
    """An answer that nobody can read."""
    error = {"message": "it went wrong", "type": "server_error", "code": draw.choice((None, 500, "x"))}
    kind = draw.randrange(6)
    if kind == 0:
        status = draw.choice((400, 401, 403, 404, 408, 409, 422, 429, 500, 503))
        body = draw.choice((json.dumps({"error": error}), json.dumps({"detail": "no"}), "<html>no</html>", ""))
        return Varied(seed, body.encode(), status=status)
    bodies: tuple[Any, ...] = ({"error": error}, {"choices": None}, {"choices": []}, {}, {"choices": [{"index": 0}]})
    return Varied(seed, json.dumps(bodies[kind - 1]).encode())


def _head(draw: random.Random, kind: str) -> dict[str, Any]:
    head: dict[str, Any] = {"object": kind}
    for field, value in (("id", "chatcmpl-1"), ("model", "m-2026"), ("created", 1_790_000_000)):
        if (fate := draw.random()) < 0.8:
            head[field] = value
        elif fate < 0.9:
            head[field] = None
    return head


def _choice(draw: random.Random, index: int) -> dict[str, Any]:
    choice: dict[str, Any] = {"message": {"role": "assistant", **_message(draw)}, **draw.choice(UNKNOWN)}
    if draw.random() < 0.9:
        choice["index"] = index
    if draw.random() < 0.9:
        reasons = ("stop", "length", "tool_calls", "content_filter", "function_call", None)
        choice["finish_reason"] = draw.choice(reasons)
    choice |= draw.choice(({}, {"logprobs": None}, {"logprobs": {"content": []}}))
    return choice


def _message(draw: random.Random) -> dict[str, Any]:
    message: dict[str, Any] = {}
    if draw.random() < 0.85:
        message["content"] = draw.choice((_text(draw), _text(draw), _text(draw), None, ""))
    if draw.random() < 0.4:
        message["tool_calls"] = draw.choice((None, [], _calls(draw), _calls(draw), _calls(draw)))
    elif draw.random() < 0.1:
        message["function_call"] = draw.choice((None, {"name": "f", "arguments": '{"a": 1}'}))
    if draw.random() < 0.3:
        message[draw.choice(("reasoning", "reasoning_content"))] = draw.choice((_text(draw), None))
    if message.get("content") and draw.random() < 0.1:
        message["refusal"] = draw.choice((None, "I may not"))
    message |= draw.choice(({}, {"annotations": []}, {"audio": None, "annotations": None}, {"x_new": {"a": 1}}))
    return message


def _calls(draw: random.Random) -> list[dict[str, Any]]:
    calls = []
    for i in range(draw.choice((1, 1, 2, 3))):
        arguments = draw.choice(
            ('{"a": 1}', '{"city": "Z\\u00fcrich", "days": [1, 2]}', "{}", "", '{"a": ', "[1]", "null")
        )
        call: dict[str, Any] = {"type": "function", "function": {"name": f"tool_{i}", "arguments": arguments}}
        if (fate := draw.random()) < 0.7:
            call["id"] = f"call_{draw.randrange(10**6)}_{i}"
        elif fate < 0.85:
            call["id"] = draw.choice(("", None))
        call |= draw.choice(({}, {}, {"extra_content": {"google": {"thought_signature": "s"}}}))
        calls.append(call)
    return calls


def _cut_calls(draw: random.Random, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Deltas that bring calls in pieces, one after the other as servers do."""
    deltas: list[dict[str, Any]] = []
    for i, call in enumerate(calls):
        function = call["function"]
        pieces = list(_cut(draw, function["arguments"]))
        first = {
            **call,
            "index": i,
            "function": {"name": function["name"], "arguments": pieces.pop(0) if pieces else ""},
        }
        deltas.append({"tool_calls": [first]})
        deltas += [{"tool_calls": [{"index": i, "function": {"arguments": it}}]} for it in pieces]
    return deltas


def _cut(draw: random.Random, text: str | None) -> list[str]:
    pieces = []
    while text:
        n_chars = draw.randint(1, 6)
        pieces.append(text[:n_chars])
        text = text[n_chars:]
    return pieces


def _text(draw: random.Random) -> str:
    return "".join(draw.choice(WORDS) for _ in range(draw.randint(1, 8)))


def _usage(draw: random.Random) -> dict[str, Any]:
    n_input, n_output = draw.randrange(1, 10_000), draw.randrange(10_000)
    usage: dict[str, Any] = {
        "prompt_tokens": n_input,
        "completion_tokens": n_output,
        "total_tokens": n_input + n_output,
    }
    usage |= draw.choice(
        (
            {},
            {"prompt_tokens_details": {"cached_tokens": draw.randrange(100)}},
            {"prompt_tokens_details": {"cached_tokens": None}},
            {"prompt_tokens_details": {"audio_tokens": 3}},
            {"prompt_tokens_details": None, "completion_tokens_details": {"reasoning_tokens": 7}, "cost": 0.5},
        )
    )
    if draw.random() < 0.1:
        del usage["total_tokens"]
    return draw.choice(({"usage": usage}, {"usage": usage}, {"usage": usage}, {"usage": None}, {}))


def _json(draw: random.Random, value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=draw.random() < 0.5).encode()
