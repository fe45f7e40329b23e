"""Patterns for paths: globs as shells and search tools know them, and the rules of `.gitignore` files.

    *.md            a name, at any depth                 docs/*.md       from the folder that is searched
    **/test_*.py    across folders                       build/          a folder, with all that is in it
    *.{js,ts}       either                               [a-c]? [!a]     one character

Matching takes time in proportion to the pattern and the path, never more: patterns may be a stranger's."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from llmspell.errors import ToolFailed

MAX_ALTERNATIVES = 100  # that the braces of one pattern may spell out
MAX_RULES = 10_000  # of one .gitignore

_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_ESCAPED = re.compile(r"\\(.)")
_ACROSS = None  # `**`


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern, name by name. `only_folders`: it ends in a slash."""

    names: tuple[re.Pattern[str] | None, ...]
    only_folders: bool = False

    def matches(self, names: Sequence[str], *, is_folder: bool = False) -> bool:
        """Whether it means exactly this path. `names` are those of the folders on the way, and the last one."""
        places = {0}
        for name in names:
            places = self._after(places, name)
        return len(self.names) in places and (is_folder or not self.only_folders)

    def covers(self, names: Sequence[str], *, is_folder: bool = False) -> bool:
        """Whether it means this path, or a folder that it is in."""
        places = {0}
        for i, name in enumerate(names):
            places = self._after(places, name)
            if len(self.names) in places and (not self.only_folders or is_folder or i < len(names) - 1):
                return True
        return False

    def _after(self, places: set[int], name: str) -> set[int]:
        """The places in the pattern at which one may be after this name."""
        found: set[int] = set()
        pending = list(places)
        while pending:
            i = pending.pop()
            if i == len(self.names):
                continue
            it = self.names[i]
            if it is _ACROSS:
                found.add(i)  # it takes this name, and goes on
                if i == len(self.names) - 1:
                    found.add(i + 1)
                else:
                    pending.append(i + 1)  # it takes none
            elif it.match(name):
                found.add(i + 1)
        return found


def globs(patterns: Iterable[str]) -> list[Glob]:
    """Patterns of a script's or a model's.

    Raises:
        ToolFailed: bad_glob.
    """
    return [_glob(it) for pattern in patterns for it in _spelled_out(pattern)]


@dataclass(frozen=True, slots=True)
class Gitignore:
    """The rules of one `.gitignore`; paths are relative to the folder that it is in."""

    rules: tuple[tuple[bool, Glob], ...] = ()

    def verdict(self, names: Sequence[str], *, is_folder: bool) -> bool | None:
        """Whether the last rule that speaks of this path ignores it; None where none does. What is in an ignored
        folder is not asked about: nothing can bring it back."""
        for ignores, glob in reversed(self.rules):
            if glob.matches(names, is_folder=is_folder):
                return ignores
        return None


def read_gitignore(text: str) -> Gitignore:
    """The rules that a `.gitignore` holds; lines that are none say nothing."""
    rules: list[tuple[bool, Glob]] = []
    for line in text.splitlines()[:MAX_RULES]:
        rule = re.sub(r"(?<!\\) +$", "", line)
        ignores = not rule.startswith("!")
        rule = rule.removeprefix("!")
        names = rule.removeprefix("/").removesuffix("/").split("/")
        if (ignores and rule.startswith("#")) or not {"", ".", ".."}.isdisjoint(names):
            continue  # to git, no path has such names
        try:
            rules.append((ignores, _glob(rule)))
        except (ToolFailed, re.error):
            continue
    return Gitignore(tuple(rules))


def _glob(pattern: str) -> Glob:
    written = pattern.removeprefix("./")
    only_folders = written.endswith("/")
    written = written.rstrip("/")
    anchored = "/" in written
    names = [it for it in written.split("/") if it not in ("", ".")]
    if not names or ".." in names or len(names) > 200:
        raise ToolFailed(f'"{pattern[:60]}" is no pattern for paths beneath the folder', code="bad_glob")
    found: list[re.Pattern[str] | None] = [] if anchored else [_ACROSS]
    for it in names:
        if it != "**":
            found.append(_name(it))
        elif not found or found[-1] is not _ACROSS:
            found.append(_ACROSS)
    return Glob(tuple(found), only_folders)


def _name(pattern: str) -> re.Pattern[str]:
    # A backslash makes the next character an ordinary one; `fnmatch` has brackets for that. Its expressions are made
    # of atomic groups, so that they never go back.
    plain = _ESCAPED.sub(lambda it: f"[{it[1]}]" if it[1] in "*?[" else it[1], pattern.replace("[^", "[!"))
    return re.compile(fnmatch.translate(plain))


def _spelled_out(pattern: str) -> Iterator[str]:
    """The patterns without braces that one with braces stands for."""
    pending = [pattern]
    n_found = 0
    while pending:
        it = pending.pop()
        braces = _BRACES.search(it)
        n_found += braces is None
        if n_found + len(pending) > MAX_ALTERNATIVES:
            raise ToolFailed(f'"{pattern[:60]}" stands for more than {MAX_ALTERNATIVES} patterns', code="bad_glob")
        if braces is None:
            yield it
        else:
            head, tail = it[: braces.start()], it[braces.end() :]
            pending += [f"{head}{inner}{tail}" for inner in reversed(braces[1].split(","))]
