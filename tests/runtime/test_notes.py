"""What the host reads of a worker's notes, and what it refuses."""

from __future__ import annotations

import random

import msgpack
import pytest

from llmspell.runtime.notes import MAX_NOTE_BYTES, WorkerNote, merge_notes, read_note


def packed(**fields: object) -> bytes:
    return bytes(msgpack.packb(fields))


def test_a_note_is_read_as_it_was_written() -> None:
    turns = [[3, "frame"], [3, "timer", "0.1"], [70, "timer", "cb1.0"]]
    note = read_note(packed(turns=turns, clock=[1, 2.5], stdin=b"a\xff", stdin_more=9, stdin_crc=7, clock_more=1))
    assert note == WorkerNote(turns, [1, 2.5], b"a\xff", stdin_more=9, stdin_crc=7, clock_more=1)
    assert not note.is_whole
    assert read_note(packed(stdin=b"x")).is_whole


def test_notes_are_merged_in_their_order() -> None:
    first = read_note(packed(turns=[[1, "frame"]], clock=[1], stdin=b"a", stdin_more=2, stdin_crc=5))
    second = read_note(packed(turns=[[9, "timer", "0"]], clock=[2.0], stdin=b"b", stdin_more=3, stdin_crc=6, lost=4))
    merged = merge_notes([first, second])
    assert merged == WorkerNote([[1, "frame"], [9, "timer", "0"]], [1, 2.0], b"ab", stdin_more=5, stdin_crc=6, lost=4)
    assert merged.for_replay() == {"turns": merged.turns, "clock": [1, 2.0], "hold": False}
    assert merge_notes([]) == WorkerNote()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        packed(),
        msgpack.packb([1]),
        packed(other=1),
        packed(turns=1),
        packed(turns=[1]),
        packed(turns=[[]]),
        packed(turns=[[1]]),
        packed(turns=[[1, "else"]]),
        packed(turns=[[1, "frame", "0"]]),
        packed(turns=[[1, "timer"]]),
        packed(turns=[[1, "timer", ""]]),
        packed(turns=[[1, "timer", "0" * 251]]),
        packed(turns=[[1, "timer", b"0"]]),
        packed(turns=[[True, "frame"]]),
        packed(turns=[[-1, "frame"]]),
        packed(turns=[[1.0, "frame"]]),
        packed(clock={"a": 1}),
        packed(clock=["1"]),
        packed(clock=[True]),
        packed(clock=[[1]]),
        packed(stdin="text"),
        packed(stdin_more=-1),
        packed(stdin_more=1 << 63),
        packed(stdin_crc=None),
        packed(lost=1.5),
        packed(clock=[1]) + b"\xc0",
        packed(stdin=bytes(MAX_NOTE_BYTES)),
    ],
)
def test_what_no_worker_sends_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        read_note(body)


def test_any_change_of_a_note_is_read_or_refused() -> None:
    """A fuzz: whatever a hostile worker makes of a note, reading it gives a sound note or ValueError, nothing else."""
    chance = random.Random(5)
    sound = packed(turns=[[3, "frame"], [4, "timer", "0.1.2"]], clock=[1.5, 7, -1], stdin=b"abc", stdin_more=1, lost=2)
    n_read = 0
    for _ in range(4000):
        body = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(body))
            change = chance.randrange(3)
            if change == 0:
                body[at] = chance.randrange(256)
            elif change == 1:
                del body[at : at + chance.randint(1, 5)]
            else:
                body[at:at] = chance.randbytes(chance.randint(1, 5))
            if not body:
                break
        try:
            note = read_note(bytes(body))
        except ValueError:
            continue
        n_read += 1
        assert all(type(it) in (int, float) for it in note.clock)
        assert all(type(it[0]) is int and it[1] in ("frame", "timer") for it in note.turns)
        assert type(note.stdin) is bytes and note.stdin_more >= 0
    assert n_read > 50  # the allowed twin: changes that leave it sound are read
