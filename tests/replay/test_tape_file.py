"""A tape is read as it was written, whatever is on it, and says by line what is wrong with it."""

from __future__ import annotations

import math
from pathlib import Path

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import TapeError
from llmspell.journal.entries import Entry, RunOutcome, RunRecord, Usage
from llmspell.replay.recording import Printed, Recording
from llmspell.replay.tape_file import parse_tape, read_tape, write_tape
from llmspell.replay.tape_text import Lines, read_value, write_value
from llmspell.replay.tape_values import packed, packed_plain, spelled
from llmspell.replay.tape_writing import tape_lines

TEXTS = st.text(max_size=40) | st.sampled_from(
    ["a\nb", "\n", "a \nb", "\ta\n\n|b\n", "| x\n", "a\r\nb", "$x", '"', "ü\nß"]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5), max_leaves=20
)
WIRE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats()
    | TEXTS
    | st.binary(max_size=20)
    | st.builds(lambda n: msgpack.ExtType(1, n.to_bytes(4, "big")), st.integers(0, 1 << 31))
    | st.builds(lambda n: msgpack.ExtType(2, n.to_bytes(4, "big")), st.integers(0, 1 << 31))
    | st.builds(
        lambda n, f: msgpack.ExtType(2, n.to_bytes(4, "big") + msgpack.packb(["Agent", f])),
        st.integers(0, 1 << 31),
        st.dictionaries(TEXTS, PLAIN.filter(lambda it: not isinstance(it, int) or abs(it) < 1 << 60), max_size=2),
    )
    | st.builds(lambda n: msgpack.ExtType(3, str(n).encode()), st.integers(1 << 64, 1 << 300)),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS | st.just("$function"), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=50)
@given(JSON)
def test_a_value_is_read_as_it_was_written(value: object) -> None:
    lines = list(write_value("name", value, ""))
    text = Lines("\n".join([*lines, "next: 1"]).split("\n"))
    head = text.take()
    assert repr(read_value(head.removeprefix("name:"), text)) == repr(value)
    assert text.take() == "next: 1"


@settings(max_examples=50)
@given(WIRE)
def test_a_packed_value_survives_being_spelled(value: object) -> None:
    body = msgpack.packb(value)
    again = packed(spelled(body))
    assert again == body or repr(msgpack.unpackb(again)) == repr(msgpack.unpackb(body))


def test_what_json_lacks_is_kept() -> None:
    huge = msgpack.packb(msgpack.ExtType(3, b"-" + b"7" * 9000))
    for body in (msgpack.packb({1: "a", b"x": None}), huge, msgpack.packb(-0.0), packed_plain(1 << 70)):
        assert packed(spelled(body)) == body
    assert math.isnan(msgpack.unpackb(packed(spelled(msgpack.packb(math.nan)))))
    raw = b"\xa4caf\xe9"  # text that is not UTF-8, as file names may be
    assert packed(spelled(raw)) == raw


def entry(key: str, *, kind: str = "call", args: object = None, result: object = None, **more: object) -> Entry:
    given = [args if args is not None else [], {}] if kind == "call" else args if args is not None else []
    values: dict[str, object] = {
        "run_id": "",
        "key": key,
        "parent": "",
        "target": "Tool",
        "method": "execute",
        "args_packed": msgpack.packb(given),
        "result_packed": msgpack.packb(result),
        "error": None,
        "started_at": 0.0,
        "ended_at": 0.0,
        "idempotent": False,
        "kind": kind,
    }
    return Entry(**{**values, **more})  # type: ignore[arg-type]


def a_recording(*entries: Entry, order: tuple[str, ...] = (), **more: object) -> Recording:
    options = {"mode": "script", "path": "/work/report.lua"}
    about = RunRecord("", "report.lua", "lua", "ab12", "medium", ("--since", "2026"), 0.0, 7, "lua54", options=options)
    found = {it.key: it for it in entries}
    return Recording(about, entries=found, order=order or tuple(it.key for it in entries), stdin=b"", **more)  # type: ignore[arg-type]


def text_of(recording: Recording) -> str:
    return "\n".join(tape_lines(recording, "/work/tapes")) + "\n"


EVERYTHING = a_recording(
    entry("0:1", args=["x", {"b": 1, "a": [math.inf, b"\xff"]}], result={"z": "one\ntwo\n", "a": 1.0}),
    entry("0:2", target="Agent", method="ask", handle=3, result=None, usage=Usage(3, 4, 0), cost_usd=0.25),
    entry("cb1.0", kind="invocation", target="script", method="function 1", parent="0:2", args=[1], result=9),
    entry("cb1.0:1", result=5),
    entry("0:2/my step/1", kind="effect", target="model", method="openai/gpt", parent="0:2", args={"q": 1}),
    entry("0:3", result_packed=None, error={"code": "not_found", "message": "no such\nthing", "details": {"n": 1}}),
    entry("0:4", result_packed=None, error={"code": "cancelled", "message": "…"}, local=True, idempotent=True),
    order=("0:1", "cb1.0", "cb1.0:1", "0:2", "0:3"),
    outcome=RunOutcome("ok", 0, 0.0),
    turns=[[4, "frame"], [9, "timer", "0.1"]],
    clock=[1.5, 2],
    checkpoints=(("here", "0:3"),),
    printed=Printed.of(b"hello\nworld\n\xff", keep=100),
)


def test_a_tape_holds_all_of_a_run_and_its_text_is_the_same_again() -> None:
    text = text_of(EVERYTHING)
    again = parse_tape(text.encode(), "/work/tapes/report.tape")
    assert text_of(again) == text
    assert again.order == EVERYTHING.order
    assert again.outcome == RunOutcome("ok", 0, 0.0)
    assert again.printed is not None and again.printed.is_as(b"hello\nworld\n\xff")
    assert again.about.options["path"] == "/work/report.lua"
    for key, it in EVERYTHING.entries.items():
        read = again.entries[key]
        assert (read.kind, read.target, read.method, read.parent, read.handle, read.local) == (
            it.kind, it.target, it.method, it.parent, it.handle, it.local
        ), key  # fmt: skip
        assert repr((read.args, read.result, read.error)) == repr((it.args, it.result, it.error)), key
        assert (read.usage, read.cost_usd) == (it.usage, it.cost_usd)
    assert list(again.entries["0:1"].result) == ["z", "a"]  # in their order: a script sees it


def test_a_replay_reads_the_calls_alone() -> None:
    calls = parse_tape(text_of(EVERYTHING).encode(), "x", calls_only=True)
    assert set(calls.entries) == {key for key, it in EVERYTHING.entries.items() if it.kind != "effect"}
    assert calls.order == EVERYTHING.order


def test_the_order_is_written_only_where_it_is_not_the_usual_one() -> None:
    entries = [entry("0:1"), entry("0:2"), entry("0.0:1")]
    assert "order:" not in text_of(a_recording(*entries))
    mixed = a_recording(*entries, order=("0.0:1", "0:1", "0:2"))
    assert 'order: ["0.0:1", "0:1", "0:2"]' in text_of(mixed)
    assert parse_tape(text_of(mixed).encode(), "x").order == ("0.0:1", "0:1", "0:2")


@settings(max_examples=25)
@given(st.lists(st.tuples(WIRE, WIRE), max_size=4), st.binary(max_size=30))
def test_any_calls_survive(values: list[tuple[object, object]], stdin: bytes) -> None:
    entries = [entry(f"0:{n}", args=[a], result=b) for n, (a, b) in enumerate(values, 1)]
    about = a_recording(*entries)
    text = text_of(Recording(about.about, entries=about.entries, order=about.order, stdin=stdin))
    again = parse_tape(text.encode(), "/work/tapes/x")
    assert text_of(again) == text
    assert again.stdin == stdin


def test_a_person_may_change_an_answer_in_an_editor() -> None:
    text = (
        text_of(EVERYTHING).replace("      | two\n", "      | two\n      | and a half\n").replace('"a": 1.0', '"a": 2,')
    )
    changed = parse_tape(text.encode(), "x").entries["0:1"]
    assert changed.result == {"z": "one\ntwo\nand a half\n", "a": 2}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: this is no tape"),
        ("llmspell tape 99\n", "a tape of version 99, this llmspell reads version 1"),
        ("llmspell tape 1\nscipt: 1\n", ":2: 'scipt: 1' says nothing of the run that there is; did you mean script?"),
        ("llmspell tape 1\nseed: {\n", ":2: a { that is never closed"),
        ("llmspell tape 1\n\ncall 0:1 A.b\n  args: [1\n", ":4: [1 is not JSON (expecting ',' delimiter"),
        ("llmspell tape 1\ncall 0:1\n  result: 1\n  result: 2\n", ":4: a second result of a call"),
        ("llmspell tape 1\ncall 0:1 A.b\ncall 0:1 A.b\n", ":3: a second entry with the key 0:1"),
        ("llmspell tape 1\ncall 0:1 A.b\n  result: {\"$bytes\": 7}\n", ':2: the call that begins here: {"$bytes": …}'),
        ("llmspell tape 1\ncall 0:1 A.b often\n", "begins as `call KEY TARGET.METHOD`"),
        ("llmspell tape 1\nseed: []\n", ":2: seed is a whole number"),
        ("llmspell tape 1\nargs:\nseed: 1\n", ":2: a value is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(TapeError) as failed:
        parse_tape(text.encode(), "t.tape")
    assert said in str(failed.value.message)
    assert failed.value.hint
    assert failed.value.exit_code == 65


def test_a_tape_is_its_owners_and_replaces_what_was_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "tapes" / "a.tape"
    path.parent.mkdir()
    write_tape(EVERYTHING, str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_text()
    write_tape(EVERYTHING, str(path))
    assert path.read_text() == before
    assert [it.name for it in path.parent.iterdir()] == ["a.tape"]
    assert read_tape(str(path)).order == EVERYTHING.order
    with pytest.raises(TapeError, match="cannot be read"):
        read_tape(str(tmp_path / "none.tape"))
    (tmp_path / "file").write_text("")
    with pytest.raises(TapeError, match="cannot be written"):
        write_tape(EVERYTHING, str(tmp_path / "file" / "b.tape"))


PLAYABLE = """llmspell tape 1

script: "t.lua"
language: "lua"
engine: "lua54"
profile: "medium"
seed: 1
start: {"mode": "script", "tty": {"stdin": false, "stdout": false, "stderr": false}, "tz": "Europe/Berlin"}
outcome: "ok"
exit: 0
turns: [[3, "frame"], [4, "timer", "0.1"]]
clock: [1, 2.5]
order: ["cb3.0", "0:1"]
checkpoints: [["half", "0:1"]]

call 0:1 State.get idempotent
  args: ["x"]
  usage: [1, 2, 3]
  result: 1

invocation cb3.0
  in: "0:1"
"""


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        (13, '["cb3.0", "0:1"]', "[5]"),
        (7, "seed: 1", "seed: 99999999999999999999999"),
        (7, "seed: 1", "seed: -1"),
        (7, "seed: 1", 'seed: "a"'),
        (10, "exit: 0", 'exit: "a"'),
        (8, '"script"', '"zzz"'),
        (8, '{"stdin": false, "stdout": false, "stderr": false}', "5"),
        (8, "Europe/Berlin", "a\\u0000b"),
        (8, "Europe/Berlin", "../../../etc/passwd"),
        (8, '"tz"', '"profile": {"limits": {"wall_s": null}}, "tz"'),
        (8, '"tz"', '"profile": {"limits": 3}, "tz"'),
        (8, '"tz"', '"profile": {"lua": ["safe"]}, "tz"'),
        (8, '"tz"', '"profile": {"globals": [1]}, "tz"'),
        (11, '[3, "frame"]', "5"),
        (12, "[1, 2.5]", '["a"]'),
        (12, "[1, 2.5]", "[1e400]"),
        (14, '[["half", "0:1"]]', "5"),
        (18, "[1, 2, 3]", '["a", {}, 3]'),
        (19, "result: 1", "error: 5"),
        (19, "result: 1", 'error: {"code": ["x"]}'),
        (19, "result: 1", "result: " + "[" * 3000),
        (19, "result: 1", "result: " + "[" * 3000 + "]" * 3000),
        (16, "result: 1", 'result: {"$map": [[[1], 2]]}'),
        (19, "result: 1", "result: " + '{"$map": [[1, ' * 190 + "1" + "]]}" * 190),
        (21, "invocation cb3.0", "invocation cbx"),
    ],
)
def test_a_value_that_no_run_has_is_refused_with_its_line(line: int, before: str, after: str) -> None:
    parse_tape(PLAYABLE.encode(), "/x/t.tape")  # as it is it is one
    assert before in PLAYABLE
    with pytest.raises(TapeError) as failed:
        parse_tape(PLAYABLE.replace(before, after).encode(), "/x/t.tape")
    assert failed.value.message.startswith(f"/x/t.tape:{line}: ")


def test_brackets_in_texts_are_not_deep() -> None:
    text = "[" * 3000 + '\\"{'
    assert read_value(f'["{text}", [1]]', Lines([])) == [text.replace('\\"', '"'), [1]]
