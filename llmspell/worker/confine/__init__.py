"""Confine this process, in two stages, and say truthfully what is in force.

Stage one, `enter_coarse`, comes before the script's text is looked at: parsing hostile text may already be its attack.
Modules of the standard library can still be imported. Stage two, `enter_tight`, comes before its first line runs, and
leaves only computing and the given descriptors. Both stack on what is in force, and nothing here can be undone.

The caller has no other threads. A layer that cannot be had is reported, never raised: whether the run goes on without
it is the caller's decision. Layers are the names in `security.profiles`; the reports hold these besides:

* `parent_death_signal`, `closed_descriptors`, `not_dumpable`, `no_core_files`: in force under every profile
* `landlock_abi`: the version in use, a number
* `seccomp_coarse`: also where only `seccomp` was asked for, since that begins with it
* `seatbelt` (macOS), `job_object` (Windows): what these systems have instead"""

from __future__ import annotations

import sys

Limits = dict[str, int | float | None]


def enter_coarse(
    layers: frozenset[str], limits: Limits, *, readable: list[str], keep_fds: set[int], host_pid: int
) -> dict[str, str]:
    """Stage one. Ends the process at once if the host is gone already.

    Args:
        layers: Names of layers; nothing is done for one that is not among them.
        limits: `memory_bytes` (address space) and `cpu_s` count, None or absent is no limit. After `cpu_s` the process
            ends by SIGXCPU.
        readable: Files and folders that modules may still be read from; nothing can be written. On Linux the system's
            shared libraries and time zones come with them. Empty: no file at all.
        keep_fds: The descriptors that stay open; every other one is closed, the standard streams included.
        host_pid: The parent. When it (on Linux: the thread of it that started this process) ends, so does this one.

    Returns:
        Each layer, as "active" or "unavailable: why".
    """
    if sys.platform == "linux":
        from llmspell.worker.confine import linux

        return linux.enter_coarse(layers, limits, readable=readable, keep_fds=keep_fds, host_pid=host_pid)
    elif sys.platform == "darwin":  # noqa: RET505  # as one chain the checker knows each branch's platform
        from llmspell.worker.confine import seatbelt

        return seatbelt.enter_coarse(layers, limits, readable=readable, keep_fds=keep_fds, host_pid=host_pid)
    elif sys.platform == "win32":
        from llmspell.worker.confine import windows

        return windows.enter_coarse(layers, limits)
    else:
        return dict.fromkeys(layers, f"unavailable: not implemented for {sys.platform}")


def enter_tight(
    layers: frozenset[str], *, write_fds: set[int], read_fds: set[int], jit: bool = False
) -> dict[str, str]:
    """Stage two. Everything that the script needs has been imported and opened.

    Args:
        layers: As in stage one.
        write_fds: The descriptors that may be written to.
        read_fds: The descriptors that may be read from.
        jit: Allow executable memory, for LuaJIT's compiler.

    Returns:
        The layers that this stage tightens, `landlock` and `seccomp`; they replace the entries of stage one.
    """
    if sys.platform == "linux":
        from llmspell.worker.confine import linux

        return linux.enter_tight(layers, write_fds=write_fds, read_fds=read_fds, jit=jit)
    else:  # noqa: RET505  # as above
        return {}
