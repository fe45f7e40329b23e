"""What a Lua script can do to the engine's own parts: nothing, and it hears why."""

from functools import partial

import pytest
from fake_host import Outcome, run_script

from llmspell.engine.lua_engine import make_engine

ENGINES = ("lua54", "luajit")
INTERFACE = {
    "Tool": {"methods": {"list": "host", "get": "host"}, "aliases": {}, "index": "", "objects": {}},
    "Async": {
        "methods": {"spawn": "worker", "sleep": "worker", "all": "worker"},
        "aliases": {},
        "index": "",
        "objects": {},
    },
}


def run(source: str, engine: str = "lua54", **options: object) -> Outcome:
    answers = {"Tool.list": lambda *_: ["a", "b"]}
    return run_script(
        partial(make_engine, engine),
        source,
        mode="eval",
        engine=engine,
        lua="safe",
        interface=INTERFACE,
        answers=answers,
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_comparing_a_yielded_value_shows_the_script_nothing_of_ours(engine: str) -> None:
    outcome = run(
        """
        local seen
        local spy = setmetatable({}, { __eq = function(_, other) seen = other return true end })
        local co = coroutine.create(function() coroutine.yield(spy) end)
        local ok, value = coroutine.resume(co)
        return { ok, rawequal(value, spy), seen == nil }
        """,
        engine,
    )
    assert outcome.value == [True, True, True], outcome


@pytest.mark.parametrize("engine", ENGINES)
def test_a_coroutine_that_waits_for_the_host_takes_only_the_host_s_answer(engine: str) -> None:
    outcome = run(
        """
        local got
        local co = coroutine.create(function() got = Tool.list() end)
        local answered = Async.spawn(function() return coroutine.resume(co) end)
        local forged = Async.spawn(function()
          local ok, why = coroutine.resume(co, true, "\\145\\1")
          return { ok, why, coroutine.status(co) }
        end)
        return { forged:await(), answered:await(), got }
        """,
        engine,
    )
    assert outcome.value == [[False, "cannot resume non-suspended coroutine", "normal"], True, ["a", "b"]], outcome


@pytest.mark.parametrize("engine", ENGINES)
def test_walking_a_global_does_not_hand_out_its_members(engine: str) -> None:
    outcome = run(
        """
        local names = {}
        for name in pairs(Tool) do names[#names + 1] = name end
        table.sort(names)
        local _, members = pairs(Tool)
        return { names, (pcall(function() members.list = print end)), #Tool.list() }
        """,
        engine,
    )
    assert outcome.value == [["get", "list"], False, 2], outcome


@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_is_described_whatever_the_script_did_to_the_string_library(engine: str) -> None:
    outcome = run("for name in pairs(string) do string[name] = nil end error('boom')", engine)
    assert outcome.kind == "failed"
    assert outcome.value["message"].endswith("boom")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_s_metatable_is_out_of_reach(engine: str) -> None:
    assert run("return { io.stdout.__index == nil, getmetatable(io.stdout) }", engine).value == [True, False]


@pytest.mark.parametrize("code", ["3.5", "0/0", "math.huge"])
def test_an_exit_code_is_a_whole_number(code: str) -> None:
    outcome = run(f"os.exit({code})")
    assert outcome.kind == "failed"
    assert "no integer representation" in outcome.value["message"]


@pytest.mark.parametrize(("code", "exit_code"), [("3.0", 3), ("258", 2), ("-1", 255), ("true", 0), ("false", 1)])
def test_an_exit_code_may_be_written_in_every_usual_way(code: str, exit_code: int) -> None:
    outcome = run(f"os.exit({code})")
    assert (outcome.kind, outcome.value, type(outcome.value)) == ("exit", exit_code, int)
