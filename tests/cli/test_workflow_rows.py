"""The steps of a running workflow, as lines; and when they are drawn."""

from __future__ import annotations

import asyncio
import os

import pytest

from llmspell.cells import width_of
from llmspell.cli import output, workflow_progress
from llmspell.cli.workflow_progress import Progress, can_draw, is_ascii_only
from llmspell.cli.workflow_rows import MAX_ROWS, Rows
from llmspell.runtime.log import StderrLog
from llmspell.security.redact import Redactor
from llmspell.workflows.result import StepResult


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def row(name: str, status: str = "succeeded", **more: object) -> StepResult:
    return StepResult(name, "tool", status, **more)  # type: ignore[arg-type]


def test_a_step_runs_and_ends_and_what_is_in_it_stands_beneath(clock: Clock) -> None:
    rows = Rows("w", clock=clock)
    assert rows.lines(60, 24) == ["w: starting, 0.0 s"]
    rows.tell(("w",), "a", None)
    clock.now += 1.5
    rows.tell(("w",), "a", row("a"))
    rows.tell(("w",), "sub", None)
    rows.tell(("w", "sub"), "inner", None)
    clock.now += 70
    assert rows.lines(60, 24) == [
        "✓ a        1.5 s",
        "● sub      1 min 10 s",
        "●   inner  1 min 10 s",
        "w: 2 running, 1 succeeded, 1 min 11 s",
    ]


def test_failures_attempts_and_repetitions_are_said(clock: Clock) -> None:
    rows = Rows("w", clock=clock)
    for i in range(3):
        rows.tell(("w",), "each", None)
        if i:
            rows.tell(("w",), "each", row("each", "failed" if i == 1 else "succeeded", attempts=i + 1, error="no\nway"))
    for status in ("skipped", "cancelled", "compensated"):
        rows.tell(("w",), status, None)
        rows.tell(("w",), status, row(status, status))
    first, *others, summary = rows.lines(90, 24)
    assert first == "● each         0.0 s  2 done, 1 running  3 attempts"
    assert [it[0] for it in others] == ["−", "−", "↶"]
    rows.tell(("w",), "each", row("each"))
    assert rows.lines(70, 24)[0] == "✗ each         0.0 s  3 done  3 attempts  no\\nway"
    assert summary == "w: 1 running, 1 succeeded, 1 failed, 1 skipped, 1 cancelled, 1 compensated, 0.0 s"


def test_there_is_never_more_than_fits(clock: Clock) -> None:
    rows = Rows("日本" * 100, clock=clock)
    for i in range(MAX_ROWS + 50):
        rows.tell(("w",), f"step {i} {'語' * 50}", None)
        clock.now += 1
        if i != 7:
            rows.tell(("w",), f"step {i} {'語' * 50}", row("x"))
    lines = rows.lines(40, 10)
    assert len(lines) == 10 and all(width_of(it) <= 40 for it in lines)
    assert "step 7 " in lines[0] and f"step {MAX_ROWS - 1}" in lines[-2]  # what runs, and what ended last
    assert f"1 running, {MAX_ROWS + 49} succeeded" in rows.lines(2000, 10)[-1]
    plain = Rows("wörk\x1b[31m", ascii_only=True, clock=clock)
    plain.tell(("w",), "ü", None)
    assert plain.lines(60, 5) == ["* \\xfc  0.0 s", "w\\xf6rk\\x1b[31m: 1 running, 0.0 s"]


def test_it_is_drawn_on_a_terminal_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda descriptor: descriptor == output.STDERR)
    for term, can in (("xterm", True), ("dumb", False), ("", False)):
        monkeypatch.setenv("TERM", term)
        assert can_draw() is can
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(os, "isatty", lambda descriptor: False)
    assert not can_draw()
    for name, words, ascii_only in (("LC_ALL", "C", True), ("LC_ALL", "de_DE.utf8", False)):
        monkeypatch.setenv(name, words)
        assert is_ascii_only() is ascii_only


def test_a_line_of_the_log_takes_the_place_of_the_drawing(
    clock: Clock, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow_progress, "EVERY_S", 3600.0)
    rows, log = Rows("w", clock=clock), StderrLog(Redactor())
    rows.tell(("w",), "a", None)

    async def show() -> None:
        async with Progress(rows, log).shown():
            pass

    asyncio.run(show())
    drawn = "● a  0.0 s\nw: 1 running, 0.0 s\n"
    assert capfd.readouterr().err == f"\x1b[?25l{drawn}\x1b[?25h"
    progress = Progress(rows, log)
    log.before = progress.take_away
    progress.draw()
    log.write("warn", "hear this", {})
    progress.draw()
    progress.draw()
    assert capfd.readouterr().err == f"{drawn}\x1b[2A\r\x1b[Jwarn: hear this\n{drawn}\x1b[2A\r\x1b[J{drawn}"
