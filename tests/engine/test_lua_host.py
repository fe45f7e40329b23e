"""The Lua engines where they meet their host: failures of ours while a script waits, limits, garbage, bytes."""

from __future__ import annotations

import sys
from typing import Any

import msgpack
import pytest
from fake_host import FakeHost, Outcome, handle, run_script

from llmspell.engine import lua_engine
from llmspell.engine.languages import load_engine
from llmspell.interface.generated import BINDING


@pytest.fixture(params=["lua54", "luajit"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(name: str, text: str, **options: Any) -> Outcome:
    return run_script(load_engine(name), text, lua="safe", interface=BINDING, engine=name, **options)


# A sort's comparison cannot be suspended: what it waits for is waited for inside the loop.
BLOCKING = """
local t = {2, 1}
local ok, problem = pcall(table.sort, t, function(a, b) State.get("x") return a < b end)
print(ok, type(problem) == "table" and problem.code)
"""


def test_a_failure_of_ours_while_a_script_waits_is_an_error_map_and_no_python_object(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"State.get": lambda key: 1}
    assert run(name, BLOCKING, answers=answers).out.startswith("true")

    def fail(self: FakeHost, step: Any) -> tuple[bool, bytes]:
        raise RuntimeError("secret /path")

    monkeypatch.setattr(FakeHost, "block_step", fail)
    outcome = run(name, BLOCKING, answers=answers)
    assert outcome.out == "false\tinternal_error\n"
    assert "secret" not in repr(outcome)


def test_too_little_memory_while_a_script_waits_ends_the_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: FakeHost, step: Any) -> tuple[bool, bytes]:
        raise MemoryError

    monkeypatch.setattr(FakeHost, "block_step", fail)
    assert run(name, BLOCKING, answers={"State.get": lambda key: 1}).kind == "memory_limit"


def test_an_output_limit_ends_the_run_and_output_within_it_does_not(name: str) -> None:
    assert run(name, "print(('x'):rep(9))", output_bytes=10).kind == "done"
    assert run(name, "print(('x'):rep(10))", output_bytes=10).kind == "output_limit"


def test_collecting_releases_the_objects_that_the_script_let_go_of(name: str) -> None:
    numbers = iter(range(1, 10))
    answers = {"Tool.get": lambda it: handle(next(numbers), "Tool", name=it)}
    outcome = run(name, "do local lost = Tool.get('a') end kept = Tool.get('b')", answers=answers)
    assert outcome.kind == "done", outcome
    outcome.host.engine.collect()
    outcome.host.engine.collect()
    assert 2 not in outcome.host.released


@pytest.mark.parametrize(
    ("literal", "value"),
    [("'\\195\\169'", "\u00e9"), ("'\\255'", b"\xff"), ("0.5", 0.5), ("-1e300", -1e300), ("'plain'", "plain")],
)
def test_text_that_is_utf_8_crosses_as_text_and_other_bytes_as_bytes(name: str, literal: str, value: object) -> None:
    outcome = run(
        name, f"print(Tool.execute({literal}, {{}}) == {literal})", answers={"Tool.execute": lambda it, _: it}
    )
    assert outcome.host.calls[0][2][0] == value
    assert outcome.out == "true\n"


def test_floats_of_both_sizes_are_read(name: str) -> None:
    host = FakeHost()
    number = msgpack.packb(0.5, use_single_float=True)
    host._answer = lambda call, body: host.answer(call, True, number)  # type: ignore[method-assign]
    start = {
        "name": "s", "args": {"list": [], "positional": [], "named": {}}, "seed": 1, "show": False, "lua": "safe",
        "limits": {"output_bytes": None, "tasks": 10, "message_bytes": 1 << 20}, "interface": BINDING,
        "tty": {"stdin": False, "stdout": False, "stderr": False}, "engine": name,
    }  # fmt: skip
    host.engine = load_engine(name)(host, msgpack.packb(start))
    host.engine.load(msgpack.packb({"source": b"return State.get('x') * 2", "name": "s", "mode": "eval"}))
    kind, value = host.run()
    assert (kind, msgpack.unpackb(value)) == ("done", 1)


def test_a_package_is_found_without_its_init_and_one_that_is_loaded_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    import lupa

    lua_engine._skip_package_init("lupa")
    assert sys.modules["lupa"] is lupa
    monkeypatch.delitem(sys.modules, "lupa")
    lua_engine._skip_package_init("lupa")
    bare = sys.modules["lupa"]
    assert bare is not lupa
    assert list(bare.__path__) == list(lupa.__path__)
    lua_engine._skip_package_init("no_such_package")
    assert "no_such_package" not in sys.modules
    monkeypatch.setitem(sys.modules, "lupa", lupa)
