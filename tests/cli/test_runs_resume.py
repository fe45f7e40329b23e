"""`llmspell runs resume` and `runs fork`: scripts in both languages that stop half way and go on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.cli.runs_trust import check_owner
from llmspell.errors import PermissionDenied

Llmspell = Callable[..., "subprocess.CompletedProcess[str]"]

# Stops by itself where the file `go` is missing. All that it has in the host must be there again after that: an agent's
# memory, a tool and a hook of the script's, subscribers, an open file, a conversation.
LUA = """
local seen = {}
Tool.create{name = "double", description = "twice", parameters = {n = "number"}, execute = function(p)
  table.insert(seen, p.n)
  return {result = State.incr("doubled") * 0 + p.n * 2}
end}
Hook.register("BeforeToolExecution", function(ctx) table.insert(seen, "hook") end)
local id = Event.subscribe("order.*")
Event.publish("order.paid", {n = 1})
Event.publish("order.sent", {n = 2})
print(Event.receive(id).event_type)
local agent = Agent.create{name = "parrot", model = "echo/x"}
print(agent:chat("first").text)
local out = io.open("out.txt", "w")
out:write("one\\n") out:flush()
print(Tool.execute("double", {n = 4}).result)
print(State.update("list", function(v) v = v or {} table.insert(v, "x") table.insert(seen, "update") return v end)[1])
print(State.transaction(function(tx) tx:set("t", 7) table.insert(seen, tx:get("t")) return tx:get("t") end))
Run.checkpoint("half")
local go = io.open("go")
if not go then error("not yet") end
out:write("two\\n") out:close()
print(table.concat(seen, " "), #agent:conversation():history(), Event.receive(id).event_type)
print(agent:chat("second").text, agent:get_metrics().executions, State.get("doubled"))
"""
PYTHON = """
seen = []
def double(p):
    seen.append(p["n"])
    return {"result": State.incr("doubled") * 0 + p["n"] * 2}
Tool.create(name="double", description="twice", parameters={"n": "number"}, execute=double)
Hook.register("BeforeToolExecution", lambda ctx: seen.append("hook"))
id = Event.subscribe("order.*")
Event.publish("order.paid", {"n": 1})
Event.publish("order.sent", {"n": 2})
print(Event.receive(id).event_type)
agent = Agent.create(name="parrot", model="echo/x")
print(agent.chat("first").text)
out = open("out.txt", "w")
out.write("one\\n"); out.flush()
print(Tool.execute("double", {"n": 4}).result)
def add(v):
    seen.append("update")
    return [*(v or []), "x"]
print(State.update("list", add)[0])
def both(tx):
    tx.set("t", 7)
    seen.append(tx.get("t"))
    return tx.get("t")
print(State.transaction(both))
Run.checkpoint("half")
try:
    open("go")
except FileNotFoundError:
    raise ValueError("not yet")
out.write("two\\n"); out.close()
print(" ".join(map(str, seen)), len(agent.conversation().history()), Event.receive(id).event_type)
print(agent.chat("second").text, agent.get_metrics().executions, State.get("doubled"))
"""
GRANTS = ("--allow", "read:.", "--allow", "write:.")


def _script(tmp_path: Path, language: str) -> str:
    name = f"work.{language}"
    (tmp_path / name).write_text(LUA if language == "lua" else PYTHON)
    return name


def _last(llmspell: Llmspell) -> str:
    return str(json.loads(llmspell("runs", "list", "--json").stdout)[0]["run_id"])


@pytest.mark.parametrize("language", ["lua", "py"])
def test_a_script_goes_on_as_if_nothing_had_happened(llmspell: Llmspell, tmp_path: Path, language: str) -> None:
    name = _script(tmp_path, language)
    undisturbed = tmp_path / "other"
    undisturbed.mkdir()
    (undisturbed / "go").touch()
    (undisturbed / name).write_text((tmp_path / name).read_text())
    env = {"XDG_STATE_HOME": str(undisturbed / "state")}
    usual = llmspell("run", *GRANTS, name, cwd=undisturbed, env=env)
    assert usual.returncode == 0, usual.stderr
    assert llmspell("run", *GRANTS, name).returncode == 1
    first = llmspell("runs", "resume", "last")
    assert first.returncode == 1, first.stderr  # it fails at the same place, and has done nothing twice
    again = llmspell("runs", "resume", "last")
    assert again.stdout == first.stdout
    (tmp_path / "go").touch()
    forked = llmspell("runs", "fork", "last", "--at", "half")
    assert (forked.stdout, forked.returncode) == (usual.stdout, 0), forked.stderr
    assert "calls reused" in forked.stderr
    assert (tmp_path / "out.txt").read_text() == "one\ntwo\n"
    done = llmspell("runs", "resume", "last")
    assert (done.returncode, "ended well: there is nothing to resume" in done.stderr) == (2, True)


def test_a_changed_script_is_refused_with_the_difference_and_forked(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text('print(State.incr("n"))\nerror("stop")\n')
    assert llmspell("run", "a.lua", "x").returncode == 1
    (tmp_path / "a.lua").write_text('print(State.incr("n"))\nprint("on", ARGS[1])\n')
    refused = llmspell("runs", "resume", "last")
    assert refused.returncode == 65
    assert '-error("stop")' in refused.stderr
    assert '+print("on", ARGS[1])' in refused.stderr
    assert "llmspell runs fork " in refused.stderr
    forked = llmspell("runs", "fork", "last")
    assert (forked.returncode, forked.stdout) == (0, "1\non\tx\n")
    (tmp_path / "a.lua").write_text('print(State.incr("m"))\n')
    other = llmspell("runs", "fork", "last")
    assert other.returncode == 65
    assert "0:1, State.incr, was recorded with other arguments" in other.stderr


def test_a_run_that_has_spent_its_budget_goes_on_with_a_larger_one(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[prices."echo/*"]\ninput = 1000\noutput = 1000\n')
    (tmp_path / "a.lua").write_text(
        'local a = Agent.create{model = "echo/x", max_tokens = 10}\n'
        'for i = 1, 4 do print(a:execute("hi " .. i).text) end\n'
    )
    spent = llmspell("run", "--budget", "0.03", "a.lua")
    assert spent.returncode == 79, spent.stderr
    assert f"`llmspell runs resume {_last(llmspell)}` goes on from here" in spent.stderr
    # The budget is for all of the work: going on is no way around it.
    assert llmspell("runs", "resume", "last").returncode == 79
    more = llmspell("runs", "resume", "last", "--budget", "1")
    assert (more.returncode, more.stdout.count("hi")) == (0, 4), more.stderr
    assert "not spent again" in more.stderr


def test_what_there_is_not_is_said(llmspell: Llmspell, tmp_path: Path) -> None:
    none = llmspell("runs", "resume", "last")
    assert (none.returncode, "there is no run yet" in none.stderr) == (66, True)
    (tmp_path / "a.lua").write_text('State.incr("n")\nerror("stop")\n')
    llmspell("run", "a.lua")
    assert llmspell("runs", "resume", "nothing").returncode == 66
    unfit = llmspell("runs", "resume", "last", "--on-unknown=retyr")
    assert (unfit.returncode, "did you mean retry" in unfit.stderr) == (2, True)
    place = llmspell("runs", "fork", "last", "--at", "hlaf")
    assert (place.returncode, "no place 'hlaf'" in place.stderr) == (1, True)
    assert llmspell("runs", "fork", "last", "--at", "7").returncode == 1
    assert llmspell("runs", "fork", "last", "--at", "0").returncode == 1


def test_stdin_is_read_again_and_goes_on(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text(
        'print(io.read()) State.set("x", 1)\nlocal l = io.read()\nif not l then error("more") end\nprint(l)\n'
    )
    assert llmspell("run", "a.lua", stdin="one\n").returncode == 1
    assert llmspell("runs", "resume", "last", stdin="other\n").returncode == 2
    again = llmspell("runs", "resume", "last", stdin="one\ntwo\n")
    assert (again.returncode, again.stdout) == (0, "one\ntwo\n"), again.stderr


def test_the_guide_names_what_there_is(llmspell: Llmspell, tmp_path: Path) -> None:
    """Each command of the guide, on a run that has what it names."""
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "resume.md").read_text()
    lines = [it.partition("#")[0].split() for it in guide.splitlines() if it.startswith("llmspell runs ")]
    assert len(lines) == 7
    text = "for i = 1, 12 do State.incr('n') end\nRun.checkpoint('half')\nAsync.sleep(0)\nerror('stop')\n"
    (tmp_path / "a.lua").write_text(text)
    llmspell("run", "a.lua")
    for words in lines:
        done = llmspell(*["0:3" if it == "0.2:3" else it for it in words[1:]])
        assert (done.returncode, "calls reused" in done.stderr) == (1, True), (words, done.stderr)


def test_a_run_is_resumed_once_and_last_is_a_scripts(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text('State.incr("n")\nerror("stop")\n')
    assert llmspell("run", "a.lua").returncode == 1
    run_id = _last(llmspell)
    assert llmspell("tool", "call", "calculator", "--input", "1+1").returncode == 0  # a run of its own, of no script
    assert llmspell("runs", "resume", "last").returncode == 1
    successor = _last(llmspell)
    twice = llmspell("runs", "resume", run_id)
    assert (twice.returncode, f"resumed already, as {successor}" in twice.stderr) == (2, True), twice.stderr
    assert llmspell("runs", "fork", run_id).returncode == 1
    assert llmspell("runs", "resume", successor).returncode == 1


def test_a_journal_does_not_name_a_weaker_profile_and_the_user_does(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("print(State.incr('n'))\nerror('stop')\n")
    assert llmspell("run", "-P", "none", "a.lua").returncode == 1
    refused = llmspell("runs", "resume", "last")
    assert (refused.returncode, refused.stdout) == (2, ""), refused.stderr
    assert "under profile none, which confines it less than medium" in refused.stderr
    assert "say -P none" in refused.stderr
    assert llmspell("runs", "fork", "last").returncode == 2
    named = llmspell("runs", "resume", "last", "-P", "none")
    assert (named.returncode, named.stdout) == (1, "1\n"), named.stderr


def test_a_journal_of_another_users_is_not_resumed_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = tmp_path / "journal.db"
    check_owner(str(journal))
    journal.touch()
    check_owner(str(journal))
    monkeypatch.setattr("os.geteuid", lambda: journal.stat().st_uid + 1)
    with pytest.raises(PermissionDenied, match="belongs to another user"):
        check_owner(str(journal))
    check_owner("postgresql://me@db.example/x")
