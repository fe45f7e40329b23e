"""Values that cross to the host and back: what goes in comes out, and what cannot is refused by its path."""
# ruff: noqa: E501 - scripts are kept on one line each

import math

import msgpack
import pytest
from fake_host import Outcome, run_script
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.engine.python_engine import make_engine
from llmspell.engine.python_errors import LLMSpellError
from llmspell.engine.python_objects import HostObject, Record
from llmspell.engine.python_sealed import make
from llmspell.engine.python_values import Values


def object_of(number: int, class_name: str, fields: dict[str, object]) -> HostObject:
    class Released:
        def release(self, number: int) -> None:
            pass

    return make(HostObject, _number=number, _class_name=class_name, _data=fields, _objects=Released())


values = Values(object_of)

TEXT = st.text(st.characters(codec="utf-8"))
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT, st.binary())
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=30)


@given(TREES)
@settings(deadline=None, max_examples=150)
def test_what_goes_in_comes_out(tree: object) -> None:
    assert values.unpack(values.pack(tree)) == tree


@given(st.integers())
def test_integers_stay_integers_of_any_size(number: int) -> None:
    assert values.unpack(values.pack([number * 2**64])) == [number * 2**64]


def test_nan_and_infinities_survive() -> None:
    nan, plus, minus = values.unpack(values.pack([math.nan, math.inf, -math.inf]))
    assert math.isnan(nan) and plus == math.inf and minus == -math.inf


def test_text_with_escaped_bytes_crosses_as_those_bytes() -> None:
    assert values.unpack(values.pack({"a": [b"\xff\xfea".decode("utf-8", "surrogateescape")]})) == {"a": [b"\xff\xfea"]}


def test_subclasses_cross_as_what_they_are_made_of() -> None:
    import enum
    from collections import OrderedDict, namedtuple

    kind = enum.IntEnum("kind", "A B")
    text = enum.StrEnum("text", {"X": "x"})
    point = namedtuple("point", "x y")
    assert values.unpack(values.pack([kind.B, text.X, point(1, 2), OrderedDict(a=1), bytearray(b"z"), (1,)])) == [
        2,
        "x",
        [1, 2],
        {"a": 1},
        b"z",
        [1],
    ]


@pytest.mark.parametrize(
    "value, path, why",
    [
        ({"a": [1, {2}]}, "$.a[1]", "a set cannot cross; make it a list"),
        ([object()], "$[0]", "an object cannot cross"),
        ({1: 2}, "$", "the key 1 is not a string"),
        ({"a": {None: 1}}, "$.a", "the key None is not a string"),
        (["\ud800"], "$[0]", "lone surrogate"),
        ([(x for x in [])], "$[0]", "a generator cannot cross; make it a list"),
        ({"b": 1j}, "$.b", "a complex cannot cross; send its parts"),
    ],
)
def test_what_cannot_cross_is_refused_by_its_path(value: object, path: str, why: str) -> None:
    with pytest.raises(LLMSpellError) as caught:
        values.pack(value)
    assert caught.value.code == "not_convertible"
    assert caught.value.details == {"path": path}
    assert why in caught.value.message


def test_a_value_that_contains_itself_is_refused_and_a_deep_one_is_not() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(LLMSpellError, match="nested deeper than 64"):
        values.pack(loop)
    deep: object = 1
    for _ in range(64):
        deep = [deep]
    assert values.unpack(values.pack(deep)) == deep
    with pytest.raises(LLMSpellError, match="nested deeper"):
        values.pack([deep])


def test_after_a_refusal_the_next_value_is_packed_as_ever() -> None:
    with pytest.raises(LLMSpellError):
        values.pack(["x" * 100, "\udc80\ud800"])
    assert values.pack("a") == b"\xa1a"


def test_a_function_crosses_as_a_number_and_comes_back_as_itself() -> None:
    def function() -> None: ...

    packed = values.pack([function])
    assert values.unpack(packed) == [function]
    number = int.from_bytes(msgpack.unpackb(packed)[0].data, "big")
    values.release_callback(number)
    assert values.unpack(packed) == [None]


def test_maps_from_the_host_read_as_attributes_too() -> None:
    record = values.unpack(msgpack.packb({"a": {"b": 1}, "items": 2}))
    assert type(record) is Record and record.a.b == 1 and record["items"] == 2
    assert list(record.items())[1] == ("items", 2)
    with pytest.raises(AttributeError, match="did you mean"):
        _ = record.aa


INTERFACE = {
    "Tool": {
        "methods": {"execute": "host", "get": "host", "create": "host"},
        "aliases": {"invoke": "execute"},
        "index": "get",
        "objects": {"ToolObject": {"methods": {"execute": "host"}, "aliases": {"run": "execute"}}},
    }
}


def run(source: str, **answers: object) -> Outcome:
    return run_script(make_engine, source, python="safe", interface=INTERFACE, **answers)  # type: ignore[arg-type]


def test_a_host_object_has_its_class_s_methods_and_its_own_fields_and_is_released() -> None:
    from fake_host import handle

    outcome = run(
        "t = Tool.get('a-b')\nprint(t.name, t.run({'x': 1}), Tool.a_b.name, Tool['z'], t)\n"
        "Tool.execute('x', t)\ntry:\n    t.exekute()\nexcept AttributeError as e:\n    print(e.hint)\n"
        "try:\n    t.name = 1\nexcept AttributeError:\n    print('fixed')\ndel t",
        answers={
            "Tool.get": lambda name: handle(len(name), "ToolObject", name=name),
            "Tool.execute": lambda *args, **kwargs: None,
            "#3.execute": lambda params: params["x"] + 1,
        },
    )
    assert outcome.out == "a-b 2 a_b <ToolObject z> <ToolObject a-b>\ndid you mean execute?\nfixed\n", outcome
    assert outcome.host.calls[-1][2][1] == msgpack.ExtType(2, b"\0\0\0\3")
    assert sorted(set(outcome.host.released)) == [1, 3]


def test_a_host_object_stands_for_its_name_in_a_text() -> None:
    from fake_host import handle

    outcome = run(
        "t = Tool.get('x')\nprint('a ' + t + ' b', f'{t}|{t:>3}')\nn = Tool.execute()\nprint(f'{n}')\n"
        "for a, b in ((t, 1), (1, t), (t, t), ('a', n), (n, 'a')):\n"
        "    try:\n        a + b\n    except TypeError:\n        print('refused')",
        answers={
            "Tool.get": lambda name: handle(5, "ToolObject", name=name),
            "Tool.execute": lambda: handle(6, "ToolObject"),
        },
    )
    assert outcome.out == "a x b x|  x\n<ToolObject>\n" + "refused\n" * 5, outcome


def test_an_unknown_method_of_a_global_names_the_nearest() -> None:
    outcome = run(
        "Tool.exceute('x')",
        answers={"Tool.get": lambda name: None},
    )
    assert outcome.value["hint"] == "did you mean execute?"
    assert run("print(Tool.invoke('x'))", answers={"Tool.execute": lambda name: 5}).out == "5\n"


def test_an_error_of_the_host_is_an_exception_with_its_code_and_crosses_back_whole() -> None:
    from fake_host import HostFailure

    def fail(*_: object) -> None:
        raise HostFailure(code="tool_failed", message="no", hint="try x", details={"n": 1})

    caught = "try:\n    Tool.execute('x')\nexcept LLMSpellError as e:\n    print(e.code, e.message, e.hint, e.details['n'], e)"
    assert run(caught, answers={"Tool.execute": fail}).out == "tool_failed no try x 1 no (try x)\n"
    outcome = run("Tool.execute('x')", answers={"Tool.execute": fail})
    assert {key: outcome.value[key] for key in ("code", "message", "hint", "details")} == {
        "code": "tool_failed",
        "message": "no",
        "hint": "try x",
        "details": {"n": 1},
    }


def test_a_call_may_be_made_inside_a_sort_and_a_repr() -> None:
    source = "class A:\n    def __repr__(self): return Tool.execute('r')\nprint(sorted([3, 1, 2], key=lambda x: Tool.execute(str(x))), A())"
    answers = {"Tool.execute": lambda name: -int(name) if name.isdigit() else name}
    assert run(source, answers=answers).out == "[3, 2, 1] r\n"
