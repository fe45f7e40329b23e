"""Run a piece of Python in a real child process that can confine itself as the worker does."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]  # what there is for Windows cannot be imported without it, and is not tested

ROOT = Path(__file__).resolve().parents[3]

# What every child may use. ctypes is loaded before the lock-down: some tests make raw system calls with it.
PREAMBLE = """
import sys
sys.path[:0] = sys.argv[1].split(":")
import os, errno, ctypes, signal
from llmspell.worker import confine

ALL = frozenset(("limits", "no_new_privs", "landlock", "seccomp"))
library = ctypes.CDLL(None, use_errno=True)

def call(number, *arguments):
    arguments += (0,) * (6 - len(arguments))
    result = library.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return errno.errorcode[ctypes.get_errno()] if result == -1 else "ok"

def coarse(layers=ALL, readable=(), keep=(0, 1, 2), **limits):
    report = confine.enter_coarse(
        frozenset(layers), limits, readable=list(readable), keep_fds=set(keep), host_pid=os.getppid()
    )
    return report

def lock(layers=ALL, write=(1, 2), read=(0,), jit=False, **others):
    report = coarse(layers, **others)
    return report | confine.enter_tight(frozenset(layers), write_fds=set(write), read_fds=set(read), jit=jit)

def outcome(act):
    try:
        act()
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit code (negative: by that signal) and what it wrote."""

    code: int
    out: str
    err: str

    def words(self) -> list[str]:
        return self.out.split()


def child_command(source: str, *arguments: str) -> list[str]:
    lupa = importlib.util.find_spec("lupa")
    assert lupa is not None and lupa.submodule_search_locations is not None
    path = f"{ROOT}:{Path(lupa.submodule_search_locations[0]).parent}"  # no origin once the engine has loaded it bare
    return [sys.executable, "-I", "-S", "-E", "-B", "-c", PREAMBLE + source, path, *arguments]


@pytest.fixture
def run() -> Callable[..., Ended]:
    """Run source after the preamble, with an empty environment; the arguments are in `sys.argv[2:]`."""

    if sys.platform != "linux":
        pytest.skip("only Linux's layers are tested")

    def run_child(source: str, *arguments: str, stdin: str = "", stdout: int | IO[bytes] = subprocess.PIPE) -> Ended:
        done = subprocess.run(
            child_command(source, *arguments),
            input=stdin.encode(),
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={},
            timeout=20,
            check=False,
        )
        return Ended(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())

    return run_child


@pytest.fixture
def start() -> Callable[..., list[str]]:
    """The command line of such a child, for tests that start it themselves."""
    return child_command
