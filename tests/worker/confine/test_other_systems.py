"""What can be checked here of the code for macOS and Windows: the data that it hands to them, and its reports."""

from __future__ import annotations

import sys
from struct import unpack

import pytest

from llmspell.worker.confine import seatbelt, windows


def test_a_seatbelt_profile_denies_by_default_and_reads_the_given_folders():
    text = seatbelt.profile(["/opt/python", '/odd "name"\\'])
    assert text.splitlines()[:2] == ["(version 1)", "(deny default)"]
    assert '(allow file-read* (subpath "/opt/python") (subpath "/odd \\"name\\"\\\\"))' in text
    assert "write" not in text
    assert "network" not in text


def test_a_seatbelt_profile_without_folders_reads_nothing():
    assert "file-read" not in seatbelt.profile([])


def test_a_job_object_limits_memory_time_and_processes():
    limits = windows.extended_limits({"memory_bytes": 512, "cpu_s": 2.5}, alone=True)
    assert len(limits) == 144  # sizeof(JOBOBJECT_EXTENDED_LIMIT_INFORMATION) on 64 bit Windows
    ticks, _, flags, _, _, processes = unpack("@qqIQQI", limits[:44])
    assert (ticks, flags, processes) == (25_000_000, 0x250A, 1)
    assert unpack("@Q", limits[112:120]) == (512,)


def test_a_job_object_without_limits_sets_none():
    limits = windows.extended_limits({"memory_bytes": None}, alone=False)
    assert unpack("@qqIQQI", limits[:44]) == (0, 0, 0x2400, 0, 0, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="job objects work there")
def test_a_job_object_that_cannot_be_had_is_reported():
    report = windows.enter_coarse(frozenset({"limits", "seccomp"}), {})
    assert report["limits"] == report["job_object"] == "unavailable: job objects exist on Windows only"
    assert report["seccomp"].startswith("unavailable")


def test_an_unknown_system_has_no_layer(run):
    source = """
sys.platform = "plan9"
say(confine.enter_coarse(frozenset({"seccomp"}), {}, readable=[], keep_fds=set(), host_pid=0)["seccomp"])
say(confine.enter_tight(frozenset({"seccomp"}), write_fds=set(), read_fds=set()))
"""
    assert run(source).out.splitlines() == ["unavailable: not implemented for plan9", "{}"]


def test_the_macos_stage_closes_descriptors_and_reports_what_is_missing(run):
    # Linux has no sandbox_init: the report must say so, whatever else worked.
    source = """
from llmspell.worker.confine import seatbelt
limits = {"memory_bytes": 1 << 30, "cpu_s": 10}
report = seatbelt.enter_coarse(
    frozenset({"limits", "no_new_privs", "seccomp"}), limits, readable=[], keep_fds={1, 2}, host_pid=0
)
say(outcome(lambda: os.fstat(0)))
for layer in ("limits", "no_new_privs", "seccomp", "seatbelt", "parent_death_signal"): say(report[layer].split(":")[0])
"""
    ended = run(source)
    assert ended.words() == ["EBADF"] + ["unavailable"] * 5, ended.err
