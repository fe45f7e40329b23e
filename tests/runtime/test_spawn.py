"""Starting a worker process: what it inherits, how it is ended, and what is left of descriptors."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from llmspell.runtime import spawn
from llmspell.runtime.spawn import WorkerProcess, open_missing_streams, spawn_worker

ECHO = "import os\nos.write(3, b'>')\nwhile data := os.read(3, 100): os.write(3, data)"
SHOW = """
import os
fds = sorted(map(int, os.listdir("/proc/self/fd")))[:4]
os.write(3, repr((dict(os.environ), fds, os.getsid(0) == os.getpid())).encode())
"""
LEAVE = "import os\nos._exit(5)"


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    started: list[WorkerProcess] = []

    def begin(program: str, **streams: int) -> WorkerProcess:
        monkeypatch.setattr(spawn, "_BOOT", program)
        started.append(spawn_worker({"a": "1", "b": None}, **streams))
        return started[-1]

    yield begin
    for worker in started:
        worker.end()
        worker.close()


def test_it_has_its_streams_and_one_channel_and_nothing_of_the_environment(start: Any) -> None:
    worker = start(SHOW)
    environment, descriptors, leads = eval(os.read(worker.channel, 1000))
    assert set(environment) <= {"LC_CTYPE"}  # Python sets that one itself
    assert descriptors == [0, 1, 2, 3]
    assert leads


def test_ending_kills_it_once_and_the_first_status_stays(start: Any) -> None:
    worker = start(ECHO)
    assert os.read(worker.channel, 1) == b">"
    worker.send(b"hello")
    assert os.read(worker.channel, 10) == b"hello"
    assert worker.end() == -9
    assert worker.end() == -9
    worker.close()
    worker.close()


def test_one_that_has_ended_by_itself_keeps_its_status_and_takes_no_more(start: Any) -> None:
    worker = start(LEAVE)
    assert worker.wait() == 5
    worker.kill()  # it is gone: no error
    worker.send(b"x" * 10)
    assert worker.end() == 5


def test_a_system_without_sessions_for_spawned_processes_starts_it_all_the_same(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = os.posix_spawn, []

    def posix_spawn(*args: Any, **options: Any) -> int:
        asked.append("setsid" in options)
        if "setsid" in options:
            raise NotImplementedError
        return real(*args, **options)

    monkeypatch.setattr(os, "posix_spawn", posix_spawn)
    assert start(LEAVE).wait() == 5
    assert asked == [True, False]


def test_its_streams_may_be_any_descriptors_in_any_order(start: Any) -> None:
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    worker = start("import os\nos.write(1, b'out')\nos.write(2, b'err')", stdin=0, stdout=out_write, stderr=err_write)
    worker.wait()
    assert (os.read(out_read, 10), os.read(err_read, 10)) == (b"out", b"err")
    for fd in (out_read, out_write, err_read, err_write):
        os.close(fd)


def test_no_descriptor_is_left_open_by_a_worker_that_has_ended(start: Any) -> None:
    before = os.listdir("/proc/self/fd")
    worker = start(LEAVE)
    worker.end()
    worker.close()
    assert os.listdir("/proc/self/fd") == before


CLOSED = """
import os, sys
sys.path[:0] = [sys.argv[1]]
from llmspell.runtime.spawn import _above, open_missing_streams
report = os.dup(1)
for fd in (0, 2): os.close(fd)
open_missing_streams()
read = os.read(0, 1)
try: os.write(2, b"x"); written = True
except OSError: written = False
os.close(0)
low = os.open(os.devnull, os.O_RDONLY)
moved = _above(low, 3)
os.write(report, repr((read, written, low, moved > 3, _above(moved, 3) == moved)).encode())
"""


def test_streams_that_are_closed_get_something_harmless_and_low_numbers_are_left() -> None:
    root = spawn.__file__.rpartition("/llmspell/")[0]
    command = [sys.executable, "-c", CLOSED, root]
    done = subprocess.run(command, capture_output=True, timeout=20, check=True)
    assert eval(done.stdout) == (b"", False, 0, True, True)
    open_missing_streams()  # here all three are open, and nothing happens
