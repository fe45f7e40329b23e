"""`llmspell approve`, and what `run` makes of a header: refused, approved, changed, taken back; audited."""

import json
from pathlib import Path

import pytest

from llmspell.cli.runs import reader_of

LUA = """-- llmspell: allow = ["write:./out"]
local m = require("m")
local file = io.open("out/x.txt", "w"); file:write(m); file:close(); print("done")
"""
PYTHON = """# llmspell: allow = ["write:./out"]
import m
with open("out/x.txt", "w") as file:
    file.write(m.text)
print("done")
"""
MODULES = {"m.lua": 'return "lua"\n', "m.py": 'text = "python"\n'}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    for name, text in {"x.lua": LUA, "x.py": PYTHON, **MODULES}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def notes(kind: str) -> list:
    reader = reader_of(None)
    return [it.value for row in reversed(reader.runs()) for it in reader.notes(row.run.run_id, kind=kind)]


@pytest.mark.parametrize("name", ["x.lua", "x.py"])
def test_a_script_runs_once_it_is_approved_and_not_once_it_has_changed(command, place, name):
    refused = command(name)
    assert refused.returncode == 77 and refused.stdout == "" and not list((place / "out").iterdir())
    assert f"llmspell approve {name}, or run it with --allow write:./out" in refused.stderr
    assert command("run", "--allow", "write:./out", name).stdout == "done\n"
    assert command("run", "--no-input", name).returncode == 77
    once = command("run", "--yes", name)
    assert once.stdout == "done\n" and "change and delete" in once.stderr and "by --yes" in once.stderr
    assert command(name).returncode == 77

    assert command("approve", name).returncode == 77  # nobody is there to be asked
    shown = command("approve", name, "--show")
    assert shown.returncode == 0 and "profile medium gives no write" in shown.stdout
    assert "which it loads" in shown.stdout
    assert command("approve", name, "--yes").returncode == 0
    assert command(name).stdout == "done\n"
    listed = json.loads(command("approve", "--list", "--json").stdout)
    assert [(it["script"], it["permissions"]) for it in listed] == [(str(place / name), ["write:./out"])]
    assert "is approved, by" in command("approve", name).stderr
    assert str(place / name) in command("approve", "--list").stdout

    module = place / name.replace("x", "m")
    module.write_text(module.read_text() + "\n")
    assert "It has changed since it was last approved" in command(name).stderr
    module.write_text(MODULES[module.name])
    assert command(name).returncode == 0
    text = (place / name).read_text()
    (place / name).write_text(text.replace('"write:./out"', '"write:./out", "env:HOME"'))
    changed = command("approve", name, "--show").stdout
    assert "its text has changed since" in changed and "+ env:HOME" in changed
    assert command(name).returncode == 77
    (place / name).write_text(text)

    assert "taken back: write:./out" in command("approve", name, "--revoke").stderr
    assert command(name).returncode == 77 and command("approve", name, "--revoke").returncode == 2
    hows = [it["how"] for it in notes("approval")]
    assert hows == ["approved once", "approved for this text", *["approved before"] * 2, "taken back"]
    assert all(len(it["hash"]) == 64 and it["by"] and it["approved_at"] > 1e9 for it in notes("approval"))


def test_the_journal_says_that_a_header_allowed_it(command, place):
    command("run", "--yes", "x.lua")
    command("run", "--allow", "write:./out", "x.lua")
    reader = reader_of(None)
    by = [
        {str(line).partition(" by ")[2] for it in reader.entries(row.run.run_id) for line in it.permission}
        for row in reversed(reader.runs())
    ]
    assert "write:./out (the approved header)" in by[0] and "write:./out (--allow)" in by[1]
    assert "read:. (profile medium)" in by[0]


def test_a_refused_run_leaves_its_output_file_alone_and_says_it_in_json(command, place):
    (place / "kept").write_text("kept")
    refused = command("run", "--json", "-o", "kept", "x.lua")
    assert json.loads(refused.stdout)["error"]["code"] == "approval_needed"
    assert (place / "kept").read_text() == "kept"


def test_what_is_no_file_cannot_be_approved_but_for_once(command, place):
    code = '-- llmspell: allow = ["env:HOME"]\nreturn os.getenv("HOME") ~= nil'
    refused = command("eval", "--", code)
    assert refused.returncode == 77 and "approve" not in refused.stderr.partition("hint")[2]
    assert command("eval", "--yes", "--", code).stdout == "true\n"
    assert command("approve", "-").returncode == 2
    assert command("approve", "--list").stderr == "nothing is approved\n"


def test_a_header_that_is_no_header_is_a_usage_mistake(command, place):
    (place / "bad.lua").write_text('-- llmspell: allow = ["writ:./out"]\n')
    for argv in (["bad.lua"], ["approve", "bad.lua"]):
        bad = command(*argv)
        assert bad.returncode == 2 and "did you mean write?" in bad.stderr
    assert command("approve").returncode == 2 and command("approve", "x.lua", "--list").returncode == 2
    assert command("approve", "x.lua", "--show", "--revoke").returncode == 2
    assert command("approve", "gone.lua").returncode == 66


def test_what_the_profile_gives_needs_no_approval(command, place):
    (place / "given.lua").write_text('-- llmspell: allow = ["read:./out", "tool:calculator"]\nprint("ran")\n')
    assert command("given.lua").stdout == "ran\n"
    assert "asks for nothing that profile medium does not give" in command("approve", "given.lua").stderr
    assert command("run", "--profile", "high", "given.lua").returncode == 77
    hint = command("run", "--profile", "high", "given.lua").stderr
    assert "llmspell approve given.lua --profile high" in hint
    assert command("approve", "given.lua", "--profile", "high", "--yes").returncode == 0
    assert command("run", "--profile", "high", "given.lua").stdout == "ran\n"
    assert command("run", "--profile", "high", "--deny", "tool:*", "given.lua").stdout == "ran\n"
