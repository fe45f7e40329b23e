"""`run --learn`: a script that is refused learns its header, is approved, and then runs under the same profile."""

import os
from pathlib import Path

import pytest

LUA = """#!/usr/bin/env llmspell
local function try(path, mode) return pcall(function() local f = io.open(path, mode); f:write("x"); f:close() end) end
for _, name in ipairs({"a", "b", "c", "d"}) do try("out/" .. name, "w") end
try("OTHER/one", "w")
print(pcall(os.getenv, "HOME"))
Tool.execute("calculator", {input = "1 + 1"})
"""
PYTHON = """#!/usr/bin/env llmspell
import os
def write(path):
    try:
        with open(path, "w") as f: f.write("x")
    except PermissionError as error:
        pass
    except LLMSpellError as error:
        pass
for name in "abcd": write("out/" + name)
write("OTHER/one")
try:
    print(os.environ["HOME"])
except Exception as error:
    print("no")
Tool.execute("calculator", input="1 + 1")
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    other = tmp_path.parent / f"{tmp_path.name}-other"
    other.mkdir(exist_ok=True)
    for name, text in (("x.lua", LUA), ("x.py", PYTHON)):
        (tmp_path / name).write_text(text.replace("OTHER", str(other)))
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("name", ["x.lua", "x.py"])
@pytest.mark.parametrize("flags", [(), ("--allow", "write:/", "--allow", "env:*")])
def test_a_script_learns_its_header_is_approved_and_runs(command, place, name, flags):
    """The same header, whether it was given all of it or refused all of it."""
    path = place / name
    before = path.read_text()
    other = f"{place}-other"
    rules = f'"write:./out", "write:{other}/one", "env:HOME"'
    line = f"{'#' if name == 'x.py' else '--'} llmspell: allow = [{rules}]"
    printed = command("run", *flags, "--learn=-", name)
    assert printed.stdout == line + "\n" and path.read_text() == before
    shown = command("run", *flags, "--learn", name)
    assert "nothing was written: --yes" in shown.stderr and f"+{line}" in shown.stderr and path.read_text() == before
    assert ("which it was refused" in shown.stderr) == (not flags)
    assert "written; `llmspell approve" in command("run", *flags, "--learn", "--yes", name).stderr
    first, rest = before.split("\n", 1)
    assert path.read_text() == f"{first}\n{line}\n{rest}" and path.stat().st_mode & 0o777 == 0o755
    for it in (place / "out").iterdir():
        it.unlink()
    assert command(name).returncode == 77
    assert command("approve", name, "--yes").returncode == 0
    ran = command(name)
    assert ran.returncode == 0 and os.environ["HOME"] in ran.stdout
    assert len(list((place / "out").iterdir())) == 4 and Path(other, "one").exists()
    assert "is right as it is" in command("run", "--learn", name).stderr


def test_what_is_given_needs_no_header_and_mistakes_are_said(command, place):
    (place / "plain.lua").write_text('Tool.execute("calculator", {input = "1 + 1"})\nprint("ran")\n')
    plain = command("run", "--learn=-", "plain.lua")
    assert plain.stdout == "" and "ran" in plain.stderr and "needs no header under profile medium" in plain.stderr
    (place / "none.lua").write_text('-- llmspell: allow = ["env:HOME"]\nprint("ran")\n')
    assert command("run", "--learn", "--yes", "none.lua").stdout == "ran\n"
    assert (place / "none.lua").read_text() == 'print("ran")\n'
    assert command("run", "--profile", "high", "--learn=-", "plain.lua").stdout == (
        '-- llmspell: allow = ["tool:calculator"]\n'
    )
    assert command("run", "--learn=x", "plain.lua").returncode == 2
    assert command("run", "--learn=-", "--json", "plain.lua").returncode == 2
    assert command("eval", "--learn", "1").returncode == 2
    assert "is not seen" in command("run", "--profile", "none", "--learn=-", "plain.lua").stderr


def test_the_exit_code_is_the_scripts(command, place):
    (place / "fails.lua").write_text('io.open("out/a", "w")\n')
    failed = command("run", "--learn=-", "fails.lua")
    assert failed.returncode == 77 and failed.stdout == '-- llmspell: allow = ["write:./out/a"]\n'
