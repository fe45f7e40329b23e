"""A difference is told so that a person finds it: the call, the nearest recorded one, the place in its arguments."""

from __future__ import annotations

import msgpack
import pytest

from llmspell.journal.entries import Entry
from llmspell.replay.mismatch import difference, is_same_call, mismatch_of, nearest, never_made


def call(key: str, target: str, method: str, *args: object, **named: object) -> Entry:
    packed = msgpack.packb([list(args), named])
    return Entry("", key, "", target, method, packed, b"\xc0", None, 0.0, 0.0, False, kind="call")


RECORDED = [
    call("0:1", "Agent", "create", {"model": "m", "name": "a"}),
    call("0:2", "Agent", "ask", "what is the capital of France?", temperature=0.5),
    call("0:3", "Tool", "execute", "hash-calculator", {"input": "one", "algorithm": "md5"}),
    call("0:4", "Tool", "execute", "calculator", {"input": "1 + 2"}),
]


def test_equal_calls_are_the_same_whatever_the_order_of_their_keys() -> None:
    assert is_same_call(RECORDED[2], "Tool", "execute", ["hash-calculator", {"algorithm": "md5", "input": "one"}])
    assert not is_same_call(RECORDED[3], "Tool", "execute", ["calculator", {"input": 1}])
    assert not is_same_call(call("0:1", "A", "b", 1), "A", "b", [1.0])  # a script can tell them apart
    assert not is_same_call(call("0:1", "A", "b", 1), "A", "b", [True])


def test_other_arguments_are_told_place_by_place() -> None:
    failed = mismatch_of("0:3", "Tool", "execute", ["hash-calculator", {"input": "two", "salt": 1}], RECORDED)
    assert failed.exit_code == 65
    assert failed.message.splitlines() == [
        "call 0:3, Tool.execute, was recorded with other arguments",
        '  [2].input: recorded "one", now "two"',
        '  [2].algorithm: "md5" is gone',
        "  [2].salt: 1 is new",
    ]
    assert failed.details["key"] == failed.details["nearest"] == "0:3"


def test_another_call_at_a_place_names_both_and_the_nearest() -> None:
    failed = mismatch_of("0:2", "Tool", "execute", ["calculator", {"input": "1 + 3"}], RECORDED)
    assert failed.message.splitlines() == [
        'call 0:2 is Tool.execute("calculator",{"input":"1 + 3"}), the recording has '
        'Agent.ask("what is the capital of France?",{"temperature":0.5}) there',
        '  the nearest recorded call is 0:4: Tool.execute("calculator",{"input":"1 + 2"})',
        '  [2].input: recorded "1 + 2", now "1 + 3"',
    ]
    assert failed.details["nearest"] == "0:4"


def test_a_call_that_is_not_on_the_record_says_so_with_or_without_a_near_one() -> None:
    near = mismatch_of("0:5", "Agent", "ask", ["what is the capital of Spain?"], RECORDED)
    assert near.message.startswith("call 0:5 is not in the recording: Agent.ask(")
    assert "the nearest recorded call is 0:2" in near.message
    none = mismatch_of("0:5", "State", "get", ["x"], RECORDED)
    assert none.message == 'call 0:5 is not in the recording: State.get("x")'
    assert none.details["nearest"] == ""


def test_texts_of_lines_are_compared_line_by_line() -> None:
    assert difference(["a\nb\nc"], ["a\nB\nc"]) == ["[1]:", "  --- recorded", "  +++ now", "  @@ -1,3 +1,3 @@", "   a",
                                                     "  -b", "  +B", "   c"]  # fmt: skip
    assert difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) == []
    assert difference([1, 2, 3], [1]) == ["[2]: 2 is gone", "[3]: 3 is gone"]
    assert difference([1], [1, 2]) == ["[2]: 2 is new"]


def test_a_long_difference_is_cut() -> None:
    lines = difference(list(range(100)), list(range(1, 101)))
    assert len(lines) == 21
    assert lines[-1].startswith("… and ")
    huge = mismatch_of("0:3", "Tool", "execute", ["x" * 100_000], RECORDED)
    assert len(huge.message) < 3_000


def test_a_thousand_recorded_calls_are_looked_through_in_no_time() -> None:
    many = [call(f"0:{n}", "Agent", "ask", f"question {n} " + "about something " * 50) for n in range(2_000)]
    found = nearest("0:1500", "Agent", "ask", ["question 150 " + "about something " * 50], many)
    assert found is not None


@pytest.mark.parametrize("n", [1, 7])
def test_calls_that_were_never_made_are_listed(n: int) -> None:
    failed = never_made([call(f"0:{it}", "Tool", "list") for it in range(1, n + 1)])
    assert failed.message.splitlines()[0] == f"{n} recorded call{'s were' if n > 1 else ' was'} never made"
    assert ("… and 2 more" in failed.message) == (n == 7)
