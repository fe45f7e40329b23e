"""What can be seen in a text without running it, in both languages; and that Lua is read as Lua reads it."""

import random
from pathlib import Path

import pytest
from lupa import lua54

from llmspell.approval.facts import UNKNOWN, facts_of

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted([*ROOT.glob("tests/scripts/**/*.lua"), *ROOT.glob("examples/**/*.lua")])
LUA = lua54.LuaRuntime(encoding=None)
LOADS = LUA.eval("function(text) return load(text, '=x', 't') ~= nil end")


def lua_takes(source: bytes) -> bool:
    text = source.removeprefix(b"\xef\xbb\xbf")
    return bool(LOADS(b"--" + text if text.startswith(b"#") else text))


def test_a_text_is_lua_where_it_is_for_lua():
    wrong = [
        it.name for it in SCRIPTS[::3] if bool(facts_of(it.read_bytes(), "lua").mistakes) == lua_takes(it.read_bytes())
    ]
    assert wrong == []


def test_a_text_with_a_word_too_many_or_too_few_is_lua_where_it_is_for_lua():
    chance = random.Random(7)
    words = [
        b"end",
        b"(",
        b")",
        b"=",
        b"local",
        b"x",
        b"1",
        b'"s"',
        b"{",
        b"}",
        b"..",
        b"function",
        b"::",
        b"until",
        b"\n",
    ]
    differ = []
    for _ in range(300):
        source = chance.choice(SCRIPTS[:60]).read_bytes()
        at = chance.randrange(len(source) + 1)
        changed = (
            source[:at] + chance.choice([b" " + chance.choice(words) + b" ", b""]) + source[at + chance.randrange(3) :]
        )
        if bool(facts_of(changed, "lua").mistakes) == lua_takes(changed):
            differ.append(changed)
    # Ours leaves to the engine: labels, constants that are assigned, and numbers of LuaJIT's.
    assert [it for it in differ if b"goto" not in it and b"<const>" not in it and b"<close>" not in it] == []


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("x = ", 1, "unexpected the end of the file"),
        ("if x then\nprint(1)\n", 3, "end expected (to close if at line 1) near the end of the file"),
        ("print('a\n')", 1, "a string is not closed: 'a"),
        ("--[[ a", 1, "a long comment is not closed"),
        ("x = @", 1, "unexpected character '@'"),
        ("break", 1, "break outside a loop"),
        ("function f() return ... end", 1, "... outside a function with ..."),
        ("f() = 1", 1, "cannot assign"),
        ("x = " + "(" * 500, 1, "nested deeper than"),
        ("x = " + "{" * 500, 1, "nested deeper than"),
        ("x = 3x", 1, "malformed number near 3x"),
        (r"x = '\q'", 1, r"invalid escape sequence \q"),
        (r"x = '\999'", 1, "decimal escape too large"),
    ],
)
def test_what_is_no_lua_is_said_with_its_line(source, line, message):
    (mistake,) = facts_of(source.encode(), "lua").mistakes
    assert mistake.line == line and message in mistake.text


@pytest.mark.parametrize("source", [b"def f(:", b"x = (" * 300, b"\xff = 1", b"if x:\n\ty\n        z"])
def test_what_is_no_python_is_said(source):
    assert len(facts_of(source, "python").mistakes) == 1


def test_a_text_without_end_is_not_read():
    assert "larger than 4 MiB" in facts_of(b" " * (4 * 1024 * 1024 + 1), "lua").mistakes[0].text


LUA_TEXT = r"""#!/usr/bin/env llmspell
local T, run = Tool, Tool.execute
local m = require("lib.m")
T.execute("calculator", {input = "1 + 1", deep = {a = {1, 2}}, [3] = "x", [name] = 4, other = name})
run("hash-calculator", {operation = "hash"})
Agent.builder():model("openai/" .. "gpt-5"):build()
Tool:get "x"
io.open("out/a", "w"):write("x")
do local Tool = {}; Tool.execute("mine") end
for i = 1, 3 do local f = io.lines("data") end
local function rec(n) return rec(n - 1) end
counter = (counter or 0) + 1
undefinedThing.call(unknown)
require(name)
Tool[name]("x")
pcall(Tool.execute, "file-search", {path = "a"}); xpcall(require, print, "perhaps")
x = "a\65\x41\u{41}\z
     b\n" .. [[
long]]
"""
PYTHON_TEXT = """#!/usr/bin/env llmspell
import os, lib.m
from json import dumps
T, y = Tool, 1
run = Tool.execute
run("hash-calculator", operation="hash")
Tool.execute("calculator", {"input": "1 + 1", "deep": {"a": [1, 2]}, "other": y}, more=True)
Agent.builder().model("openai/gpt-5").build()
open("out/a", "w").write("x")
os.environ["HOME"], os.getenv("USER"), os.environ.get("X")
undefined_thing.call(unknown)
def f(Tool):
    return Tool.execute
eval(y)
[z for z in y if (w := z)]
"""


def calls(facts):
    return [(".".join(it.path), it.args, it.line) for it in facts.calls]


def test_calls_are_seen_with_what_is_written_out_of_their_arguments():
    facts = facts_of(LUA_TEXT.encode(), "lua")
    assert facts.mistakes == []
    found = calls(facts)
    table = {"input": "1 + 1", "deep": {"a": {1: 1, 2: 2}}, 3: "x", "other": UNKNOWN}
    assert ("Tool.execute", ("calculator", table), 4) in found
    assert ("Tool.execute", ("hash-calculator", {"operation": "hash"}), 5) in found
    assert (".model", ("openai/gpt-5",), 6) in found and ("Tool.get", ("x",), 7) in found
    assert ("io.open", ("out/a", "w"), 8) in found and ("io.lines", ("data",), 10) in found
    assert not [it for it in found if it[1] == ("mine",) and it[0].startswith("Tool")]
    assert ("Tool.execute", ("file-search", {"path": "a"}), 16) in found
    assert facts.modules == {"lib.m": 3, "perhaps": 16}
    assert set(facts.names) == {
        "Tool", "Agent", "io", "require", "name", "undefinedThing", "unknown", "pcall", "xpcall", "print"
    }  # fmt: skip
    assert facts.names["undefinedThing"] == (13, True) and facts.names["unknown"] == (13, False)
    assert [line for line, _ in facts.dynamic] == [15, 14]
    assert ("Tool", "execute", 4, True) in facts.fields


def test_and_in_python():
    facts = facts_of(PYTHON_TEXT.encode(), "python")
    assert facts.mistakes == []
    found = calls(facts)
    assert ("Tool.execute", ("hash-calculator",), 6) in found
    table = {"input": "1 + 1", "deep": {"a": {1: 1, 2: 2}}, "other": UNKNOWN}
    assert ("Tool.execute", ("calculator", table), 7) in found
    assert next(it for it in facts.calls if it.line == 7).named == {**table, "more": True}
    assert (".model", ("openai/gpt-5",), 8) in found and ("open", ("out/a", "w"), 9) in found
    for it in (("os.environ.[]", ("HOME",), 10), ("os.getenv", ("USER",), 10), ("os.environ.get", ("X",), 10)):
        assert it in found
    assert facts.perhaps == {"json.dumps": 3}
    assert facts.modules == {"os": 2, "lib.m": 2, "json": 3}
    assert set(facts.names) >= {"undefined_thing", "unknown"} and "z" not in facts.names and "w" not in facts.names
    assert facts.dynamic == [(14, "code that eval makes when it runs")]
