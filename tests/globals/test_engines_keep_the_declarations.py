"""What the engines implement themselves: every name that is declared is there, in both languages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.globals.declared import declared_interface
from llmspell.interface.spec import RESERVED_LUA, RESERVED_PYTHON, MethodSpec

ROOT = Path(__file__).parents[2]
MADE_BY = {
    "lua": {
        "Task": "Async.spawn(function() end)",
        "Channel": "Async.channel(1)",
        "PromiseObject": "Promise.resolve(1)",
        "Stream": "Streaming.create(function(emit) end)",
    },
    "python": {
        "Task": "Async.spawn(lambda: 1)",
        "Channel": "Async.channel(1)",
        "PromiseObject": "Promise.resolve(1)",
        "Stream": "Streaming.create(lambda emit: None)",
    },
}


def names(methods: tuple[MethodSpec, ...], language: str) -> list[str]:
    """All spellings but those that the language's grammar forbids, or that only the other one's grammar asks for."""
    reserved, others = (RESERVED_LUA, RESERVED_PYTHON) if language == "lua" else (RESERVED_PYTHON, RESERVED_LUA)
    found = []
    for method in methods:
        for it in (method.name, *method.spellings):
            only_for_the_other = it == f"{method.name}_" and method.name in others - reserved
            if it not in reserved and not only_for_the_other:
                found.append(it)
    return found


def lines(language: str) -> list[str]:
    found = []
    for spec in declared_interface().globals:
        owners = [(spec.name, spec.methods)]
        owners += [(MADE_BY[language][it.name], it.methods) for it in spec.objects if it.name in MADE_BY[language]]
        for owner, methods in owners:
            for name in names(methods, language):
                whole = f"{owner}.{name}"
                if language == "lua":
                    found.append(f"if type({whole}) ~= 'function' then print([[{whole}]]) end")
                else:
                    found.append(f"if not callable({whole}): print({whole!r})")
    return found


def run(script: Path) -> subprocess.CompletedProcess[str]:
    """Run it as a user would, with a state folder of its own."""
    command = [sys.executable, "-m", "llmspell", "run", str(script)]
    environ = {**os.environ, "XDG_STATE_HOME": str(script.parent)}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("language", "suffix"), [("lua", "lua"), ("python", "py")])
def test_every_declared_name_is_a_function_in_a_script(language: str, suffix: str, tmp_path: Path) -> None:
    script = tmp_path / f"names.{suffix}"
    script.write_text("\n".join(lines(language)) + "\n")
    done = run(script)
    # The tasks that were made to look at their methods go on until the script ends, which it says.
    said = [it for it in done.stderr.splitlines() if "tasks were still running" not in it]
    assert (done.stdout, said, done.returncode) == ("", [], 0)


def test_a_name_that_is_missing_would_be_seen(tmp_path: Path) -> None:
    script = tmp_path / "names.lua"
    script.write_text("if type((Async).nothing) ~= 'function' then print([[Async.nothing]]) end\n")
    assert run(script).stdout == "Async.nothing\n"
