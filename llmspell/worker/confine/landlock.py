"""Landlock: from here on this process reaches only the given files, reads them only, and makes no connections.

Layers stack: each restricts further, none can be taken back. The numbers are those of linux/landlock.h."""

from __future__ import annotations

import errno
import os
import stat
from struct import pack

from llmspell.worker.confine.kernel import Buffer, syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1
_RULE_PATH_BENEATH = 1

_READ_FILE = 1 << 2
_READ_DIR = 1 << 3

# Rights on files, by the ABI that brought them: a right that a ruleset handles is denied wherever no rule grants it.
_FS_BY_ABI = (
    (1, (1 << 13) - 1),  # execute, write, read, list, remove, and make each kind of file
    (2, 1 << 13),  # link or rename across folders
    (3, 1 << 14),  # truncate
    (5, 1 << 15),  # ioctl on devices
)
_NET_BIND_AND_CONNECT_TCP = 0b11  # ABI 4
_SCOPE_ABSTRACT_SOCKETS = 0b01  # ABI 6
_SCOPE_SIGNALS = 0b10  # ABI 6


def abi() -> int:
    """The version of Landlock that the kernel offers. Raises OSError where it offers none."""
    return syscall(_CREATE_RULESET, 0, 0, _VERSION)


def restrict(readable: list[str]) -> int:
    """Deny all that Landlock can deny, except reading `readable` and what is below.

    Args:
        readable: Files and folders; what does not exist grants nothing. Empty: no path at all.

    Returns:
        The ABI used.

    Raises:
        OSError: The kernel refused; nothing is restricted.
    """
    version = abi()
    ruleset = _create_ruleset(version)
    try:
        for path in readable:
            _allow_reading(ruleset, path)
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def handled(version: int) -> list[bytes]:
    """The attributes of a ruleset for this ABI, fullest first.

    The later ones leave out what a kernel may lack although its ABI promises it: RHEL 9 says 6 and has no signal scope.
    """
    fs = sum(rights for since, rights in _FS_BY_ABI if since <= version)
    attributes: list[bytes] = []
    if version >= 6:
        attributes.append(pack("=QQQ", fs, _NET_BIND_AND_CONNECT_TCP, _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS))
        attributes.append(pack("=QQQ", fs, _NET_BIND_AND_CONNECT_TCP, _SCOPE_ABSTRACT_SOCKETS))
    if version >= 4:
        attributes.append(pack("=QQ", fs, _NET_BIND_AND_CONNECT_TCP))
    attributes.append(pack("=Q", fs))
    return attributes


def _create_ruleset(version: int) -> int:
    *fuller, plainest = handled(version)
    for attributes in fuller:
        try:
            return _create(attributes)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.E2BIG):
                raise
    return _create(plainest)


def _create(attributes: bytes) -> int:
    return syscall(_CREATE_RULESET, Buffer(attributes), len(attributes), 0)


def _allow_reading(ruleset: int, path: str) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        # The kernel refuses rights on a file that only a folder can have.
        rights = _READ_FILE | _READ_DIR if stat.S_ISDIR(os.fstat(descriptor).st_mode) else _READ_FILE
        syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, Buffer(pack("=Qi", rights, descriptor)), 0)
    finally:
        os.close(descriptor)
