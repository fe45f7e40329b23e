"""Runs that are cut off at a known effect and go on: nothing is lost, nothing is done twice. scripts/bench/crash.py
does so at random instants, hundreds of times."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from warm_host import ROOT, warm_host

LUA = """
local agent = Agent.create{name = "teller", model = "scripted/teller"}
for i = 1, 4 do
  State.incr("count-" .. i)
  Tool.execute("file-operations", {operation = "append", path = "log.txt", input = "line " .. i .. "\\n"})
  Async.sleep(0.001)
  print(i, agent:execute("round " .. i).text)
end
print("done")
"""
PYTHON = """
agent = Agent.create(name="teller", model="scripted/teller")
for i in range(1, 5):
    State.incr(f"count-{i}")
    Tool.execute("file-operations", {"operation": "append", "path": "log.txt", "input": f"line {i}\\n"})
    Async.sleep(0.001)
    print(i, agent.execute(f"round {i}").text, sep="\\t")
print("done")
"""
PRINTED = "".join(f"{i}\ttold\n" for i in range(1, 5)) + "done\n"
WHERE = ("host:2:before", "both:2:intended", "worker:1:kept", "host:1:done", "both:1:kept", "worker:2:before")


@dataclass
class Work:
    """One script in a folder of its own."""

    folder: Path
    language: str = "lua"

    def __post_init__(self) -> None:
        (self.folder / "work").mkdir()
        (self.folder / "scripted").mkdir()
        (self.folder / "scripted" / "teller.toml").write_text('[default]\ntext = "told"\n')
        self.script = self.folder / f"a.{self.language}"
        self.script.write_text(LUA if self.language == "lua" else PYTHON)
        self.journal = self.folder / "kept" / "journal.db"

    def llmspell(self, *argv: str, **crash: str) -> subprocess.CompletedProcess[bytes]:
        env = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "LLMSPELL_JOURNAL__PATH": str(self.journal),
            "CRASH_ASKED": str(self.folder / "asked.txt"),
            **crash,
        }
        if "CRASH_LIMITS" in crash:  # they hold from the start of the process on
            command = [sys.executable, str(ROOT / "scripts" / "bench" / "crash_host.py"), *argv]
            return subprocess.run(command, capture_output=True, cwd=self.folder / "work", env=env, check=False)
        host = warm_host(("scripts.bench.crash_host",))
        return host.run(argv, input=b"", cwd=self.folder / "work", env=env)

    def start(self, *flags: str, **crash: str) -> subprocess.CompletedProcess[bytes]:
        allowed = ("--allow=read:.", "--allow=write:.", "--journal=durable")
        return self.llmspell("run", *allowed, *flags, str(self.script), **crash)

    def resume(self, *flags: str, **crash: str) -> subprocess.CompletedProcess[bytes]:
        """Go on, and answer as a person would who looks, where nobody knows whether something was done."""
        choices = list[str]()
        while True:
            done = self.llmspell("runs", "resume", "last", "--json", *flags, *choices, **crash)
            if done.returncode != 75:
                return done
            details = json.loads(done.stdout)["error"]["details"]
            choices.append(f"--on-unknown={details['key']}={'skip' if self.was_done(details['args']) else 'retry'}")

    def was_done(self, args: object) -> bool:
        if isinstance(args, list):
            return self.llmspell("state", "get", args[0]).returncode == 0
        assert isinstance(args, dict), args
        log = self.folder / "work" / "log.txt"
        return log.exists() and args["input"] in log.read_text().splitlines(keepends=True)

    def check(self, done: subprocess.CompletedProcess[bytes], *, n_cut: int) -> None:
        """That all was done, and all once; the model is asked again at most where its answer was cut off."""
        assert done.returncode == 0, done.stderr.decode()
        printed = [it for it in done.stderr.decode().splitlines() if not it.startswith("llmspell: ")]
        assert printed == PRINTED.splitlines()
        assert (self.folder / "work" / "log.txt").read_text() == "".join(f"line {i}\n" for i in range(1, 5))
        state = json.loads(self.llmspell("state", "list", "--json").stdout)
        assert sorted(state.values() if isinstance(state, dict) else [it["value"] for it in state]) == [1] * 4, state
        asked = (self.folder / "asked.txt").read_text().splitlines()
        assert sorted(set(asked)) == [f"round {i}" for i in range(1, 5)]
        assert len(asked) <= 4 + n_cut
        connection = sqlite3.connect(self.journal)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


@pytest.mark.parametrize("language", ["lua", "py"])
def test_six_kills_lose_nothing_and_repeat_nothing(tmp_path: Path, language: str) -> None:
    it = Work(tmp_path, language)
    first, *others = WHERE
    codes = [it.start(CRASH_AT=first).returncode]
    codes += [it.resume(CRASH_AT=where).returncode for where in others]
    assert codes == [-9 if not where.startswith("worker") else 71 for where in WHERE]
    it.check(it.resume(), n_cut=len(WHERE))


@pytest.mark.parametrize("limits", ["full", "readonly"])
def test_a_journal_that_cannot_be_written_stops_a_resume_and_harms_nothing(tmp_path: Path, limits: str) -> None:
    it = Work(tmp_path)
    assert it.start(CRASH_AT="host:4:kept").returncode == -9
    kept = [it.journal.parent, *it.journal.parent.iterdir()] if limits == "readonly" else []
    modes = [path.stat().st_mode for path in kept]
    for path in kept:
        path.chmod(0o555 if path.is_dir() else 0o444)
    refused = it.resume(CRASH_LIMITS=limits)
    for path, mode in zip(kept, modes, strict=True):
        path.chmod(mode)
    assert refused.returncode == 74, refused.stderr.decode()
    assert b"Traceback" not in refused.stderr
    assert str(it.journal).encode() in refused.stderr
    it.check(it.resume(), n_cut=2)


def test_a_run_goes_on_after_an_interrupt(tmp_path: Path) -> None:
    it = Work(tmp_path)
    stopped = it.start(CRASH_AT="interrupt:3:before")
    assert (stopped.returncode, b"runs resume" in stopped.stderr) == (130, True), stopped.stderr.decode()
    it.check(it.resume(), n_cut=1)


def test_a_run_goes_on_after_its_time_was_up(tmp_path: Path) -> None:
    it = Work(tmp_path)
    stopped = it.start("--timeout=2s", CRASH_AT="stall:3:before")
    assert (stopped.returncode, b"runs resume" in stopped.stderr) == (124, True), stopped.stderr.decode()
    it.check(it.resume("--timeout=60s"), n_cut=1)


@pytest.mark.parametrize(
    ("read", "labels"), [('io.open("notes.txt"):read("a")', "2 private"), ("", "1 private")]
)  # state is private, too
def test_a_run_that_goes_on_holds_the_labels_of_what_it_was_answered(tmp_path: Path, read: str, labels: str) -> None:
    it = Work(tmp_path)
    (tmp_path / "work" / "notes.txt").write_text("mine")
    held = "local held = Run.labels() print(#held .. ' ' .. tostring(held[1] and held[1].label))"
    it.script.write_text(f'{read}\nState.incr("n")\n{held}\nerror("stop")\n')
    first = it.start()
    assert (first.returncode, first.stdout.decode()) == (1, labels + "\n"), first.stderr.decode()
    (tmp_path / "work" / "notes.txt").unlink()  # it is not read again
    again = it.llmspell("runs", "resume", "last")
    assert again.stdout == first.stdout, again.stderr.decode()
