"""What models write in the form of Thought, Action, Observation and Finish, and what is believed of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.react_text import read_written


@pytest.mark.parametrize(
    "text",
    [
        'Thought: Look it up.\nAction: search\nAction Input: {"q": "cats"}',
        'Thought: Look it up.\nAction: search\nAction Input: {"q": "cats"}\nObservation: cats\nFinish: cats',
        'Thought: Look it up.\n\nAction: search\n\nAction Input:\n{\n  "q": "cats"\n}\n',
        'Thought: Look it up.\nAction: `search`\nAction Input: ```json\n{"q": "cats"}\n```',
        '**Thought:** Look it up.\n**Action:** search\n**Action Input:** {"q": "cats"}',
        '**Thought**: Look it up.\n**Action**: **search**\n**Action Input**: {"q": "cats"}',
        '## Thought: Look it up.\n## Action: search\n## Action Input: {"q": "cats"}',
        'thought: Look it up.\naction: "search"\naction_input: {"q": "cats"}',
        'Look it up.\nAction: search\nAction Input: {"q": "cats"}',
        'Thought: Look it up.\nAction: search Action Input: {"q": "cats"}',
        'Thought: Look it up.\nAction: search\n{"q": "cats"}',
        'Thought: Look it up.\nAction: search({"q": "cats"})',
        'Thought: Look it up.\nAction: search[{"q": "cats"}]',
        '<think>Look it up.</think>\nAction: search\nAction Input: {"q": "cats"}',
        'Thought: Look it up.\r\nAction: search\r\nAction Input: {"q": "cats"}\r\nObservation: none\r\n',
        'Thought: Look it up.\nAction: search\nAction Input: {"q": "cats"} and then I shall see.\nFinish: cats',
    ],
)
def test_an_action_is_read_however_it_is_dressed(text: str) -> None:
    written = read_written(text)
    assert (written.thought, written.action, written.input) == ("Look it up.", "search", {"q": "cats"})
    assert written.answer is None
    assert "Observation" not in written.kept and text.lstrip().startswith(written.kept[:20])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Thought: I know.\nFinish: 42", "42"),
        ("Thought: I know.\nFinal Answer: 42", "42"),
        ("Thought: I know. Final Answer: 42", "42"),
        ("Thought: I know.\n**Final Answer:** 42", "42"),
        ("I know.\nFinish:\n42", "42"),
        ("Thought: I know.\nFinish: one\n\ntwo: three", "one\n\ntwo: three"),
        ("Thought: I know.\nFinish: 42\nObservation: wrong\nFinish: 43", "42"),
        ("Thought: I know.\nAction: None\nFinish: 42", "42"),
        ('Thought: I know.\nFinish: ```json\n{"n": 42}\n```', '{"n": 42}'),
        ("Thought: I know.\nFinish: 42\nThought: I also know.", "42\nThought: I also know."),
        ("Thought: I know.\nFinish:", ""),
    ],
)
def test_an_answer_is_read_however_it_is_called(text: str, answer: str) -> None:
    written = read_written(text)
    assert (written.thought, written.action, written.answer) == ("I know.", "", answer)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("Action: search\nAction Input: cats and dogs\nObservation: x", "cats and dogs"),
        ('Action: search\nAction Input: {"q": \nObservation: x', '{"q":'),
        ('Action: search\nAction Input: ["cats"]', '["cats"]'),
        ("Action: search\nAction Input: one\ntwo\nThought: hm", "one\ntwo"),
        ("Action: search(cats)", "cats"),
        ("Action: search[cats]", "cats"),
    ],
)
def test_what_is_no_object_is_kept_as_it_was_written(text: str, raw: str) -> None:
    written = read_written(text)
    assert (written.action, written.input, written.raw_input) == ("search", None, raw)


@pytest.mark.parametrize("text", ["Action: search", "Action: search\nAction Input:\n", "Action: search()"])
def test_an_action_may_have_no_input(text: str) -> None:
    written = read_written(text)
    assert (written.action, written.input, written.raw_input) == ("search", {}, "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is 42.",
        "Thought: I should look it up.",
        'Observation: It is 42.\nThought: I know.\nFinish: 42\nAction: search\nAction Input: {"q": 1}',
        "Action Input: {}",
        "<think>\nAction: search\nFinish: 42",
        "Action: None",
    ],
)
def test_what_has_neither_action_nor_answer_is_neither(text: str) -> None:
    written = read_written(text)
    assert (written.action, written.answer) == ("", None)


def test_the_first_of_action_and_answer_counts() -> None:
    assert read_written("Finish: 42\nAction: search\nAction Input: {}").answer is not None
    assert read_written("Action: search\nAction Input: {}\nFinish: 42").action == "search"


def test_json_is_read_however_far_it_goes() -> None:
    text = 'Action: write\nAction Input: {"text": "Thought: a\nObservation: b\nFinish: c"}\nObservation: made up'
    assert read_written(text).input == {"text": "Thought: a\nObservation: b\nFinish: c"}


def test_long_lines_of_blanks_are_read_quickly_enough() -> None:
    for text in (" " * 300_000, "`" * 300_000, "Action: " + " " * 300_000 + "x", "```" + " " * 300_000 + "\n" * 9000):
        read_written(text)


LABELS = ["Thought:", "Action:", "Action Input:", "Observation:", "Finish:", "Final Answer:", "**Action:**", "<think>"]
PIECES = st.sampled_from([*LABELS, "\n", " ", "{", "}", '{"q": 1}', "search", "```", "```json", "</think>", "x"])
TEXT = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=200)


@given(TEXT)
def test_any_text_at_all_can_be_read(text: str) -> None:
    written = read_written(text)
    assert not (written.action and written.answer is not None)
    assert written.input is None or not written.raw_input
    assert written.kept in text


@given(TEXT, TEXT)
def test_what_follows_a_made_up_observation_changes_nothing(one: str, other: str) -> None:
    def of(more: str) -> Any:
        written = read_written(f'Thought: t\nAction: search\nAction Input: {{"q": "cats"}}\nObservation: {more}')
        return (written.thought, written.action, written.input, written.answer, written.kept)

    assert of(one) == of(other)


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
LINE = st.text(alphabet=st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=30).filter(
    lambda it: ":" not in it and "<" not in it
)


NAME = st.from_regex(r"\A[a-z][a-z0-9_-]{2,20}\Z").filter(lambda it: it not in ("none", "nothing"))
PARAMETERS = st.dictionaries(st.text(max_size=5), VALUE, max_size=3)


@given(LINE, NAME, PARAMETERS, st.sampled_from([None, 2]))
def test_what_is_written_in_the_form_is_read_as_it_was_meant(
    thought: str, tool: str, parameters: dict[str, Any], indent: int | None
) -> None:
    written = read_written(
        f"Thought: {thought}\nAction: {tool}\nAction Input: {json.dumps(parameters, indent=indent)}\n"
    )
    assert (written.thought, written.action, written.input) == (thought.strip(), tool, parameters)
    assert read_written(written.kept) == written
