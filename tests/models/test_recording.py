"""Requests and answers as plain data: a request small and without bytes, an answer whole."""

import json
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from llmspell.journal.canonical import from_json, to_json
from llmspell.journal.entries import Usage
from llmspell.journal.snapshot import pack, unpack
from llmspell.models.messages import Media, Message, Text, ToolCall, system, user
from llmspell.models.protocol import ModelRequest, ModelResponse, ModelSettings, ToolDefinition
from llmspell.models.recording import request_to_value, response_from_value, response_to_value

texts = st.text(max_size=20)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
maps = st.dictionaries(texts, plain, max_size=3)
media = st.builds(Media, st.sampled_from(["image", "audio", "document"]), texts, st.binary(max_size=30), st.just(""),
                  texts)  # fmt: skip
calls = st.builds(ToolCall, texts, texts, maps, texts)
messages = st.builds(
    Message,
    st.just("assistant"),
    st.lists(st.builds(Text, texts) | media, max_size=3).map(tuple),
    st.lists(calls, max_size=2).map(tuple),
    st.just(""),
    st.just(""),
    st.just(False),
    texts,
    maps,
)
counts = st.integers(0, 10**9)
responses = st.builds(
    ModelResponse,
    messages,
    st.builds(Usage, counts, counts, counts),
    st.sampled_from(["stop", "length", "tool_calls", "content_filter", "error", "other"]),
    texts,
    texts,
    st.lists(maps, max_size=2).map(tuple),
    st.none() | st.floats(0, 100),
)


@given(responses)
def test_an_answer_comes_back_as_it_was_also_from_a_journal(response):
    value = response_to_value(response)
    assert response_from_value(value) == response
    assert response_from_value(from_json(to_json(unpack(pack(value))))) == response


def test_of_a_picture_a_request_keeps_the_size_and_the_hash():
    picture = Media("image", "image/png", b"\x89PNG" * 1000, name="chart.png")
    linked = Media("document", "application/pdf", url="https://example.com/a.pdf")
    request = ModelRequest((system("Be brief."), user("What is this?", picture, linked)))
    value = request_to_value(request)
    assert value == {
        "messages": [
            {"role": "system", "text": "Be brief."},
            {
                "role": "user",
                "parts": [
                    {"text": "What is this?"},
                    {"kind": "image", "mime": "image/png", "name": "chart.png", "bytes": 4000,
                     "sha256": sha256(picture.data).hexdigest()},
                    {"kind": "document", "mime": "application/pdf", "url": "https://example.com/a.pdf"},
                ],
            },
        ]
    }  # fmt: skip
    assert len(json.dumps(value)) < 500


def test_a_request_says_what_is_set_and_nothing_else():
    schema = {"type": "object", "properties": {}}
    request = ModelRequest(
        (user("hi"),),
        (ToolDefinition("add", "Adds.", schema),),
        "required",
        {"type": "array"},
        ModelSettings(temperature=0.5, stop=("END",), extra={"top_k": 3}),
    )
    assert request_to_value(request) == {
        "messages": [{"role": "user", "text": "hi"}],
        "tools": [{"name": "add", "description": "Adds.", "schema": schema}],
        "tool_choice": "required",
        "schema": {"type": "array"},
        "settings": {"temperature": 0.5, "stop": ["END"], "extra": {"top_k": 3}},
    }
    assert set(request_to_value(ModelRequest((user("hi"),)))) == {"messages"}
    zero = ModelSettings(temperature=0.0, seed=0)
    assert request_to_value(ModelRequest((user("hi"),), settings=zero))["settings"] == {"temperature": 0.0, "seed": 0}
