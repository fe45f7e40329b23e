"""What hooks are shown, and the way back."""

from dataclasses import dataclass

import pytest

from llmspell.events.plain import MAX_DEPTH, canonical, changed, plain, same
from llmspell.events.remembered import MAX_ANSWER_BYTES, MAX_ANSWERS, MAX_BYTES, Remembered


@dataclass(frozen=True)
class Pair:
    left: object
    _hidden: int = 0


class Whole(int):
    pass


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": (1, 2.5, "x", None, True, b"y")}, {"a": [1, 2.5, "x", None, True, b"y"]}),
        ({1: "a"}, {"1": "a"}),
        (Pair([object()]), {"left": ["<object>"]}),
        (Whole(3), 3),
        ({2, 1}, [1, 2]),
        (print, "<builtin_function_or_method>"),
    ],
)
def test_everything_is_plain(value, shown):
    assert plain(value) == shown


def test_what_is_nested_without_end_has_one():
    endless: list = []
    endless.append(endless)
    shown = plain(endless)
    for _ in range(MAX_DEPTH):
        (shown,) = shown
    assert shown == "<nested too deeply>"


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ({"a": []}, {"a": {}}, True),
        ([1, {}], [1, []], True),
        ({"a": [1]}, {"a": {"1": 1}}, False),
        (1, 1.0, True),
        (1, True, False),
        ("a", b"a", False),
        ({"a": None}, {}, False),
    ],
)
def test_what_is_the_same_in_every_language_is_the_same(left, right, equal):
    assert same(left, right) is equal


def test_a_change_is_made_where_it_is_and_nowhere_else():
    thing = object()
    value = {"a": {"thing": thing, "n": 1}, "b": [thing], "gone": 1}
    shown = plain(value)
    now = {"a": {**shown["a"], "n": 2}, "b": shown["b"], "new": 3}
    made = changed(value, shown, now)
    assert made == {"a": {"thing": thing, "n": 2}, "b": [thing], "new": 3}
    assert changed(value, shown, shown) is value
    assert changed(5, 5, {"a": 1}) == {"a": 1}


def test_equal_values_have_equal_texts():
    assert canonical({"b": 1, "a": [b"x", None]}) == canonical({"a": [b"x", None], "b": 1})
    assert canonical({"a": 1}) != canonical({"a": "1"})


def test_answers_are_kept_within_bounds():
    kept = Remembered(lambda: 0.0)
    for i in range(MAX_ANSWERS + 10):
        kept.keep(str(i), i, 1, 60)
    assert len(kept) == MAX_ANSWERS and kept.find("0") is None and kept.find("1009") == (1009,)
    kept.keep("large", 1, MAX_ANSWER_BYTES + 1, 60)
    assert kept.find("large") is None
    for i in range(40):
        kept.keep(f"half {i}", i, MAX_BYTES // 32, 60)
    assert len(kept) <= 32 and kept.find("half 39") == (39,)
    kept.keep("half 39", "again", 1, 60)
    assert kept.find("half 39") == ("again",)
