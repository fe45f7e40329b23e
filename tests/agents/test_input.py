"""What a script asks an agent, in every spelling, and what is wrong with what it does not ask."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.input import read_input
from llmspell.agents.protocol import AgentInput
from llmspell.effects.context import RunContext, library_context
from llmspell.errors import BadArgument, PermissionDenied
from llmspell.models.messages import (
    Media,
    Message,
    Text,
    ToolCall,
    Value,
    assistant,
    system,
    to_value,
    tool_answer,
    user,
)
from llmspell.security.profile import resolve_profile

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
PDF = b"%PDF-1.7\n"
PICTURE = Media("image", "image/png", PNG)
CODED = base64.b64encode(PNG).decode()

Read = Callable[[Value], AgentInput]


@pytest.fixture
def ctx(tmp_path: Path) -> RunContext:
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.pdf").write_bytes(PDF)
    profile = resolve_profile("high", allow=["read:."], base=str(tmp_path))
    return library_context(profile=profile, cwd=str(tmp_path))


@pytest.fixture
def read(ctx: RunContext) -> Read:
    return lambda value: asyncio.run(read_input(ctx, value))


def refused(read: Read, value: Value) -> BadArgument:
    with pytest.raises(BadArgument) as caught:
        read(value)
    return caught.value


@pytest.mark.parametrize("name", ["text", "prompt", "input", "message"])
def test_a_text_alone_or_in_a_table_under_any_of_its_names(name: str, read: Read) -> None:
    expected = AgentInput((user("hello"),), {}, {})
    assert read("hello") == read({name: "hello"}) == expected
    assert expected.text == "hello"


def test_a_prompt_of_ten_megabytes_is_taken(read: Read) -> None:
    prompt = "é" * 5 * 1024 * 1024
    assert read(prompt).text == read({"prompt": prompt}).text == prompt


@pytest.mark.parametrize("value", ["", "  \n", {"text": ""}, {"prompt": "\t"}])
def test_a_text_that_says_nothing_is_refused(value: Value, read: Read) -> None:
    assert refused(read, value).message.endswith("is empty")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "the input is missing"),
        (3, "the input must be a text or a table, not an integer (3)"),
        (True, "the input must be a text or a table, not a boolean (true)"),
        (["hello"], "the input must be a text or a table, not a list of 1"),
        (b"\xff", "the input is not text in UTF-8"),
        ("\ud800", "the input is not text in UTF-8"),
        ({}, "there is nothing to answer: the input has nothing"),
        ({"temperature": 0}, "there is nothing to answer: the input has only temperature"),
        ({"messages": {}}, "there is nothing to answer: the input has nothing"),
        ({"text": 3}, "text must be text, not an integer (3)"),
        ({"text": b"\xff"}, "text is not text in UTF-8"),
        ({"text": ["a"]}, "text must be text, not a list of 1"),
        ({"text": "a", "prompt": "b"}, '"prompt" and "text" are the same field and both are given'),
        ({"text": "a", "context": "b"}, 'context must be a table of names and values, not a string ("b")'),
        ({"text": "a", "images": [3]}, "images[0] must be a table or a path, not an integer (3)"),
        ({"messages": 3}, "messages must be a list of messages, not an integer (3)"),
        ({"messages": ["a"]}, 'messages[0] must be a message, not a string ("a")'),
        ({"messages": [{"role": "user"}]}, "messages[0] has no content"),
        ({"messages": [{"role": "boss", "content": "a"}]}, 'messages[0].role is no role: a string ("boss")'),
        ({"messages": [{"role": [], "content": "a"}]}, "messages[0].role is no role: a list of 0"),
        ({"messages": [{"content": 3}]}, "messages[0].content must be text or a list of parts, not an integer (3)"),
        ({"messages": [{"content": [3]}]}, "messages[0].content[0] must be text or a table, not an integer (3)"),
        ({"messages": [{"content": "a", "text": "b"}]}, "messages[0] has content and text, which are the same"),
        ({"messages": [{"content": [{"type": "movie"}]}]},
         'messages[0].content[0].type is no kind of part: a string ("movie")'),
        ({"messages": [{"content": [{"type": []}]}]}, "messages[0].content[0].type is no kind of part: a list of 0"),
        ({"messages": [{"content": [{"type": "tool_use"}]}]}, "messages[0].content[0] is a tool_use"),
        ({"messages": [{"content": [{"type": "image_url", "image_url": 3}]}]},
         "messages[0].content[0] must show something, not an integer (3)"),
        ({"messages": [{"content": [{"type": "file", "file": {"file_id": "f"}}]}]},
         "messages[0].content[0] names a file that is kept by a provider"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages[0] does not say which call it answers"),
        ({"messages": [{"role": "assistant", "tool_calls": 3}]},
         "messages[0].tool_calls must be a list of calls, not an integer (3)"),
        ({"messages": [{"role": "assistant", "tool_calls": [3]}]},
         "messages[0].tool_calls[0] must be a call, not an integer (3)"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"name": "t"}]}]},
         "messages[0].tool_calls[0] has no id"),
        ({"messages": [{"role": "assistant", "content": "a"}]},
         "the last message is of the role assistant, there is nothing to answer"),
        ({"messages": [{"content": "a"}] * 10_001}, "messages has 10001 messages, 10000 at most"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_the_name_of_its_field(value: Value, message: str, read: Read) -> None:
    error = refused(read, value)
    assert error.message == message
    assert error.details["path"].startswith("$")


def test_names_that_are_nearly_right_are_suggested(read: Read) -> None:
    assert refused(read, {"promt": "a"}).hint == "did you mean prompt?"
    assert refused(read, {"messages": [{"contnet": "a"}]}).hint.startswith("did you mean content")
    assert "user" in refused(read, {"messages": [{"role": "usr", "content": "a"}]}).hint


def test_pictures_recordings_and_documents_stand_after_the_text(read: Read) -> None:
    shown = read({"text": "look", "images": ["a.png"], "files": {"path": "b.pdf"}}).messages
    assert shown == (
        user(
            "look",
            Media("image", "image/png", PNG, name="a.png"),
            Media("document", "application/pdf", PDF, name="b.pdf"),
        ),
    )


@pytest.mark.parametrize("name", ["images", "image", "files", "file", "documents", "document"])
def test_one_or_a_list_of_them_in_every_spelling(name: str, read: Read) -> None:
    picture = {"base64": CODED, "mime": "image/png"}
    expected = (user("look", PICTURE),)
    assert (
        read({"text": "look", name: picture}).messages == read({"text": "look", name: [picture]}).messages == expected
    )
    assert read({"text": "look", name: {}}).messages == (user("look"),)  # Lua's empty table


def test_what_is_shown_may_stand_without_a_text(read: Read) -> None:
    assert read({"images": [{"data": PNG}]}).messages == read({"text": "", "image": {"data": PNG}}).messages
    assert read({"images": [{"data": PNG}]}).messages == (user(PICTURE),)


def test_what_is_shown_beside_messages_belongs_to_the_last_one(read: Read) -> None:
    messages = [{"role": "assistant", "content": "yes?"}, {"role": "user", "content": "this"}]
    shown = {"images": {"data": PNG}}
    assert read({"messages": messages, **shown}).messages == (assistant("yes?"), user("this", PICTURE))
    assert read({"messages": messages[:1], **shown}).messages == (assistant("yes?"), user(PICTURE))
    assert read({"messages": messages, "text": "and this", **shown}).messages == (
        assistant("yes?"),
        user("this"),
        user("and this", PICTURE),
    )


def test_a_path_needs_the_permission_to_read_it(read: Read, tmp_path: Path) -> None:
    (tmp_path.parent / "other.png").write_bytes(PNG)
    with pytest.raises(PermissionDenied):
        read({"text": "look", "images": ["../other.png"]})
    assert read({"text": "look", "images": ["a.png"]})


def test_context_and_overrides_are_passed_on(read: Read) -> None:
    found = read({"text": "a", "context": {"user": "Ada"}, "temperature": 0, "max_steps": 3, "schema": None})
    assert found == AgentInput((user("a"),), {"temperature": 0, "max_steps": 3}, {"user": "Ada"})
    assert read({"text": "a", "context": []}).context == {}


def test_a_conversation_in_the_format_of_chat_completions(read: Read) -> None:
    found = read(
        {
            "messages": [
                {"role": "developer", "content": "be brief"},
                {"role": "user", "content": [{"type": "text", "text": "see "}, "this"]},
                {
                    "role": "assistant",
                    "content": None,
                    "refusal": None,
                    "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "t", "arguments": '{"a": 1}'}},
                        {"id": "c2", "type": "function", "function": {"name": "t", "arguments": "{no"}},
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "1"},
                {"role": "tool", "tool_call_id": "c2", "content": ""},
                {"role": "user", "content": "and?"},
            ]
        }
    )
    assert found.messages == (
        system("be brief"),
        user("see ", "this"),
        Message("assistant", (), (ToolCall("c1", "t", {"a": 1}, '{"a": 1}'), ToolCall("c2", "t", {}, "{no"))),
        Message("tool", (Text("1"),), tool_call_id="c1"),
        Message("tool", (), tool_call_id="c2"),
        user("and?"),
    )


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{CODED}", "detail": "low"}},
        {"type": "image_url", "image_url": f"data:image/png;base64,{CODED}"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{CODED}"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": CODED}},
        {"type": "image", "data": PNG},
        {"type": "image", "base64": CODED},
        {"type": "file", "file": {"file_data": CODED}},
        {"type": "file", "file": {"file_data": f"data:image/png;base64,{CODED}"}},
        {"kind": "image", "mime": "image/png", "base64": CODED},
        {"base64": CODED},
    ],
)
def test_content_parts_as_providers_spell_them(part: Value, read: Read) -> None:
    assert read({"messages": [{"content": [part]}]}).messages == (user(PICTURE),)
    assert read({"messages": [{"content": part}]}).messages == (user(PICTURE),)


def test_parts_that_are_named_heard_or_fetched(read: Read) -> None:
    wav = b"RIFF\0\0\0\0WAVEfmt "
    audio = {"type": "input_audio", "input_audio": {"data": base64.b64encode(wav).decode(), "format": "wav"}}
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}}
    fetched = {"type": "image", "source": {"type": "url", "url": "https://example.com/a"}}
    named = {"type": "input_file", "filename": "x.pdf", "file_data": base64.b64encode(PDF).decode()}
    assert read({"messages": [{"content": [audio, document, fetched, named]}]}).messages == (
        user(
            Media("audio", "audio/wav", wav),
            Media("document", "text/plain", b"words"),
            Media("image", "", url="https://example.com/a"),
            Media("document", "application/pdf", PDF, name="x.pdf"),
        ),
    )


def test_one_message_may_stand_alone(read: Read) -> None:
    message = {"role": "user", "content": "hello"}
    assert read({"message": message}) == read({"messages": message}) == read("hello")
    assert read({"message": message, "images": {"data": PNG}}).messages == (user("hello", PICTURE),)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
plain = st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner), max_leaves=4)
calls = st.builds(ToolCall, texts, texts, st.dictionaries(texts, plain, max_size=3))
media = st.sampled_from(
    [
        PICTURE,
        Media("document", "text/csv", b"a,b", name="t.csv"),
        Media("audio", "audio/mpeg", b"ID3x", name="voice"),
        Media("image", "image/png", url="https://example.com/a.png"),
    ]
)
messages = st.one_of(
    st.builds(lambda parts: user(*parts), st.lists(texts | media, min_size=1, max_size=3)),
    st.builds(system, texts),
    st.builds(lambda text, calls, thought: assistant(text, tuple(calls), thought), texts, st.lists(calls), texts),
    st.builds(lambda call, text, is_error: tool_answer(call, text, is_error=is_error), calls, texts, st.booleans()),
    st.builds(lambda opaque: Message("assistant", (Text("a"),), opaque=opaque), st.dictionaries(texts, plain)),
)


@given(st.lists(messages, max_size=4))
def test_what_an_agent_has_said_can_be_given_back(history: list[Message]) -> None:
    value = {"messages": [to_value(it) for it in history], "text": "go on"}
    assert asyncio.run(read_input(library_context(), value)).messages == (*history, user("go on"))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["role", "content", "type", "text", "url", "base64", "data", "image_url", "file", "tool_calls",
                         "function", "name", "id", "arguments", "source", "messages", "message", "images", "x"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.fixed_dictionaries({"messages": st.lists(anything, max_size=3)}) | anything)
def test_whatever_a_script_gives_is_an_input_or_our_error(ctx_value: Value) -> None:
    profile = resolve_profile("high")
    try:
        found = asyncio.run(read_input(library_context(profile=profile), ctx_value))
    except (BadArgument, PermissionDenied):
        return
    assert found.messages[-1].role == "user"
