"""Texts and regular expressions in the lines of a block; expressions that would never end, do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import ToolFailed
from llmspell.tools import line_matching
from llmspell.tools.file_walk import Stop, Stopped
from llmspell.tools.line_matching import Hit, RegexMatcher, TextMatcher

BLOCK = "one Two\r\n\ntwo two\nthree"


def by_text(query: str, block: str = BLOCK, *, case_sensitive: bool = False) -> list[Hit]:
    return TextMatcher(query, case_sensitive=case_sensitive).hits(block)


def by_regex(pattern: str, *blocks: str, case_sensitive: bool = False) -> list[list[Hit]]:
    matcher = RegexMatcher(pattern, case_sensitive=case_sensitive, stop=Stop())
    try:
        return [matcher.hits(it) for it in blocks]
    finally:
        matcher.close()


def test_a_text_is_found_in_each_line_and_counted() -> None:
    assert by_text("two") == [Hit(0, 1, 4), Hit(2, 2, 0)]
    assert by_text("two", case_sensitive=True) == [Hit(2, 2, 0)]
    assert by_text("three") == [Hit(3, 1, 0)]
    assert by_text("four") == []
    assert by_text("STRASSE", "die Straße") == [Hit(0, 1, 4)]


LINES = st.text("aB \n", max_size=30)


@given(st.text("aB ", min_size=1, max_size=3), LINES, st.booleans())
def test_a_text_is_found_as_often_as_line_by_line(query: str, block: str, case_sensitive: bool) -> None:
    def folded(text: str) -> str:
        return text if case_sensitive else text.casefold()

    lines = enumerate(folded(block).split("\n"))
    expected = [Hit(i, it.count(folded(query)), it.find(folded(query))) for i, it in lines if folded(query) in it]
    assert by_text(query, block, case_sensitive=case_sensitive) == expected


def test_an_expression_is_matched_line_by_line_in_block_after_block() -> None:
    assert by_regex(r"t\w+$", BLOCK, "ten", "") == [[Hit(0, 1, 4), Hit(2, 1, 4), Hit(3, 1, 0)], [Hit(0, 1, 0)], []]
    assert by_regex("two", BLOCK, case_sensitive=True) == [[Hit(2, 2, 0)]]
    assert by_regex(r"(?<=t)w(?=o)|ü", "two ü\ud800") == [[Hit(0, 2, 1)]]


def test_matches_of_nothing_count_once_a_line_and_only_where_there_is_no_other() -> None:
    assert by_regex("^$", BLOCK) == [[Hit(1, 1, 0)]]
    assert by_regex("e*", "tree\nx") == [[Hit(0, 1, 2), Hit(1, 1, 0)]]


@settings(max_examples=20, deadline=None)  # a process each
@given(st.sampled_from(["a+", "B", "^ ", "a|b", "[aB ]{2}"]), LINES)
def test_an_expression_is_found_as_often_as_by_the_library(pattern: str, block: str) -> None:
    expected = [(i, len(re.findall(pattern, it, re.IGNORECASE))) for i, it in enumerate(block.split("\n"))]
    assert [(it.line, it.n_matches) for it in by_regex(pattern, block)[0]] == [it for it in expected if it[1]]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing ), unterminated subpattern at position 0"),
        ("*a", "nothing to repeat at position 0"),
        (r"\q", "bad escape"),
        ("(" * 3000 + ")" * 3000, "nested too deeply"),
    ],
)
def test_what_is_no_expression_says_where(pattern: str, reason: str) -> None:
    with pytest.raises(ToolFailed) as caught:
        by_regex(pattern, "")
    assert caught.value.code == "bad_pattern"
    assert reason in caught.value.message


def test_an_expression_that_would_never_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_matching, "TIMEOUT_S", 1)
    slow = RegexMatcher("(a|aa)+$", case_sensitive=True, stop=Stop())
    assert slow.hits("aaaa") == [Hit(0, 1, 0)]
    with pytest.raises(ToolFailed) as caught:
        slow.hits("a" * 100 + "b")
    slow.close()
    assert caught.value.code == "pattern_too_slow"
    assert slow._child.returncode is not None


def test_an_expression_that_takes_too_much_memory_is_ended() -> None:
    with pytest.raises(ToolFailed) as caught:
        by_regex("(?:(a)|(b))*c", "ab" * 5_000_000)
    assert caught.value.code == "pattern_too_large"


def test_a_search_that_nobody_waits_for_ends() -> None:
    stop = Stop()
    matcher = RegexMatcher("(a|aa)+$", case_sensitive=True, stop=stop)
    stop.set()
    with pytest.raises(Stopped):
        matcher.hits("a" * 100 + "b")
    matcher.close()
    assert matcher._child.returncode is not None


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs /proc")
def test_the_child_can_open_nothing_and_knows_nothing() -> None:
    matcher = RegexMatcher("a", case_sensitive=True, stop=Stop())
    child = Path("/proc") / str(matcher._child.pid)
    limits = (child / "limits").read_text()
    environment = (child / "environ").read_bytes()
    assert matcher.hits("a") == [Hit(0, 1, 0)]
    matcher.close()
    assert re.search(r"^Max open files +3 +3 ", limits, re.MULTILINE)
    assert re.search(r"^Max address space +536870912 ", limits, re.MULTILINE)
    assert b"=" not in environment.replace(b"LC_CTYPE=C.UTF-8", b"")  # which Python sets for itself
