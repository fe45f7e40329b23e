"""No script gets what nobody approved for exactly its text: S35."""

import os

import pytest

from llmspell.approval.gate import Gate
from llmspell.approval.store import approvals_folder
from llmspell.cli.runs import reader_of
from llmspell.config.load import load_settings
from llmspell.runtime import runtime as runtime_module
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import detect
from llmspell.security.profile import resolve_profile


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in [it for it in os.environ if it.startswith(("LLMSPELL_", "XDG_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "work" / "out").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def run(path, *, ask=None, allow=(), profile="medium"):
    settings = load_settings()
    return ScriptRuntime(resolve_profile(profile, allow=allow), settings=settings, ask=ask).run(path, output="capture")


ASKS = '-- llmspell: allow = ["write:./out"]\n'
WRITES = 'local f = io.open("out/a", "w"); f:write("a"); f:close(); print("done")\n'


@pytest.mark.parametrize("ask", [["once"], ["always", None], ["no"]])
def test_s35_asking_is_not_having(place, ask):
    (place / "x.lua").write_text(ASKS + WRITES)
    for answer in ask:
        ran = None
        try:
            ran = run("x.lua", ask=None if answer is None else lambda request, answer=answer: answer)
        except Exception as error:  # whatever it is, it must be this one
            assert type(error).__name__ == "ApprovalNeeded" and answer == "no"
        assert (ran is not None and ran.stdout == b"done\n") == (answer != "no")


def test_s35_a_script_cannot_approve_itself(place):
    """Not even where it may write all around the approvals; the same writes elsewhere are allowed."""
    folder = approvals_folder(os.environ)
    state = os.path.dirname(folder)
    script = f"""
local function try(name, ...)
  local args = {{...}}
  print(name, (pcall(function() return table.unpack({{Tool.execute("file-operations", table.unpack(args))}}) end)))
end
local function open(path)
  print("open", (pcall(function() local f = io.open(path, "w"); f:write("{{}}"); f:close() end)))
end
try("dir", {{operation = "create_dir", path = "PLACE/approvals"}})
open("PLACE/approvals/approvals.json")
try("write", {{operation = "write", path = "PLACE/approvals/approvals.json", input = "{{}}", overwrite = true}})
try("mine", {{operation = "create_dir", path = "{place}/mine/approvals"}})
try("move", {{operation = "move", path = "{place}/mine", to = "PLACE"}})
try("out", {{operation = "create_dir", path = "{place}/other/approvals"}})
try("into", {{operation = "move", path = "{place}/other/approvals", to = "PLACE/approvals"}})
"""
    said = {}
    for target in (state, str(place / "twin")):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        (place / "x.lua").write_text(script.replace("PLACE", target).replace("mine", "mine" + target[-4:]))
        for profile, allow in (("medium", ["write:/"]), ("low", ["*"])):
            said[target, profile] = run("x.lua", allow=allow, profile=profile).stdout.decode().split("\n")
    refused = said[state, "medium"]
    assert [it.partition("\t")[2] for it in refused if it.startswith(("dir", "open", "write", "move", "into"))] == [
        "false"
    ] * 5
    assert said[state, "low"][:3] == ["dir\tfalse", "open\tfalse", "write\tfalse"]
    assert said[str(place / "twin"), "medium"][:3] == ["dir\ttrue", "open\ttrue", "write\ttrue"]
    assert not os.path.exists(folder)


def test_approvals_cannot_be_moved_away_with_the_folder_around_them(place):
    folder = approvals_folder(os.environ)
    os.makedirs(folder, mode=0o700)
    move = 'print((pcall(Tool.execute, "file-operations", {operation = "move", path = "%s", to = "%s"})))\n'
    (place / "twin").mkdir()
    (place / "x.lua").write_text(
        move % (os.path.dirname(folder), place / "away") + move % (place / "twin", place / "b")
    )
    assert run("x.lua", allow=["write:/", "read:/"]).stdout == b"false\ntrue\n"


def test_s35_the_text_that_runs_is_the_text_that_was_approved(place, monkeypatch):
    """The file is changed as soon as it was read, and once more after the question."""
    path = place / "x.lua"
    path.write_text(ASKS + WRITES)
    evil = ASKS + 'print("evil")\n'

    def ask(request):
        path.write_text(evil)
        return "always"

    real = runtime_module.launch

    def launch(script, *args, **more):
        path.write_text(evil)
        return real(script, *args, **more)

    monkeypatch.setattr(runtime_module, "launch", launch)
    assert run("x.lua", ask=ask).stdout == b"done\n"
    assert path.read_text() == evil
    with pytest.raises(Exception, match="It has changed since"):
        run("x.lua")
    path.write_text(ASKS + WRITES)
    assert run("x.lua").stdout == b"done\n"


@pytest.mark.parametrize("how", ["swapped", "worked out", "dofile"])
def test_a_module_that_nobody_approved_is_not_loaded(place, monkeypatch, how):
    """One that is swapped while the script starts, one whose name is worked out, and a file that is run as code."""
    load = {"swapped": 'require("m")', "worked out": 'require("m" .. tostring(""))', "dofile": 'dofile("m.lua")'}[how]
    (place / "m.lua").write_text('print("module")\n')
    source = f"print((select(2, pcall(function() {load} end))))\n"
    (place / "plain.lua").write_text(source)
    (place / "x.lua").write_text(ASKS + source)
    real = runtime_module.launch

    def launch(script, *args, **more):
        (place / "m.lua").write_text('print("other module")\n')
        return real(script, *args, **more)

    if how == "swapped":
        assert run("x.lua", ask=lambda request: "once").stdout == b"module\nnil\n"
        monkeypatch.setattr(runtime_module, "launch", launch)
    said = run("x.lua", ask=lambda request: "once").stdout.decode()
    assert "not among the modules that were approved" in said and "module\n" not in said
    assert "module" in run("plain.lua").stdout.decode().split("\n")[0]


def test_a_header_in_a_module_asks_for_nothing(place):
    (place / "m.lua").write_text(ASKS + "return 1\n")
    (place / "x.lua").write_text('require("m")\n' + WRITES)
    assert run("x.lua").exit_code == 77
    assert run("x.lua", allow=["write:./out"]).exit_code == 0


def test_a_link_to_an_approved_script_is_that_script_and_nothing_else(place):
    (place / "x.lua").write_text(ASKS + WRITES)
    (place / "link.lua").symlink_to(place / "x.lua")
    assert run("link.lua", ask=lambda request: "always").stdout == b"done\n"
    assert run("x.lua").stdout == b"done\n"
    (place / "y.lua").write_text(ASKS + 'print("evil")\n')
    (place / "link.lua").unlink()
    (place / "link.lua").symlink_to(place / "y.lua")
    with pytest.raises(Exception, match="nobody has approved"):
        run("link.lua")


def test_an_approval_covers_nothing_that_was_not_shown(place):
    """What is approved is what the request listed: nothing that a flag gave at that time."""
    (place / "x.lua").write_text('-- llmspell: allow = ["write:./out", "env:HOME"]\n' + WRITES)
    asked = []

    def ask(request):
        asked.append([str(it) for it in request.review.needed])
        return "always"

    assert run("x.lua", ask=ask, allow=["env:HOME"]).exit_code == 0
    assert asked == [["write:./out"]]
    with pytest.raises(Exception, match="write:./out, env:HOME"):
        run("x.lua")
    assert run("x.lua", allow=["env:HOME"]).exit_code == 0


def test_every_approval_is_in_the_journal(place):
    (place / "x.lua").write_text(ASKS + WRITES)
    run("x.lua", ask=lambda request: "always")
    run("x.lua")
    reader = reader_of(None)
    notes = [it.value for row in reader.runs() for it in reader.notes(row.run.run_id, kind="approval")]
    assert [it["how"] for it in notes] == ["approved before", "approved for this text"]
    assert {it["hash"] for it in notes} == {Gate(load_settings()).request(detect("x.lua"), resolve_profile("medium"))[
        0
    ].content_hash}  # fmt: skip
