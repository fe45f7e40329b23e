"""A recorded run is played to the same output, whatever the order in which answers came, and touches nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgpack
import pytest

from llmspell.config.load import load_settings
from llmspell.errors import TapeError, UsageError
from llmspell.replay.changing import with_result
from llmspell.replay.recording import Recording
from llmspell.replay.tape_file import read_tape
from llmspell.runtime.outcome import Outcome
from llmspell.runtime.playing import Played, play, profile_of
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import Script, from_source


@pytest.fixture(autouse=True)
def _nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [it for it in os.environ if it.startswith(("LLMSPELL_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def script_of(source: str, language: str = "lua") -> Script:
    suffix = {"lua": "lua", "python": "py"}[language]
    return from_source(source.encode(), f"main.{suffix}", path=f"main.{suffix}")


def recorded(
    source: str, language: str = "lua", args: tuple[str, ...] = (), profile: str = "medium", **flags: object
) -> tuple[Outcome, Recording]:
    settings = load_settings(flags={"journal.mode": "off", **flags})
    runtime = ScriptRuntime(profile, settings=settings)
    outcome = runtime.run(script_of(source, language), args, output="capture", record="t.tape")
    return outcome, read_tape("t.tape")


def replayed(recording: Recording, source: str, language: str = "lua") -> Played:
    return play(recording, script_of(source, language), capture=True)


def played(source: str, language: str = "lua", **more: object) -> tuple[Outcome, Played]:
    outcome, recording = recorded(source, language, **more)  # type: ignore[arg-type]
    return outcome, replayed(recording, source, language)


MANY_THINGS = {
    "lua": """
        local agent = Agent.create{ name = "a", model = "echo" }
        print(agent:execute("hello").text, os.time() > 0, math.random(1000), ARGS[1])
        local tool = Tool.create{ name = "own", description = "d", parameters = { x = "number" },
            execute = function(p) return Tool.execute("calculator", { input = p.x .. " * 2" }).result end }
        print(Tool.execute("own", { x = 21 }).result)
        local texts = Async.map({ 3, 1, 2 }, function(n) Async.sleep(n / 1000)
            return n .. Tool.execute("calculator", { input = tostring(n) }).text end)
        print(table.concat(texts, " "))
        print(pcall(Tool.execute, "no-such-tool", {}))
        for event in agent:stream("one two") do io.write(event.type, " ") end
        print()
    """,
    "python": """
        agent = Agent.create(name="a", model="echo")
        import time, random
        print(agent.execute("hello").text, time.time() > 0, random.random(), ARGS[0])
        def double(p):
            return Tool.execute("calculator", input=f"{p['x']} * 2").result
        Tool.create(name="own", description="d", parameters={"x": "number"}, execute=double)
        print(Tool.execute("own", x=21).result)
        def slow(n):
            Async.sleep(n / 1000)
            return str(n) + Tool.execute("calculator", input=str(n)).text
        print(Async.map([3, 1, 2], slow))
        try:
            Tool.execute("no-such-tool")
        except Exception as error:
            print(error)
        for event in agent.stream("one two"):
            print(event.type, end=" ")
        print()
    """,
}


def dedented(language: str) -> str:
    from textwrap import dedent

    return dedent(MANY_THINGS[language])


@pytest.mark.parametrize("language", ["lua", "python"])
def test_the_same_output_and_exit_code_come_again_and_nothing_is_asked_or_connected(language: str) -> None:
    source = dedented(language)
    outcome, recording = recorded(source, language, args=("first",))
    assert outcome.ok, outcome.error
    seen: list[str] = []
    watching = True

    def watch(event: str, _: object) -> None:
        if watching and event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen"):
            seen.append(event)

    sys.addaudithook(watch)
    for _ in range(3):
        again = replayed(recording, source, language)
        assert again.ending.error is None
        assert again.stdout == outcome.stdout
        assert again.n_calls == len(recording.calls())
    watching = False
    assert seen == []


def test_a_second_recording_differs_only_where_the_run_did() -> None:
    source = "print(Tool.exists('calculator'), math.random())"
    recorded(source)
    before = Path("t.tape").read_text()
    recorded(source)
    assert Path("t.tape").read_text() == before  # also the seed: it comes from the tape that was there


def test_a_script_that_calls_nothing_and_reads_stdin_has_a_tape_as_well() -> None:
    reads = os.memfd_create("stdin")
    os.write(reads, b"a line\nanother\n")
    os.lseek(reads, 0, 0)
    runtime = ScriptRuntime("medium", settings=load_settings())
    script = script_of("print(io.read('l'), io.read('l'), io.read('l')); os.exit(3)")
    outcome = runtime.run(script, output="capture", stdin=reads, record="t.tape")
    os.close(reads)
    again = play(read_tape("t.tape"), script, capture=True)
    assert (again.stdout, again.ending.exit_code) == (outcome.stdout, 3) == (b"a line\tanother\tnil\n", 3)


@pytest.mark.parametrize(
    "source",
    [
        "Tool.list(); error('no good')",
        "Tool.list(); os.exit(7)",
        "Tool.execute('file-operations', {operation='write', path='/etc/x', input='y'})",
        "Tool.list(); local t = {}; t.x.y = 1",
    ],
)
def test_a_run_that_failed_fails_in_the_same_way(source: str) -> None:
    outcome, again = played(source)
    assert outcome.exit_code != 0
    assert again.ending.exit_code == outcome.exit_code
    assert str(again.ending.error) == str(outcome.error)
    assert again.ending.outcome == outcome.outcome


def test_a_run_that_a_limit_has_ended_ends_so_again() -> None:
    source = "for i = 1, 20 do print(i, Tool.exists('calculator')) end"
    settings = load_settings(flags={"journal.mode": "off"})
    from llmspell.security.profile import resolve_profile

    runtime = ScriptRuntime(resolve_profile("medium", {}, limits={"calls": 5}), settings=settings)
    outcome = runtime.run(script_of(source), output="capture", record="t.tape")
    again = replayed(read_tape("t.tape"), source)
    assert outcome.exit_code == again.ending.exit_code == 80
    assert (again.stdout, str(again.ending.error)) == (outcome.stdout, str(outcome.error))


def test_another_argument_ends_the_run_and_shows_call_difference_and_line() -> None:
    source = "print('before')\nlocal r = Tool.execute('calculator', {input = '1 + 2'})\nprint(r.result)"
    _, recording = recorded(source)
    again = replayed(recording, source.replace("1 + 2", "1 + 3"))
    error = again.ending.error
    assert again.ending.exit_code == 65
    assert error is not None
    assert error.message == (
        'call 0:1, Tool.execute, was recorded with other arguments\n  [2].input: recorded "1 + 2", now "1 + 3"'
    )
    assert "main.lua:2" in error.traceback  # type: ignore[attr-defined]
    assert again.stdout == b"before\n"


def test_calls_more_and_calls_fewer_are_told() -> None:
    source = "Tool.exists('calculator')\nTool.exists('hash-calculator')"
    _, recording = recorded(source)
    more = replayed(recording, source + "\nprint(pcall(Tool.exists, 'echo'))\nTool.exists('and on')")
    assert more.ending.error is not None
    assert more.ending.error.message.startswith('call 0:3 is not in the recording: Tool.exists("echo")')
    fewer = replayed(recording, source.splitlines()[0])
    assert fewer.ending.exit_code == 65
    assert fewer.ending.error is not None
    assert fewer.ending.error.message == ('1 recorded call was never made\n  0:2: Tool.exists("hash-calculator")')


def test_an_answer_that_a_person_has_changed_is_what_the_script_gets() -> None:
    source = "print(Agent.create{ name = 'a', model = 'echo' }:execute('hello').text)"
    outcome, recording = recorded(source)
    assert outcome.stdout == b"hello\n"
    ask = next(it.key for it in recording.calls() if it.method == "execute")
    assert replayed(with_result(recording, f"{ask}.text", "changed"), source).stdout == b"changed\n"


def test_a_function_that_returns_something_else_is_told() -> None:
    source = (
        "Tool.create{ name = 'own', description = 'd', execute = function() return 1 end }\nTool.execute('own', {})"
    )
    _, recording = recorded(source)
    again = replayed(recording, source.replace("return 1", "return 2"))
    assert again.ending.exit_code == 65
    assert again.ending.error is not None
    assert again.ending.error.message.endswith("did not return what it once did\n  it: recorded 1, now 2")


def test_what_a_tape_does_not_hold_it_does_not_play() -> None:
    source = "print(Tool.exists('calculator'))"
    _, recording = recorded(source)
    with pytest.raises(TapeError, match="too much to keep"):
        replayed(replace(recording, stdin=None), source)
    entry = recording.entries["0:1"]
    cut = msgpack.packb(msgpack.ExtType(67, b"\0" * 40))
    with pytest.raises(TapeError, match="0:1, which were too large"):
        replayed(replace(recording, entries={"0:1": replace(entry, result_packed=cut)}), source)


def test_a_tape_may_not_lower_the_confinement_but_the_user_may() -> None:
    source = "print(Tool.exists('calculator'))"
    _, recording = recorded(source, profile="low")
    assert recording.about.profile == "low"
    with pytest.raises(UsageError) as refused:
        replayed(recording, source)
    assert "-P low" in refused.value.hint
    again = play(recording, script_of(source), profile=profile_of(recording, "low"), capture=True)
    assert again.stdout == b"true\n"
    options = {**recording.start, "profile": {"lua": "full", "python": "plain", "layers": [], "required": []}}
    forged = replace(recording, about=replace(recording.about, profile="medium", options=options))
    with pytest.raises(UsageError):
        replayed(forged, source)
    limits = dict.fromkeys(profile_of(recording, "medium")["limits"]) | {"wall_s": 7.0, "tasks": 1 << 30}
    boundless = replace(recording, about=replace(forged.about, options={"profile": {"limits": limits}}))
    usual = profile_of(recording, "medium")["limits"]
    assert profile_of(boundless)["limits"] == {**usual, "wall_s": 7.0}  # a lower one holds, a higher one does not


CANARY = "canary-3f9a8b7c6d5e4f"


def test_no_secret_is_on_a_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_API_KEY", CANARY)
    source = f"""
        print("{CANARY}")
        pcall(Tool.execute, "calculator", {{ input = "{CANARY}", note = {{ "{CANARY}" }} }})
        pcall(Agent.create, {{ name = "x", model = "nobody/{CANARY}" }})
        local a = Agent.create{{ name = "a", model = "echo" }}
        print(a:execute("say {CANARY}").text)
        Tool.create{{ name = "own", description = "d", execute = function(p) return "{CANARY}" end }}
        Tool.execute("own", {{ x = "{CANARY}" }})
        error("{CANARY}")
    """
    outcome, _ = recorded(source, args=(CANARY,))
    assert CANARY.encode() in outcome.stdout
    assert CANARY not in Path("t.tape").read_text()
    assert "[redacted]" in Path("t.tape").read_text()


def test_a_run_that_ctrl_c_has_ended_ends_so_again(tmp_path: Path) -> None:
    source = (
        'print("begun", Tool.exists("calculator")) io.flush()\n'
        "print(pcall(Async.sleep, 60)) print(pcall(Tool.exists, 'echo'))"
    )
    (tmp_path / "main.lua").write_text(source)
    root = str(Path(__file__).parents[2])
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": root}
    running = subprocess.Popen(
        [sys.executable, "-m", "llmspell", "run", "main.lua", "--record", "t.tape"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    first = running.stdout.readline()
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=30)
    again = replayed(read_tape("t.tape"), source)
    assert running.returncode == again.ending.exit_code == 130
    assert again.stdout == first + rest
    assert again.ending.outcome == "cancelled"
