"""The engines' interpreters at work behind both stages: the wall must leave them what they need."""

from __future__ import annotations

import pytest

LUA = """
from lupa.{module} import LuaRuntime
lua = LuaRuntime(encoding=None, register_eval=False, register_builtins=False)
if "jit" in "{module}" and not {jit}: lua.execute(b"jit.off()")
report = lock(jit={jit}, memory_bytes={memory})
assert report["seccomp"] == report["landlock"] == "active", report
lua.execute(sys.argv[2].encode())
"""

ECHO = """
local first = io.read("l")
io.write(first, "\\n")
for line in io.lines() do print(#line) end
io.stdout:setvbuf("full")
io.write("end\\n")
io.stderr:write("noted\\n")
io.flush()
"""


@pytest.mark.parametrize(("module", "jit"), [("lua54", False), ("luajit21", False), ("luajit21", True)])
def test_lua_reads_and_writes_its_streams(run, module, jit):
    ended = run(LUA.format(module=module, jit=jit, memory=512 << 20), ECHO, stdin="first\nsecond\nlast")
    assert (ended.code, ended.out.split(), ended.err) == (0, ["first", "6", "4", "end"], "noted\n")


@pytest.mark.parametrize("module", ["lua54", "luajit21"])
def test_lua_reads_a_regular_file_as_stdin_and_writes_one(run, module, tmp_path):
    # A regular file is what C's stdio seeks in and asks the size of.
    out = tmp_path / "out.txt"
    source = "import os\nos.dup2(os.open(sys.argv[3], os.O_RDONLY), 0)\n" + LUA.format(
        module=module, jit=False, memory=512 << 20
    )
    given = tmp_path / "in.txt"
    given.write_text("first\n" + "x" * 100_000 + "\n")
    with out.open("wb") as file:
        ended = run(source, ECHO, str(given), stdout=file)
    assert (ended.code, out.read_text().split()) == (0, ["first", "100000", "end"]), ended.err


@pytest.mark.parametrize(("module", "jit"), [("lua54", False), ("luajit21", False), ("luajit21", True)])
def test_lua_computes_builds_strings_and_catches_errors(run, module, jit):
    script = """
    local t, n = {}, 0
    for i = 1, 300000 do t[#t + 1] = i % 7; n = n + t[#t] end
    local parts = {}
    for i = 1, 20000 do parts[i] = ("%d"):format(i) end
    print(n, #table.concat(parts), pcall(error, "caught"))
    local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
    print(co() + co() + co())
    """
    ended = run(LUA.format(module=module, jit=jit, memory=512 << 20), script)
    assert ended.code == 0, ended.err
    assert ended.words() == ["899998", "88894", "false", "caught", "6"]


HOT_LOOP = """
local n = 0
for i = 1, 1000000 do n = n + i % 3 end
print(n, require("jit.util").traceinfo(1) ~= nil)
"""


@pytest.mark.parametrize(("jit", "compiled"), [(True, "true"), (False, "false")])
def test_luajit_compiles_where_executable_memory_is_allowed_and_interprets_elsewhere(run, jit, compiled):
    ended = run(LUA.format(module="luajit21", jit=jit, memory=512 << 20), HOT_LOOP)
    assert (ended.code, ended.words()) == (0, ["1000000", compiled]), ended.err


def test_luajit_ends_the_process_if_its_compiler_is_on_without_the_allowance(run):
    # Why an engine must call jit.off() first, and keep `jit` from the script.
    ended = run(LUA.format(module="luajit21", jit=False, memory=512 << 20), "jit.on()" + HOT_LOOP)
    assert ended.code != 0
    assert "runtime code generation failed" in ended.err


def test_lua_is_told_when_memory_runs_out(run):
    script = """
    local ok, why = pcall(function() local t = {} for i = 1, 1e9 do t[i] = i end end)
    print(ok, why)
    """
    ended = run(LUA.format(module="lua54", jit=False, memory=256 << 20), script)
    assert ended.out.split() == ["false", "not", "enough", "memory"], ended.err


def test_python_computes_reads_and_writes_behind_the_wall(run):
    source = """
import io, json, re
stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
lock(memory_bytes=512 << 20)
rows = [line.split() for line in stdin]
print(json.dumps({word: sum(row.count(word) for row in rows) for word in ("a", "b")}))
try:
    open("/etc/passwd")
except PermissionError as error:
    print(error.errno, re.sub("[^a-z]", "", "f-i-n-e"))
print(sum(i * i for i in range(10**5)), len("x" * 10**7))
"""
    ended = run(source, stdin="a b a\nb a\n")
    assert (ended.code, ended.out.splitlines()) == (
        0,
        ['{"a": 3, "b": 2}', "1 fine", "333328333350000 10000000"],
    ), ended.err


def test_tasks_switch_behind_the_wall(run):
    source = """
import greenlet
lock()
def child(value):
    while True: value = parent.switch(value * 2)
parent = greenlet.getcurrent(); task = greenlet.greenlet(child)
say(task.switch(1), task.switch(2), task.switch(21))
"""
    ended = run(source)
    assert (ended.code, ended.words()) == (0, ["2", "4", "42"]), ended.err


def test_standard_modules_are_imported_between_the_stages(run):
    source = """
coarse(readable=[path for path in sys.path if path])
import base64, decimal, hashlib, statistics, zlib, zoneinfo  # some of them linked with the system's libraries
zone = zoneinfo.ZoneInfo("UTC")
confine.enter_tight(ALL, write_fds={1, 2}, read_fds={0})
say(decimal.Decimal(1) / 8, statistics.mean([1, 2, 3]))
try:
    import wave
except (ImportError, PermissionError):
    say("gone")
"""
    ended = run(source)
    assert (ended.code, ended.words()) == (0, ["0.125", "2", "gone"]), ended.err
