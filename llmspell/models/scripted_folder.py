"""The folders of scripted models: `scripted/NAME` is a NAME.toml in one of them, and nothing outside of them.

First the folder of the settings, then one beside the script that runs, so that an example brings its own."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache

from llmspell.config.project_rules import folder_beneath
from llmspell.config.settings import Settings
from llmspell.errors import BadArgument, ConfigError, ModelNotFound
from llmspell.models.scripted import ScriptedModel
from llmspell.models.scripted_file import load_scripted
from llmspell.models.scripted_turns import Script
from llmspell.suggestions import did_you_mean

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_SUFFIX = ".toml"


def scripted_model(settings: Settings, name: str, more: Sequence[str] = ()) -> ScriptedModel:
    """The model of a name; what follows a `#` in it is a variant, which is for the model alone.

    Args:
        more: Folders that are searched after that of the settings.

    Raises:
        BadArgument: A script may not name a path.
        ModelNotFound: There is no such file; names the nearest.
        ConfigError: The file is no scripted model.
    """
    plain = name.partition("#")[0]
    if not _NAME.fullmatch(plain):
        raise BadArgument(f"no scripted model can be called {plain[:100]!r}", hint="letters, digits, _, - and .")
    folders = _folders(settings, more)
    for folder in folders:
        path = os.path.realpath(os.path.join(folder, plain + _SUFFIX))
        if not os.path.isfile(path):
            continue
        if os.path.dirname(path) != os.path.realpath(folder):
            raise ConfigError(f"the scripted model {plain} is a link that leads out of its folder")
        status = os.stat(path)
        return ScriptedModel(_loaded(path, status.st_mtime_ns, status.st_size), name)
    known = scripted_names(settings, more)
    there = f"there are {', '.join(known[:10])}" if known else f"write {os.path.join(folders[0], plain + _SUFFIX)}"
    searched = " and ".join(dict.fromkeys(map(os.path.abspath, folders)))
    hint = f"{did_you_mean(plain, known) or there}; searched in {searched}, models.scripted names another folder"
    raise ModelNotFound(f"no scripted model is called {plain}", hint=hint)


@lru_cache(maxsize=8)
def _loaded(path: str, _mtime_ns: int, _size: int) -> Script:
    """What a file says, read once for all of its variants."""
    return load_scripted(path)


def scripted_names(settings: Settings, more: Sequence[str] = ()) -> list[str]:
    """Those that there are, sorted."""
    found: set[str] = set()
    for folder in _folders(settings, more):
        try:
            found.update(os.listdir(folder))
        except OSError:
            continue
    return sorted(it.removesuffix(_SUFFIX) for it in found if it.endswith(_SUFFIX))


def _folders(settings: Settings, more: Sequence[str]) -> list[str]:
    beside = (folder_beneath(it, os.path.dirname(it), f"the folder {it}") for it in more)
    return [scripted_folder(settings), *beside]


def scripted_folder(settings: Settings) -> str:
    """Where they are: as the settings say, or `scripted` beside the project file, or in the current folder.

    Raises:
        ConfigError: It is not beneath the project file's folder, by name or by a link, and no file of the user's own
            says that it is to be there.
    """
    given = settings.candidates.get(("models", "scripted"), ())
    beside = os.path.dirname(os.path.abspath(settings.project)) if settings.project else os.getcwd()
    if not given:
        return folder_beneath(os.path.join(beside, "scripted"), beside, "the folder scripted")
    folder = str(given[0].value)
    if settings.is_from_project(given[0].source):
        return folder_beneath(folder, beside, f"models.scripted ({given[0].source})")
    return folder
