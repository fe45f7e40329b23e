"""Log lines on stderr: redacted, harmless to a terminal, and no error when stderr is gone."""

from __future__ import annotations

import os

import pytest

from llmspell.runtime.log import StderrLog
from llmspell.security.redact import Redactor


def test_a_line_names_its_level_and_fields_and_hides_secrets(capfd: pytest.CaptureFixture[str]) -> None:
    log = StderrLog(Redactor(["s3cret-value"]))
    fields = {"text": "two words", "n": 1, "key": "s3cret-value", "ok": True, "at": [0, None]}
    log.write("info", "with s3cret-value", fields)
    line = capfd.readouterr().err
    assert line.startswith("info: with ")
    assert "s3cret-value" not in line
    assert line.endswith(' n=1 ok=true text="two words"\n') and ' at="[0, null]" ' in line


def test_control_sequences_in_it_do_not_reach_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    StderrLog(Redactor()).write("warn", "\x1b[2Jgone", {})
    assert capfd.readouterr().err == "warn: \ufffd[2Jgone\n"


def test_without_a_stderr_it_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    kept = os.dup(2)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 2)
    try:
        StderrLog(Redactor()).write("info", "lost", {})
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(full)
    StderrLog(Redactor()).write("info", "seen", {})
    assert capfd.readouterr().err == "info: seen\n"
