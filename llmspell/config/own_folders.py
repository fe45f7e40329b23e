"""Folders with files of the user's own, such as agent templates and workflows: named in the settings, or found by
their name beside the project's file and in the folder of the user's settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.config.discover import user_folder
from llmspell.config.project_rules import folder_beneath
from llmspell.errors import ConfigError
from llmspell.names import name_key

if TYPE_CHECKING:
    from llmspell.config.settings import Settings


def own_folders(settings: Settings | None, key: str, name: str) -> tuple[str, ...]:
    """The folders, first one first.

    Args:
        key: The setting that names them, of the kind `paths`. Where it is not set, they are the folder `name` beside
            the project's file, or in the current folder where there is none, and in the folder of the user's settings.

    Raises:
        ConfigError: One that the user has not named leads out of the project's folder.
    """
    section, _, last = key.partition(".")
    given = () if settings is None else settings.candidates.get((section, last), ())
    named: Sequence[str] = () if settings is None else settings.get(key)
    if settings is not None and given and settings.is_from_project(given[0].source):
        beside_it = os.path.dirname(os.path.abspath(settings.project))
        return tuple(folder_beneath(it, beside_it, f"{key} ({given[0].source})") for it in named)
    if named:
        return tuple(named)
    files, environ = ((), os.environ) if settings is None else (settings.files, settings.environ)
    of_user = user_folder(environ)
    beside = [os.path.dirname(os.path.abspath(it)) for it in files]
    project = [it for it in beside if it != of_user] or [os.getcwd()]
    found = [folder_beneath(os.path.join(it, name), it, f"the folder {name}") for it in project]
    return tuple(dict.fromkeys((*found, os.path.join(of_user, name))))


def files_by_name(folders: Sequence[str], suffixes: Sequence[str], what: str) -> dict[str, Path]:
    """The files in such folders by their names without suffix, as `names.name_key` has them, sorted.

    Of two with one name the one in the earlier folder counts, and in one folder that with the earlier suffix. A folder
    that is not there is empty.

    Args:
        suffixes: `.toml`; in lower case, and found in either.
        what: How messages call the files: "workflows".

    Raises:
        ConfigError: A folder cannot be read.
    """
    found: dict[str, Path] = {}
    for folder in map(Path, folders):
        try:
            entries = sorted(it for it in folder.iterdir() if it.suffix.lower() in suffixes and it.is_file())
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as problem:
            raise ConfigError(f"the folder of {what} cannot be read: {problem}") from problem
        for it in sorted(entries, key=lambda path: suffixes.index(path.suffix.lower())):
            found.setdefault(name_key(it.stem), it)
    return dict(sorted(found.items()))


def leads_out(path: Path) -> bool:
    """Whether a file in such a folder is a link to somewhere else, which is not opened: the folder may have come with
    somebody else's project."""
    return path.is_symlink() and path.resolve().parent != path.parent.resolve()
