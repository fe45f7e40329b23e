"""What every confined process gives up, whatever its profile."""

from __future__ import annotations

import os
import select
import signal
import subprocess

import pytest

NONE = "layers=()"


def test_every_descriptor_is_closed_but_the_kept_ones(run):
    source = f"""
r, w = os.pipe(); far = os.dup2(w, 300)
before = [outcome(lambda: os.fstat(fd)) for fd in (r, w, far, 0, 1, 2)]
coarse({NONE}, keep=(1, w))
say(*before, *[outcome(lambda: os.fstat(fd)) for fd in (r, w, far, 0, 1, 2)])
"""
    assert run(source).words() == ["ok"] * 6 + ["EBADF", "ok", "EBADF", "EBADF", "ok", "EBADF"]


def test_descriptors_are_closed_without_close_range_too(run):
    source = f"""
from llmspell.worker.confine import kernel
real = kernel.libc
def libc(name, *arguments):
    if name == "close_range": raise OSError(errno.ENOSYS, "absent")
    return real(name, *arguments)
kernel.libc = libc
r, w = os.pipe(); far = os.dup2(w, 300)
say(coarse({NONE}, keep=(0, 1, 2, r))["closed_descriptors"])
say(*[outcome(lambda: os.fstat(fd)) for fd in (r, w, far)])
"""
    assert run(source).words() == ["active", "ok", "EBADF", "EBADF"]


def test_its_memory_is_hidden_and_no_core_is_written(run):
    source = f"""
import resource
dumpable = lambda: library.prctl(3, 0, 0, 0, 0)
before = dumpable()
report = coarse({NONE})
say(before, dumpable(), *resource.getrlimit(resource.RLIMIT_CORE), report["not_dumpable"], report["no_core_files"])
"""
    assert run(source).words() == ["1", "0", "0", "0", "active", "active"]


def test_new_privileges_are_forbidden_when_asked_for(run):
    source = """
from llmspell.worker.confine.process import has_no_new_privileges
coarse(layers=()); say(has_no_new_privileges())
say(coarse(layers={"no_new_privs"})["no_new_privs"], has_no_new_privileges())
"""
    assert run(source).words() == ["False", "active", "True"]


def test_a_process_whose_host_is_gone_already_ends_at_once(run):
    enter = "confine.enter_coarse(frozenset(), {}, readable=[], keep_fds={0, 1, 2}, host_pid=%s)\nsay('alive')"
    assert run(enter % "1 << 22").code == 71
    assert run(enter % "os.getppid()").words() == ["alive"]


ECHO = """
%s
os.write(int(sys.argv[3]), b"ready")
while byte := os.read(int(sys.argv[2]), 1): os.write(int(sys.argv[3]), byte)
"""

# A host that starts the worker, and then waits for its own end.
HOST = """
import subprocess
command, fds = sys.argv[4:], (int(sys.argv[2]), int(sys.argv[3]))
subprocess.Popen([*command, *map(str, fds)], pass_fds=fds, env={})
for fd in fds: os.close(fd)
signal.pause()
"""


@pytest.mark.parametrize("confined", [True, False])
def test_the_process_ends_with_its_host_and_one_without_the_signal_does_not(start, confined):
    control_read, control_write = os.pipe()
    out_read, out_write = os.pipe()
    lock = "lock(write=(int(sys.argv[3]),), read=(int(sys.argv[2]),), keep=map(int, sys.argv[2:4]))"
    worker = start(ECHO % (lock if confined else ""))
    command = start(HOST, str(control_read), str(out_write), *worker)
    host = subprocess.Popen(command, pass_fds=(control_read, out_write), env={})
    os.close(control_read)
    os.close(out_write)
    try:
        assert read_within(out_read, 10) == b"ready"
        os.write(control_write, b"1")
        assert read_within(out_read, 10) == b"1"
        host.send_signal(signal.SIGKILL)
        host.wait(10)
        if confined:
            assert read_within(out_read, 10) == b""  # the end of its last writer
        else:
            os.write(control_write, b"2")
            assert read_within(out_read, 10) == b"2"
    finally:
        host.kill()
        host.wait(10)
        os.close(control_write)  # which ends an unconfined worker
        while read_within(out_read, 10):
            pass
        os.close(out_read)


def read_within(descriptor: int, limit_s: float) -> bytes:
    ready, _, _ = select.select([descriptor], [], [], limit_s)
    assert ready, "nothing was written, and the other end is still open"
    return os.read(descriptor, 100)
