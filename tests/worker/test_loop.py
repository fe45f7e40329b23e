"""The worker's loop with real engines, in a thread of this process and without confinement: the host is the test."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest

from llmspell.engine.languages import load_engine
from llmspell.interface.generated import BINDING
from llmspell.runtime.launch import parse_args
from llmspell.wire.frames import FrameSplitter, frame
from llmspell.wire.messages import (
    CALL,
    CANCEL,
    CANCEL_CALL,
    DONE,
    EXECUTE,
    EXT_CALLBACK,
    FAILED,
    INVOKE,
    RAISE,
    RELEASE_CALLBACK,
    RESULT,
    RETURN,
    START,
    WORKER_KINDS,
)
from llmspell.worker.loop import Loop

ENGINES = ["lua54", "luajit", "python"]


class Ended(BaseException):
    """Stands for the end of the process."""


class Worker:
    """A loop under way, and the host's end of its channel."""

    def __init__(self, engine: str, source: str, *, tasks: int = 100, message_bytes: int = 1 << 20) -> None:
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(20)
        self._splitter = FrameSplitter(WORKER_KINDS, 1 << 26)
        self._frames: list[tuple[int, int, bytes]] = []
        self.status: int | None = None
        self.failure: BaseException | None = None
        limits = {"output_bytes": None, "tasks": tasks, "message_bytes": message_bytes}
        start = {
            "name": "script",
            "args": parse_args([]),
            "lua": "safe",
            "python": "safe",
            "engine": engine,
            "limits": limits,
            "tty": {"stdin": False, "stdout": False, "stderr": False},
            "seed": 1,
            "show": False,
            "interface": BINDING,
        }
        self.send(START, 0, start)
        self.send(EXECUTE, 0, {"source": source.encode(), "name": "script", "mode": "eval"})
        self._thread = threading.Thread(target=self._work, args=(theirs, engine, tasks, message_bytes), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def runs_in(self, thread: int) -> bool:
        return self._thread.ident == thread

    def _work(self, channel: socket.socket, engine: str, tasks: int, message_bytes: int) -> None:
        try:
            loop = Loop(channel.fileno(), max_tasks=tasks, max_message_bytes=message_bytes)
            loop.engine = load_engine(engine)(loop, loop.expect(START))
            loop.load(loop.expect(EXECUTE))
            loop.run()
        except Ended:
            pass
        except BaseException as error:
            self.failure = error
        finally:
            channel.close()

    def send(self, kind: int, number: int, value: Any = None) -> None:
        self._ours.sendall(frame(kind, number, msgpack.packb(value)))

    def receive(self) -> tuple[int, int, Any]:
        """The next message; its kind 0 when there is none any more."""
        while not self._frames:
            chunk = self._ours.recv(1 << 16)
            if not chunk:
                return 0, 0, None
            self._frames = self._splitter.feed(chunk)
        kind, number, body = self._frames.pop(0)
        return kind, number, msgpack.unpackb(body)

    def expect(self, kind: int) -> tuple[int, Any]:
        found, number, value = self.receive()
        assert found == kind, (found, value, self.failure)
        return number, value

    def wait(self) -> int | None:
        """How the process would have ended."""
        self._thread.join(20)
        return self.status

    def close(self) -> None:
        self._ours.close()
        self._thread.join(20)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    workers: list[Worker] = []

    def end(status: int) -> None:
        # The newest, since threads' numbers are used again. The first end counts: an engine's own guards may catch what
        # is raised here, where a process would be gone.
        worker = next(it for it in reversed(workers) if it.runs_in(threading.get_ident()))
        worker.status = status if worker.status is None else worker.status
        raise Ended

    monkeypatch.setattr(os, "_exit", end)

    def begin(engine: str, lua: str, python: str, **limits: int) -> Worker:
        worker = Worker(engine, python if engine == "python" else lua, **limits)
        workers.append(worker)
        worker.start()
        return worker

    yield begin
    for it in workers:
        it.close()


def error_of(value: dict[str, Any]) -> str:
    return str(value["error"]["code"])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_value_of_a_script_is_its_last_message(engine: str, start: Any) -> None:
    worker = start(engine, "6 * 7", "6 * 7")
    assert worker.expect(DONE) == (0, {"value": 42})
    assert worker.wait() == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_call_carries_task_name_and_arguments_and_its_answer_goes_back(engine: str, start: Any) -> None:
    worker = start(engine, "return State.get('a', 5)", "State.get('a', 5)")
    number, call = worker.expect(CALL)
    assert call == ["0", "State", "get", ["a", 5], {}]
    worker.send(RETURN, number, "answer")
    assert worker.expect(DONE) == (0, {"value": "answer"})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_refusal_is_an_error_that_the_script_can_catch(engine: str, start: Any) -> None:
    worker = start(
        engine,
        "local ok, e = pcall(State.get, 'a') return tostring(ok) .. e.code .. e.message .. e.hint",
        "try:\n    State.get('a')\nexcept LLMSpellError as e:\n    x = 'false' + e.code + e.message + e.hint\nx",
    )
    number, _ = worker.expect(CALL)
    worker.send(RAISE, number, {"code": "c", "message": "m", "hint": "h"})
    assert worker.expect(DONE) == (0, {"value": "falsecmh"})


@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_that_is_not_caught_ends_the_script_with_its_code(engine: str, start: Any) -> None:
    worker = start(engine, "return State.get('a')", "State.get('a')")
    number, _ = worker.expect(CALL)
    worker.send(RAISE, number, {"code": "permission_denied", "message": "m"})
    _, value = worker.expect(DONE)
    assert error_of(value) == "permission_denied"


LUA_BOTH = "return Async.all({ function() return State.get('a') end, function() return State.get('b') end })"
PYTHON_BOTH = "Async.all([lambda: State.get('a'), lambda: State.get('b')])"


@pytest.mark.parametrize("engine", ENGINES)
def test_answers_may_come_in_any_order(engine: str, start: Any) -> None:
    worker = start(engine, LUA_BOTH, PYTHON_BOTH)
    (first, call_a), (second, call_b) = worker.expect(CALL), worker.expect(CALL)
    assert (call_a[0], call_a[3], call_b[0], call_b[3]) == ("0.0", ["a"], "0.1", ["b"])
    worker.send(RETURN, second, 2)
    worker.send(RETURN, first, 1)
    assert worker.expect(DONE) == (0, {"value": [1, 2]})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cancelled_task_no_longer_wants_its_answer_and_one_that_comes_late_is_dropped(
    engine: str, start: Any
) -> None:
    worker = start(
        engine,
        "local t = Async.spawn(function() return State.get('a') end) Async.sleep(0.01) t:cancel() "
        "local ok, e = pcall(t.await, t) return e.code .. State.get('b')",
        "t = Async.spawn(lambda: State.get('a'))\nAsync.sleep(0.01)\nt.cancel()\n"
        "try:\n    t.wait()\nexcept LLMSpellError as e:\n    code = e.code\ncode + State.get('b')",
    )
    number, _ = worker.expect(CALL)
    assert worker.expect(CANCEL_CALL)[0] == number
    worker.send(RETURN, number, "too late")
    other, _ = worker.expect(CALL)
    worker.send(RETURN, other, "!")
    assert worker.expect(DONE) == (0, {"value": "cancelled!"})


LUA_TOOL = "Tool.create({ name = 'n', description = 'd', parameters = {}, execute = %s }) return 'made'"
PYTHON_TOOL = "def execute(params):\n    %s\n\nTool.create(name='n', description='d', parameters={}, execute=execute)\n"


def callback_of(value: Any) -> int:
    """The number of the first function in a call's arguments."""
    if isinstance(value, msgpack.ExtType):
        assert value.code == EXT_CALLBACK
        return int.from_bytes(value.data, "big")
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((it for it in map(callback_of, items) if it), 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_host_runs_a_function_of_the_script_which_may_call_the_host(engine: str, start: Any) -> None:
    worker = start(
        engine,
        LUA_TOOL % "function(params) return params.x .. State.get('a') end",
        PYTHON_TOOL % "return params['x'] + State.get('a')" + "'made'",
    )
    made, call = worker.expect(CALL)
    callback = callback_of(call)
    assert callback
    worker.send(INVOKE, 9, [callback, [{"x": "left "}]])
    inner, call = worker.expect(CALL)
    assert call[0] == f"cb{callback}.0"
    worker.send(RETURN, inner, "right")
    assert worker.expect(RESULT) == (9, "left right")
    worker.send(RELEASE_CALLBACK, callback)
    worker.send(RETURN, made, None)
    assert worker.expect(DONE) == (0, {"value": "made"})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_that_fails_or_is_cancelled_answers_with_its_error(engine: str, start: Any) -> None:
    worker = start(
        engine,
        LUA_TOOL % "function(params) if params.fail then error('broken') end return State.get('a') end",
        PYTHON_TOOL % "if params.get('fail'):\n        raise ValueError('broken')\n    return State.get('a')"
        + "'made'",
    )
    made, call = worker.expect(CALL)
    callback = callback_of(call)
    worker.send(INVOKE, 1, [callback, [{"fail": True}]])
    number, error = worker.expect(FAILED)
    assert number == 1
    assert "broken" in error["message"]
    worker.send(INVOKE, 2, [callback, [{}]])
    inner, _ = worker.expect(CALL)
    worker.send(CANCEL, 2)
    assert worker.expect(CANCEL_CALL)[0] == inner
    number, error = worker.expect(FAILED)
    assert (number, error["code"]) == (2, "cancelled")
    worker.send(CANCEL, 77)  # of an INVOKE that has ended: nothing to do
    worker.send(RELEASE_CALLBACK, callback)
    worker.send(RETURN, made, None)
    assert worker.expect(DONE) == (0, {"value": "made"})


@pytest.mark.parametrize("engine", ENGINES)
def test_cancelling_everything_reaches_the_script_where_it_waits(engine: str, start: Any) -> None:
    worker = start(engine, "return State.get('a')", "State.get('a')")
    number, _ = worker.expect(CALL)
    worker.send(CANCEL, 0)
    assert worker.expect(CANCEL_CALL)[0] == number
    _, value = worker.expect(DONE)
    assert error_of(value) == "cancelled"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_call_where_the_language_cannot_wait_lets_other_tasks_go_on(engine: str, start: Any) -> None:
    worker = start(
        engine,
        "local n = 0 Async.spawn(function() n = State.get('other') end) "
        "local t = { 2, 1 } table.sort(t, function(a, b) return State.get('key') and a < b end) return t[1] + n",
        "n = []\nAsync.spawn(lambda: n.append(State.get('other')))\n"
        "t = sorted([2, 1], key=lambda it: State.get('key') and it)\nt[0] + n[0]",
    )
    (key, first), (other, second) = worker.expect(CALL), worker.expect(CALL)
    assert (first[3], second[3]) == (["key"], ["other"])  # the second while the first is under way
    worker.send(RETURN, other, 40)
    worker.send(RETURN, key, True)
    kind, number, value = worker.receive()
    while kind == CALL:
        worker.send(RETURN, number, True)
        kind, number, value = worker.receive()
    assert (kind, value) == (DONE, {"value": 41})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("busy", ["always ready", "a timer always due"])
def test_tasks_that_are_always_busy_keep_no_answer_from_being_taken(engine: str, busy: str, start: Any) -> None:
    lua = "Async.sleep(0)" if busy == "a timer always due" else "Async.spawn(function() end):wait()"
    python = "Async.sleep(0)" if busy == "a timer always due" else "Async.spawn(lambda: None).wait()"
    worker = start(
        engine,
        f"local got Async.spawn(function() got = State.get('a') end) while not got do {lua} end return got",
        f"got = []\nAsync.spawn(lambda: got.append(State.get('a')))\nwhile not got:\n    {python}\ngot[0]",
    )
    number, _ = worker.expect(CALL)
    worker.send(RETURN, number, "answer")
    assert worker.expect(DONE) == (0, {"value": "answer"})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_script_that_waits_for_itself_is_told_so(engine: str, start: Any) -> None:
    worker = start(engine, "return Async.channel(1):receive()", "Async.channel(1).receive()")
    _, value = worker.expect(DONE)
    assert error_of(value) == "deadlock"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("code", [0, 3, 200])
def test_a_script_ends_itself_with_a_code(engine: str, code: int, start: Any) -> None:
    worker = start(engine, f"os.exit({code})", f"import sys\nsys.exit({code})")
    assert worker.expect(DONE) == (0, {"exit": code})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_text_that_is_no_program_is_a_syntax_error(engine: str, start: Any) -> None:
    worker = start(engine, "local = 1", "def (")
    _, value = worker.expect(DONE)
    assert error_of(value) == "syntax_error"


@pytest.mark.parametrize("engine", ENGINES)
def test_too_many_tasks_end_the_worker_and_as_many_as_allowed_do_not(engine: str, start: Any) -> None:
    lua = "for i = 1, %d do Async.spawn(function() Async.sleep(0.001) end) end return 'done'"
    python = "for i in range(%d):\n    Async.spawn(lambda: Async.sleep(0.001))\n'done'"
    assert start(engine, lua % 9, python % 9, tasks=10).expect(DONE) == (0, {"value": "done"})
    worker = start(engine, lua % 10, python % 10, tasks=10)
    assert worker.wait() == 81


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("code", ["%s", "State.set('a', %s)"])
def test_a_message_over_the_limit_is_not_sent(engine: str, code: str, start: Any) -> None:
    lua, python = code % "('x'):rep(2000)", code % "'x' * 2000"
    worker = start(engine, "return " + lua, python, message_bytes=1000)
    assert worker.wait() == 82
    assert worker.receive()[0] == 0
    worker = start(engine, "return " + lua, python, message_bytes=3000)
    assert worker.receive()[0] in (CALL, DONE)


def test_a_host_that_goes_away_ends_the_worker(start: Any) -> None:
    worker = start("lua54", "return State.get('a')", "")
    worker.expect(CALL)
    worker._ours.shutdown(socket.SHUT_WR)
    assert worker.wait() == 0


def test_a_script_cannot_be_started_twice(start: Any) -> None:
    worker = start("lua54", "return State.get('a')", "")
    worker.expect(CALL)
    worker.send(START, 0, {})
    worker.wait()
    assert "started already" in str(worker.failure)
