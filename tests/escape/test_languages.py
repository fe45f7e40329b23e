"""S19 to S21: the second line. The attacks of tests/attacks/ try the same by many more ways."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
PROFILES = pytest.mark.parametrize("profile", ["medium", "high"])
LUA_ABSENT = (
    "debug.getinfo", "debug.sethook", "debug.getregistry", "debug.setmetatable", "debug.upvalueid", "python",
    "package.loadlib", "package.cpath", "string.dump", "collectgarbage and jit", "ffi", "lupa",
)  # fmt: skip
# These are there to say what to use instead; they do nothing else.
LUA_REFUSING = ("os.execute", "os.remove", "os.rename", "os.tmpname", "io.popen")
LUA_ALLOWED = "print(string.rep('x', 2), table.concat({1, 2}), math.max(1, 2), os.time() > 0, utf8.char(65))"


@PROFILES
@pytest.mark.parametrize("name", LUA_ABSENT)
def test_s19_lua_has_nothing_that_is_not_on_the_list(lua: Run, profile: str, name: str) -> None:
    assert lua(f"print({name})", profile=profile).stdout == "nil\n"


@PROFILES
@pytest.mark.parametrize("name", LUA_REFUSING)
def test_s19_a_lua_function_that_would_reach_out_only_says_so(lua: Run, profile: str, name: str) -> None:
    done = lua(f"local ok, problem = pcall({name}, 'true', 'x') print(ok, problem.code)", profile=profile)
    assert done.stdout == "false\tpermission_denied\n"


@PROFILES
def test_s19_lua_has_what_is_on_the_list(lua: Run, profile: str) -> None:
    assert lua(LUA_ALLOWED, profile=profile).stdout == "xx\t12\t2\ttrue\tA\n"


def test_s19_bytecode_is_not_loaded_and_text_is(lua: Run) -> None:
    done = lua('print(load("\\27Lua")) print(load("return 42")())')
    assert done.stdout.startswith("nil\t") and done.stdout.endswith("\n42\n")
    assert lua("print(load)", profile="high").stdout == "nil\n"


@PROFILES
def test_s19_the_metatables_that_all_share_are_locked(lua: Run, profile: str) -> None:
    source = 'print(type(getmetatable(""))) print(pcall(setmetatable, {}, {})) print(("x"):rep(2))'
    assert "table\n" not in lua(source, profile=profile).stdout.splitlines(keepends=True)[0]
    assert lua(source, profile=profile).stdout.endswith("xx\n")


PYTHON_REFUSED = {
    "class": "print(().__class__.__mro__)",
    "subclasses": "print(object.__subclasses__())",
    "getattr": "print(getattr((), '__di' + 'r__'))",
    "format": "print('{0.__class__}'.format(()))",
    "format_map": "print('{x.__class__}'.format_map({'x': ()}))",
    "frame": "g = (x for x in [1])\nprint(g.gi_frame)",
    "code": "print((lambda: 1).__code__)",
    "traceback": "try: 1 / 0\nexcept Exception as e: print(e.__traceback__)",
    "exec": "exec('print(1)')",
    "eval": "print(eval('1'))",
    "module": "import json\nprint(json.codecs)",
    "sys": "import sys\nprint(sys.modules)",
    "os": "import os\nprint(os.getpid())",
    "ctypes": "import ctypes\nprint(ctypes)",
    "type": "print(type('X', (), {}))",
    "match": "match ():\n    case object(__class__=found): print(found)",
}
PYTHON_ALLOWED = """
import json
class Point:
    def __init__(self, x: int) -> None:
        self.x = x
    def __repr__(self):
        return f"Point({self.x})"
match [1, Point(2)]:
    case [int(), found]:
        print(found, ().__class__ is tuple, "{0:>3}".format(7), json.dumps([1]), getattr(found, "x"))
"""


@PROFILES
@pytest.mark.parametrize("source", PYTHON_REFUSED.values(), ids=PYTHON_REFUSED)
def test_s20_python_reaches_no_internals(python: Run, profile: str, source: str) -> None:
    done = python(source, profile=profile)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error" in done.stderr and "Traceback" not in done.stderr


@PROFILES
def test_s20_ordinary_python_works(python: Run, profile: str) -> None:
    assert python(PYTHON_ALLOWED, profile=profile).stdout == "Point(2) True   7 [1] 2\n"


@pytest.mark.parametrize("suffix", ["lua", "py"])
def test_s21_a_neighbour_is_loaded_where_the_profile_says_so(llmspell: Run, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "near.lua").write_text("return { answer = 42 }\n")
    (tmp_path / "near.py").write_text("answer = 42\n")
    text = {"lua": 'print(require("near").answer)', "py": "import near\nprint(near.answer)"}[suffix]
    (tmp_path / f"main.{suffix}").write_text(text + "\n")
    assert llmspell("run", f"main.{suffix}").stdout == "42\n"
    refused = llmspell("run", "-P", "high", f"main.{suffix}")
    assert refused.returncode != 0 and refused.stdout == ""
