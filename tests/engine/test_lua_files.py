"""Files of Lua scripts on a host in this process: what is buffered, when it is written, and what a failure does."""

from __future__ import annotations

import io
from typing import Any

import pytest
from fake_host import HostFailure, Outcome, handle, run_script

from llmspell.engine.languages import load_engine
from llmspell.engine.python_engine import make_engine as make_python
from llmspell.interface.generated import BINDING

WHENCE = {"set": io.SEEK_SET, "cur": io.SEEK_CUR, "end": io.SEEK_END}
LANGUAGES = ["lua54", "luajit", "python"]
FULL = {"code": "file_error", "message": "x: no space left on device"}


class OneFile:
    """Answers for the only file there is."""

    def __init__(self, content: bytes = b"", *, is_full: bool = False) -> None:
        self.raw = io.BytesIO(content)
        self.is_full = is_full

    def write(self, data: bytes | str) -> None:
        if self.is_full:
            raise HostFailure(**FULL)
        self.raw.write(data if isinstance(data, bytes) else data.encode())

    def answers(self) -> dict[str, Any]:
        return {
            "_host.open": lambda path, _: (
                {"problem": "No such file or directory"} if path == "nope" else handle(5, "File")
            ),
            "#5.read": lambda size: self.raw.read(size) or None,
            "#5.write": self.write,
            "#5.seek": lambda whence, offset: self.raw.seek(offset, WHENCE[whence]),
            "#5.close": lambda: None,
        }


def run(engine: str, text: str, file: OneFile, **more: Any) -> Outcome:
    if engine == "python":
        return run_script(make_python, text, answers=file.answers(), python="safe", interface=BINDING, **more)
    more = {"lua": "safe", "engine": engine, "interface": BINDING, **more}
    return run_script(load_engine(engine), text, answers=file.answers(), **more)


def asked(outcome: Outcome, method: str) -> int:
    return sum(call[1] == method for call in outcome.host.calls)


MANY_WRITES = {
    "lua": 'local f = io.open("x", "w") for i = 1, 1000 do f:write(i, "\\n") end',
    "python": 'f = open("x", "w")\nfor i in range(1, 1001): f.write(f"{i}\\n")',
}
ENDINGS = {
    "end": {"lua": "", "python": ""},
    "close": {"lua": "f:close()", "python": "f.close()"},
    "flush": {"lua": "f:flush()", "python": "f.flush()"},
    "exit": {"lua": "os.exit(3)", "python": "exit(3)"},
    "error": {"lua": 'error("own")', "python": 'raise ValueError("own")'},
    "exit in a task": {
        "lua": "Async.spawn(function() os.exit(3) end):await()",
        "python": "Async.spawn(lambda: exit(3)).wait()",
    },
}


def text_of(engine: str, parts: dict[str, str]) -> str:
    return parts["python" if engine == "python" else "lua"] + "\n"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("engine", LANGUAGES)
def test_many_small_writes_are_one_call_and_none_is_lost(engine: str, ending: str) -> None:
    file = OneFile()
    outcome = run(engine, text_of(engine, MANY_WRITES) + text_of(engine, ENDINGS[ending]), file)
    assert file.raw.getvalue() == b"".join(b"%d\n" % i for i in range(1, 1001))
    assert asked(outcome, "write") == 1
    assert outcome.kind == {"exit": "exit", "exit in a task": "exit", "error": "failed"}.get(ending, "done")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("engine", LANGUAGES)
def test_a_write_that_fails_is_told_at_the_latest_at_the_end(engine: str, ending: str) -> None:
    outcome = run(engine, text_of(engine, MANY_WRITES) + text_of(engine, ENDINGS[ending]), OneFile(is_full=True))
    assert outcome.kind == "failed"
    told = outcome.value["message"] if ending != "error" else outcome.err
    assert "no space left on device" in told


@pytest.mark.parametrize("engine", LANGUAGES)
def test_writes_go_out_at_once_where_the_script_asks_for_it(engine: str) -> None:
    text = {
        "lua": 'local f = io.open("x", "w") f:setvbuf("no") f:write("a") f:write("b") f:close()',
        "python": 'f = open("x", "wb", 0)\nf.write(b"a")\nf.write(b"b")\nf.close()',
    }
    file = OneFile()
    assert asked(run(engine, text_of(engine, text), file), "write") == 2
    assert file.raw.getvalue() == b"ab"


@pytest.mark.parametrize("engine", LANGUAGES)
def test_lines_are_read_in_blocks(engine: str) -> None:
    content = b"".join(b"line %d\n" % i for i in range(50_000)) + b"z" * 700_000 + b"\nlast"
    text = {
        "lua": 'local n, size = 0, 0 for l in io.lines("x") do n = n + 1 size = size + #l end print(n, size)',
        "python": 'found = [it[:-1] for it in open("x")]\nprint(len(found), sum(map(len, found)) + 1, sep="\\t")',
    }
    outcome = run(engine, text_of(engine, text), OneFile(content))
    assert outcome.out == f"50002\t{len(content) - 50001}\n"
    assert asked(outcome, "read") < 10


@pytest.mark.parametrize("engine", LANGUAGES)
def test_reads_and_writes_of_one_file_keep_its_place(engine: str) -> None:
    text = {
        "lua": 'local f = io.open("x", "r+") print(f:read()) f:write("TWO") print(f:read("a")) f:seek("set", 0)\n'
        "print(f:read(5))",
        "python": 'f = open("x", "r+")\nprint(f.readline(), end="")\nf.write("TWO")\nprint(f.read())\nf.seek(0)\n'
        "print(f.read(5))",
    }
    outcome = run(engine, text_of(engine, text), OneFile(b"one\ntwo\nthree"))
    assert outcome.out == "one\n\nthree\none\nT\n", outcome


@pytest.mark.parametrize("engine", ["lua54", "luajit"])
def test_lines_of_a_file_that_is_not_there_names_it(engine: str) -> None:
    outcome = run(engine, 'for l in io.lines("nope") do end', OneFile())
    assert outcome.value["message"] == "script:1: nope: No such file or directory"


@pytest.mark.parametrize("engine", ["lua54", "luajit"])
def test_input_and_output_may_be_files(engine: str) -> None:
    file = OneFile(b"one\ntwo")
    text = 'io.input("x") print(io.read(), io.read()) io.output("x") io.write("!") io.close()'
    assert run(engine, text, file).out == "one\ttwo\n"
    assert file.raw.getvalue() == b"one\ntwo!"


@pytest.mark.parametrize("engine", ["lua54", "luajit"])
def test_a_write_of_what_is_no_text_is_refused(engine: str) -> None:
    text = 'local f = io.open("x", "w") print(pcall(f.write, f, "a", nil)) print(pcall(io.write, nil))'
    outcome = run(engine, text, OneFile())
    assert outcome.out.splitlines()[0].endswith("bad argument #2 to 'write' (string expected, got nil)")
    assert "llmspell" not in outcome.out


TASKS = {
    "failed": {
        "lua": 'Async.spawn(function() error("bad") end) Async.sleep(1)',
        "python": 'def f(): raise ValueError("bad")\nAsync.spawn(f)\nAsync.sleep(1)',
    },
    "running": {
        "lua": "Async.spawn(function() Async.sleep(9) end) Async.spawn(Async.sleep, 9)",
        "python": "Async.spawn(lambda: Async.sleep(9))\nAsync.spawn(Async.sleep, 9)",
    },
    "cancelled": {
        "lua": "local t = Async.spawn(function() Async.sleep(9) end) Async.sleep(1) t:cancel()",
        "python": "t = Async.spawn(lambda: Async.sleep(9))\nAsync.sleep(1)\nt.cancel()",
    },
    "awaited": {
        "lua": 'local t = Async.spawn(function() error("bad") end) Async.sleep(1) pcall(t.await, t)',
        "python": "t = Async.spawn(lambda: 1 / 0)\nAsync.sleep(1)\nprint(t.status())",
    },
    "lost a race": {
        "lua": "Async.race({ function() return 1 end, function() Async.sleep(9) end })",
        "python": "Async.race([lambda: 1, lambda: Async.sleep(9)])",
    },
}
WARNINGS = {
    "failed": "a task failed and nobody waited for it: ",
    "running": "2 tasks were still running at the end and stopped",
}


@pytest.mark.parametrize("case", TASKS)
@pytest.mark.parametrize("engine", LANGUAGES)
def test_tasks_that_nobody_waited_for_are_told(engine: str, case: str) -> None:
    outcome = run(engine, text_of(engine, TASKS[case]), OneFile())
    assert outcome.kind == "done", outcome
    if case in WARNINGS:
        assert outcome.err.startswith(f"llmspell: warning: {WARNINGS[case]}")
        assert outcome.err.count("\n") == 1
    else:
        assert outcome.err == ""
