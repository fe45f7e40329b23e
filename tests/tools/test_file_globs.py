"""Patterns for paths, and the rules of .gitignore files as git itself reads them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import ToolFailed
from llmspell.tools.file_globs import globs, read_gitignore


def covers(pattern: str, path: str) -> bool:
    is_folder = path.endswith("/")
    return any(it.covers(path.rstrip("/").split("/"), is_folder=is_folder) for it in globs([pattern]))


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("*.md", ["a.md", "x/y/a.md", ".md"], ["a.mdx", "md", "x.md.txt"]),
        ("docs/*.md", ["docs/a.md"], ["a.md", "x/docs/a.md", "docs/x/a.md"]),
        ("./docs/*.md", ["docs/a.md"], ["x/docs/a.md"]),
        ("/a.md", ["a.md"], ["x/a.md"]),
        ("docs", ["docs/", "docs/a.md", "x/docs/y/a.md", "docs"], ["docs.md"]),
        ("docs/", ["docs/", "docs/a.md", "x/docs/a.md"], ["docs"]),
        ("docs/**", ["docs/a.md", "docs/x/a.md"], ["docs/", "x/docs/a.md"]),
        ("**/test_*.py", ["test_a.py", "x/test_a.py", "x/y/test_a.py"], ["a_test.py"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b", "a/x/b/c"], ["b", "a/x"]),
        ("a/**/**/b", ["a/b", "a/x/y/b"], ["ab"]),
        ("**", ["a", "a/b"], []),
        ("*.{js,ts}", ["a.js", "x/a.ts"], ["a.jsx", "a.{js,ts}"]),
        ("{a,b/{c,d}}.txt", ["a.txt", "b/c.txt", "b/d.txt"], ["c.txt"]),
        ("a?.txt", ["ab.txt"], ["a.txt", "a/.txt", "abc.txt"]),
        ("[a-c].txt", ["b.txt"], ["d.txt"]),
        ("[!a].txt", ["b.txt"], ["a.txt"]),
        ("[^a].txt", ["b.txt"], ["a.txt"]),
        (r"\*.txt", ["*.txt"], ["a.txt"]),
        ("{a}", ["{a}"], ["a"]),
        ("*.MD", ["a.MD"], ["a.md"]),
    ],
)
def test_a_pattern_means_what_search_tools_mean_by_it(pattern: str, inside: list[str], outside: list[str]) -> None:
    assert [it for it in inside if not covers(pattern, it)] == []
    assert [it for it in outside if covers(pattern, it)] == []


@pytest.mark.parametrize("pattern", ["", "/", ".", "..", "../a", "a/../b", "{a,b}" * 8, "a/" * 300])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ToolFailed) as caught:
        globs([pattern])
    assert caught.value.code == "bad_glob"


def test_patterns_of_a_stranger_take_no_time() -> None:
    name = "a" * 250
    assert not covers("*a" * 120 + "b", name)
    assert not covers("**/*a/" * 60 + "b", "/".join(["a" * 20] * 60))


def ignored(text: str, path: str) -> bool | None:
    return read_gitignore(text).verdict(path.rstrip("/").split("/"), is_folder=path.endswith("/"))


def test_the_last_rule_that_speaks_of_a_path_counts() -> None:
    text = "# comment\n\n*.log\n!keep.log\n/build/\ntmp  \n\\#a\n\\!b\n"
    yes = ["a.log", "build/", "tmp", "#a", "!b", "x/tmp"]
    assert [it for it in yes if ignored(text, it) is not True] == []
    assert ignored(text, "x/keep.log") is False
    assert [it for it in ("build", "x/build/", "z") if ignored(text, it) is not None] == []


# Brackets and escaped slashes are left out: what they mean with a slash or without an end is nobody's rule.
RULES = st.text("ab*?/!.#\\ -", min_size=1, max_size=7).filter(lambda it: "\\/" not in it)
NAMES = st.text("ab.!#-", min_size=1, max_size=3).filter(lambda it: it not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@settings(max_examples=80, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RULES, min_size=1, max_size=4), st.lists(PATHS, min_size=1, max_size=8, unique=True))
def test_it_ignores_what_git_ignores(tmp_path: Path, rules: list[str], paths: list[str]) -> None:
    if not (tmp_path / ".git").exists():
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, capture_output=True)
        (tmp_path / ".git" / "info" / "exclude").unlink(missing_ok=True)
    text = "\n".join(rules) + "\n"
    (tmp_path / ".gitignore").write_text(text)
    # `-c core.excludesFile=` keeps out what the user of this machine ignores everywhere.
    command = ["git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin"]
    asked = "\0".join(paths).encode()
    said = subprocess.run(command, input=asked, cwd=tmp_path, capture_output=True)
    by_git = set(filter(None, said.stdout.decode().split("\0")))
    gitignore = read_gitignore(text)

    def is_ignored(path: str) -> bool:
        names = path.split("/")
        return any(gitignore.verdict(names[:i], is_folder=i < len(names)) is True for i in range(1, len(names) + 1))

    assert {it for it in paths if is_ignored(it)} == by_git, text
