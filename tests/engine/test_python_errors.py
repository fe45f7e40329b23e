"""The classes that Python scripts catch errors by."""

from textwrap import dedent
from typing import Any

import pytest
from fake_host import HostFailure, Outcome, run_script

from llmspell import errors
from llmspell.engine.python_engine import make_engine
from llmspell.engine.python_errors import CLASSES
from llmspell.interface.generated import BINDING
from llmspell.interface.pyi import CATCHABLE


def run(source: str, python: str = "safe", **answers: Any) -> Outcome:
    return run_script(make_engine, dedent(source), python=python, interface=BINDING, **answers)


def failing(code: str, hint: str = "") -> dict[str, Any]:
    def fail(*_: Any, **__: Any) -> None:
        raise HostFailure(code=code, message="it went wrong", **({"hint": hint} if hint else {}))

    return {"Tool.execute": fail, "State.get": fail}


def test_every_class_is_called_and_placed_as_the_host_s_is() -> None:
    hosts = {it.code: it for it in errors.error_classes() if it.__module__ == "llmspell.errors"}
    for code, cls in CLASSES.items():
        assert cls.__name__ == hosts[code].__name__
        parent = hosts[code].__mro__[1].__name__
        assert parent in [it.__name__ for it in cls.__mro__]


def test_the_stubs_declare_the_same_classes() -> None:
    assert list(CATCHABLE) == [it.__name__ for it in CLASSES.values()]
    for cls in CLASSES.values():
        assert CATCHABLE[cls.__name__] == ", ".join(it.__name__ for it in cls.__bases__)


@pytest.mark.parametrize("level", ["plain", "safe", "minimal"])
@pytest.mark.parametrize("code", sorted(CLASSES))
def test_an_error_of_the_host_is_caught_by_its_class(code: str, level: str) -> None:
    source = f"""
        try:
            State.get('x')
        except {CLASSES[code].__name__} as e:
            print(e.code, isinstance(e, LLMSpellError))
    """
    assert run(source, level, answers=failing(code)).out == f"{code} True\n"


def test_an_error_of_another_kind_is_not_caught_by_a_class() -> None:
    source = """
        try:
            State.get('x')
        except PermissionDenied:
            print('wrong')
        except LLMSpellError as e:
            print(type(e).__name__, e.code)
    """
    assert run(source, answers=failing("not_found")).out == "NotFound not_found\n"
    assert run(source, answers=failing("something_new")).out == "LLMSpellError something_new\n"


def test_a_tool_s_own_code_is_a_failure_of_the_tool() -> None:
    source = """
        try:
            Tool.execute('x')
        except ToolFailed as e:
            print(e.code)
    """
    assert run(source, answers=failing("file_not_found")).out == "file_not_found\n"
    assert run(source, answers=failing("permission_denied")).value["code"] == "permission_denied"


def test_a_hint_is_none_where_there_is_none() -> None:
    source = """
        try:
            State.get('x')
        except LLMSpellError as e:
            print(e.hint, '|', e)
    """
    assert run(source, answers=failing("not_found")).out == "None | it went wrong\n"
    assert run(source, answers=failing("not_found", "look")).out == "look | it went wrong (look)\n"


def test_a_script_raises_and_derives_them() -> None:
    assert run("raise PermissionDenied('no')").value["code"] == "permission_denied"
    assert run("raise LLMSpellError('no')").value["code"] == "script_error"
    fields = run("raise LLMSpellError('no', code='mine', hint='h')").value
    assert (fields["code"], fields["message"], fields["hint"]) == ("mine", "no", "h")
    source = """
        class Mine(ToolFailed):
            code = 'mine'
        try:
            raise Mine('x')
        except ToolFailed as e:
            print(e.code, e.message, type(LLMSpellError('y', code='timed_out')).__name__)
        try:
            raise TimedOut('slow')
        except TimeoutError as e:
            print(e, e.code)
    """
    assert run(source).out == "mine x TimedOut\nslow timed_out\n"


def test_the_classes_cannot_be_changed() -> None:
    assert run("PermissionDenied.code = 'x'").kind == "failed"
    assert run("ToolFailed.__new__").kind == "syntax"


def test_a_module_that_is_denied_is_both_kinds_of_error_and_keeps_its_code() -> None:
    def module(*_: Any) -> None:
        raise HostFailure(code="permission_denied", message="modules are not granted", hint="use another profile")

    answers = {"_host.module": module}
    assert run("import neighbour", answers=answers).value["code"] == "permission_denied"
    for kind in ("ImportError", "ModuleNotFoundError", "PermissionDenied", "LLMSpellError"):
        source = f"try:\n    import neighbour\nexcept {kind} as e:\n    print(e)"
        assert run(source, answers=answers).out == "modules are not granted (use another profile)\n"


@pytest.mark.parametrize("source", ["from . import x", "from .x import y", "from .. import x"])
def test_a_relative_import_says_to_name_the_module(source: str) -> None:
    for level in ("plain", "safe"):
        assert "name the module" in run(source, level).value["message"]
    assert run("import json.decoder, email.message\nprint(json.loads('1'))", "plain").out == "1\n"
