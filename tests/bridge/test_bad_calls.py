"""Bodies of calls that are none, and errors whose details have no form on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.bridge.bridge import MAX_TASK_PATH, Bridge
from llmspell.effects.run import Run
from llmspell.errors import ToolFailed
from llmspell.journal.memory import MemoryJournal
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor
from llmspell.wire.values import pack, unpack


class Nobody:
    async def invoke(self, number: int, args: list[Any], around: object = None) -> Any:
        raise AssertionError("nothing is invoked here")

    def release_callback(self, number: int) -> None: ...


@pytest.fixture
def bridge() -> Bridge:
    run = Run(resolve_profile("medium", {}), MemoryJournal(Redactor()), cwd="/")
    return Bridge({}, run, report=lambda where, error: None)


def packed(value: object) -> bytes:
    return pack(value, lambda _: None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (5, "a list of five"),
        (["0", "Tool", "execute", []], "a list of five"),
        ([0, "Tool", "execute", [], {}], "is not text"),
        (["0", None, "execute", [], {}], "is not text"),
        (["0" * (MAX_TASK_PATH + 1), "Tool", "execute", [], {}], "task's path of"),
        (["0", "Tool", "execute", {}, {}], "a list and a map"),
        (["0", "Tool", "execute", [], []], "a list and a map"),
    ],
)
def test_a_body_that_is_no_call_is_refused(bridge: Bridge, body: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        bridge.read(packed(body), Nobody())


def test_a_body_that_is_one_is_read(bridge: Bridge) -> None:
    call = bridge.read(packed(["0" * MAX_TASK_PATH, "Tool", "execute", [1], {"a": 2}]), Nobody())
    assert (call.target, call.method, call.args, call.kwargs) == ("Tool", "execute", [1], {"a": 2})


def test_an_error_keeps_its_details_where_they_can_cross(bridge: Bridge) -> None:
    kept = unpack(bridge._pack_error(ToolFailed("no", details={"x": [1]})))
    assert (kept["message"], kept["details"]) == ("no", {"x": [1]})
    for details in ({"x": {1, 2}}, {"x": "\ud800"}):
        lost = unpack(bridge._pack_error(ToolFailed("no", details=details)))
        assert (lost["message"], lost["code"]) == ("no", "tool_failed")
        assert "details" not in lost
