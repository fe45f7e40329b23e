"""Stopping what is under way, in each engine: by the script, by a signal to the program, by the program's own end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

RunText = Callable[..., subprocess.CompletedProcess[str]]
PATIENCE_S = 30.0

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="watches processes by pidfd and /proc")

COMPUTING = {"lua": "print('ready')\nwhile true do end", "python": "print('ready')\nwhile True:\n    pass"}
COMPUTING_AFTER_A_CALL = {
    "lua": "State.exists('k')\nprint('ready')\nwhile true do end",
    "python": "State.exists('k')\nprint('ready')\nwhile True:\n    pass",
}
COMPUTING_IN_C = {
    "lua": "print('ready')\nprint((('a'):rep(100000)):find(('.-'):rep(8) .. 'b'))",
    "python": "print('ready')\nprint(sum(range(10**13)))",
}
SLEEPING = {"lua": "print('ready')\nAsync.sleep(600)", "python": "print('ready')\nAsync.sleep(600)"}
CALLING = {
    "lua": "Tool.create({ name = 'slow', description = 'd', parameters = {}, execute = function()\n"
    "  print('ready')\n  Async.sleep(600)\nend })\nTool.execute('slow', {})",
    "python": "def slow(p):\n    print('ready')\n    Async.sleep(600)\n"
    "Tool.create(name='slow', description='d', parameters={}, execute=slow)\nTool.execute('slow', {})",
}
CATCHING = {
    "lua": "State.exists('k')\nprint('ready')\nwhile true do pcall(Async.sleep, 600) end",
    "python": "State.exists('k')\nprint('ready')\nwhile True:\n    try:\n        Async.sleep(600)\n"
    "    except BaseException:\n        pass",
}
TEXTS: dict[str, Mapping[str, str]] = {
    "computing": COMPUTING,
    "computing after a call": COMPUTING_AFTER_A_CALL,
    "computing in C": COMPUTING_IN_C,
    "sleeping": SLEEPING,
    "calling": CALLING,
    "catching everything": CATCHING,
}


class Started:
    """A run whose script has said that it is ready."""

    def __init__(self, host: subprocess.Popen[str]) -> None:
        self.host = host
        children = Path(f"/proc/{host.pid}/task/{host.pid}/children").read_text().split()
        self.workers = [os.pidfd_open(int(it)) for it in children]

    def workers_end(self) -> bool:
        """Wait for the workers to end."""
        for fd in self.workers:
            waiting = select.poll()
            waiting.register(fd, select.POLLIN)
            if not waiting.poll(PATIENCE_S * 1000):
                return False
        return bool(self.workers)


@contextmanager
def started(command: list[str], cwd: Path, environment: Mapping[str, str]) -> Iterator[Started]:
    host = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment,
    )
    run = None
    try:
        assert host.stdout is not None
        assert host.stdout.readline() == "ready\n", host.communicate(timeout=PATIENCE_S)
        run = Started(host)
        yield run
    finally:
        host.kill()
        host.communicate()
        for fd in run.workers if run else ():
            os.close(fd)


def as_a_shell_shows(status: int) -> int:
    """A signal that ended it is 128 and its number. A run that has made no call leaves SIGTERM to the system."""
    return 128 - status if status < 0 else status


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_its_worker(
    name: str,
    number: signal.Signals,
    code: int,
    engine: str,
    command: Callable[..., list[str]],
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    with started(command(engine, TEXTS[name]), tmp_path, environment) as run:
        run.host.send_signal(number)
        _, stderr = run.host.communicate(timeout=PATIENCE_S)
        assert as_a_shell_shows(run.host.returncode) == code, stderr
        assert "Traceback" not in stderr
        assert run.workers_end()


def test_a_second_interrupt_ends_the_run_at_once(
    engine: str, command: Callable[..., list[str]], environment: dict[str, str], tmp_path: Path
) -> None:
    with started(command(engine, CATCHING), tmp_path, environment) as run:
        run.host.send_signal(signal.SIGINT)
        run.host.send_signal(signal.SIGINT)
        _, stderr = run.host.communicate(timeout=PATIENCE_S)
        assert run.host.returncode == 130, stderr
        assert run.workers_end()


@pytest.mark.parametrize("name", ["computing", "computing in C", "sleeping", "calling"])
def test_a_killed_host_leaves_no_worker(
    name: str, engine: str, command: Callable[..., list[str]], environment: dict[str, str], tmp_path: Path
) -> None:
    with started(command(engine, TEXTS[name]), tmp_path, environment) as run:
        run.host.kill()
        assert run.workers_end()


STOPPED_CALLS: dict[str, Mapping[str, str]] = {
    "Async.timeout": {
        # On a busy machine the time may be up before the tool has begun: again, then, with more of it.
        "lua": "local time = 0.01\nrepeat pcall(Async.timeout, time, call) time = 2 * time until begun",
        "python": "time = 0.01\nwhile not begun:\n    try:\n        Async.timeout(time, call)\n"
        "    except LLMSpellError:\n        time *= 2",
    },
    "Async.race": {
        "lua": "Async.race({ call, function() while not begun do Async.sleep(0.001) end end })",
        "python": "def wait():\n    while not begun:\n        Async.sleep(0.001)\nAsync.race([call, wait])",
    },
    "task.cancel": {
        "lua": "local t = Async.spawn(call)\nwhile not begun do Async.sleep(0.001) end\nt:cancel()",
        "python": "t = Async.spawn(call)\nwhile not begun:\n    Async.sleep(0.001)\nt.cancel()",
    },
    "a failure beside it": {
        "lua": "pcall(Async.all, { call, function() while not begun do Async.sleep(0.001) end error('x') end })",
        "python": "def fail():\n    while not begun:\n        Async.sleep(0.001)\n    raise ValueError('x')\n"
        "try:\n    Async.all([call, fail])\nexcept ValueError:\n    pass",
    },
}
SLOW_TOOL = {
    "lua": """
local begun, ended = false, Async.channel(1)
Tool.create({ name = "slow", description = "d", parameters = {}, execute = function()
  begun = true
  local _, e = pcall(Async.sleep, 600)
  ended:send(e.code)
  error(e, 0)
end })
local function call() return Tool.execute("slow", {}) end
""",
    "python": """
begun, ended = False, Async.channel(1)
def slow(p):
    global begun
    begun = True
    try:
        Async.sleep(600)
    except LLMSpellError as e:
        ended.send(e.code)
        raise
Tool.create(name="slow", description="d", parameters={}, execute=slow)
def call():
    return Tool.execute("slow", {})
""",
}
SAY_HOW_IT_ENDED = {"lua": "\nprint(ended:receive())", "python": "\nprint(ended.receive())"}


@pytest.mark.parametrize("name", STOPPED_CALLS)
def test_a_call_that_nobody_waits_for_any_more_is_stopped_on_the_host(
    name: str, engine: str, run_text: RunText
) -> None:
    text = {key: SLOW_TOOL[key] + STOPPED_CALLS[name][key] + SAY_HOW_IT_ENDED[key] for key in SLOW_TOOL}
    done = run_text(engine, text)
    # The tool's function learns it only by way of the host: the worker tells the host, which stops what it runs.
    assert (done.stdout, done.stderr, done.returncode) == ("cancelled\n", "", 0)


def test_a_call_that_is_waited_for_goes_on(engine: str, run_text: RunText) -> None:
    text = {
        "lua": "Tool.create({ name = 'brief', description = 'd', parameters = {}, execute = function()\n"
        "  Async.sleep(0.01)\n  return 'whole'\nend })\n"
        "print(Async.timeout(60, function() return Tool.execute('brief', {}).result end))",
        "python": "def brief(p):\n    Async.sleep(0.01)\n    return 'whole'\n"
        "Tool.create(name='brief', description='d', parameters={}, execute=brief)\n"
        "print(Async.timeout(60, lambda: Tool.execute('brief', {}).result))",
    }
    done = run_text(engine, text)
    assert (done.stdout, done.stderr, done.returncode) == ("whole\n", "", 0)
