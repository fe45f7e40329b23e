"""System call filters: build them for an architecture, install them in this process.

A filter is a program in classic BPF that the kernel runs at every system call. Here it is a list of blocks, each of
which compares the call's number and ends in a verdict, so that every block can be read (and tested) by itself:

* a *set*: these numbers → one verdict
* a *check*: this number, and its arguments meet every condition → one verdict, otherwise another

The first block that matches decides; then comes the default. What is in the blocks is in `seccomp_tables`."""

from __future__ import annotations

import os
import sys
from struct import pack

from llmspell.worker.confine import seccomp_tables as tables
from llmspell.worker.confine.kernel import Buffer, syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.worker.confine.seccomp_tables import Check

    Instruction = tuple[int, int, int, int]  # struct sock_filter: code, jump if true, jump if false, constant

ALLOW = 0x7FFF0000
KILL = 0x80000000  # the whole process, by SIGSYS
REFUSE = 0x00050000 | 1  # EPERM
UNKNOWN = 0x00050000 | 38  # ENOSYS

_LOAD, _JUMP_EQUAL, _JUMP_NOT_LESS, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_X32 = 0x40000000  # set in the numbers of x86-64's third ABI
_SET_MODE_FILTER, _ALL_THREADS = 1, 1


class Architecture:
    """What differs between processors: the audit number, and which column of the tables holds the call numbers."""

    __slots__ = ("audit", "column", "name")

    def __init__(self, name: str, audit: int, column: int) -> None:
        self.name = name
        self.audit = audit
        self.column = column

    def number(self, call: str) -> int | None:
        """The call's number, or None where this architecture has no such call."""
        return tables.NUMBERS[call][self.column]

    def numbers(self, calls: Iterable[str]) -> list[int]:
        return [number for number in map(self.number, calls) if number is not None]


X86_64 = Architecture("x86_64", 0xC000003E, 0)
AARCH64 = Architecture("aarch64", 0xC00000B7, 1)
ARCHITECTURES = {architecture.name: architecture for architecture in (X86_64, AARCH64)}


def this_architecture() -> Architecture | None:
    """The running one, or None when there is no table for it (or the interpreter is a 32 bit one)."""
    return ARCHITECTURES.get(os.uname().machine) if sys.maxsize > 2**32 else None


def coarse_filter(architecture: Architecture, pid: int, *, read_only: bool) -> list[Instruction]:
    """The filter of the first stage: everything but what reaches other processes, the network or the machine.

    Args:
        pid: The one process that may be signalled.
        read_only: Also refuse whatever changes a file or its attributes. Landlock, where it works, stops writing too,
            but nobody's chmod.
    """
    program = _prologue(architecture)
    program += _set(architecture.numbers((*tables.TRIED_BY_IMPORTS, *tables.REFUSED)), REFUSE)
    program += _set(architecture.numbers(tables.KILLED), KILL)
    for check in tables.coarse_checks(pid):
        program += _check(architecture, check)
    if read_only:
        program += _set(architecture.numbers(tables.CHANGES), REFUSE)
        for check in tables.READING_OPENS:
            program += _check(architecture, check)
    # Calls newer than these tables: nobody here has looked at them, and every program copes with their absence.
    program += [(_JUMP_NOT_LESS, 0, 1, tables.FIRST_UNREAD), (_RETURN, 0, 0, UNKNOWN)]
    return [*program, (_RETURN, 0, 0, ALLOW)]


def tight_filter(
    architecture: Architecture, pid: int, *, write_fds: set[int], read_fds: set[int], jit: bool
) -> list[Instruction]:
    """The filter of the second stage: only what a loaded interpreter needs to compute and to speak with the host.

    Args:
        write_fds: The descriptors that may be written to.
        read_fds: The descriptors that may be read from.
        jit: Allow executable memory, though never writable at the same time. LuaJIT's compiler needs it.
    """
    program = _prologue(architecture)
    for check in tables.tight_checks(pid, sorted(write_fds), sorted(read_fds), jit=jit):
        program += _check(architecture, check)
    program += _set(architecture.numbers(tables.NEEDED), ALLOW)
    program += _set(architecture.numbers(tables.KILLED), KILL)
    return [*program, (_RETURN, 0, 0, REFUSE)]


def install(program: list[Instruction]) -> None:
    """Put this process, with any threads that it may have, behind the filter for good.

    Raises:
        OSError: The kernel refused; the filter is not in force.
    """
    architecture = this_architecture()
    if architecture is None:
        raise OSError(38, f"no system call table for {os.uname().machine}")
    filters = Buffer(b"".join(pack("=HBBI", *instruction) for instruction in program))
    header = Buffer(pack("@HP", len(program), filters.address))
    call = architecture.number("seccomp")
    assert call is not None
    thread = syscall(call, _SET_MODE_FILTER, _ALL_THREADS, header)
    if thread:
        raise OSError(1, f"thread {thread} cannot be put behind the filter")


def _prologue(architecture: Architecture) -> list[Instruction]:
    """Leave the call's number in the accumulator, having killed callers of another architecture's numbers."""
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture.audit),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if architecture is X86_64:
        program += [(_JUMP_NOT_LESS, 0, 1, _X32), (_RETURN, 0, 0, KILL)]
    return program


def _set(numbers: list[int], verdict: int) -> list[Instruction]:
    """Any of `numbers` → verdict; otherwise go on with the number still in the accumulator."""
    last = len(numbers) - 1
    assert 0 <= last < 255, "a jump reaches 255 instructions"
    jumps: list[Instruction] = [
        (_JUMP_EQUAL, last - i, 1 if i == last else 0, number) for i, number in enumerate(numbers)
    ]
    return [*jumps, (_RETURN, 0, 0, verdict)]


def _check(architecture: Architecture, check: Check) -> list[Instruction]:
    """The call, with every condition met → ALLOW, otherwise REFUSE; another call → go on, number in the accumulator.

    A condition compares the low half of an argument: the kernel takes descriptors, flags, process ids and protections
    from there, and ignores the other half.
    """
    call, conditions = check
    number = architecture.number(call)
    if number is None:
        return []
    body: list[Instruction] = []
    for argument, mask, values in conditions:
        body.append((_LOAD, 0, 0, _ARGUMENTS + 8 * argument))
        if mask != tables.ALL_BITS:
            body.append((_AND, 0, 0, mask))
        for i, value in enumerate(values):
            body.append((_JUMP_EQUAL, len(values) - i, 0, value))  # over the remaining ones and the refusal
        body.append((_RETURN, 0, 0, REFUSE))
    body.append((_RETURN, 0, 0, ALLOW))
    assert len(body) < 256, "a jump reaches 255 instructions"
    return [(_JUMP_EQUAL, 0, len(body), number), *body]
