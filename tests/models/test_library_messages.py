"""Conversations in the library's words and back, and what of an answer comes back to its provider."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_conversations import run, says
from pydantic_ai import messages as library
from test_library_model import SHORT, asked_of
from wire_server import Answer, claude, gemini

from llmspell.errors import BadArgument
from llmspell.models.library_messages import DIALECT, from_library, to_library
from llmspell.models.messages import (
    Media,
    Message,
    Text,
    ToolCall,
    assistant,
    from_value,
    system,
    to_value,
    tool_answer,
    user,
)
from llmspell.models.protocol import ModelRequest

PNG = Media("image", "image/png", b"\x89PNG")
CALL = ToolCall("c1", "weather", {"city": "Paris"})


# Any conversation: the library's is read here by other means than the ones that wrote it.

TEXTS = st.text(min_size=1, max_size=20)
MEDIA = st.builds(Media, st.just("image"), st.just("image/png"), st.binary(min_size=1, max_size=8))
PARTS = st.lists(st.builds(Text, TEXTS) | MEDIA, min_size=1, max_size=3).map(tuple)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXTS,
    lambda it: st.lists(it, max_size=2) | st.dictionaries(TEXTS, it, max_size=2),
    max_leaves=4,
)
CALLS = st.builds(
    ToolCall, st.uuids().map(str), st.sampled_from(["weather", "clock"]), st.dictionaries(TEXTS, VALUES, max_size=2)
)


@st.composite
def turns(draw: st.DrawFn) -> list[Message]:
    """A person's turn, an answer, and answers to its calls."""
    calls = tuple(draw(st.lists(CALLS, max_size=3, unique_by=lambda it: it.id)))
    said = Message("assistant", draw(PARTS), calls)
    answers = [tool_answer(it, draw(TEXTS), is_error=draw(st.booleans())) for it in calls]
    return [Message("user", draw(PARTS)), said, *answers]


CONVERSATIONS = st.tuples(
    st.lists(TEXTS.map(system), max_size=2), st.lists(turns(), max_size=3).map(lambda it: [m for t in it for m in t])
).map(lambda it: [*it[0], *it[1]])


def read_back(converted: Iterable[library.ModelMessage]) -> list[Message]:
    read: list[Message] = []
    for message in converted:
        if isinstance(message, library.ModelResponse):
            calls = tuple(ToolCall(it.tool_call_id, it.tool_name, it.args_as_dict()) for it in message.tool_calls)
            parts = (_part(it.content) for it in message.parts if isinstance(it, library.TextPart | library.FilePart))
            read.append(Message("assistant", tuple(parts), calls))
            continue
        for part in message.parts:
            match part:
                case library.SystemPromptPart():
                    read.append(system(part.content))
                case library.UserPromptPart(content=str() as text):
                    read.append(user(text))
                case library.UserPromptPart():
                    read.append(Message("user", tuple(_part(it) for it in part.content)))
                case library.ToolReturnPart():
                    call = ToolCall(part.tool_call_id, part.tool_name)
                    read.append(tool_answer(call, str(part.content), is_error=part.outcome == "failed"))
    return read


def _part(content: object) -> Text | Media:
    if isinstance(content, library.BinaryContent):
        return Media("image", content.media_type, content.data)
    return Text(str(content))


@given(CONVERSATIONS)
def test_nothing_of_a_conversation_is_lost_on_the_way(conversation: list[Message]) -> None:
    assert read_back(to_library(conversation, "anthropic")) == conversation


@given(CONVERSATIONS)
def test_what_stands_between_two_answers_is_one_request(conversation: list[Message]) -> None:
    kinds = [it.kind for it in to_library(conversation, "anthropic")]
    assert not any(pair == ("request", "request") for pair in zip(kinds, kinds[1:], strict=False))


RESPONSE_PARTS = st.lists(
    st.builds(library.TextPart, TEXTS)
    | st.builds(library.ThinkingPart, TEXTS, signature=TEXTS, provider_name=st.just("google"))
    | st.builds(
        library.ToolCallPart,
        st.sampled_from(["weather", "clock"]),
        st.dictionaries(TEXTS, VALUES, max_size=2) | st.just('{"a": 1}') | st.just("{oops") | st.none(),
        st.uuids().map(str),
        provider_details=st.none() | st.fixed_dictionaries({"thought_signature": TEXTS}),
        provider_name=st.just("google"),
    ),
    max_size=4,
)


@given(RESPONSE_PARTS)
def test_an_answer_goes_back_to_its_provider_as_it_came_through_being_saved(parts: list[Any]) -> None:
    response = library.ModelResponse(parts=parts, provider_name="google", provider_details={"x": 1})
    message = from_library(response).message
    saved = json.loads(json.dumps(to_value(message)))
    assert to_library([from_value(saved)], "google") == [response]


@given(RESPONSE_PARTS)
def test_an_answer_goes_to_another_provider_as_what_it_says(parts: list[Any]) -> None:
    response = library.ModelResponse(parts=parts, provider_name="google")
    message = from_library(response).message
    [rebuilt] = to_library([message], "anthropic")
    assert isinstance(rebuilt, library.ModelResponse)
    assert [it.content for it in rebuilt.parts if isinstance(it, library.TextPart)] == [
        it.text for it in message.parts if isinstance(it, Text)
    ]
    assert [(it.tool_call_id, it.tool_name) for it in rebuilt.tool_calls] == [
        (it.id, it.name) for it in message.tool_calls
    ]
    assert not any(isinstance(it, library.ThinkingPart) or it.provider_name for it in rebuilt.parts)


def kept(message: Message, **changes: Any) -> Message:
    return replace(message, opaque={DIALECT: {**message.opaque[DIALECT], **changes}})


ANSWER = library.ModelResponse(
    parts=[library.ThinkingPart("hm", signature="sig", provider_name="google"), library.TextPart("so")],
    provider_name="google",
)


def signatures(message: Message) -> list[str | None]:
    [converted] = to_library([message], "google")
    return [it.signature for it in converted.parts if isinstance(it, library.ThinkingPart)]


def test_an_answer_that_was_changed_goes_back_as_it_says_now() -> None:
    message = from_library(ANSWER).message
    assert signatures(message) == ["sig"]
    assert signatures(replace(message, parts=(Text("something else"),))) == []
    assert signatures(replace(message, tool_calls=(CALL,))) == []


def test_what_is_no_answer_of_the_library_is_not_taken_for_one() -> None:
    message = from_library(ANSWER).message
    for changed in (
        replace(message, opaque={DIALECT: "nonsense"}),
        replace(message, opaque={DIALECT: {"provider_name": "google", "kind": "response"}}),
        kept(message, kind="request"),
        kept(message, state="suspended"),
        kept(message, parts=[{"part_kind": "hologram"}]),
    ):
        assert signatures(changed) == []
        assert read_back(to_library([changed], "google")) == [assistant("so")]


def test_files_that_somebody_has_put_into_a_kept_answer_are_not_fetched() -> None:
    """The library fetches such URLs, and with `allow-local` those of this machine."""
    message = from_library(ANSWER).message
    url = {"kind": "image-url", "url": "http://127.0.0.1/", "force_download": "allow-local", "media_type": "image/png"}
    returned = {"part_kind": "builtin-tool-return", "tool_name": "web_fetch", "tool_call_id": "c", "content": [url]}
    parts = message.opaque[DIALECT]["parts"]
    assert signatures(kept(message, parts=[*parts, {**returned, "content": "a text"}])) == ["sig"]
    assert signatures(kept(message, parts=[*parts, returned])) == []
    assert signatures(kept(message, parts=[*parts, {**returned, "content": {"deep": url}}])) == []


def test_arguments_that_are_no_object_come_as_what_the_model_wrote_and_go_back_so() -> None:
    call = library.ToolCallPart("weather", "{oops", "c1")
    answer = from_library(library.ModelResponse(parts=[call], provider_name="google"))
    assert answer.message.tool_calls == (ToolCall("c1", "weather", {}, "{oops"),)
    assert answer.message.tool_calls[0].is_malformed
    [rebuilt] = to_library([answer.message], "anthropic")
    assert [it.args for it in rebuilt.parts if isinstance(it, library.ToolCallPart)] == ["{oops"]


def test_names_of_calls_that_a_provider_refuses_are_changed_alike_in_the_call_and_its_answer() -> None:
    call = ToolCall("functions.weather:0", "weather")
    conversation = [assistant("", (call,)), tool_answer(call, "sun")]
    for provider, expected in (("anthropic", "functions_weather_0"), ("google", "functions.weather:0")):
        said, answered = to_library(conversation, provider)
        assert [it.tool_call_id for it in (*said.parts, *answered.parts)] == [expected, expected]


def test_arguments_in_either_form_are_read_alike() -> None:
    parts = [library.ToolCallPart("weather", it, "c1") for it in ('{"city":"Paris"}', {"city": "Paris"}, None, "")]
    calls = from_library(library.ModelResponse(parts=parts)).message.tool_calls
    assert [dict(it.arguments) for it in calls] == [{"city": "Paris"}, {"city": "Paris"}, {}, {}]
    assert not any(it.is_malformed for it in calls)


def test_citations_say_where_something_is_from_and_what_it_supports() -> None:
    web = library.WebCitationSource("https://example.org", title="An example", excerpts=["of it"])
    anchor = library.ContentCitationAnchor(start=0, end=5)
    document = library.DocumentCitationSource(document_id="doc_1")
    part = library.TextPart(
        "Paris is big", citations=[library.Citation([web], anchor=anchor), library.Citation([document])]
    )
    assert from_library(library.ModelResponse(parts=[part])).citations == (
        {"url": "https://example.org", "title": "An example", "text": "Paris", "excerpts": ["of it"]},
        {"title": "doc_1", "id": "doc_1"},
    )


def test_a_picture_that_a_model_has_made_comes_as_one() -> None:
    part = library.FilePart(library.BinaryContent(b"\x89PNG", media_type="image/png"))
    message = from_library(library.ModelResponse(parts=[part], provider_name="google")).message
    assert message.parts == (PNG,)
    assert read_back(to_library([message], "anthropic")) == [replace(message, opaque={})]


@pytest.mark.parametrize(
    ("provider", "media"),
    [
        ("anthropic", Media("image", url="https://example.org/cat")),
        ("anthropic", Media("document", "application/pdf", url="https://example.org/a")),
        ("mistral", Media("document", "application/pdf", url="https://example.org/a")),
        ("groq", Media("image", "image/png", url="http://example.org/cat")),
        ("google", Media("image", "image/png", url="https://generativelanguage.googleapis.com/v1beta/files/abc")),
        ("google-cloud", Media("audio", "audio/mpeg", url="https://example.org/song")),
    ],
)
def test_a_url_that_the_provider_fetches_itself_is_handed_on(provider: str, media: Media) -> None:
    [request] = to_library([user(media)], provider)
    [part] = request.parts
    assert isinstance(part, library.UserPromptPart)
    [content] = part.content
    assert isinstance(content, library.FileUrl)
    assert (content.url, content.force_download) == (media.url, False)


@pytest.mark.parametrize(
    ("provider", "media"),
    [
        ("anthropic", Media("document", "text/plain", url="https://example.org/a.txt")),
        ("anthropic", Media("document", url="https://example.org/a.pdf")),
        ("anthropic", Media("audio", "audio/mpeg", url="https://example.org/song")),
        ("anthropic", Media("image", "image/png", url="file:///etc/passwd")),
        ("google", Media("image", "image/png", url="https://example.org/cat.png")),
        ("google-cloud", Media("image", "image/png", url="gs://bucket/of/the/user")),
        ("google-cloud", Media("image", url="https://example.org/cat")),
        ("bedrock", Media("image", "image/png", url="s3://bucket/of/the/user")),
        ("bedrock", Media("image", "image/png", url="https://example.org/cat.png")),
        ("cohere", Media("image", "image/png", url="https://example.org/cat.png")),
        ("some-provider-of-tomorrow", Media("image", "image/png", url="https://example.org/cat.png")),
    ],
)
def test_a_url_that_the_library_would_fetch_from_this_machine_is_refused(provider: str, media: Media) -> None:
    with pytest.raises(BadArgument, match="by URL") as raised:
        to_library([user("look", media)], provider)
    assert raised.value.details["url"] == media.url
    with pytest.raises(BadArgument, match="by URL"):
        to_library([Message("tool", (media,), tool_call_id="c", name="n")], provider)


def test_no_url_of_a_conversation_is_connected_to() -> None:
    async def work() -> None:
        reached = asyncio.Event()
        async with asked_of("anthropic", Answer(claude("a cat"))) as (model, server):
            decoy = await asyncio.start_server(lambda *_: reached.set(), "127.0.0.1", 0)
            async with decoy:
                url = f"http://127.0.0.1:{decoy.sockets[0].getsockname()[1]}/cat.png"
                await model.request(says(user("what is it?", Media("image", url=url)), settings=SHORT))
        [message] = server.asked[0].json["messages"]
        assert message["content"][1] == {"type": "image", "source": {"type": "url", "url": url}}
        assert not reached.is_set()

    run(work())


def test_signed_thoughts_calls_and_their_answers_reach_anthropic_as_it_wants_them() -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": "sig_1"}
    hidden = {"type": "redacted_thinking", "data": "enc_1"}
    calls = [
        {"type": "tool_use", "id": f"t{i}", "name": "weather", "input": {"city": it}}
        for i, it in enumerate(["Paris", "Rome"])
    ]
    first = claude(thought, hidden, "I look.", *calls, stop_reason="tool_use")

    async def work() -> None:
        async with asked_of("anthropic", Answer(first), Answer(claude("sunny"))) as (model, server):
            asked = [system("Be brief."), user("weather?", PNG)]
            answer = await model.request(ModelRequest(tuple(asked), settings=SHORT))
            said = from_value(json.loads(json.dumps(to_value(answer.message))))
            one, other = said.tool_calls
            answers = [tool_answer(one, "sun"), tool_answer(other, "no such city", is_error=True)]
            await model.request(ModelRequest((*asked, said, *answers), settings=SHORT))
        assert (answer.finish_reason, answer.message.reasoning, answer.message.text) == ("tool_calls", "hm", "I look.")
        sent = server.asked[1].json
        assert sent["system"] == "Be brief." or sent["system"][0]["text"] == "Be brief."
        asked_for, said_before, answered = sent["messages"]
        assert [it["type"] for it in asked_for["content"]] == ["text", "image"]
        assert said_before["content"][:2] == [thought, hidden]
        assert [it["id"] for it in said_before["content"][3:]] == ["t0", "t1"]
        assert [(it["tool_use_id"], it["is_error"]) for it in answered["content"]] == [("t0", False), ("t1", True)]

    run(work())


def test_signatures_of_gemini_come_back_where_they_stood() -> None:
    call = {"functionCall": {"name": "weather", "args": {"city": "Paris"}}, "thoughtSignature": "c2lnXzE="}
    first = gemini({"text": "hm", "thought": True}, call)

    async def work() -> None:
        async with asked_of("google", Answer(first), Answer(gemini("sunny"))) as (model, server):
            answer = await model.request(says("weather?"))
            said = from_value(json.loads(json.dumps(to_value(answer.message))))
            await model.request(says("weather?", said, tool_answer(said.tool_calls[0], "sun")))
        assert answer.finish_reason == "tool_calls"
        contents = server.asked[1].json["contents"]
        [said_before] = [it for it in contents if it["role"] == "model"]
        [called] = [it for it in said_before["parts"] if "functionCall" in it]
        assert called["thoughtSignature"] == "c2lnXzE="
        assert contents[-1]["parts"][0]["functionResponse"]["name"] == "weather"

    run(work())


def test_what_was_read_from_a_cache_is_counted_as_such() -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 0}

    async def work() -> None:
        async with asked_of("anthropic", Answer(claude("hi", usage=usage))) as (model, _):
            used = (await model.request(says("hi", settings=SHORT))).usage
        assert (used.input_tokens, used.output_tokens, used.cached_tokens) == (100, 5, 90)

    run(work())
