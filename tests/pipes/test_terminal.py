"""Signals, and what a terminal gets to see, in a pseudo-terminal."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

BOTH = pytest.mark.parametrize("suffix", ["lua", "py"])
Shell = Callable[[str], "pexpect.spawn[bytes]"]


@pytest.fixture
def shell(folder: Path, environment: dict[str, str]) -> Callable[[str], object]:
    """A line in bash with a terminal of its own."""

    def start(line: str) -> object:
        return pexpect.spawn("bash", ["-c", line], cwd=str(folder), env={**environment, "TERM": "xterm"}, timeout=30)

    return start


def ended(terminal: pexpect.spawn[bytes]) -> int:
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus if terminal.exitstatus is not None else 128 + (terminal.signalstatus or 0)


@BOTH
def test_ctrl_c_ends_a_script_that_computes(shell: Shell, suffix: str) -> None:
    terminal = shell(f"llmspell run busy.{suffix}; echo code $?")
    terminal.expect_exact("begun")
    terminal.sendintr()
    terminal.expect_exact("interrupted")
    assert ended(terminal) in (0, 130)


@BOTH
def test_the_exit_code_after_ctrl_c_is_130(shell: Shell, suffix: str) -> None:
    terminal = shell(f"exec llmspell run busy.{suffix}")
    terminal.expect_exact("begun")
    terminal.sendintr()
    assert ended(terminal) == 130


@BOTH
@pytest.mark.parametrize("script", ["sleeping", "calling"])
def test_ctrl_c_ends_a_script_that_waits_and_a_host_call_under_way(shell: Shell, suffix: str, script: str) -> None:
    terminal = shell(f"exec llmspell run {script}.{suffix}")
    terminal.expect_exact("begun")
    terminal.sendintr()
    assert ended(terminal) == 130


@BOTH
def test_ctrl_c_twice_ends_a_script_that_called_and_does_not_stop(shell: Shell, suffix: str) -> None:
    terminal = shell(f"exec llmspell run stubborn.{suffix}")
    terminal.expect_exact("begun")
    terminal.sendintr()
    terminal.sendintr()
    assert ended(terminal) == 130


@BOTH
def test_ctrl_c_once_ends_it_after_the_grace_period(shell: Shell, suffix: str) -> None:
    terminal = shell(f"exec llmspell run stubborn.{suffix}")
    terminal.expect_exact("begun")
    terminal.sendintr()
    assert ended(terminal) == 130


@BOTH
def test_ctrl_c_ends_a_pipeline(shell: Shell, suffix: str) -> None:
    terminal = shell(f"llmspell run busy.{suffix} | cat; echo codes ${{PIPESTATUS[*]}}")
    terminal.expect_exact("begun")
    terminal.sendintr()
    terminal.expect_exact("interrupted")
    ended(terminal)


@BOTH
@pytest.mark.parametrize("script", ["busy", "stubborn"])
def test_sigterm_is_143(shell: Shell, suffix: str, script: str) -> None:
    terminal = shell(f"exec llmspell run {script}.{suffix}")
    terminal.expect_exact("begun")
    terminal.kill(signal.SIGTERM)
    assert ended(terminal) == 143


@BOTH
def test_output_reaches_a_terminal_at_once_and_without_control_sequences(
    shell: Shell, folder: Path, suffix: str
) -> None:
    text = {"lua": r'"a\27[31mred\27]0;owned\7\27[0m"', "py": r'"a\x1b[31mred\x1b]0;owned\x07\x1b[0m"'}[suffix]
    (folder / f"colour.{suffix}").write_text(f"print({text})\n")
    terminal = shell(f"exec llmspell run colour.{suffix}")
    code = ended(terminal)
    assert code == 0
    assert b"\x1b" not in terminal.before and b"\x07" not in terminal.before
    assert b"[31mred" in terminal.before
    piped = shell(f"llmspell run colour.{suffix} | od -An -c")
    ended(piped)
    assert b"033   [   3   1   m" in piped.before


@BOTH
def test_a_script_reads_from_a_terminal_until_ctrl_d(shell: Shell, suffix: str) -> None:
    terminal = shell(f"exec llmspell run lines.{suffix}")
    terminal.sendline("four")
    terminal.expect_exact("4")
    terminal.sendeof()
    assert ended(terminal) == 0


@BOTH
def test_an_interrupt_that_is_ignored_stays_ignored(shell: Shell, suffix: str) -> None:
    terminal = shell(f"trap '' INT; exec llmspell run reading.{suffix}")
    terminal.expect_exact("begun")
    terminal.sendintr()
    terminal.sendline("on")
    assert ended(terminal) == 0
    heeded = shell(f"exec llmspell run reading.{suffix}")
    heeded.expect_exact("begun")
    heeded.sendintr()
    assert ended(heeded) == 130
