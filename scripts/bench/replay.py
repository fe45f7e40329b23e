"""Record every example once in both languages and replay it many times with shuffled delays: is it always the same?

Live, an example asks its scripted model, whose every request takes 500 ms here, as a real one's would. A replay asks
nobody: the process that plays may not connect (an audit hook counts what tries), and imports nothing that could.

    scripts/bench/replay.py [REPLAYS] [NAME...]      100 replays of all examples
"""

from __future__ import annotations

import importlib
import os
import random
import statistics
import sys
import threading
import time
from pathlib import Path
from unittest.mock import patch

from measure import HERE, scratch, table

ROOT = HERE.parents[1]
EXAMPLES = ROOT / "examples"
LATENCY_S = 0.5
MANY = 100  # requests of the script that is all requests
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "examples")]

PROGRAM = {
    "lua": "local a = Agent.create{{ name = 'a', model = 'echo' }}\n"
    "for i = 1, {n} do print(a:execute('question ' .. i).text) end\n",
    "py": "a = Agent.create(name='a', model='echo')\n"
    "for i in range({n}):\n    print(a.execute(f'question {{i}}').text)\n",
}


class Delays:
    """Random waits at everything that the playing side does, so that host and worker never meet in the same way."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def wait(self) -> None:
        if self._random.random() < 0.3:
            time.sleep(self._random.random() * 0.002)


def main(n_replays: int, names: list[str]) -> int:
    cases = importlib.import_module("test_examples").CASES  # found through the line above
    from llmspell.runtime import player
    from llmspell.runtime.player import Player

    connected: list[str] = []
    replaying = threading.Event()
    sys.addaudithook(lambda event, _: connected.append(event) if event in CONNECTS and replaying.is_set() else None)
    delays = Delays(1)

    class Delayed(Player):
        def _send_due(self) -> None:
            delays.wait()
            super()._send_due()

        def _take_frames(self) -> None:
            delays.wait()
            super()._take_frames()

    rows = []
    n_different = 0
    with scratch() as folder:
        os.environ.update(HOME=str(folder), XDG_STATE_HOME=str(folder), XDG_CONFIG_HOME=str(folder))
        os.chdir(EXAMPLES)
        scripts = [(f"{name}.{suffix}", file, args) for name, (file, args, _) in sorted(cases.items())
                   for suffix in ("lua", "py") if not names or name in names]  # fmt: skip
        for suffix, text in PROGRAM.items():
            path = Path(folder) / f"requests.{suffix}"
            path.write_text(text.format(n=MANY), encoding="utf-8")
            scripts.append((str(path), "", []))
        for script, file, args in scripts:
            outcome, live_s, n_requests, tape = record(script, file, args, Path(folder))
            replaying.set()
            before = os.times()
            plain = [replay(script, tape, outcome.stdout)[1] for _ in range(3)]
            after = os.times()
            spent = [b - a for a, b in zip(before[:4], after[:4], strict=True)]
            with patch.object(player, "Player", Delayed):
                same = [replay(script, tape, outcome.stdout)[0] for _ in range(n_replays)]
            replaying.clear()
            n_different += same.count(False)
            took_s = statistics.median(plain)
            with_model_s = live_s + n_requests * LATENCY_S
            rows.append(
                (
                    Path(script).name,
                    str(n_requests),
                    f"{same.count(True)}/{len(same)}",
                    f"{took_s * 1e3:.0f} ms",
                    f"{sum(spent) / len(plain) * 1e3:.0f} ms",
                    f"{with_model_s:.2f} s" if n_requests else "-",
                    f"{with_model_s / took_s:.0f}x" if n_requests else "-",
                )
            )
            print(*rows[-1], sep="\t", file=sys.stderr, flush=True)
    table(
        "Replays with shuffled delays",
        ["", "requests", "same", "a replay", "its CPU", "live, 500 ms each", "faster"],
        rows,
    )
    print(f"{len(rows)} scripts, {n_replays} replays each: {n_different} differ; connections tried: {len(connected)}")
    return 1 if n_different or connected else 0


CONNECTS = frozenset({"socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto", "subprocess.Popen"})


def record(script: str, file: str, args: list[str], folder: Path):  # type: ignore[no-untyped-def]
    """Run it for real, and how many requests it made of its model."""
    from llmspell.config.load import load_settings
    from llmspell.replay.tape_file import read_tape
    from llmspell.runtime.runtime import ScriptRuntime

    tape = folder / f"{Path(script).name}.tape"
    stdin = os.open(EXAMPLES / file if file else os.devnull, os.O_RDONLY)
    started = time.monotonic()
    outcome = ScriptRuntime("medium", settings=load_settings()).run(
        script, args, output="capture", stdin=stdin, record=str(tape)
    )
    took_s = time.monotonic() - started
    os.close(stdin)
    if outcome.error is not None:
        raise SystemExit(f"{script}: {outcome.error}")
    requests = [it for it in read_tape(str(tape)).entries.values() if it.kind == "effect" and it.target == "model"]
    return outcome, took_s, len(requests), tape


def replay(script: str, tape: Path, printed: bytes) -> tuple[bool, float]:
    """Whether it prints the same, and how long it took with reading the tape."""
    from llmspell.replay.tape_file import read_tape
    from llmspell.runtime.playing import play
    from llmspell.runtime.script import detect

    started = time.monotonic()
    played = play(read_tape(str(tape), calls_only=True), detect(script), capture=True)
    took_s = time.monotonic() - started
    if played.ending.error is not None:
        print(played.ending.error, file=sys.stderr)
    return played.stdout == printed and played.ending.exit_code == 0, took_s


if __name__ == "__main__":
    numbers = [int(it) for it in sys.argv[1:] if it.isdecimal()]
    sys.exit(main(numbers[0] if numbers else 100, [it for it in sys.argv[1:] if not it.isdecimal()]))
