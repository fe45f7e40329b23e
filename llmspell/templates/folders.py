"""Templates of the user's: NAME.toml in the folders of the settings, read when they are asked for.

A change counts at once. Blocks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.config.own_folders import files_by_name, own_folders
from llmspell.names import name_key

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.templates.workflow_template import WorkflowTemplate

SETTING, FOLDER = "templates.paths", "templates"


class TemplateFiles:
    """Finds templates by the names of their files. A hyphen and an underscore are the same, and so are upper and lower
    case.

    Args:
        folders: First one first; one that is not there is empty.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = tuple(folders)

    @classmethod
    def of(cls, settings: Settings | None) -> TemplateFiles:
        """Those of `templates.paths`, or the folders `templates`.

        Raises:
            ConfigError: One that the user has not named leads out of the project's folder.
        """
        return cls(own_folders(settings, SETTING, FOLDER))

    def names(self) -> list[str]:
        """All of them, sorted; also of files that are no templates."""
        return list(self._paths())

    def find(self, name: str) -> WorkflowTemplate | None:
        """One of them; None where there is no such file.

        Raises:
            ConfigError: It is no template; the message names the file and the key.
        """
        path = self._paths().get(name_key(name))
        if path is None:
            return None
        from llmspell.templates.user_file import read_template_file  # late: most runs have no such file

        return read_template_file(path)

    def _paths(self) -> dict[str, Path]:
        return files_by_name(self._folders, (".toml",), "templates")
