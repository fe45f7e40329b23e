"""What this machine offers for confinement, asked and then tried. For the host: `llmspell doctor --sandbox`.

`probe` only asks the kernel. `self_test` believes nothing: it starts confined processes that try what is forbidden."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_CHILD_LIMIT_S = 20.0
_GET_ACTION_AVAILABLE = 2  # of seccomp(2)


def probe() -> dict[str, str]:
    """The layers that profiles name, each as "available", "available, and what of it", or "unavailable: why".

    Also `system`: the kernel and the processor. Changes nothing, and takes a few milliseconds.
    """
    if sys.platform == "win32":
        absent = "unavailable: Windows has a job object instead (untested)"
        return {"system": "Windows", "limits": absent, **dict.fromkeys(_LINUX_LAYERS, absent)}
    about = os.uname()
    found = {"system": f"{about.sysname} {about.release} {about.machine}"}
    if sys.platform != "linux":
        absent = "unavailable: needs Linux; seatbelt is used on macOS (untested)"
        return {**found, "limits": "available: processor time only", **dict.fromkeys(_LINUX_LAYERS, absent)}
    return {
        **found,
        "limits": "available",
        "no_new_privs": _asked(_no_new_privs),
        "landlock": _asked(_landlock),
        "seccomp_coarse": _asked(_seccomp),
        "seccomp": _asked(_seccomp),
    }


_LINUX_LAYERS = ("no_new_privs", "landlock", "seccomp_coarse", "seccomp")


def _asked(question: Callable[[], str]) -> str:
    from llmspell.worker.confine.kernel import why  # late: needs a POSIX system

    try:
        return question()
    except OSError as error:
        return why(error)


def _no_new_privs() -> str:
    from llmspell.worker.confine import process

    process.has_no_new_privileges()
    return "available"


def _landlock() -> str:
    from llmspell.worker.confine import landlock

    return f"available, ABI {landlock.abi()}"


def _seccomp() -> str:
    from llmspell.worker.confine import kernel, seccomp

    architecture = seccomp.this_architecture()
    if architecture is None:
        raise OSError(errno.ENOSYS, f"no system call table for {os.uname().machine}")
    call = architecture.number("seccomp")
    assert call is not None
    kernel.syscall(call, _GET_ACTION_AVAILABLE, 0, kernel.Buffer(seccomp.KILL.to_bytes(4, sys.byteorder)))
    return f"available, {architecture.name}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One forbidden act in one confined process.

    `expected` is how it must end: `killed` (by SIGSYS), the name of an errno, `MemoryError`, or for an act that only
    asks, what it prints.
    """

    layer: str
    what: str
    act: str
    expected: str


ATTEMPTS = (
    Attempt("limits", "allocate 1 GB of a granted 256 MB", "bytearray(1 << 30)", "MemoryError"),
    Attempt(
        "no_new_privs", "gain privileges", "from llmspell.worker.confine import process\n"
        "    outcome = 'forbidden' if process.has_no_new_privileges() else 'possible'", "forbidden",
    ),
    Attempt("landlock", "open a folder", "os.open('/', os.O_RDONLY)", "EACCES"),
    Attempt("landlock", "open a file for writing", "os.open('/dev/null', os.O_WRONLY)", "EACCES"),
    Attempt("seccomp_coarse", "open a socket", "_socket.socket()", "EPERM"),
    Attempt("seccomp_coarse", "start a process", "os.fork()", "killed"),
    Attempt("seccomp_coarse", "start a program", "os.execv(sys.executable, [sys.executable, '-c', ''])", "killed"),
    Attempt("seccomp", "open a folder", "os.open('/', os.O_RDONLY)", "EPERM"),
    Attempt("seccomp", "open a socket", "_socket.socket()", "killed"),
    Attempt("seccomp", "start a process", "os.fork()", "killed"),
    Attempt("seccomp", "start a program", "os.execv(sys.executable, [sys.executable, '-c', ''])", "killed"),
)  # fmt: skip

_CHILD = """
import errno, os, sys, _socket
sys.path.insert(0, sys.argv[1])
from llmspell.worker import confine
layers = frozenset(({layer!r}, "no_new_privs"))
report = confine.enter_coarse(
    layers, {{"memory_bytes": 256 << 20}}, readable=sys.argv[1:2], keep_fds={{0, 1, 2}}, host_pid=os.getppid()
)
report |= confine.enter_tight(layers, write_fds={{1, 2}}, read_fds={{0}})
outcome = report[{layer!r}]
os.write(1, outcome.encode())
if outcome != "active": os._exit(0)
outcome = "allowed"
try:
    {act}
except MemoryError:
    outcome = "MemoryError"
except OSError as error:
    outcome = errno.errorcode[error.errno]
os.write(1, b" " + outcome.encode())
os._exit(0)
"""


def self_test() -> dict[str, str]:
    """Try every forbidden act in a process that is confined by its layer alone. Takes about half a second.

    Returns:
        By "layer: act": "enforced", "NOT enforced: what happened", or "unavailable: why".
    """
    return {f"{attempt.layer}: {attempt.what}": try_attempt(attempt) for attempt in ATTEMPTS}


def try_attempt(attempt: Attempt) -> str:
    """How one attempt ended, in the words of `self_test`."""
    source = _CHILD.format(layer=attempt.layer, act=attempt.act)
    root = str(Path(__file__).resolve().parents[3])
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-S", "-E", "-B", "-c", source, root],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={},
            timeout=_CHILD_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"NOT enforced: the test could not be run ({error})"
    written = child.stdout.decode(errors="replace")
    if written.startswith("unavailable"):
        return written
    if not written.startswith("active"):
        last_line = child.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return f"NOT enforced: the confined process did not start ({last_line or f'exit code {child.returncode}'})"
    outcome = written.removeprefix("active").strip()
    if sys.platform != "win32" and child.returncode == -signal.SIGSYS:
        outcome = "killed"
    return "enforced" if outcome == attempt.expected else f"NOT enforced: {outcome or f'exit code {child.returncode}'}"
