"""Write what a template has made as files, by the tool file-operations and so by the caller's permissions.

Paths may come from a model: they are checked to stay beneath the folder before anything is written. What cannot be
written does not throw away what was made and paid for: the outcome has it, and says what went wrong."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.errors import BadArgument, NotFound, PermissionDenied, ToolFailed
from llmspell.models.messages import Value
from llmspell.templates.protocol import Artifact

if TYPE_CHECKING:
    from llmspell.templates.work import Work

MAX_PATH_CHARS = 300


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written, and what kept the rest from it."""

    paths: Sequence[str] = ()
    error: Mapping[str, Value] | None = None

    @property
    def metadata(self) -> dict[str, Value]:
        """For an outcome."""
        return {"saved": list(self.paths), **({} if self.error is None else {"error": dict(self.error)})}


NOTHING_SAVED = Saved()


def checked_path(path: str) -> str:
    """A path that stays where it is put: relative, without `..`, in its normal form.

    Raises:
        BadArgument: It is none.
    """
    normal = posixpath.normpath(path.replace("\\", "/").strip())
    parts = normal.split("/")
    unfit = not path.strip() or len(path) > MAX_PATH_CHARS or any(ord(it) < 32 for it in path)
    if unfit or normal.startswith(("/", "~")) or ":" in parts[0] or ".." in parts or normal == ".":
        raise BadArgument(f"{path[:100]!r} is no path of a file beneath a folder")
    return normal


async def save(work: Work, artifacts: Sequence[Artifact], folder: str, *, overwrite: bool = False) -> Saved:
    """Write them beneath a folder, one after the other, as far as it goes; none that a model's answer is missing in."""
    if work.unanswered:
        return NOTHING_SAVED
    paths: list[str] = []
    try:
        async with work.step("save"):
            for it in artifacts:
                path = posixpath.join(folder, checked_path(it.path))
                await _write(work, path, it.content, overwrite)
                paths.append(path)
    except PermissionDenied as denial:
        work.ctx.run.audit.note_unseen(denial, f"template {work.name}")
        return Saved(paths, denial.to_wire())
    except (ToolFailed, NotFound) as problem:
        return Saved(paths, problem.to_wire())
    return Saved(paths)


async def save_as(work: Work, artifact: Artifact, path: str) -> Saved:
    """Write one to the path that the user has named; nothing where there is none."""
    if not path:
        return NOTHING_SAVED
    named = Artifact(posixpath.basename(path), artifact.content, artifact.mime)
    return await save(work, [named], posixpath.dirname(path) or ".")


async def _write(work: Work, path: str, content: str, overwrite: bool) -> None:
    params = {"operation": "write", "path": path, "input": content, "overwrite": overwrite}
    try:
        await work.tool("file-operations", params)
    except NotFound:  # the folder is not there yet
        await work.tool("file-operations", {"operation": "create_dir", "path": posixpath.dirname(path)})
        await work.tool("file-operations", params)
