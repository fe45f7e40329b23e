"""What cannot cross from Python, told by its path, and what a script's own classes cannot make of a value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest

from llmspell.engine import python_values
from llmspell.engine.python_errors import LLMSpellError
from llmspell.engine.python_objects import HostObject
from llmspell.engine.python_sealed import make
from llmspell.engine.python_values import Values


class Objects:
    def release(self, number: int) -> None: ...


def an_object(number: int, class_name: str, fields: dict[str, object]) -> HostObject:
    return make(HostObject, _number=number, _class_name=class_name, _data=fields, _objects=Objects())


values = Values(an_object)


@dataclasses.dataclass
class Point:
    x: int = 1


REFUSED: dict[str, tuple[Any, str]] = {
    "bytes for a key": ({"a": {"\udcff": 1}}, "is not text"),
    "half a pair below a key": ({"a": ["x", "\ud800"]}, r"\$\.a\[1\]: the text has a lone surrogate"),
    "half a pair in a tuple": ([("\ud800",)], r"\$\[0\]\[0\]: the text has a lone surrogate"),
    "a dataclass": ([Point()], r"a Point cannot cross; send dataclasses.asdict\(\) of it"),
    "a number of 5000 digits": ([10**5000], "more than 4300 digits"),
    "a key that is bytes": ({b"k": 1}, "the key b'k' is not a string"),
    "a key of the script's": ({Point: 1}, r"the key \(a type\) is not a string"),
    "a key in a dict of its own": (type("D", (dict,), {})({(1,): 1}), r"the key \(a tuple\) is not a string"),
}

TAKEN: dict[str, tuple[Any, Any]] = {
    "bytes for a text": ({"a": {"k": "\udcff"}}, {"a": {"k": b"\xff"}}),
    "bytes below a key": ({"a": ["x", "\udc80"]}, {"a": ["x", b"\x80"]}),
    "bytes in a tuple": ([("\udc80", 1)], [[b"\x80", 1]]),
    "a dataclass as a dict": ([dataclasses.asdict(Point())], [{"x": 1}]),
    "a number of 4000 digits": ([10**4000], [10**4000]),
    "a text for a key": ({"k": 1}, {"k": 1}),
    "a dict of its own": (type("D", (dict,), {})({"k": (1,)}), {"k": [1]}),
    "a list of its own": ([type("L", (list,), {})([1, 2])], [[1, 2]]),
    "a float of its own": ([type("F", (float,), {})(0.5)], [0.5]),
    "bytes of its own": ([type("B", (bytes,), {})(b"x")], [b"x"]),
    "a text of its own": ([type("S", (str,), {})("x")], ["x"]),
    "a tuple of its own": ([type("T", (tuple,), {})((1,))], [[1]]),
    "a large number of its own": ([type("I", (int,), {})(2**70)], [2**70]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_cross_is_refused_with_its_reason(name: str) -> None:
    value, why = REFUSED[name]
    with pytest.raises(LLMSpellError, match=why) as caught:
        values.pack(value)
    assert caught.value.code == "not_convertible"
    assert values.pack(1) == b"\x01"  # and the next value is packed as ever


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_nearly_that_crosses(name: str) -> None:
    value, expected = TAKEN[name]
    assert values.unpack(values.pack(value)) == expected


def test_more_items_than_a_value_may_have_are_refused_and_so_many_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_values, "MAX_ITEMS", 10)
    assert values.unpack(values.pack([[1] * 4, [2] * 4])) == [[1] * 4, [2] * 4]
    with pytest.raises(LLMSpellError, match="more than 10 items in one value"):
        values.pack([[1] * 4, [2] * 5])


def test_a_class_of_the_script_s_cannot_show_other_items_than_it_holds() -> None:
    class Sly(dict):  # type: ignore[type-arg]
        def items(self) -> Any:
            return [("k", object())]

        def __iter__(self) -> Iterator[str]:
            return iter(["other"])

    class SlyList(list):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[object]:
            return iter([object()])

    assert values.unpack(values.pack([Sly(k=1), SlyList([2])])) == [{"k": 1}, [2]]


def test_a_host_object_crosses_as_its_number_and_is_found_by_it() -> None:
    packed = values.pack([an_object(7, "Found", {})])
    assert msgpack.unpackb(packed) == [msgpack.ExtType(python_values.EXT_HANDLE, b"\0\0\0\7")]
    body = (9).to_bytes(4, "big") + msgpack.packb(["Found", {"name": "n"}])
    found = values.unpack(msgpack.packb(msgpack.ExtType(python_values.EXT_HANDLE, body)))
    assert (found._number, found["name"]) == (9, "n")


def test_an_extension_that_nobody_knows_stays_what_it_is() -> None:
    unknown = msgpack.ExtType(99, b"x")
    assert values.unpack(msgpack.packb([unknown])) == [unknown]
