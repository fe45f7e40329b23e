"""Hold a file or folder by descriptor first, learn its real path from the kernel, and only then decide.

A path says one thing when it is checked and another when it is opened, if somebody swaps a link in between. So a path
is looked up exactly once, into a *pin*: a descriptor without any rights (O_PATH on Linux). The kernel tells the pin's
real path, the decision is about that path, and whatever is done afterwards is done to the pinned object."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn, Protocol

from llmspell.errors import BadArgument, LLMSpellError, NotFound, PermissionDenied, SandboxUnavailable, ToolFailed
from llmspell.security.permissions import Decision, Permission
from llmspell.suggestions import did_you_mean

_PLATFORM: str = sys.platform  # a name of its own, so that the checker reads all branches
_ATTEMPTS = 32  # how often a lookup is made again when the file system changes under it
_MAX_PATH_CHARS = 16 * 1024  # longer than any system opens
_MAX_SUGGESTIONS = 300  # names looked at for "did you mean": comparing is slow, and the names may be a script's
_MAX_SUGGESTED_CHARS = 80

# O_PATH exists on Linux only; elsewhere the pin is an ordinary read descriptor that is never read from.
O_PIN = (getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_NONBLOCK", 0)) | getattr(os, "O_CLOEXEC", 0)
_F_GETPATH = 50  # of macOS's <sys/fcntl.h>; Python names it there only

O_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
O_DIRECTORY = getattr(os, "O_DIRECTORY", 0)


class Decides(Protocol):
    """Who answers for a path: `Permissions`, or a run's wrapper around them that also keeps the audit."""

    def decide(self, kind: str, subject: str) -> Decision:
        """Whether the real path may be used so."""

    def denied_beneath(self, kind: str, folder: str) -> Permission | None:
        """A deny rule for something inside the folder."""

    def describe_denial(self, decision: Decision, actor: str = ...) -> PermissionDenied:
        """The error for a refusal."""


@dataclass(slots=True)
class Place:
    """Where a path leads: the pinned folder that holds it, that folder's real path, and the name in it."""

    folder: int
    folder_path: str
    name: str

    @property
    def path(self) -> str:
        """The real path of the entry itself, which may be a link."""
        return join(self.folder_path, self.name)


def join(folder: str, name: str) -> str:
    """A name in a folder."""
    return f"{folder.rstrip('/')}/{name}"


def located(path: str | bytes, base: str) -> str:
    """The text that is handed to the kernel: `..` and links are the kernel's to resolve.

    Raises:
        BadArgument: It is empty, holds a NUL byte or cannot be a name on this system.
    """
    try:
        text = os.fsdecode(path)
        os.fsencode(text)
    except UnicodeError:
        raise BadArgument(f"the path {path!r} cannot be a name on this system") from None
    if not text:
        raise BadArgument("the path is empty", hint="name a file or folder; the current folder is .")
    if "\0" in text:
        raise BadArgument(f"the path {text!r} holds a NUL byte")
    if len(text) > _MAX_PATH_CHARS:
        raise ToolFailed(f"{shown(text[:200])}… is longer than a path can be", code="name_too_long")
    return os.path.join(base or os.getcwd(), text)


def kernel_path(pin: int) -> str:
    """The real path of what is held open, as the kernel knows it now.

    Raises:
        FileNotFoundError: It is held open still and has no path any more, or one in another mount namespace.
        SandboxUnavailable: This system does not tell.
    """
    if _PLATFORM == "linux":
        try:
            path = os.readlink(f"/proc/self/fd/{pin}")
        except FileNotFoundError:
            raise SandboxUnavailable(
                "files cannot be opened safely: /proc is not mounted", hint="mount /proc, as every distribution does"
            ) from None
    elif _PLATFORM == "darwin":
        import fcntl  # late: there is none on Windows

        path = os.fsdecode(fcntl.fcntl(pin, _F_GETPATH, b"\0" * 1024).partition(b"\0")[0])
    else:
        raise SandboxUnavailable("files cannot be opened safely on this system", hint="use Linux, macOS or WSL")
    # A removed file's path ends in " (deleted)", and another namespace's looks like one of ours: in both cases what is
    # at that path is not what is held.
    if not path.startswith("/") or not os.path.samestat(os.lstat(path), os.fstat(pin)):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return path


@contextmanager
def pinned(path: str, flags: int = 0) -> Iterator[tuple[int, str]]:
    """Look a path up once, following links: the pin, and its real path. OSError as of `open`."""
    pin, real = _pin(path, flags)
    try:
        yield pin, real
    finally:
        os.close(pin)


def _pin(path: str, flags: int) -> tuple[int, str]:
    attempts_left = _ATTEMPTS
    while True:
        attempts_left -= 1
        pin = os.open(path, O_PIN | flags)
        try:
            return pin, kernel_path(pin)
        except FileNotFoundError:
            os.close(pin)  # moved or removed meanwhile: what is there now?
            if not attempts_left:
                raise
        except BaseException:
            os.close(pin)
            raise


@contextmanager
def placed(whole: str) -> Iterator[Place]:
    """Pin the folder that a path's last name is in. OSError as of `open`; the name itself is not looked at.

    Raises:
        BadArgument: The path ends in no name: `/`, `.` or `..`.
    """
    folder, _, name = whole.rstrip("/").rpartition("/")
    if name in ("", ".", ".."):
        raise BadArgument(f"{shown(whole)} does not end in a name", hint="name the folder by its own name")
    with pinned(folder or "/", O_DIRECTORY) as (pin, real):
        yield Place(pin, real, name)


def reopen(pin: int, real: str, flags: int) -> int:
    """Open what is pinned with rights. Never another file, whatever its name leads to by now.

    `flags` must not create. A FIFO does not block: it is opened with O_NONBLOCK.
    """
    flags |= os.O_CLOEXEC | os.O_NONBLOCK
    if _PLATFORM == "linux":
        return os.open(f"/proc/self/fd/{pin}", flags)
    # Elsewhere the object is opened by its path again and compared; truncation has to wait until then.
    descriptor = os.open(real, (flags & ~os.O_TRUNC) | O_NOFOLLOW)
    if not os.path.samestat(os.fstat(descriptor), os.fstat(pin)):
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), real)
    if flags & os.O_TRUNC:
        os.ftruncate(descriptor, 0)
    return descriptor


def require(permissions: Decides, kind: str, real: str, actor: str) -> None:
    """Decide about a real path.

    Raises:
        PermissionDenied: With the flag that would allow it.
    """
    decision = permissions.decide(kind, real)
    if not decision.allowed:
        raise permissions.describe_denial(decision, actor)


def unaudited(permissions: Decides) -> Decides:
    """For questions that nobody asked, such as which names to suggest: they are no attempts and belong in no audit.

    A wrapper that audits offers the rules beneath it as `quiet()`.
    """
    quiet = getattr(permissions, "quiet", None)
    return quiet() if callable(quiet) else permissions


def nearest_real(whole: str) -> str:
    """The real path that a path would have: of the nearest folder that exists, and the rest as it is written."""
    rest: list[str] = []
    head = whole
    while True:
        try:
            with pinned(head) as (_, real):
                return os.path.normpath("/".join((real, *reversed(rest)))) if rest else real
        except OSError:
            parent, _, name = head.rstrip("/").rpartition("/")
            if not name:
                return os.path.normpath(whole)
            rest.append(name)
            head = parent or "/"


def fail(problem: OSError, whole: str, kinds: tuple[str, ...], permissions: Decides, actor: str) -> NoReturn:
    """Translate what the system said about a path; first refuse, where even that would tell of a place not granted.

    Raises:
        PermissionDenied: The path, as far as it exists, is not granted.
        NotFound: `file_not_found`.
        ToolFailed: With a code of its own: is_a_folder, not_a_folder, file_exists, access_refused, name_too_long, …
    """
    real = nearest_real(whole)
    for kind in kinds:
        require(permissions, kind, real, actor)
    raise system_error(problem, real, permissions) from problem


_CODES = {
    errno.EISDIR: ("is_a_folder", "{} is a folder"),
    errno.ENOTDIR: ("not_a_folder", "{} goes through something that is not a folder"),
    errno.EEXIST: ("file_exists", "{} exists already"),
    errno.ENOTEMPTY: ("folder_not_empty", "{} is not empty"),
    errno.EACCES: ("access_refused", "the operating system refuses access to {}"),
    errno.EPERM: ("access_refused", "the operating system refuses access to {}"),
    errno.EROFS: ("access_refused", "{} is on a file system that cannot be written"),
    errno.ENAMETOOLONG: ("name_too_long", "{} is longer than a path can be"),
    errno.ELOOP: ("link_loop", "{} is a link that leads nowhere"),
    errno.ENOSPC: ("no_space", "there is no space left for {}"),
    errno.EDQUOT: ("no_space", "there is no space left for {}"),
    errno.EXDEV: ("other_file_system", "{} is on another file system"),
    errno.ETXTBSY: ("file_busy", "{} is a program that runs"),
    errno.EBUSY: ("file_busy", "{} is in use"),
    errno.EFBIG: ("file_too_large", "{} would be larger than a file can be"),
}


def system_error(problem: OSError, path: str, permissions: Decides) -> LLMSpellError:
    """The error for what the system said about a path that is granted."""
    name = shown(path if len(path) < 500 else path[:200] + "…")
    if problem.errno == errno.ENOENT:
        hint = _suggestion(path, permissions)
        return NotFound(f"no such file or folder: {name}", hint=hint, code="file_not_found", details={"path": path})
    code, message = _CODES.get(problem.errno or 0, ("file_error", "{} cannot be used: " + str(problem.strerror)))
    return ToolFailed(message.format(name), code=code, details={"path": path})


def _suggestion(path: str, permissions: Decides) -> str:
    """The nearest name beside a missing one, where that folder may be read anyway."""
    folder, _, name = path.rpartition("/")
    if len(name) > _MAX_SUGGESTED_CHARS:
        return ""
    permissions = unaudited(permissions)
    try:
        with pinned(folder or "/", O_DIRECTORY) as (pin, real):
            if not permissions.decide("read", real).allowed:
                return ""
            listing = reopen(pin, real, os.O_RDONLY | O_DIRECTORY)
            try:
                with os.scandir(listing) as entries:
                    names = [it.name for it, _ in zip(entries, range(_MAX_SUGGESTIONS), strict=False)]
            finally:
                os.close(listing)
    except OSError:
        return ""
    short = [it for it in names if it.isprintable() and len(it) <= _MAX_SUGGESTED_CHARS]
    visible = [it for it in short if permissions.decide("read", join(real, it)).allowed]
    return did_you_mean(name, visible)


def shown(text: str) -> str:
    """A path for a message, escaped where it holds what would disturb a terminal."""
    return text if text.isprintable() else repr(text)[1:-1]
