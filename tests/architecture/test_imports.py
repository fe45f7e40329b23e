"""Who may import whom: the contracts of pyproject.toml, and what they cannot say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "llmspell"


def test_the_contracts_of_pyproject_are_kept() -> None:
    command = Path(sys.executable).parent / "lint-imports"
    if not command.exists():
        found = shutil.which("lint-imports")
        assert found, "import-linter is not installed: scripts/setup --dev"
        command = Path(found)
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "160"}
    done = subprocess.run(
        [str(command), "--no-cache"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert " 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("library", "allowed"),
    [("lupa", "engine/lua"), ("RestrictedPython", "engine/python"), ("greenlet", "engine/python")],
)
def test_a_languages_library_is_named_in_its_engine_only(library: str, allowed: str) -> None:
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        words = (f"import {library}", f"from {library}")
        imports = [it for it in path.read_text(encoding="utf-8").splitlines() if it.strip().startswith(words)]
        assert not imports or name.startswith(allowed), f"{name}: {imports[0].strip()}"


def test_nothing_is_read_by_pickle_or_marshal() -> None:
    """What a worker sends is an attacker's input."""
    for path in PACKAGE.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not line.strip().startswith(("import pickle", "from pickle", "import marshal", "from marshal")), path
