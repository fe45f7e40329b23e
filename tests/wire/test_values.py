"""Values: what goes in comes out; what no worker of ours sends is a ValueError and nothing worse."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.wire.messages import EXT_BIGINT, EXT_CALLBACK, EXT_HANDLE, MAX_DEPTH, MAX_ITEMS
from llmspell.wire.values import MAX_DIGITS, CallbackRef, HandleRef, pack, unpack

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
)
VALUES = st.recursive(SCALARS, lambda it: st.lists(it) | st.dictionaries(st.text(), it), max_leaves=30)


def nothing(_: object) -> None:
    return None


def ext(code: int, data: bytes) -> bytes:
    return bytes(msgpack.packb(msgpack.ExtType(code, data)))


@given(VALUES)
def test_a_value_comes_out_as_it_went_in(value: Any) -> None:
    found = unpack(pack(value, nothing))
    assert found == value
    assert type(found) is type(value)


LARGE = {
    "2^63": 2**63,
    "-2^63": -(2**63),
    "2^64": 2**64,
    "-2^63-1": -(2**63) - 1,
    "10^4000": 10**4000,
    "-10^4300": -(10**4300),
    "10^9000": 10**9000,
    "2^130000": 2**130_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_integers_of_any_size_come_out_exactly(name: str) -> None:
    assert unpack(pack(LARGE[name], nothing)) == LARGE[name]


@pytest.mark.parametrize("number", [math.inf, -math.inf, -0.0, 5e-324])
def test_unusual_floats_survive(number: float) -> None:
    found = unpack(pack(number, nothing))
    assert found == number
    assert math.copysign(1, found) == math.copysign(1, number)


def test_nan_survives() -> None:
    assert math.isnan(unpack(pack(math.nan, nothing)))


def test_a_text_of_100_megabytes_survives() -> None:
    text = "x" * 100_000_000
    assert unpack(pack(text, nothing)) == text


def test_tuples_become_lists_and_subclasses_their_plain_form() -> None:
    class Text(str):
        pass

    assert unpack(pack({"a": (1, (2,)), "b": Text("t")}, nothing)) == {"a": [1, [2]], "b": "t"}


def test_bytes_of_a_file_name_that_is_not_utf8_travel_as_they_are() -> None:
    packed = pack("n\udce9.c", nothing)
    assert b"n\xe9.c" in packed


def test_what_has_no_form_on_the_wire_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="a set has no form on the wire"):
        pack({1}, nothing)


def test_a_host_object_travels_as_its_number_name_and_fields() -> None:
    class File:
        pass

    packed = pack([File()], lambda it: (7, "File", {"path": "a"}) if isinstance(it, File) else None)
    code, data = msgpack.unpackb(packed)[0]
    assert code == EXT_HANDLE
    assert data[:4] == b"\0\0\0\x07"
    assert msgpack.unpackb(data[4:]) == ["File", {"path": "a"}]


def test_functions_and_objects_of_a_script_are_their_numbers() -> None:
    callback = unpack(ext(EXT_CALLBACK, b"\0\0\1\0"))
    handle = unpack(ext(EXT_HANDLE, b"\0\0\0\5"))
    assert isinstance(callback, CallbackRef)
    assert isinstance(handle, HandleRef)
    assert (callback.number, handle.number) == (256, 5)


def nested(depth: int) -> bytes:
    return b"\x91" * depth + b"\xc0"


def test_nesting_is_allowed_to_the_bound_and_refused_beyond_it() -> None:
    unpack(nested(MAX_DEPTH))
    unpack(b"\x81\xa1k" * MAX_DEPTH + b"\xc0")
    with pytest.raises(ValueError, match="nested deeper"):
        unpack(nested(MAX_DEPTH + 1))
    with pytest.raises(ValueError, match="nested deeper"):
        unpack(b"\x81\xa1k" * (MAX_DEPTH + 1) + b"\xc0")


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_absurd_nesting_is_refused_like_any_other(depth: int) -> None:
    with pytest.raises(ValueError, match="not MessagePack|nested deeper"):
        unpack(nested(depth))


def test_a_body_of_many_empty_maps_is_refused_before_it_fills_the_memory() -> None:
    row = b"\xdd" + (1_000_000).to_bytes(4, "big") + b"\x80" * 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="more than"):
            unpack(b"\xdc\x00\x14" + row * 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 300_000_000  # all of it would be 1.4 GB


def test_a_list_that_says_it_is_longer_than_the_bound_is_refused_at_its_header() -> None:
    with pytest.raises(ValueError, match="not MessagePack"):
        unpack(b"\xdd\x00\x20\x00\x00" + b"\xc0" * 0x200000)
    with pytest.raises(ValueError, match="not MessagePack"):
        unpack(b"\xdd\x00\x0f\x42\x40" * 1000)


def test_items_are_allowed_to_the_bound_and_refused_beyond_it() -> None:
    def row(n: int) -> bytes:
        return b"\xdd" + n.to_bytes(4, "big") + b"\xc0" * n

    half = MAX_ITEMS // 2
    assert len(unpack(b"\x92" + row(half - 1) + row(half - 1))) == 2
    with pytest.raises(ValueError, match="more than"):
        unpack(b"\x92" + row(half) + row(half))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\xc0\xc0",
        b"\x92\xc0",
        b"\x81\x01\x02",
        b"\x81\xc4\x01k\x02",
        b"\x81\x90\x02",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xa1\xff",
        ext(EXT_CALLBACK, b"\1"),
        ext(EXT_CALLBACK, b"\0\0\0\0\1"),
        ext(EXT_HANDLE, b""),
        ext(EXT_BIGINT, b""),
        ext(EXT_BIGINT, b"1_000"),
        ext(EXT_BIGINT, b"-"),
        ext(EXT_BIGINT, "٣".encode()),
        ext(EXT_BIGINT, b"--1"),
        ext(EXT_BIGINT, b"1" * (MAX_DIGITS + 1)),
        ext(4, b"xx"),
        ext(127, b""),
        b"\xd6\xff\0\0\0\0",
        b"\xc7\x0c\xff" + b"\xff" * 12,
    ],
    ids=lambda it: bytes(it[:12]).hex(),
)
def test_a_body_that_no_worker_sends_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        unpack(body)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_value_or_a_value_error(body: bytes) -> None:
    try:
        value = unpack(body)
    except ValueError:
        return
    assert_plain(value, 0)


@given(VALUES, st.data())
def test_a_spoilt_body_is_a_value_or_a_value_error(value: Any, data: st.DataObject) -> None:
    body = bytearray(pack(value, nothing))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = unpack(bytes(body))
    except ValueError:
        return
    assert_plain(found, 0)


def assert_plain(value: object, depth: int) -> None:
    """Nothing but the kinds of docs/protocol.md, with text for keys, within the bounds."""
    assert depth <= MAX_DEPTH
    if isinstance(value, dict):
        for key, item in value.items():
            assert type(key) is str
            assert_plain(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            assert_plain(item, depth + 1)
    else:
        assert type(value) in (type(None), bool, int, float, str, bytes, CallbackRef, HandleRef), type(value)
