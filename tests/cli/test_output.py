import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.cli import output
from llmspell.errors import InternalError, LLMSpellError, ScriptError, StreamError
from llmspell.runtime.script import from_source


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(output.STYLE, "quiet", False)
    monkeypatch.setattr(output.STYLE, "verbose", False)


def test_an_error_is_a_message_and_a_hint() -> None:
    text = output.render_error(LLMSpellError("there is no x", hint="try y"))
    assert text == "llmspell: error: there is no x\n  hint: try y"


def test_a_script_error_shows_the_line_it_speaks_of_and_the_frames() -> None:
    script = from_source(b"local a\nlocal b = a.x\n", "a.lua", path="a.lua")
    message = "a.lua:2: attempt to index a nil value"
    text = output.render_error(ScriptError(message, traceback="a.lua:2: in main chunk\na.lua:9: in f"), script)
    assert "    2 | local b = a.x" in text
    assert "  a.lua:2: in main chunk\n  a.lua:9: in f" in text
    with_source = output.render_error(ScriptError(message, traceback="  a.lua:2: in f\n    local b = a.x"), script)
    assert with_source.count("local b = a.x") == 1


def test_a_line_number_that_is_not_there_shows_nothing() -> None:
    script = from_source(b"print(1)", "a.lua", path="a.lua")
    for message in ("a.lua:99: x", "a.lua:x: y", "a.lua:", "a.lua:0: x", "nothing"):
        assert " | " not in output.render_error(ScriptError(message), script)


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert output.clean("a\x1b[31mb\x07\r\x9b\u202e") == "a\\x1b[31mb\\x07\\x0d\\x9b\\u202e"
    assert output.clean("zeile eins\n\tä→") == "zeile eins\n\tä→"


@given(st.text())
def test_no_rendered_error_holds_a_control_character(text: str) -> None:
    rendered = output.render_error(ScriptError(text, hint=text, traceback=text))
    assert all(it in "\n\t" or (ord(it) >= 0x20 and not 0x7F <= ord(it) < 0xA0) for it in rendered)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "0", "TERM": "xterm"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm"}, False),
        ({}, False),
    ],
)
def test_colour_needs_a_terminal_or_force(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    reader, writer = os.pipe()
    try:
        assert output.wants_colour(writer) is expected
    finally:
        os.close(reader)
        os.close(writer)


def test_a_terminal_is_drawn_in_colour_and_a_closed_stream_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    controller, terminal = os.openpty()
    try:
        assert output.wants_colour(terminal)
    finally:
        os.close(controller)
        os.close(terminal)
    assert not output.wants_colour(terminal)


def test_a_gone_reader_and_a_full_disk_are_told_apart() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with pytest.raises(output.OutputClosed):
            output.write(writer, b"x")
    finally:
        os.close(writer)
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(StreamError, match="no space left"):
            output.write(full, b"x")
    finally:
        os.close(full)


def test_results_end_in_one_newline_and_bytes_that_are_no_text_pass_through(capfd: pytest.CaptureFixture[str]) -> None:
    output.result("a")
    output.result("b\n")
    output.result("")
    output.result("c\udc80")  # surrogateescape: a byte of a file name, say
    assert capfd.readouterr().out.encode("utf-8", "surrogateescape").startswith(b"a\nb\nc")


def test_notes_follow_quiet_and_verbose(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    output.note("n1")
    output.warn("w1")
    output.detail("d1")
    monkeypatch.setattr(output.STYLE, "verbose", True)
    output.detail("d2")
    monkeypatch.setattr(output.STYLE, "quiet", True)
    output.note("n2")
    output.warn("w2")
    output.error(LLMSpellError("always"))
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.split("\n") == ["n1", "llmspell: warning: w1", "d2", "llmspell: error: always", ""]


def test_our_own_bug_is_one_line_until_more_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        raise KeyError("lost")
    except KeyError as cause:
        failure = output.as_internal(cause)
    assert isinstance(failure, InternalError)
    assert "Traceback" not in output.render_error(failure)
    assert "KeyError" in output.render_error(failure)
    monkeypatch.setattr(output.STYLE, "verbose", True)
    assert "Traceback" in output.render_error(failure)
