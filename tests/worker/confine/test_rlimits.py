"""Limits of memory and processor time, exceeded by real processes."""

from __future__ import annotations

import signal

import pytest

MIB = 1024 * 1024

ALLOCATE = """
try:
    block = bytearray(600 * 1024 * 1024); say("allocated")
except MemoryError:
    say("refused")
"""


@pytest.mark.parametrize(
    ("limits", "expected"),
    [(f"memory_bytes={256 * MIB}", "refused"), (f"memory_bytes={2048 * MIB}", "allocated"), ("", "allocated")],
)
@pytest.mark.parametrize("stage", ["coarse", "lock"])
def test_memory_beyond_the_limit_is_refused(run, stage, limits, expected):
    assert run(f"{stage}({limits})\n{ALLOCATE}").words() == [expected]


def test_a_limit_is_not_set_unless_the_layer_is_asked_for(run):
    assert run(f"coarse(layers=(), memory_bytes={256 * MIB})\n{ALLOCATE}").words() == ["allocated"]


def test_a_process_that_has_used_its_time_ends_by_sigxcpu(run):
    ended = run("lock(cpu_s=1)\nsay('before')\nwhile True: pass")
    assert (ended.code, ended.words()) == (-signal.SIGXCPU, ["before"])


def test_a_process_that_ignores_the_signal_is_killed_a_second_later(run):
    ended = run("signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nlock(cpu_s=1)\nsay('before')\nwhile True: pass")
    assert (ended.code, ended.words()) == (-signal.SIGKILL, ["before"])


def test_a_process_within_its_time_ends_by_itself(run):
    assert run("lock(cpu_s=5.5)\nfor it in range(10000): pass\nsay('after')").words() == ["after"]


SHOW = """
import resource
names = ("RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_NOFILE")
def show(): say(*[resource.getrlimit(getattr(resource, name))[0] for name in names])
"""


def test_a_process_behind_the_tight_filter_has_no_files_and_no_processes(run, tmp_path):
    # Shown by the layer of limits alone: behind the filter the question itself is refused.
    source = f"""{SHOW}
from llmspell.worker.confine import linux
report = {{}}
linux._limit(report, frozenset({{"limits", "seccomp"}}), {{"cpu_s": 2.5}}, {{0, 1, 2}})
show()
"""
    assert run(source).words() == ["3", "0", "0", "64"]
    with (tmp_path / "out.txt").open("wb") as file:
        run(source, stdout=file)
    assert (tmp_path / "out.txt").read_text().split() == ["3", "-1", "0", "64"]


def test_a_process_without_a_filter_keeps_its_files_and_processes(run):
    ended = run(f"{SHOW}\nshow(); coarse(layers={{'limits'}}); show()")
    assert ended.words()[:4] == ended.words()[4:]


def test_a_lower_limit_from_outside_stays(run):
    source = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (20, 30))
report = coarse(layers={"limits"}, cpu_s=1000)
say(report["limits"], *resource.getrlimit(resource.RLIMIT_CPU))
"""
    assert run(source).words() == ["active", "30", "30"]


def test_a_kernel_that_refuses_the_limits_is_reported(run):
    source = """
from llmspell.worker.confine import kernel, rlimits
def libc(name, *arguments): raise OSError(errno.EPERM, "operation not permitted")
rlimits.libc = libc
report = coarse(layers={"limits"}, cpu_s=1)
say(report["limits"]); say(report["no_core_files"])
"""
    assert run(source).out.splitlines() == ["unavailable: EPERM, operation not permitted"] * 2
