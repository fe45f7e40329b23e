"""List, make, remove and move folders and their entries. `paths` says what holds for all.

Everything below a folder that was decided about goes by that folder's descriptor, never by its path again."""

from __future__ import annotations

import errno
import os
import stat as stat_bits
from dataclasses import dataclass

from llmspell.errors import BadArgument, PermissionDenied, ToolFailed
from llmspell.security.files import copy, kind_of
from llmspell.security.pinning import (
    O_DIRECTORY,
    O_NOFOLLOW,
    O_PIN,
    Decides,
    Place,
    fail,
    join,
    located,
    pinned,
    placed,
    reopen,
    require,
    shown,
    unaudited,
)

MAX_ENTRIES = 100_000  # of one listing, and of one tree that is removed
MAX_DEPTH = 200  # of a tree that is removed; each level holds a descriptor


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder. A link is not followed; its size is that of the link."""

    name: str
    kind: str
    size: int
    modified_s: float


def list_dir(path: str | bytes, permissions: Decides, base: str = "", *, actor: str = "the script") -> list[Entry]:
    """The entries of a folder, sorted by name. Needs `read`. What a rule denies is left out."""
    whole = located(path, base)
    try:
        with pinned(whole, O_DIRECTORY) as (pin, real):
            require(permissions, "read", real, actor)
            listing = reopen(pin, real, os.O_RDONLY | O_DIRECTORY)
            try:
                quiet = unaudited(permissions)
                return [it for it in _entries(listing, real) if quiet.decide("read", join(real, it.name)).allowed]
            finally:
                os.close(listing)
    except OSError as problem:
        fail(problem, whole, ("read",), permissions, actor)


def make_dir(
    path: str | bytes,
    permissions: Decides,
    base: str = "",
    *,
    parents: bool = True,
    exist_ok: bool = True,
    actor: str = "the script",
) -> str:
    """Make a folder, and those above it where `parents`. Needs `write` for each that is made.

    Returns:
        The real path.
    """
    whole = located(path, base).rstrip("/") or "/"
    try:
        return _make_dir(whole, permissions, actor, parents=parents, exist_ok=exist_ok)
    except OSError as problem:
        fail(problem, whole, ("write",), permissions, actor)


def remove(
    path: str | bytes, permissions: Decides, base: str = "", *, recursive: bool = False, actor: str = "the script"
) -> int:
    """Remove a file, a link (not what it leads to) or an empty folder; a whole tree where `recursive`. Needs `write`.

    Returns:
        How many files and folders were removed.

    Raises:
        PermissionDenied: Also where a rule denies something inside the tree; nothing was removed then.
        ToolFailed: folder_not_empty, too_many_entries (counted before anything is removed), …
    """
    whole = located(path, base)
    try:
        with placed(whole) as place:
            require(permissions, "write", place.path, actor)
            info = os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
            if not stat_bits.S_ISDIR(info.st_mode):
                if whole.endswith("/"):
                    raise NotADirectoryError(errno.ENOTDIR, "not a folder")
                os.unlink(place.name, dir_fd=place.folder)
                return 1
            if recursive:
                _refuse_denied_beneath(permissions, "write", place.path, actor, "removed")
                _check_tree(place)
                return _remove_tree(place.folder, place.name, place.path, permissions, actor, info.st_dev, 0)
            os.rmdir(place.name, dir_fd=place.folder)
            return 1
    except OSError as problem:
        fail(problem, whole, ("write",), permissions, actor)


def rename(
    source: str | bytes,
    target: str | bytes,
    permissions: Decides,
    base: str = "",
    *,
    overwrite: bool = False,
    actor: str = "the script",
) -> str:
    """Give a file, link or folder another name or place.

    Needs `read` and `write` for the source, since it leaves there and can be read where it goes, and `write` for the
    target. Onto another file system only a file can be moved; it is copied and then removed.

    Returns:
        The real path that it has now.
    """
    from_path, to_path = located(source, base), located(target, base)
    kinds: tuple[str, ...]
    asked, kinds = from_path, ("read", "write")  # what an error is about
    try:
        with placed(from_path) as old:
            for kind in kinds:
                require(permissions, kind, old.path, actor)
            info = os.stat(old.name, dir_fd=old.folder, follow_symlinks=False)
            if stat_bits.S_ISDIR(info.st_mode):
                for kind in kinds:
                    _refuse_denied_beneath(permissions, kind, old.path, actor, "moved")
            asked, kinds = to_path, ("write",)
            with placed(to_path) as new:
                require(permissions, "write", new.path, actor)
                if stat_bits.S_ISDIR(info.st_mode):
                    _refuse_denied_beneath(permissions, "write", new.path, actor, "moved there")
                _refuse_existing(new, overwrite)
                try:
                    os.replace(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)
                except OSError as problem:
                    if problem.errno == errno.EINVAL:
                        raise BadArgument(f"{shown(old.path)} cannot be moved into itself") from problem
                    if problem.errno != errno.EXDEV or not stat_bits.S_ISREG(info.st_mode):
                        raise
                    copy(old.path, new.path, permissions, overwrite=overwrite, actor=actor)
                    os.unlink(old.name, dir_fd=old.folder)
                return new.path
    except OSError as problem:
        fail(problem, asked, kinds, permissions, actor)


def _entries(listing: int, real: str) -> list[Entry]:
    found: list[Entry] = []
    for name in _names(listing, real):
        try:
            info = os.stat(name, dir_fd=listing, follow_symlinks=False)
        except FileNotFoundError:
            continue  # removed meanwhile
        found.append(Entry(name, kind_of(info.st_mode), info.st_size, info.st_mtime))
    return found


def _names(listing: int, real: str) -> list[str]:
    names: list[str] = []
    with os.scandir(listing) as entries:
        for it in entries:
            names.append(it.name)
            if len(names) > MAX_ENTRIES:
                raise ToolFailed(
                    f"{shown(real)} has more than {MAX_ENTRIES} entries",
                    code="too_many_entries",
                    details={"path": real},
                )
    return sorted(names)


def _make_dir(whole: str, permissions: Decides, actor: str, *, parents: bool, exist_ok: bool) -> str:
    missing: list[str] = []
    head = whole
    while True:  # up to the nearest folder that exists
        try:
            with pinned(head, O_DIRECTORY) as (pin, real):
                if not missing:
                    require(permissions, "write", real, actor)
                    if not exist_ok:
                        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
                    return real
                return _make_each(os.dup(pin), real, missing, permissions, actor)
        except FileNotFoundError:
            head, _, name = head.rstrip("/").rpartition("/")
            if name in (".", "..") or (missing and not parents):
                raise
            missing.append(name)
            head = head or "/"
        except NotADirectoryError:
            with pinned(head):  # raises the same again where the path goes through a file
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None


def _make_each(folder: int, real: str, missing: list[str], permissions: Decides, actor: str) -> str:
    """Make the names, last first, each inside the one before. Takes the descriptor over."""
    try:
        for i in range(len(missing)):  # all of them before the first is made
            require(permissions, "write", "/".join((real.rstrip("/"), *reversed(missing[i:]))), actor)
        while missing:
            name = missing.pop()
            real = join(real, name)
            try:
                os.mkdir(name, dir_fd=folder)
            except FileExistsError:
                if not stat_bits.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    raise
            inner = os.open(name, O_PIN | O_DIRECTORY | O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return real
    finally:
        os.close(folder)


def _refuse_existing(place: Place, overwrite: bool) -> None:
    try:
        info = os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not overwrite or stat_bits.S_ISDIR(info.st_mode):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _refuse_denied_beneath(permissions: Decides, kind: str, folder: str, actor: str, verb: str) -> None:
    rule = permissions.denied_beneath(kind, folder)
    if rule is not None:
        raise PermissionDenied(
            f"{shown(folder)} cannot be {verb} as a whole for {actor}: the rule {rule} denies something in it",
            hint=f"take {rule} out of the denials, or name what is meant one by one",
            details={"kind": kind, "subject": folder, "rule": str(rule)},
        )


def _check_tree(place: Place) -> None:
    """Refuse a tree that is too large or too deep before anything of it is gone."""
    n_entries = 0
    for inner, folders, files, _ in os.fwalk(place.name, dir_fd=place.folder, follow_symlinks=False):
        n_entries += len(folders) + len(files)
        is_deep = inner.count("/") > MAX_DEPTH
        if n_entries > MAX_ENTRIES or is_deep:
            what = (
                f"is nested more than {MAX_DEPTH} folders deep" if is_deep else f"holds more than {MAX_ENTRIES} entries"
            )
            raise ToolFailed(f"{shown(place.path)} {what}", code="too_many_entries", details={"path": place.path})


def _remove_tree(folder: int, name: str, real: str, permissions: Decides, actor: str, device: int, depth: int) -> int:
    if depth > MAX_DEPTH + 1:  # it grew since it was looked at
        raise ToolFailed(f"{shown(real)} is nested too deep", code="too_many_entries", details={"path": real})
    inner = os.open(name, os.O_RDONLY | O_DIRECTORY | O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    n_removed = 0
    try:
        if os.fstat(inner).st_dev != device:  # never through a mount: it is not part of the tree
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        for it in _names(inner, real):
            path = join(real, it)
            require(permissions, "write", path, actor)
            if stat_bits.S_ISDIR(os.stat(it, dir_fd=inner, follow_symlinks=False).st_mode):
                n_removed += _remove_tree(inner, it, path, permissions, actor, device, depth + 1)
            else:
                os.unlink(it, dir_fd=inner)
                n_removed += 1
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=folder)
    return n_removed + 1
