"""Each limit in each engine: exceeding it ends the run with its own exit code and a message that names the limit and
the setting, whatever the script does about it; a run that stays just within it is left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from subprocess import CompletedProcess
from typing import NamedTuple

import pytest

RunText = Callable[..., CompletedProcess[str]]


class Over(NamedTuple):
    """A text that exceeds a limit."""

    limit: str
    text: Mapping[str, str]
    options: tuple[str, ...] = ()


CODES = {
    "wall_s": 124,
    "cpu_s": 152,
    "memory_bytes": 137,
    "output_bytes": 153,
    "calls": 80,
    "tasks": 81,
    "message_bytes": 82,
}
MEDIUM = {"wall_s": "1", "cpu_s": "1", "memory_bytes": "96MB", "output_bytes": "10000", "calls": "50", "tasks": "50"}
SETTINGS = {**MEDIUM, "message_bytes": "100KB"}

LOOP = {"lua": "while true do end", "python": "while True:\n    pass"}
CATCHING_LOOP = {
    "lua": "while true do pcall(function() while true do end end) end",
    "python": "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
}
C_LOOP = {
    "lua": "local s = ('a'):rep(30)\nprint(s:find(('a?'):rep(30) .. ('a'):rep(30) .. 'b'))\n"
    "print((('a'):rep(100000)):find(('.-'):rep(8) .. 'b'))",
    "python": "print(sum(range(10**12)))",
}
BIG_LOOP = {
    "lua": "local n = 0\nfor i = 1, 1e15 do n = n + (i % 7) end\nprint(n)",
    "python": "print(max(range(10**12)))",
}
COROUTINES = {
    "lua": "local co = coroutine.wrap(function() while true do coroutine.yield() end end)\nwhile true do co() end",
    "python": "def forever():\n    while True:\n        yield 1\nfor _ in forever():\n    pass",
}
SLEEP = {"lua": "Async.sleep(600)", "python": "Async.sleep(600)"}
SLEEP_CATCHING = {
    "lua": "while true do pcall(Async.sleep, 600) end",
    "python": "while True:\n    try:\n        Async.sleep(600)\n    except BaseException:\n        pass",
}
GROW = {
    "lua": "local t = {}\nfor i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end",
    "python": "t = []\nwhile True:\n    t.append('x' * 1000 + str(len(t)))",
}
GROW_CATCHING = {
    "lua": "local t = {}\nlocal function grow() for i = 1, 1e9 do t[#t + 1] = ('x'):rep(1000) .. i end end\n"
    "while true do pcall(grow) end",
    "python": "t = []\nwhile True:\n    try:\n        t.append('x' * 1000 + str(len(t)))\n"
    "    except BaseException:\n        pass",
}
GROW_AT_ONCE = {
    "lua": "print(pcall(string.rep, 'x', 400 * 1024 * 1024))",
    "python": "try:\n    print(len('x' * (400 * 1024 * 1024)))\nexcept BaseException:\n    print('caught')",
}
GROW_IN_PROMISE = {
    "lua": "local function grow() local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end end\n"
    "while true do Promise.new(grow) Promise.resolve(1):and_then(grow) Async.sleep(0) end",
    "python": "def grow(*_):\n    t = []\n    while True:\n        t.append('x' * 100000 + str(len(t)))\n"
    "while True:\n    Promise.new(grow)\n    Promise.resolve(1).then(grow)\n    Async.sleep(0)",
}
PRINT = {"lua": "while true do print(('x'):rep(99)) end", "python": "while True:\n    print('x' * 99)"}
PRINT_CATCHING = {
    "lua": "while true do pcall(print, ('x'):rep(99)) end",
    "python": "while True:\n    try:\n        print('x' * 99)\n    except BaseException:\n        pass",
}
PRINT_TO_STDERR = {
    "lua": "while true do io.stderr:write(('x'):rep(99), '\\n') end",
    "python": "import sys\nwhile True:\n    sys.stderr.write('x' * 99 + '\\n')",
}
CALL = {
    "lua": "for _ = 1, 1e9 do State.exists('k') end",
    "python": "while True:\n    State.exists('k')",
}
CALL_CATCHING = {
    "lua": "while true do pcall(State.exists, 'k') end",
    "python": "while True:\n    try:\n        State.exists('k')\n    except BaseException:\n        pass",
}
SPAWN = {
    "lua": "for _ = 1, 1000 do Async.spawn(function() Async.sleep(600) end) end",
    "python": "for _ in range(1000):\n    Async.spawn(Async.sleep, 600)",
}
SPAWN_CATCHING = {
    "lua": "while true do pcall(Async.spawn, function() Async.sleep(600) end) end",
    "python": "while True:\n    try:\n        Async.spawn(Async.sleep, 600)\n    except BaseException:\n        pass",
}
SEND = {
    "lua": "State.set('k', ('x'):rep(200 * 1024))",
    "python": "State.set('k', 'x' * (200 * 1024))",
}
SEND_CATCHING = {
    "lua": "pcall(State.set, 'k', ('x'):rep(200 * 1024))\nprint('caught')",
    "python": "try:\n    State.set('k', 'x' * (200 * 1024))\nexcept BaseException:\n    print('caught')",
}
RETURN_TOO_MUCH = {
    "lua": "Tool.create({ name = 'big', description = 'd', parameters = {},"
    " execute = function() return ('x'):rep(200 * 1024) end })\nprint(pcall(Tool.execute, 'big', {}))",
    "python": "Tool.create(name='big', description='d', parameters={}, execute=lambda p: 'x' * (200 * 1024))\n"
    "try:\n    Tool.execute('big', {})\nexcept BaseException:\n    print('caught')",
}

EXCEEDING = {
    "a loop takes too long": Over("wall_s", LOOP),
    "a loop that catches everything takes too long": Over("wall_s", CATCHING_LOOP),
    "a loop in C takes too long": Over("wall_s", C_LOOP),
    "coroutines take too long": Over("wall_s", COROUTINES),
    "a sleep takes too long": Over("wall_s", SLEEP),
    "a sleep that catches everything takes too long": Over("wall_s", SLEEP_CATCHING),
    "a loop takes too much CPU": Over("cpu_s", LOOP),
    "a loop that catches everything takes too much CPU": Over("cpu_s", CATCHING_LOOP),
    "a loop in C takes too much CPU": Over("cpu_s", C_LOOP),
    "a loop of numbers takes too much CPU": Over("cpu_s", BIG_LOOP),
    "memory grows": Over("memory_bytes", GROW),
    "memory grows and everything is caught": Over("memory_bytes", GROW_CATCHING),
    "memory grows at once": Over("memory_bytes", GROW_AT_ONCE),
    "memory grows in a promise that keeps its failure": Over("memory_bytes", GROW_IN_PROMISE),
    "too much is printed": Over("output_bytes", PRINT),
    "too much is printed and everything is caught": Over("output_bytes", PRINT_CATCHING),
    "too much is written to stderr": Over("output_bytes", PRINT_TO_STDERR),
    "too many calls": Over("calls", CALL),
    "too many calls and everything is caught": Over("calls", CALL_CATCHING),
    "too many tasks": Over("tasks", SPAWN),
    "too many tasks and everything is caught": Over("tasks", SPAWN_CATCHING),
    "a value is too large": Over("message_bytes", SEND),
    "a value is too large and everything is caught": Over("message_bytes", SEND_CATCHING),
    "a callback's value is too large": Over("message_bytes", RETURN_TOO_MUCH),
}


@pytest.mark.parametrize("name", EXCEEDING)
def test_exceeding_a_limit_ends_the_run_and_says_which_it_was(name: str, engine: str, run_text: RunText) -> None:
    over = EXCEEDING[name]
    done = run_text(engine, over.text, "--limit", f"{over.limit}={SETTINGS[over.limit]}")
    assert done.returncode == CODES[over.limit], done.stderr[-2000:]
    assert f"limit {over.limit} of profile medium" in done.stderr[-2000:]
    assert f"--limit {over.limit}=" in done.stderr[-2000:]
    assert "caught" not in done.stdout
    assert "Traceback" not in done.stderr


WITHIN = {
    "wall_s": ({"lua": "Async.sleep(0.01)\nprint('done')", "python": "Async.sleep(0.01)\nprint('done')"}, "30"),
    "cpu_s": (
        {
            "lua": "local n = 0\nfor i = 1, 100000 do n = n + i end\nprint('done')",
            "python": "n = sum(range(100000))\nprint('done')",
        },
        "30",
    ),
    "memory_bytes": (
        {"lua": "local s = ('x'):rep(20000000)\nprint('done')", "python": "s = 'x' * 20000000\nprint('done')"},
        "96MB",
    ),
    "output_bytes": ({"lua": "io.write('done\\n')", "python": "print('done')"}, "5"),
    "calls": (
        {
            "lua": "for _ = 1, 50 do State.exists('k') end\nprint('done')",
            "python": "for _ in range(50):\n    State.exists('k')\nprint('done')",
        },
        "50",
    ),
    "tasks": (
        {
            "lua": "local t = {}\nfor i = 1, 49 do t[i] = Async.spawn(function() Async.sleep(0) end) end\n"
            "Async.all(t)\nprint('done')",
            "python": "Async.all([Async.spawn(Async.sleep, 0) for _ in range(49)])\nprint('done')",
        },
        "50",
    ),
    "message_bytes": (
        {
            "lua": "State.set('k', ('x'):rep(90 * 1024))\nprint('done')",
            "python": "State.set('k', 'x' * (90 * 1024))\nprint('done')",
        },
        "100KB",
    ),
}


@pytest.mark.parametrize("limit", WITHIN)
def test_what_stays_within_a_limit_is_left_alone(limit: str, engine: str, run_text: RunText) -> None:
    text, value = WITHIN[limit]
    done = run_text(engine, text, "--limit", f"{limit}={value}")
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_every_limit_is_exceeded_and_kept_here() -> None:
    assert {it.limit for it in EXCEEDING.values()} == set(WITHIN) == set(CODES) == set(SETTINGS)


def test_a_task_that_has_ended_makes_room_for_another(engine: str, run_text: RunText) -> None:
    text = {
        "lua": "for _ = 1, 500 do Async.spawn(function() end):await() end\nprint('done')",
        "python": "for _ in range(500):\n    Async.spawn(Async.sleep, 0).wait()\nprint('done')",
    }
    done = run_text(engine, text, "--limit", "tasks=3")
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)
