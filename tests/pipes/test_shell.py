"""Scripts as parts of pipelines, in a real shell."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BOTH = pytest.mark.parametrize("suffix", ["lua", "py"])
Bash = Callable[..., subprocess.CompletedProcess[bytes]]
BLOCK = bytes(range(256)) * 4096
GIB_BLOCKS = 1024
# Writes blocks, and reads what comes back, without a file on disk. Prints the digest and the peak of every process.
ROUND_TRIP = """
import hashlib, os, subprocess, sys, threading
block = bytes(range(256)) * 4096
process = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def feed():
    with process.stdin as stdin:
        for _ in range(int(sys.argv[1])):
            stdin.write(block)
threading.Thread(target=feed).start()
digest = hashlib.sha256()
while chunk := os.read(process.stdout.fileno(), 1 << 20):
    digest.update(chunk)
_, status, usage = os.wait4(process.pid, 0)
print(digest.hexdigest(), status, usage.ru_maxrss)
"""


@BOTH
@pytest.mark.timeout(240)
def test_a_gigabyte_passes_unchanged_in_constant_memory(bash: Bash, folder: Path, suffix: str) -> None:
    (folder / "round_trip.py").write_text(ROUND_TRIP)
    done = bash(f"{sys.executable} round_trip.py {GIB_BLOCKS} llmspell run cat.{suffix}", limit_s=200)
    digest, status, peak_kib = done.stdout.split()
    expected = hashlib.sha256()
    for _ in range(GIB_BLOCKS):
        expected.update(BLOCK)
    assert (digest.decode(), status, done.stderr) == (expected.hexdigest(), b"0", b"")
    assert int(peak_kib) < 60 * 1024


@BOTH
def test_a_reader_that_has_had_enough_ends_an_endless_script_quietly(bash: Bash, suffix: str) -> None:
    done = bash(f"llmspell run endless.{suffix} | head -1; echo ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == (b"y\n141\n", b"")


@BOTH
def test_a_closed_stdin_reads_as_empty(bash: Bash, suffix: str) -> None:
    done = bash(f"llmspell run cat.{suffix} <&-; echo $?")
    assert (done.stdout, done.stderr) == (b"0\n", b"")


@BOTH
@pytest.mark.parametrize(
    ("target", "reason"), [(">&-", b"bad file descriptor"), (">/dev/full", b"no space left on device")]
)
def test_output_that_cannot_be_written_is_74_and_says_why(bash: Bash, suffix: str, target: str, reason: bytes) -> None:
    done = bash(f"llmspell run hello.{suffix} {target}")
    assert done.returncode == 74
    assert b"cannot write to stdout" in done.stderr
    assert reason in done.stderr.lower()


@BOTH
def test_a_script_that_prints_nothing_does_not_need_stdout(bash: Bash, folder: Path, suffix: str) -> None:
    (folder / f"silent.{suffix}").write_text("x = 1\n")
    assert bash(f"llmspell run silent.{suffix} >&-").returncode == 0


@BOTH
def test_without_a_terminal_everything_works(bash: Bash, suffix: str) -> None:
    done = bash(f"echo hi | setsid --wait llmspell run cat.{suffix}")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"hi\n", b"")


@BOTH
def test_a_loop_keeps_the_lines_that_the_script_did_not_ask_for(bash: Bash, suffix: str) -> None:
    done = bash(f"seq 3 | while read n; do llmspell run echo.{suffix} $n; done")
    assert (done.stdout, done.stderr) == (b"1\n2\n3\n", b"")


@BOTH
def test_eight_at_once_write_whole_lines(bash: Bash, suffix: str) -> None:
    done = bash(f"seq 16 | xargs -P8 -n1 llmspell run echo.{suffix} | sort -n")
    assert done.stdout.split() == [str(it).encode() for it in range(1, 17)]
    assert done.stderr == b""


@BOTH
def test_runs_at_once_share_state_and_journal(bash: Bash, suffix: str) -> None:
    done = bash(f"for i in 1 2 3 4; do llmspell run state.{suffix} $i & done; wait")
    assert (done.stdout, done.stderr) == (b"done\n" * 4, b"")


@BOTH
def test_a_background_job_is_waited_for(bash: Bash, suffix: str) -> None:
    done = bash(f"llmspell run hello.{suffix} & wait $!; echo $?")
    assert (done.stdout, done.stderr) == (b"hello\n0\n", b"")


@BOTH
def test_json_leaves_stdout_to_the_envelope(bash: Bash, suffix: str) -> None:
    done = bash(f'llmspell run --json hello.{suffix} | grep -o \'"outcome":"ok"\'')
    assert (done.stdout, done.stderr) == (b'"outcome":"ok"\n', b"hello\n")


@BOTH
def test_a_script_that_does_not_read_does_not_wait_for_its_producer(bash: Bash, suffix: str) -> None:
    # The producer holds the pipe open until the script has ended; a script that was made to read would never end.
    done = bash(f"mkfifo gate; (exec 9>gate; llmspell run hello.{suffix} <&8) 8< <(cat gate)")
    assert (done.stdout, done.stderr) == (b"hello\n", b"")


@BOTH
def test_a_line_of_a_hundred_megabytes_is_one_line(bash: Bash, suffix: str) -> None:
    done = bash(f"head -c 100000000 /dev/zero | tr '\\0' x | llmspell run lines.{suffix}")
    assert (done.stdout, done.stderr) == (b"100000000\n", b"")


@BOTH
def test_binary_input_is_unharmed(bash: Bash, suffix: str) -> None:
    data = os.urandom(1 << 20) + b"\r\n\x00\x1b[31m\xff\xfe"
    assert bash(f"llmspell run cat.{suffix}", stdin=data).stdout == data


@BOTH
def test_an_executable_file_starts_by_its_first_line(bash: Bash, folder: Path, suffix: str) -> None:
    script = folder / f"tool.{suffix}"
    script.write_text('#!/usr/bin/env llmspell\nprint("started")\n')
    script.chmod(0o755)
    assert bash(f"./tool.{suffix} | cat").stdout == b"started\n"


@pytest.mark.parametrize("engine", ["lua54", "luajit"])
def test_lua_flushes_what_it_has_written(bash: Bash, engine: str) -> None:
    source = 'io.write("a"); io.stdout:flush(); io.flush(); io.stderr:write("b")'
    assert bash(f"llmspell eval --engine {engine} '{source}' 2>&1").stdout == b"ab"


@BOTH
def test_a_pipe_that_another_program_made_non_blocking_loses_nothing(
    folder: Path, environment: dict[str, str], suffix: str
) -> None:
    text = {"lua": "for i = 1, 60000 do print(i) end", "py": "for i in range(1, 60001):\n    print(i)"}[suffix]
    (folder / f"count.{suffix}").write_text(text + "\n")
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    argv = [str(folder / "bin" / "llmspell"), "run", f"count.{suffix}"]
    with subprocess.Popen(argv, cwd=folder, env=environment, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        with open(reader, "rb") as written:
            # The pipe holds less than is written, and the script is done only when this has read the rest.
            assert written.read().split() == [str(it).encode() for it in range(1, 60001)]
        assert process.stderr is not None
        assert (process.wait(), process.stderr.read()) == (0, b"")
