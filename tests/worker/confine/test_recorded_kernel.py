"""What confining asks of the kernel, in which order, and what it reports of each refusal. Nothing here reaches the real
kernel: the calls are recorded in this process. What they do is tested in real children beside this file."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from struct import pack, unpack
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("Linux's calls", allow_module_level=True)

from llmspell.worker import confine
from llmspell.worker.confine import kernel, landlock, process, rlimits, seatbelt, seccomp, windows

ALL = frozenset(("limits", "no_new_privs", "landlock", "seccomp"))
SETRLIMIT = {0: "cpu", 1: "file_size", 4: "core", 6: "processes", 7: "descriptors", 9: "memory"}
UNLIMITED = (1 << 64) - 1


class Left(BaseException):
    """Stands for the end of the process."""


class Kernel:
    """Takes every call and does nothing. `refuse` holds the error number for what is to fail, by name."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.limits: dict[str, tuple[int, int]] = {}
        self.hard_limit = UNLIMITED
        self.programs: list[list[tuple[int, ...]]] = []
        self.rules: list[int] = []
        self.refuse: dict[str, int] = {}
        self.abi = 6
        self.thread = 0
        self.closed: list[tuple[int, int]] = []

    def _take(self, name: str) -> None:
        self.calls.append(name)
        if code := self.refuse.get(name):
            raise OSError(code, os.strerror(code))

    def libc(self, name: str, *arguments: Any) -> int:
        if name == "getrlimit":
            ctypes.memmove(arguments[1].address, pack("=QQ", self.hard_limit, self.hard_limit), 16)
            return 0
        if name == "setrlimit":
            limit = SETRLIMIT[arguments[0]]
            self._take(limit)
            self.limits[limit] = unpack("=QQ", arguments[1].content())
            return 0
        self._take(f"prctl {arguments[0]}" if name == "prctl" else name)
        if name == "close_range":
            self.closed.append((arguments[0], arguments[1]))
        return 0

    def syscall(self, number: int, *arguments: Any) -> int:
        if number == 444:
            self._take("landlock version" if arguments[2] else "landlock ruleset")
            return self.abi if arguments[2] else os.open(os.devnull, os.O_RDONLY)
        if number == 445:
            self._take("landlock rule")
            self.rules.append(unpack("=Qi", arguments[2].content())[0])
            return 0
        if number == 446:
            self._take("landlock")
            return 0
        self._take("seccomp")
        n_instructions, address = unpack("@HP", arguments[2].content())
        raw = ctypes.string_at(address, 8 * n_instructions)
        self.programs.append([unpack("=HBBI", raw[i : i + 8]) for i in range(0, len(raw), 8)])
        return self.thread


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel()

    def leave(code: int) -> None:
        raise Left(code)

    for module in (kernel, rlimits, seatbelt):
        monkeypatch.setattr(module, "libc", made.libc)
    for module in (kernel, landlock, seccomp):
        monkeypatch.setattr(module, "syscall", made.syscall)
    monkeypatch.setattr(os, "closerange", lambda low, high: made.closed.append((low, high - 1)))
    monkeypatch.setattr(os, "_exit", leave)
    return made


def coarse(layers: frozenset[str] = ALL, keep: tuple[int, ...] = (0, 1, 2, 3), **more: Any) -> dict[str, str]:
    limits = {"memory_bytes": 1 << 30, "cpu_s": 2.5}
    options = {"readable": ["/"], "keep_fds": set(keep), "host_pid": os.getppid(), **more}
    return confine.enter_coarse(layers, limits, **options)


def tight(layers: frozenset[str] = ALL) -> dict[str, str]:
    return confine.enter_tight(layers, write_fds={1, 2, 3}, read_fds={0, 3})


def test_the_filter_comes_last_because_it_would_refuse_the_rest(recorded: Kernel) -> None:
    report = coarse()
    assert set(report.values()) == {"active", "6"}
    assert recorded.calls[0] == "prctl 1"  # the parent's death first: from here on nobody is left behind
    assert recorded.calls[-1] == "seccomp"
    assert recorded.calls.index("prctl 38") < recorded.calls.index("landlock") < recorded.calls.index("seccomp")


def test_the_second_stage_takes_every_path_away_and_then_tightens_the_filter(recorded: Kernel) -> None:
    coarse()
    rules = len(recorded.rules)
    assert rules > 0
    assert tight() == {"landlock": "active", "landlock_abi": "6", "seccomp": "active"}
    assert len(recorded.rules) == rules
    first, second = recorded.programs
    assert first == [tuple(it) for it in _built(seccomp.coarse_filter, read_only=True)]
    assert second == [tuple(it) for it in _built(seccomp.tight_filter, write_fds={1, 2, 3}, read_fds={0, 3}, jit=False)]


def _built(build: Callable[..., Any], **options: Any) -> Any:
    architecture = seccomp.this_architecture()
    if architecture is None:
        pytest.skip("no system call table here")
    return build(architecture, os.getpid(), **options)


def test_without_layers_nothing_but_hygiene_is_asked_of_the_kernel(recorded: Kernel) -> None:
    report = coarse(frozenset())
    assert set(report) == {"parent_death_signal", "closed_descriptors", "not_dumpable", "no_core_files"}
    assert tight(frozenset()) == {}
    assert recorded.limits == {"core": (0, 0)}
    assert recorded.programs == []


@pytest.mark.parametrize(
    ("call", "layer"),
    [
        ("prctl 1", "parent_death_signal"),
        ("close_range", "closed_descriptors"),
        ("prctl 4", "not_dumpable"),
        ("core", "no_core_files"),
        ("memory", "limits"),
        ("processes", "limits"),
        ("prctl 38", "no_new_privs"),
        ("landlock version", "landlock"),
        ("landlock ruleset", "landlock"),
        ("landlock rule", "landlock"),
        ("landlock", "landlock"),
        ("seccomp", "seccomp_coarse"),
    ],
)
def test_a_layer_that_the_kernel_refuses_is_reported_and_the_others_are_in_force(
    recorded: Kernel, call: str, layer: str
) -> None:
    recorded.refuse[call] = errno.EPERM
    report = coarse()
    assert report.pop(layer).startswith("unavailable: EPERM")
    if layer == "seccomp_coarse":
        assert report.pop("seccomp").startswith("unavailable: EPERM")  # who requires it looks no further
    assert set(report.values()) <= {"active", "6"}


def test_a_second_stage_that_the_kernel_refuses_is_reported(recorded: Kernel) -> None:
    recorded.refuse = {"seccomp": errno.EINVAL, "landlock version": errno.ENOSYS}
    report = tight()
    assert report["seccomp"].startswith("unavailable: EINVAL")
    assert report["landlock"].startswith("unavailable: ENOSYS")


def test_a_thread_that_cannot_be_put_behind_the_filter_is_a_refusal(recorded: Kernel) -> None:
    recorded.thread = 4711
    assert "thread 4711" in coarse()["seccomp_coarse"]
    recorded.thread = 0
    assert coarse()["seccomp_coarse"] == "active"


def test_a_processor_without_a_table_has_no_filter(recorded: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    assert coarse()["seccomp_coarse"] == "active"
    monkeypatch.setattr(seccomp, "this_architecture", lambda: None)
    assert coarse()["seccomp"] == f"unavailable: no system call table for {os.uname().machine}"
    with pytest.raises(OSError, match="no system call table"):
        seccomp.install([])
    assert len(recorded.programs) == 1


def test_processor_time_ends_in_two_steps_and_memory_in_one(recorded: Kernel) -> None:
    coarse()
    assert recorded.limits["cpu"] == (3, 4)
    assert recorded.limits["memory"] == (1 << 30, 1 << 30)
    assert recorded.limits["processes"] == (0, 0)


def test_a_lower_limit_from_outside_stays(recorded: Kernel) -> None:
    recorded.hard_limit = 1 << 20
    coarse()
    assert recorded.limits["memory"] == (1 << 20, 1 << 20)
    recorded.hard_limit = UNLIMITED
    coarse()
    assert recorded.limits["memory"] == (1 << 30, 1 << 30)


def test_files_may_grow_only_where_output_goes_to_one(recorded: Kernel, tmp_path: Any) -> None:
    with open(tmp_path / "out.txt", "wb") as file:
        coarse(keep=(file.fileno(),))
    assert "file_size" not in recorded.limits
    read_fd, write_fd = os.pipe()
    os.close(read_fd)
    coarse(keep=(write_fd, read_fd))  # one is a pipe, the other is closed
    assert recorded.limits["file_size"] == (0, 0)
    os.close(write_fd)


def test_without_a_filter_a_script_keeps_its_processes_and_files(recorded: Kernel) -> None:
    coarse(frozenset(("limits",)))
    assert recorded.limits.keys() == {"core", "memory", "cpu"}


def test_no_limit_is_set_that_the_profile_does_not_have(recorded: Kernel) -> None:
    confine.enter_coarse(
        frozenset(("limits",)), {"memory_bytes": None}, readable=[], keep_fds={0}, host_pid=os.getppid()
    )
    assert recorded.limits.keys() == {"core"}


def test_every_descriptor_between_and_above_the_kept_ones_is_closed(recorded: Kernel) -> None:
    process.close_descriptors({0, 3, 4, 9})
    assert recorded.closed == [(1, 2), (5, 8), (10, 0x7FFFFFFF)]


def test_where_there_is_no_close_range_the_open_ones_are_listed(
    recorded: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []

    def close(descriptor: int) -> None:
        closed.append(descriptor)
        raise OSError(errno.EBADF, "the one that listed the folder")

    recorded.refuse["close_range"] = errno.ENOSYS
    monkeypatch.setattr(os, "listdir", lambda _: ["0", "1", "2", "3", "7", "12"])
    monkeypatch.setattr(os, "close", close)
    process.close_descriptors({0, 1, 2, 5})
    assert closed == [7, 12]
    recorded.refuse["close_range"] = errno.EPERM
    with pytest.raises(PermissionError):
        process.close_descriptors({0})


def test_an_orphan_ends_and_a_process_with_its_parent_stays(recorded: Kernel) -> None:
    with pytest.raises(Left) as left:
        coarse(host_pid=1 << 22)
    assert left.value.args == (71,)
    assert coarse()["parent_death_signal"] == "active"


def test_whether_privileges_are_given_up_is_asked_of_the_kernel(recorded: Kernel) -> None:
    assert not process.has_no_new_privileges()
    assert recorded.calls == ["prctl 39"]


def test_only_folders_may_be_listed_and_what_is_absent_grants_nothing(recorded: Kernel, tmp_path: Any) -> None:
    file = tmp_path / "file"
    file.write_text("")
    landlock.restrict([str(tmp_path), str(file), str(tmp_path / "absent"), str(file / "below")])
    assert recorded.rules == [0b1100, 0b0100]


@pytest.mark.parametrize("platform", ["plan9", "sunos5"])
def test_a_system_that_nobody_wrote_this_for_has_no_layer(
    recorded: Kernel, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    assert coarse()["seccomp_coarse"] == "active"
    monkeypatch.setattr(sys, "platform", platform)
    assert set(coarse().values()) == {f"unavailable: not implemented for {platform}"}
    assert tight() == {}


def test_on_macos_the_only_stage_is_seatbelt(recorded: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    report = coarse()
    assert report["seatbelt"] == report["closed_descriptors"] == report["no_core_files"] == "active"
    assert {report[it].split(":")[0] for it in ALL} == {"unavailable"}
    assert recorded.calls[-1] == "sandbox_init"
    recorded.refuse["sandbox_init"] = errno.EPERM
    assert coarse()["seatbelt"].startswith("unavailable: EPERM")
    assert seatbelt._limit({"cpu_s": 1}) == "active"
    assert "seatbelt" not in coarse(frozenset(("limits",)))


def test_on_windows_the_only_stage_is_a_job(recorded: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    joined: list[bool] = []
    monkeypatch.setattr(windows, "_join_job", lambda limits, *, alone: joined.append(alone))
    assert coarse()["job_object"] == "active"
    assert coarse(frozenset(("limits",)))["limits"] == "active"
    assert joined == [True, False]
