"""Walking through a folder: in order, within the grants, past links, and not for ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.effects.context import RunContext
from llmspell.errors import NotFound, PermissionDenied, ToolFailed
from llmspell.tools import file_walk
from llmspell.tools.file_globs import globs
from llmspell.tools.file_walk import Choice, Stop, Stopped, Walk

MakeContext = Callable[..., RunContext]


def walk(ctx: RunContext, **choice: object) -> Walk:
    return Walk(ctx, "test", Choice(**choice), Stop())  # type: ignore[arg-type]


def paths(ctx: RunContext, path: str = ".", **choice: object) -> list[str]:
    return [it.shown for it in walk(ctx, **choice).files(path)]


@pytest.fixture
def ctx(make_context: MakeContext) -> RunContext:
    return make_context("read:.")


@pytest.fixture
def tree(folder: Path) -> Path:
    for name in ("b.md", "a.txt", "sub/c.md", "sub/deep/d.txt", ".hidden/e.md", ".git/config", ".env", "build/f.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_files_come_in_the_order_of_their_names_and_without_hidden_ones(ctx: RunContext, tree: Path) -> None:
    assert paths(ctx) == ["a.txt", "b.md", "build/f.md", "sub/c.md", "sub/deep/d.txt"]
    assert paths(ctx, hidden=True) == [".env", ".hidden/e.md", *paths(ctx)]


@pytest.mark.parametrize(
    ("path", "shown"), [("sub", "sub/c.md"), ("./sub/", "sub/c.md"), ("sub/deep/..", "sub/deep/../c.md")]
)
def test_paths_begin_with_what_was_asked_for(path: str, shown: str, ctx: RunContext, tree: Path) -> None:
    assert shown in paths(ctx, path)
    absolute = paths(ctx, str(tree / "sub"))
    assert absolute == [str(tree / "sub" / "c.md"), str(tree / "sub" / "deep" / "d.txt")]


def test_a_file_alone_is_meant_whatever_the_choice(ctx: RunContext, tree: Path) -> None:
    assert paths(ctx, "./.env", include=globs(["*.md"])) == [".env"]
    assert paths(ctx, ".git") == [".git/config"]


def test_patterns_choose_beneath_the_folder(ctx: RunContext, tree: Path) -> None:
    assert paths(ctx, include=globs(["*.md"])) == ["b.md", "build/f.md", "sub/c.md"]
    assert paths(ctx, exclude=globs(["build/", "deep"])) == ["a.txt", "b.md", "sub/c.md"]
    assert paths(ctx, "sub", include=globs(["deep/*"])) == ["sub/deep/d.txt"]


def test_sizes_and_dates_choose(ctx: RunContext, folder: Path) -> None:
    for name, size, modified in (("a", 1, 1000), ("b", 2, 2000), ("c", 3, 3000)):
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (modified, modified))
    assert paths(ctx, min_size=2) == ["b", "c"]
    assert paths(ctx, max_size=2) == ["a", "b"]
    assert paths(ctx, modified_after=2000) == ["b", "c"]
    assert paths(ctx, modified_before=2000) == ["a"]


def test_gitignore_files_are_followed_on_request_the_nearest_first(ctx: RunContext, tree: Path) -> None:
    (tree / ".gitignore").write_text("/build/\n*.md\n")
    (tree / "sub" / ".gitignore").write_text("!c.md\n/deep/*\n")
    assert paths(ctx, gitignore=True) == ["a.txt", "sub/c.md"]
    assert len(paths(ctx)) == 5


def test_links_are_not_followed_and_counted(ctx: RunContext, folder: Path) -> None:
    (folder / "a.txt").touch()
    (folder.parent / "outside").mkdir()
    (folder.parent / "outside" / "secret.txt").touch()
    (folder / "file").symlink_to("a.txt")
    (folder / "out").symlink_to("../outside")
    (folder / "loop").symlink_to(".")
    it = walk(ctx)
    assert [found.shown for found in it.files(".")] == ["a.txt"]
    assert it.n_links == 3


def test_a_link_that_is_named_itself_counts_by_where_it_leads(ctx: RunContext, folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "real" / "a.txt").touch()
    (folder / "link").symlink_to("real")
    assert paths(ctx, "link") == ["link/a.txt"]
    (folder / "out").symlink_to("..")
    with pytest.raises(PermissionDenied):
        paths(ctx, "out")


def test_what_a_rule_denies_is_not_there(make_context: MakeContext, tree: Path) -> None:
    ctx = make_context("read:.", deny=("read:./sub", "read:./a.txt"))
    assert paths(ctx) == ["b.md", "build/f.md"]
    with pytest.raises(PermissionDenied):
        paths(ctx, "sub")


def test_a_folder_that_is_not_granted_is_refused(make_context: MakeContext, tree: Path) -> None:
    ctx = make_context("read:./sub")
    assert paths(ctx, "sub") == ["sub/c.md", "sub/deep/d.txt"]
    for path in (".", "..", "/etc", "build"):
        with pytest.raises(PermissionDenied):
            paths(ctx, path)


def test_a_file_that_is_swapped_for_a_link_leads_nowhere(ctx: RunContext, folder: Path) -> None:
    (folder / "a.txt").touch()
    (folder.parent / "secret").touch()
    it = walk(ctx)
    found = next(it.files("."))
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to("../secret")
    assert it.open(found) is None
    assert it.n_unreadable == 1


def test_what_is_missing_or_no_file_says_so(ctx: RunContext, folder: Path) -> None:
    (folder / "docs").mkdir()
    with pytest.raises(NotFound) as caught:
        paths(ctx, "dosc")
    assert caught.value.hint == "did you mean docs?"
    os.mkfifo(folder / "pipe")
    with pytest.raises(ToolFailed, match="neither a file nor a folder"):
        paths(ctx, "pipe")
    assert paths(ctx) == []  # a pipe in a folder is passed by


def test_trees_that_are_too_large_or_too_deep(ctx: RunContext, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_walk, "MAX_DEPTH", 1)
    it = walk(ctx)
    assert [found.shown for found in it.files(".")] == ["a.txt", "b.md", "build/f.md", "sub/c.md"]
    assert it.n_unreadable == 1
    monkeypatch.setattr(file_walk, "MAX_ENTRIES", 7)
    with pytest.raises(ToolFailed) as caught:
        paths(ctx)
    assert caught.value.code == "too_many_entries"


def test_a_walk_that_nobody_waits_for_ends(ctx: RunContext, tree: Path) -> None:
    it = walk(ctx)
    files = it.files(".")
    next(files)
    it.stop.set()
    with pytest.raises(Stopped):
        next(files)
