"""Runs of one text under limits, in each engine, as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from warm_host import warm_host

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("lua54", "luajit", "python")
LONGEST_S = 60  # of a test's run; what is tested ends within seconds

Finished = subprocess.CompletedProcess[str]
RunText = Callable[..., Finished]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a process that has a home of its own."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "HOME": str(tmp_path),
        **{f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("STATE", "CONFIG", "DATA", "CACHE")},
        **{key: it for key, it in os.environ.items() if key.startswith("COVERAGE")},
    }


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., list[str]]:
    """The command line that runs a text: `text` by language ("lua", "python")."""

    def build(engine: str, text: Mapping[str, str], *options: str) -> list[str]:
        language = "python" if engine == "python" else "lua"
        script = tmp_path / ("main.py" if language == "python" else "main.lua")
        script.write_text(text[language], "utf-8")
        return [sys.executable, "-m", "llmspell", "run", "--engine", engine, *options, str(script)]

    return build


@pytest.fixture
def run_text(tmp_path: Path, environment: dict[str, str], command: Callable[..., list[str]]) -> RunText:
    """Run a text to its end."""

    def run(engine: str, text: Mapping[str, str], *options: str) -> Finished:
        argv = command(engine, text, *options)[3:]  # after python -m llmspell
        done = warm_host().run(argv, input=b"", cwd=tmp_path, env=environment, timeout_s=LONGEST_S)
        said = [it.decode("utf-8", "replace") for it in (done.stdout, done.stderr)]
        return subprocess.CompletedProcess(done.args, done.returncode, *said)

    return run
