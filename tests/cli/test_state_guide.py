"""What docs/guide/state.md and sessions.md show from the shell is what is printed. Their scripts: test_readme."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.config.load import load_settings
from llmspell.config.secrets import Secret
from llmspell.sessions.artifacts import Artifacts
from llmspell.sessions.store import Sessions
from llmspell.state.open import open_state

Command = Callable[..., subprocess.CompletedProcess[str]]
GUIDES = Path(__file__).parents[2] / "docs" / "guide"


def blocks(guide: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (GUIDES / guide).read_text(), re.MULTILINE | re.DOTALL)


def shown(guide: str, command: Command) -> str:
    """The console block of a guide, with what its commands print now."""
    (block,) = blocks(guide, "console")
    text = ""
    for line in block.splitlines():
        if line.startswith("$ llmspell "):
            done = command(*shlex.split(line.removeprefix("$ llmspell ")))
            assert done.returncode == 0, done.stderr
            text += f"{line}\n{done.stdout}{done.stderr}"
    return text


def test_the_guide_to_state_shows_what_is_printed(command: Command) -> None:
    assert shown("state.md", command) == blocks("state.md", "console")[0]


def test_the_guide_to_sessions_shows_what_is_printed(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "state.db")
    monkeypatch.setenv("LLMSPELL_STATE__PATH", path)

    async def main() -> None:
        state = open_state(path)
        sessions = Sessions(state, lambda: 1_795_858_200.0)
        await sessions.create({"id": "trip-1", "name": "trip"})
        await Artifacts(sessions).store("trip-1", "report", "plan.md", "# Oslo\n")
        await state.aclose()

    asyncio.run(main())
    assert shown("sessions.md", command) == blocks("sessions.md", "console")[0]


def test_the_settings_of_the_guide_are_settings(tmp_path: Path) -> None:
    loaded = []
    for i, text in enumerate(blocks("state.md", "toml")):
        (tmp_path / f"{i}.toml").write_text(text)
        loaded.append(load_settings(files=[str(tmp_path / f"{i}.toml")], environ={}))
    assert loaded[0].get("state.max_scope_size") == 64 * 1024 * 1024
    assert isinstance(loaded[1].get("state.encryption_key"), Secret)
    defaults = load_settings(files=(), environ={})
    assert [defaults.get(it) for it in ("state.max_size", "state.max_scope_size", "artifacts.max_size")] == [
        1024 * 1024 * 1024,
        256 * 1024 * 1024,
        512 * 1024 * 1024,
    ]
