"""The templates of data, conversations and notes."""

from __future__ import annotations

from typing import Any

import pytest
from template_bench import Bench, by

from llmspell.errors import BadArgument, InvalidParams, NotFound, PermissionDenied

SALES = "region;month;sales\nnorth;1;10\nnorth;2;20\nsouth;1;5.5\nsouth;2;\n"


def test_figures_are_computed_and_the_model_words_them(bench: Bench) -> None:
    done = bench.run(
        "data-analysis", by("You explain figures", text="North leads."), data=SALES, group_by="region", question="Who?"
    )
    result = done.outcome.result
    assert done.outcome.text == "North leads."
    assert result["rows"] == 4
    assert result["statistics"]["sales"]["sum"] == 35.5
    assert result["statistics"]["sales"]["missing"] == 1
    assert result["statistics"]["region"] == {
        "kind": "text",
        "count": 4,
        "missing": 0,
        "distinct": 2,
        "top": [{"value": "north", "count": 2}, {"value": "south", "count": 2}],
    }
    assert result["groups"][0] == {
        "value": "north",
        "rows": 2,
        "month": {"sum": 3, "mean": 1.5},
        "sales": {"sum": 30, "mean": 15},
    }
    assert '"sum": 35.5' in bench.asked()
    plain = bench.run("data-analysis", data=SALES, explain=False)
    assert plain.calls == 0
    assert "sales: 3 values, 1 missing: mean 11.833333" in plain.outcome.text
    assert bench.estimate("data-analysis", data=SALES, explain=False)["calls"] == 0


@pytest.mark.parametrize(
    "data",
    [
        [{"a": 1, "b": "x"}, {"a": 2}],
        {"a": [1, 2], "b": ["x"]},
        '[{"a": 1, "b": "x"}, {"a": 2}]',
        '{"a": 1, "b": "x"}\n{"a": 2}\n',
        '{"rows": [{"a": 1, "b": "x"}, {"a": 2}], "total": 2}',
        "a,b\n1,x\n2,\n",
        "a\tb\n1\tx\n2\tn/a\n",
    ],
)
def test_data_may_come_as_rows_columns_json_lines_or_csv(data: Any, bench: Bench) -> None:
    figures = bench.run("data-analysis", data=data, explain=False).outcome.result["statistics"]
    assert (figures["a"]["sum"], figures["b"]["missing"]) == (3, 1)


def test_data_is_read_from_files_that_are_granted(make_bench: Any) -> None:
    bench = make_bench("read:data", "model:*")
    bench.file("data/sales.csv", SALES)
    assert bench.run("data-analysis", path="data/sales.csv", explain=False).outcome.metadata["rows"] == 4
    bench.file("secret.csv", SALES)
    with pytest.raises(PermissionDenied):
        bench.run("data-analysis", path="secret.csv", explain=False)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "either `data` or `path`"),
        ({"data": "a,b\n"}, "no rows"),
        ({"data": "a,a\n1,2\n"}, "is there twice"),
        ({"data": "{nope"}, "not JSON"),
        ({"data": [1]}, "row 1 of the data is no object"),
        ({"data": SALES, "group_by": "regoin"}, 'no column "regoin"'),
        ({"data": SALES, "columns": ["sale"]}, 'no column "sale"'),
    ],
)
def test_what_is_no_table_is_refused(params: dict[str, Any], message: str, bench: Bench) -> None:
    with pytest.raises(InvalidParams, match=message):
        bench.run("data-analysis", "never", **params)


def test_huge_and_odd_numbers_do_no_harm(bench: Bench) -> None:
    rows = [{"a": 10**400, "b": "1e999", "c": float("inf"), "d": "1_0", "e": True}]
    figures = bench.run("data-analysis", data=rows * 3, explain=False).outcome.result["statistics"]
    assert {it["kind"] for it in figures.values()} == {"text"}


def test_a_chat_answers_in_the_light_of_what_was_said(bench: Bench) -> None:
    turn = by("You are in a conversation", text="turn {{turn}}: {{input}}")
    first = bench.run("interactive-chat", turn, message="I am Ada.")
    assert first.outcome.text == "turn 1: I am Ada."
    again = bench.run("interactive-chat", turn, message="Who am I?", messages=first.outcome.result["messages"])
    assert again.outcome.text == "turn 2: Who am I?"
    assert (again.outcome.result["turn"], len(again.outcome.result["messages"])) == (2, 4)
    assert (
        "Be brief."
        in bench.run(
            "interactive-chat", by("Be brief.", text="Be brief."), message="x", instructions="Be brief."
        ).outcome.text
    )
    for params, message in [
        ({}, "the message is empty"),
        ({"message": "x", "messages": [{"role": "system", "content": "y"}]}, r"messages\[0\] is"),
        ({"message": "x", "messages": [{"role": "user"}], "session": "s"}, "has its own messages"),
    ]:
        with pytest.raises(InvalidParams, match=message):
            bench.run("interactive-chat", turn, **params)


def test_a_chat_of_a_name_is_kept_and_needs_state(bench: Bench, make_bench: Any) -> None:
    turn = by("You are in", text="{{turn}}")
    texts = [bench.run("interactive-chat", turn, message="x", session="trip").outcome.text for _ in range(3)]
    assert texts == ["1", "2", "3"]
    assert bench.run("interactive-chat", turn, message="x", session="other").outcome.text == "1"
    with pytest.raises(InvalidParams, match="has no global State"):
        make_bench("model:*").run("interactive-chat", turn, message="x", session="trip")


def test_a_chat_may_use_tools_and_is_streamed_to_who_watches(bench: Bench) -> None:
    turns = [
        {"when": {"after_tool": False}, "tool": "calculator", "arguments": {"input": "6*7"}},
        {"when": {"after_tool": True}, "text": "{{last_tool_result}}"},
    ]
    done = bench.run("interactive-chat", *turns, message="6*7?", tools=["calculator"], watched=True)
    assert done.outcome.text == "42"
    assert {"text", "tool_start", "tool_end"} <= {it.kind for it in bench.events}
    assert bench.estimate("interactive-chat", message="x", tools=["calculator"], model="echo")["confidence"] == "low"


def add(bench: Bench, content: str, **more: Any) -> str:
    note = bench.run("knowledge-management", operation="add", content=content, **more).outcome.result
    return str(note["id"])


def test_notes_are_kept_found_by_words_and_answered_from(bench: Bench) -> None:
    assert add(bench, "# Backups\nThe backup runs at 3 in the night.", tags=["ops"]) == "n1"
    assert add(bench, "Cats sleep all day.", title="Cats") == "n2"
    assert add(bench, "Backups of the wiki fail often.", tags=["ops", "wiki"]) == "n3"
    found = bench.run("knowledge-management", operation="search", query="which backups fail").outcome.result
    assert [it["id"] for it in found["notes"]] == ["n3", "n1"]
    tagged = bench.run("knowledge-management", operation="list", tags=["WIKI"]).outcome
    assert (tagged.text, tagged.result["total"]) == ("n3  Backups of the wiki fail often.", 1)
    turn = by("from notes", text="At 3 [n1], they say [n9].")
    asked = bench.run("knowledge-management", turn, operation="ask", query="When is the backup?")
    assert (asked.outcome.result["cited"], asked.outcome.result["unknown_citations"]) == (["n1"], ["n9"])
    assert "Cats" not in bench.asked()
    nothing = bench.run("knowledge-management", turn, operation="ask", query="xylophone")
    assert (nothing.calls, nothing.outcome.result["found"]) == (0, False)


def test_a_note_is_replaced_deleted_and_its_number_not_used_again(bench: Bench) -> None:
    add(bench, "one")
    add(bench, "two")
    assert add(bench, "one, better", id="n1") == "n1"
    assert bench.run("knowledge-management", operation="get", id="n1").outcome.result["content"] == "one, better"
    bench.run("knowledge-management", operation="delete", id="n2")
    assert add(bench, "three") == "n3"
    assert bench.run("knowledge-management", operation="list", base="elsewhere").outcome.result["total"] == 0
    for params in (
        {"operation": "get", "id": "n2"},
        {"operation": "delete", "id": "n2"},
        {"operation": "add", "id": "n2", "content": "x"},
    ):
        with pytest.raises(NotFound, match='no note "n2"'):
            bench.run("knowledge-management", **params)


def test_notes_need_state_and_what_they_are_about(bench: Bench, make_bench: Any) -> None:
    with pytest.raises(BadArgument, match="the profile test has no global State"):
        make_bench("model:*").run("knowledge-management", operation="list")
    for params, message in [
        ({"operation": "add"}, "nothing to add"),
        ({"operation": "search"}, "nothing to look for"),
        ({"operation": "forget"}, "must be one of"),
    ]:
        with pytest.raises(InvalidParams, match=message):
            bench.run("knowledge-management", **params)
