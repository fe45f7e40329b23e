"""What a script does by chance, it does again: given its seed and its notes, in real workers of every engine."""

from __future__ import annotations

import os
from typing import Any

import pytest

from llmspell.runtime.launch import Launched, launch, wait_quietly
from llmspell.runtime.notes import WorkerNote, merge_notes, read_note
from llmspell.runtime.script import Script
from llmspell.security.profiles import BUILTIN

ENGINES = ["lua54", "luajit", "python"]

# By the seed alone. Sorted in Python only where the order has nothing to go by.
LUA_SEEDED = """
local t = { [3] = 1, [0.5] = 1, [-1] = 1, [true] = 1, [false] = 1, 7, 8 }
for w in ("pear apple fig zoo kiwi mango lime plum nut oak elm date"):gmatch("%a+") do t[w] = #w end
for k, v in pairs(t) do io.write(tostring(k), "=", v, " ") end
for k in pairs(JSON) do io.write(k, " ") end
print(math.random(), math.random(1000000), {}, print, tostring(t), {}, coroutine.create(print))
math.randomseed()
print(math.random())
math.randomseed(7)
print(math.random())
"""
PYTHON_SEEDED = """
import gzip, random, statistics, uuid
print({"pear", "apple", "fig", "zoo", "kiwi", "mango", "lime"}, hash("text"))
print(random.random(), random.Random().random(), uuid.uuid4(), statistics.NormalDist().samples(2))
random.seed()
print(random.random(), gzip.compress(b"x").hex())
r = random.Random(5)
r.seed()
print(r.random(), random.sample(range(100), 5))
"""
# By the notes: clocks, and timers.
LUA_CLOCKS = """
print(os.time(), os.clock(), os.date("!%c"), os.date("*t").sec, os.time(os.date("*t")), os.date("%S", 7))
local until_then = os.clock() + 0.002
local n = 0
while os.clock() < until_then do n = n + 1 end
local order = {}
local tasks = {}
for i = 1, 6 do
  tasks[i] = Async.spawn(function()
    Async.sleep(math.random() / 300)
    order[#order + 1] = i .. ":" .. os.clock()
  end)
end
Async.all(tasks)
print(n, table.concat(order, " "))
print(pcall(Async.timeout, 0.001, function() Async.sleep(0.5) end))
"""
PYTHON_CLOCKS = """
import random, time
from datetime import date, datetime, timezone
print(time.time(), time.time_ns(), time.monotonic(), time.perf_counter(), time.process_time(), time.ctime())
print(time.localtime().tm_sec, time.gmtime().tm_sec, time.strftime("%H:%M:%S"), time.asctime(), time.gmtime(7).tm_sec)
print(datetime.now(), datetime.now(timezone.utc), datetime.utcnow(), datetime.today(), date.today())
class Mine(datetime):
    pass
print(Mine.now(), getattr(datetime, "now")(), repr(Mine.today()), datetime(2020, 1, 2).now().year > 2000)
until = time.perf_counter() + 0.002
n = 0
while time.perf_counter() < until:
    n += 1
order = []
def work(i):
    Async.sleep(random.random() / 300)
    order.append(f"{i}:{time.monotonic()}")
Async.all([Async.spawn(work, i) for i in range(6)])
print(n, order)
try:
    Async.timeout(0.001, lambda: Async.sleep(0.5))
except LLMSpellError as error:
    print(error.code)
"""


def run(engine: str, source: str, stdin: bytes | None = None, **options: Any) -> tuple[str, WorkerNote, Launched]:
    language = "python" if engine == "python" else "lua"
    script = Script(source.encode(), "script", None, language, engine)
    file = os.memfd_create("stdin") if stdin is not None else os.open(os.devnull, os.O_RDONLY)
    try:
        if stdin is not None:
            os.write(file, stdin)
            os.lseek(file, 0, os.SEEK_SET)
        launched = launch(script, [], {"name": "medium", **BUILTIN["medium"]}, capture=True, stdin=file, **options)
        assert wait_quietly(launched)
        launched.end()
        launched.worker.close()
    finally:
        os.close(file)
    assert launched.ended_well, launched.frames
    out = launched.relays[0].captured.decode()
    return out, merge_notes(read_note(it) for it in launched.notes), launched


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_random_follows_from_the_seed(engine: str) -> None:
    source = PYTHON_SEEDED if engine == "python" else LUA_SEEDED
    first, note, launched = run(engine, source, seed=123456789)
    assert launched.seed == 123456789
    assert not note.clock and not note.turns
    assert run(engine, source, seed=123456789, notes=False)[0] == first
    other, _, launched = run(engine, source)
    assert other != first
    assert launched.seed != 123456789


@pytest.mark.parametrize("engine", ENGINES)
def test_clocks_and_timers_are_those_of_the_notes(engine: str) -> None:
    source = PYTHON_CLOCKS if engine == "python" else LUA_CLOCKS
    first, note, _ = run(engine, source, seed=1)
    assert len(note.clock) > 20
    assert sum(it[1] == "timer" for it in note.turns) >= 7
    again, noted_again, _ = run(engine, source, seed=1, replay=note.for_replay(hold=True))
    assert again == first
    assert (noted_again.clock, noted_again.turns) == (note.clock, note.turns)
    quiet, nothing, _ = run(engine, source, seed=1, replay=note.for_replay(), notes=False)
    assert (quiet, nothing) == (first, WorkerNote())
    assert run(engine, source, seed=1)[0] != first  # the twin: without its notes it reads the clock


LUA_STDIN = """
print(io.read(), io.read(4), io.read("n"), io.read("n", "l"))
for line in io.lines() do if line == "stop" then break end end
print(io.read("L"), io.type(io.stdin), #(io.stdin:read("a")), io.read(), io.read(0), io.read("a"))
"""
PYTHON_STDIN = """
import sys
print(input(), sys.stdin.read(4), sys.stdin.readline())
for line in sys.stdin:
    if line == "stop\\n":
        break
print(sys.stdin.readline(), len(sys.stdin.read()), repr(sys.stdin.readline()), repr(sys.stdin.buffer.read()))
"""
STDIN = b"first\nfour12 -0x1p4 rest\nmore\nstop\nlast line\n" + b"the rest, which is long\n" * 10_000


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_read_from_stdin_is_noted_and_read_again(engine: str) -> None:
    source = PYTHON_STDIN if engine == "python" else LUA_STDIN
    first, note, _ = run(engine, source, stdin=STDIN)
    assert note.stdin == STDIN
    assert note.stdin_more == 0
    assert run(engine, source, stdin=note.stdin, replay=note.for_replay(hold=True))[0] == first
    assert run(engine, "x = 1", stdin=STDIN)[1] == WorkerNote()  # nothing is read before the script asks


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_too_much_to_be_noted_is_counted(engine: str) -> None:
    """Clocks in a loop, and a long input: bounded here, and it says from where a replay is impossible."""
    from zlib import crc32

    lua = "for i = 1, 100500 do os.time() end local n = 0 for line in io.lines() do n = n + #line end print(n)"
    python = (
        "import sys, time\nfor _ in range(100500):\n    time.time_ns()\nprint(sum(len(it) - 1 for it in sys.stdin))"
    )
    data = b"a line of some length\n" * 250_000
    out, note, launched = run(engine, python if engine == "python" else lua, stdin=data)
    assert int(out) == 21 * 250_000
    assert (len(note.clock), note.clock_more, note.is_whole) == (100_000, 500, False)
    assert data.startswith(note.stdin) and len(note.stdin) == 4 << 20
    assert (note.stdin_more, note.stdin_crc) == (len(data) - (4 << 20), crc32(data))
    assert max(map(len, launched.notes)) < 200_000
