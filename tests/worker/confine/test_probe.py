"""What doctor reports, compared with what really happens."""

from __future__ import annotations

import sys

import pytest

from llmspell.security.profiles import BUILTIN
from llmspell.worker.confine import probe

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")


def test_every_layer_that_a_profile_names_is_reported():
    found = probe.probe()
    named = {layer for profile in BUILTIN.values() for layer in profile["layers"]}
    assert named <= set(found)
    assert all(value.startswith(("available", "unavailable: ")) for key, value in found.items() if key != "system")


@linux_only
def test_what_is_available_is_enforced_and_what_is_not_says_so():
    found = probe.probe()
    for name, result in probe.self_test().items():
        layer = name.partition(":")[0]
        if found[layer].startswith("available"):
            assert result == "enforced", name
        else:
            assert result.startswith("unavailable"), name


@linux_only
def test_asking_names_the_system_and_five_layers(run):
    ended = run("from llmspell.worker.confine import probe\nsay(len(probe.probe()))")
    assert ended.words() == ["6"], ended.err


@linux_only
def test_an_act_that_a_layer_does_not_stop_is_reported_as_not_enforced():
    allowed = probe.Attempt("limits", "open a folder", "os.open('/', os.O_RDONLY)", "EPERM")
    assert probe.try_attempt(allowed) == "NOT enforced: allowed"


@linux_only
def test_a_kernel_without_landlock_is_reported(run):
    source = """
from llmspell.worker.confine import process, probe, seccomp
process.forbid_new_privileges()
seccomp.install([(0x20, 0, 0, 0), (0x15, 0, 1, 444), (6, 0, 0, 0x50000 | 38), (6, 0, 0, seccomp.ALLOW)])
say(probe.probe()["landlock"])
print([result for name, result in probe.self_test().items() if name.startswith("landlock")])
"""
    lines = run(source).out.splitlines()
    assert lines[0] == "unavailable: ENOSYS, function not implemented"
    assert lines[1] == str(["unavailable: ENOSYS, function not implemented"] * 2)


@linux_only
def test_a_python_that_does_not_start_is_not_taken_for_a_wall(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert probe.try_attempt(probe.ATTEMPTS[0]).startswith("NOT enforced: the test could not be run")


@linux_only
def test_a_child_that_fails_before_it_is_confined_is_not_taken_for_a_wall():
    broken = probe.Attempt("nothing", "nothing", "pass", "killed")
    assert probe.try_attempt(broken) == "NOT enforced: the confined process did not start (KeyError: 'nothing')"
