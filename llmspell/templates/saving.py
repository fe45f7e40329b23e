"""Write what a template has made as files, by the tool file-operations and so by the caller's permissions.

Paths may come from a model: they are checked to stay beneath the folder before anything is written."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.errors import BadArgument, NotFound
from llmspell.templates.protocol import Artifact

if TYPE_CHECKING:
    from llmspell.templates.work import Work

MAX_PATH_CHARS = 300


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


async def save(work: Work, artifacts: Sequence[Artifact], folder: str, *, overwrite: bool = False) -> list[str]:
    """Write them beneath a folder. Returns the paths.

    Raises:
        PermissionDenied: The caller may not write there.
        ToolFailed: A file is there already, and `overwrite` is not set.
    """
    written: list[str] = []
    async with work.step("save"):
        for it in artifacts:
            path = posixpath.join(folder, checked_path(it.path))
            params = {"operation": "write", "path": path, "input": it.content, "overwrite": overwrite}
            try:
                await work.tool("file-operations", params)
            except NotFound:  # the folder is not there yet
                await work.tool("file-operations", {"operation": "create_dir", "path": posixpath.dirname(path)})
                await work.tool("file-operations", params)
            written.append(path)
    return written
