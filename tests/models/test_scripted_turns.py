"""Patterns of scripted turns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llmspell.models.scripted_turns import found_in


def test_a_pattern_is_found_whatever_the_case_of_its_letters() -> None:
    assert found_in("OSLO", "weather in Oslo") == ()
    assert found_in("oslo", "weather in Rome") is None


def test_a_star_keeps_the_case_of_what_it_stands_for() -> None:
    assert found_in("in * and", "IN İstanbul AND more") == ("İstanbul",)


def test_a_star_at_an_end_stands_for_all_there_is() -> None:
    assert found_in("in *", "weather in Oslo, please") == ("Oslo, please",)
    assert found_in("* in", "the weather in Oslo") == ("the weather",)
    assert found_in("*", "all of it") == ("all of it",)
    assert found_in("", "anything") == ()


def test_stars_are_as_short_as_they_can_be() -> None:
    assert found_in("a*b*c", "a1b2b3c4c") == ("1", "2b3")
    assert found_in("a**b", "a1b") == ("", "1")


@given(st.lists(st.text(alphabet="abİ ", max_size=5), min_size=1, max_size=5), st.text(alphabet="xyß", max_size=5))
def test_what_is_put_together_by_a_pattern_is_found_by_it(pieces: list[str], between: str) -> None:
    text = f"<{between.join(pieces)}>"
    found = found_in("*".join(pieces), text)
    assert found is not None
    assert len(found) == len(pieces) - 1


@given(st.text(), st.text())
def test_a_pattern_without_stars_is_found_where_the_text_contains_it(pattern: str, text: str) -> None:
    pattern = pattern.replace("*", "")
    if pattern in text:
        assert found_in(pattern, text) == ()


def test_a_pattern_that_nearly_fits_a_long_text_takes_no_time() -> None:
    assert found_in("a*" * 2000 + "b", "a" * 200_000) is None
