from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadArgument
from llmspell.globals.run import RunGlobal


def test_a_run_knows_its_id_and_profile(script: Any) -> None:
    assert script.call("Run", "field", "id") == script.run.run_id
    assert script.call("Run", "field", "profile") == "test"
    with pytest.raises(BadArgument, match="did you mean usage"):
        script.call("Run", "field", "usag")


def test_usage_cost_and_budget_count_what_was_done(script: Any) -> None:
    script.call("Tool", "execute", "calculator", input="1")
    usage = script.call("Run", "usage")
    assert usage["calls"] == 2 and usage["input_tokens"] == 0 and usage["duration_ms"] >= 0
    assert script.call("Run", "cost") == 0
    budget = script.call("Run", "budget")
    assert budget["calls"]["limit"] == 1_000_000 and budget["calls"]["used"] == 4
    assert budget["calls"]["left"] == 1_000_000 - 4 and 0 < budget["wall_s"]["left"] <= 300


def test_a_checkpoint_is_a_note_of_the_journal(script: Any) -> None:
    script.call("Run", "checkpoint", "half way")
    assert script.notes("checkpoint") == ["half way"]


def test_the_journal_shows_what_was_done(script: Any) -> None:
    script.call("Tool", "execute", "calculator", input="1 + 1")
    with pytest.raises(BadArgument):
        script.call("Tool", "execute", "calculator", 1)
    rows = script.call("Run", "journal")
    assert [(it["target"], it["method"], it["key"]) for it in rows] == [
        ("tool", "calculator", "0:1/1"),  # in the order in which they ended: the tool inside the call first
        ("Tool", "execute", "0:1"),
    ]
    inner, outer = rows
    assert inner["parent"] == "0:1" and inner["result"]["text"] == "2"
    assert outer["error"] is None and outer["duration_ms"] >= 0 and outer["result"]["text"] == "2"


def test_without_a_journal_there_is_nothing_to_show(script: Any) -> None:
    assert script.call(RunGlobal(None), "journal") == []
