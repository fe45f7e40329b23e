"""Workflows run from a shell: in a pseudo-terminal with the steps drawn, interrupted, terminated, in pipes."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

FLOW = """
[agents.writer]
model = "scripted/demo"
[[steps]]
name = "count"
tool = "calculator"
input = { input = "6 * 7" }
[[steps]]
name = "ask\\u2028日本"
agent = "writer"
input = "{{input}}"
"""
DEMO = """
[[turns]]
when.input = "silent"
text = "x"
delay_ms = 60000
[[turns]]
when = "*"
text = "You said {{input}}"
"""
Terminal = Callable[..., "pexpect.spawn[bytes]"]


@pytest.fixture(autouse=True)
def workflows(folder: Path) -> None:
    (folder / "scripted").mkdir()
    (folder / "scripted/demo.toml").write_text(DEMO, "utf-8")
    (folder / "flow.toml").write_text(FLOW.replace("\\u2028", ""), "utf-8")


@pytest.fixture
def terminal(folder: Path, environment: dict[str, str]) -> Terminal:
    """A line in bash with a terminal of its own, 40 columns wide."""

    def start(line: str, **more: str) -> object:
        env = {**environment, "TERM": "xterm", **more}
        return pexpect.spawn("bash", ["-c", line], cwd=str(folder), env=env, timeout=30, dimensions=(24, 40))

    return start


def ended(terminal: pexpect.spawn[bytes]) -> tuple[int, str]:
    """The exit code, and what was shown."""
    terminal.expect(pexpect.EOF)
    terminal.close()
    code = terminal.exitstatus if terminal.exitstatus is not None else 128 + (terminal.signalstatus or 0)
    return code, terminal.before.decode().replace("\r\n", "\n")


def last_drawing(shown: str) -> str:
    """What stands on the terminal in the end, without colours."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.rpartition("\x1b[J")[2]).replace("\r", "")


def test_steps_are_drawn_while_they_run_and_stay_with_the_result_beneath(terminal: Terminal) -> None:
    code, shown = ended(terminal("exec llmspell workflow run flow.toml --input hello"))
    assert code == 0
    assert shown.startswith("\x1b[?25l") and "\x1b[?25h" in shown  # the cursor is away meanwhile
    lines = last_drawing(shown).splitlines()
    assert re.fullmatch(r"✓ count    0\.\d s", lines[0]) and re.fullmatch(r"✓ ask日本  \d\.\d s", lines[1])
    assert lines[2].startswith("flow: 2 succeeded, ") and lines[3] == "You said hello"


def test_nothing_is_drawn_where_stderr_is_no_terminal(terminal: Terminal, folder: Path) -> None:
    code, shown = ended(terminal("llmspell workflow run flow.toml --input hello > out; cat out"))
    assert code == 0 and "\x1b[?25l" in shown and (folder / "out").read_text() == "You said hello\n"
    assert ended(terminal("llmspell workflow run flow.toml --input hello 2> err; cat err"))[1] == "You said hello\n"


@pytest.mark.parametrize(("send", "code", "word"), [("int", 130, "interrupted"), ("term", 143, "terminated")])
def test_what_ends_it_ends_it_at_once_and_leaves_the_terminal_as_it_was(
    terminal: Terminal, send: str, code: int, word: str
) -> None:
    running = terminal("exec llmspell workflow run flow.toml --input silent")
    running.expect_exact("ask日本".encode())
    if send == "int":
        running.sendintr()
    else:
        running.kill(signal.SIGTERM)
    ended_with, shown = ended(running)
    assert ended_with == code and word in shown
    assert shown.rindex("\x1b[?25h") < shown.index(word) and "− ask日本" in last_drawing(shown)


def test_it_stands_in_a_pipeline(bash: Callable[..., object]) -> None:
    done = bash("printf hello | llmspell workflow run flow.toml --input - | tr a-z A-Z")
    assert done.stdout == b"YOU SAID HELLO\n" and done.stderr == b""  # type: ignore[attr-defined]
