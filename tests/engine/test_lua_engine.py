"""The Lua engines with a host in this process: what concerns Lua alone, and has no twin in Python."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fake_host import Outcome, handle, run_script

from llmspell.engine.languages import load_engine
from llmspell.interface.generated import BINDING

RunLua = Callable[..., Outcome]


@pytest.fixture(params=["lua54", "luajit"])
def run_lua(request: pytest.FixtureRequest) -> RunLua:
    """Run a text in a state of its own, with the globals of every script."""
    defaults: dict[str, Any] = {"lua": "safe", "interface": BINDING, "engine": request.param}
    return partial(_run, load_engine(request.param), defaults)


def _run(make: Callable[..., Any], defaults: dict[str, Any], text: str | bytes, **more: Any) -> Outcome:
    return run_script(make, text, **{**defaults, **more})


def printed(outcome: Outcome) -> list[str]:
    assert outcome.kind == "done", outcome
    return outcome.out.splitlines()


@pytest.mark.parametrize(
    "name",
    ["debug.getinfo", "debug.getregistry", "debug.sethook", "io.tmpfile", "os.setlocale", "string.dump",
     "package.loadlib", "package.path", "package.searchers", "package.preload", "python", "jit", "ffi",
     "newproxy", "setfenv", "getfenv", "module", "warn"],
)  # fmt: skip
def test_what_is_not_on_the_list_is_not_there(name: str, run_lua: RunLua) -> None:
    assert printed(run_lua(f"print({name} == nil)")) == ["true"]


@pytest.mark.parametrize(
    "name",
    ["print", "pcall", "string.format", "table.concat", "math.floor", "os.time", "os.date", "coroutine.wrap", "io.read",
     "require", "package.loaded", "select", "load"],
)  # fmt: skip
def test_what_is_on_the_list_is_there(name: str, run_lua: RunLua) -> None:
    assert printed(run_lua(f"print({name} ~= nil)")) == ["true"]


@pytest.mark.parametrize("name", ["io.popen", "os.execute", "os.remove", "os.rename", "os.tmpname"])
def test_what_scripts_ask_for_by_habit_says_what_to_use_instead(name: str, run_lua: RunLua) -> None:
    source = f'local ok, e = pcall({name}, "x") print(ok, e.code, e.hint:find("--profile none", 1, true) ~= nil)'
    assert printed(run_lua(source)) == ["false\tpermission_denied\ttrue"]


def test_a_traceback_shows_the_script_s_own_frames_alone(run_lua: RunLua) -> None:
    source = 'local function f() return (debug.traceback("hi")) end\nlocal text = f()\nprint(text)'
    lines = printed(run_lua(source))
    assert lines[:2] == ["hi", "stack traceback:"]
    assert "script:1:" in lines[2]
    assert "script:2: in main chunk" in lines[3]
    assert len(lines) == 4


def test_a_traceback_leaves_errors_that_are_no_text_as_they_are(run_lua: RunLua) -> None:
    source = "local ok, problem = xpcall(function() error({code = 7}) end, debug.traceback) print(problem.code)"
    assert printed(run_lua(source)) == ["7"]


def test_a_method_of_a_global_may_be_called_with_a_colon(run_lua: RunLua) -> None:
    assert printed(run_lua("print(JSON:stringify({1}), JSON.stringify({1}))")) == ["[1]\t[1]"]


@pytest.mark.parametrize("level", ["full", "safe"])
def test_the_environment_is_the_host_s_at_every_level(level: str, run_lua: RunLua) -> None:
    answers = {"_host.getenv": {"FOO": "bar"}.get}
    assert printed(run_lua('print(os.getenv("FOO"), os.getenv("BAR"))', lua=level, answers=answers)) == ["bar\tnil"]


def test_under_none_a_file_is_lua_s_own(run_lua: RunLua, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("one\ntwo\n")
    source = 'for l in io.lines(arg[1]) do io.write(l, " ") end print(io.open(arg[1]):read("n") == nil)'
    args = {"list": [str(tmp_path / "f")], "positional": [], "named": {}}
    assert printed(run_lua(source, lua="full", args=args)) == ["one two true"]


def test_a_mark_of_the_byte_order_is_no_part_of_the_text(run_lua: RunLua) -> None:
    assert printed(run_lua(b'\xef\xbb\xbf#!/usr/bin/env llmspell\nprint("ran")')) == ["ran"]


VALUES = {
    "{1, nil, 3}": "has a hole at [2]",
    "{1, 2, x = 3}": "mixes list items",
    "local t = {} t.t = t return t": "contains itself",
    "{io.stdout}": "cannot leave the script",
}


@pytest.mark.parametrize("show", [False, True])
@pytest.mark.parametrize("text", VALUES)
def test_a_value_that_cannot_be_shown_fails_an_eval(text: str, show: bool, run_lua: RunLua) -> None:
    outcome = run_lua(text, mode="eval", show=show)
    assert (outcome.kind, outcome.value["code"], outcome.out) == ("failed", "not_convertible", "")
    assert VALUES[text] in outcome.value["message"]


def test_a_script_s_own_value_is_nobody_s(run_lua: RunLua) -> None:
    assert run_lua("return {1, nil, 3}").kind == "done"


def test_an_eval_shows_what_is_no_data_as_lua_does(run_lua: RunLua) -> None:
    assert run_lua("print", mode="eval").value.startswith("function: ")


def test_an_eval_that_does_not_parse_says_what_is_meant(run_lua: RunLua) -> None:
    unfinished = run_lua("1 +", mode="eval").value
    assert "<eof>" in unfinished["message"]
    assert unfinished["details"]["incomplete"]
    assert run_lua("x = 1; x", mode="eval").value["hint"] == "use `return` before the value"
    assert "hint" not in run_lua("x = 1; x y", mode="eval").value


def test_the_main_chunk_is_called_that_in_traces(run_lua: RunLua) -> None:
    for mode in ("script", "eval", "each"):
        outcome = run_lua("local x = error('here')", mode=mode, stdin=b"line\n")
        assert "script:1: in main chunk" in outcome.value["traceback"]


def test_what_is_thrown_without_a_text_is_told_by_its_type(run_lua: RunLua) -> None:
    assert run_lua("error({})").value["message"] == "(error object is a table value)"
    assert run_lua("error()").value["message"] == "(error object is a nil value)"


def test_a_message_names_no_file_of_ours(run_lua: RunLua) -> None:
    assert run_lua("error('here')", mode="eval").value["message"].endswith("here")
    assert "llmspell/" not in run_lua("error('here')", mode="eval").value["message"]


def test_lines_by_lines_tables_are_shown_as_an_eval_shows_them(run_lua: RunLua) -> None:
    lines = b'{"a":1}\n'
    assert run_lua("JSON.parse(line)", mode="each_print", stdin=lines).out == '{\n  "a": 1\n}\n'
    assert run_lua("line = nil", mode="each_print", stdin=lines).out == ""
    assert run_lua("line = line:upper()", mode="each_print", stdin=lines).out == '{"A":1}\n'


def test_only_text_is_loaded(run_lua: RunLua) -> None:
    text = """
    print(load("return 1 + 1")())
    print(load("\\27Lua"))
    print(load(function() return nil end) ~= nil)
    """
    assert printed(run_lua(text)) == ["2", "nil\tattempt to load a binary chunk (only text is accepted)", "true"]


def test_bytecode_is_a_syntax_error(run_lua: RunLua) -> None:
    assert run_lua(b"\x1bLua\x54\x00").kind == "syntax"


def test_a_highly_confined_script_has_no_load(run_lua: RunLua) -> None:
    assert printed(run_lua("print(load == nil)", lua="safe_noload")) == ["true"]


def test_globals_can_be_walked(run_lua: RunLua) -> None:
    text = """
    local names = {}
    for name in pairs(Tool) do names[#names + 1] = name end
    table.sort(names)
    print(table.concat(names, " "))
    print(rawget(Tool, "execute") == Tool.execute, next(Tool) ~= nil)
    """
    lines = printed(run_lua(text))
    assert {"create", "execute", "list"} <= set(lines[0].split())
    assert lines[1] == "true\ttrue"


@pytest.mark.parametrize("change", ["Tool.execute = 1", "Tool.new = 1", "rawset(Tool, 'execute', 1)"])
def test_globals_of_ours_cannot_be_changed(change: str, run_lua: RunLua) -> None:
    assert printed(run_lua(f"print((pcall(function() {change} end)))")) == ["false"]
    assert printed(run_lua("mine = 1 print(mine)")) == ["1"]


@pytest.mark.parametrize("value", ['""', "print", "Tool", "JSON", "io.stdout", "Async.spawn(print)", "JSON.null"])
def test_metatables_that_others_use_are_out_of_reach(value: str, run_lua: RunLua) -> None:
    assert printed(run_lua(f"print(type(getmetatable({value})) == 'table')")) == ["false"]


def test_a_method_of_an_object_that_nobody_holds_is_called_before_it_is_released(run_lua: RunLua) -> None:
    answers = {
        "Tool.get": lambda name: handle(5, "ToolObject", name=name),
        "#5.execute": lambda params: {"result": params["n"]},
    }
    text = """
    for n = 1, 20 do
      assert(Tool.get("x"):execute({ n = n }).result == n)
      collectgarbage()
    end
    print("done")
    """
    outcome = run_lua(text, answers=answers)
    assert printed(outcome) == ["done"]


def test_an_object_stands_for_its_name_in_a_text(run_lua: RunLua) -> None:
    answers = {
        "Tool.get": lambda name: handle(5, "ToolObject", name=name),
        "Tool.exists": lambda name: handle(6, "ToolObject"),
    }
    text = """
    local t = Tool.get("x")
    print("a " .. t .. " b", t .. t, 1 .. t)
    for _, other in ipairs({ Tool.exists("x"), true, print }) do
      local ok, message = pcall(function() return "a" .. other end)
      print(ok, (message:gsub("^[^:]*:%d+: ", "")))
      print(pcall(function() return t .. other end))
    end
    """
    lines = printed(run_lua(text, answers=answers))
    assert lines[0] == "a x b\txx\t1x"
    assert all(it.startswith("false\t") and "attempt to concatenate" in it for it in lines[1:]) and len(lines) == 7


def test_an_object_that_nobody_holds_is_released() -> None:
    answers = {"Tool.get": lambda name: handle(5, "ToolObject", name=name)}
    text = "Tool.get('x') collectgarbage() collectgarbage()"
    outcome = run_script(load_engine("lua54"), text, lua="safe", interface=BINDING, engine="lua54", answers=answers)
    assert outcome.host.released == [5]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("5e-324", "5e-324"),
        ("2.2250738585072014e-308", "2.2250738585072014e-308"),
        ("1.5e-310", "1.5e-310"),
        ("-5e-324", "-5e-324"),
        ("0.1", "0.1"),
        ("1/3", "0.3333333333333333"),
        ("1e21 + 0.5", "1e+21"),
        ("123456.789", "123456.789"),
    ],
)
def test_a_number_is_written_as_the_shortest_that_reads_back(number: str, shown: str, run_lua: RunLua) -> None:
    assert printed(run_lua(f"print(JSON.stringify({number}))")) == [shown]


def test_promises_of_a_list_take_values_that_are_there(run_lua: RunLua) -> None:
    text = 'print(JSON.stringify(Promise.all({ 1, "two", Promise.resolve({ 3 }) }):await()))'
    assert printed(run_lua(text)) == ['[1,"two",[3]]']


def test_an_error_without_a_message_is_told_all_the_same(run_lua: RunLua) -> None:
    for thrown in ("nil", "{}", "setmetatable({}, { __tostring = function() error('x') end })", "print", "5"):
        outcome = run_lua(f"error({thrown}, 0)")
        assert outcome.kind == "failed"
        assert isinstance(outcome.value["message"], str)


def test_an_error_names_the_line_of_the_file_whatever_its_first_line(run_lua: RunLua) -> None:
    for first in ("#!/usr/bin/env llmspell", "-- a comment", ""):
        outcome = run_lua(first + "\nerror('here')", name="report.lua")
        assert outcome.value["message"] == "report.lua:2: here"
        assert "error('here')" in outcome.value["traceback"]


def test_a_coroutine_of_the_scripts_may_call_the_host_and_be_resumed_by_another(run_lua: RunLua) -> None:
    text = """
    local co = coroutine.create(function(a)
      local b = coroutine.yield(State.get(a))
      return State.get(b)
    end)
    print(coroutine.resume(co, "one"))
    print(coroutine.status(co))
    print(coroutine.resume(co, "two"))
    print(coroutine.status(co), coroutine.resume(co))
    print(select(2, coroutine.running()))
    """
    lines = printed(run_lua(text, answers={"State.get": lambda key: key.upper()}))
    assert lines == ["true\tONE", "suspended", "true\tTWO", "dead\tfalse\tcannot resume dead coroutine", "true"]


def test_the_main_chunk_is_no_coroutine_that_could_yield(run_lua: RunLua) -> None:
    text = "print(pcall(coroutine.yield, 1))"
    assert printed(run_lua(text)) == ["false\tattempt to yield from outside a coroutine"]
