"""Folders with files of the user's own, such as agent templates and workflows: named in the settings, or found by
their name beside the project's file and in the folder of the user's settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmspell.config.discover import user_folder
from llmspell.config.project_rules import folder_beneath

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
