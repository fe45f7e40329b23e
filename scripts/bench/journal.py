"""What the journal costs: one script of many recorded calls, without it, in normal and in durable mode, in turn.

Whole runs are measured, from the start of the process to its end, in rounds of off, normal and durable, each round in
another order, so that a busy machine slows all alike; the ratio is the median of the rounds' ratios. `getenv` is the
cheapest recorded call there is, and so the worst case; `calculator` the cheapest tool, with two entries a call."""

from __future__ import annotations

import itertools
import os
import sqlite3
import statistics
import sys
from pathlib import Path

from kept_steps import peer_steps
from measure import LLMSPELL, adopt_orphans, clean_env, run_s, scratch, table

CALLS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 7
MODES = ("off", "normal", "durable")
AIM = 1.05

SCRIPTS = {
    "getenv.lua": "for i = 1, {n} do os.getenv('HOME') end",
    "calculator.lua": "for i = 1, {n} do Tool.execute('calculator', {{ input = i .. ' * 7' }}) end",
    "calculator.py": "for i in range({n}):\n    Tool.execute('calculator', {{'input': f'{{i}} * 7'}})\n",
    "state.lua": "for i = 1, {n} do State.set('k', {{ i = i, text = 'some words' }}) end",
    "many tasks.lua": "local t = {{}} for i = 1, {n} do t[i] = i end Async.map(t, function(i) return"
    " Tool.execute('calculator', {{ input = i .. ' * 7' }}) end, {{ limit = 64 }})",
}


def measured(name: str, env: dict[str, str], folder: str) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Wall and CPU seconds of every round, by mode."""
    wall: dict[str, list[float]] = {mode: [] for mode in MODES}
    cpu: dict[str, list[float]] = {mode: [] for mode in MODES}
    orders = itertools.cycle(itertools.permutations(MODES))
    for number in range(ROUNDS + 1):
        for mode in next(orders):
            path = f"{folder}/journal-{mode}.db"
            command = [
                LLMSPELL,
                "run",
                "--profile",
                "none",
                "--set",
                f"journal.mode={mode}",
                "--set",
                f"journal.path={path}",
            ]
            took, used = run_s([*command, name], env)
            if number:  # the first round warms up
                wall[mode].append(took)
                cpu[mode].append(used)
    return wall, cpu


def ratio(ours: list[float], other: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, other, strict=True))


def bytes_a_call(path: str) -> float:
    """What the file grew by with each call."""
    connection = sqlite3.connect(path)
    (runs,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    connection.close()
    return os.path.getsize(path) / max(1, int(runs)) / CALLS


def main() -> None:
    folder = scratch()
    adopt_orphans()
    env = clean_env(folder.name)
    rows = []
    durable: dict[str, tuple[float, float]] = {}
    chosen = [it for it in SCRIPTS if not sys.argv[3:] or it in sys.argv[3:]]
    for name in chosen:
        Path(name).write_text(SCRIPTS[name].format(n=CALLS), encoding="utf-8")
        place = f"{folder.name}/{name}.d"
        wall, cpu = measured(name, env, place)
        off = statistics.median(wall["off"])
        for mode in MODES[1:]:
            cost_us = statistics.median(a - b for a, b in zip(wall[mode], wall["off"], strict=True)) / CALLS * 1e6
            if mode == "durable":
                durable[name] = (statistics.median(wall[mode]) / CALLS * 1e6, cost_us)
            ratios = [a / b for a, b in zip(wall[mode], wall["off"], strict=True)]
            rows.append(
                [
                    f"{name}, {mode}",
                    f"{off:.2f} s",
                    f"{statistics.median(wall[mode]):.2f} s",
                    f"{ratio(wall[mode], wall['off']):.3f}",
                    f"{min(ratios):.2f}-{max(ratios):.2f}",
                    f"{ratio(cpu[mode], cpu['off']):.2f}",
                    f"{cost_us:.1f} us",
                    f"{bytes_a_call(f'{place}/journal-{mode}.db'):.0f}",
                    f"{AIM:.2f}" if mode == "normal" else "",
                ]
            )
    heads = ["", "off", "with", "wall x off", "spread", "CPU x off", "a call", "bytes a call", "aim"]
    table(f"The journal, {CALLS} calls, {ROUNDS} rounds", heads, rows)
    show_peers(folder.name, durable)


def show_peers(folder: str, durable: dict[str, tuple[float, float]]) -> None:
    """Durable mode beside what others pay for a step that they keep before the next, in the same minutes.

    Args:
        durable: By script, microseconds of a whole call in durable mode, and how much of it durable mode is.
    """
    rows = []
    peers = peer_steps(folder)
    for name, (whole_us, added_us) in durable.items():
        rows.append([f"llmspell, {name}, durable", f"{whole_us:.0f}", f"{added_us:.0f}", "1.0", "1.0"])
        for it in peers:
            # Without a way to run it with nothing kept, all of the step is what keeping it costs.
            added = it["kept_us"] - it.get("bare_us", 0.0)
            times = [f"{it['kept_us'] / whole_us:.1f}", f"{added / added_us:.1f}" if added_us > 0 else "-"]
            rows.append([f"  {it['name']}", f"{it['kept_us']:.0f}", f"{added:.0f}", *times])
    heads = ["", "us a step", "of it to keep it", "x ours", "x ours to keep it"]
    table("A step that is kept before the next one; ours with the round trip to a confined process", heads, rows)


if __name__ == "__main__":
    main()
