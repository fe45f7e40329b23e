"""Run one hostile script as a user would, and say how that ended."""

from __future__ import annotations

import errno
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORT = 47811  # where the scripts that want the network expect somebody to listen
KEPT_BYTES = 4 << 20  # of a flood
LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attack ended.

    Attributes:
        code: The exit code of the process that was started; negative for a signal.
        out, err: The first KEPT_BYTES of what was written.
        hung: It had to be killed, or something that it started still held its streams.
        peak_bytes: The largest resident size of it and of every process that it waited for.
        left_over: Workers of it that were still there afterwards.
    """

    code: int
    out: bytes
    err: bytes
    hung: bool
    peak_bytes: int
    left_over: list[int]

    def marks(self) -> list[str]:
        """The lines by which a script says that its attack succeeded."""
        return re.findall(r"^(?:ESCAPED\r?$|LEAK.*|POLICY.*)", self.out.decode("utf-8", "replace"), re.MULTILINE)


Attack = Callable[..., Ended]


@pytest.fixture(scope="session")
def listener() -> Iterator[None]:
    """Somebody who answers on the port, so that a connection that was let through is noticed."""
    with socket.socket() as listening:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):  # test processes beside this one have theirs
            listening.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            listening.bind(("127.0.0.1", PORT))
        except OSError as error:
            assert error.errno == errno.EADDRINUSE  # somebody listens there already, which serves as well
            yield
            return
        listening.listen(50)

        def answer() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")

        threading.Thread(target=answer, daemon=True).start()
        yield
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def attack(tmp_path: Path, listener: None) -> Attack:
    """Start a command with a canary in its environment, and see how it ends."""

    def run(argv: Sequence[str], *, ends_within_s: float, canary: str = "canary") -> Ended:
        measured = {key: it for key, it in os.environ.items() if key.startswith("COVERAGE")}
        env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8", "SANDBOX_CANARY": canary}
        report, for_launcher = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-E", str(LAUNCHER), str(for_launcher), *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**env, "PYTHONPATH": str(ROOT), **measured},
            cwd=tmp_path,
            start_new_session=True,
            pass_fds=(for_launcher,),
        )
        os.close(for_launcher)
        out, err, hung = _drain(process, ends_within_s)
        process.wait()
        with open(report, encoding="ascii") as lines:
            pid, *ending = lines.read().split()
        code, peak_kib = map(int, ending) if ending else (-signal.SIGKILL, 0)  # it was killed with its launcher
        left = _workers_of(int(pid))
        for it in left:
            os.kill(it, signal.SIGKILL)
        return Ended(code, out, err, hung, peak_kib * 1024, left)

    return run


def _drain(process: subprocess.Popen[bytes], ends_within_s: float) -> tuple[bytes, bytes, bool]:
    assert process.stdout is not None and process.stderr is not None
    kept = {process.stdout: bytearray(), process.stderr: bytearray()}
    deadline = time.monotonic() + ends_within_s
    hung = False
    with process.stdout, process.stderr, selectors.DefaultSelector() as selector:
        for stream in kept:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map() and not hung:
            for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
                chunk = os.read(key.fd, 1 << 18)
                if not chunk:
                    selector.unregister(key.fileobj)
                buffer = kept[key.fileobj]  # type: ignore[index]
                buffer += chunk[: KEPT_BYTES - len(buffer)]
            hung = time.monotonic() > deadline
        if hung:
            os.killpg(process.pid, signal.SIGKILL)
        out, err = kept[process.stdout], kept[process.stderr]
    return bytes(out), bytes(err), hung


def _workers_of(host_pid: int) -> list[int]:
    wanted = f"host_pid={host_pid}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:  # it has just ended
            pass
    return found


@pytest.fixture
def llmspell(attack: Attack) -> Attack:
    """The same for `llmspell run` with these arguments."""

    def run(*argv: str, ends_within_s: float, canary: str = "canary") -> Ended:
        return attack([sys.executable, "-m", "llmspell", "run", *argv], ends_within_s=ends_within_s, canary=canary)

    return run
