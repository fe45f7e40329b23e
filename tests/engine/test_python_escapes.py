"""Ways out of the Python policy that were once open: each ends in a refusal, and its honest neighbour runs."""

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.python_engine import make_engine


def run(source: str) -> Outcome:
    return run_script(make_engine, source, python="safe")


READ_A_FRAME = """
import abc
{declaration}
class A({base}, abc.ABC):
    def __eq__(self, other): return True
def g():
    match running:
        case A(found): print("ESCAPED", found)
    yield
A.register(type(x for x in ()))
running = g()
next(running)
"""
RENAME_A_FIELD = """
from dataclasses import dataclass, field
class A:
    x = field(default=1)
try: dataclass(A)
except TypeError: pass
F = A.x
@dataclass
class B:
    a: int = F
F.name = "a, self.leak(__import__('os'))"
@dataclass(init=False, repr=False)
class C(B):
    a = 1
    def leak(self, *it): print("ESCAPED", it)
C() == C()
"""
ANNOTATIONS_OF_ANOTHER = """
import functools, types
from dataclasses import dataclass
class D(dict):
    def __iter__(self): return iter(["a"])
    def items(self): return [("a, self.leak(__import__('os'))", int)]
class C:
    a = 1
    def leak(self, *it): print("ESCAPED", it)
try: functools.update_wrapper(C, types.SimpleNamespace(**{"__annotations__": D(a=1), "__module__": "__main__"}))
except AttributeError: pass
C = dataclass(init=False, repr=False)(C)
C() == C()
raise ValueError("nothing was copied")
"""

# name → (what once led out, what is allowed)
PAIRS = {
    "the real type by get_origin": (
        "import typing\ntyping.get_origin(typing.Type[int])('X', (), {})\nprint('ESCAPED')",
        "import typing\nassert typing.get_origin(typing.List[int]) is list",
    ),
    "the real type by get_origin of an alias": (
        "import typing\nclass M(typing.Type): pass\nprint('ESCAPED', M('X', (), {}))",
        "from typing import Type\ndef f(kind: Type[int] | None): return kind(3)\nassert f(int) == 3",
    ),
    "a forward reference that evaluates its text": (
        "import typing\ntyping.get_args(typing.List['print'])[0].__forward_arg__",
        "import typing\nassert typing.get_args(typing.List['print']) == ('print',)",
    ),
    "a class pattern that reads a frame, by a named tuple": (
        READ_A_FRAME.format(
            declaration="from typing import NamedTuple\nclass N(NamedTuple):\n    gi_frame: int", base="N"
        ),
        "from typing import NamedTuple\nclass N(NamedTuple):\n    a: int\nmatch N(3):\n    case N(a): assert a == 3",
    ),
    "a class pattern that reads an object, by a named tuple": (
        "from typing import NamedTuple\nclass N(NamedTuple):\n    obj: int",
        "from typing import NamedTuple\nclass N(NamedTuple):\n    obj_: int",
    ),
    "a generic named tuple with a denied name": (
        "from typing import NamedTuple, Generic, TypeVar\nT = TypeVar('T')\n"
        "class N(NamedTuple, Generic[T]):\n    format: T",
        "from typing import NamedTuple, Generic, TypeVar\nT = TypeVar('T')\n"
        "class N(NamedTuple, Generic[T]):\n    a: T\nassert N[int](1).a == 1",
    ),
    "a field that is renamed after its name was checked": (
        RENAME_A_FIELD,
        "from dataclasses import dataclass, field\n@dataclass\nclass A:\n    x: list = field(default_factory=list)\n"
        "assert A() == A()",
    ),
    "a cached property with another name": (
        "import functools, enum\nc = functools.cached_property(lambda self: 1)\nclass E(enum.Enum):\n    A = 1\n"
        "E.x = c\nc.attrname = '_value_'\nprint('ESCAPED', E.A.x)",
        "import functools\nclass A:\n    n = 0\n    @functools.cached_property\n    def x(self):\n"
        "        self.n += 1\n        return self.n\na = A()\nassert (a.x, a.x, a.n) == (1, 1, 1)",
    ),
    "annotations of another object": (
        ANNOTATIONS_OF_ANOTHER,
        "import functools\ndef f(): 'doc'\n@functools.wraps(f)\ndef g(): pass\n"
        "assert (g.__name__, g.__doc__) == ('f', 'doc')",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_way_out_is_closed_and_its_neighbour_is_open(name: str) -> None:
    escape, allowed = PAIRS[name]
    outcome = run(escape)
    assert "ESCAPED" not in outcome.out, outcome
    assert outcome.kind in ("failed", "syntax"), outcome
    assert run(allowed).kind == "done", run(allowed)


@pytest.mark.parametrize(
    "binding",
    [
        "def super(): return print",
        "super = print",
        "for super in [print]: pass",
        "(super := print)",
        "import math as super",
        "def f(super): pass",
        "class super: pass",
        "try: pass\nexcept Exception as super: pass",
        "with x as super: pass",
        "match print:\n    case super: pass",
    ],
)
def test_super_cannot_be_made_to_give_another_object(binding: str) -> None:
    assert run(f"{binding}\nsuper().__get__(1)").kind == "syntax"


def test_super_gives_special_methods_of_the_base_class() -> None:
    source = (
        "class A(dict):\n    def __getitem__(self, key): return super().__getitem__(key) + 1\nassert A(a=1)['a'] == 2"
    )
    assert run(source).kind == "done"
