"""S22 and S23: what a terminal gets to see. A run in a pseudo-terminal beside one in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
BOTH = pytest.mark.parametrize("suffix", ["lua", "py"])
# A title, a clipboard write, a colour, a C1 control sequence, a mark that turns the direction of text.
HOSTILE = b"a\x1b]0;owned\x07\x1b]52;c;cHduZWQ=\x07\x1b[31mred\xc2\x9b31m\xe2\x80\xae\tb\n"
FORBIDDEN = (b"\x1b", b"\x07", b"\xc2\x9b", b"\xe2\x80\xae")


def literal(data: bytes) -> str:
    return '"' + "".join(f"\\x{it:02x}" for it in data) + '"'


def on_a_terminal(argv: list[str], **more: object) -> bytes:
    """What the command writes when stdout and stderr are a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, **more)  # type: ignore[call-overload]
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # EIO: the last one that had it open has ended
        pass
    os.close(ours)
    process.wait()
    return written


@BOTH
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_s22_a_terminal_gets_no_control_sequences_and_a_pipe_every_byte(
    llmspell: Run, environment: dict[str, str], tmp_path: Path, suffix: str, stream: str
) -> None:
    text = {
        "lua": f"io.{stream}:write({literal(HOSTILE)})",
        "py": f"import sys\nsys.{stream}.buffer.write(b{literal(HOSTILE)})",
    }[suffix]
    (tmp_path / f"a.{suffix}").write_text(text + "\n")
    argv = [sys.executable, "-m", "llmspell", "run", "-q", f"a.{suffix}"]  # quiet: only the script speaks on stderr
    shown = on_a_terminal(argv, cwd=tmp_path, env=environment)
    assert not any(it in shown for it in FORBIDDEN)
    assert b"red" in shown and b"\tb\r\n" in shown
    piped = subprocess.run(argv, capture_output=True, cwd=tmp_path, env=environment, timeout=60)
    assert getattr(piped, stream) == HOSTILE


SPEAKING = {
    "lua": 'error("a\\27[31mred\\7")',
    "py": 'raise ValueError("a\\x1b[31mred\\x07")',
    "lua logger": 'Logger.info("a\\27[31mred\\7")',
    "py logger": 'Logger.info("a\\x1b[31mred\\x07")',
    "lua name": 'load("error(1)", "=\\27[31mred")()',
}


@pytest.mark.parametrize("kind", SPEAKING)
def test_s23_what_a_script_makes_us_say_has_no_control_characters(llmspell: Run, tmp_path: Path, kind: str) -> None:
    suffix = kind.split()[0]
    (tmp_path / f"a.{suffix}").write_text(SPEAKING[kind] + "\n")
    done = llmspell("run", f"a.{suffix}")
    assert "red" in done.stderr
    assert "\x1b" not in done.stderr and "\x07" not in done.stderr
