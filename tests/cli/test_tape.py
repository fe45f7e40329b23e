"""`llmspell tape`, `llmspell test`, `runs replay`, and the options that make and play tapes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from llmspell.cli.options import parse
from llmspell.cli.replaying import read_options
from llmspell.errors import UsageError
from llmspell.replay import tape_file

from .conftest import Command

SCRIPT = """
local a = Agent.create{ name = "a", model = "echo" }
print(a:execute("the sky is blue").text, ARGS[1])
print(Tool.execute("calculator", { input = "6 * 7" }).result)
"""


@pytest.fixture
def tape(command: Command, tmp_path: Path) -> Path:
    (tmp_path / "tests" / "tapes").mkdir(parents=True)
    (tmp_path / "sky.lua").write_text(SCRIPT)
    done = command("run", "sky.lua", "--record", "tests/tapes/sky.tape", "now")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "the sky is blue\tnow\n42\n"
    return tmp_path / "tests" / "tapes" / "sky.tape"


def test_a_tape_is_recorded_and_played_with_the_options_on_either_side_of_the_file(
    command: Command, tape: Path
) -> None:
    assert tape.stat().st_mode & 0o777 == 0o600
    for argv in (
        ("run", "sky.lua", "--replay", str(tape)),
        ("run", f"--replay={tape}", "sky.lua"),
        ("sky.lua", "--replay", f"strict:{tape}"),
        ("run", "--replay", "strict", "sky.lua", "--replay", str(tape), "now"),
    ):
        done = command(*argv)
        assert (done.returncode, done.stdout, done.stderr) == (0, "the sky is blue\tnow\n42\n", "")
    done = command("run", "--json", "sky.lua", "--replay", str(tape))
    assert json.loads(done.stdout)["outcome"] == "ok"
    assert json.loads(done.stdout)["usage"]["calls"] == 3


def test_a_script_gets_such_options_itself_after_two_dashes() -> None:
    parsed = parse("run", ["a.lua", "x", "--", "--record", "y", "--replay=z"])
    assert parsed.args == ["x", "--", "--record", "y", "--replay=z"]
    assert not parsed.many("replay")
    parsed = parse("run", ["a.lua", "--recorder", "r", "--record=t", "--replays", "--replay", "u"])
    assert (parsed.args, parsed.text("record"), parsed.many("replay")) == (["--recorder", "r", "--replays"], "t", ["u"])
    assert parse("eval", ["1", "--record", "x"]).args == ["--record", "x"]  # eval has no tapes


def test_a_mode_and_its_tape_may_be_given_together_apart_or_by_record() -> None:
    def read(*argv: str) -> tuple[str, str, str]:
        it = read_options(parse("run", [*argv, "a.lua"]))
        return it.mode, it.tape, it.record

    assert read() == ("", "", "")
    assert read("--record", "t") == ("", "", "t")
    assert read("--replay", "t") == ("strict", "t", "")
    assert read("--replay", "fill:t") == ("fill", "t", "")
    assert read("--replay", "compare", "--replay", "t") == ("compare", "t", "")
    assert read("--replay", "fill", "--record", "t") == ("fill", "t", "t")
    assert read("--replay", "C:/t") == ("strict", "C:/t", "")
    assert read("--replay", "t", "--modify", "0:1=2")[0] == "modified"
    assert read("--replay", "fill:t", "--modify", "0:1=2")[0] == "fill"
    for argv in (
        ["--replay", "fill"],
        ["--replay", "t", "--record", "t"],
        ["--replay", "compare:t", "--record", "u"],
        ["--replay", "modified:t"],
        ["--replay", "compare:t", "--modify", "0:1=2"],
        ["--modify", "0:1=2"],
    ):
        with pytest.raises(UsageError):
            read(*argv)


def test_a_mismatch_exits_65_and_says_where(command: Command, tape: Path) -> None:
    Path("sky.lua").write_text(SCRIPT.replace("6 * 7", "6 * 8"))
    done = command("run", "sky.lua", "--replay", str(tape))
    assert done.returncode == 65
    assert done.stderr.splitlines()[:3] == [
        "llmspell: error: call 0:3, Tool.execute, was recorded with other arguments",
        '  [2].input: recorded "6 * 7", now "6 * 8"',
        '      4 | print(Tool.execute("calculator", { input = "6 * 8" }).result)',
    ]
    done = command("run", "sky.lua", "--replay", "sky.lua")
    assert (done.returncode, done.stderr.splitlines()[0]) == (65, "llmspell: error: sky.lua:1: this is no tape")
    assert command("run", "sky.lua", "--replay", "no.tape").returncode == 65


def test_tests_play_all_tapes_and_show_what_is_different(command: Command, tape: Path) -> None:
    done = command("test")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["ok       tests/tapes/sky.tape", "1 tape, 3 calls answered: all as recorded"]
    Path("sky.lua").write_text(SCRIPT + "print('more')")
    Path("tests/tapes/other.tape").write_text("llmspell tape 1\nscrip: 1\n")
    done = command("test", "tests", "--jobs", "2")
    assert done.returncode == 1
    assert "tests/tapes/other.tape:2: 'scrip: 1' says nothing" in done.stdout
    assert "    +more" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 tapes, 3 calls answered: 2 failed"
    os.unlink("tests/tapes/other.tape")
    assert json.loads(command("test", "--json").stdout)[0]["ok"] is False
    assert command("test", "--update").returncode == 0
    assert command("test", str(tape)).returncode == 0
    assert "| more" in tape.read_text()
    Path("sky.lua").write_text("print(1")
    assert "sky.lua:1" in command("test").stdout
    os.unlink("sky.lua")
    assert "there is no script" in command("test").stdout


def test_a_tape_that_is_recorded_again_does_not_choose_a_weaker_profile(command: Command, tape: Path) -> None:
    text = tape.read_text()
    Path("sky.lua").write_text(SCRIPT + "io.open('made', 'w'):close()")
    for name in ("none", "low", "development", "nonsense"):
        tape.write_text(text.replace('profile: "medium"', f'profile: "{name}"'))
        done = command("test", "--update")
        assert done.returncode == 1
        assert f"recorded under profile {name}, and yours is medium" in done.stdout
        assert not Path("made").exists()
    tape.write_text(text.replace('profile: "medium"', 'profile: "none"'))
    assert command("test", "--update", "-P", "none").returncode == 0
    assert Path("made").exists()
    Path("sky.lua").write_text(SCRIPT)
    tape.write_text(text.replace('profile: "medium"', 'profile: "high"'))
    command("test", "--update")
    assert 'profile: "high"' in tape.read_text()  # a stricter one it may choose


def test_a_tape_that_breaks_us_fails_alone(command: Command, tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tests/tapes/other.tape").write_bytes(tape.read_bytes())
    real = tape_file.read_tape

    def read_tape(path: str, **more: bool) -> object:
        if "other" in path:
            raise RuntimeError("unforeseen")
        return real(path, **more)

    monkeypatch.setattr(tape_file, "read_tape", read_tape)
    done = command("test")
    assert done.returncode == 1
    assert "the tape cannot be played: RuntimeError: unforeseen" in done.stdout
    assert "ok       tests/tapes/sky.tape" in done.stdout


@pytest.mark.parametrize("paths", [[], ["nowhere"], ["sky.lua.d"]])
def test_no_tapes_is_a_mistake_that_says_how_to_make_one(command: Command, tmp_path: Path, paths: list[str]) -> None:
    (tmp_path / "sky.lua.d").mkdir()
    done = command("test", *paths)
    assert done.returncode == 2
    assert "--record" in done.stderr


def test_a_tape_is_shown_as_a_table_an_entry_or_json(command: Command, tape: Path) -> None:
    done = command("tape", "show", str(tape))
    lines = done.stdout.splitlines()
    assert lines[0] == "sky.lua (lua54, profile medium): ok, exit code 0"
    assert lines[1] == "arguments: now"
    assert lines[2].startswith("3 calls, ")
    assert lines[3].split() == ["KEY", "CALL", "ARGUMENTS", "RESULT"]
    assert [it.split()[0] for it in lines[4:]] == ["0:1", "0:2", "0:3"]
    more = command("tape", "show", str(tape), "--all").stdout.splitlines()
    assert len(more) > len(lines)
    shown = command("tape", "show", str(tape), "0:3").stdout
    assert shown.startswith("call 0:3 Tool.execute")
    assert '"result": 42' in shown
    assert json.loads(command("tape", "show", str(tape), "--json").stdout)["calls"] == 3
    assert command("tape", "show", str(tape), "0:9").returncode == 1


def test_an_answer_is_set_and_the_script_gets_it(command: Command, tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = command("tape", "edit", str(tape), "--set", "0:2.text=the sky is grey", "--set", "0:3.result=[4, 2]")
    assert (done.returncode, done.stderr) == (0, "")
    assert command("run", "sky.lua", "--replay", str(tape)).stdout.splitlines()[0] == "the sky is grey\tnow"
    assert "-the sky is blue\tnow" not in command("test").stdout.splitlines()[0]
    assert command("tape", "edit", str(tape), "--set", "0:7=1").returncode == 65
    assert command("tape", "edit", str(tape), "--set", "0:7").returncode == 2
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    assert "neither $VISUAL nor $EDITOR" in command("tape", "edit", str(tape)).stderr
    os.unlink(f"{tape}.edited")
    monkeypatch.setenv("EDITOR", "sed -i s/grey/green/")
    assert command("tape", "edit", str(tape)).returncode == 0
    assert command("run", "sky.lua", "--replay", str(tape)).stdout.startswith("the sky is green")
    monkeypatch.setenv("EDITOR", "sed -i 2s/^/nonsense/")
    broken = command("tape", "edit", str(tape))
    assert broken.returncode == 65
    assert f"{tape}.edited:2: 'nonsense'" in broken.stderr
    assert command("run", "sky.lua", "--replay", str(tape)).returncode == 0  # the tape is as it was
    monkeypatch.setenv("EDITOR", "sed -i 2s/^nonsense//")
    assert command("tape", "edit", str(tape)).returncode == 0
    assert not Path(f"{tape}.edited").exists()


def test_a_draft_of_an_older_tape_is_put_aside(command: Command, tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = Path(f"{tape}.edited")
    draft.write_text(tape.read_text().replace("blue", "old"))
    os.utime(draft, ns=(1, 1))
    monkeypatch.setenv("EDITOR", "true")
    assert "is newer than the draft" in command("tape", "edit", str(tape)).stderr
    assert "old" not in tape.read_text()
    assert "old" in Path(f"{draft}.old").read_text()
    draft.write_text(tape.read_text().replace("blue", "grey"))
    assert "goes on with the draft" in command("tape", "edit", str(tape)).stderr
    assert "grey" in tape.read_text()


def test_no_command_replaces_what_is_no_tape_or_makes_folders(command: Command, tape: Path) -> None:
    before = Path("sky.lua").read_text()
    link = Path("link.tape")
    link.symlink_to(tape)
    for place in ("sky.lua", "nowhere/x.tape", "tests"):
        for argv in (
            ("tape", "merge", str(tape), str(tape), "-o", place),
            ("tape", "redact", str(tape), "--text", "sky", "-o", place),
            ("run", "sky.lua", "--record", place),
        ):
            done = command(*argv)
            assert (done.returncode, done.stdout) == (65, ""), argv  # nothing was run before it was found out
    assert Path("sky.lua").read_text() == before
    assert not Path("nowhere").exists()
    assert command("tape", "redact", str(tape), "--text", "sky", "-o", str(link)).returncode == 0
    assert link.is_symlink()
    assert "sky is" not in tape.read_text()
    assert command("run", "sky.lua", "--record", "--", "x").returncode == 2


def test_texts_are_taken_out_by_themselves_by_form_and_by_place(command: Command, tape: Path) -> None:
    assert command("tape", "redact", str(tape), "--text", "sky", "-o", "out.tape").returncode == 0
    assert "sky is" not in Path("out.tape").read_text()
    assert "sky is" in tape.read_text()
    assert command("tape", "redact", str(tape), "--regex", r"[0-9] \* [0-9]").returncode == 0
    assert "6 * 7" not in tape.read_text()
    assert command("tape", "redact", str(tape), "--path", "0:2.text").returncode == 0
    assert command("tape", "redact", str(tape), "--text", "nowhere").returncode == 1
    assert command("tape", "redact", str(tape)).returncode == 2
    assert command("tape", "redact", str(tape), "--regex", "(").returncode == 2


def test_tapes_are_put_together(command: Command, tape: Path) -> None:
    done = command("tape", "merge", str(tape), str(tape), "-o", "both.tape")
    assert (done.returncode, done.stderr) == (0, "llmspell: 3 calls on both.tape\n")
    assert command("run", "sky.lua", "--replay", "both.tape").stdout == "the sky is blue\tnow\n42\n"
    assert command("tape", "merge", str(tape), "-o", "both.tape").returncode == 2
    command("tape", "edit", "both.tape", "--set", "0:2=1")
    assert command("tape", "merge", str(tape), "both.tape", "-o", "x.tape").returncode == 65
    assert command("tape", "merge", str(tape), "both.tape", "-o", "x.tape", "--prefer-last").returncode == 0


def test_a_run_of_the_journal_is_replayed_or_it_is_said_what_is_missing(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("print(Tool.execute('calculator', { input = '6 * 7' }).result, math.random())")
    first = command("run", "a.lua")
    again = command("runs", "replay", "last")
    assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, "")
    assert command("runs", "replay", "--save", "a.tape").returncode == 0
    assert command("run", "a.lua", "--replay", "a.tape").stdout == first.stdout
    (tmp_path / "a.lua").write_text("print(1)")  # the journal has the script as it was
    assert command("runs", "replay").stdout == first.stdout
    assert command("runs", "replay", "9999").returncode == 66
    (tmp_path / "b.lua").write_text("Tool.exists('calculator')\nTool.execute('calculator', { input = '1' })")
    command("run", "b.lua")
    done = command("runs", "replay")
    assert done.returncode in (0, 65)
    if done.returncode:
        assert "the journal leaves out calls that reach nothing" in done.stderr
