"""Text: every operation, on characters as a reader counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import InvalidParams, ToolFailed
from llmspell.tools import text_operations
from llmspell.tools.text_operations import characters

FAMILY = "👨\u200d👩\u200d👧"
ACCENT = "e\u0301"  # two code points, one character


@pytest.mark.parametrize(
    ("operation", "text", "options", "result"),
    [
        ("uppercase", "straße é", {}, "STRASSE É"),
        ("lowercase", "ÀB", {}, "àb"),
        ("reverse", f"{ACCENT}a{FAMILY}🇩🇪🇫🇷👍🏽", {}, f"👍🏽🇫🇷🇩🇪{FAMILY}a{ACCENT}"),
        ("reverse", "a\r\nb", {}, "b\r\na"),
        ("reverse", "", {}, ""),
        ("trim", "\u00a0 x \n", {}, "x"),
        ("trim", " x ", {"side": "start"}, "x "),
        ("trim", " x ", {"side": "end"}, " x"),
        ("trim", "--x-", {"characters": "-"}, "x"),
        ("replace", "a-b-c", {"from": "-", "to": "+"}, "a+b+c"),
        ("replace", "a-b-c", {"from": "-"}, "abc"),
        ("replace", "a.b.c", {"search": ".", "to": "\\1", "count": 1}, "a\\1b.c"),
        ("replace", "aAa", {"from": "a", "to": "b", "case_sensitive": False}, "bbb"),
        ("replace", "aAa", {"from": "a", "to": "b", "case_sensitive": False, "count": 0}, "aAa"),
        ("replace", "(x)", {"from": "(X)", "to": "\\g<0>", "case_sensitive": False}, "\\g<0>"),
        ("replace", "ab", {"from": "", "to": "."}, ".a.b."),
        ("substring", "hello", {"start": 1, "end": 3}, "el"),
        ("substring", "hello", {"start": -3, "length": 2}, "ll"),
        ("substring", "hello", {"start": 3}, "lo"),
        ("substring", "hello", {"start": 9, "end": 12}, ""),
        ("substring", "hello", {"end": -1}, "hell"),
        ("substring", f"a{FAMILY}b", {"start": 1, "length": 1}, FAMILY),
        ("split", "a b  c\n", {}, ["a", "b", "c"]),
        ("split", "a,b,,c", {"separator": ","}, ["a", "b", "", "c"]),
        ("split", "a,b,c", {"separator": ",", "count": 1}, ["a", "b,c"]),
        ("split", f"a{ACCENT}", {"separator": ""}, ["a", ACCENT]),
        ("snake_case", "HTTPServer error-Code2 don't", {}, "http_server_error_code2_dont"),
        ("snake_case", "हिन्दी भाषा", {}, "हिन्दी_भाषा"),
        ("camel_case", "hello world-foo_bar", {}, "helloWorldFooBar"),
        ("camel_case", "", {}, ""),
        ("pascal_case", "XMLHttpRequest", {}, "XmlHttpRequest"),
        ("kebab_case", "HelloWorld foo", {}, "hello-world-foo"),
        ("title_case", "don't STOP élan", {}, "Don't Stop Élan"),
        ("sanitize", "a\x00b\x1b[31m\u202ec\n\t", {}, "ab[31mc\n\t"),
        ("sanitize", "a\x00b", {"replacement": "?"}, "a?b"),
        ("sanitize", f"{FAMILY}{ACCENT}", {}, f"{FAMILY}é"),
        ("truncate", "hello world", {"length": 6}, "hello…"),
        ("truncate", "hello world", {"length": 6, "at": "start"}, "…world"),
        ("truncate", "hello world", {"length": 6, "at": "middle"}, "hel…ld"),
        ("truncate", "hello world", {"length": 8, "suffix": "..."}, "hello..."),
        ("truncate", "hello", {"length": 5}, "hello"),
        ("truncate", "hello", {"length": 0}, ""),
        ("truncate", f"{FAMILY}{FAMILY}", {"length": 1, "suffix": ""}, FAMILY),
        ("indent", "a\n\nb", {"width": 2}, "  a\n\n  b"),
        ("indent", "a\nb", {"prefix": "> "}, "> a\n> b"),
        ("dedent", "  a\n   b", {}, "a\n b"),
        ("normalize_whitespace", "  a \n\t b\u00a0 ", {}, "a b"),
        ("word_wrap", "one two three\nfour", {"width": 8}, "one two\nthree\nfour"),
        ("word_wrap", "extraordinary day", {"width": 5}, "extraordinary\nday"),
        ("word_wrap", "a\n\nb", {}, "a\n\nb"),
        ("join", ["a", 1, True], {"separator": "-"}, "a-1-true"),
        ("join", [], {}, ""),
    ],
)
def test_an_operation(operation: str, text: object, options: dict[str, object], result: object, call) -> None:
    assert call("text-manipulator", operation=operation, input=text, options=options).result == result
    # The same with the options beside the operation.
    assert call("text-manipulator", {"operation": operation, "text": text, **options}).result == result


def test_count_counts(call) -> None:
    assert call("text-manipulator", operation="count", input=f"h{ACCENT} x\ny\n").result == {
        "characters": 7,
        "code_points": 8,
        "bytes": 9,
        "words": 3,
        "lines": 2,
    }
    assert call("text-manipulator", operation="count", input="").result["lines"] == 0


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"operation": "uppercase"}, "missing_input"),
        ({"operation": "uppercase", "input": ["a"]}, "missing_input"),
        ({"operation": "join", "input": "abc"}, "missing_input"),
        ({"operation": "join", "input": ["a", {}]}, "not_text"),
        ({"operation": "replace", "input": "a"}, "missing_option"),
        ({"operation": "truncate", "input": "a"}, "missing_option"),
        ({"operation": "replace", "input": "a" * 100_000, "from": "a", "to": "b" * 1000}, "too_large"),
        (
            {"operation": "replace", "input": "A" * 100_000, "from": "a", "to": "b" * 1000, "case_sensitive": False},
            "too_large",
        ),
        ({"operation": "replace", "input": "a" * 100_000, "from": "", "to": "b" * 1000}, "too_large"),
        ({"operation": "indent", "input": "a\n" * 10_000, "width": 10_000}, "too_large"),
        ({"operation": "join", "input": ["a"] * 100_000, "separator": "b" * 1000}, "too_large"),
    ],
)
def test_it_refuses_with_a_code_of_its_own(params: dict[str, object], code: str, call) -> None:
    with pytest.raises(ToolFailed) as caught:
        call("text-manipulator", params)
    assert caught.value.code == code


def test_growth_is_refused_only_where_it_happens(call) -> None:
    text = "a" * 100_000
    once = call("text-manipulator", operation="replace", input=text, **{"from": "a"}, to="b" * 1000, count=1)
    assert len(once.result) == 100_999


def test_an_option_of_the_wrong_kind_is_named_with_its_path(call) -> None:
    with pytest.raises(InvalidParams, match=r"\$\.options\.width must be an integer, not a string"):
        call("text-manipulator", operation="indent", input="a", width="3")
    with pytest.raises(InvalidParams, match=r"\$\.options\.width must be at least 1, not 0"):
        call("text-manipulator", operation="word_wrap", input="a", width=0)
    with pytest.raises(InvalidParams) as caught:
        call("text-manipulator", operation="indent", input="a", options={"widht": 1})
    assert caught.value.hint == "did you mean width?"


def test_a_large_text_gives_the_same_in_a_thread(call) -> None:
    text = "ab" * 200_000
    assert call("text-manipulator", operation="reverse", input=text).result == "ba" * 200_000


@given(st.text())
def test_no_character_is_lost_or_torn(text: str) -> None:
    assert "".join(characters(text)) == text
    assert all(characters(text))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Mn", "Mc", "Me", "Cf"], exclude_characters="\r\n")))
def test_reversing_twice_gives_the_text_again(text: str) -> None:
    # Without flags and skin tones, whose halves may meet anew.
    plain = "".join(it for it in text if not 0x1F1E6 <= ord(it) <= 0x1F1FF and not 0x1F3FB <= ord(it) <= 0x1F3FF)
    assert text_operations.reverse(text_operations.reverse(plain, {}), {}) == plain


@given(st.text(), st.integers(0, 20), st.sampled_from(text_operations.TRUNCATION_ENDS))
def test_truncated_text_is_never_longer_than_asked(text: str, length: int, at: str) -> None:
    cut = text_operations.truncate(text, {"length": length, "at": at})
    assert len(list(characters(cut))) <= max(length, 0) or cut == text
