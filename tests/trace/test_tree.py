from __future__ import annotations

import pytest
from made_entries import START, Made, run_row

from llmspell.journal.entries import Entry, Note, Usage
from llmspell.journal.owner import Owner
from llmspell.trace.folding import ALIKE, Fold, folded
from llmspell.trace.node import Node
from llmspell.trace.tree import build, numbered

RUN = "20270115-080000-abcdef01"


def shape(root: Node) -> list[str]:
    """Each node's key, indented."""
    return [f"{'  ' * (depth - 1)}{node.key}" for depth, node in root.walk() if depth]


def test_everything_stands_under_what_it_was_done_in() -> None:
    made = Made()
    entries = [
        made.entry("0:1"),
        made.entry("0:1/1", "0:1"),
        made.entry("cb3.0", "0:1/1", kind="invocation", target="script", method="function 3"),
        made.entry("cb3.0:1"),
        made.entry("cb3.0.1:1"),
        made.entry("0.0:1"),
        made.entry("0.0:1/step1/1", "0.0:1"),
        made.entry("0.0.2:1"),
        made.entry("0:2/1", "0:2"),  # of a call that is not kept
        made.entry("0:2/1/part/deep/1", "0:2/1/part/deep"),
        made.entry("0:3", local=True),
        made.entry("cb9.1:1"),
    ]
    root = build(run_row(), reversed(entries))
    assert shape(root) == [
        "0:1",
        "  0:1/1",
        "    cb3.0",
        "      cb3.0:1",
        "      cb3.0.1",
        "        cb3.0.1:1",
        "0.0",
        "  0.0:1",
        "    0.0:1/step1/1",
        "  0.0.2",
        "    0.0.2:1",
        "0:2/1",
        "  0:2/1/part/deep/1",
        "cb9.1",
        "  cb9.1:1",
    ]
    numbers = {node.key: node.number for _, node in root.walk() if node.number}
    assert numbers == {"0:1": 1, "cb3.0:1": 2, "cb3.0.1:1": 3, "0.0:1": 4, "0.0.2:1": 5, "cb9.1:1": 7}
    assert numbered(entries) == [*list(numbers)[:5], "0:3", "cb9.1:1"]  # one of a tape's counts, and is not shown
    assert (root.n_inside, root.started_at, root.ended_at) == (15, START, START + 1)
    task = root.children[1]
    assert (task.title, task.what, task.started_at) == ("task 0.0", "task", START + 0.06)
    assert root.children[-1].title == "function 9"


def test_sums_are_of_all_that_is_inside() -> None:
    made, usage = Made(), Usage(10, 5, 1)
    entries = [
        made.entry("0:1", target="Agent"),
        made.entry("0:1/1", "0:1", target="agent", method="asker"),
        made.entry("0:1/1/step1/1", "0:1/1", target="model", method="m", usage=usage, cost_usd=0.25),
        made.entry("0:1/1/step2/1", "0:1/1", target="model", method="m", usage=usage, cost_usd=0.5),
    ]
    root = build(run_row(), entries)
    call = root.children[0]
    assert (call.tokens, call.cost_usd, root.usage.cached_tokens, root.cost_usd) == (30, 0.75, 2, 0.75)
    assert call.children[0].children[0].tokens == 15


DEAD = Owner("elsewhere", 1)


@pytest.mark.parametrize(
    ("more", "outcome", "state"),
    [
        ({}, "ok", "ok"),
        ({"error": {"code": "tool_failed", "message": "x"}}, "ok", "failed"),
        ({"error": {"code": "permission_denied", "message": "x"}}, "denied", "denied"),
        ({"error": {"code": "flow_denied", "message": "x"}}, "denied", "denied"),
        ({"error": {"code": "cancelled", "message": "x"}}, "cancelled", "cancelled"),
        ({"ended": False}, "", "running"),
        ({"ended": False, "idempotent": True}, "cancelled", "unfinished"),
        ({"ended": False}, "cancelled", "unknown"),
    ],
)
def test_what_became_of_an_entry(more: dict[str, object], outcome: str, state: str) -> None:
    root = build(run_row(outcome, owner=DEAD), [Made().entry("0:1", **more)])  # type: ignore[arg-type]
    assert root.children[0].state == state
    assert root.is_well == (state == "ok")


def test_what_was_begun_when_the_host_was_killed_is_shown_without_an_entry() -> None:
    made = Made()
    root = build(run_row("cancelled"), [made.entry("0:1")], unknown=["0:1/1", "0:2"])
    assert shape(root) == ["0:1", "  0:1/1", "0:2"]
    assert [node.state for depth, node in root.walk() if depth] == ["ok", "unknown", "unknown"]


def test_notes_stand_where_they_were_made() -> None:
    made = Made()
    entries = [made.entry("0:1"), made.entry("0:3")]
    notes = [
        Note(RUN, "checkpoint", "0:1", START + 0.01, "with an entry"),
        Note(RUN, "checkpoint", "0:2", START + 0.015, "without one"),
        Note(RUN, "log", "0:3", START + 0.02, {"level": "info", "message": "hi"}),
        Note(RUN, "worker", "", START, {"clock": []}),
        *[Note(RUN, "log", "0:3", START, "again") for _ in range(100)],
    ]
    root = build(run_row(), entries, notes)
    assert shape(root) == ["0:1", "0:2", "0:3"]
    assert [it.checkpoint for it in root.children] == ["with an entry", "without one", ""]
    assert root.children[2].remarks[0] == ("log", '{level: "info", message: "hi"}')
    assert len(root.children[2].remarks) == 21 and not root.remarks
    assert root.children[2].remarks[-1] == ("and", "81 more notes; --json shows them")


def test_a_journal_that_no_run_of_ours_has_written_is_shown_all_the_same() -> None:
    made = Made()
    entries = [
        made.entry("0:1/1", "0:1/2"),
        made.entry("0:1/2", "0:1/1"),  # inside each other
        made.entry("0:4", "0:4"),
        made.entry("", "x"),
        made.entry("///", "nowhere"),
        made.entry("..:1"),
        made.entry("cb:1"),
    ]
    root = build(run_row(), entries)
    assert {node.key for _, node in root.walk()} >= {it.key for it in entries}


def test_very_deep_and_very_many() -> None:
    made = Made()
    deep = ["0:1"]
    for _ in range(3000):
        deep.append(deep[-1] + "/1")
    entries = [made.entry(key, parent) for key, parent in zip(deep, ["", *deep], strict=False)]
    assert build(run_row(), entries).n_inside == 3001
    flat = [made.entry(f"0:{n}") for n in range(2, 10_002)]
    assert len(build(run_row(), flat).children) == 10_000


def titles(nodes: list[Node | Fold]) -> list[str]:
    return [f"{it.n} x {it.title}" if isinstance(it, Fold) else it.key for it in nodes]


def calls(n: int, **of_one: dict[int, dict[str, object]]) -> list[Entry]:
    made = Made()
    return [made.entry(f"0:{i}", **of_one.get("by", {}).get(i, {})) for i in range(1, n + 1)]  # type: ignore[arg-type]


def test_long_rows_of_the_same_are_folded() -> None:
    assert len(folded(build(run_row(), calls(ALIKE)).children)) == ALIKE
    root = build(run_row(), calls(20))
    shown = folded(root.children)
    assert titles(shown) == ["0:1", "0:2", "0:3", "16 x Tool.execute", "0:20"]
    assert isinstance(shown[3], Fold) and (shown[3].first_number, shown[3].last_number) == (4, 19)

    wrong = {"error": {"code": "tool_failed", "message": "x"}}
    shown = folded(build(run_row(), calls(30, by={15: wrong})).children)
    assert titles(shown) == [
        "0:1",
        "0:2",
        "0:3",
        "10 x Tool.execute",
        "0:14",
        "0:15",
        "0:16",
        "0:17",
        "0:18",
        "11 x Tool.execute",
        "0:30",
    ]


def test_of_very_many_that_differ_only_some_are_shown() -> None:
    made = Made()
    wrong = {"code": "tool_failed", "message": "x"}
    entries = [made.entry(f"0:{n}", method=f"m{n % 2}", error=wrong if n == 700 else None) for n in range(1, 1001)]
    shown = folded(build(run_row(), entries).children)
    keys = titles(shown)
    assert len(shown) < 60 and keys[:2] == ["0:1", "0:2"] and keys[-1] == "0:1000" and "0:700" in keys
    assert sum(it.n if isinstance(it, Fold) else 1 for it in shown) == 1000
