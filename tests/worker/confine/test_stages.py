"""The package's two functions as the worker calls them."""

from __future__ import annotations

import subprocess

import pytest

from llmspell.security.profiles import BUILTIN

ALWAYS = {"parent_death_signal", "closed_descriptors", "not_dumpable", "no_core_files"}


@pytest.mark.parametrize("name", BUILTIN)
def test_every_layer_of_a_builtin_profile_is_reported(run, name):
    layers = set(BUILTIN[name]["layers"])
    words = run(f"say(*sorted(lock(layers={layers!r}, memory_bytes=1 << 30, cpu_s=10)))").words()
    assert layers | ALWAYS <= set(words)
    assert set(words) - layers - ALWAYS <= {"landlock_abi", "seccomp_coarse"}


def test_what_the_first_stage_set_cannot_be_undone_before_the_second(run):
    source = """
stack = (ctypes.c_ulong * 2)()
assert library.getrlimit(3, stack) == 0
def called(result): return "ok" if result == 0 else errno.errorcode[ctypes.get_errno()]
def undo():
    yield called(library.setrlimit(3, stack))
    yield called(library.prctl(1, 0, 0, 0, 0))  # the parent-death signal
    yield called(library.prctl(4, 1, 0, 0, 0))  # dumpable
before = [*undo()]
coarse(cpu_s=10)
say(*before, *undo())
"""
    assert run(source).words() == ["ok"] * 3 + ["EPERM"] * 3


def test_the_second_stage_works_after_a_warm_template_has_forked(run):
    # A template is not confined itself; each worker it forks is, with the template as its parent.
    source = """
if os.fork() == 0:
    lock(layers=ALL, write=(1,), keep=(0, 1, 2))
    say(outcome(lambda: open("/etc/passwd")))
    os._exit(3)
say(os.waitstatus_to_exitcode(os.wait()[1]), outcome(lambda: open("/etc/passwd").close()))
"""
    assert run(source).words() == ["EPERM", "3", "ok"]


def test_confining_imports_nothing_that_costs_start_up_time(start):
    source = """
import sys
sys.path[:0] = sys.argv[1].split(":")
import os
before = set(sys.modules)
from llmspell.worker import confine
layers = frozenset(("limits", "no_new_privs", "landlock", "seccomp"))
limits = {"memory_bytes": 1 << 30, "cpu_s": 10}
confine.enter_coarse(layers, limits, readable=sys.argv[1].split(":"), keep_fds={0, 1, 2}, host_pid=os.getppid())
confine.enter_tight(layers, write_fds={1, 2}, read_fds={0})
print(*sorted(name for name in set(sys.modules) - before if not name.startswith("llmspell")))
"""
    *command, _, path = start("")
    done = subprocess.run([*command, source, path], env={}, capture_output=True, timeout=20, check=True)
    assert set(done.stdout.decode().split()) <= {"__future__", "_ctypes", "_struct", "errno", "struct"}
