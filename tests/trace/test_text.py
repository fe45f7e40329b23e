from __future__ import annotations

from typing import Any

import pytest
from made_entries import DENIED, Made, Reader, run_row

from llmspell.cells import width_of
from llmspell.cli.run_rows import row_of
from llmspell.journal.entries import Note, PermissionLine, Usage
from llmspell.trace.html import page
from llmspell.trace.remarks import remark
from llmspell.trace.summary import summarize
from llmspell.trace.text import Look, lines
from llmspell.trace.tree import build
from llmspell.trace.wording import detail_of, duration, short, usd

RUN = "20270115-080000-abcdef01"


def drawn(entries: list[Any], look: Look, *, outcome: str = "ok", notes: list[Note] = [], **more: Any) -> list[str]:  # noqa: B006
    row = run_row(outcome, **more)
    return list(lines(build(row, entries, notes), summarize(Reader(entries), row), look))


TREE = """
                                                             start       took  tokens      USD
1 Agent.ask "asker"                                         +10 ms     5.0 ms   1,234   0.2500  █·············
  │ log: said
  └ agent asker "Hello?"                                    +20 ms     5.0 ms   1,234   0.2500  ···█··········
    └ model m                                               +30 ms     5.0 ms   1,234   0.2500  ······█·······
2 ⊘ Tool.execute "file-operations", {path: "x"}             +40 ms     5.0 ms                   ·········█····
  │ ◆ checkpoint half
  └ ⊘ tool file-operations                                  +50 ms     5.0 ms                   ············██
      denied read:/etc/passwd: by the rule read:/etc
      permission_denied: not this
"""


def usual() -> list[Any]:
    made = Made()
    denied = PermissionLine(False, "read", "/etc/passwd", "read:/etc")
    return [
        made.entry("0:1", args=["asker"], target="Agent", method="ask"),
        made.entry(
            "0:1/1", "0:1", target="agent", method="asker", args={"messages": [{"text": "a"}, {"text": "Hello?"}]}
        ),
        made.entry("0:1/1/step1/1", "0:1/1", target="model", method="m", usage=Usage(1200, 34), cost_usd=0.25),
        made.entry("0:2", args=["file-operations", {"path": "x"}], error=DENIED),
        made.entry("0:2/1", "0:2", method="file-operations", error=DENIED, permission=(denied,)),
    ]


def test_a_tree_in_full_width() -> None:
    notes = [Note(RUN, "checkpoint", "0:2", 0.0, "half"), Note(RUN, "log", "0:1", 0.0, "said")]
    shown = drawn(usual(), Look(width=110), outcome="denied", exit_code=77, notes=notes)
    assert shown[0] == f"run {RUN} · report.lua · lua · profile medium"
    assert shown[1].startswith("denied, exit 77 · 1.00 s from ")
    assert shown[1].endswith(" · 2 calls, 5 effects · 1,234 tokens (1,200 in, 34 out) · $0…")
    assert [it.rstrip() for it in shown[2:]] == TREE.strip("\n").split("\n")


def test_what_was_reused_is_not_spent_again() -> None:
    made = Made()
    paid = {"target": "model", "method": "m", "usage": Usage(1200, 34), "cost_usd": 0.25}
    entries = [
        made.entry("0:1", args=["asker"], target="Agent", method="ask", reused=True),
        made.entry("0:1/1", "0:1", reused=True, **paid),
        made.entry("0:2", args=["asker"], target="Agent", method="ask"),
        made.entry("0:2/1", "0:2", **paid),
    ]
    row = run_row(resumed_from="20270115-070000-abcdef00")
    summary = summarize(Reader(entries), row)
    value = summary.to_value()
    assert (value["cost_usd"], value["input_tokens"], value["output_tokens"]) == (0.25, 1200, 34)
    assert (value["reused_calls"], value["saved_usd"], value["saved_tokens"]) == (1, 0.25, 1234)
    shown = drawn(entries, Look(width=200), resumed_from="20270115-070000-abcdef00")
    assert shown[1].endswith(
        " · 2 calls, 4 effects · 1,234 tokens (1,200 in, 34 out) · $0.2500 · 1 call reused, $0.2500 not spent again"
    )
    assert shown[2] == "resumed from 20270115-070000-abcdef00"
    assert [("reused" in it, "0.2500" in it) for it in shown[4:]] == [(True, False)] * 2 + [(False, True)] * 2
    assert "2 (1 reused)" in row_of(summary)
    plain_run = summarize(Reader(usual()), run_row())  # one that goes on from nothing says nothing of it
    assert (plain_run.n_reused, plain_run.saved_usd, "reused" in " ".join(row_of(plain_run))) == (0, 0.0, False)
    costs = "".join(page(build(row, entries), summary, None))
    assert costs.count('"own": [') == 1
    assert costs.count('"reused": true') == 2


@pytest.mark.parametrize("width", [40, 60, 84, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    made = Made()
    wide = "漢字" * 60
    entries = [made.entry("0:1", method=wide, args=[wide, "\x1b[31m\n\u202e"], error={"code": "x", "message": wide})]
    key = "0:1"
    for _ in range(40):
        entries.append(made.entry(f"{key}/1", key, usage=Usage(10**9, 10**9), cost_usd=1000.0))
        key += "/1"
    for ascii_only in (False, True):
        shown = drawn(entries, Look(width=width, ascii_only=ascii_only), outcome="error")
        limit = max(width, 70)  # on a narrow one the figures win
        assert max(map(width_of, shown)) <= limit
        assert all(it.isprintable() for it in shown)
        assert not ascii_only or all(it.isascii() for it in shown)


def test_what_was_read_is_said_in_few_lines() -> None:
    made = Made()

    def read(key: str, name: str) -> Note:
        return Note(RUN, "label", key, 0.0, {"label": "private", "source": name, "actor": "the script", "key": key})

    entries = [made.entry("0:1"), *[made.entry(f"0:{n}", target="File", method="open") for n in range(2, 302)]]
    notes = [read("0:1", f"read:docs/a/{n}.md") for n in range(100)] + [read("0:1", "env:HOME")]
    notes += [read(f"0:{n}", f"read:docs/{n}.md") for n in range(2, 302)]
    shown = "\n".join(drawn(entries, Look(width=110), notes=notes)) + "\n"
    assert "private: read 100 files in docs/a/…\n" in shown and "private: env HOME\n" in shown
    assert "⋮ 296 more File.open (numbers 5 to 300)" in shown and "private: read 296 files in docs/…\n" in shown
    assert shown.count("private: ") == 2 + 3 + 1 + 1
    everything = "\n".join(drawn(entries, Look(width=110, unfolded=True), notes=notes))
    assert everything.count("private: read:docs/") == 400
    assert '"private", "read 100 files' in "".join(
        page(build(run_row(), entries, notes), summarize(Reader(entries), run_row()), None)
    )


def test_notes_are_words() -> None:
    approved = {
        "how": "approved before",
        "by": "ann",
        "approved_at": 1795922051.24,
        "script": "fetch.lua",
        "hash": "1f0c2b3a4d5e" + "0" * 52,
        "permissions": ["net:example.com"],
        "profile": "medium",
    }
    kind, text = remark("approval", approved)
    assert kind == "approval" and text.startswith("approved before by ann on 2026-11-")
    assert text.endswith(": net:example.com · fetch.lua (text 1f0c2b3a4d5e), profile medium")
    found = {"rule": "no-keys", "place": "to_tool", "name": "web", "found": ["aws-key"], "times": 3, "action": "redact"}
    said = '"no-keys" found aws-key 3 times in what goes into the tool web and took it out'
    assert remark("guardrail", found) == ("guardrail", said)
    limit = {"limit": "tokens", "allowed": 100.0, "count": 120.0, "agent": "asker", "action": "strict"}
    assert remark("guardrail", limit)[1] == "the limit tokens of asker was reached (120 of 100) and stopped it"
    chain = [{"label": "private", "source": "read:a"}, {"label": "untrusted", "source": "net:x:443"}]
    assert remark("flow", {"channel": "net:y:443", "chain": chain})[1] == (
        'let through to net:y:443, which flows = "enforce" would refuse; the run holds private: read a; '
        "untrusted: net x:443"
    )
    for odd in (None, 1, [], {"how": 1}, {"chain": "x", "channel": "y"}, {"found": 3}):
        for kind in ("approval", "guardrail", "flow"):
            assert remark(kind, odd)[1]


def test_depth_folding_and_all_of_it() -> None:
    made = Made()
    entries = [made.entry(f"0:{n}") for n in range(1, 21)] + [made.entry("0:20/1", "0:20")]
    shown = drawn(entries, Look(depth=1))
    assert "  ⋮ 16 more Tool.execute (numbers 4 to 19)" in shown[6] or "⋮ 16 more" in shown[6]
    assert shown[-1].strip() == "(1 effect inside)"
    assert len(drawn(entries, Look(unfolded=True))) == 3 + 21


def test_colours_are_the_callers() -> None:
    shown = drawn(usual(), Look(paint=lambda text, colour: f"<{colour}>{text}</>"))
    assert any("<31;1>⊘ Tool.execute</>" in it for it in shown)


def test_a_run_that_did_nothing_and_one_that_goes_on() -> None:
    assert len(drawn([], Look())) == 2
    shown = drawn([Made().entry("0:1", ended=False)], Look(), outcome="")
    assert "running" in shown[1] and any("still under way" in it for it in shown)
    shown = drawn([Made().entry("0:1", ended=False)], Look(), outcome="cancelled")
    assert any("it must not be done twice" in it for it in shown)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0004, "0.4 ms"),
        (0.0123, "12 ms"),
        (1.25, "1.25 s"),
        (59.999, "1 min 00 s"),
        (245, "4 min 05 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_spans_of_time(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_values_in_little_room() -> None:
    assert (
        short({"a": [1, None, True, 2.5], "b": {"c": {"d": {"e": 1}}}}) == "{a: [1, null, true, 2.5], b: {c: {d: {…}}}}"
    )
    assert short({str(n): n for n in range(10)}).endswith("7: 7, …}") and short(list(range(10))).endswith("7, …]")
    assert (short(b"abc"), short({"$function": 3}), short({"$handle": [7, "File", {}]})) == (
        "<3 bytes>",
        "function 3",
        "File #7",
    )
    assert short("x" * 1000) == '"' + "x" * 160 + '…"'
    assert (detail_of("call", []), detail_of("effect", None), detail_of("call", list(range(9)))[-5:]) == (
        "",
        "",
        "7, …",
    )[:2] + (" 7, …",)
    assert (usd(0), usd(0.000_01), usd(1.5)) == ("", "<0.0001", "1.5000")
