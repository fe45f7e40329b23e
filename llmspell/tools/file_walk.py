"""Walk through the files beneath a folder that the profile grants, in order of their names.

Links are not followed: what a link leads to is elsewhere, or will be met under its own name. Folders and files are
listed and opened by the checked primitives of `security.paths`, each decided at the moment of its use.

Everything here blocks, and is called in a thread; `Stop` ends it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from llmspell.errors import LLMSpellError, ToolFailed
from llmspell.tools.file_globs import Gitignore, Glob, read_gitignore

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.security.folders import Entry

MAX_ENTRIES = 200_000  # looked at in one walk
MAX_DEPTH = 100
MAX_GITIGNORE = 256 * 1024


class Stopped(Exception):
    """Nobody waits for the answer any more."""


class Stop:
    """Ends a walk, or whatever else blocks in a thread, from outside."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """From now on, `check` raises."""
        self._event.set()

    def check(self) -> None:
        """
        Raises:
            Stopped: It was set.
        """
        if self._event.is_set():
            raise Stopped


@dataclass(frozen=True, slots=True)
class Choice:
    """Which files are meant; empty and None mean all.

    Attributes:
        include, exclude: Patterns for paths beneath the folder.
        hidden: Also files and folders whose names begin with a dot. `.git` is meant by its own name only.
        gitignore: Not what the `.gitignore` files in these folders name.
        modified_after, modified_before: Seconds since 1970.
    """

    include: Sequence[Glob] = ()
    exclude: Sequence[Glob] = ()
    hidden: bool = False
    gitignore: bool = False
    min_size: int = 0
    max_size: int | None = None
    modified_after: float | None = None
    modified_before: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A file. `shown` is its path as the caller would write it, beginning with the folder that was asked for."""

    real: str
    shown: str
    size: int
    modified_s: float


@dataclass(slots=True)
class Walk:
    """One walk.

    Attributes:
        n_links: Links that were met, and left alone.
        n_unreadable: Files and folders that could not be opened, or are nested too deep.
    """

    ctx: RunContext
    actor: str
    choice: Choice
    stop: Stop
    n_links: int = 0
    n_unreadable: int = 0
    _n_entries: int = 0
    # By folder, as names beneath the start: those of the folders on the way down.
    _gitignores: list[tuple[int, Gitignore]] = field(default_factory=list)

    def files(self, path: str) -> Iterator[Found]:
        """The files that are meant, beneath a folder; a file alone is always meant.

        Raises:
            NotFound, PermissionDenied, ToolFailed: Of the path itself. Of what is beneath it: too_many_entries only.
        """
        from llmspell.security.paths import stat  # late: most runs touch no file

        info = stat(path, self.ctx.permissions, self.ctx.run.cwd, actor=self.actor)
        shown = path.rstrip("/") or "/"
        while shown.startswith("./"):
            shown = shown[2:].lstrip("/")
        if info.kind == "file":
            yield Found(info.path, shown, info.size, info.modified_s)
        elif info.kind == "folder":
            prefix = "" if shown in ("", ".") else shown.rstrip("/") + "/"
            yield from self._beneath(info.path, prefix, [], self._entries(info.path))
        else:
            raise ToolFailed(f"{path} is neither a file nor a folder", code="not_a_file", details={"path": path})

    def open(self, found: Found) -> BinaryIO | None:
        """Open a file of this walk; None where it cannot be, any more or for this profile."""
        try:
            return self._open(found.real)
        except LLMSpellError:  # of any kind: it is counted, and the others are searched
            self.n_unreadable += 1
            return None

    def _open(self, real: str) -> BinaryIO:
        from llmspell.security.paths import open_path

        return open_path(real, "r", self.ctx.permissions, actor=self.actor)

    def _entries(self, real: str) -> list[Entry]:
        from llmspell.security.paths import list_dir

        entries = list_dir(real, self.ctx.permissions, actor=self.actor)
        self._n_entries += len(entries)
        if self._n_entries > MAX_ENTRIES:
            raise ToolFailed(
                f"there are more than {MAX_ENTRIES} files and folders",
                code="too_many_entries",
                hint="name a folder further down, or `exclude` some",
            )
        return entries

    def _beneath(self, real: str, shown: str, names: list[str], entries: list[Entry]) -> Iterator[Found]:
        n_gitignores = len(self._gitignores)
        if self.choice.gitignore and any(it.name == ".gitignore" and it.kind == "file" for it in entries):
            self._gitignores.append((len(names), self._gitignore(f"{real.rstrip('/')}/.gitignore")))
        for it in entries:
            self.stop.check()
            inner = [*names, it.name]
            path = f"{real.rstrip('/')}/{it.name}"
            if it.kind == "link":
                self.n_links += 1
            elif it.kind in ("file", "folder") and self._is_meant(inner, it):
                if it.kind == "file":
                    yield Found(path, shown + it.name, it.size, it.modified_s)
                    continue
                try:
                    if len(inner) > MAX_DEPTH:
                        raise ToolFailed("nested too deep", code="too_many_entries")
                    listed = self._entries(path)
                except LLMSpellError as error:
                    if self._n_entries > MAX_ENTRIES:
                        raise
                    self.n_unreadable += error.code != "file_not_found"  # else it has gone meanwhile
                    continue
                yield from self._beneath(path, f"{shown}{it.name}/", inner, listed)
        del self._gitignores[n_gitignores:]

    def _is_meant(self, names: list[str], entry: Entry) -> bool:
        choice, is_folder = self.choice, entry.kind == "folder"
        if entry.name == ".git" or (entry.name.startswith(".") and not choice.hidden):
            return False
        if any(it.covers(names, is_folder=is_folder) for it in choice.exclude):
            return False
        if self._gitignores and self._is_ignored(names, is_folder):
            return False
        if is_folder:
            return True
        if choice.include and not any(it.covers(names) for it in choice.include):
            return False
        is_size = choice.min_size <= entry.size and (choice.max_size is None or entry.size <= choice.max_size)
        is_late = choice.modified_after is None or entry.modified_s >= choice.modified_after
        return is_size and is_late and (choice.modified_before is None or entry.modified_s < choice.modified_before)

    def _is_ignored(self, names: list[str], is_folder: bool) -> bool:
        for depth, gitignore in reversed(self._gitignores):  # the nearest one that says anything
            verdict = gitignore.verdict(names[depth:], is_folder=is_folder)
            if verdict is not None:
                return verdict
        return False

    def _gitignore(self, real: str) -> Gitignore:
        try:
            with self._open(real) as file:
                return read_gitignore(file.read(MAX_GITIGNORE).decode("utf-8", "replace"))
        except (LLMSpellError, OSError):
            return Gitignore()
