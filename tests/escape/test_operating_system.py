"""S6 to S9: what the operating system forbids to a worker whose script is ordinary Python or full Lua."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
CRASHED = 71
TRY = """
import os
def attempt(act):
    try:
        act()
        print("allowed")
    except OSError as error:
        print("refused", error.errno)
"""
FILES = {
    "open": "os.open('/etc/passwd', os.O_RDONLY)",
    "list": "os.listdir('/')",
    "make": "os.open('made', os.O_WRONLY | os.O_CREAT)",
    "folder": "os.mkdir('made')",
    "remove": "os.unlink('victim')",
    "rename": "os.rename('victim', 'other')",
    "link": "os.symlink('/etc/passwd', 'made')",
    "look": "os.stat('/etc/passwd')",
    "pty": "os.openpty()",
}


@pytest.mark.parametrize("act", FILES.values(), ids=FILES)
def test_s6_no_file_is_reached(python: Run, tmp_path: Path, act: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("")
    assert python(TRY + f"attempt(lambda: {act})").stdout == "refused 1\n"
    assert victim.exists()
    assert not (tmp_path / "made").exists()
    assert python(TRY + f"attempt(lambda: {act})", profile="open").stdout == "allowed\n"


def test_s6_no_file_is_reached_by_the_whole_library_of_lua(lua: Run) -> None:
    source = 'print(io.open("/etc/passwd") ~= nil)'
    assert lua(source, profile="bare").stdout == "false\n"
    assert lua(source, profile="open").stdout == "true\n"


STARTED = {
    "fork": "os.fork() or os._exit(0)",
    "exec": "os.execv('/bin/true', ['true'])",
    "spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "thread": "__import__('_thread').start_new_thread(print, ())",
}


@pytest.mark.parametrize("act", STARTED.values(), ids=STARTED)
def test_s8_nothing_is_started(python: Run, act: str) -> None:
    done = python(f"import os\nprint('before', flush=True)\n{act}\nprint('after')")
    assert (done.returncode, done.stdout) == (CRASHED, "before\n")
    assert "ended by SIGSYS" in done.stderr
    if "exec" not in act:
        assert "after" in python(f"import os\n{act}\nprint('after', flush=True)", profile="open").stdout


@pytest.mark.parametrize("act", ['os.execute("true")'])
def test_s8_no_program_is_started_by_the_whole_library_of_lua(lua: Run, act: str) -> None:
    assert lua(f"{act} print('after')", profile="bare").returncode == CRASHED
    assert lua(f"{act} print('after')", profile="open").stdout == "after\n"


@pytest.mark.parametrize("whom", ["os.getppid()", "1"], ids=["host", "init"])
def test_s9_no_other_process_is_signalled(python: Run, whom: str) -> None:
    assert python(TRY + f"attempt(lambda: os.kill({whom}, 0))").stdout == "refused 1\n"


def test_s9_the_same_signal_is_sent_without_the_layers(python: Run) -> None:
    assert python(TRY + "attempt(lambda: os.kill(os.getppid(), 0))", profile="open").stdout == "allowed\n"
