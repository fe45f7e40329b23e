"""S12: every limit ends a run that catches every error."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
LUA = {
    "wall_s=1": (124, "while true do pcall(function() while true do end end) end"),
    "wall_s=1s": (124, 'while true do pcall(string.find, ("a"):rep(30), ("a?"):rep(30) .. ("a"):rep(30) .. "b") end'),
    "cpu_s=1": (152, "while true do pcall(function() while true do end end) end"),
    "memory_bytes=64MB": (
        137,
        'local t = {} while true do pcall(function() t[#t + 1] = ("x"):rep(2^20) .. #t end) end',
    ),
    "output_bytes=1MB": (153, 'while true do pcall(print, ("x"):rep(1000)) end'),
    "calls=10": (80, 'while true do pcall(State.set, "a", 1) end'),
    "tasks=10": (81, "while true do pcall(Async.spawn, function() Async.sleep(9) end) end"),
    "message_bytes=64KB": (82, 'while true do pcall(State.set, "a", ("x"):rep(2^20)) end'),
}
PYTHON = {
    "wall_s=1": (124, "while True:\n    try:\n        while True: pass\n    except Exception: pass"),
    "wall_s=1s": (124, "sum(range(10 ** 13))"),
    "cpu_s=1": (152, "sum(range(10 ** 13))"),
    "output_bytes=1MB": (153, "while True:\n    try: print('x' * 1000)\n    except Exception: pass"),
    "calls=10": (80, "while True:\n    try: State.set('a', 1)\n    except Exception: pass"),
    "message_bytes=64KB": (82, "while True:\n    try: State.set('a', 'x' * 2**20)\n    except Exception: pass"),
}


@pytest.mark.parametrize(("limit", "code", "source"), [(name, *it) for name, it in LUA.items()])
def test_s12_a_lua_script_that_catches_everything_ends_at_its_limit(
    lua: Run, limit: str, code: int, source: str
) -> None:
    check(lua(source, "--limit", limit), limit, code)


@pytest.mark.parametrize(("limit", "code", "source"), [(name, *it) for name, it in PYTHON.items()])
def test_s12_a_python_script_that_catches_everything_ends_at_its_limit(
    python: Run, limit: str, code: int, source: str
) -> None:
    check(python(source, "--limit", limit, profile="medium"), limit, code)


def test_s12_a_script_within_its_limits_is_not_ended(lua: Run) -> None:
    limits = [word for it in LUA for word in ("--limit", it) if "wall_s" not in it]
    done = lua('State.set("a", 1) print(#("x"):rep(1000))', *limits)
    assert (done.returncode, done.stdout) == (0, "1000\n")


def check(done: subprocess.CompletedProcess[str], limit: str, code: int) -> None:
    name = limit.partition("=")[0]
    assert done.returncode == code, done.stderr
    assert f"limit {name} of profile medium" in done.stderr
    assert "[profiles.medium.limits]" in done.stderr


def test_s12_a_memory_limit_below_what_python_itself_needs_is_named_and_nothing_of_ours_is_shown(python: Run) -> None:
    limit = "memory_bytes=10MB"
    done = python("print(JSON.stringify([1]))", "--limit", limit, profile="medium")
    check(done, limit, 137)
    assert "Traceback" not in done.stderr and "python_engine" not in done.stderr
