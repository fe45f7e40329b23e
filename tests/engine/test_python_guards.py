"""The guarded builtins of Python scripts: each refusal beside what is allowed."""
# ruff: noqa: E501 - scripts are kept on one line each

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.python_engine import make_engine


def run(source: str) -> Outcome:
    return run_script(make_engine, source, python="safe")


# name → (what is refused, a word of the message, what is allowed, what that prints)
PAIRS = {
    "a name of an object that has none": ("x = 5\nx.__name__", "only there on functions and classes", "print(int.__name__, print.__name__, len.__qualname__, int.__doc__ is None)", "int print len False\n"),
    "members of no enumeration": ("int.__members__", "only there on enumerations", "import enum\nclass E(enum.Enum):\n    A = 1\nprint(list(E.__members__))", "['A']\n"),
    "the object of an attribute error": ("try:\n    (5).nope\nexcept AttributeError as e:\n    e.obj", "not available", "class A:\n    obj = 3\nprint(A().obj, A.obj)", "3 3\n"),
    "the object of the error's class": ("AttributeError.obj", "not available", "try:\n    (5).nope\nexcept AttributeError as e:\n    print(e.name)", "nope\n"),
    "format that reads a class": ("'{0.__class__}'.format(5)", "cannot read the attribute", "print('{0} {0.real} {a[0]}'.format(5, a=[1]))", "5 5 1\n"),
    "format_map that reads a class": ("'{a.__class__}'.format_map({'a': 5})", "cannot read the attribute", "print('{a.real}'.format_map({'a': 5}), '{a}'.format_map({'a': 1}))", "5 1\n"),
    "format in a specification": ("'{0:{1.__class__}}'.format(5, 6)", "cannot read the attribute", "print('{0:{1.real}}|'.format(5, 3))", "  5|\n"),
    "unbound format": ("str.format('{0.__class__}', 5)", "cannot read the attribute", "print(str.format('{0.real} {a}', 5, a=1))", "5 1\n"),
    "unbound format of no text": ("str.format(5)", "needs a string", "print(str.format('{}', 5))", "5\n"),
    "unbound format_map": ("str.format_map('{a.__class__}', {'a': 5})", "cannot read the attribute", "print(str.format_map('{a.real}', {'a': 5}))", "5\n"),
    "unbound format_map of no text": ("str.format_map(5, {})", "needs a string", "print(str.format_map('{a}', {'a': 2}))", "2\n"),
    "getattr of a dunder": ("getattr(5, '__reduce__')", "__reduce__", "print(getattr(5, 'real'), getattr(5, '__reduce__', 'no'), getattr(5, 'nope', 'none'))", "5 no none\n"),
    "getattr by no text": ("getattr(5, 6)", "must be a string", "print(getattr(5, '__class__'))", "<class 'int'>\n"),
    "getattr by text that changes": ("class S(str): pass\ngetattr(5, S('real'))", "must be a string", "print(getattr(5, 're' + 'al'))", "5\n"),
    "getattr of what is not there": ("getattr(5, 'nope')", "nope", "print(hasattr(5, 'nope'), hasattr(5, 'real'), hasattr(5, '__globals__'))", "False True False\n"),
    "setattr of a dunder": ("class A: pass\nsetattr(A, '__init__', None)", "__init__", "class A: pass\na = A()\nsetattr(a, 'x', 1)\nprint(a.x)", "1\n"),
    "setattr of a private name": ("class A: pass\nsetattr(A(), '__class__', int)", "__class__", "class A: pass\nsetattr(A, 'y', 2)\nprint(A().y)", "2\n"),
    "delattr of a dunder": ("class A:\n    def __init__(self): pass\ndelattr(A, '__init__')", "__init__", "class A:\n    x = 1\ndelattr(A, 'x')\nprint(hasattr(A, 'x'))", "False\n"),
    "dir of nothing": ("dir()", "needs one argument", "class A:\n    x = 1\n    def __len__(self): return 1\nprint(dir(A()))", "['x']\n"),
    "making a type": ("type('X', (), {})", "", "print(type(5), type(type(5)), type(5) is int, isinstance(int, type), isinstance(5, type))", "<class 'int'> <class 'type'> True True False\n"),
    "making a function": ("type(lambda: 1)(None, {})", "", "def f(): pass\nprint(type(f), type(f) is type(lambda: 1), type(f).__name__)", "<class 'function'> True function\n"),
    "running text": ("eval('1')", "not available", "print(max([1, 2]))", "2\n"),
    "the address of an object": ("id(5)", "is", "x = []\ny = x\nprint(x is y, x is [])", "True False\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_what_leads_out_is_refused_and_its_neighbour_works(name: str) -> None:
    refused, words, allowed, expected = PAIRS[name]
    outcome = run(refused + "\nprint('taken')")
    assert outcome.kind == "failed", outcome
    assert words in outcome.value["message"]
    assert "taken" not in outcome.out
    honest = run(allowed)
    assert (honest.kind, honest.out) == ("done", expected), honest


def test_an_annotation_of_a_class_is_its_text_and_the_markers_of_dataclasses_work() -> None:
    source = "from dataclasses import dataclass, InitVar, KW_ONLY\nfrom typing import ClassVar\n@dataclass\nclass A:\n    n: ClassVar[int] = 7\n    x: int\n    start: InitVar[int]\n    _: KW_ONLY\n    k: str = 'k'\n    def __post_init__(self, start): self.x += start\nprint(A(1, 2), A(1, 2, k='z').k, A.n)"
    assert run(source).out == "A(x=3, k='k') z 7\n"
    assert (
        run(
            "from dataclasses import dataclass, fields\n@dataclass\nclass A:\n    x: Undefined\n    y: int = 0\nf = fields(A)[0].type\nprint(f)\ntry:\n    f()\nexcept TypeError as e:\n    print(e)"
        ).out
        == "Undefined\nan annotation cannot be called\n"
    )
