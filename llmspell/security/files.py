"""Open, look at and copy files, each decided by the real path of what is opened. `paths` says what holds for all."""

from __future__ import annotations

import errno
import os
import shutil
import stat as stat_bits
from dataclasses import dataclass
from typing import BinaryIO, cast

from llmspell.errors import BadArgument, NotFound, ToolFailed
from llmspell.security.permissions import Decision
from llmspell.security.pinning import (
    O_NOFOLLOW,
    Decides,
    fail,
    located,
    nearest_real,
    pinned,
    placed,
    reopen,
    require,
    shown,
)

_ATTEMPTS = 16

# mode: (rights asked for, flags, may create, must create)
_MODES: dict[str, tuple[tuple[str, ...], int, bool, bool]] = {
    "r": (("read",), os.O_RDONLY, False, False),
    "r+": (("read", "write"), os.O_RDWR, False, False),
    "w": (("write",), os.O_WRONLY | os.O_TRUNC, True, False),
    "w+": (("read", "write"), os.O_RDWR | os.O_TRUNC, True, False),
    "a": (("write",), os.O_WRONLY | os.O_APPEND, True, False),
    "a+": (("read", "write"), os.O_RDWR | os.O_APPEND, True, False),
    "u": (("write",), os.O_WRONLY, False, False),
    "x": (("write",), os.O_WRONLY, True, True),
    "x+": (("read", "write"), os.O_RDWR, True, True),
}


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What is known of a file or folder.

    Attributes:
        path: The real path. `kind`: file, folder, link or other (a device, a socket, a FIFO).
        modified_s, accessed_s, changed_s: Seconds since 1970. `mode`: permission bits. `links`: names that it has.
    """

    path: str
    kind: str
    size: int
    modified_s: float
    accessed_s: float
    changed_s: float
    mode: int
    links: int


def open_path(
    path: str | bytes,
    mode: str,
    permissions: Decides,
    base: str = "",
    *,
    actor: str = "the script",
    allow_special: bool = False,
) -> BinaryIO:
    """Open a file, always binary.

    Args:
        mode: r, r+, w, w+, a, a+, x or x+, with or without a b; u, for update, writes to a file as it is. A `+` needs
            both `read` and `write`.
        base: The folder that relative paths start from; the current one when empty.
        actor: Who asks, for messages: "tool file-operations".
        allow_special: Devices, FIFOs and sockets too; a FIFO is then opened without waiting for its other end.

    Raises:
        PermissionDenied: The real path is not granted, or what is there is no regular file.
        NotFound: No such file; the hint names the nearest one.
        ToolFailed: is_a_folder, file_exists, access_refused, …
        BadArgument: The path or the mode is none.
    """
    plain_mode = mode.replace("b", "", 1)
    if plain_mode not in _MODES:
        raise BadArgument(f"no such way to open a file: {mode!r}", hint=f"one of {', '.join(_MODES)}")
    descriptor = _open(located(path, base), plain_mode, permissions, actor, allow_special=allow_special)
    # Appending to what cannot be sought (a FIFO) cannot be buffered both ways; "r+" of os.fdopen would try to seek.
    stream_mode = {"r": "rb", "a": "ab", "a+": "a+b", "r+": "r+b"}.get(plain_mode, "w+b" if "+" in mode else "wb")
    return cast("BinaryIO", os.fdopen(descriptor, stream_mode))


def stat(path: str | bytes, permissions: Decides, base: str = "", *, actor: str = "the script") -> FileInfo:
    """What is known of a file or folder, links followed. Needs `read`."""
    whole = located(path, base)
    try:
        with pinned(whole) as (pin, real):
            require(permissions, "read", real, actor)
            return _info(real, os.fstat(pin))
    except OSError as problem:
        fail(problem, whole, ("read",), permissions, actor)


def exists(path: str | bytes, permissions: Decides, base: str = "", *, actor: str = "the script") -> bool:
    """Whether a path leads to anything. Needs `read`, also where there is nothing."""
    try:
        stat(path, permissions, base, actor=actor)
    except NotFound:
        return False
    except ToolFailed as problem:
        if problem.code in ("not_a_folder", "link_loop", "name_too_long"):
            return False
        raise
    return True


def decide_path(kind: str, path: str | bytes, permissions: Decides, base: str = "") -> Decision:
    """The decision about a path's real place, without touching it; for questions such as `isFileAccessAllowed`."""
    return permissions.decide(kind, nearest_real(located(path, base)))


def copy(
    source: str | bytes,
    target: str | bytes,
    permissions: Decides,
    base: str = "",
    *,
    overwrite: bool = False,
    actor: str = "the script",
) -> int:
    """Copy a file's content and its permission bits. Needs `read` for the source and `write` for the target.

    Returns:
        How many bytes were copied.

    Raises:
        ToolFailed: same_file, file_exists (unless `overwrite`), is_a_folder, no_space, …
    """
    whole = located(target, base)
    with open_path(source, "r", permissions, base, actor=actor) as reader:
        info = os.fstat(reader.fileno())
        # Not truncated while it is opened: it may be the source under another name.
        flags_mode = "a" if overwrite else "x"
        descriptor = _open(whole, flags_mode, permissions, actor, extra_mode=info.st_mode & 0o777, append=False)
        with os.fdopen(descriptor, "wb") as writer:
            if os.path.samestat(info, os.fstat(descriptor)):
                raise ToolFailed("a file cannot be copied onto itself", code="same_file", details={"path": whole})
            try:
                os.ftruncate(descriptor, 0)
                shutil.copyfileobj(reader, writer, 1024 * 1024)
                return writer.tell()
            except OSError as problem:
                fail(problem, whole, ("write",), permissions, actor)


def _open(
    whole: str,
    mode: str,
    permissions: Decides,
    actor: str,
    *,
    allow_special: bool = False,
    extra_mode: int = 0o666,
    append: bool = True,
) -> int:
    kinds, flags, may_create, must_create = _MODES[mode]
    if not append:
        flags &= ~os.O_APPEND
    try:
        for _ in range(_ATTEMPTS):
            if not must_create:
                try:
                    return _open_existing(whole, kinds, flags, permissions, actor, allow_special)
                except FileNotFoundError:
                    if not may_create:
                        raise
            try:
                return _create(whole, kinds, flags, permissions, actor, extra_mode)
            except FileExistsError:
                # Somebody made it since, or it is a link to nothing, which O_EXCL refuses to write through.
                if must_create:
                    raise
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    except OSError as problem:
        fail(problem, whole, kinds, permissions, actor)


def _open_existing(
    whole: str, kinds: tuple[str, ...], flags: int, permissions: Decides, actor: str, allow_special: bool
) -> int:
    with pinned(whole) as (pin, real):
        for kind in kinds:
            require(permissions, kind, real, actor)
        mode = os.fstat(pin).st_mode
        if stat_bits.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat_bits.S_ISREG(mode) and not allow_special:
            raise ToolFailed(
                f"{shown(real)} is {_kind_word(mode)}, not a regular file", code="not_a_file", details={"path": real}
            )
        return reopen(pin, real, flags)


def _create(
    whole: str, kinds: tuple[str, ...], flags: int, permissions: Decides, actor: str, permission_bits: int
) -> int:
    if whole.endswith("/"):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    with placed(whole) as place:
        for kind in kinds:
            require(permissions, kind, place.path, actor)
        flags = (flags & ~os.O_TRUNC) | os.O_CREAT | os.O_EXCL | O_NOFOLLOW | os.O_CLOEXEC
        return os.open(place.name, flags, permission_bits, dir_fd=place.folder)


def _info(real: str, info: os.stat_result) -> FileInfo:
    return FileInfo(
        real,
        kind_of(info.st_mode),
        info.st_size,
        info.st_mtime,
        info.st_atime,
        info.st_ctime,
        stat_bits.S_IMODE(info.st_mode),
        info.st_nlink,
    )


def kind_of(mode: int) -> str:
    """A mode as a word: file, folder, link or other."""
    if stat_bits.S_ISREG(mode):
        return "file"
    if stat_bits.S_ISDIR(mode):
        return "folder"
    return "link" if stat_bits.S_ISLNK(mode) else "other"


def _kind_word(mode: int) -> str:
    if stat_bits.S_ISFIFO(mode):
        return "a FIFO"
    return "a socket" if stat_bits.S_ISSOCK(mode) else "a device"
