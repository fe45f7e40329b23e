"""The user's approvals: which script, by the hash of its text and of its modules, was given exactly which permissions.

One JSON file in a folder of its own beneath the user's state, which no script may write into (`protection`). It is
replaced as a whole, under a lock, so that many processes may approve at once. Whatever is odd about the file (somebody
else's, writable by others, a link, broken) is an error, never an approval."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from llmspell.config.discover import state_folder
from llmspell.errors import StoreError
from llmspell.security.permissions import OURS, Permission

VERSION = 1
MAX_APPROVALS = 2000  # the oldest go first
MAX_BYTES = 32 * 1024 * 1024

Pin = tuple[str, str, tuple[str, ...]]  # of one permission: kind, pattern, globs


def pin_of(permission: Permission) -> Pin:
    """What makes a permission the same one: not how it was written but what it means, real paths and all."""
    return (permission.kind, permission.pattern, permission.globs)


@dataclass(frozen=True, slots=True)
class Approval:
    """One script's.

    Attributes:
        content_hash: SHA-256 of its whole text, in hex.
        permissions: Exactly what was shown and approved.
        texts: The same as the header has them.
        modules: The SHA-256 of each of its own modules, by real path.
        path: Where it was, for people; it may run from anywhere.
    """

    content_hash: str
    permissions: frozenset[Pin]
    texts: tuple[str, ...] = ()
    modules: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    path: str = ""
    at: float = 0.0
    by: str = ""
    profile: str = ""

    def allows(self, content_hash: str, needed: Sequence[Permission], modules: Mapping[str, str]) -> bool:
        """Whether it was this script that was approved, with these modules, for all of these permissions."""
        same = self.content_hash == content_hash and dict(self.modules) == dict(modules)
        return same and {pin_of(it) for it in needed} <= self.permissions


def approvals_folder(environ: Mapping[str, str]) -> str:
    """Where they are kept."""
    return os.path.join(state_folder(environ), "approvals")


def protection(environ: Mapping[str, str]) -> Permission:
    """The rule that keeps scripts from approving themselves, also where they may write all around the file."""
    folder = os.path.realpath(approvals_folder(environ))
    return Permission("write", folder, text=f"write:{folder}", source=OURS)


class ApprovalStore:
    """The file in a folder of the user's; made when something is first approved."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.path = os.path.join(folder, "approvals.json")

    def all(self) -> list[Approval]:
        """Every approval, the latest last.

        Raises:
            StoreError: The file is there and is not to be trusted, or cannot be read.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._odd(f"cannot be opened: {(error.strerror or str(error)).lower()}") from error
        with os.fdopen(descriptor, "rb") as file:
            self._refuse_foreign(os.fstat(descriptor))
            raw = file.read(MAX_BYTES + 1)
        self._refuse_foreign(os.stat(self._folder), folder=True)
        if len(raw) > MAX_BYTES:
            raise self._odd("is too large")
        try:
            found = json.loads(raw)
            if found["version"] != VERSION:
                raise self._odd(f"is of version {found['version']}, which this llmspell does not know")
            return [_read(it) for it in found["approvals"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self._odd("is broken") from error

    def find(self, content_hash: str, needed: Sequence[Permission], modules: Mapping[str, str]) -> Approval | None:
        """The approval that covers all of this, if there is one."""
        return next((it for it in reversed(self.all()) if it.allows(content_hash, needed, modules)), None)

    def latest(self, path: str) -> Approval | None:
        """What was last approved for whatever was at this path, to show what has changed."""
        return next((it for it in reversed(self.all()) if path and it.path == path), None)

    def add(self, approval: Approval) -> None:
        """Keep one; what it covers of the same text goes."""

        def changed(kept: list[Approval]) -> list[Approval]:
            same = [it for it in kept if it.content_hash == approval.content_hash]
            gone = [it for it in same if it.permissions <= approval.permissions]
            return [*(it for it in kept if it not in gone), approval]

        self._change(changed)

    def remove(self, *, content_hash: str = "", path: str = "") -> list[Approval]:
        """Take back what was approved for a text, or for what was at a path. Returns what that was."""
        gone: list[Approval] = []

        def changed(kept: list[Approval]) -> list[Approval]:
            gone[:] = [it for it in kept if it.content_hash == content_hash or (path and it.path == path)]
            return [it for it in kept if it not in gone]

        if os.path.lexists(self.path):
            self._change(changed)
        return gone

    def _change(self, changed: Any) -> None:
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            self._refuse_foreign(os.stat(self._folder), folder=True)
            with self._locked():
                kept = changed(self.all())[-MAX_APPROVALS:]
                self._replace(json.dumps({"version": VERSION, "approvals": [_written(it) for it in kept]}, indent=1))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StoreError(f"approvals cannot be written to {self.path}: {reason}") from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(os.path.join(self._folder, "lock"), flags, 0o600)
        try:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _replace(self, text: str) -> None:
        import tempfile  # late: most runs approve nothing

        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".approvals-")  # 0600 by itself
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self.path)
        except BaseException:  # whatever it is: let go of what was begun, and raise it again
            os.unlink(name)
            raise

    def _refuse_foreign(self, info: os.stat_result, *, folder: bool = False) -> None:
        what = f"the folder {self._folder}" if folder else ""
        if hasattr(os, "getuid") and info.st_uid != os.getuid():
            raise self._odd("belongs to somebody else", what)
        if not folder and not stat.S_ISREG(info.st_mode):
            raise self._odd("is no plain file", what)
        if info.st_mode & 0o022:
            raise self._odd("can be written by others", what)

    def _odd(self, problem: str, what: str = "") -> StoreError:
        return StoreError(
            f"{what or f'the file of approvals {self.path}'} {problem}, so nothing counts as approved",
            hint="look at it; move it away to begin anew",
            details={"path": self.path},
        )


def _written(approval: Approval) -> dict[str, Any]:
    return {**asdict(replace(approval, permissions=frozenset())), "permissions": sorted(approval.permissions)}


def _read(found: dict[str, Any]) -> Approval:
    pins = frozenset(_pin(it) for it in found["permissions"])
    texts = tuple(str(it) for it in found["texts"])
    modules = {str(path): str(it) for path, it in found["modules"].items()}
    content_hash = found["content_hash"]
    if not (isinstance(content_hash, str) and len(content_hash) == 64):
        raise ValueError("no hash")
    plain = {name: str(found[name]) for name in ("name", "path", "by", "profile")}
    return Approval(content_hash, pins, texts, modules, at=float(found["at"]), **plain)


def _pin(found: Any) -> Pin:
    kind, pattern, globs = found
    if not (isinstance(kind, str) and isinstance(pattern, str) and isinstance(globs, list)):
        raise ValueError("no permission")
    return (kind, pattern, tuple(str(it) for it in globs))
