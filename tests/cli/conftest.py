import functools
import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmspell.cli import commands, output
from llmspell.cli.failure import report
from llmspell.cli.main import run_command
from llmspell.errors import LLMSpellError
from warm_host import warm_host

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
        done = warm_host().run(argv, input=stdin.encode(), cwd=cwd, env={**environment, **measured, **(env or {})})
        said = [it.decode("utf-8", "replace").replace("\r\n", "\n") for it in (done.stdout, done.stderr)]
        return subprocess.CompletedProcess(done.args, done.returncode, *said)

    return run


Command = Callable[..., Finished]
CACHED_ROOT = functools.cache(commands.root)  # it has no state, and takes longer to build than most commands to run


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run a command in this process, in an empty folder, with settings of nobody: milliseconds instead of a third of a
    second. Bytes that are no text come as surrogates."""
    monkeypatch.setattr(commands, "root", CACHED_ROOT)
    for name in [it for it in os.environ if it.startswith(("LLMSPELL_", "XDG_", "COLUMNS"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, stdin: str = "") -> Finished:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        monkeypatch.setattr(os, "isatty", lambda descriptor: False)
        monkeypatch.setattr(output.STYLE, "quiet", False)
        try:
            code = run_command(argv)
        except LLMSpellError as failure:
            code = report(failure)
        said = [it.decode("utf-8", "surrogateescape") for it in capfdbinary.readouterr()]
        return subprocess.CompletedProcess(argv, code, *said)

    return run
