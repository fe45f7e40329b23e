"""Settings as they are found in a folder of its own: a project file, a user's file, variables."""

from pathlib import Path

from llmspell.config.load import load_settings
from llmspell.config.settings import Settings


def settings_of(folder: Path, project: str = "", user: str = "", **variables: str) -> Settings:
    """The settings of a project that was found, not named."""
    (folder / "project").mkdir(exist_ok=True)
    (folder / "home" / "llmspell").mkdir(parents=True, exist_ok=True)
    for path, text in (("project/llmspell.toml", project), ("home/llmspell/config.toml", user)):
        (folder / path).unlink(missing_ok=True)
        if text:
            (folder / path).write_text(text, "utf-8")
    environ = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "home"), **variables}
    return load_settings(cwd=str(folder / "project"), environ=environ)
