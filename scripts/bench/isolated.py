"""Runs a second, each in a confined process of its own, from one host; and what a waiting worker holds in memory."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

from llmspell.config.load import load_settings
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import detect
from measure import clean_env, scratch, table

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 30


async def runs_per_s(runtime: ScriptRuntime, path: str, at_once: int) -> tuple[float, float]:
    """Runs a second with so many at a time, and the median of one run's milliseconds."""
    script = detect(path)
    times: list[float] = []
    left = iter(range(RUNS))

    async def one_after_the_other() -> None:
        for _ in left:
            started = time.perf_counter()
            outcome = await runtime.run_async(script)
            if outcome.error is not None:
                raise outcome.error
            times.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return RUNS / (time.perf_counter() - started), statistics.median(times)


def main() -> None:
    folder = scratch()
    os.environ.update(clean_env(folder.name), LLMSPELL_JOURNAL__PATH=":memory:")
    runtime = ScriptRuntime("medium", settings=load_settings(files=()))
    rows = []
    for suffix in ("lua", "py"):
        path = f"hello.{suffix}"
        Path(path).write_text('print("hello")\n', encoding="utf-8")
        for at_once in (1, 2):
            name = f"{path}, {at_once} at a time"
            try:
                rate, p50_ms = asyncio.run(runs_per_s(runtime, path, at_once))
            except Exception as error:
                rows.append([name, "failed", "", str(error)[:80]])
                continue
            rows.append(
                [name, f"{rate:.0f}", f"{p50_ms:.1f} ms", "100 a second from a warm template" if at_once == 2 else ""]
            )
    table(f"Confined runs, {RUNS} of each, each worker started anew", ["", "runs/s", "p50", "aim (later)"], rows)


if __name__ == "__main__":
    main()
