"""Files of scripted models: what is read, and what is said about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_conversations import ask

from llmspell.errors import ConfigError
from llmspell.models.protocol import Capabilities
from llmspell.models.scripted import ScriptedModel
from llmspell.models.scripted_file import MAX_BYTES, load_scripted, parse_scripted, read_script
from llmspell.models.scripted_turns import Call, Turn, When

WHOLE = """\
description = "Knows the weather"
schema = false
media = ["image"]
chunk_size = 4
model = "weather-1"
repeat = "last"

[[turns]]
when = "weather in *?"                # a person has just said it
tool = "get_weather"
arguments = { city = "{{1}}", days = 2 }

[[turns]]
when.after_tool = "get_weather"
when.system = ["forecaster", "meteorologist"]
text = '''
It is {{last_tool_result}}.
'''
chunk_size = 1

[[turns]]
text = "Ask me for the weather."

[default]
error = { status = 503 }
"""


def test_a_file_says_what_the_model_can_and_which_turns_it_has(tmp_path: Path) -> None:
    path = tmp_path / "weather.toml"
    path.write_text(WHOLE, "utf-8")
    script = load_scripted(path)
    assert script.source == str(path)
    assert script.description == "Knows the weather"
    assert script.capabilities == Capabilities(schema=False, media=("image",))
    assert script.repeat == "last"
    first, second, third = script.turns
    assert first == Turn(
        when=When(input=("weather in *?",)),
        times=None,
        calls=(Call("get_weather", {"city": "{{1}}", "days": 2}),),
        chunk_size=4,
        model="weather-1",
    )
    assert second.when == When(after_tool="get_weather", system=("forecaster", "meteorologist"))
    assert (second.text, second.chunk_size) == ("It is {{last_tool_result}}.\n", 1)
    assert (third.when, third.times) == (None, 1)
    assert script.default is not None
    assert script.default.times is None
    assert script.default.failure is not None
    assert script.default.failure.kind == "overloaded"


def test_plain_data_is_read_as_a_file_is() -> None:
    by_list = read_script(["a", {"text": "b"}], "x")
    assert by_list.turns == parse_scripted('[[turns]]\ntext = "a"\n[[turns]]\ntext = "b"', "x").turns
    assert read_script({"turns": ["a", "b"]}, "x") == by_list
    assert read_script({"default": "a"}, "x").default == Turn(text="a", times=None)


def test_numbers_and_empty_tables_of_lua_are_understood() -> None:
    turn = {"text": "a", "times": 2.0, "calls": {}, "citations": {}, "usage": {"input_tokens": 3.0}}
    assert read_script({"turns": [turn], "media": {}}, "x").turns[0].times == 2


MISTAKES = [
    # the file, and what is said: file, line, table, key, the nearest
    ("turn = 1", "w.toml:1: the script has an unknown key turn", "did you mean turns?"),
    ("[[turns]]\ntext = 'a'\n\n[[turns]]\ntxt = 'b'", "w.toml:5: turn 2 has an unknown key txt", "did you mean text?"),
    (
        "[[turns]]\ntext = 'a'\nqqqq = 1",
        "w.toml:3: turn 1 has an unknown key qqqq",
        "there are arguments, calls, chunk_delay",
    ),
    ("[[turns]]\ntext = 1", "w.toml:2: turn 1 has text = 1, which is not a text", ""),
    ("[[turns]]\n", "w.toml:1: turn 1 answers nothing", 'it needs text, data, chunks, tool, calls or error; text = ""'),
    ("[[turns]]\nwhen = 3\ntext = ''", "turn 1, when is 3, not a table", ""),
    (
        "[[turns]]\nwhen = {sytem = 'x'}\ntext = ''",
        "w.toml:2: turn 1, when has an unknown key sytem",
        "did you mean sys",
    ),
    ("[[turns]]\n[turns.when]\nafter_tool = 3", "w.toml:3: turn 1, when has after_tool = 3, which is neither", ""),
    ("[[turns]]\nwhen.after_tool = ''", 'w.toml:2: turn 1, when has after_tool = "", which is neither', ""),
    ("[[turns]]\nwhen.turn = 0", "w.toml:2: turn 1, when has turn = 0, which is not an integer from 1", ""),
    ("[[turns]]\nwhen.schema = 'yes'", 'w.toml:2: turn 1, when has schema = "yes", which is not true or false', ""),
    ("[[turns]]\nerror = 'rate_limit'", 'turn 1, error has kind = "rate_limit", which is none of', "mean rate_limited"),
    (
        "[[turns]]\nerror = {retry_after = 1}",
        "w.toml:2: turn 1, error has an unknown key retry_after",
        "retry_after_s",
    ),
    ("[[turns]]\nerror = true", "turn 1, error is true, not a table", ""),
    ("[[turns]]\ntext = 'a'\nchunks = ['b']", "w.toml:3: turn 1 has both text and chunks", ""),
    ("[[turns]]\ntext = 'a'\ndata = 1", "w.toml:3: turn 1 has both text and data", ""),
    ("[[turns]]\ntool = 'a'\ncalls = ['b']", "w.toml:3: turn 1 has both tool and calls", ""),
    ("[[turns]]\ncalls = [{arguments = {}}]", "turn 1, call 1 names no tool", 'tool = "…"'),
    ("[[turns]]\narguments = {a = 1}", "w.toml:1: turn 1 has arguments, and names no tool", 'tool = "…"'),
    ("[[turns]]\ntool = 1", "w.toml:2: turn 1 has tool = 1, which is not a text", ""),
    (
        "[[turns]]\n[[turns.calls]]\ntool = 'a'\n[[turns.calls]]\ntoool = 'b'",
        "turn 1, call 2 has an unknown key toool",
        "tool?",
    ),
    ("[[turns]]\ntool = 'a'\narguments = {}\nraw = '{'", "w.toml:4: turn 1 has both arguments and raw", ""),
    (
        "[[turns]]\ntool = 'a'\narguments = [1]",
        "w.toml:3: turn 1 has arguments = a list, which is not a table",
        "",
    ),
    ("[[turns]]\nchunks = ['a', 1]", "w.toml:2: turn 1 has chunks = a list, which is not a list of texts", ""),
    ("[[turns]]\ntext = '{{inptu}}'", "turn 1 asks for {{inptu}}, which there is not", "did you mean input"),
    ("[[turns]]\ndata = {a = ['{{zzzz}}']}", "turn 1 asks for {{zzzz}}", "there are input, said"),
    ("[[turns]]\nerror = {message = '{{0}}'}", "turn 1, error asks for {{0}}", "and 1 to 9"),
    ("[[turns]]\ntext = ''\nfinish_reason = 'end'", 'w.toml:3: turn 1 has finish_reason = "end"', ""),
    ("[[turns]]\ntext = ''\ndelay_ms = -1", "w.toml:3: turn 1 has delay_ms = -1, which is not a number from 0", ""),
    ("[[turns]]\ntext = ''\ndelay_ms = inf", "w.toml:3: turn 1 has delay_ms = inf, which is not a number from 0", ""),
    ("[[turns]]\ntext = ''\ndelay_ms = true", "w.toml:3: turn 1 has delay_ms = true", ""),
    ("[[turns]]\ntext = ''\nchunk_size = 0", "w.toml:3: turn 1 has chunk_size = 0, which is not an integer from 1", ""),
    ("[[turns]]\ntext = ''\ntimes = 1.5", "w.toml:3: turn 1 has times = 1.5, which is not an integer from 1", ""),
    ("[[turns]]\ntext = ''\nusage = {input = 1}", "w.toml:3: turn 1, usage has an unknown key input", "input_tokens"),
    ("[[turns]]\ntext = ''\n\n[turns.usages]\n", "w.toml:4: turn 1 has an unknown key usages", "did you mean usage"),
    ("[[turns]]\ntext = ''\nusage = 5", "turn 1, usage is 5, not a table", ""),
    (
        "[[turns]]\ntext = ''\ncitations = [{link = 'x'}]",
        "w.toml:3: turn 1 cites a table, which has neither url nor",
        "",
    ),
    ("[[turns]]\ntext = ''\nopaque = 'x'", 'w.toml:3: turn 1 has opaque = "x", which is not a table', ""),
    ("turns = 3", "w.toml:1: the script has turns = 3, which is not a list", ""),
    ("turns = [1]", "w.toml: turn 1 is 1, not a table", ""),
    ("", "w.toml: the script has no turns", "[[turns]] table"),
    ("[default]\ntext = 1", "w.toml:2: default has text = 1", ""),
    ("[default]\nwhen = 'x'\ntext = ''", "w.toml:2: default has an unknown key when", ""),
    (
        "media = ['video']\nturns = ['a']",
        'w.toml:1: the script has a kind of media that there is not: "video"',
        "image",
    ),
    ("media = 'image'\nturns = ['a']", 'w.toml:1: the script has media = "image", which is not a list', ""),
    (
        "repeat = 'every'\nturns = ['a']",
        'w.toml:1: the script has repeat = "every", which is none of none, last, all',
        "",
    ),
    ("repeat = 'all'\n[[turns]]\nwhen = 'a'\ntext = ''", 'w.toml:1: the script has repeat = "all", and no turn is', ""),
    ("turns = [", "w.toml:1: not TOML: ", ""),
    ("a = 1\na = 2", "w.toml:2: not TOML: cannot overwrite a value", ""),
]


@pytest.mark.parametrize(("text", "message", "hint"), MISTAKES)
def test_a_mistake_names_its_file_line_and_key_and_the_nearest_there_is(text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_scripted(text, "w.toml")
    assert message in raised.value.message
    assert hint in raised.value.hint


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml cannot be read: no such file"):
        load_scripted(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r":1: a scripted model is UTF-8 text, found the byte 0x"):
        load_scripted(tmp_path / "binary.toml")
    (tmp_path / "big.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        load_scripted(tmp_path / "big.toml")
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000, "utf-8")
    with pytest.raises(ConfigError, match=r"deep\.toml"):
        load_scripted(tmp_path / "deep.toml")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "bom.toml").write_text('\ufeff[[turns]]\ntext = "a"', "utf-8")
    assert ask(ScriptedModel(load_scripted(tmp_path / "bom.toml"), "bom"), "x").message.text == "a"


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(max_size=5), it, max_size=3),
    max_leaves=8,
)
TURN_KEYS = [
    "text",
    "data",
    "chunks",
    "tool",
    "arguments",
    "calls",
    "error",
    "when",
    "times",
    "usage",
    "citations",
    "delay_ms",
]
SCRIPT_KEYS = ["turns", "default", "repeat", "tools", "media", "chunk_size", "description"]
TURNS = st.lists(st.dictionaries(st.sampled_from(TURN_KEYS), PLAIN, max_size=4), max_size=3)


@given(PLAIN | TURNS | st.dictionaries(st.sampled_from(SCRIPT_KEYS), PLAIN | TURNS, max_size=4))
def test_whatever_is_given_is_a_script_or_a_mistake_that_is_explained(value: object) -> None:
    try:
        read_script(value, "x")  # type: ignore[arg-type]
    except ConfigError as problem:
        assert problem.message.startswith("x: ")
