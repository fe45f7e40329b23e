"""Start a worker process: by exec, with nothing of our environment, its streams and one channel, nothing else.

A fork of the host would be faster and would carry the host's memory, keys included. On the quick path: imports no
`subprocess` and no `socket` module."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNEL = 3  # the worker's number for its end of the channel; worker.__main__ has the same


class WorkerProcess:
    """A started worker.

    Attributes:
        pid: Its process id; killed and reaped by `end`.
        channel: Our end of the channel, a blocking descriptor.
    """

    __slots__ = ("channel", "pid", "status")

    def __init__(self, pid: int, channel: int) -> None:
        self.pid = pid
        self.channel = channel
        self.status: int | None = None  # as os.waitstatus_to_exitcode says: negative for a signal

    def end(self) -> int:
        """Kill it if it still runs, and reap it. Returns how it ended; the first call decides."""
        if self.status is None:
            self.kill()
            self.status = self.wait()
        return self.status

    def kill(self) -> None:
        """Let it die, without waiting."""
        try:
            os.kill(self.pid, 9)
        except ProcessLookupError:
            pass

    def wait(self) -> int:
        """Wait until it has ended by itself, or by a kill that is under way."""
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def send(self, data: bytes) -> None:
        """Write all of it, waiting as long as that takes. A worker that is gone is noticed by whoever reads."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self.channel, view) :]
        except (BrokenPipeError, ConnectionResetError):
            pass

    def close(self) -> None:
        """Close our end of the channel."""
        if self.channel >= 0:
            os.close(self.channel)
            self.channel = -1


def spawn_worker(
    settings: Mapping[str, object],
    *,
    stdin: int = 0,
    stdout: int = 1,
    stderr: int = 2,
    hash_seed: int | None = None,
) -> WorkerProcess:
    """Start a worker with these settings (see `worker.__main__`) on these descriptors.

    Args:
        hash_seed: What the order of Python's sets follows from, 0 to 4294967295; None for a worker of Lua.

    Raises:
        OSError: The process could not be started.
    """
    import _socket  # the `socket` module costs more than the rest of the quick path together

    ours, theirs = _socket.socketpair()
    for end in (ours, theirs):
        for option in (_socket.SO_SNDBUF, _socket.SO_RCVBUF):
            end.setsockopt(_socket.SOL_SOCKET, option, 1 << 20)
    channel = ours.detach()
    child_end = _above(theirs.detach(), CHANNEL)
    try:
        actions: list[tuple[int, ...]] = []
        sources = [(stdin, 0), (stdout, 1), (stderr, 2)]
        # A source that another target would overwrite is moved out of the way first.
        moved = [
            (_above(os.dup(source), CHANNEL) if source != target else source, target) for source, target in sources
        ]
        for source, target in moved:
            actions.append((os.POSIX_SPAWN_DUP2, source, target))
        actions.append((os.POSIX_SPAWN_DUP2, child_end, CHANNEL))
        # The order of Python's sets follows from a number that the interpreter takes from its environment alone.
        # Nothing else is in there, so that it need not be told to leave it alone.
        environment = {} if hash_seed is None else {"PYTHONHASHSEED": str(hash_seed)}
        flags = ["-I", "-S", "-E"] if hash_seed is None else ["-P", "-s", "-S"]
        argv = [sys.executable, *flags, "-c", _BOOT, *_arguments(settings)]
        try:
            pid = os.posix_spawn(sys.executable, argv, environment, file_actions=actions, setsid=True)
        except NotImplementedError:  # no POSIX_SPAWN_SETSID here: a Ctrl-C then reaches the worker as well
            pid = os.posix_spawn(sys.executable, argv, environment, file_actions=actions)
        for source, target in moved:
            if source != target:
                os.close(source)
    finally:
        os.close(child_end)
    return WorkerProcess(pid, channel)


def open_missing_streams() -> None:
    """Give descriptors 0 to 2 that are closed something to be, so that no other file takes their numbers.

    A closed stdin reads as empty; writing to a closed stdout or stderr fails, as it should."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # the lowest free number is `fd`


# argv[1] names the folders of our own package and of its libraries; nothing of the host's path is trusted but those.
_BOOT = "import sys;sys.path+=sys.argv.pop(1).split('\\n');from llmspell.worker.__main__ import main;main()"


def _arguments(settings: Mapping[str, object]) -> list[str]:
    root = __file__.rpartition(os.sep)[0].rpartition(os.sep)[0].rpartition(os.sep)[0]
    folders = [root, *(it for it in sys.path if it.endswith("-packages") and it != root)]
    return ["\n".join(folders), *(f"{name}={'' if value is None else value}" for name, value in settings.items())]


def _above(fd: int, lowest: int) -> int:
    if fd > lowest:
        return fd
    import fcntl

    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest + 1)
    os.close(fd)
    return moved
