"""The policy, construct by construct: what is refused has a neighbour that is allowed, and runs."""
# ruff: noqa: E501 - scripts are kept on one line each

import ast
import os
import signal
import types
import warnings

import pytest
from fake_host import FakeHost, Outcome, run_script

from llmspell.engine.python_engine import make_engine
from llmspell.engine.python_names import DENIED_ATTRIBUTES
from llmspell.engine.python_policy import GUARD_NAMES, Policy


def run(source: str, **options: str) -> Outcome:
    return run_script(make_engine, source, python="safe", **options)


# name → (refused, allowed)
PAIRS = {
    "private attribute": ("x = []\nx._y", "x = []\nx.append(1)"),
    "dunder attribute": ("().__class__.__base__", "().__class__"),
    "subclasses": ("object.__subclasses__()", "object()"),
    "dict of an object": ("class A: pass\nA().__dict__", "class A: pass\nA()"),
    "globals of a function": ("def f(): pass\nf.__globals__", "def f(): pass\nf.__name__"),
    "code of a function": ("def f(): pass\nf.__code__", "def f(): pass\nf.__doc__"),
    "builtins by name": ("__builtins__", "__name__"),
    "import by name": ("__import__('os')", "import math"),
    "private name": ("_x = 1", "x_ = 1"),
    "the name _": ("__ = 1", "for _ in [1]: pass"),
    "frame of a generator": ("def g(): yield\ng().gi_frame", "def g(): yield\ng().close()"),
    "code of a generator": ("(x for x in []).gi_code", "next(x for x in [1])"),
    "traceback": ("try: 1/0\nexcept Exception as e: e.__traceback__", "try: 1/0\nexcept Exception as e: e.args"),
    "with_traceback": ("Exception().with_traceback(None)", "Exception().add_note('n')"),
    "mro": ("int.mro()", "int.from_bytes(b'a', 'big')"),
    "unicode that normalises": ("()._＿base＿＿", "'ﬁ'.upper()"),
    "argument": ("def f(_getattr_): pass", "def f(getattr_): pass"),
    "positional-only argument": ("def f(_getattr_, /): pass", "def f(a, /): pass"),
    "keyword-only argument": ("def f(*, _await_): pass", "def f(*, a): pass"),
    "varargs": ("def f(*_getattr_): pass", "def f(*a): pass"),
    "keyword dict": ("def f(**_getattr_): pass", "def f(**a): pass"),
    "lambda argument": ("lambda _getattr_: 1", "lambda a: 1"),
    "async argument": ("async def f(_getattr_): pass", "async def f(a): pass"),
    "function name": ("def _getattr_(): pass", "def f(): pass"),
    "class name": ("class _MemoryError_: pass", "class A: pass"),
    "exception name": ("try: pass\nexcept Exception as _getattr_: pass", "try: pass\nexcept Exception as e: pass"),
    "with name": ("with x as _getattr_: pass", "import io\nwith io.StringIO() as f: pass"),
    "for name": ("for _getattr_ in []: pass", "for x in []: pass"),
    "comprehension name": ("[1 for _getattr_ in []]", "[1 for x in []]"),
    "walrus name": ("(_getattr_ := 1)", "(x := 1)"),
    "starred name": ("a, *_getattr_ = 1, 2", "a, *b = 1, 2"),
    "global name": ("def f():\n    global _getattr_", "def f():\n    global x"),
    "nonlocal name": (
        "def f():\n    _x = 1\n    def g():\n        nonlocal _x",
        "def f():\n    x = 1\n    def g():\n        nonlocal x",
    ),
    "import name": ("import math as _getattr_", "import math as m"),
    "import from name": ("from math import pi as _getattr_", "from math import pi as p"),
    "import of a private name": ("from math import _x", "from math import pi"),
    "import of everything": ("from math import *", "from math import sqrt, pi"),
    "relative import": ("from . import x", "from math import e"),
    "delete": ("del _getattr_", "x = 1\ndel x"),
    "annotated name": ("_getattr_: int = 1", "x: int = 1"),
    "match capture": ("match 1:\n    case _getattr_: pass", "match 1:\n    case x: pass"),
    "match as": ("match 1:\n    case int() as _getattr_: pass", "match 1:\n    case int() as x: pass"),
    "match star": ("match []:\n    case [*_getattr_]: pass", "match []:\n    case [*x]: pass"),
    "match rest": ("match {}:\n    case {**_getattr_}: pass", "match {}:\n    case {**x}: pass"),
    "match class attribute": ("match 1:\n    case int(__class__=c): pass", "match 1:\n    case int(real=c): pass"),
    "match guarded attribute": ("match '':\n    case str(format=f): pass", "match '':\n    case str(x): pass"),
    "match value attribute": ("match 1:\n    case int.__class__: pass", "import math\nmatch 1:\n    case math.pi: pass"),
    "keyword name": ("dict(_x=1)", "dict(x=1)"),
    "getattr method": ("class A:\n    def __getattr__(self, n): pass", "class A:\n    def __getitem__(self, n): pass"),
    "getattribute method": ("class A:\n    def __getattribute__(self, n): pass", "class A:\n    def __call__(self, n): pass"),
    "setattr method": ("class A:\n    def __setattr__(self, n, v): pass", "class A:\n    def __setitem__(self, n, v): pass"),
    "del method": ("class A:\n    def __del__(self): pass", "class A:\n    def __delitem__(self, n): pass"),
    "reduce method": ("class A:\n    def __reduce__(self): pass", "class A:\n    def __repr__(self): return ''"),
    "new method": ("class A:\n    def __new__(cls): pass", "class A:\n    def __init__(self): pass"),
    "init_subclass": ("class A:\n    def __init_subclass__(cls): pass", "class A:\n    def __post_init__(cls): pass"),
    "class_getitem": ("class A:\n    def __class_getitem__(cls, i): pass", "class A:\n    def __contains__(cls, i): pass"),
    "special method outside a class": ("def __repr__(): pass", "class A:\n    def __repr__(self): return ''"),
    "special attribute of a class": ("class A:\n    __dict__ = {}", "class A:\n    __hash__ = None"),
    "slots with private names": ("class A:\n    __slots__ = ('__class__',)", "class A:\n    __slots__ = ('x',)"),
    "match_args with private names": (
        "class A:\n    __match_args__ = ('__class__',)",
        "class A:\n    __match_args__ = ('x',)",
    ),
    "match_args that are computed": ("class A:\n    __match_args__ = x()", "class A:\n    __match_args__ = ()"),
    "metaclass": ("class A(metaclass=type): pass", "class A(object): pass"),
    "metaclass in a dict": ("class A(**{'metaclass': f}): pass", "dict(**{'a': 1})"),
    "super's private method": ("class A:\n    def f(self): super().__getattribute__('x')",
                               "class A:\n    def f(self): super().__init__()"),
    "special method by hand": ("list.__init__([])", "list([])"),
    "except star": ("try: pass\nexcept* ValueError: pass", "try: pass\nexcept ValueError: pass"),
    "augmented guarded attribute": ("class A: obj = 1\nA().obj += 1", "class A: n = 1\nA().n += 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_a_refused_construct_has_an_allowed_neighbour(name: str) -> None:
    refused, allowed = PAIRS[name]
    assert run(refused).kind == "syntax"
    assert run(allowed).kind == "done", run(allowed)


# name → (raises when run, allowed)
RUN_TIME = {
    "format walks attributes": ("'{0.__class__}'.format(1)", "'{0.real}'.format(1)"),
    "format_map walks attributes": ("'{a.__class__}'.format_map({'a': 1})", "'{a}'.format_map({'a': 1})"),
    "format in a nested field": ("'{:{0.__class__}}'.format(1)", "'{:{}}'.format(1, 5)"),
    "format of a subclass": ("class S(str): pass\nS('{0.__class__}').format(1)", "class S(str): pass\nS('{}').format(1)"),
    "format by super": (
        "class S(str):\n    def f(self): return super().format(1)\nS('{0.__class__}').f()",
        "class S(str):\n    def f(self): return super().format(1)\nS('{0}').f()",
    ),
    "unbound format": ("str.format('{0.__class__}', 1)", "str.format('{0}', 1)"),
    "mapped format": ("list(map(str.format, ['{0.__class__}'], [1]))", "list(map(str.format, ['{}'], [1]))"),
    "format by getattr": ("getattr('{0.__class__}', 'format')(1)", "getattr('{}', 'format')(1)"),
    "format reads a frame": ("'{0.gi_frame}'.format(x for x in [])", "'{0}'.format(1)"),
    "getattr of a private name": ("getattr(1, '__base__')", "getattr(1, 'real')"),
    "getattr by a text that changes": (
        "class S(str):\n    def startswith(self, x): return False\ngetattr(1, S('__dir__'))",
        "getattr(1, 'imag')",
    ),
    "setattr of a private name": ("class A: pass\nsetattr(A, '__getattr__', 1)", "class A: pass\nsetattr(A, 'x', 1)"),
    "type with three arguments": ("type('A', (), {})", "type(1)"),
    "type of a class": ("type(int)('A', (), {})", "assert type(int) is type"),
    "class attribute of a class": ("int.__class__('A', (), {})", "assert int.__class__ is type"),
    "function type": ("type(lambda: 0)(1, {})", "assert type(lambda: 0) is type(print.__class__ and (lambda: 1))"),
    "deriving from type": ("class M(type): pass", "class M(list): pass"),
    "attrgetter": ("import operator\noperator.attrgetter('__class__.__base__')(1)", "import operator\noperator.attrgetter('real')(1)"),
    "methodcaller": ("import operator\noperator.methodcaller('__dir__')(1)", "import operator\noperator.methodcaller('upper')('a')"),
    "methodcaller of format": (
        "import operator\noperator.methodcaller('format', 1)('{0.__class__}')",
        "import operator\noperator.methodcaller('format', 1)('{0}')",
    ),
    "obj of an attribute error": ("try: (1).x\nexcept AttributeError as e: e.obj", "class A: obj = 1\nA().obj"),
    "writing to a facade": ("import json\njson.dumps = 1", "import json\njson.dumps(1)"),
    "writing to a builtin class": ("int.x = 1", "class A: pass\nA.x = 1"),
    "a module's module": ("import json\njson.decoder", "import json\njson.JSONDecoder"),
    "string.Formatter": ("import string\nstring.Formatter", "import string\nstring.Template('a')"),
    "enum with private names": (
        "from enum import Enum\nEnum('E', ['__reduce_ex__'])", "from enum import Enum\nEnum('E', ['A'])"
    ),
    "named tuple with code for a name": (
        "from collections import namedtuple\nnamedtuple('P', ['x, y=print()'])",
        "from collections import namedtuple\nnamedtuple('P', ['x', 'y'])",
    ),
    "dataclass of a class that is not ours": (
        "from dataclasses import dataclass\nfrom fractions import Fraction\ndataclass(Fraction)",
        "from dataclasses import dataclass\n@dataclass\nclass A: pass",
    ),
    "changing a field": (
        "from dataclasses import field\nf = field()\nf.name = 'x'", "from dataclasses import field\nfield(default=1)"
    ),
    "wraps with other names": (
        "import functools\nfunctools.update_wrapper(print, print, ('__globals__',))",
        "import functools\nfunctools.wraps(print)(lambda: 1)",
    ),
    "open": ("open('/etc/passwd')", "import io\nio.StringIO('x').read()"),
    "eval": ("eval('1')", "int('1')"),
    "exec": ("exec('1')", "sum([1])"),
    "globals": ("globals()", "dir([])"),
    "groups of exceptions": ("ExceptionGroup('a', [ValueError()])", "Exception('a')"),
    "get_type_hints": ("from typing import get_type_hints", "from typing import get_args"),
    "ABCMeta": ("from abc import ABCMeta", "from abc import ABC"),
    "typed named tuple with text": (
        "from typing import NamedTuple\nNamedTuple('P', [('x y', int)])", "from typing import NamedTuple\nNamedTuple('P', [('x', 'int')])"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RUN_TIME)
def test_a_refused_use_has_an_allowed_neighbour(name: str) -> None:
    refused, allowed = RUN_TIME[name]
    outcome = run(refused)
    assert outcome.kind == "failed", outcome
    assert run(allowed).kind == "done", run(allowed)


def test_every_node_class_of_this_python_is_handled_or_refused() -> None:
    policy = Policy()
    for node_class in {it for it in vars(ast).values() if isinstance(it, type) and issubclass(it, ast.AST)}:
        if node_class.__subclasses__() or node_class.__name__ in DEPRECATED or node_class is ast.AST:
            continue  # abstract
        if not hasattr(policy, f"visit_{node_class.__name__}"):
            policy.problems.clear()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # a node without its fields, from Python 3.13 on
                policy.visit(node_class())
            assert policy.problems, node_class


# Classes that the parser no longer makes.
DEPRECATED = {
    "Num",
    "Str",
    "Bytes",
    "NameConstant",
    "Ellipsis",
    "Index",
    "ExtSlice",
    "Suite",
    "AugLoad",
    "AugStore",
    "Param",
}


@pytest.mark.parametrize("prefix, kind", [("f_", types.FrameType), ("tb_", types.TracebackType), ("co_", types.CodeType),
                                          ("gi_", types.GeneratorType), ("cr_", types.CoroutineType),
                                          ("ag_", types.AsyncGeneratorType)])  # fmt: skip
def test_every_attribute_of_the_types_that_lead_to_globals_is_denied(prefix: str, kind: type) -> None:
    assert {it for it in dir(kind) if it.startswith(prefix)} <= DENIED_ATTRIBUTES


@pytest.mark.parametrize("name", GUARD_NAMES)
@pytest.mark.parametrize("binding", ["{0} = 1", "def f({0}): pass", "def {0}(): pass", "class {0}: pass", "import math as {0}",
                                     "for {0} in []: pass", "({0} := 1)", "lambda {0}: 1", "{0}"])  # fmt: skip
def test_no_guard_can_be_bound_or_read(name: str, binding: str) -> None:
    assert run(binding.format(name)).kind == "syntax"


def test_an_annotation_is_never_evaluated() -> None:
    source = "def f(a: print('no')) -> print('no'):\n    b: print('no') = 1\n    return b\nclass A:\n    x: print('no') = 2\nc: print('no')\nprint(f(1), A.x)"
    assert run(source).out == "1 2\n"


def test_a_marker_of_dataclasses_is_used_only_if_it_is_that_marker() -> None:
    source = (
        "from dataclasses import dataclass\nfrom typing import List\nClassVar = List['print(1)']\n"
        "@dataclass\nclass A:\n    x: ClassVar = 1\nprint(A(5))"
    )
    assert run(source).out == "A(x=5)\n"


@pytest.mark.parametrize(
    "source",
    [
        "while True:\n    try:\n        raise MemoryError\n    except BaseException:\n        pass",
        "def f():\n    while True:\n        try:\n            raise MemoryError\n        finally:\n            continue\nf()",
        "class C:\n    def __enter__(self): pass\n    def __exit__(self, *a): return True\nwhile True:\n    with C():\n        raise MemoryError",
        "import contextlib\nwhile True:\n    with contextlib.suppress(Exception):\n        raise MemoryError",
        "raise MemoryError",
        "Async.all([lambda: [].x, lambda: (_ for _ in ()).throw(MemoryError)])",
    ],
)
def test_a_memory_error_ends_the_run_whatever_the_script_catches(source: str) -> None:
    child = os.fork()
    if child == 0:  # in a process of its own, because nothing may run after `fatal`
        FakeHost.fatal = lambda self, code, message: os._exit(77 if code == "memory_limit" else 1)  # type: ignore[method-assign]
        signal.alarm(10)
        interface = {"Async": {"methods": {"all": "worker"}, "aliases": {}, "index": "", "objects": {}}}
        run_script(make_engine, source, python="safe", interface=interface)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 77


def test_other_errors_are_caught_as_ever() -> None:
    assert (
        run("try:\n    raise KeyError('a')\nexcept KeyError as e:\n    print(e)\nfinally:\n    print('f')").out
        == "'a'\nf\n"
    )


@pytest.mark.parametrize(
    "source, incomplete",
    [("if x:", True), ("def f(", True), ("'''abc", True), ("x = (1,", True), ("x = )", False), ("1 +* 2", False)],
)
def test_a_syntax_error_says_whether_more_input_could_mend_it(source: str, incomplete: bool) -> None:
    outcome = run(source)
    assert outcome.kind == "syntax"
    assert outcome.value["details"]["incomplete"] is incomplete


def test_errors_carry_the_script_s_own_file_line_and_text() -> None:
    outcome = run("def f(x):\n    return 1 / x\n\nf(0)\n", name="report.py")
    assert outcome.value["message"] == "ZeroDivisionError: division by zero"
    assert outcome.value["traceback"] == "  report.py:4\n    f(0)\n  report.py:2 in f\n    return 1 / x"
    refused = run("x = 1\ny = x.__dict__\n", name="report.py")
    assert refused.value["message"].startswith("report.py:2: ")
    assert "y = x.__dict__" in refused.value["traceback"]
