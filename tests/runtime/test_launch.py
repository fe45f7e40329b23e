"""ARGS, the streams' cleaning, and how a run's end is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ScriptSyntaxError, exit_code_of
from llmspell.runtime.launch import parse_args
from llmspell.runtime.outcome import Ending, read_error
from llmspell.runtime.streams import Relay, cleaned


@pytest.mark.parametrize(
    ("args", "positional", "named"),
    [
        ([], [], {}),
        (["a", "b"], ["a", "b"], {}),
        (["--since", "2026-01-01", "x"], ["x"], {"since": "2026-01-01"}),
        (["--since=2026-01-01", "x"], ["x"], {"since": "2026-01-01"}),
        (["--empty="], [], {"empty": ""}),
        (["--flag"], [], {"flag": "true"}),
        (["--flag", "--other", "v"], [], {"flag": "true", "other": "v"}),
        (["--dry-run"], [], {"dry-run": "true", "dry_run": "true"}),
        (["--a=1", "--", "--b", "c"], ["--b", "c"], {"a": "1"}),
        (["-n", "5"], ["-n", "5"], {}),
    ],
)
def test_arguments_are_positional_or_named(args: list[str], positional: list[str], named: dict[str, str]) -> None:
    parsed = parse_args(args)
    assert (parsed["list"], parsed["positional"], parsed["named"]) == (args, positional, named)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_no_argument_is_lost(args: list[str]) -> None:
    parsed = parse_args(args)
    assert parsed["list"] == args
    assert set(parsed["positional"]) <= set(args)  # type: ignore[call-overload]


def test_control_sequences_become_harmless_and_text_stays() -> None:
    assert cleaned(b"plain \xc3\xa9\ttab\r\n") == b"plain \xc3\xa9\ttab\r\n"
    assert cleaned(b"\x1b[31mred\x07\x7f") == "\ufffd[31mred\ufffd\ufffd".encode()
    assert cleaned("\u202eabc\u009b31m".encode()) == "\ufffdabc\ufffd31m".encode()
    assert cleaned(b"\xff\xfe") == "\ufffd\ufffd".encode()


@given(st.text(), st.integers(1, 7))
def test_text_is_cleaned_alike_however_it_is_cut(text: str, size: int) -> None:
    raw = text.encode("utf-8", "replace")
    relay = Relay(None, clean=True, limit=None)
    pieces = bytearray()
    for i in range(0, len(raw), size):
        pieces += relay.clean_next(raw[i : i + size])
    relay.discard()
    assert bytes(pieces) == cleaned(raw)


def test_an_error_map_with_anything_missing_is_an_error_all_the_same() -> None:
    assert str(read_error(None)) == "the script failed without a message"
    assert read_error({"code": 5, "message": ["x"], "details": 7}).code == "script_error"
    kept = read_error({"code": "mine", "message": "m", "hint": "h", "details": {"a": 1}, "traceback": "t"})
    assert (kept.code, kept.message, kept.hint, kept.details) == ("mine", "m", "h", {"a": 1})
    syntax = read_error({"code": "syntax_error", "message": "m", "details": {"incomplete": True}})
    assert isinstance(syntax, ScriptSyntaxError) and syntax.incomplete


@pytest.mark.parametrize(
    ("code", "exit_code", "outcome"),
    [
        ("permission_denied", 77, "denied"),
        ("wall_limit", 124, "timeout"),
        ("memory_limit", 137, "limit"),
        ("cancelled", 130, "cancelled"),
        ("tool_failed", 1, "error"),
        ("of_a_tool", 1, "error"),
    ],
)
def test_an_unhandled_errors_code_decides_exit_code_and_outcome(code: str, exit_code: int, outcome: str) -> None:
    assert exit_code_of(code) == exit_code
    assert Ending(exit_code, None, read_error({"code": code, "message": "m"})).outcome == outcome


def test_a_scripts_own_exit_code_is_no_error_of_ours() -> None:
    assert Ending(0).outcome == "ok" and Ending(3).outcome == "error" and Ending(3).error is None
