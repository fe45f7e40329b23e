"""`--replay=fill`, `modified` and `compare`: replays for which the script runs on the host."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import Command, Finished

# Everything that can be told apart when it is done twice counts in the state.
LUA = """
Tool.create{name = "double", description = "twice", parameters = {n = "number"}, execute = function(p)
  return {result = State.incr("doubled") * 0 + p.n * 2}
end}
local a = Agent.create{name = "a", model = "echo"}
local got = Async.all({
  function() return a:execute("one").text end,
  function() return Tool.execute("double", {n = 4}).result end,
  function() Async.sleep(0.01) return State.incr("k") end,
})
print(got[1], got[2], got[3])
print(Async.race({function() return State.incr("fast") end, function() Async.sleep(5) return State.incr("slow") end}))
print(State.incr("n"), math.random(1000000), os.time())
"""
PYTHON = """
import asyncio, random, time
def double(p):
    return {"result": State.incr("doubled") * 0 + p["n"] * 2}
Tool.create(name="double", description="twice", parameters={"n": "number"}, execute=double)
a = Agent.create(name="a", model="echo")
def first():
    return a.execute("one").text
def second():
    return Tool.execute("double", n=4)["result"]
got = Async.all([first, second, lambda: State.incr("k")])
print(*got)
print(State.incr("n"), random.random(), time.time())
"""
SCRIPTS = {"work.lua": LUA, "work.py": PYTHON}
INSERTED = {"work.lua": 'State.incr("new")\n', "work.py": 'State.incr("new")\n'}


def said(done: Finished) -> str:
    return done.stderr.removeprefix("llmspell: ").strip()


def unnumbered(tape: Path) -> str:
    """Agents are numbered by the process, which is the same one in all of these tests; a busy machine may deliver in
    another order what came at the same time."""
    text = re.sub(r'"a-\d+"', '"a"', tape.read_text())
    return re.sub(r"^(order|turns): .*?\]$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", list(SCRIPTS))
def test_a_fill_answers_what_the_tape_holds_and_records_the_rest(command: Command, name: str) -> None:
    script, tape = Path(name), Path("a.tape")
    script.write_text(SCRIPTS[name])
    first = command("run", name, "--replay=fill:a.tape")  # there is none: it is recorded
    n_calls = 6 if name == "work.lua" else 5
    assert (first.returncode, said(first)) == (0, f"0 answered from the tape, {n_calls} recorded")
    before = unnumbered(tape)
    again = command("run", name, "--replay", "fill", "--record", "a.tape")
    assert (again.stdout, said(again)) == (first.stdout, f"{n_calls} answered from the tape, 0 recorded")
    assert unnumbered(tape) == before
    script.write_text(INSERTED[name] + SCRIPTS[name].replace("n = 4", "n = 5").replace("n=4", "n=5"))
    filled = command("run", name, "--replay=fill:a.tape")
    assert said(filled) == f"{n_calls - 1} answered from the tape, 2 recorded"
    assert filled.stdout.splitlines()[1:] == first.stdout.splitlines()[1:]
    assert filled.stdout.split()[1] == "10"
    played = command("run", name, "--replay=a.tape")
    assert (played.returncode, played.stdout) == (0, filled.stdout)
    assert "4" not in Path("a.tape").read_text().partition('"double", {"n": ')[2][:2]  # what was not used is gone
    kept = command("eval", 'print(State.get("n"), State.get("k"), State.get("new"))')
    assert kept.stdout == "1\t1\t1\n"


def test_a_fill_pays_and_may_do_what_any_run_does_and_drops_nothing_where_it_is_stopped(command: Command) -> None:
    Path("llmspell.toml").write_text('[prices."echo/*"]\ninput = 1000\noutput = 1000\n')
    text = 'local a = Agent.create{model = "echo/x", max_tokens = 9} print(a:execute("hi").text) State.incr("y")'
    Path("a.lua").write_text(text)
    assert command("run", "--replay=fill:a.tape", "a.lua").returncode == 0
    # What is answered is not paid again.
    assert command("run", "--budget=0.000001", "--replay=fill:a.tape", "a.lua").returncode == 0
    Path("a.lua").write_text(text.replace('"hi"', '"ho"'))
    assert command("run", "--budget=0.000001", "--replay=fill:a.tape", "a.lua").returncode == 79
    assert 'args: ["y"]' in Path("a.tape").read_text()
    Path("a.lua").write_text(f'io.open("/etc/hostname"):read() {text}')
    refused = command("run", "--replay=fill:a.tape", "a.lua")
    assert refused.returncode in (1, 77)
    Path("b.tape").write_text(Path("a.tape").read_text())
    Path("a.lua").write_text(f"os.exit(7) {text}")
    assert command("run", "--replay=fill:b.tape", "a.lua").returncode == 7
    assert 'args: ["y"]' not in Path("b.tape").read_text()


ASKS = """
local a = Agent.create{name = "a", model = "echo"}
local first = a:execute("the sky").text
print(first)
print(a:execute("about " .. #first).text)
print(State.incr("n"))
"""


def test_a_modified_replay_replaces_answers_and_does_nothing_else(command: Command) -> None:
    Path("a.lua").write_text(ASKS)
    command("run", "a.lua", "--record=a.tape")
    had = Path("a.tape").read_bytes()
    top = command("run", "a.lua", "--replay=a.tape", '--modify=0:2.text="THE SKY"')
    assert (top.returncode, top.stdout) == (0, "THE SKY\nabout 7\n1\n"), top.stderr
    # Below a call: what is around it is done again, up to what the script sees.
    place = "0:2/1/step1/1.response.message.text"
    Path("changes.toml").write_text(f'"{place}" = "the sea"\n"0:4" = 9\n')
    inside = command("run", "a.lua", "--replay=modified:a.tape", "--modify=changes.toml")
    assert inside.stdout == "the sea\nabout 7\n9\n"
    # What follows from it is not on the tape, and is done only where that was asked for.
    other = command("run", "--replay=modified:a.tape", f"--modify={place}=hello", "a.lua")
    assert (other.returncode, other.stdout) == (65, "hello\n")
    assert 'recorded "about 7", now "about 5"' in other.stderr
    assert "--replay=fill:TAPE" in other.stderr
    live = command("run", "--json", "--replay=fill:a.tape", f"--modify={place}=hello", "a.lua")
    assert json.loads(live.stdout)["tape"] == {"answered": 1, "done": 2}
    assert "about 5" in live.stderr
    assert "may cost; the tape stays as it is" in live.stderr
    assert Path("a.tape").read_bytes() == had


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("0:1=1", "is done again by every replay"),
        ("cb1.0=1", "is what the script itself does"),
        ("0:9=1", "the tape has no entry 0:9"),
        ("none.json", "no such file"),
        ("nothing", "KEY=VALUE"),
    ],
)
def test_a_change_that_could_have_no_effect_is_refused(command: Command, change: str, why: str) -> None:
    Path("a.lua").write_text('Agent.create{name = "a", model = "echo"} State.update("l", function() return 1 end)')
    command("run", "a.lua", "--record=a.tape")
    done = command("run", "a.lua", "--replay=a.tape", f"--modify={change}")
    assert done.returncode in (2, 65)
    assert why in done.stderr
    assert command("run", "a.lua", "--replay=a.tape", "--modify=0:2=2").returncode == 0


def test_what_changes_inside_an_answer_is_refused_where_nobody_can_know_what_comes_of_it(command: Command) -> None:
    Path("a.lua").write_text('print(State.update("l", function(v) return State.incr("n") end))')
    command("run", "a.lua", "--record=a.tape")
    done = command("run", "a.lua", "--replay=a.tape", "--modify=cb1.0:1=7")
    assert (done.returncode, "modify what it is answered instead: --modify 0:1=" in done.stderr) == (65, True)
    assert command("run", "a.lua", "--replay=a.tape", "--modify=0:1=7").stdout == "7\n"


COMPARED = {
    "a.lua": """
a = Agent.create({name = "a", model = "echo"})
print(a:execute("hi").text)
CALC = Tool.execute("calculator", {input = "1+1"})
""",
    "a.py": """
a = Agent.create(name="a", model="echo")
print(a.execute("hi").text)
CALC = Tool.execute("calculator", input="1+1")
""",
}


@pytest.mark.parametrize("name", list(COMPARED))
def test_a_comparison_does_everything_and_says_what_is_different(command: Command, name: str) -> None:
    text = COMPARED[name]
    Path(name).write_text(text)
    command("run", name, "--record=a.tape")
    had = Path("a.tape").read_bytes()
    same = command("run", name, "--replay=compare:a.tape")
    assert (same.returncode, said(same)) == (0, "as on a.tape: 2 calls compared")
    changed = text.replace("hi", "ho").replace("CALC", "-- " if name == "a.lua" else "# ")
    Path(name).write_text(f'State.set("x", 1)\n{changed}')
    other = command("run", "--json", "--replay=compare:a.tape", name)
    told = json.loads(other.stdout)
    assert (other.returncode, told["exit_code"], told["error"]["code"]) == (65, 65, "replay_mismatch")
    kinds = [(it["kind"], it["key"]) for it in told["differences"]]
    assert ("new", "0:1") in kinds
    assert ("arguments", "0:3") in kinds
    assert ("missing", "0:3") in kinds
    assert ("arguments", "0:3/1/step1/1") in kinds
    assert ("result", "0:3") in kinds
    assert ("output", "") in kinds
    assert '[1]: recorded "hi", now "ho"' in other.stderr
    Path(name).write_text(text + ("os.exit(3)" if name == "a.lua" else "import sys\nsys.exit(3)"))
    ended = command("run", name, "--replay=compare:a.tape")
    assert (ended.returncode, "recorded ok, exit code 0; now error, exit code 3" in ended.stderr) == (3, True)
    assert Path("a.tape").read_bytes() == had


def test_a_replay_that_learns_is_refused(command: Command) -> None:
    Path("a.lua").write_text("print(1)")
    assert command("run", "--learn=-", "--replay=fill:a.tape", "a.lua").returncode == 2
    assert command("run", "--replay=fill:a.tape", "a.lua").returncode == 0
