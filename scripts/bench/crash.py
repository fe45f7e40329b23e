"""Kill a script of 200 effects at random instants, resume it until it ends, and see that nothing is lost or done twice.

    python scripts/bench/crash.py --kills 500 [--seed 1] [--language lua|python] [--journal durable]

The script writes files (by a handle, by a tool, appending), keeps and counts state, and asks a scripted model. Each
campaign kills its host, its worker or both with SIGKILL up to ten times, at instants spread over the script's duration,
and then lets it end. Where a run says that the outcome of an effect is unknown, this program looks, as a person would,
and answers `retry` or `skip`. In the end files, state and output must be those of a run that nobody disturbed. Requests
to the model are counted outside (crash_host.py): it may be asked again where a kill came before its answer was kept, so
at most once for each kill."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

LUA = """
local rounds = tonumber(ARGS[1])
local agent = Agent.create{name = "teller", model = "scripted/teller"}
local out = io.open("out.txt", "w")
for i = 1, rounds do
  State.set("last", i)
  State.incr("count-" .. i)
  out:write("round " .. i .. "\\n")
  out:flush()
  Tool.execute("file-operations", {operation = "append", path = "log.txt", input = "line " .. i .. "\\n"})
  Tool.execute("file-operations", {operation = "write", path = "item-" .. i .. ".txt", input = "item " .. i})
  if i % 4 == 0 then print(i, agent:execute("round " .. i).text, State.get("last")) end
end
out:close()
print("done", State.get("last"))
"""
PYTHON = """
rounds = int(ARGS[0])
agent = Agent.create(name="teller", model="scripted/teller")
out = open("out.txt", "w")
for i in range(1, rounds + 1):
    State.set("last", i)
    State.incr(f"count-{i}")
    out.write(f"round {i}\\n")
    out.flush()
    Tool.execute("file-operations", {"operation": "append", "path": "log.txt", "input": f"line {i}\\n"})
    Tool.execute("file-operations", {"operation": "write", "path": f"item-{i}.txt", "input": f"item {i}"})
    if i % 4 == 0:
        print(i, agent.execute(f"round {i}").text, State.get("last"))
out.close()
print("done", State.get("last"))
"""
MODEL = """
[default]
text = "told"
"""
ROUNDS = 38  # 5 effects each, and 10 of the model's
MAX_KILLS = 10  # of one campaign
VICTIMS = ("host", "worker", "both")


@dataclass
class Figures:
    campaigns: int = 0
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    late: int = 0  # the script had ended before the instant had come
    unknown: dict[str, int] = field(default_factory=lambda: {"retry": 0, "skip": 0})
    resumes: int = 0
    asked: int = 0  # requests to the model
    asked_again: int = 0  # of these, for what it had been asked before
    wrong: list[str] = field(default_factory=list)


class Campaign:
    """One script in a folder of its own."""

    def __init__(self, root: Path, language: str, journal: str, program: list[str], rounds: int) -> None:
        self.folder = root
        self.rounds = rounds
        self.home = root / "home"
        self.work = root / "work"
        self.home.mkdir(parents=True)
        self.work.mkdir()
        name = "work.lua" if language == "lua" else "work.py"
        (root / name).write_text(LUA if language == "lua" else PYTHON)
        (root / "scripted").mkdir()
        (root / "scripted" / "teller.toml").write_text(MODEL)
        self.script = str(root / name)
        self.program = program
        self.start = [
            *program,
            "run",
            "--allow=read:.",
            "--allow=write:.",
            f"--journal={journal}",
            self.script,
            str(rounds),
        ]
        self.environ = {
            "PATH": os.environ["PATH"],
            "CRASH_ASKED": str(root / "asked.txt"),
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
        }

    def popen(self, argv: list[str]) -> subprocess.Popen[bytes]:
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(argv, cwd=self.work, env=self.environ, stdin=nothing, stdout=pipe, stderr=pipe)

    def do(self, *argv: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*self.program, *argv], cwd=self.work, env=self.environ, capture_output=True, check=False)

    def has_begun(self) -> bool:
        """Whether there is a run to be resumed: one that was killed before its first effect leaves none."""
        return any(it.name.startswith("journal") for it in self.home.rglob("*"))

    def resume(self, choices: list[str]) -> list[str]:
        return [*self.program, "runs", "resume", "last", "--json", *(f"--on-unknown={it}" for it in choices)]

    def final(self) -> dict[str, object]:
        """Files and state, as they are."""
        files = {it.name: it.read_text() for it in sorted(self.work.iterdir()) if it.is_file()}
        return {"files": files, "state": self.state()}

    def asked(self) -> list[str]:
        """What the model was asked, each time."""
        path = self.folder / "asked.txt"
        return path.read_text().splitlines() if path.exists() else []

    def state(self) -> str:
        return self.do("state", "list", "--json").stdout.decode()

    def was_done(self, details: dict[str, object]) -> bool:
        """Whether the effect that nobody knows of was done: looked at from outside."""
        args = details["args"]
        if isinstance(args, list):
            return self.do("state", "get", args[0]).returncode == 0
        assert isinstance(args, dict), details
        log = self.work / "log.txt"
        return log.exists() and args["input"].strip() in log.read_text().splitlines()


def kill(process: subprocess.Popen[bytes], victim: str) -> None:
    workers = children_of(process.pid)
    if victim in ("host", "both"):
        process.kill()
    if victim in ("worker", "both"):
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def children_of(pid: int) -> list[int]:
    try:
        return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def campaign(it: Campaign, chance: random.Random, duration_s: float, kills: int, figures: Figures) -> bytes:
    """Kill and resume until nothing is left to do. Returns what the last run printed."""
    argv, choices, n_left = it.start, list[str](), kills
    for _ in range(20 * kills + 20):
        process = it.popen(argv)
        if n_left:
            wait_for(it, process, chance, duration_s)
            victim = chance.choice(VICTIMS)
            if process.poll() is None and children_of(process.pid):
                kill(process, victim)
                figures.kills[victim] += 1
                n_left -= 1
            else:
                figures.late += 1
        stdout, stderr = process.communicate(timeout=120)
        code = process.returncode
        if code == 0:
            return stdout if argv is it.start else stderr
        if code == 75:
            error = json.loads(stdout)["error"]
            details = error["details"]
            answer = "skip" if it.was_done(details) else "retry"
            figures.unknown[answer] += 1
            choices = [*(c for c in choices if not c.startswith(details["key"] + "=")), f"{details['key']}={answer}"]
        elif code == 66:  # killed before its first effect was kept
            argv = it.start
            continue
        elif code not in (-9, 71):
            raise AssertionError(f"exit {code}: {stderr.decode()[-2000:]} {stdout.decode()[-500:]}")
        else:
            choices = []
        argv = it.resume(choices) if it.has_begun() else it.start
        figures.resumes += 1
    raise AssertionError("it never came to its end")


def wait_for(it: Campaign, process: subprocess.Popen[bytes], chance: random.Random, duration_s: float) -> None:
    """Until an instant of the script: when it has come to a round, and a little later; or a time, while it repeats."""
    log = it.work / "log.txt"
    done = log.stat().st_size if log.exists() else 0
    whole = sum(len(f"line {i}\n") for i in range(1, it.rounds + 1))
    if chance.random() < 0.2 or done >= whole:
        time.sleep(chance.uniform(0.2, 0.85) * duration_s)
        return
    target = chance.randrange(done, done + max(1, (whole - done) // chance.choice((1, 2, 4))))
    while process.poll() is None and (log.stat().st_size if log.exists() else -1) < target:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.012))


def check(
    it: Campaign, printed: bytes, expected: dict[str, object], usual: bytes, kills: int, figures: Figures
) -> None:
    found = it.final()
    if found != expected:
        figures.wrong.append(f"{it.folder}: {_difference(expected, found)}")
    said = [line for line in printed.splitlines() if not line.startswith(b"llmspell: ")]
    if said != usual.splitlines():
        figures.wrong.append(f"{it.folder}: it printed something else: {said[-3:]!r}")
    asked = it.asked()
    figures.asked += len(asked)
    figures.asked_again += len(asked) - len(set(asked))
    if sorted(set(asked)) != sorted(f"round {i}" for i in range(4, it.rounds + 1, 4)):
        figures.wrong.append(f"{it.folder}: the model was asked something else: {sorted(set(asked))}")
    if len(asked) - len(set(asked)) > kills:
        figures.wrong.append(f"{it.folder}: after {kills} kills the model was asked again: {asked}")


def _difference(expected: dict[str, object], found: dict[str, object]) -> str:
    before, now = json.dumps(expected, indent=1).splitlines(), json.dumps(found, indent=1).splitlines()
    import difflib

    return "\n".join(list(difflib.unified_diff(before, now, lineterm="", n=1))[:30])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--language", choices=("lua", "python", "both"), default="both")
    parser.add_argument("--journal", default="durable")
    parser.add_argument(
        "--program", nargs="+", default=[sys.executable, str(Path(__file__).with_name("crash_host.py"))]
    )
    asked = parser.parse_args()
    chance, figures = random.Random(asked.seed), Figures()
    root = Path(tempfile.mkdtemp(prefix="llmspell-crash-"))
    began = time.monotonic()
    languages = ("lua", "python") if asked.language == "both" else (asked.language,)
    usual: dict[str, tuple[dict[str, object], bytes, float]] = {}
    for language in languages:
        it = Campaign(root / f"usual-{language}", language, asked.journal, asked.program, asked.rounds)
        started = time.monotonic()
        process = it.popen(it.start)
        stdout, stderr = process.communicate()
        assert process.returncode == 0, stderr
        usual[language] = it.final(), stdout, time.monotonic() - started
    while sum(figures.kills.values()) < asked.kills and len(figures.wrong) < 3:
        language = languages[figures.campaigns % len(languages)]
        expected, said, duration_s = usual[language]
        it = Campaign(root / f"{figures.campaigns}", language, asked.journal, asked.program, asked.rounds)
        try:
            n_kills = min(MAX_KILLS, asked.kills - sum(figures.kills.values()))
            check(it, campaign(it, chance, duration_s, n_kills, figures), expected, said, n_kills, figures)
        except AssertionError as problem:
            figures.wrong.append(f"{it.folder}: {problem}")
            print(figures.wrong[-1], file=sys.stderr)
        figures.campaigns += 1
        if not any(line.startswith(str(it.folder) + ":") for line in figures.wrong):
            shutil.rmtree(it.folder)
        said_s = f"{time.monotonic() - began:6.0f} s"
        print(said_s, figures.kills, figures.unknown, len(figures.wrong), "wrong", file=sys.stderr, flush=True)
    print(json.dumps({"seconds": round(time.monotonic() - began), **figures.__dict__}, indent=2))
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
