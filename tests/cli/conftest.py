import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


Finished = subprocess.CompletedProcess[str]
Llmspell = Callable[..., Finished]


@pytest.fixture
def llmspell(tmp_path: Path) -> Llmspell:
    """Run the program as a user does: in an empty folder, with an environment that holds nothing of ours."""

    def run(*argv: str, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path = tmp_path) -> Finished:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        measured = {key: it for key, it in os.environ.items() if key.startswith("COVERAGE")}
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        return subprocess.run(
            [sys.executable, "-m", "llmspell", *argv],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=cwd,
            env={**environment, **measured, **(env or {})},
            timeout=60,
        )

    return run
