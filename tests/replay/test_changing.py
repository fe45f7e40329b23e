"""Answers are set, secrets are taken out, tapes are put together; and what cannot be is refused with its place."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import msgpack
import pytest

from llmspell.errors import TapeError
from llmspell.journal.entries import Entry, RunRecord
from llmspell.replay.changing import merged_tapes, with_result, without
from llmspell.replay.recording import Printed, Recording
from llmspell.replay.tape_file import parse_tape, tape_lines


def call(key: str, result: object, *args: object, error: dict[str, object] | None = None) -> Entry:
    packed = None if error else msgpack.packb(result)
    return Entry(
        "", key, "", "Tool", "execute", msgpack.packb([list(args), {}]), packed, error, 0.0, 0.0, False, kind="call"
    )


def recording(*entries: Entry, script: str = "a.lua", **more: object) -> Recording:
    about = RunRecord("", script, "lua", "", "medium", ("--key", "hunter2-hunter2"), 0.0)
    order = tuple(it.key for it in entries)
    return Recording(about, entries={it.key: it for it in entries}, order=order, stdin=b"", **more)  # type: ignore[arg-type]


RUN = recording(
    call("0:1", {"text": "hello", "rows": [1, {"n": 2}]}, "x"),
    call("0:2", "token hunter2-hunter2 and b", {"auth": b"hunter2-hunter2"}),
    call("0:3", None, error={"code": "bad", "message": "hunter2-hunter2 was refused"}),
    printed=Printed.of(b"said hunter2-hunter2\n", keep=100),
)


def test_an_answer_or_a_part_of_one_is_set() -> None:
    assert with_result(RUN, "0:1", "new").entries["0:1"].result == "new"
    assert with_result(RUN, "0:1.text", "new").entries["0:1"].result == {"text": "new", "rows": [1, {"n": 2}]}
    assert with_result(RUN, "0:1.rows.2.n", 5).entries["0:1"].result["rows"] == [1, {"n": 5}]
    assert with_result(RUN, "0:1.more", 5).entries["0:1"].result["more"] == 5
    mended = with_result(RUN, "0:3", 5).entries["0:3"]
    assert (mended.result, mended.error) == (5, None)
    assert RUN.entries["0:1"].result["text"] == "hello"


@pytest.mark.parametrize(
    ("place", "hint"),
    [
        ("0:4", "did you mean 0:"),
        ("9:9.text", ""),
        ("0:1.rows.3", "KEY.number"),
        ("0:1.txt.x", "text"),
        ("0:2.x", "KEY"),
    ],
)
def test_a_place_that_is_not_there_is_refused(place: str, hint: str) -> None:
    with pytest.raises(TapeError) as failed:
        with_result(RUN, place, 1)
    assert hint in failed.value.hint
    with pytest.raises(TapeError, match="stands for nothing"):
        with_result(RUN, "0:1", {"$bytes": 1})


def test_texts_go_from_everything_that_is_written() -> None:
    cleaned, n_found = without(RUN, [re.compile(re.escape("hunter2-hunter2"))])
    text = "\n".join(tape_lines(cleaned, "/"))
    assert "hunter2" not in text
    assert n_found == 5
    assert cleaned.entries["0:2"].args == [{"auth": b"[redacted]"}]
    assert parse_tape(text.encode(), "x").entries["0:2"].result == "token [redacted] and b"
    untouched, n_found = without(RUN, [re.compile("nowhere")])
    assert n_found == 0
    assert untouched.entries["0:1"].result == RUN.entries["0:1"].result
    assert without(RUN, [], ["0:1.rows"])[0].entries["0:1"].result["rows"] == "[redacted]"


def test_calls_of_several_tapes_come_together() -> None:
    a, b = recording(call("0:1", 1), call("0:2", 2)), recording(call("0:1", 1), call("0:3", 3))
    merged = merged_tapes([("a", a), ("b", b)])
    assert {key: it.result for key, it in merged.entries.items()} == {"0:1": 1, "0:2": 2, "0:3": 3}
    assert merged.order == ("0:1", "0:2", "0:3")


def test_tapes_that_contradict_each_other_are_refused_unless_the_last_counts() -> None:
    a, b = recording(call("0:1", 1)), recording(call("0:1", 2))
    with pytest.raises(TapeError, match="a and b say different things of 0:1"):
        merged_tapes([("a", a), ("b", b)])
    assert merged_tapes([("a", a), ("b", b)], prefer_last=True).entries["0:1"].result == 2
    with pytest.raises(TapeError, match=r"b is a tape of b\.lua"):
        merged_tapes([("a", a), ("b", recording(script="b.lua"))])


def test_everything_of_the_run_is_cleaned_and_nothing_of_the_tapes_own() -> None:
    form = "sk-ant-abcdefghijklmnopqrstuv"
    entry = replace(call("0:1", {"n": math.nan, "key": form}, "x"), target="Tool nan", method="script.hunter2")
    about = replace(RUN.about, options={"mode": "script", "path": "/x/script.lua"})
    given = replace(recording(entry), about=about, checkpoints=(("hunter2 half", "0:1"),))
    missed: list[str] = []
    found = [re.compile(it) for it in ("hunter2", "nan", "script", "0:1", "q*", "nowhere")]
    made, count = without(given, found, missed=missed)
    assert (made.start, list(made.entries), made.order) == (given.start, ["0:1"], ("0:1",))
    assert made.checkpoints == (("[redacted] half", "0:1"),)
    assert (made.entries["0:1"].target, made.entries["0:1"].method) == ("Tool [redacted]", "[redacted].[redacted]")
    assert math.isnan(made.entries["0:1"].result["n"])
    assert made.entries["0:1"].result["key"] == "sk-ant-[redacted]"
    assert missed == ["0:1", "nowhere"]  # q* matches one letter of the secret's
    assert count > 4
