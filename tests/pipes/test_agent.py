"""Agents asked from a shell: in a pseudo-terminal, interrupted, in pipes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

DEMO = """
[[turns]]
when.after_tool = true
text = "It is {{last_tool_result}}."

[[turns]]
when.offers = "calculator"
tool = "calculator"
arguments = { input = "6 * 7" }

[[turns]]
when.input = "slow"
chunks = ["begun ", "and ", "never ended"]
chunk_delay_ms = 60000

[[turns]]
when.input = "silent"
text = "x"
delay_ms = 60000

[[turns]]
when = "*"
text = "You said {{input}}"
"""
SCRIPTS = {
    "ask.lua": 'local a = Agent.create{ model = "scripted/demo" }\nfor e in a:stream(ARGS[1]) do\n'
    '  if e.type == "text" then io.write(e.text) io.flush() end\nend',
    "ask.py": 'a = Agent.create(model="scripted/demo")\nfor e in a.stream(ARGS[0]):\n    if e.type == "text":\n'
    '        print(e.text, end="", flush=True)',
}
Terminal = Callable[..., "pexpect.spawn[bytes]"]


@pytest.fixture(autouse=True)
def models(folder: Path) -> None:
    (folder / "scripted").mkdir()
    (folder / "scripted/demo.toml").write_text(DEMO, "utf-8")
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text, "utf-8")


@pytest.fixture
def terminal(folder: Path, environment: dict[str, str]) -> Terminal:
    """A line in bash with a terminal of its own."""

    def start(line: str) -> object:
        return pexpect.spawn("bash", ["-c", line], cwd=str(folder), env={**environment, "TERM": "xterm"}, timeout=30)

    return start


def ended(terminal: pexpect.spawn[bytes]) -> tuple[int, str]:
    """The exit code, and what was shown."""
    terminal.expect(pexpect.EOF)
    terminal.close()
    code = terminal.exitstatus if terminal.exitstatus is not None else 128 + (terminal.signalstatus or 0)
    return code, terminal.before.decode().replace("\r\n", "\n")


def outcomes(folder: Path) -> list[tuple[str, int]]:
    """Of the runs in the journal, wherever the state folder is."""
    path = next(folder.rglob("journal.db"))
    with sqlite3.connect(path) as journal:
        return journal.execute("select outcome, exit_code from runs order by rowid").fetchall()


def test_a_terminal_sees_the_answer_arrive_the_tools_and_what_it_took(terminal: Terminal) -> None:
    code, text = ended(terminal("exec llmspell agent ask 'Six by seven?' -m scripted/demo --tool calculator"))
    lines = text.splitlines()
    assert (code, lines[:2]) == (0, ['[calculator {"input": "6 * 7"}]', "It is 42."])
    assert lines[2].startswith("llmspell: scripted/demo: ") and lines[2].endswith("2 steps")
    assert ended(terminal("exec llmspell agent ask hi -m scripted/demo --quiet")) == (0, "You said hi\n")


def test_what_a_model_says_cannot_drive_the_terminal(terminal: Terminal) -> None:
    for more in ("", "--no-stream"):
        code, text = ended(terminal(f"exec llmspell agent ask $'a\\x1b[31mb\\rc' -m echo -q {more}"))
        assert (code, text) == (0, "a\\x1b[31mb\\x0dc\n")


def test_ctrl_c_ends_an_answer_at_once_and_keeps_what_was_said(terminal: Terminal, folder: Path) -> None:
    asking = terminal("exec llmspell agent ask slow -m scripted/demo")
    asking.expect_exact("begun")
    asking.sendintr()
    assert ended(asking)[0] == 130
    assert outcomes(folder) == [("cancelled", 130)]


@pytest.mark.parametrize("suffix", ["lua", "py"])
def test_ctrl_c_ends_a_script_that_streams(suffix: str, terminal: Terminal) -> None:
    asking = terminal(f"exec llmspell run ask.{suffix} slow")
    asking.expect_exact("begun")
    asking.sendintr()
    assert ended(asking)[0] == 130


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [(signal.SIGINT, 130, b"llmspell: error: interrupted\n"), (signal.SIGTERM, 143, b"llmspell: error: terminated\n")],
)
def test_a_signal_ends_an_answer_that_has_begun(
    number: signal.Signals, code: int, says: bytes, folder: Path, environment: dict[str, str]
) -> None:
    asking = subprocess.Popen(
        ["bash", "-c", "exec llmspell agent ask slow -m scripted/demo --stream"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert asking.stdout is not None
    assert asking.stdout.read(6) == b"begun "
    asking.send_signal(number)
    out, err = asking.communicate(timeout=30)
    assert (asking.returncode, out, err) == (code, b"\n", says)
    assert outcomes(folder) == [("cancelled", code)]


def test_ctrl_c_while_the_question_is_read_ends_it_too(folder: Path, environment: dict[str, str]) -> None:
    os.mkfifo(folder / "question")
    asking = subprocess.Popen(
        ["bash", "-c", "exec llmspell agent ask @question -m scripted/demo"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with (folder / "question").open("wb"):  # which waits until it is read
        asking.send_signal(signal.SIGINT)
        out, err = asking.communicate(timeout=30)
    assert (asking.returncode, out, err) == (130, b"", b"llmspell: error: interrupted\n")


def test_ctrl_c_ends_the_trial_of_a_model_and_says_so(folder: Path, environment: dict[str, str]) -> None:
    trial = subprocess.Popen(
        ["bash", "-c", "exec llmspell model test scripted/demo --prompt silent"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert trial.stderr is not None
    assert b"asks scripted/demo once" in trial.stderr.readline()
    trial.send_signal(signal.SIGINT)
    out, err = trial.communicate(timeout=30)
    assert (trial.returncode, out, err) == (130, b"", b"llmspell: error: interrupted\n")


def test_a_script_writes_each_piece_when_it_arrives(folder: Path, environment: dict[str, str]) -> None:
    for suffix in ("lua", "py"):
        running = subprocess.Popen(
            ["bash", "-c", f"exec llmspell run ask.{suffix} slow"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert running.stdout is not None and running.stdout.read(6) == b"begun "
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
        assert running.returncode == 130


def test_answers_go_through_pipes(folder: Path, environment: dict[str, str]) -> None:
    line = "printf 'a\\nb\\n' | llmspell agent ask 'Echo:' - -m echo | llmspell agent ask - -m echo | wc -l"
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, timeout=60, check=True
    )
    assert (done.stdout.strip(), done.stderr) == (b"3", b"")
