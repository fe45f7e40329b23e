"""Whether something waits on stdin: looked at in every kind of stdin, and never read or waited for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = "import sys; from llmspell.cli import stdin; print(stdin.has_unread(), sys.stdin and sys.stdin.read())"


def looked(stdin: int | None, *, before: Callable[[], None] | None = None) -> str:
    """What a process finds, and what it can read afterwards."""
    done = subprocess.run(
        [sys.executable, "-c", CODE], stdin=stdin, stdout=subprocess.PIPE, cwd=ROOT, timeout=30, preexec_fn=before
    )
    return done.stdout.decode().rstrip("\n")


@pytest.mark.parametrize(("content", "found"), [(b"a text", "True a text"), (b"", "False ")])
def test_a_file_and_a_pipe_have_what_is_in_them(content: bytes, found: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with path.open("rb") as file:
        assert looked(file.fileno()) == found
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    try:
        assert looked(reading) == found
    finally:
        os.close(reading)


def test_a_file_that_was_read_has_nothing_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a text")
    with path.open("rb", buffering=0) as file:
        file.read()
        assert looked(file.fileno()) == "False "


def test_a_device_and_a_closed_stdin_have_nothing() -> None:
    assert looked(subprocess.DEVNULL) == "False "
    assert looked(None, before=lambda: os.close(0)) == "False None"


def test_an_open_pipe_into_which_nothing_is_written_is_not_waited_for() -> None:
    code = "from llmspell.cli import stdin; print(stdin.has_unread())"
    reading, writing = os.pipe()
    try:
        done = subprocess.run([sys.executable, "-c", code], stdin=reading, stdout=subprocess.PIPE, cwd=ROOT, timeout=30)
        assert done.stdout == b"False\n"
    finally:
        os.close(reading)
        os.close(writing)
