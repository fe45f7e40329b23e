"""Resource limits of this process, by setrlimit. They can be lowered here, and not raised again without privileges."""

from __future__ import annotations

import os
import stat
import sys
from struct import pack, unpack

from llmspell.worker.confine.kernel import Buffer, libc

# Linux's numbers are those of x86-64 and aarch64. The `resource` module has them too, but costs 1.7 ms to import.
_NUMBERS = (
    {"cpu": 0, "file_size": 1, "core": 4, "processes": 6, "descriptors": 7, "memory": 9}
    if sys.platform == "linux"
    else {"cpu": 0, "file_size": 1, "core": 4, "memory": 5, "processes": 7, "descriptors": 8}
)

_DESCRIPTORS = 64  # enough for importing modules; none is opened after the second stage


def forbid_core_files() -> None:
    _lower("core", 0, 0)


def limit_memory(memory_bytes: int) -> None:
    """Address space, which is what can be limited: the resident memory stays below it."""
    _lower("memory", memory_bytes, memory_bytes)


def limit_cpu(cpu_s: float) -> None:
    """Processor time: SIGXCPU after `cpu_s` (rounded up to whole seconds), SIGKILL a second later.

    The second of grace is for telling the two apart: a process that ends by SIGXCPU has used up its time.
    """
    seconds = int(-(-cpu_s // 1))
    _lower("cpu", seconds, seconds + 1)


def limit_reach(keep: set[int]) -> None:
    """No new processes, few descriptors, no growing files; for processes that need none of them.

    Args:
        keep: The descriptors that stay open. While one of them is a regular file (`> out.txt`) files may grow, because
            the size limit counts for it too.
    """
    _lower("processes", 0, 0)  # the kernel does not count for root; the system call filter does the work there
    _lower("descriptors", _DESCRIPTORS, _DESCRIPTORS)
    if not any(_is_regular_file(descriptor) for descriptor in keep):
        _lower("file_size", 0, 0)


def _is_regular_file(descriptor: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:  # not open: `<&-` in a shell
        return False


def _lower(name: str, soft: int, hard: int) -> None:
    number = _NUMBERS[name]
    limits = Buffer(bytes(16))
    libc("getrlimit", number, limits)
    _, old_hard = unpack("=QQ", limits.content())
    hard = min(hard, old_hard)  # an outer limit, say a container's, may already be lower
    libc("setrlimit", number, Buffer(pack("=QQ", min(soft, hard), hard)))
