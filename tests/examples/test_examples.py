"""Every example runs, in both languages, with the same output to the byte."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from llmspell.replay.tape_file import read_tape
from llmspell.runtime.playing import play
from llmspell.runtime.script import detect
from warm_host import warm_host

EXAMPLES = Path(__file__).parents[2] / "examples"

# What each example reads, its arguments, and what must be somewhere in its output.
CASES: dict[str, tuple[str, list[str], str]] = {
    "ask": ("", ["What is rebase?", "--model", "scripted/ask"], "(scripted/ask: 31 tokens in, 27 out, $0.000000)"),
    "at-once": ("data/urls.txt", [], "3\tnot an address"),
    "batch": ("data/reviews.txt", ["--model", "scripted/batch"], "mixed\tGreat sound, but the strap is useless."),
    "cat": ("data/churn.log", [], "Compute the seventh Bernoulli number"),
    "chat": ("data/talk.txt", ["--model", "scripted/chat"], "You are Ada.\n(forgotten)"),
    "churn": ("data/churn.log", ["--since", "2026-01-01"], "engine/deck/reader.lua"),
    "digest": ("data/churn.log", ["--words", "3"], "     4 author\n"),
    "extract": ("data/invoice.txt", ["--model", "scripted/extract"], '"total": 178.0'),
    "handoff": ("data/requests.txt", ["--model", "scripted/handoff"], "technical: First, free 2 GB of disk space"),
    "hash-lines": ("data/urls.txt", [], "e1cea455373c9e3ca780ed5f8f0271db5200eb51520b49b5e7af149ef3bdecc6"),
    "hello": ("", ["--name", "Ada"], "Hello, Ada!"),
    "mentions": ("", ["./data", "lamp", "--model", "scripted/mentions"], "data/invoice.txt"),
    "modules": ("", [], "radius 2.5: area 19.635"),
    "orders": ("data/orders.jsonl", [], "undone: reserve\nA-3\tthe step reserve failed: only 3 of lamp left\t\n"),
    "own-tool": ("", [], "false\tinvalid_params"),
    "picture": ("", ["--model", "scripted/picture"], "The second bar, the red one, is the tallest."),
    "report": ("data/sales.csv", [], '"south": 124.75'),
    "research": ("", ["--model", "scripted/research"], "round 2: accept\nThe Earth's rotation"),
    "stream": ("", ["--model", "scripted/stream"], "[calculator 366 * 24 * 60 * 60]\nA leap year has 31622400"),
    "supervisor": ("", ["--model", "scripted/supervisor"], "asked researcher\nasked editor"),
    "templates": (
        "",
        ["--model", "scripted/templates"],
        "People like that it arrives early, works and sounds good.\n2 parts",
    ),
    "wordcount": ("data/churn.log", ["--top", "3"], "    10 ff"),
}
# Those with an agent, and what is in their output with a model that only says what it is told. Some can do nothing with
# such an answer: then it is one clear error, in both languages.
WITH_ECHO: dict[str, str] = {
    "ask": "What is rebase?\n(echo/echo: ",
    "batch": "failed: schema_error\tBroke after two days.",
    "chat": "> What is my name?\nWhat is my name?",
    "extract": "llmspell: error: the answer of the agent clerk is not valid after 3 attempts",
    "handoff": "desk: The installer stops at 80 %.",
    "mentions": "Which of the files in ./data mention lamp",
    "picture": "[image, chart.png, image/png, 150 bytes]",
    "research": "llmspell: error: the answer of the agent critic is not valid after 3 attempts",
    "stream": "How many seconds does a leap year have?",
    "templates": "2 parts, 3 calls\nnorth\t2",
    "supervisor": "Write one sentence about the history of the zip file.",
}
LIBRARIES = {"shapes"}  # modules of other examples


def run(script: str, args: list[str], stdin: bytes, home: Path) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    return warm_host().run(["run", script, *args], input=stdin, cwd=EXAMPLES, env=env)


def both(name: str, args: list[str], stdin: bytes, home: Path) -> bytes:
    """The stdout of an example that must not fail or complain, the same in both languages."""
    outputs = []
    for suffix in ("lua", "py"):
        done = run(f"{name}.{suffix}", args, stdin, home)
        assert done.stderr == b""
        assert done.returncode == 0
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    return outputs[0]


def test_every_example_is_tested_and_has_a_twin_in_the_other_language() -> None:
    for suffix in ("lua", "py"):
        assert {it.stem for it in EXAMPLES.glob(f"*.{suffix}")} == CASES.keys() | LIBRARIES


@pytest.mark.parametrize("path", sorted([*EXAMPLES.glob("*.lua"), *EXAMPLES.glob("*.py")]), ids=lambda it: it.name)
def test_an_example_says_in_its_first_line_what_it_is(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(("-- ", "# "))
    assert len(first) <= 130


@pytest.mark.parametrize("name", CASES)
def test_an_example_prints_the_same_in_both_languages(name: str, tmp_path: Path) -> None:
    file, args, expected = CASES[name]
    stdin = (EXAMPLES / file).read_bytes() if file else b""
    assert expected in both(name, args, stdin, tmp_path).decode()


@pytest.mark.parametrize("name", WITH_ECHO)
def test_an_example_with_an_agent_runs_with_echo_or_says_clearly_why_not(name: str, tmp_path: Path) -> None:
    file, args, _ = CASES[name]
    stdin = (EXAMPLES / file).read_bytes() if file else b""
    args = ["echo" if it.startswith("scripted/") else it for it in args]
    expected = WITH_ECHO[name]
    if not expected.startswith("llmspell: error: "):
        assert expected in both(name, args, stdin, tmp_path).decode()
        return
    for suffix in ("lua", "py"):
        done = run(f"{name}.{suffix}", args, stdin, tmp_path)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.decode().startswith(expected) and b"hint: " in done.stderr


def test_every_example_with_an_agent_has_a_scripted_model_of_its_own_and_takes_another() -> None:
    asks = re.compile(r"\b(Agent|Template)\.")
    with_agents = {it.stem for it in EXAMPLES.glob("*.lua") if asks.search(it.read_text(encoding="utf-8"))}
    others = {"planner", "review", "triage"}  # of commands that guides and workflows show
    assert with_agents == set(WITH_ECHO) == {it.stem for it in (EXAMPLES / "scripted").glob("*.toml")} - others
    for name in with_agents:
        assert f"scripted/{name}" in CASES[name][1]


def test_an_example_without_a_model_says_which_flag_and_setting_names_one(tmp_path: Path) -> None:
    for suffix in ("lua", "py"):
        done = run(f"ask.{suffix}", [], b"", tmp_path)
        assert (done.returncode, done.stdout) == (78, b"")
        assert b"no model is asked for" in done.stderr and b"--model" in done.stderr


def test_cat_changes_no_byte(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000 + b"no newline at the end"
    assert both("cat", [], data, tmp_path) == data


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("Fri Nov 21 03:00:00 2026 +0000", "2026-11-21"),
        ("Fri Nov 1 03:00:00 2026", "2026-11-01"),
        ("2026-11-21 03:00:00 +0000", "2026-11-21"),
        ("2026-11-21T03:00:00+01:00", "2026-11-21"),
        ("2026-11-21", "2026-11-21"),
        ("Fri, 21 Nov 2026 03:00:00 +0000", "2026-11-21"),
    ],
)
def test_churn_reads_the_date_in_every_format_of_git(date: str, day: str, tmp_path: Path) -> None:
    log = f"commit 00ff\nAuthor: A <a@b>\nDate:   {date}\n\n    Subject\n\n1\t2\tx.c\n".encode()
    kept = both("churn", ["--since", day], log, tmp_path)
    assert b"x.c" in kept
    later = day[:-2] + "22"
    for suffix in ("lua", "py"):
        left_out = run(f"churn.{suffix}", ["--since", later], log, tmp_path)
        assert (left_out.returncode, left_out.stdout) == (0, b"")
        assert f"no commits since {later}".encode() in left_out.stderr


def test_churn_counts_binary_files_renames_and_names_that_are_not_utf8(tmp_path: Path) -> None:
    log = (
        b"commit 00ff\nAuthor: \xc3\xa9\xff <x>\nDate:   2026-01-01\n\n    S\n\n"
        b"-\t-\tlogo.png\n1\t2\tn\xe9.c\n"
        b"3\t0\tsrc/{old => new}/a.c\n4\t0\tsrc/{ => deep}/b.c\n5\t0\tsrc/{deep => }/c.c\n"
        b"6\t0\ta.txt => b.txt\n"
    )
    output = both("churn", [], log, tmp_path)
    names = [it.split(b"  ")[-1] for it in output.splitlines()]
    assert names[:2] == [b"author", b"\xc3\xa9\xff <x>"]
    assert names[4:] == [b"b.txt", b"src/c.c", b"src/deep/b.c", b"n\xe9.c", b"src/new/a.c", b"logo.png"]


def test_churn_takes_other_logs_for_what_they_are(tmp_path: Path) -> None:
    one_line = both("churn", [], b"abcdef0 First\n1\t0\tx\n1234567 Second\n1\t1\tx\n", tmp_path)
    assert b"        2         2         1  (unknown)" in one_line
    plain = both("churn", [], b"commit 00ff\nMerge: 1 2\nAuthor: A <a@b>\nDate:   2026-01-01\n\n    Merge\n", tmp_path)
    assert b"        1         0         0  A <a@b>" in plain


@pytest.mark.parametrize("suffix", ["lua", "py"])
@pytest.mark.parametrize("stdin", [b"", b"no log at all\n", bytes(range(256)) * 20])
def test_churn_says_so_when_there_is_nothing_to_count(suffix: str, stdin: bytes, tmp_path: Path) -> None:
    done = run(f"churn.{suffix}", [], stdin, tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"no commits on stdin" in done.stderr


@pytest.mark.parametrize("suffix", ["lua", "py"])
def test_churn_refuses_a_day_that_is_none(suffix: str, tmp_path: Path) -> None:
    done = run(f"churn.{suffix}", ["--since", "yesterday"], b"", tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"YYYY-MM-DD" in done.stderr


@pytest.mark.parametrize("suffix", ["lua", "py"])
def test_a_reader_that_goes_away_ends_an_example_quietly(suffix: str, tmp_path: Path) -> None:
    log = b"".join(b"commit 00ff\nAuthor: A%d <a@b>\nDate:   2026-01-01\n\n1\t2\tf%d\n" % (i, i) for i in range(5000))
    (tmp_path / "log").write_bytes(log)
    env = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    pipe = f'"{sys.executable}" -m llmspell run churn.{suffix} < "{tmp_path}/log" | head -1'
    done = subprocess.run(["sh", "-c", pipe], capture_output=True, cwd=EXAMPLES, env=env, timeout=60, check=False)
    assert done.stdout.split() == [b"commits", b"added", b"deleted", b"author"]
    assert done.stderr == b""


@pytest.mark.parametrize("name", ["at-once", "chat", "orders", "own-tool", "stream"])
def test_an_example_is_replayed_to_the_same_output(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of each; scripts/bench/replay.py does so a hundred times for all."""
    file, args, _ = CASES[name]
    stdin = (EXAMPLES / file).read_bytes() if file else b""
    monkeypatch.chdir(EXAMPLES)
    for suffix in ("lua", "py"):
        tape = tmp_path / f"{name}.{suffix}.tape"
        recorded = run(f"{name}.{suffix}", [*args, "--record", str(tape)], stdin, tmp_path)
        assert recorded.returncode == 0
        recording, script = read_tape(str(tape), calls_only=True), detect(f"{name}.{suffix}")
        for _ in range(2):
            played = play(recording, script, capture=True)
            assert played.ending.error is None
            assert played.stdout == recorded.stdout
