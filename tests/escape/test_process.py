"""S1 to S5: what the worker process has, seen from outside while it waits."""

from __future__ import annotations

import os
import re
import select
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
BOTH = pytest.mark.parametrize("suffix", ["lua", "py"])
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="a worker's memory is hidden from everybody but root")
Waiting = Callable[..., tuple["subprocess.Popen[bytes]", int]]


def holds(pid: int, needle: bytes) -> bool:
    """Whether the memory of a process has these bytes."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if found is None or line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            start, end = (int(it, 16) for it in found.groups())
            memory.seek(start)
            try:
                if needle in memory.read(end - start):
                    return True
            except OSError:  # a hole in a mapped file
                pass
    return False


@AS_ROOT
@BOTH
def test_s1_a_key_of_the_host_is_not_in_the_workers_memory(waiting: Waiting, suffix: str) -> None:
    canary = b"canary-" + os.urandom(8).hex().encode()
    host, worker = waiting(suffix, {"EXAMPLE_API_KEY": canary.decode()})
    assert not holds(worker, canary)
    assert holds(host.pid, canary)  # the search finds what is there


@BOTH
def test_s2_nothing_of_the_hosts_environment_is_in_the_workers(waiting: Waiting, suffix: str) -> None:
    host, worker = waiting(suffix)
    if os.geteuid() == 0:
        found = Path(f"/proc/{worker}/environ").read_bytes().strip(b"\0")
        assert re.fullmatch(b"PYTHONHASHSEED=[0-9]{1,10}" if suffix == "py" else b"", found)
    assert b"HOME=" in Path(f"/proc/{host.pid}/environ").read_bytes()


def test_s2_a_script_without_language_rules_finds_no_variable_of_the_hosts(python: Callable[..., object]) -> None:
    source = "import os\nprint(os.environ.get('CANARY'))"
    assert python(source, env={"CANARY": "found"}).stdout == "None\n"  # type: ignore[attr-defined]


@AS_ROOT
@BOTH
def test_s3_it_holds_its_streams_and_one_channel(waiting: Waiting, suffix: str) -> None:
    extra = os.open("/dev/null", os.O_RDONLY)
    try:
        host, worker = waiting(suffix, pass_fds=(extra,))
        assert sorted(os.listdir(f"/proc/{worker}/fd"), key=int) == ["0", "1", "2", "3"]
        assert stat.S_ISSOCK(os.stat(f"/proc/{worker}/fd/3").st_mode)
        assert str(extra) in os.listdir(f"/proc/{host.pid}/fd")
    finally:
        os.close(extra)


@BOTH
def test_s4_it_ends_with_its_host(waiting: Waiting, suffix: str) -> None:
    host, worker = waiting(suffix)
    watched = os.pidfd_open(worker)
    try:
        assert select.select([watched], [], [], 0)[0] == []  # it waits
        host.kill()
        assert select.select([watched], [], [], 10)[0] == [watched]
    finally:
        os.close(watched)


@BOTH
def test_s5_its_memory_is_hidden_and_no_core_is_written(waiting: Waiting, suffix: str) -> None:
    host, worker = waiting(suffix)
    assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{worker}/limits").read_text())
    if os.geteuid() != 0:
        Path(f"/proc/{host.pid}/environ").read_bytes()
        with pytest.raises(PermissionError):
            Path(f"/proc/{worker}/environ").read_bytes()
