"""Where settings files are. Imports nothing but os and sys, because the quick path asks whether there are any.

    project    llmspell.toml (or .yaml, .yml, .json), in the current folder or the nearest one above it
    user       config.toml (or …) in $XDG_CONFIG_HOME/llmspell, ~/Library/Application Support/llmspell or
               %APPDATA%\\llmspell

A project file above the current folder counts only if it belongs to the user, to root, or to the owner of the current
folder: otherwise anybody could leave one in /tmp for whoever works beneath it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SUFFIXES = (".toml", ".yaml", ".yml", ".json")
PREFIX = "LLMSPELL_"
# What says where the folders of the user are.
FOLDER_VARIABLES = (
    "HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA",
)  # fmt: skip


def settings_files(cwd: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
    """The files that count, weakest first: the user's, then the project's. Only those that exist."""
    found = (user_file(os.environ if environ is None else environ), project_file(cwd or os.getcwd()))
    return [it for it in found if it]


config_files = settings_files


def has_overrides(environ: Mapping[str, str] | None = None) -> bool:
    """Whether a variable sets a setting: `LLMSPELL_SECTION__KEY`."""
    return any(it.startswith(PREFIX) and "__" in it for it in (os.environ if environ is None else environ))


def project_file(cwd: str) -> str:
    """The nearest project file at or above a folder, or empty."""
    folder = os.path.abspath(cwd)
    owner = -1
    while True:
        for suffix in SUFFIXES:
            path = os.path.join(folder, "llmspell" + suffix)
            try:
                info = os.stat(path)
            except (OSError, ValueError):
                continue
            if owner == -1:
                owner = _owner(cwd)
            is_here = folder == os.path.abspath(cwd)
            if info.st_mode & 0o170000 == 0o100000 and (is_here or info.st_uid in (_user(), 0, owner)):
                return path
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def user_file(environ: Mapping[str, str]) -> str:
    """The user's own file, or empty."""
    folder = user_folder(environ)
    for suffix in SUFFIXES:
        path = os.path.join(folder, "config" + suffix)
        if os.path.isfile(path):
            return path
    return ""


def own_file(environ: Mapping[str, str] | None = None) -> str:
    """The user's own file, or where it belongs while there is none."""
    known = os.environ if environ is None else environ
    return user_file(known) or os.path.join(user_folder(known), "config.toml")


def user_folder(environ: Mapping[str, str]) -> str:
    """Where the user's settings live on this system."""
    return _folder(environ, "XDG_CONFIG_HOME", ".config", "APPDATA")


def state_folder(environ: Mapping[str, str]) -> str:
    """Where the journal and the state live on this system."""
    return _folder(environ, "XDG_STATE_HOME", ".local/state", "LOCALAPPDATA")


def cache_folder(environ: Mapping[str, str]) -> str:
    """Where that lives which can be made again at any time."""
    return _folder(environ, "XDG_CACHE_HOME", ".cache", "LOCALAPPDATA")


def _folder(environ: Mapping[str, str], variable: str, default: str, windows: str) -> str:
    named = environ.get(variable, "")
    if os.path.isabs(named):  # the XDG specification: a relative path is to be ignored
        return os.path.join(named, "llmspell")
    home = environ.get("HOME") or os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(environ.get(windows) or home, "llmspell")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "llmspell")
    return os.path.join(home, default, "llmspell")


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _owner(folder: str) -> int:
    try:
        return os.stat(folder).st_uid
    except OSError:
        return -2
