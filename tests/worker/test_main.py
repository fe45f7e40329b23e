"""The worker's beginning: the order of its walls and loads, and what it says when it cannot go on. The walls are
recorded here; the loop, the engines and the frames are the real ones."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest

if sys.platform == "win32":
    pytest.skip("the worker's signals", allow_module_level=True)

import _signal
import time

from llmspell.interface.generated import BINDING
from llmspell.runtime.launch import parse_args
from llmspell.wire.frames import FrameSplitter, frame
from llmspell.wire.messages import DONE, EXECUTE, READY, START, WORKER_KINDS
from llmspell.worker import __main__ as worker
from llmspell.worker.loop import Loop

LAYERS = "limits,no_new_privs,landlock,seccomp"
ACTIVE = dict.fromkeys(LAYERS.split(","), "active")


class Left(BaseException):
    """Stands for the end of the process."""


class Started:
    """One start of the worker in this process, up to its end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        self.coarse = dict.fromkeys(LAYERS.split(","), "active")
        self.tight = dict.fromkeys(("landlock", "seccomp"), "active")
        self._patch = monkeypatch
        self._ours, self._theirs = socket.socketpair()
        self._ours.settimeout(20)
        self.status: int | None = None

    def enter_coarse(self, layers: frozenset[str], limits: dict[str, Any], **options: Any) -> dict[str, str]:
        self.steps.append("coarse")
        self.limits, self.options = limits, options
        return dict(self.coarse)

    def enter_tight(self, layers: frozenset[str], **options: Any) -> dict[str, str]:
        self.steps.append("tight")
        self.tight_options = options
        return dict(self.tight)

    def _engine(self, name: str) -> Any:
        from llmspell.engine.languages import load_engine

        make, steps = load_engine(name), self.steps

        def recorded(host: Any, start: bytes) -> Any:
            engine = make(host, start)
            load = engine.load
            engine.load = lambda body: (steps.append("script"), load(body))[1]
            self._patch.setattr(engine, "adopt_process", lambda: None)  # these streams are the test run's
            return engine

        return recorded

    def run(self, engine: str, source: str, *, required: str = LAYERS, **more: Any) -> dict[str, Any]:
        """The DONE message. `ready` is the READY message then, if there was one."""
        limits = {"output_bytes": None, "tasks": 10, "message_bytes": 1 << 20}
        start = {
            "name": "s", "args": parse_args([]), "lua": "safe", "python": "safe", "engine": engine, "limits": limits,
            "tty": {"stdin": False, "stdout": False, "stderr": False}, "seed": 1, "interface": BINDING, "show": False,
        }  # fmt: skip
        self._ours.sendall(frame(START, 0, msgpack.packb(start)))
        execute = {"source": source.encode(), "name": "s", "mode": "eval"}
        self._ours.sendall(frame(more.pop("second", EXECUTE), 0, msgpack.packb(execute)))
        settings = {
            "engine": engine, "layers": LAYERS, "required": required, "memory_bytes": "", "cpu_s": "5", "tasks": "10",
            "message_bytes": str(1 << 20), "host_pid": "1", "jit": "no", "tz": "Europe/Vienna", **more,
        }  # fmt: skip
        self._patch.setattr(sys, "argv", ["worker", *(f"{key}={value}" for key, value in settings.items())])
        with pytest.raises(Left) as left:
            worker.main()
        self.status = left.value.args[0]
        self._theirs.close()
        data = b""
        while chunk := self._ours.recv(65536):
            data += chunk
        messages = {kind: body for kind, _, body in FrameSplitter(WORKER_KINDS, 1 << 20).feed(data)}
        self.ready = msgpack.unpackb(messages[READY]) if READY in messages else None
        return msgpack.unpackb(messages[DONE]) if DONE in messages else {}

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    before = _signal.getsignal(_signal.SIGPIPE)
    monkeypatch.setenv("HOME", os.environ.get("HOME", "/"))
    monkeypatch.setenv("TZ", os.environ.get("TZ", ""))
    made = Started(monkeypatch)

    def leave(code: int) -> None:
        raise Left(code)

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(worker, "CHANNEL", made._theirs.fileno())
    monkeypatch.setattr(worker, "enter_coarse", made.enter_coarse)
    monkeypatch.setattr(worker, "enter_tight", made.enter_tight)
    monkeypatch.setattr(worker, "load_engine", made._engine)
    yield made
    made.close()
    _signal.signal(_signal.SIGPIPE, before)
    monkeypatch.undo()
    time.tzset()


def test_lua_s_text_is_looked_at_behind_both_walls(started: Started) -> None:
    assert started.run("lua54", "return 1 + 1") == {"value": 2}
    assert started.steps == ["coarse", "tight", "script"]
    assert started.ready == ACTIVE
    assert started.status == 0


def test_python_s_text_is_compiled_behind_the_first_wall_because_it_imports(started: Started) -> None:
    assert started.run("python", "1 + 1") == {"value": 2}
    assert started.steps == ["coarse", "script", "tight"]
    assert started.ready == ACTIVE


def test_only_the_channel_and_the_streams_are_kept(started: Started) -> None:
    started.run("lua54", "return 1")
    channel = worker.CHANNEL
    assert started.options["keep_fds"] == {0, 1, 2, channel}
    assert started.tight_options == {"write_fds": {1, 2, channel}, "read_fds": {0, channel}, "jit": False}
    assert started.limits == {"memory_bytes": None, "cpu_s": 5}


def test_the_time_zone_and_the_home_are_known_before_files_are_gone(started: Started) -> None:
    started.run("lua54", "return 1")
    assert (os.environ["HOME"], os.environ["TZ"]) == ("/", "Europe/Vienna")


@pytest.mark.parametrize("engine", ["lua54", "python"])
@pytest.mark.parametrize("stage", ["coarse", "tight"])
def test_a_required_layer_that_is_missing_ends_the_run_before_the_script(
    started: Started, engine: str, stage: str
) -> None:
    report = started.coarse if stage == "coarse" else started.tight
    report["landlock"] = "unavailable: ENOSYS"
    done = started.run(engine, "error('ran')" if engine == "lua54" else "raise ValueError('ran')")
    assert done["error"]["code"] == "sandbox_unavailable"
    assert "landlock: unavailable: ENOSYS" in done["error"]["message"]
    assert started.ready is None


@pytest.mark.parametrize("engine", ["lua54", "python"])
def test_a_layer_that_is_not_required_may_be_missing(started: Started, engine: str) -> None:
    started.tight["landlock"] = "unavailable: ENOSYS"
    done = started.run(engine, "return 7" if engine == "lua54" else "7", required="seccomp")
    assert done == {"value": 7}
    assert started.ready["landlock"] == "unavailable: ENOSYS"


def test_a_layer_that_nobody_reported_is_missing(started: Started) -> None:
    del started.coarse["seccomp"]
    del started.tight["seccomp"]
    assert "seccomp: not reported" in started.run("lua54", "return 1")["error"]["message"]


@pytest.mark.parametrize(("engine", "text"), [("lua54", "return +"), ("python", "x = )")])
def test_a_text_that_is_no_program_ends_with_its_error(started: Started, engine: str, text: str) -> None:
    assert started.run(engine, text)["error"]["code"] == "syntax_error"
    assert started.ready is None


def test_a_host_that_breaks_the_order_gets_an_internal_error_and_no_traceback(started: Started) -> None:
    done = started.run("lua54", "return 1", second=START)
    assert done["error"]["code"] == "internal_error"
    assert "was expected" in done["error"]["message"]
    assert "Traceback" not in str(done)
    assert started.status == 0


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (MemoryError(), 137),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), 137),
        (ImportError("x.so: failed to map segment from shared object"), 137),
        (OSError(errno.EPERM, "Operation not permitted"), 0),
    ],
)
def test_too_little_memory_for_the_engine_itself_is_told_apart(
    started: Started, monkeypatch: pytest.MonkeyPatch, problem: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> dict[str, str]:
        raise problem

    monkeypatch.setattr(worker, "enter_coarse", fail)
    done = started.run("lua54", "return 1")
    assert started.status == status
    assert done.get("error", {}).get("code") == (None if status else "internal_error")


def test_the_host_that_is_gone_ends_the_worker_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(code: int) -> None:
        raise Left(code)

    monkeypatch.setattr(os, "_exit", leave)
    ours, theirs = socket.socketpair()
    loop = Loop(theirs.fileno(), max_tasks=1, max_message_bytes=100)
    ours.sendall(frame(START, 0, b"\x80"))
    assert loop.expect(START) == b"\x80"
    theirs.sendall(b"not read")  # so that the end is a reset
    ours.close()
    with pytest.raises(Left) as left:
        loop.expect(EXECUTE)
    assert left.value.args == (0,)
    theirs.close()
