"""What docs/guide/permissions.md shows is what is printed."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from llmspell.approval.gate import user

Command = Callable[..., subprocess.CompletedProcess[str]]
PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "permissions.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_guide_to_permissions_shows_what_is_printed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("one\ntwo\n")
    (tmp_path / "count.lua").write_text(blocks("lua")[0])
    first, _, expected = blocks("console")[0].partition("\n")
    assert first == "$ mkdir out"
    (tmp_path / "out").mkdir()
    shown = ""
    for line in [it.removeprefix("$ ") for it in expected.splitlines() if it.startswith("$ llmspell ")]:
        done = command(*shlex.split(line)[1:])
        shown += f"$ {line}\n{done.stdout}{done.stderr}"
    shown = re.sub(rf"by {re.escape(user())} on [-\d]+ [\d:]+", "by ada on 2026-11-29 12:00", shown)
    shown = re.sub(r"[0-9a-f]{12}  [-\d]+ [\d:]+  " + re.escape(user()), "5f0c1a2b3c4d  2026-11-29 12:00  ada", shown)
    shown = shown.replace(str(tmp_path), "/home/ada/notes")
    assert [re.sub(" +", " ", it) for it in shown.splitlines()] == [
        re.sub(" +", " ", it) for it in expected.splitlines()
    ]
