"""What a confined process gives up by itself, before any filter: descriptors, survival, visibility, privileges."""

from __future__ import annotations

import errno
import os
import sys

from llmspell.worker.confine import kernel

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_NO_NEW_PRIVS = 39
_SIGKILL = 9
_HIGHEST_DESCRIPTOR = 0x7FFFFFFF
_EXIT_ORPHANED = 71  # as for a crashed worker; nobody is left to read it


def die_with_parent(host_pid: int) -> None:
    """Have the kernel kill this process when its parent's thread ends, and end now if the parent is gone already.

    The signal follows the *thread* that started the process: a host must start its workers from a thread that lives as
    long as they may. It is cleared by fork, so whoever forks a worker calls this in the child.
    """
    kernel.libc("prctl", _PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if os.getppid() != host_pid:  # it died between our start and the line above, and will send no signal
        os._exit(_EXIT_ORPHANED)


def hide_memory() -> None:
    """Not dumpable: no core file, and no other process of this user may attach or read /proc/PID/mem."""
    kernel.libc("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)


def forbid_new_privileges() -> None:
    """No set-uid program or file capability can raise this process's rights again. Cannot be undone."""
    kernel.libc("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def has_no_new_privileges() -> bool:
    return kernel.libc("prctl", _PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1


def close_descriptors(keep: set[int]) -> None:
    """Close every descriptor that is not in `keep`, the standard streams included."""
    first = 0
    for descriptor in sorted(keep):
        if first < descriptor:
            os.closerange(first, descriptor)
        first = descriptor + 1
    try:
        kernel.libc("close_range", first, _HIGHEST_DESCRIPTOR, 0)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        # A kernel before 5.9, a C library before 2.34 or macOS. Trying every possible number could take minutes.
        for name in os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"):
            if int(name) >= first:
                try:
                    os.close(int(name))
                except OSError:  # the one that listed the folder
                    pass
