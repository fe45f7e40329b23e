"""What goes out of a script comes back as it went, in each engine: by way of a tool of its own, so through the engine's
packing, the host's unpacking and packing, and the engine's unpacking, twice."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("lua54", "luajit", "python")

# Scripts have no MessagePack, so values reach them in a spelling that both can read (`spelled`, `read_spelled`), one on
# each line, and come back in it.
ECHO = {
    "lua": r"""
local read
local readers = {
  n = function(s, p) return JSON.null, p end,
  t = function(s, p) return true, p end,
  f = function(s, p) return false, p end,
  i = function(s, p)
    local text, e = s:match("^(-?%d+);()", p)
    return math.tointeger and math.tointeger(text) or tonumber(text), e
  end,
  d = function(s, p)
    local text, e = s:match("^([^;]+);()", p)
    local odd = { nan = 0 / 0, inf = 1 / 0, ["-inf"] = -1 / 0 }
    return odd[text] or tonumber(text) + 0.0, e
  end,
  s = function(s, p)
    local hex, e = s:match("^(%x*);()", p)
    return (hex:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)), e
  end,
  l = function(s, p)
    if s:sub(p, p) == "]" then return JSON.parse("[]"), p + 1 end
    local list = {}
    while s:sub(p, p) ~= "]" do list[#list + 1], p = read(s, p) end
    return list, p + 1
  end,
  m = function(s, p)
    local map = {}
    while s:sub(p, p) ~= "}" do
      local key
      key, p = read(s, p)
      map[key], p = read(s, p)
    end
    return map, p + 1
  end,
}
read = function(s, p) return readers[s:sub(p, p)](s, p + 1) end

local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
local write
write = function(v)
  if v == nil or v == JSON.null then return "n" end
  if v == true then return "t" elseif v == false then return "f" end
  if type(v) == "string" then return "s" .. hex(v) .. ";" end
  if type(v) == "number" then
    if math.type and math.type(v) == "integer" then return ("i%d;"):format(v) end
    if v ~= v then return "dnan;" end
    if v == 1 / 0 or v == -1 / 0 then return v > 0 and "dinf;" or "d-inf;" end
    return ("d%.17g;"):format(v)
  end
  local keys = {}
  for k in next, v do keys[#keys + 1] = k end
  if #keys == #v and #v > 0 or getmetatable(v) == "list" then
    for i = 1, #v do keys[i] = write(v[i]) end
    return "l" .. table.concat(keys) .. "]"
  end
  table.sort(keys)
  local out = {}
  for _, k in ipairs(keys) do out[#out + 1] = write(k) .. write(v[k]) end
  return "m" .. table.concat(out) .. "}"
end

Tool.create({ name = "echo", description = "d", parameters = {}, execute = function(p) return { value = p.value } end })
for line in io.lines() do
  local value = read(line, 1)
  print(write(Tool.execute("echo", { value = value }).result.value))
  io.stdout:flush()
end
""",
    "python": r"""
import sys

def read(s, p):
    kind = s[p]
    p += 1
    if kind in "ntf":
        return {"n": None, "t": True, "f": False}[kind], p
    if kind in "idsb":
        end = s.index(";", p)
        text = s[p:end]
        value = {"i": int, "d": float, "s": lambda h: bytes.fromhex(h).decode(), "b": bytes.fromhex}[kind](text)
        return value, end + 1
    if kind == "l":
        items = []
        while s[p] != "]":
            item, p = read(s, p)
            items.append(item)
        return items, p + 1
    table = {}
    while s[p] != "}":
        key, p = read(s, p)
        table[key], p = read(s, p)
    return table, p + 1

def write(v):
    if v is None:
        return "n"
    if v is True or v is False:
        return "t" if v else "f"
    if isinstance(v, str):
        return f"s{v.encode().hex()};"
    if isinstance(v, bytes):
        return f"b{v.hex()};"
    if isinstance(v, int):
        return f"i{v};"
    if isinstance(v, float):
        return f"d{v!r};"
    if isinstance(v, list):
        return "l" + "".join(write(it) for it in v) + "]"
    return "m" + "".join(write(k) + write(v[k]) for k in sorted(v, key=lambda k: k.encode())) + "}"

Tool.create(name="echo", description="d", parameters={}, execute=lambda p: {"value": p["value"]})
for line in sys.stdin:
    value, _ = read(line, 0)
    print(write(Tool.execute("echo", {"value": value}).result["value"]), flush=True)
""",
}

INTS = {
    "lua54": st.integers(-(2**63), 2**63 - 1),
    "luajit": st.integers(-(2**53) + 1, 2**53 - 1),
    "python": st.integers() | st.integers(-(10**400), 10**400),
}
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
BYTES = st.binary(max_size=40)


def values_of(engine: str) -> st.SearchStrategy[Any]:
    """What a script of this engine can hold and tell apart."""
    scalars = st.booleans() | INTS[engine] | FLOATS | TEXT | BYTES
    # In Lua a nil in a table is absent; in a list JSON.null keeps its place.
    nothing = st.none()
    in_maps = scalars | nothing if engine == "python" else scalars

    def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        inside = inner if engine == "python" else inner.filter(lambda it: it is not None)
        return st.lists(inner | nothing, max_size=6) | st.dictionaries(TEXT, inside | in_maps, max_size=6)

    return st.recursive(scalars, containers, max_leaves=25)


def spelled(value: Any, engine: str) -> str:
    match value:
        case None:
            return "n"
        case bool():
            return "t" if value else "f"
        case int():
            return f"i{value};"
        case float():
            return f"d{value!r};"
        case str():
            return f"s{value.encode().hex()};"
        case bytes():
            return f"{'b' if engine == 'python' else 's'}{value.hex()};"
        case list():
            return "l" + "".join(spelled(it, engine) for it in value) + "]"
        case _:
            pairs = sorted(value.items(), key=lambda it: it[0].encode())
            return "m" + "".join(spelled(key, engine) + spelled(it, engine) for key, it in pairs) + "}"


class Echo:
    """A run that gives back every line's value."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.engine = engine
        self.process = subprocess.Popen(
            [*command(engine, ECHO["python" if engine == "python" else "lua"], folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(folder),
            cwd=folder,
        )

    def give(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().rstrip("\n")


def command(engine: str, text: str, folder: Path, *options: str) -> list[str]:
    script = folder / ("main.py" if engine == "python" else "main.lua")
    script.write_text(text, "utf-8")
    return [sys.executable, "-m", "llmspell", "run", "--engine", engine, *options, str(script)]


def environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        **{f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("STATE", "CONFIG", "DATA", "CACHE")},
        **{key: it for key, it in os.environ.items() if key.startswith("COVERAGE")},
    }


@pytest.fixture(scope="module", params=ENGINES)
def echo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Echo]:
    run = Echo(request.param, tmp_path_factory.mktemp(request.param))
    try:
        yield run
    finally:
        run.process.communicate()
        assert run.process.returncode == 0


def same(given: str, back: str, engine: str) -> bool:
    """Whether two spellings are of the same value. LuaJIT has one kind of number, and spells it in its own way."""
    if engine == "python":
        return given == back
    return given == back or numbers_read(given, engine) == numbers_read(back, engine)


def numbers_read(text: str, engine: str) -> list[object]:
    """A spelling in pieces, numbers as numbers, so that 1e5 and 100000.0 are one."""
    pieces: list[object] = []
    at = 0
    while at < len(text):
        kind = text[at]
        if kind not in "idsb":
            pieces.append(kind)
            at += 1
            continue
        end = text.index(";", at)
        body = text[at + 1 : end]
        if kind == "i":
            pieces.append(("number", int(body)) if engine == "luajit" else ("integer", int(body)))
        elif kind == "d":
            number = float(body)
            shown = "nan" if math.isnan(number) else number
            pieces.append(("number", shown) if engine == "luajit" else ("float", shown, math.copysign(1, number)))
        else:
            pieces.append((kind, body))
        at = end + 1
    return pieces


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_goes_out_of_a_script_comes_back_as_it_went(echo: Echo, data: st.DataObject) -> None:
    value = data.draw(values_of(echo.engine))
    line = spelled(value, echo.engine)
    back = echo.give(line)
    assert same(line, back, echo.engine), f"{line} came back as {back}"


EDGES = [
    *(sign * (2**power + it) for power in (7, 8, 15, 16, 31, 32, 52) for sign in (1, -1) for it in (-1, 0, 1)),
    *(0.0, 5e-324, 1.7976931348623157e308, 2.0**53, 1e22, 0.1),
    *(float("inf"), float("-inf"), float("nan")),
    *("x" * size for size in (0, 31, 32, 255, 256, 65535, 65536)),
    *("ü" * size for size in (15, 16, 127, 128)),
    *(b"\xff" * size for size in (1, 255, 256, 65535, 65536)),
    *([1] * size for size in (15, 16, 65535, 65536)),
    *({f"k{i:05}": i for i in range(size)} for size in (0, 15, 16, 65535, 65536)),
]


def test_the_edges_of_each_form_survive(echo: Echo) -> None:
    for value in EDGES:
        line = spelled(value, echo.engine)
        assert same(line, echo.give(line), echo.engine), line[:80]


Finished = subprocess.CompletedProcess[str]
RunText = Callable[..., Finished]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run_text(tmp_path: Path, engine: str) -> RunText:
    def run(text: dict[str, str], *options: str) -> Finished:
        language = "python" if engine == "python" else "lua"
        return subprocess.run(
            command(engine, text[language], tmp_path, *options),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=environment(tmp_path),
            cwd=tmp_path,
            timeout=100,
        )

    return run


HUNDRED_MEGABYTES = {
    "lua": """
Tool.create({ name = "echo", description = "d", parameters = {}, execute = function(p) return p.value end })
local big = ("0123456789"):rep(10 * 1024 * 1024)
local back = Tool.execute("echo", { value = big }).result
print(#back, back == big)
""",
    "python": """
Tool.create(name="echo", description="d", parameters={}, execute=lambda p: p["value"])
big = "0123456789" * (10 * 1024 * 1024)
back = Tool.execute("echo", {"value": big}).result
print(len(back), str(back == big).lower(), sep="\\t")
""",
}


@pytest.mark.parametrize("engine", ["lua54", "python"], indirect=True)
def test_a_text_of_100_megabytes_comes_back_whole(run_text: RunText) -> None:
    done = run_text(HUNDRED_MEGABYTES, "--limit", "message_bytes=256MB", "--limit", "memory_bytes=3GB")
    assert (done.stdout, done.stderr, done.returncode) == ("104857600\ttrue\n", "", 0)


def test_without_that_setting_it_is_refused_with_the_setting_named(run_text: RunText) -> None:
    done = run_text(HUNDRED_MEGABYTES, "--limit", "memory_bytes=3GB")
    assert done.returncode == 82
    assert "message_bytes" in done.stderr


REFUSED = {
    "a cycle": (
        {"lua": "local t = { a = {} }\nt.a.b = t\nlocal v = t", "python": "t = {'a': {}}\nt['a']['b'] = t\nv = t"},
        "a.b",
    ),
    "what is nested too deep": (
        {
            "lua": "local v = 1\nfor _ = 1, 100 do v = { v } end",
            "python": "v = 1\nfor _ in range(100):\n    v = [v]",
        },
        "deeper than 64 levels",
    ),
    "a function's key": (
        {"lua": "local v = { list = { [print] = 1 } }", "python": "v = {'list': {print: 1}}"},
        "list",
    ),
    "a hole, or a set": (
        {"lua": "local v = { list = { 1, nil, 3 } }", "python": "v = {'list': [1, {2}, 3]}"},
        "list",
    ),
    "a mixed table, or a complex number": (
        {"lua": "local v = { list = { 1, name = 2 } }", "python": "v = {'list': 1j}"},
        "list",
    ),
    "a coroutine, or a generator": (
        {"lua": "local v = { list = coroutine.create(print) }", "python": "v = {'list': (it for it in [1])}"},
        "list",
    ),
}
TELL = {
    "lua": "\nlocal ok, e = pcall(State.set, 'k', v)\nprint(ok, e.code, e.message)",
    "python": "\ntry:\n    State.set('k', v)\nexcept LLMSpellError as e:\n"
    "    print('false', e.code, e.message, sep='\\t')",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_cross_is_refused_with_its_place(name: str, run_text: RunText) -> None:
    text, place = REFUSED[name]
    done = run_text({key: text[key] + TELL[key] for key in text})
    ok, code, message = done.stdout.rstrip("\n").split("\t")
    assert (ok, code, done.stderr) == ("false", "not_convertible", "")
    assert place in message
