"""Answers in the chat-completions format, and whatever else a server might say: strategies that tests share."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)

FULL_MESSAGE: dict[str, Any] = {
    "role": "assistant",
    "content": [{"type": "text", "text": "a"}, {"type": "thinking", "thinking": [{"type": "text", "text": "b"}]}],
    "refusal": "c",
    "reasoning": "d",
    "reasoning_content": "e",
    "reasoning_details": [{"type": "reasoning.text", "text": "f", "index": 0, "id": "g"}],
    "annotations": [{"type": "url_citation", "url_citation": {"url": "https://h.org", "title": "i"}}],
    "images": [{"image_url": {"url": "data:image/png;base64,AAAA"}}],
    "audio": {"id": "j", "data": "AAAA", "transcript": "k"},
    "extra_content": {"google": {"thought_signature": "l"}},
    "function_call": {"name": "m", "arguments": "{}"},
    "tool_calls": [
        {
            "index": 0,
            "id": "n",
            "type": "function",
            "function": {"name": "o", "arguments": '{"p": 1}'},
            "extra_content": {},
        }
    ],
}
REST: dict[str, Any] = {
    "id": "q",
    "object": "chat.completion",
    "model": "r",
    "usage": {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "total_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 1},
        "cost": 0.5,
        "cost_details": {"upstream_inference_cost": 1},
        "is_byok": True,
    },
    "citations": ["https://s.org"],
    "search_results": [{"url": "https://t.org"}],
    "x_groq": {"usage": {"prompt_tokens": 1}},
    "message": "u",
    "detail": "v",
}
FULL_ANSWER = {**REST, "choices": [{"index": 0, "message": FULL_MESSAGE, "finish_reason": "stop", "error": None}]}
FULL_CHUNK = {**REST, "choices": [{"index": 0, "delta": FULL_MESSAGE, "finish_reason": "stop", "error": None}]}


def paths(value: Any) -> list[tuple[Any, ...]]:
    """The place of every value in it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(), *((key, *path) for key, inner in items for path in paths(inner))]


@st.composite
def spoilt(draw: st.DrawFn, whole: dict[str, Any]) -> Any:
    """An answer with up to four of its values missing or replaced by anything at all."""
    value: Any = copy.deepcopy(whole)
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(paths(value)))
        if not path:
            return draw(JSON)
        inner = value
        for key in path[:-1]:
            inner = inner[key]
        if draw(st.booleans()):
            inner[path[-1]] = draw(JSON)
        else:
            del inner[path[-1]]
    return value
