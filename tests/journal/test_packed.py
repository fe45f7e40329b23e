"""The bytes of entries: what the wire sends is what is read."""

import msgpack
import pytest

from llmspell.journal import packed
from llmspell.journal.packed import args_hash_of, args_of_call, cut_value, is_cut, read_cut, shown_args, shown_value
from llmspell.wire import messages


def test_the_extensions_are_those_of_the_wire():
    for name in ("EXT_CALLBACK", "EXT_HANDLE", "EXT_BIGINT"):
        assert getattr(packed, name) == getattr(messages, name)


@pytest.mark.parametrize("length", [1, 31, 32, 255, 256, 70_000])
@pytest.mark.parametrize(("target", "handle"), [("Tool", 0), ("#7", 7), ("#", 0), ("Tool#x", 0)])
def test_a_calls_arguments_are_what_follows_its_name(length, target, handle):
    body = msgpack.packb(["t" * length, target, "é" * (length // 2), [1, "a"], {"k": 2}])
    found, args = args_of_call(body)
    assert (found, shown_args(args, is_call=True)) == (handle, [1, "a", {"k": 2}])
    assert shown_args(args, is_call=False) == [[1, "a"], {"k": 2}]


def test_functions_objects_and_large_numbers_are_shown():
    about = (3).to_bytes(4, "big") + msgpack.packb(["Agent", {"name": "a"}])
    value = [
        msgpack.ExtType(1, (5).to_bytes(4, "big")),
        msgpack.ExtType(2, about),
        msgpack.ExtType(2, about[:4]),
        msgpack.ExtType(3, b"-" + b"9" * 9000),
        msgpack.ExtType(3, hex(2**70).encode()),
    ]
    shown = shown_value(msgpack.packb(value))
    assert shown[:3] == [{"$function": 5}, {"$handle": [3, "Agent", {"name": "a"}]}, {"$handle": [3]}]
    assert shown[3] == 1 - 10**9000
    assert shown[4] == 2**70


def test_the_order_of_a_map_is_kept_and_does_not_change_the_hash():
    one, other = (msgpack.packb([[it], {}]) for it in ({"b": 1, "a": 2}, {"a": 2, "b": 1}))
    assert list(shown_args(one, is_call=True)[0]) == ["b", "a"]
    assert args_hash_of(one, is_call=True) == args_hash_of(other, is_call=True)


def test_what_stands_for_a_large_value_is_no_value_of_a_scripts():
    cut = cut_value(packed.EXT_CUT, b"d" * 32, 99)
    assert read_cut(cut) == (packed.EXT_CUT, b"d" * 32, 99)
    assert is_cut(cut)
    assert shown_value(cut) == {"$cut": {"bytes": 99, "sha256": (b"d" * 32).hex()}}
    for it in (None, msgpack.packb("x" * 41), msgpack.packb(msgpack.ExtType(3, b"1" * 40))):
        assert not is_cut(it)
