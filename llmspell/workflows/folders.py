"""Workflows in files of the user's, by name: NAME.toml and NAME.json in the folders of the settings.

Reads folders when it is asked, so that a change counts at once. Blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.config.own_folders import files_by_name, leads_out, own_folders
from llmspell.errors import BadArgument, ConfigError, LLMSpellError, ScriptNotFound
from llmspell.names import name_key
from llmspell.suggestions import not_found
from llmspell.workflows.file_opening import beside
from llmspell.workflows.files import SUFFIXES, read_workflow_file

if TYPE_CHECKING:
    from llmspell.config.settings import Settings


class WorkflowFolders:
    """Finds files by the names of workflows. A hyphen and an underscore are the same, and so are upper and lower case.

    Args:
        folders: First one first; one that is not there is empty.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = tuple(folders)

    @classmethod
    def of(cls, settings: Settings | None) -> WorkflowFolders:
        """Those of `workflows.paths`, or the folders `workflows`.

        Raises:
            ConfigError: One that the user has not named leads out of the project's folder.
        """
        return cls(own_folders(settings, "workflows.paths", "workflows"))

    def paths(self) -> dict[str, Path]:
        """The files that may be opened, by name, sorted. Of two with one name the one in the earlier folder counts.

        Raises:
            ConfigError: A folder cannot be read.
        """
        return {name: it for name, it in self._files().items() if not leads_out(it)}

    def find(self, name: str) -> Path:
        """The file of a name.

        Raises:
            ScriptNotFound: There is none; the hint names the nearest.
            ConfigError: It is a link that leads out of its folder, or a folder cannot be read.
        """
        paths = self._files()
        if (path := paths.get(name_key(name))) is not None:
            return _checked(path)
        none = f"name a file, or put one into {' and '.join(self._folders)}"
        raise not_found(ScriptNotFound, "workflow", name, paths, otherwise=none, compared=name_key(name))

    def path_of(self, name: str) -> str:
        """The file of a name, or empty.

        Raises:
            ConfigError: As of `find`.
        """
        found = self._files().get(name_key(name))
        return "" if found is None else str(_checked(found))

    def list(self) -> Sequence[Mapping[str, Any]]:
        """Rows of name, description, type, n_steps and path, by name; of a file that is no workflow `error`."""
        return [_row(name, path) for name, path in self._files().items()]

    def _files(self) -> dict[str, Path]:
        return files_by_name(self._folders, SUFFIXES, "workflows")


def _checked(path: Path) -> Path:
    if leads_out(path):
        raise ConfigError(f"the workflow {path} is a link that leads out of its folder")
    return path


def _row(name: str, path: Path) -> dict[str, Any]:
    try:
        table = read_workflow_file(str(_checked(path)), beside(str(path), _refuse)).table
    except LLMSpellError as problem:
        return {"name": name, "path": str(path), "error": problem.message}
    steps = table.get("steps")
    return {
        "name": name,
        "description": str(table.get("description", "")),
        "type": str(table.get("type", "sequential")),
        "n_steps": len(steps) if isinstance(steps, list) else 0,
        "path": str(path),
    }


def _refuse(path: str) -> bytes:
    raise BadArgument(f"{path} lies elsewhere, and is opened only when the workflow is run")
