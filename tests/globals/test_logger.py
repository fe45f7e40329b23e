from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadArgument


@pytest.mark.parametrize("level", ["info", "warn", "error"])
def test_a_message_goes_to_the_sink_and_to_the_journal(script: Any, level: str) -> None:
    script.call("Logger", level, "hello", {"n": 1})
    assert script.log.lines == [(level, "hello", {"n": 1})]
    assert script.notes("log") == [{"level": level, "message": "hello", "fields": {"n": 1}}]


def test_keywords_are_fields_and_other_values_are_shown_as_text(script: Any) -> None:
    script.call("Logger", "info", {"a": [1]}, n=1)
    script.call("Logger", "warning", True)
    assert [it[1:] for it in script.log.lines] == [('{\n  "a": [\n    1\n  ]\n}', {"n": 1}), ("true", {})]


def test_what_is_below_the_level_is_dropped_and_what_is_not_is_shown(script: Any) -> None:
    script.call("Logger", "debug", "quiet")
    script.call("Logger", "set_level", "trace")
    script.call("Logger", "trace", "loud")
    script.call("Logger", "debug", "loud")
    script.call("Logger", "setLevel", "OFF")
    script.call("Logger", "error", "quiet")
    assert [it[1] for it in script.log.lines] == ["loud", "loud"]
    assert len(script.notes("log")) == 2


def test_the_level_can_be_asked_for(script: Any) -> None:
    assert script.call("Logger", "get_level") == "info"
    assert script.call("Logger", "is_enabled", "warning") is True
    assert script.call("Logger", "isEnabled", "debug") is False


def test_a_logger_with_fields_adds_them_to_each_message(script: Any) -> None:
    outer = script.call("Logger", "with", {"run": 1})
    inner = script.call(outer, "bind", part=2)
    script.call(inner, "info", "x", {"part": 3, "n": 4})
    script.call(outer, "error", "y")
    assert script.log.lines == [("info", "x", {"run": 1, "part": 3, "n": 4}), ("error", "y", {"run": 1})]
    script.call("Logger", "set_level", "error")
    script.call(inner, "info", "quiet")
    assert len(script.log.lines) == 2


def test_a_level_by_name(script: Any) -> None:
    script.call("Logger", "log", "warning", "careful", n=1)
    assert script.log.lines == [("warn", "careful", {"n": 1})]
    with pytest.raises(BadArgument, match="did you mean debug"):
        script.call("Logger", "log", "debgu", "x")
    with pytest.raises(BadArgument, match="one of trace"):
        script.call("Logger", "set_level", "zzz")


def test_messages_are_notes_and_no_entries(script: Any) -> None:
    script.call("Logger", "info", "x")
    assert list(script.journal.entries(script.run.run_id)) == []
