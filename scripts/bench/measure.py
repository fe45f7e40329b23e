"""Measure ours and a peer's in turn (A B A B), so that a busy machine slows both, and print the ratios.

Nothing here asserts: absolute figures belong to the machine, and what a ratio should be is said in the table itself."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
LLMSPELL = str(BIN / "llmspell")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Measurements of two things, taken in turn.

    Attributes:
        ours: Seconds, or any other figure, one for each round.
        peer: The same for what it is compared with.
    """

    ours: list[float]
    peer: list[float]

    @property
    def ratios(self) -> list[float]:
        return [a / b for a, b in zip(self.ours, self.peer, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> str:
        return f"{min(self.ratios):.2f}-{max(self.ratios):.2f}"


def in_turn(ours: Callable[[], float], peer: Callable[[], float], rounds: int) -> Pairs:
    """Measure both `rounds` times, after one unmeasured time each."""
    ours(), peer()
    pairs = Pairs([], [])
    for _ in range(rounds):
        pairs.ours.append(ours())
        pairs.peer.append(peer())
    return pairs


def run_s(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """How long a command takes, its output thrown away: wall seconds, and CPU seconds with its children's.

    Raises:
        RuntimeError: It failed; what failed cannot be compared.
    """
    null = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    started = time.perf_counter()
    pid = os.posix_spawn(command[0], command, env, file_actions=[null])
    _, status, used = os.wait4(pid, 0)
    wall_s = time.perf_counter() - started
    cpu_s = used.ru_utime + used.ru_stime
    try:
        while True:  # a worker that outlives its host by a moment is ours then, and counts too
            _, _, used = os.wait4(-1, 0)
            cpu_s += used.ru_utime + used.ru_stime
    except ChildProcessError:
        pass
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    return wall_s, cpu_s


def adopt_orphans() -> None:
    """Have grandchildren whose parent has ended become this process's children, so that `run_s` can count them."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def clean_env(folder: str) -> dict[str, str]:
    """An environment without settings of the user's, whose state and home are in `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder}


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for scripts and state; it becomes the current one."""
    folder = tempfile.TemporaryDirectory(prefix="llmspell-bench-")
    os.chdir(folder.name)
    return folder


def installed(name: str) -> str | None:
    """The path of a peer, or None: it is left out then."""
    return shutil.which(name)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns, the first one to the left and the others to the right."""
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    print(f"\n{title}\n")
    for row in [heads, ["-" * width for width in widths], *rows]:
        cells = [row[0].ljust(widths[0]), *(it.rjust(width) for it, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(cells).rstrip())
    sys.stdout.flush()


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
