"""From text to code: where a fault is, whether more input could make it whole, and what is too deep to compile."""

import pytest

from llmspell.engine.python_errors import LLMSpellError
from llmspell.engine.python_source import compile_source, decode_source


def fault(text: str, *, restricted: bool = True) -> LLMSpellError:
    with pytest.raises(LLMSpellError) as caught:
        compile_source(text, "s.py", restricted=restricted, value=False)
    assert caught.value.code == "syntax_error"
    return caught.value


@pytest.mark.parametrize("text", ["def f():", "x = (1,", "if x:\n    pass\nelse:", "'''text", "for x in y:\n"])
def test_a_text_that_only_lacks_its_end_is_incomplete(text: str) -> None:
    assert fault(text).details["incomplete"] is True


@pytest.mark.parametrize("text", ["x = )", "def 1():", "x y", "a = 'b", "return return"])
def test_a_text_that_nothing_could_complete_is_not(text: str) -> None:
    assert fault(text).details["incomplete"] is False


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize(("text", "line"), [("x = 1\nreturn x", 2), ("break", 1), ("def f(a, a): pass", 1)])
def test_a_text_that_parses_and_does_not_compile_has_its_place(text: str, line: int, restricted: bool) -> None:
    assert fault(text, restricted=restricted).details["line"] == line


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize(
    "text", ["(" * 5000 + "1" + ")" * 5000, "x = " + "-" * 100_000 + "1", "+".join(["1"] * 100_000)]
)
def test_a_text_that_is_nested_too_deeply_is_a_fault_and_not_a_crash(text: str, restricted: bool) -> None:
    assert "s.py:1: " in fault(text, restricted=restricted).message


def test_a_text_too_deep_for_the_policy_is_a_fault_and_ordinary_python_takes_it() -> None:
    text = "x = " + "+".join(["1"] * 700)
    assert "nested too deeply" in fault(text).message
    assert compile_source(text, "s.py", restricted=False, value=False).imports == []


def test_a_text_that_nothing_can_parse_twice_is_not_incomplete() -> None:
    assert fault("x = " + "[" * 150 + "]").details["incomplete"] is True
    assert fault("x = " + "[" * 5000).details["incomplete"] is False


def test_a_text_that_is_nested_within_reason_compiles() -> None:
    program = compile_source(
        "x = " + "(" * 50 + "1" + ")" * 50 + " + " + "+".join(["1"] * 100), "s.py", restricted=True, value=False
    )
    assert program.expression is None


def test_a_number_of_too_many_digits_is_a_fault_and_a_long_one_is_not() -> None:
    assert "digits" in fault("x = " + "9" * 5000).message
    assert compile_source("x = " + "9" * 4000, "s.py", restricted=True, value=False).imports == []


def test_the_excerpt_marks_the_column_below_the_line() -> None:
    lines = str(fault("if True:\n    x = = 1").traceback).splitlines()  # type: ignore[attr-defined]
    assert lines == ["  s.py:2", "    x = = 1", "        ^"]


def test_only_a_final_expression_is_the_value() -> None:
    with_value = compile_source("x = 1\nx + 1", "s.py", restricted=False, value=True)
    space: dict[str, object] = {}
    exec(with_value.body, space)
    assert with_value.expression is not None
    assert eval(with_value.expression, space) == 2
    assert compile_source("x = 1", "s.py", restricted=False, value=True).expression is None
    assert compile_source("1 + 1", "s.py", restricted=False, value=False).expression is None


def test_a_null_character_is_refused_at_its_line_and_text_around_it_is_read() -> None:
    with pytest.raises(LLMSpellError, match="s.py:3: the text has a null character"):
        decode_source(b"a\nb\n\0", "s.py")
    assert decode_source(b"a\r\nb\n", "s.py") == "a\nb\n"
