"""What a worker notes, packs and follows: the lists themselves, without a loop."""

from __future__ import annotations

import msgpack
import pytest

from llmspell.runtime.notes import WorkerNote, merge_notes, read_note
from llmspell.wire.frames import FrameSplitter
from llmspell.wire.messages import NOTE, WORKER_KINDS
from llmspell.worker import notes as module
from llmspell.worker.notes import Notes


class Told:
    """Notes, and what they have sent."""

    def __init__(self, *, on: bool = True, replay: object = None, max_message_bytes: int = 1 << 20) -> None:
        self.data: list[bytes] = []
        self.notes = Notes(self.data.append, max_message_bytes)
        self.reads_clock = self.notes.begin(on, None if replay is None else msgpack.packb(replay))

    def read(self, *, last: bool = True) -> WorkerNote:
        return merge_notes(self.each(last=last))

    def each(self, *, last: bool = True) -> list[WorkerNote]:
        self.data.append(self.notes.take(last=last))
        frames = FrameSplitter(WORKER_KINDS, 1 << 20).feed(b"".join(self.data))
        assert {it[0] for it in frames} <= {NOTE}
        return [read_note(it[2]) for it in frames]


def test_what_is_noted_is_what_the_host_reads() -> None:
    told = Told()
    told.notes.turn(1, "")
    told.notes.turn(70_000, "0.1.2")
    told.notes.turn(1 << 40, "cb7.0")
    for value in (1.5, 7, -3, 1 << 61, float("inf")):
        assert told.notes.clock(value) == value
    told.notes.stdin(b"abc\xff")
    assert told.notes.pending
    turns = [[1, "frame"], [70_000, "timer", "0.1.2"], [1 << 40, "timer", "cb7.0"]]
    assert told.read() == WorkerNote(turns, [1.5, 7, -3, 1 << 61, float("inf")], b"abc\xff")
    assert not told.notes.pending
    assert told.notes.take() == b""


def test_without_a_wish_nothing_is_noted() -> None:
    told = Told(on=False)
    assert not told.reads_clock
    told.notes.turn(1, "0")
    told.notes.stdin(b"abc")
    assert told.notes.clock(1.5) == 1.5
    assert not told.notes.pending
    assert told.notes.take(last=True) == b""


def test_much_is_sent_early_and_in_pieces_that_a_message_holds() -> None:
    told = Told(max_message_bytes=4000)
    for number in range(1000):
        told.notes.turn(number, "0.1")
        told.notes.clock(float(number))
    told.notes.stdin(b"x" * 20_000)
    assert len(told.data) > 10
    assert max(map(len, told.data)) < 4000
    whole = told.read()
    assert [it[0] for it in whole.turns] == whole.clock == list(range(1000))
    assert whole.stdin == b"x" * 20_000


def test_what_is_beyond_a_bound_is_told_when_it_begins_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CLOCK", 3)
    monkeypatch.setattr(module, "MAX_TURNS_BYTES", 10)
    monkeypatch.setattr(module, "MAX_STDIN_BYTES", 4)
    told = Told()
    for number in range(10):
        told.notes.turn(number, "")
        told.notes.clock(number)
        told.notes.stdin(b"ab")
    first = told.each(last=False)[0]
    assert (len(first.turns), first.clock, first.stdin) == (2, [0, 1, 2], b"abab")
    assert (first.turns_more, first.clock_more, first.stdin_more) == (8, 7, 16)
    told.data.clear()
    for number in range(5):
        told.notes.clock(number)
        assert not told.notes.pending  # not with every call
    told.notes.turn(11, "")
    last = told.each(last=True)[0]
    assert (last.turns_more, last.clock_more, last.stdin_more, last.turns, last.clock) == (1, 5, 0, [], [])


def test_a_place_in_stdin_that_was_moved_is_a_bound() -> None:
    told = Told()
    told.notes.stdin(b"ab")
    told.notes.stdin_moved()
    told.notes.stdin(b"cd")
    note = told.read()
    assert note.stdin == b"ab"
    assert note.stdin_more > 0


def test_clocks_are_answered_from_the_record_while_there_is_any() -> None:
    told = Told(on=False, replay={"turns": [], "clock": [1.5, 7, -1, 1 << 40, 2.0]})
    assert told.reads_clock
    assert [told.notes.clock(it) for it in (9.0, 9, 9, 9, 9.0, 3.5)] == [1.5, 7, -1, 1 << 40, 2.0, 3.5]


def test_a_script_that_reads_another_clock_reads_its_own_from_there() -> None:
    told = Told(replay={"turns": [[1, "frame"]], "clock": [1.5, 2.5], "hold": True})
    assert told.notes.clock(9.0) == 1.5
    assert told.notes.clock(9) == 9  # a float was recorded here
    assert told.notes.clock(8.0) == 8.0
    assert told.notes.following is None
    assert told.read().lost == 1


def test_turns_are_followed_as_they_were_noted() -> None:
    texts = ["0.1", "x" * 40, "y" * 200]
    turns: list[object] = [[number, "timer", texts[number % 3]] for number in range(0, 200, 7)]
    turns += [[1 << 20, "frame"], [1 << 40, "frame"]]
    told = Told(on=False, replay={"turns": turns, "clock": [], "hold": False, "other": None, "off": True})
    following = told.notes.following
    assert following is not None
    assert not following.hold
    assert [[n, "timer", path] if path else [n, "frame"] for n, path in following.turns] == turns
    held = Told(replay={"turns": [], "clock": [], "hold": True}).notes.following
    assert held is not None
    assert held.hold
