"""Every case of tests/scripts in both languages: the same bytes on stdout, whichever language says it.

A case is a folder with main.lua, main.py, stdout, and whatever else its scripts need. It runs in a copy, in a folder of
its own. case.toml may set: args, stdin (text) or stdin_hex, profile, allow, deny, limit, config (the text of an
llmspell.toml), files (created before, by name), env, runs (how often; stdout is of all together), exit, stderr_contains
and lua_engines (where it is not as usual: see ON_THE_HOST)."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from warm_host import warm_host

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "scripts"
PARTS = {"case.toml", "stdout"}  # of a case, not for its scripts
# What these areas do is done on the host, whichever engine asks: only their first case runs on LuaJIT, too.
ON_THE_HOST = frozenset(
    (
        "agent",
        "artifact",
        "config",
        "event",
        "hook",
        "local_llm",
        "provider",
        "replay",
        "run",
        "session",
        "state",
        "template",
    )
    + ("guardrails", "tools", "workflow", "workflow_plan")
)


@dataclass(frozen=True, slots=True)
class Case:
    """What case.toml says."""

    args: list[str] = field(default_factory=list)
    stdin: str = ""
    stdin_hex: str = ""
    profile: str = ""
    allow: list[str] = field(default_factory=list)
    deny: list[str] = field(default_factory=list)
    limit: list[str] = field(default_factory=list)
    config: str = ""
    files: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    runs: int = 1
    exit: int = 0
    stderr_contains: list[str] = field(default_factory=list)
    lua_engines: list[str] = field(default_factory=list)

    @property
    def options(self) -> list[str]:
        """The command line's, before the script."""
        found = ["--profile", self.profile] if self.profile else []
        for name in ("allow", "deny", "limit"):
            for value in getattr(self, name):
                found += [f"--{name}", value]
        return found


def read_case(folder: Path) -> Case:
    described = folder / "case.toml"
    return Case(**tomllib.loads(described.read_text("utf-8"))) if described.exists() else Case()


FOLDERS = sorted(it.parent for it in CASES.glob("*/*/main.*") if it.suffix == ".lua")


def variants() -> list[tuple[str, str]]:
    """(case, engine) for each test."""
    found = []
    for folder in FOLDERS:
        name = folder.relative_to(CASES).as_posix()
        is_first = folder == min(it for it in FOLDERS if it.parent == folder.parent)
        usual = ["lua54"] if folder.parent.name in ON_THE_HOST and not is_first else ["lua54", "luajit"]
        found += [(name, it) for it in (*(read_case(folder).lua_engines or usual), "python")]
    return found


def run_case(name: str, engine: str, home: Path) -> tuple[bytes, subprocess.CompletedProcess[bytes]]:
    """Run a case in `home`; what it printed in all its runs, and the last run."""
    source, case = CASES / name, read_case(CASES / name)
    cwd = home / "cwd"
    shutil.copytree(source, cwd, ignore=lambda folder, names: PARTS & set(names))
    for path, text in case.files.items():
        (cwd / path).parent.mkdir(parents=True, exist_ok=True)
        (cwd / path).write_text(text, "utf-8")
    if case.config:
        (cwd / "llmspell.toml").write_text(case.config, "utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(home),
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("STATE", "CONFIG", "DATA", "CACHE")},
        **{key: it for key, it in os.environ.items() if key.startswith("COVERAGE")},
        **case.env,
    }
    script = "main.py" if engine == "python" else "main.lua"
    argv = ["run", "--engine", engine, *case.options, script, *case.args]
    stdin = bytes.fromhex(case.stdin_hex) if case.stdin_hex else case.stdin.encode()
    printed = b""
    for _ in range(case.runs):
        done = warm_host().run(argv, input=stdin, cwd=cwd, env=environment)
        printed += done.stdout
    return printed, done


def as_lines(raw: bytes) -> list[str]:
    return raw.decode("utf-8", "backslashreplace").splitlines()


@pytest.mark.parametrize(("name", "engine"), variants(), ids=[f"{name}-{engine}" for name, engine in variants()])
def test_case_prints_what_it_should(name: str, engine: str, tmp_path: Path) -> None:
    case, expected = read_case(CASES / name), (CASES / name / "stdout").read_bytes()
    printed, done = run_case(name, engine, tmp_path)
    stderr = done.stderr.decode("utf-8", "backslashreplace")
    if printed != expected:
        diff = difflib.unified_diff(
            as_lines(expected), as_lines(printed), "stdout", f"printed by {engine}", lineterm=""
        )
        pytest.fail("\n".join([*diff, "--- stderr", stderr]), pytrace=False)
    assert done.returncode == case.exit, stderr
    for text in case.stderr_contains:
        assert text in stderr
    if case.exit == 0 and not case.stderr_contains:
        assert stderr == ""


@pytest.mark.parametrize("folder", sorted(it for it in CASES.glob("*/*") if it.is_dir()), ids=lambda it: it.name)
def test_a_case_is_there_in_both_languages_and_says_what_it_prints(folder: Path) -> None:
    assert {"main.lua", "main.py", "stdout"} <= {it.name for it in folder.iterdir()}
    read_case(folder)  # names no setting that there is not


def test_there_are_at_least_a_hundred_cases() -> None:
    assert len(FOLDERS) >= 100
