"""Replay: whose records a script may read, what comes with them, and what bounds them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgpack
import pytest

from llmspell.effects.context import library_context, task_context
from llmspell.effects.flows import PRIVATE, UNTRUSTED
from llmspell.errors import BadArgument, PermissionDenied, RunNotFound
from llmspell.globals import replay as module
from llmspell.globals.replay import ReplayComparator, ReplayGlobal
from llmspell.globals.replay_records import Records
from llmspell.journal.entries import Draft
from llmspell.replay import comparing
from llmspell.replay.mismatch import difference

HERE = {"path": "/here/x.lua"}


def begin(script: Any, content_hash: str = "abc", options: dict[str, Any] | None = None) -> None:
    """The script is in a file."""
    script.journal.begin(script.run.record(script="x.lua", language="lua", content_hash=content_hash, options=options))


def earlier(
    script: Any, run_id: str, results: list[Any], *, content_hash: str = "abc", path: str = "/here/x.lua"
) -> str:
    """A run that is over: a call for each of these results."""
    about = replace(script.run.about, run_id=run_id, content_hash=content_hash, options={"path": path})
    script.journal.begin(about)
    for number, it in enumerate(results, 1):
        body = b"\x95" + b"".join(msgpack.packb(part) for part in ("0", "Tool", "execute", [number], {}))
        draft = Draft(run_id, f"0:{number}", "", "Tool", "execute", body, False, 1.0, opened=number, kind="call")
        draft.result, draft.ended_at, draft.closed = msgpack.packb(it), 2.0, number
        asyncio.run(script.journal.record(draft))
    return run_id


@pytest.fixture
def ours(script: Any) -> Any:
    begin(script, options=HERE)
    return script


A, B = "20260101-000000-0000000a", "20260101-000000-0000000b"


def test_earlier_runs_of_the_same_text_at_the_same_path_are_ours(ours: Any) -> None:
    earlier(ours, A, [{"text": "one"}, 2])
    shown = ours.call("Replay", "run", A)
    assert [(it["key"], it["args"], it["result"]) for it in shown["calls"]] == [
        ("0:1", [1], {"text": "one"}),
        ("0:2", [2], 2),
    ]
    assert ours.call("Replay", "run", "last")["run_id"] == A


@pytest.mark.parametrize("other", [{"content_hash": "def"}, {"path": "/there/x.lua"}, {"path": ""}])
def test_runs_of_other_scripts_are_not(ours: Any, other: dict[str, str]) -> None:
    earlier(ours, A, ["theirs"], **other)
    with pytest.raises(PermissionDenied):
        ours.call("Replay", "run", A)
    with pytest.raises(PermissionDenied):
        ours.call("Replay", "run", ours.run.run_id, {"mode": "compare", "compare_with": A})
    with pytest.raises(RunNotFound, match="no earlier run of this script"):
        ours.call("Replay", "run", "last")
    assert ours.run.flows.labels == ()


def test_a_script_in_no_file_has_no_other_runs(script: Any) -> None:
    begin(script, options={})
    earlier(script, A, ["x"], path="")
    with pytest.raises(PermissionDenied):
        script.call("Replay", "run", A)


def test_who_may_read_the_journals_file_may_read_all_runs(make_script: Any, tmp_path: Any) -> None:
    file = str(tmp_path / "kept" / "journal.db")
    for allow in ((f"read:{file}",), ()):
        script = make_script(*allow, deny=() if allow else (f"read:{file}",))
        begin(script, options=HERE)
        earlier(script, A, ["theirs"], content_hash="def")
        replay = ReplayGlobal(Records(script.journal, file))
        if allow:
            assert script.call(replay, "run", A)["calls"][0]["result"] == "theirs"
            assert PRIVATE in script.run.flows.labels
        else:
            with pytest.raises(PermissionDenied, match="journal.db"):
                script.call(replay, "run", A)


def test_the_beginning_of_an_id_tells_nothing(ours: Any) -> None:
    earlier(ours, A, ["x"])
    earlier(ours, B, ["x"])
    for name in ("", "2", A[:-1], A[:20], "last ", "x" * 10_000):
        with pytest.raises(RunNotFound) as failed:
            ours.call("Replay", "run", name)
        assert B not in str(failed.value) + failed.value.hint


def test_a_record_has_the_labels_of_its_run(ours: Any) -> None:
    earlier(ours, A, ["x"])
    earlier(ours, B, ["x"])
    ours.journal.note(B, "label", "0:1", {"label": UNTRUSTED, "source": "net:a.example:443"})
    ours.call("Replay", "run", ours.run.run_id)
    assert ours.run.flows.labels == ()
    ours.call("Replay", "run", A)
    assert ours.run.flows.labels == (PRIVATE,)
    ours.call("Replay", "run", B)
    assert ours.run.flows.labels == (PRIVATE, UNTRUSTED)


def test_without_a_journal_there_is_no_run() -> None:
    ctx = library_context()
    with pytest.raises(RunNotFound):
        asyncio.run(ReplayGlobal(Records(None)).run(task_context(ctx.run), ctx.run_id))


def test_an_answer_is_bounded_and_goes_on_where_it_ended(ours: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier(ours, A, ["x" * 400] * 10)
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 2000)
    first = ours.call("Replay", "run", A)
    assert 1 <= len(first["calls"]) < 10 and first["more"]
    rest = ours.call("Replay", "run", A, {"offset": len(first["calls"])})
    assert rest["calls"][0]["key"] == f"0:{len(first['calls']) + 1}"
    assert ours.call("Replay", "run", A, {"offset": 99})["calls"] == []


def test_modifications_change_the_copy_place_by_place(ours: Any) -> None:
    earlier(ours, A, [{"rows": [1, 2]}, "b"])

    def modified(*changes: tuple[Any, ...]) -> list[dict[str, Any]]:
        made = [ours.call("Replay", "create_modification", *it) for it in changes]
        calls: list[dict[str, Any]] = ours.call("Replay", "run", A, {"mode": "modified", "modifications": made})[
            "calls"
        ]
        return calls

    assert modified(("result", "0:1.rows.2", 5))[0]["result"] == {"rows": [1, 5]}
    assert modified(("result", "0:1.new", 5))[0]["result"] == {"rows": [1, 2], "new": 5}
    assert modified(("args", "0:2.1", "y"))[1]["args"] == ["y"]
    assert [it["error"]["message"] for it in modified(("error", "Tool.execute", "gone"))] == ["gone", "gone"]
    assert modified(("error", "0:1", "gone"), ("result", "0:1", 1))[0]["error"] is None
    for target, message in (("0:1.rows.3", "no 0:1.rows.3"), ("0:2.x", "no 0:2.x"), ("0:7", "no call 0:7")):
        with pytest.raises(BadArgument, match=message):
            modified(("result", target, 1))
    with pytest.raises(BadArgument, match="a whole call"):
        modified(("error", "0:1.rows", "x"))
    assert ours.call("Replay", "run", A)["calls"][0]["result"] == {"rows": [1, 2]}


def test_what_is_asked_for_is_bounded(ours: Any) -> None:
    change = {"kind": "result", "target": "0:1", "value": 1}
    for config in ({"modifications": [change] * 101}, {"limit": -1}, {"offset": True}, {"ignore": [1]}, {"mode": 3}, 7):
        with pytest.raises(BadArgument):
            ours.call("Replay", "run", A, config)
    with pytest.raises(BadArgument, match="262144 bytes") as failed:
        ours.call("Replay", "create_modification", "result", "0:1", "x" * 300_000)
    assert failed.value.code == "value_too_large"
    assert ours.call("Replay", "create_config", "exact", {"limit": 10**9})["limit"] == 1000


def test_two_runs_are_compared_call_by_call_within_bounds(ours: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier(ours, A, [{"text": "one", "duration_ms": 1}, "x" * 300_000, 3])
    earlier(ours, B, [{"text": "one", "duration_ms": 2}, "y" * 300_000])
    by = ours.call("Replay", "create_comparator")
    found = ours.call(by, "compare_runs", A, B)
    assert (found["same"], found["compared"], found["only_first"], found["more"]) == (False, 2, ["0:3"], False)
    assert [(it["key"], it["part"]) for it in found["differences"]] == [("0:2", "result")]
    assert found["differences"][0]["lines"] == ["they differ, and are too large to say where"]
    exactly = ours.call("Replay", "create_comparator", {"ignore": []})
    assert len(ours.call(exactly, "compareRuns", A, B)["differences"]) == 2
    monkeypatch.setattr(comparing, "MAX_ALL_CHARS", 1)
    cut = ours.call(by, "compare_runs", A, A)
    assert (cut["same"], cut["more"]) == (False, True)  # what was not looked at is not the same


def test_values_are_compared_when_they_are_plain_and_small(ours: Any) -> None:
    by = ReplayComparator(Records(None), ())
    assert ours.call(by, "compare", [1, {"a": "x"}], [1, {"a": "y"}]) == ['[2].a: recorded "x", now "y"']
    with pytest.raises(BadArgument, match="plain data"):
        ours.call(by, "compare", [lambda: 1], [])
    with pytest.raises(BadArgument, match="at most 262144"):
        ours.call(by, "compare", "x" * 300_000, "")


def test_texts_of_many_lines_are_not_compared_as_diff_does() -> None:
    """Whose time a script could make grow with the square of their number, and beyond."""
    before = "a\n" * 1000
    assert difference(before, before + "b") == ['it, from line 1001 on: recorded "", now "b"']
    assert difference(before + "c", before + "b") == ['it, from line 1001 on: recorded "c", now "b"']
    assert difference("a\nb", "a\nc")[0] == "it:"
