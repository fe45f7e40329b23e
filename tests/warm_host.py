"""Run the program in a process forked from one that has imported what most runs need.

Most of a short run's time goes to imports. A test that asks what a run says, and not how it starts, gets a real process
here, with an environment, a folder, streams and an exit code of its own, and real workers; only its modules are there
already. Tests about starting, confinement and what a process is given start the program itself: tests/attacks, escape,
pipes, runtime, architecture."""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOT_IMPORTED = ("llmspell.__main__", "llmspell.engine", "llmspell.models.library_", "llmspell.worker")
LENGTH = struct.Struct("I")
NUMBER = struct.Struct("i")


class WarmHost:
    """The process that is forked, as a test's process sees it. One run at a time."""

    def __init__(self, more: Sequence[str] = ()) -> None:
        self._socket, theirs = socket.socketpair()
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        command = [sys.executable, __file__, str(theirs.fileno()), *more]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()
        self._free = threading.Lock()
        atexit.register(self._end)

    def _end(self) -> None:
        self._socket.close()
        self._process.wait(timeout=10)

    def run(
        self, argv: Sequence[str], *, input: bytes, cwd: Path, env: Mapping[str, str], timeout_s: float = 60
    ) -> subprocess.CompletedProcess[bytes]:
        """As `subprocess.run([sys.executable, "-m", "llmspell", *argv], …, capture_output=True)`, which it is where
        another run is under way, where coverage is measured, and where other modules are to be found."""
        is_usual = env.get("PYTHONPATH", str(ROOT)) == str(ROOT) and not any(it.startswith("COVERAGE") for it in env)
        if not is_usual or not self._free.acquire(blocking=False):
            command = [sys.executable, "-m", "llmspell", *argv]
            return subprocess.run(command, input=input, capture_output=True, cwd=cwd, env=env, timeout=timeout_s)
        try:
            return self._run(argv, input, cwd, env, timeout_s)
        finally:
            self._free.release()

    def _run(
        self, argv: Sequence[str], input: bytes, cwd: Path, env: Mapping[str, str], timeout_s: float
    ) -> subprocess.CompletedProcess[bytes]:
        (its_stdin, stdin), (stdout, its_stdout), (stderr, its_stderr) = os.pipe(), os.pipe(), os.pipe()
        theirs = [its_stdin, its_stdout, its_stderr]
        request = json.dumps({"argv": list(argv), "cwd": str(cwd), "env": dict(env)}).encode()
        socket.send_fds(self._socket, [LENGTH.pack(len(request))], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        self._socket.sendall(request)
        (pid,) = NUMBER.unpack(received(self._socket, NUMBER.size))
        said: dict[int, bytes] = {}
        threads = [threading.Thread(target=_write, args=(stdin, input), daemon=True)]
        threads += [threading.Thread(target=_read, args=(it, said), daemon=True) for it in (stdout, stderr)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + timeout_s
        for thread in threads[1:]:
            thread.join(max(0.0, deadline - time.monotonic()))
        is_late = any(it.is_alive() for it in threads[1:])
        if is_late:
            os.kill(pid, signal.SIGKILL)
        (code,) = NUMBER.unpack(received(self._socket, NUMBER.size))
        if is_late:
            raise subprocess.TimeoutExpired(list(argv), timeout_s)
        return subprocess.CompletedProcess(list(argv), code, said[stdout], said[stderr])


@functools.cache
def warm_host(more: tuple[str, ...] = ()) -> WarmHost:
    """The one of this test process, or the one that has imported more; it ends with the process."""
    return WarmHost(more)


def received(channel: socket.socket, size: int) -> bytes:
    """So many bytes, or an error when the other side has ended."""
    data = b""
    while len(data) < size:
        more = channel.recv(size - len(data))
        if not more:
            raise EOFError("the other side has ended")
        data += more
    return data


def _write(descriptor: int, data: bytes) -> None:
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
    except BrokenPipeError:
        pass  # it did not want to read all of it


def _read(descriptor: int, said: dict[int, bytes]) -> None:
    with open(descriptor, "rb") as file:
        said[descriptor] = file.read()


def import_all(more: Sequence[str]) -> None:
    """Import what runs import, and more."""
    import llmspell

    for it in pkgutil.walk_packages(llmspell.__path__, "llmspell.", onerror=lambda name: None):
        if not it.name.startswith(NOT_IMPORTED):
            importlib.import_module(it.name)
    for name in ("asyncio", "sqlite3", "typer", "jsonschema", *more):
        importlib.import_module(name)


def serve(channel: socket.socket) -> None:
    """Fork for each request, until nobody asks any more. In the forked process: be the program."""
    while True:
        header, descriptors, _, _ = socket.recv_fds(channel, LENGTH.size, 3)
        if not header:
            return
        request = json.loads(received(channel, *LENGTH.unpack(header)))
        pid = os.fork()
        if pid == 0:
            channel.close()
            be_the_program(request["argv"], request["cwd"], request["env"], descriptors)
        for it in descriptors:
            os.close(it)
        channel.sendall(NUMBER.pack(pid))
        _, status = os.waitpid(pid, 0)
        channel.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))


def be_the_program(argv: list[str], cwd: str, env: dict[str, str], descriptors: list[int]) -> None:
    """What `python -m llmspell` is, from here to its end."""
    for target, it in enumerate(descriptors):
        os.dup2(it, target)
        os.close(it)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(cwd)
    sys.argv = ["llmspell", *argv]
    runpy.run_module("llmspell", run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    import_all(sys.argv[2:])
    gc.collect()
    gc.freeze()  # what is here is not looked at again in each process
    serve(socket.socket(fileno=int(sys.argv[1])))
