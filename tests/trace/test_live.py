from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from llmspell.cli import trace_drawing
from llmspell.cli.trace_drawing import TraceOutput
from llmspell.errors import PermissionDenied
from llmspell.journal.entries import Draft, Kind, Usage
from llmspell.journal.snapshot import pack
from llmspell.runtime.streams import Relay
from llmspell.security.permissions import Decision
from llmspell.security.redact import Redactor
from llmspell.trace.live import LiveTrace

SECRET = "canary-of-the-live-trace-0123456789"


def draft(
    key: str, parent: str = "", *, target: str = "tool", method: str = "t", args: Any = None, **more: Any
) -> Draft:
    kind: Kind = "effect"
    return Draft("run", key, parent, target, method, pack(args), False, 100.0, kind=kind, **more)


def traced(**more: Any) -> tuple[LiveTrace, list[str]]:
    said: list[str] = []
    return LiveTrace(said.extend, Redactor([SECRET]), clock=lambda: 100.5, **more), said


def end(live: LiveTrace, it: Draft, **more: Any) -> None:
    it.ended_at = 100.25
    for name, value in more.items():
        setattr(it, name, value)
    live.closed(it)


def test_what_something_happens_in_is_named_before_it() -> None:
    live, said = traced()
    outer, inner, other = draft("1", method="outer"), draft("1/1", "1", method="inner"), draft("2", method="other")
    for it in (outer, inner, other):
        live.opened(it)
    assert [(depth, text) for depth, text, _ in live.under_way()] == [
        (0, "tool outer"),
        (1, "tool inner"),
        (0, "tool other"),
    ]
    end(live, inner, usage=Usage(1200, 34), cost_usd=0.5)
    end(live, other)
    end(live, outer)
    assert said == [
        "trace: ▸ tool outer",
        "trace:   ✓ tool inner  250 ms, 1,234 tokens, $0.5000",
        "trace: ✓ tool other  250 ms",
        "trace: ✓ tool outer  250 ms",
    ]
    assert (live.n_ended, live.tokens, live.cost_usd, live.under_way()) == (3, 1234, 0.5, [])
    again = draft(
        "3",
        method="again",
    )
    live.opened(again)
    end(live, again, usage=Usage(1200, 34), cost_usd=0.5, reused=True)  # an earlier run has paid for it
    assert (said[-1], live.tokens, live.cost_usd) == ("trace: ✓ tool again  reused", 1234, 0.5)


def test_an_error_is_told_once_where_it_came_from_and_a_refusal_with_its_rule() -> None:
    live, said = traced(ascii_only=True)
    outer, inner = draft("1"), draft("1/1", "1")
    live.opened(outer)
    live.opened(inner)
    error = PermissionDenied("not this").to_wire()
    decisions = [
        Decision(False, "read", "/etc", "read:/etc"),
        Decision(False, "net", "x", ""),
        Decision(True, "run", "ls", ""),
    ]
    end(live, inner, error=error, decisions=decisions)
    end(live, outer, error=error)
    assert said[1] == (
        "trace:   ! tool t  250 ms, denied read:/etc, by the rule read:/etc, denied net:x, no rule grants it,"
        " permission_denied: not this"
    )
    assert said[2] == "trace: ! tool t  250 ms"


def test_secrets_and_control_characters_do_not_reach_the_terminal() -> None:
    live, said = traced()
    for args in (
        [SECRET],
        {"messages": [{"text": "x" * 150 + SECRET}]},
        {"api_key": "plainly-a-key"},
        "\x1b[31m\u202e",
    ):
        live.opened(it := draft("1", args=args, target="t\x1b[2J"))
        end(live, it, error={"code": "x", "message": f"failed with {SECRET}"})
    text = "\n".join(said)
    assert "canary" not in text and "plainly" not in text and "\x1b" not in text and "\u202e" not in text
    assert "[redacted]" in text and "\\x1b[2J" in text
    live.opened(it := draft("2", args="x" * 100_000))  # too large to be looked at
    end(live, it)
    assert said[-1] == "trace: ✓ tool t  250 ms"


def test_calls_that_change_nothing_outside_are_left_out() -> None:
    live, said = traced()
    live.opened(it := draft("1", local=True))
    end(live, it)
    assert said == [] and live.n_ended == 0


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to stderr, which is a terminal of 40 columns; nothing is drawn but by hand."""
    said: list[str] = []
    monkeypatch.setattr(trace_drawing.output, "write", lambda descriptor, data: said.append(data.decode()))
    monkeypatch.setattr(trace_drawing, "can_draw", lambda: True)
    monkeypatch.setattr(trace_drawing, "is_ascii_only", lambda: False)
    monkeypatch.setattr(trace_drawing, "size_of", lambda descriptor: os.terminal_size((40, 10)))
    monkeypatch.setattr(TraceOutput, "_keep_drawing", lambda self: None)
    monkeypatch.setenv("NO_COLOR", "1")
    return said


def test_a_secret_is_taken_out_before_a_message_is_cut() -> None:
    live, said = traced()
    live._redactor = Redactor(["canary-0a1b2c3d4e5f"])
    live.opened(it := draft("1"))
    it.error = {"code": "bad", "message": "x" * 285 + " canary-0a1b2c3d4e5f"}
    end(live, it)
    assert "canary" not in said[-1] and "bad: xxx" in said[-1]


def test_without_a_journal_no_run_is_to_be_shown(written: list[str]) -> None:
    for mode, where in (("off", ""), ("normal", "; llmspell runs show r1")):
        parts: Any = SimpleNamespace(
            redactor=Redactor(),
            run=SimpleNamespace(run_id="r1"),
            journal=SimpleNamespace(mode=mode),
            log=SimpleNamespace(),
        )
        trace = TraceOutput()
        trace.watch(parts, [])
        trace.close()
        assert written[-1] == f"trace: 0 done{where}\n"


def test_the_drawing_is_taken_away_for_the_scripts_own_output(written: list[str]) -> None:
    read, write = os.pipe()
    relay = Relay(write, clean=True, limit=None)
    parts: Any = SimpleNamespace(
        redactor=Redactor(),
        run=SimpleNamespace(run_id="r1"),
        journal=SimpleNamespace(mode="normal"),
        log=SimpleNamespace(),
    )
    trace = TraceOutput()
    live = trace.watch(parts, [relay])
    for n in range(8):
        live.opened(draft(str(n), method="x" * 60))
    trace.draw()
    lines = written.pop().split("\n")
    assert lines[0] == "(3 more are under way)" and lines[-2] == "trace: 8 under way, 0 done"
    assert len(lines) == 8 and max(map(len, lines)) == 39

    relay._put(b"half a line")  # as its thread does
    assert written == ["\x1b[7A\r\x1b[J"] and os.read(read, 100) == b"half a line"
    trace.draw()
    assert len(written) == 1  # not into the script's line
    end(live, draft("9"))
    assert written[1] == "\ntrace: ✓ tool t  250 ms\n"
    trace.draw()
    assert len(written) == 3
    parts.log.before()
    assert written[3] == "\x1b[7A\r\x1b[J"
    trace.close()
    assert written[4] == "trace: 1 done; llmspell runs show r1\n"
    relay._put(b"\n")
    assert len(written) == 5
    for it in (read, write):
        os.close(it)
    relay.discard()
