"""Time the steps of a peer that keeps each of them before the next. Its programs run in the peers' own environment."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

ROUNDS = 3


def place() -> tuple[str, int]:
    """Where the file is to be, and how many steps: this program's arguments."""
    return sys.argv[1], int(sys.argv[2])


def measure(name: str, n: int, kept: Callable[[str], None], bare: Callable[[str], None] | None = None) -> None:
    """Print the best of some rounds as JSON, in microseconds a step.

    Args:
        kept: One run, under this id, with everything kept; the first is not measured.
        bare: The same with nothing kept, where there is such a thing: what keeping costs is the difference.
    """
    row: dict[str, object] = {"name": name, "n": n}
    for label, run in (("kept", kept), ("bare", bare)):
        if run is None:
            continue
        run(f"{label}-warm")
        walls, cpus = [], []
        for i in range(ROUNDS):
            wall, cpu = time.perf_counter(), time.process_time()
            run(f"{label}-{i}")
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        row[f"{label}_us"] = min(walls) / n * 1e6
        row[f"{label}_cpu_us"] = min(cpus) / n * 1e6
    print(json.dumps(row), flush=True)
