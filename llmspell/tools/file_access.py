"""Files for tools: the checked primitives of `security.paths`, off the event loop, with the run's audit kept.

Nothing in this package opens, lists or looks at a path in any other way, but for `file_walk`, which uses the same
primitives in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, TypeVar

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.security.files import FileInfo
    from llmspell.security.folders import Entry

_T = TypeVar("_T")


async def open_file(ctx: RunContext, path: str, mode: str, actor: str) -> BinaryIO:
    """Open a file, binary; see `security.paths.open_path` for modes and errors."""
    from llmspell.security.paths import open_path  # late: most runs touch no file

    opened = asyncio.get_running_loop().run_in_executor(
        None, lambda: open_path(path, mode, ctx.permissions, ctx.run.cwd, actor=actor)
    )
    try:
        return await asyncio.shield(opened)
    except asyncio.CancelledError:
        # The thread opens it all the same; nobody else would close it.
        opened.add_done_callback(lambda it: None if it.cancelled() or it.exception() else it.result().close())
        raise


async def info_of(ctx: RunContext, path: str, actor: str) -> FileInfo:
    """What is known of a file or folder, links followed."""
    from llmspell.security.paths import stat

    return await _in_thread(lambda: stat(path, ctx.permissions, ctx.run.cwd, actor=actor))


async def does_exist(ctx: RunContext, path: str, actor: str) -> bool:
    """Whether the path leads to anything."""
    from llmspell.security.paths import exists

    return await _in_thread(lambda: exists(path, ctx.permissions, ctx.run.cwd, actor=actor))


async def entries_of(ctx: RunContext, path: str, actor: str) -> list[Entry]:
    """The entries of a folder that the profile grants, sorted by name."""
    from llmspell.security.paths import list_dir

    return await _in_thread(lambda: list_dir(path, ctx.permissions, ctx.run.cwd, actor=actor))


async def make_folder(ctx: RunContext, path: str, actor: str) -> str:
    """Make a folder and those above it; there already is as good. Returns its real path."""
    from llmspell.security.paths import make_dir

    return await _in_thread(lambda: make_dir(path, ctx.permissions, ctx.run.cwd, actor=actor))


async def remove_path(ctx: RunContext, path: str, actor: str, *, recursive: bool) -> int:
    """Remove a file, a link or a folder. Returns how many things are gone."""
    from llmspell.security.paths import remove

    return await _in_thread(lambda: remove(path, ctx.permissions, ctx.run.cwd, recursive=recursive, actor=actor))


async def copy_file(ctx: RunContext, source: str, target: str, actor: str, *, overwrite: bool) -> int:
    """Copy one file. Returns how many bytes."""
    from llmspell.security.paths import copy

    return await _in_thread(
        lambda: copy(source, target, ctx.permissions, ctx.run.cwd, overwrite=overwrite, actor=actor)
    )


async def move_path(ctx: RunContext, source: str, target: str, actor: str, *, overwrite: bool) -> str:
    """Move or rename. Returns the real path that it has now."""
    from llmspell.security.paths import rename

    return await _in_thread(
        lambda: rename(source, target, ctx.permissions, ctx.run.cwd, overwrite=overwrite, actor=actor)
    )


async def _in_thread(work: Callable[[], _T]) -> _T:
    return await asyncio.to_thread(work)
