"""A run that is recorded again changes only what is different on its tape."""

from __future__ import annotations

from dataclasses import replace

import msgpack

from llmspell.journal.entries import Entry, RunRecord
from llmspell.replay.recording import Printed, Recording
from llmspell.replay.settling import settled


def recording(*results: object, printed: bytes = b"x\n", clock: float = 1.0, text: str = "t") -> Recording:
    entries = {}
    for n, result in enumerate(results, 1):
        packed = msgpack.packb(result)
        entries[f"0:{n}"] = Entry(
            "", f"0:{n}", "", "Tool", "execute", b"\x92\x90\x80", packed, None, 0.0, 0.0, False, closed=n, kind="call"
        )
    about = RunRecord("", "a.lua", "lua", text, "medium", (), 0.0)
    return Recording(about, entries=entries, order=tuple(entries), stdin=b"", clock=[clock],
                     printed=Printed.of(printed, keep=99))  # fmt: skip


OLD = recording({"n": 1, "duration_ms": 5}, {"steps": [{"took_ms": 1.5}]})


def test_where_only_durations_and_clocks_differ_the_old_ones_stay() -> None:
    fresh = recording({"n": 1, "duration_ms": 7}, {"steps": [{"took_ms": 9}]}, clock=2.0)
    kept = settled(fresh, OLD)
    assert kept.entries == OLD.entries
    assert kept.clock == [1.0]


def test_what_differs_otherwise_is_new_and_the_rest_stays() -> None:
    fresh = recording({"n": 2, "duration_ms": 7}, {"steps": [{"took_ms": 9}]}, clock=2.0)
    kept = settled(fresh, OLD)
    assert kept.entries["0:1"] is fresh.entries["0:1"]
    assert kept.entries["0:2"] is OLD.entries["0:2"]
    assert kept.clock == [2.0]


def test_another_text_of_the_script_keeps_its_own_notes() -> None:
    fresh = recording({"n": 1, "duration_ms": 7}, {"steps": [{"took_ms": 9}]}, clock=2.0, text="u")
    kept = settled(fresh, OLD)
    assert kept.entries == OLD.entries
    assert (kept.clock, kept.about.content_hash) == ([2.0], "u")


def test_a_run_that_printed_something_else_may_have_printed_a_duration() -> None:
    fresh = recording({"n": 1, "duration_ms": 7}, {"steps": [{"took_ms": 9}]}, printed=b"7\n")
    assert settled(fresh, OLD) is fresh
    assert settled(fresh, replace(OLD, printed=None)) is fresh
