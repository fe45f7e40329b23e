"""Time graphs of no-op steps. Used by workflows.py beside this and by the programs in peers/ that it compares with;
those run in an environment of their own, so this imports nothing but the standard library.

The graphs: a chain; so many at once; and layers, as wide as there are layers, in which each node waits for two nodes
of the layer before it."""

from __future__ import annotations

import asyncio
import json
import math
import os
import time
from collections.abc import Awaitable, Callable

KINDS = ("sequential", "parallel", "dag")
SIZES = (100, 1000, 10_000)
# What took longer than this is not tried with ten times as many nodes: some peers take minutes for those.
TOO_LONG_S = float(os.environ.get("LLMSPELL_BENCH_PATIENCE_S", "0.3"))
ENOUGH_S = 0.5  # of measuring one graph

# Makes a graph: gives what runs it once, and returns how many steps it has done.
Make = Callable[[str, int], Callable[[], Awaitable[int]]]


def layers(n: int) -> list[list[tuple[int, list[int]]]]:
    """Nodes by layer, each with those that it waits for."""
    width = math.isqrt(n)
    made: list[list[tuple[int, list[int]]]] = []
    for i in range(n):
        place = i % width
        if place == 0:
            made.append([])
        first = (len(made) - 2) * width
        made[-1].append((i, [] if first < 0 else [first + place, first + (place + 1) % width]))
    return made


async def measure(
    make: Make,
    tell: Callable[[dict[str, object]], None],
    kinds: tuple[str, ...] = KINDS,
    sizes: tuple[int, ...] = SIZES,
) -> None:
    """Tell the CPU seconds of one run of each graph, the best of some, and those of making it."""
    took = dict.fromkeys(kinds, 0.0)
    for n in sizes:
        for kind in kinds:
            if took[kind] > TOO_LONG_S:
                continue
            started = time.process_time()
            once = make(kind, n)
            made_s = time.process_time() - started
            best, total = math.inf, 0.0
            while total < ENOUGH_S or best == math.inf:
                started = time.process_time()
                done = await once()
                spent = time.process_time() - started
                if done != n:
                    raise SystemExit(f"{kind} of {n}: {done} steps were done")
                best, total = min(best, spent), total + spent
            took[kind] = best
            tell({"kind": kind, "n": n, "run_s": best, "made_s": made_s})


def report(name: str, version: str, make: Make) -> None:
    """Print each measurement as a line of JSON, so that what was measured stands if the rest takes too long."""

    def tell(row: dict[str, object]) -> None:
        print(json.dumps({"name": name, "version": version, **row}), flush=True)

    asyncio.run(measure(make, tell))
