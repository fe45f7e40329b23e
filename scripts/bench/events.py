"""How many events a run carries: publish and receive in the host, against a bare queue and two libraries of signals.

The libraries call one function and keep nothing; ours numbers, weighs and bounds each event, matches patterns, keeps it
for whoever receives it later, and tells hooks. CPU of one process, so that a busy machine does not count."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

from calls import arrivals, gaps_us
from llmspell.effects.context import RunContext, library_context
from llmspell.events.bus import EventBus
from llmspell.events.event import Event
from measure import HERE, percentile, scratch, table

ROOT = HERE.parents[1]
PEERS = Path(os.environ.get("LLMSPELL_PEERS", ROOT / ".venv-peers"))
N = 50_000
ROUNDS = 5
AIM = 200_000  # events a second, published and received

Work = Callable[[RunContext, EventBus], Awaitable[None]]

SCRIPTS = {
    "lua": "local id = Event.subscribe('n.*')\n"
    "for i = 1, 2000 do Event.publish('n.x', i) assert(Event.receive(id).data == i) end",
    "py": "id = Event.subscribe('n.*')\n"
    "for i in range(2000):\n    Event.publish('n.x', i)\n    assert Event.receive(id)['data'] == i",
}


def per_event_us(work: Work) -> float:
    """CPU microseconds of one event, the best of some rounds, each in a run of its own."""

    async def once() -> float:
        ctx = library_context()
        started = time.process_time()
        await work(ctx, ctx.run.events)
        spent = time.process_time() - started
        await ctx.run.events.aclose()
        return spent / N * 1e6

    return min(asyncio.run(once()) for _ in range(ROUNDS))


async def bare_deque(ctx: RunContext, bus: EventBus) -> None:
    queue: deque[object] = deque()
    for i in range(N):
        queue.append({"n": i})
        queue.popleft()


async def asyncio_queue(ctx: RunContext, bus: EventBus) -> None:
    queue: asyncio.Queue[object] = asyncio.Queue(1000)
    for i in range(N):
        await queue.put({"n": i})
        await queue.get()


def subscribed(pattern: str, others: int = 0) -> Work:
    """Publish and receive by this pattern; some others have subscribed to something else."""

    async def work(ctx: RunContext, bus: EventBus) -> None:
        id = bus.subscribe(pattern).id
        for i in range(others):
            bus.subscribe(f"other{i}.*")
        for i in range(N):
            await bus.publish("user.created", {"n": i}, ctx=ctx)
            await bus.receive(id)

    return work


async def ten_subscribers(ctx: RunContext, bus: EventBus) -> None:
    ids = [bus.subscribe("user.*").id for _ in range(10)]
    for i in range(N):
        await bus.publish("user.created", {"n": i}, ctx=ctx)
        for id in ids:
            await bus.receive(id)


async def to_a_function(ctx: RunContext, bus: EventBus) -> None:
    seen = 0

    def count(event: Event, inner: RunContext) -> None:
        nonlocal seen
        seen += 1

    bus.on("user.*", count)
    for i in range(N):
        await bus.publish("user.created", {"n": i}, ctx=ctx)
        if i % 500 == 0:
            await asyncio.sleep(0)
    await bus.settle()
    assert seen == N


async def with_a_hook(ctx: RunContext, bus: EventBus) -> None:
    async def watch(moment: object, inner: RunContext) -> None:
        return None

    ctx.run.hooks.register("BeforeEventEmit", watch)
    await subscribed("user.*")(ctx, bus)


def peers_us() -> list[tuple[str, float]]:
    """What each peer takes for one event."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        print(f"no peers: {PEERS} is not there; scripts/bench/setup_peers makes it", file=sys.stderr)
        return []
    program = HERE / "peers" / "emitters_events.py"
    done = subprocess.run([str(python), str(program)], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        print(f"{program.name} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return []
    lines = [json.loads(it) for it in done.stdout.splitlines()]
    return [(f"{it['name']} {it['version']}, a plain call", float(it["us"])) for it in lines]


def show_host() -> None:
    limit = per_event_us(bare_deque)
    works = {
        "publish, receive": subscribed("user.created"),
        "the same, by a pattern": subscribed("user.*"),
        "the same, 900 others": subscribed("user.*", 900),
        "to a function": to_a_function,
        "ten subscribers": ten_subscribers,
        "with a hook before": with_a_hook,
    }
    rows = [("a bare deque", limit), ("asyncio.Queue", per_event_us(asyncio_queue)), *peers_us()]
    table(
        "Events in the host",
        ["", "CPU us", "x deque", "events/s", "of the aim"],
        [[name, f"{us:.2f}", f"{us / limit:.1f}", f"{1e6 / us:,.0f}", ""] for name, us in rows]
        + [
            [f"llmspell, {name}", f"{us:.2f}", f"{us / limit:.1f}", f"{1e6 / us:,.0f}", f"{1e6 / us / AIM:.2f}"]
            for name, us in ((name, per_event_us(work)) for name, work in works.items())
        ],
    )


def show_scripts() -> None:
    rows = []
    for suffix, text in SCRIPTS.items():
        Path(f"events.{suffix}").write_text(text, encoding="utf-8")
        gaps = gaps_us(arrivals(f"events.{suffix}"), skip=200)
        rows.append([f".{suffix}", f"{percentile(gaps, 0.5):.0f}", f"{2 * sum(gaps) / len(gaps):.0f}"])
    table("Events of a script: each is two calls of the host", ["", "us a call, p50", "us an event, mean"], rows)


if __name__ == "__main__":
    with scratch():
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = os.getcwd()
        show_host()
        show_scripts()
