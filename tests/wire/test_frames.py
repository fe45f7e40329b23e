"""Frames: what is written comes out again, whatever the chunks; what no peer writes is refused at the header."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.wire.frames import HEADER_SIZE, FrameSplitter, frame, pack_str, pack_str_map, read_uint
from llmspell.wire.messages import CALL, HOST_KINDS, WORKER_KINDS

KINDS = st.sampled_from(sorted(WORKER_KINDS))
FRAMES = st.lists(st.tuples(KINDS, st.integers(0, 2**32 - 1), st.binary(max_size=300)), max_size=12)


def splitter(max_bytes: int = 1 << 20) -> FrameSplitter:
    return FrameSplitter(WORKER_KINDS, max_bytes)


@given(frames=FRAMES, cuts=st.lists(st.integers(1, 40), min_size=1))
def test_frames_come_out_whole_and_in_order_whatever_the_chunks(
    frames: list[tuple[int, int, bytes]], cuts: list[int]
) -> None:
    data = b"".join(frame(*it) for it in frames)
    split, found, position, i = splitter(), [], 0, 0
    while position < len(data):
        size = cuts[i % len(cuts)]
        found += split.feed(data[position : position + size])
        position, i = position + size, i + 1
    assert found == frames
    assert split.pending == 0


@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_a_refusal_or_the_beginning_of_a_frame(data: bytes) -> None:
    split = splitter(max_bytes=64)
    try:
        found = split.feed(data)
    except ValueError:
        return
    for kind, number, body in found:
        assert kind in WORKER_KINDS
        assert 0 <= number < 2**32
        assert len(body) <= 64
    assert sum(HEADER_SIZE + len(body) for _, _, body in found) + split.pending == len(data)


def test_a_body_of_the_largest_size_passes_and_one_byte_more_is_refused_before_it_arrives() -> None:
    assert splitter(max_bytes=10).feed(frame(CALL, 1, b"x" * 10)) == [(CALL, 1, b"x" * 10)]
    with pytest.raises(ValueError, match="a message of 11 bytes, the limit is 10"):
        splitter(max_bytes=10).feed(frame(CALL, 1, b"x" * 11)[:HEADER_SIZE])


@pytest.mark.parametrize("kind", [0, 19, 255, *sorted(HOST_KINDS)])
def test_a_kind_of_the_other_direction_or_of_none_is_refused(kind: int) -> None:
    with pytest.raises(ValueError, match=f"unknown message kind {kind}"):
        splitter().feed(frame(kind, 1))


def test_an_unfinished_frame_is_pending() -> None:
    split = splitter()
    assert split.feed(frame(CALL, 1, b"abc")[:-1]) == []
    assert split.pending == HEADER_SIZE + 2
    assert split.feed(b"c") == [(CALL, 1, b"abc")]


@given(st.text(max_size=400))
def test_text_is_packed_as_messagepack_packs_it(text: str) -> None:
    assert msgpack.unpackb(pack_str(text)) == text


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=300), max_size=15))
def test_a_map_of_texts_is_packed_as_messagepack_packs_it(items: dict[str, str]) -> None:
    assert msgpack.unpackb(pack_str_map(items)) == items


@given(st.integers(0, 2**32 - 1), st.binary(max_size=3))
def test_an_unsigned_integer_is_read_where_it_stands(number: int, before: bytes) -> None:
    packed = msgpack.packb(number)
    assert read_uint(before + packed + b"\xc0", len(before)) == (number, len(before) + len(packed))


@pytest.mark.parametrize("value", [-1, "1", None, 1.0, [1], 2**40])
def test_what_is_no_short_unsigned_integer_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="an unsigned integer was expected"):
        read_uint(msgpack.packb(value), 0)
