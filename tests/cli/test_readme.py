"""What the README and the guides show is run: their scripts, and their one-line commands."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from warm_host import warm_host

# Commands that are about what the one before them has left.
TOGETHER = re.compile(r"llmspell (runs|audit|test)\b|--record|--replay")
NEEDS_A_SHELL = frozenset("|<>$&;*`")
Llmspell = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
# Their scripts: tests/events/test_guides.py, test_permissions_guide.py.
WITH_WHAT_THEY_PRINT = {"hooks.md", "events.md", "built-in-hooks.md", "permissions.md"}
ONE_AFTER_THE_OTHER = {"runs.md"}  # their commands: tests/cli/test_runs_guide.py


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)


SCRIPTS = [
    pytest.param(text, {"lua": "lua", "python": "py"}[language], id=f"{path.name}-{language}-{i}")
    for path in GUIDES
    if path.name not in WITH_WHAT_THEY_PRINT
    for language in ("lua", "python")
    for i, text in enumerate(blocks(path, language))
    if "from llmspell import" not in text
]


@pytest.mark.parametrize(("text", "suffix"), SCRIPTS)
def test_a_script_that_is_shown_runs(llmspell: Llmspell, tmp_path: Path, text: str, suffix: str) -> None:
    (tmp_path / f"shown.{suffix}").write_text(text)
    done = llmspell("run", f"shown.{suffix}", stdin="abc\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def commands_of(text: str) -> list[str]:
    return [it.partition("   #")[0].strip() for it in text.splitlines()]


STORIES = [
    pytest.param(commands_of(text), id=f"{path.name}-{i}")
    for path in (ROOT / "README.md",)
    for i, text in enumerate(blocks(path, "sh"))
    if TOGETHER.search(text)
]


@pytest.mark.parametrize("story", STORIES)
def test_commands_that_are_shown_together_work_one_after_the_other(tmp_path: Path, story: list[str]) -> None:
    for it in ("examples", "docs"):
        shutil.copytree(ROOT / it, tmp_path / it)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    for line in story:
        done = warm_host().run(shlex.split(line)[1:], input=b"", cwd=tmp_path, env=env)
        assert done.returncode == 0, f"{line}: {done.stderr.decode()}"
        assert done.stdout or done.stderr, line


def lines() -> list[str]:
    """The commands of all `sh` blocks that need neither a file of the reader's nor a git history."""
    guides = [it for it in GUIDES if it.name not in ONE_AFTER_THE_OTHER]
    texts = [it for path in guides for it in blocks(path, "sh") if not TOGETHER.search(it)]
    found = [line for it in texts for line in commands_of(it)]
    needs = re.compile(r"report\.lua|hello\.lua|churn|scripts/|activate|pip install|^#")
    return sorted({it for it in found if "llmspell" in it and not needs.search(it)})


@pytest.mark.parametrize("line", lines())
def test_a_command_that_is_shown_works(tmp_path: Path, line: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "llmspell").write_text(f'#!/bin/sh\nexec {sys.executable} -m llmspell "$@"\n')
    (tmp_path / "llmspell").chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    command = ["bash", "-o", "pipefail", "-c", line]
    # Those about this repository are typed in it, the others anywhere.
    folder = ROOT if "examples/" in line or "git log" in line else tmp_path
    words = shlex.split(line)
    if words[0] == "llmspell" and NEEDS_A_SHELL.isdisjoint(line):
        done = warm_host().run(words[1:], input=b"", cwd=folder, env=env)
    else:
        done = subprocess.run(command, capture_output=True, cwd=folder, env=env, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout or done.stderr


def test_both_languages_give_the_same_hashes(llmspell: Llmspell, tmp_path: Path) -> None:
    lua, python = blocks(ROOT / "README.md", "lua")[0], blocks(ROOT / "README.md", "python")[0]
    (tmp_path / "hash.lua").write_text(lua)
    (tmp_path / "hash.py").write_text(python)
    printed = llmspell("run", "hash.py", stdin="abc\nx\n").stdout
    assert printed.startswith("ba7816bf")
    assert printed.split() == llmspell("run", "hash.lua", stdin="abc\nx\n").stdout.split()


def test_every_link_of_the_guides_leads_to_a_file() -> None:
    for path in GUIDES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_library_example_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "report.lua").write_text("print('from the library')")
    shown = [it for path in GUIDES for it in blocks(path, "python") if "from llmspell import" in it]
    assert shown
    for text in shown:
        names: dict[str, object] = {}
        exec(text.replace('run("report.lua")', 'run("report.lua", output="capture")'), names)
        outcome = names["outcome"]
        assert outcome.exit_code == 0  # type: ignore[attr-defined]
