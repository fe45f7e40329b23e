"""Confinement on macOS: a seatbelt profile that denies by default, and resource limits.

UNTESTED: written from Apple's documentation and other products' profiles, never run. It is in one stage, because a
second sandbox_init is refused; the script therefore runs with the modules' folders still readable. macOS has no
parent-death signal (the worker ends when its channel does) and does not enforce a limit of address space."""

from __future__ import annotations

from llmspell.worker.confine import process, rlimits
from llmspell.worker.confine.kernel import Buffer, libc, why

_INSTEAD = "unavailable: macOS has seatbelt instead"


def enter_coarse(
    layers: frozenset[str],
    limits: dict[str, int | float | None],
    *,
    readable: list[str],
    keep_fds: set[int],
    host_pid: int,
) -> dict[str, str]:
    """The only stage; see the package. `host_pid` has no use here."""
    report = {
        "parent_death_signal": "unavailable: macOS has none",
        "not_dumpable": "unavailable: macOS has no such flag",
    }
    process.close_descriptors(keep_fds)
    report["closed_descriptors"] = "active"
    try:
        rlimits.forbid_core_files()
        report["no_core_files"] = "active"
        if "limits" in layers:
            report["limits"] = _limit(limits)
        walled = layers & {"landlock", "seccomp", "seccomp_coarse"}
        report |= dict.fromkeys(walled, _INSTEAD)
        if "no_new_privs" in layers:
            report["no_new_privs"] = "unavailable: macOS has no such flag"
        if walled:
            libc("sandbox_init", Buffer(profile(readable).encode() + b"\0"), 0, Buffer(bytes(8)))
            report["seatbelt"] = "active"
    except OSError as error:
        report["seatbelt"] = why(error)
    return report


def profile(readable: list[str]) -> str:
    """The policy, in seatbelt's language: nothing but reading `readable` and what is below."""
    paths = " ".join(f"(subpath {_quoted(path)})" for path in readable)
    rules = ["(version 1)", "(deny default)", "(allow sysctl-read)", "(allow signal (target self))"]
    if paths:
        rules += ["(allow file-read-metadata)", f"(allow file-read* {paths})"]
    return "\n".join(rules)


def _limit(limits: dict[str, int | float | None]) -> str:
    cpu_s = limits.get("cpu_s")
    if cpu_s is not None:
        rlimits.limit_cpu(cpu_s)
    if limits.get("memory_bytes") is not None:
        return "unavailable: macOS does not enforce a memory limit (processor time is limited)"
    return "active"


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
