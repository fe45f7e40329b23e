"""Every workflow of the examples is valid, runs as its first lines say, and is drawn in the guide as it is."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from llmspell.cli.main import run_command

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "examples" / "workflows").glob("*.toml"))
GUIDE = (ROOT / "docs" / "guide" / "workflow-files.md").read_text("utf-8")
SCRIPTED = ["--set", "models.scripted=examples/scripted"]

# What each prints.
EXPECTED = {
    "hashes": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    "release": '"tag": "LLMSPELL-1002"',
    "triage": "We have sent the invoice again.",
}


@pytest.fixture(autouse=True)
def at_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)


def test_all_are_tested() -> None:
    assert {it.stem for it in FILES} == set(EXPECTED)


@pytest.mark.parametrize("path", FILES, ids=lambda it: it.stem)
def test_it_is_valid_and_the_command_in_it_prints_what_it_should(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    about, command = path.read_text("utf-8").splitlines()[:2]
    assert re.fullmatch(r"# [A-Z].*\.", about)
    program, *argv = shlex.split(command.removeprefix("#"))
    assert (program, argv[:3]) == ("llmspell", ["workflow", "run", f"examples/workflows/{path.name}"])
    assert run_command(["workflow", "validate", argv[2], *SCRIPTED]) == 0
    capfd.readouterr()
    assert run_command([*argv, *SCRIPTED]) == 0
    assert EXPECTED[path.stem] in capfd.readouterr().out


def test_the_guide_shows_what_is_drawn_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    drawn, said = [it for it in re.findall(r"^```text\n(.*?)^```", GUIDE, re.M | re.S)][::-1]
    run_command(["workflow", "show", "examples/workflows/release.toml"])
    assert capfd.readouterr().out == drawn
    (file,) = [it for it in re.findall(r"^```toml\n(.*?)^```", GUIDE, re.M | re.S) if it.startswith("# digest.toml")]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digest.toml").write_text(file.removeprefix("# digest.toml\n"))
    assert run_command(["workflow", "run", "digest.toml", "-i", "title=a", "-i", "body=b", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["value"]["outputs"]["count"]["result"] == "A"
    text = (tmp_path / "digest.toml").read_text().replace('tool = "hash', 'tol = "hash')
    (tmp_path / "digest.toml").write_text(text)
    assert run_command(["workflow", "validate", "digest.toml"]) == 1
    assert capfd.readouterr().out == said
