"""The two stages of confinement on Linux, and what each reports."""

from __future__ import annotations

import os

from llmspell.worker.confine import kernel, process, seccomp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# What importing takes besides the modules' own folders: the libraries that extension modules are linked with (base64
# needs zlib's), and the zones of zoneinfo and localtime. Installed software, nothing of a user's.
_IMPORTING = (
    "/etc/ld.so.cache",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/etc/localtime",
)


def enter_coarse(
    layers: frozenset[str],
    limits: dict[str, int | float | None],
    *,
    readable: list[str],
    keep_fds: set[int],
    host_pid: int,
) -> dict[str, str]:
    """The first stage; see the package."""
    report: dict[str, str] = {}
    _try(report, "parent_death_signal", lambda: process.die_with_parent(host_pid))
    _try(report, "closed_descriptors", lambda: process.close_descriptors(keep_fds))
    _try(report, "not_dumpable", process.hide_memory)
    _limit(report, layers, limits, keep_fds)
    if "no_new_privs" in layers:
        _try(report, "no_new_privs", process.forbid_new_privileges)
    if "landlock" in layers:
        _restrict_paths(report, [*readable, *_IMPORTING] if readable else [])
    if "seccomp" in layers or "seccomp_coarse" in layers:
        _filter(
            report,
            "seccomp_coarse",
            lambda architecture: seccomp.coarse_filter(architecture, os.getpid(), read_only="seccomp" in layers),
        )
        if "seccomp" in layers and report["seccomp_coarse"] != "active":
            report["seccomp"] = report["seccomp_coarse"]  # so that a caller who requires it looks no further
    return report


def enter_tight(layers: frozenset[str], *, write_fds: set[int], read_fds: set[int], jit: bool) -> dict[str, str]:
    """The second stage; see the package."""
    report: dict[str, str] = {}
    if "landlock" in layers:
        _restrict_paths(report, [])
    if "seccomp" in layers:
        _filter(
            report,
            "seccomp",
            lambda architecture: seccomp.tight_filter(
                architecture, os.getpid(), write_fds=write_fds, read_fds=read_fds, jit=jit
            ),
        )
    return report


def _limit(
    report: dict[str, str], layers: frozenset[str], limits: dict[str, int | float | None], keep_fds: set[int]
) -> None:
    from llmspell.worker.confine import rlimits

    def set_all() -> None:
        memory_bytes, cpu_s = limits.get("memory_bytes"), limits.get("cpu_s")
        if memory_bytes is not None:
            rlimits.limit_memory(int(memory_bytes))
        if cpu_s is not None:
            rlimits.limit_cpu(cpu_s)
        if "seccomp" in layers:  # under the other profiles a script may have files and processes of its own
            rlimits.limit_reach(keep_fds)

    _try(report, "no_core_files", rlimits.forbid_core_files)
    if "limits" in layers:
        _try(report, "limits", set_all)


def _restrict_paths(report: dict[str, str], readable: list[str]) -> None:
    from llmspell.worker.confine import landlock

    try:
        report["landlock_abi"] = str(landlock.restrict(readable))
        report["landlock"] = "active"
    except OSError as error:
        report["landlock"] = kernel.why(error)


def _filter(
    report: dict[str, str], layer: str, build: Callable[[seccomp.Architecture], list[seccomp.Instruction]]
) -> None:
    architecture = seccomp.this_architecture()
    if architecture is None:
        report[layer] = f"unavailable: no system call table for {os.uname().machine}"
        return
    _try(report, layer, lambda: seccomp.install(build(architecture)))


def _try(report: dict[str, str], layer: str, do: Callable[[], None]) -> None:
    try:
        do()
        report[layer] = "active"
    except OSError as error:
        report[layer] = kernel.why(error)
