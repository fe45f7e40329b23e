"""Time one run of a peer's agent: model, tool, model. Each program beside this runs in the peers' own environment."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable


def report(name: str, version: str, once: Callable[[], Awaitable[str]], *, expected: str, runs: int = 200) -> None:
    """Print the CPU and wall time of one run as JSON, after some unmeasured ones.

    Args:
        expected: What the run must answer: what did not do the work is not timed.
    """

    async def main() -> tuple[float, float]:
        for _ in range(10):
            answer = await once()
            if answer != expected:
                raise SystemExit(f"{name}: answered {answer!r}, not {expected!r}")
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(runs):
            await once()
        return (time.process_time() - cpu) / runs, (time.perf_counter() - wall) / runs

    cpu_s, wall_s = asyncio.run(main())
    print(json.dumps({"name": name, "version": version, "cpu_us": cpu_s * 1e6, "wall_us": wall_s * 1e6}))
