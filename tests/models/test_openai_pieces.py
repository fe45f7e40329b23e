"""How what a stream has cut up becomes whole."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.models.openai_pieces import CallPieces, add_details, add_part


def whole(*deltas: Any) -> list[tuple[Any, Any, Any]]:
    """Id, name and arguments of each call that the deltas come to."""
    pieces = CallPieces()
    for delta in deltas:
        pieces.add(delta)
    return [(it.get("id"), it["function"].get("name"), it["function"].get("arguments")) for it in pieces.all]


def piece(arguments: Any = None, name: Any = None, **fields: Any) -> dict[str, Any]:
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {**fields, "function": function}


def test_pieces_with_an_index_belong_together() -> None:
    assert whole(
        [piece("", "f", index=0, id="a")],
        [piece("{", index=0), piece("", "g", index=1, id="b")],
        [piece("[]", index=1)],
        [piece("}", index=0)],
    ) == [("a", "f", "{}"), ("b", "g", "[]")]


def test_calls_stand_in_the_order_in_which_they_began() -> None:
    assert [it[1] for it in whole([piece("", "g", index=3, id="b")], [piece("", "f", index=1, id="a")])] == ["g", "f"]


def test_calls_that_share_an_index_differ_by_their_ids() -> None:
    assert whole([piece("{}", "f", index=0, id="a")], [piece("{}", "f", index=0, id="b")]) == [
        ("a", "f", "{}"),
        ("b", "f", "{}"),
    ]


def test_an_id_and_a_name_that_are_repeated_with_every_piece_are_one() -> None:
    assert whole([piece("{", "f", index=0, id="a")], [piece("}", "f", index=0, id="a")]) == [("a", "f", "{}")]
    assert whole([piece("{", "f", id="a")], [piece("}", "f", id="a")]) == [("a", "f", "{}")]


def test_a_name_may_come_in_pieces() -> None:
    assert whole([piece("", "get_", index=0)], [piece("", "time", index=0)]) == [(None, "get_time", "")]


def test_without_an_index_an_id_tells_the_calls_apart() -> None:
    assert whole([piece("{", "f", id="a"), piece("[", "g", id="b")], [piece("}", id="a"), piece("]", id="b")]) == [
        ("a", "f", "{}"),
        ("b", "g", "[]"),
    ]


def test_with_neither_a_name_begins_the_next_call_and_the_rest_belongs_to_the_last() -> None:
    assert whole([piece("{", "f")], [piece("}")], [piece("[]", "g")]) == [(None, "f", "{}"), (None, "g", "[]")]
    assert whole([piece("{", "f"), piece("[", "g")], [piece("}"), piece("]")]) == [
        (None, "f", "{}"),
        (None, "g", "[]"),
    ]
    assert whole([piece("{}")]) == [(None, None, "{}")]


def test_arguments_may_come_as_an_object() -> None:
    assert whole([piece({"a": 1}, "f", index=0)]) == [(None, "f", {"a": 1})]
    assert whole([piece({"a": 1}, "f", index=0)], [piece("{}", index=0)]) == [(None, "f", "{}")]


def test_what_comes_with_a_call_is_kept() -> None:
    pieces = CallPieces()
    pieces.add([{"index": 0, "id": "a", "type": "function", "extra_content": {"x": 1}, "function": None}])
    pieces.add([{"index": 0, "id": "", "type": None, "extra_content": {"y": 2}}])
    assert pieces.all == [
        {"index": 0, "id": "a", "type": "function", "extra_content": {"x": 1, "y": 2}, "function": {}}
    ]


def test_the_older_form_is_one_call() -> None:
    pieces = CallPieces()
    pieces.add(None, {"name": "f", "arguments": "{"})
    pieces.add(None, {"arguments": "}"})
    pieces.add(None, None)
    assert [it["function"] for it in pieces.all] == [{"name": "f", "arguments": "{}"}]


@pytest.mark.parametrize("pieces", [{"index": 0}, "f", ["f"]])
def test_pieces_that_are_none_are_refused(pieces: Any) -> None:
    with pytest.raises(TypeError):
        CallPieces().add(pieces)
    CallPieces().add([])


def test_parts_of_a_content_go_on_with_the_last_one_of_their_kind() -> None:
    parts: list[Any] = []
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "h"}]}
    for part in (
        thinking,
        {"type": "thinking", "thinking": [{"type": "text", "text": "m"}, 3], "closed": True},
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
        {"type": "image_url", "image_url": {"url": "u"}},
        {"type": "image_url", "image_url": {"url": "v"}},
        {"type": "plain", "thinking": "c"},
        {"type": "plain", "thinking": "d"},
    ):
        add_part(parts, part)
    assert parts == [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}], "closed": True},
        {"type": "text", "text": "ab"},
        {"type": "image_url", "image_url": {"url": "u"}},
        {"type": "image_url", "image_url": {"url": "v"}},
        {"type": "plain", "thinking": "cd"},
    ]
    assert thinking == {"type": "thinking", "thinking": [{"type": "text", "text": "h"}]}


def test_details_of_reasoning_belong_together_by_index_and_type() -> None:
    details: list[Any] = []
    new = [
        add_details(details, [{"type": "reasoning.text", "index": 0, "text": "h", "signature": None}]),
        add_details(details, [{"type": "reasoning.text", "index": 0, "text": "m", "signature": "s"}, "what"]),
        add_details(details, [{"type": "reasoning.encrypted", "index": 0, "data": "A"}]),
        add_details(details, [{"type": "reasoning.encrypted", "index": 0, "data": "B"}]),
        add_details(
            details, [{"type": "reasoning.summary", "summary": "x"}, {"type": "reasoning.summary", "summary": "y"}]
        ),
        add_details(details, [{"type": "reasoning.text", "index": 0, "text": "n", "id": "other"}]),
        add_details(details, [{"type": "reasoning.text", "index": 0, "text": "o", "id": "third"}]),
    ]
    assert new == ["h", "m", "", "", "xy", "n", "o"]
    assert details == [
        {"type": "reasoning.text", "index": 0, "text": "hmn", "signature": "s", "id": "other"},
        {"type": "reasoning.encrypted", "index": 0, "data": "AB"},
        {"type": "reasoning.summary", "summary": "x"},
        {"type": "reasoning.summary", "summary": "y"},
        {"type": "reasoning.text", "index": 0, "text": "o", "id": "third"},
    ]
