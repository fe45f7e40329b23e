"""The filters as programs, interpreted here: every call's verdict on both architectures, without a kernel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.worker.confine import seccomp
from llmspell.worker.confine import seccomp_tables as tables
from llmspell.worker.confine.seccomp import AARCH64, ALLOW, KILL, REFUSE, UNKNOWN, X86_64, Architecture

PID, CHANNEL = 4242, 7
ARCHITECTURES = pytest.mark.parametrize("architecture", [X86_64, AARCH64], ids=lambda it: it.name)


def verdict(program: list[seccomp.Instruction], audit: int, number: int, *arguments: int) -> int:
    """Run a filter as the kernel does: classic BPF over struct seccomp_data, here as its 16 words of 32 bits."""
    words = [number, audit, 0, 0]
    for argument in (*arguments, *[0] * (6 - len(arguments))):
        words += [argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF]
    accumulator, position = 0, 0
    while True:
        code, if_true, if_false, constant = program[position]
        position += 1
        match code:
            case 0x20:  # load a word
                assert constant % 4 == 0
                accumulator = words[constant // 4]
            case 0x54:  # and
                accumulator &= constant
            case 0x15:  # jump if equal
                position += if_true if accumulator == constant else if_false
            case 0x35:  # jump if not less
                position += if_true if accumulator >= constant else if_false
            case 0x06:  # return
                return constant
            case _:
                raise AssertionError(f"unexpected instruction {code:#x}")


def tight(architecture: Architecture, *, jit: bool = False, **fds: set[int]) -> list[seccomp.Instruction]:
    chosen = {"write_fds": {1, 2, CHANNEL}, "read_fds": {0, CHANNEL}} | fds
    return seccomp.tight_filter(architecture, PID, jit=jit, **chosen)


def coarse(architecture: Architecture, *, read_only: bool = True) -> list[seccomp.Instruction]:
    return seccomp.coarse_filter(architecture, PID, read_only=read_only)


def names_by_number(architecture: Architecture) -> dict[int, str]:
    return {number: name for name in tables.NUMBERS if (number := architecture.number(name)) is not None}


@ARCHITECTURES
def test_the_tight_filter_allows_the_needed_kills_for_the_listed_and_refuses_every_other_number(architecture):
    names, program = names_by_number(architecture), tight(architecture)
    checked = {call for call, _ in tables.tight_checks(PID, [], [], jit=False)}
    for number in range(600):
        name = names.get(number, "")
        if name in checked:
            continue
        expected = ALLOW if name in tables.NEEDED else KILL if name in tables.KILLED else REFUSE
        assert verdict(program, architecture.audit, number) == expected, (number, name)


@ARCHITECTURES
@pytest.mark.parametrize("read_only", [True, False])
def test_the_coarse_filter_refuses_the_listed_and_the_unread_and_allows_the_rest(architecture, read_only):
    names, program = names_by_number(architecture), coarse(architecture, read_only=read_only)
    refused = {*tables.TRIED_BY_IMPORTS, *tables.REFUSED, *(tables.CHANGES if read_only else ())}
    checked = {call for call, _ in (*tables.coarse_checks(PID), *tables.READING_OPENS)}
    for number in range(600):
        name = names.get(number, "")
        if name in checked:
            continue
        expected = REFUSE if name in refused else KILL if name in tables.KILLED else ALLOW
        if number >= tables.FIRST_UNREAD:
            expected = UNKNOWN
        assert verdict(program, architecture.audit, number) == expected, (number, name)


PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
HIGH_HALF = 1 << 32  # which the kernel ignores in these arguments

TIGHT_CASES = [
    ("write", (1,), ALLOW),
    ("write", (CHANNEL,), ALLOW),
    ("write", (0,), REFUSE),
    ("write", (3,), REFUSE),
    ("write", (HIGH_HALF | 3,), REFUSE),
    ("writev", (2,), ALLOW),
    ("writev", (9,), REFUSE),
    ("read", (0,), ALLOW),
    ("read", (CHANNEL,), ALLOW),
    ("read", (1,), REFUSE),
    ("readv", (0,), ALLOW),
    ("readv", (2,), REFUSE),
    ("mmap", (0, 4096, PROT_READ | PROT_WRITE), ALLOW),
    ("mmap", (0, 4096, PROT_READ | PROT_EXEC), REFUSE),
    ("mmap", (0, 4096, HIGH_HALF | PROT_EXEC), REFUSE),
    ("mprotect", (0, 4096, PROT_READ), ALLOW),
    ("mprotect", (0, 4096, PROT_EXEC), REFUSE),
    ("madvise", (0, 4096, 4), ALLOW),
    ("madvise", (0, 4096, 100), REFUSE),
    ("madvise", (0, 4096, 101), REFUSE),
    ("futex", (0, 0), ALLOW),
    ("futex", (0, 9 | 128 | 256), ALLOW),
    ("futex", (0, 6), REFUSE),
    ("futex", (0, 0x1000), REFUSE),
    ("tgkill", (PID, PID), ALLOW),
    ("tgkill", (PID, PID + 1), REFUSE),
    ("tgkill", (1, PID), REFUSE),
]


@ARCHITECTURES
@pytest.mark.parametrize(("call", "arguments", "expected"), TIGHT_CASES)
def test_the_tight_filter_looks_at_the_arguments(architecture, call, arguments, expected):
    assert verdict(tight(architecture), architecture.audit, architecture.number(call), *arguments) == expected


@ARCHITECTURES
@pytest.mark.parametrize(
    ("protection", "expected"),
    [
        (PROT_READ | PROT_WRITE, ALLOW),
        (PROT_READ | PROT_EXEC, ALLOW),
        (PROT_WRITE | PROT_EXEC, REFUSE),
        (PROT_READ | PROT_WRITE | PROT_EXEC, REFUSE),
    ],
)
@pytest.mark.parametrize("call", ["mmap", "mprotect"])
def test_a_compiler_gets_memory_that_is_executable_or_writable(architecture, call, protection, expected):
    program = tight(architecture, jit=True)
    assert verdict(program, architecture.audit, architecture.number(call), 0, 4096, protection) == expected


COARSE_CASES = [
    ("kill", (PID, 9), ALLOW),
    ("kill", (0, 9), REFUSE),
    ("kill", (-1, 9), REFUSE),
    ("kill", (-PID, 9), REFUSE),
    ("tkill", (PID, 9), ALLOW),
    ("tkill", (1, 9), REFUSE),
    ("tgkill", (PID, PID, 9), ALLOW),
    ("tgkill", (1, 1, 9), REFUSE),
    ("ioctl", (0, 0x5401), ALLOW),
    ("ioctl", (0, 0x5412), REFUSE),
    ("ioctl", (0, HIGH_HALF | 0x5412), REFUSE),
    ("fcntl", (0, 3), ALLOW),
    ("fcntl", (0, 8), REFUSE),
    ("fcntl", (0, 15), REFUSE),
    ("openat", (0, 0, 0o2000000), ALLOW),
    ("openat", (0, 0, 0o2000001), REFUSE),
    ("openat", (0, 0, 2), REFUSE),
    ("openat", (0, 0, 0o100), REFUSE),
    ("openat", (0, 0, 0o20200000), REFUSE),
    ("openat", (0, 0, 0o1000), REFUSE),
]


@ARCHITECTURES
@pytest.mark.parametrize(("call", "arguments", "expected"), COARSE_CASES)
def test_the_coarse_filter_looks_at_the_arguments(architecture, call, arguments, expected):
    assert verdict(coarse(architecture), architecture.audit, architecture.number(call), *arguments) == expected


def test_files_may_be_opened_for_writing_where_the_coarse_filter_is_the_only_one():
    program = coarse(X86_64, read_only=False)
    assert verdict(program, X86_64.audit, X86_64.number("openat"), 0, 0, 2) == ALLOW
    assert verdict(program, X86_64.audit, X86_64.number("open"), 0, 2) == ALLOW
    assert verdict(coarse(X86_64), X86_64.audit, X86_64.number("open"), 0, 2) == REFUSE


@pytest.mark.parametrize("build", [tight, coarse])
def test_calls_with_the_numbers_of_another_architecture_end_the_process(build):
    read = X86_64.number("getpid")
    assert verdict(build(X86_64), X86_64.audit, read) == ALLOW
    assert verdict(build(X86_64), AARCH64.audit, read) == KILL
    assert verdict(build(X86_64), 0x40000003, read) == KILL  # 32 bit x86
    assert verdict(build(X86_64), X86_64.audit, 0x40000000 | read) == KILL  # x32
    assert verdict(build(AARCH64), X86_64.audit, AARCH64.number("getpid")) == KILL


@pytest.mark.parametrize("call", ["read", "write"])
def test_without_descriptors_nothing_can_be_written_or_read(call):
    program = tight(X86_64, write_fds=set(), read_fds=set())
    assert verdict(program, X86_64.audit, X86_64.number(call), 0) == REFUSE
    assert verdict(tight(X86_64), X86_64.audit, X86_64.number(call), CHANNEL) == ALLOW


ALLOWED_BY_TIGHT = {*tables.NEEDED, *(call for call, _ in tables.tight_checks(PID, [], [], jit=False))}
word = st.integers(0, 2**64 - 1)


@given(
    architecture=st.sampled_from([X86_64, AARCH64]),
    number=st.one_of(st.integers(0, 600), st.integers(0, 2**32 - 1)),
    arguments=st.lists(word, min_size=6, max_size=6),
    jit=st.booleans(),
)
def test_no_number_or_argument_passes_the_tight_filter_but_those_of_its_list(architecture, number, arguments, jit):
    name = names_by_number(architecture).get(number, "")
    result = verdict(tight(architecture, jit=jit), architecture.audit, number, *arguments)
    assert result in (ALLOW, REFUSE, KILL)
    assert result != ALLOW or name in ALLOWED_BY_TIGHT


@given(fds=st.sets(st.integers(0, 1000), max_size=100), asked=st.integers(0, 1000))
def test_any_set_of_descriptors_is_filtered_exactly(fds, asked):
    program = tight(X86_64, write_fds=fds)
    assert verdict(program, X86_64.audit, X86_64.number("write"), asked) == (ALLOW if asked in fds else REFUSE)


@ARCHITECTURES
def test_a_filter_is_short_enough_for_the_kernel_and_jumps_within_itself(architecture):
    for program in (tight(architecture), tight(architecture, jit=True), coarse(architecture)):
        assert len(program) <= 4096
        for i, (_, if_true, if_false, _) in enumerate(program):
            assert max(if_true, if_false) <= 255
            assert i + 1 + max(if_true, if_false) < len(program) or program[i][0] == 0x06


def test_no_call_is_in_two_tables():
    listed = [*tables.KILLED, *tables.REFUSED, *tables.CHANGES, *tables.NEEDED]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(tables.NUMBERS)


@pytest.mark.parametrize("column", [0, 1])
def test_no_number_is_listed_twice(column):
    numbers = [row[column] for row in tables.NUMBERS.values() if row[column] is not None]
    assert len(numbers) == len(set(numbers))
    assert max(numbers) < tables.FIRST_UNREAD


@pytest.mark.parametrize(
    ("column", "header"),
    [(0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), (1, "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_those_of_the_system_headers(column, header):
    if not Path(header).exists():
        pytest.skip(f"{header} is not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text())
    numbers = {name: int(value) for name, value in found}
    compared = {name for name in tables.NUMBERS if name in numbers}
    assert len(compared) > 100
    for name in compared:
        assert tables.NUMBERS[name][column] == numbers[name], name
