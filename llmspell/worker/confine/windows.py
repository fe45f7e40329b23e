"""Confinement on Windows: a job object that limits memory, processor time, processes and the user interface.

UNTESTED: written from the documentation of the Windows API, never run. A job object stops neither files nor sockets;
that takes a restricted token, which only the process that starts this one can give."""

from __future__ import annotations

import sys
from struct import pack

_EXTENDED_LIMITS, _UI_RESTRICTIONS = 9, 4  # JOBOBJECTINFOCLASS
_PROCESS_TIME, _ACTIVE_PROCESSES, _PROCESS_MEMORY = 0x2, 0x8, 0x100
_NO_ERROR_DIALOG, _KILL_ON_CLOSE = 0x400, 0x2000
_ALL_UI = 0xFF  # handles of others, clipboard, settings, display, atoms, desktops, logging off


def enter_coarse(layers: frozenset[str], limits: dict[str, int | float | None]) -> dict[str, str]:
    """The only stage; see the package. Descriptors are not inherited on Windows unless the host passes them."""
    report = dict.fromkeys(layers - {"limits"}, "unavailable: Windows has a job object instead")
    report["parent_death_signal"] = "unavailable: Windows has none"
    try:
        _join_job(limits, alone="seccomp" in layers or "seccomp_coarse" in layers)
        report["job_object"] = "active"
    except OSError as error:
        report["job_object"] = f"unavailable: {error}"
    if "limits" in layers:
        report["limits"] = report["job_object"]
    return report


def extended_limits(limits: dict[str, int | float | None], *, alone: bool) -> bytes:
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION of 64 bit Windows, 144 bytes.

    Args:
        alone: Refuse a second process in the job.
    """
    memory_bytes, cpu_s = limits.get("memory_bytes"), limits.get("cpu_s")
    flags = _NO_ERROR_DIALOG | _KILL_ON_CLOSE
    flags |= _ACTIVE_PROCESSES if alone else 0
    flags |= _PROCESS_MEMORY if memory_bytes is not None else 0
    flags |= _PROCESS_TIME if cpu_s is not None else 0
    ticks = int((cpu_s or 0) * 10_000_000)  # of 100 ns
    counters = (0,) * 6
    return pack(
        "@qqIQQIQII6QQQQQ",
        ticks,
        0,
        flags,
        0,
        0,
        1 if alone else 0,
        0,
        0,
        0,
        *counters,
        int(memory_bytes or 0),
        0,
        0,
        0,
    )


if sys.platform == "win32":
    import ctypes

    def _join_job(limits: dict[str, int | float | None], *, alone: bool) -> None:
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.CreateJobObjectW.restype = ctypes.c_void_p
        kernel32.GetCurrentProcess.restype = ctypes.c_void_p
        job = ctypes.c_void_p(kernel32.CreateJobObjectW(None, None))
        extended = extended_limits(limits, alone=alone)
        ui = pack("=I", _ALL_UI)
        done = (
            kernel32.SetInformationJobObject(job, _EXTENDED_LIMITS, extended, len(extended))
            and kernel32.SetInformationJobObject(job, _UI_RESTRICTIONS, ui, len(ui))
            and kernel32.AssignProcessToJobObject(job, ctypes.c_void_p(kernel32.GetCurrentProcess()))
        )
        if not done:
            raise ctypes.WinError(ctypes.get_last_error())
        # The handle stays open on purpose: closing the last one would end this process.

else:

    def _join_job(limits: dict[str, int | float | None], *, alone: bool) -> None:
        raise OSError("job objects exist on Windows only")
