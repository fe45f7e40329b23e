"""What a hook point costs: where nobody listens, where somebody listens elsewhere, and with hooks that do nothing.

All in this process, on host code: what a hook in a script costs beside that is a call of the script's function
(`bridge.py`). Each figure is the difference between doing the same thing with and without the point, taken in turn, in
CPU time: what else the machine does counts little."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from llmspell.effects.context import RunContext, library_context
from llmspell.effects.perform import Effect, perform
from llmspell.events.intercept import intercept
from llmspell.events.points import STATE_READ, STATE_WRITE
from llmspell.tools.registry import ToolRegistry
from measure import table

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
N = 200_000
N_FIRED = 5_000
ASKED = {"scope": "global", "key": "k"}
EFFECT = Effect("State", "get", None, recorded=False)


async def do(given: Any) -> int:
    return 1


async def bare(ctx: RunContext) -> int:
    """What has no point."""
    return await do(ASKED)


async def guarded(ctx: RunContext) -> int:
    """The same with the points of a read around it, as whoever fires points writes it."""
    hooks = ctx.run.hooks
    if hooks.at and STATE_READ.watched(hooks.at):
        result: int = await intercept(ctx, STATE_READ, "state", "k", ASKED, do)
        return result
    return await do(ASKED)


async def one_effect(ctx: RunContext) -> Any:
    """An effect, which has the points of refusals, limits and slowness in it."""
    return await perform(ctx, EFFECT, do)


def one_tool(registry: ToolRegistry) -> Callable[[RunContext], Awaitable[Any]]:
    params = {"input": "1"}

    async def work(ctx: RunContext) -> Any:
        return await registry.execute(ctx, "calculator", params)

    return work


async def nothing(moment: Any, ctx: RunContext) -> None:
    return None


async def keep(moment: Any, ctx: RunContext) -> Any:
    return {"type": "modified", "data": moment.input}


def place(*points: str, function: Any = nothing) -> RunContext:
    """A run with hooks at these points."""
    ctx = library_context()
    for it in points:
        ctx.run.hooks.register(it, function)
    return RunContext(ctx.run, "0:1", "the bench", "0:1")


async def seconds(work: Callable[[RunContext], Awaitable[Any]], ctx: RunContext, n: int) -> float:
    started = time.process_time()
    for _ in range(n):
        await work(ctx)
    return (time.process_time() - started) / n


async def differences(
    work: Callable[[RunContext], Awaitable[Any]],
    ctx: RunContext,
    base: Callable[[RunContext], Awaitable[Any]],
    base_ctx: RunContext,
    n: int,
) -> list[float]:
    """In µs: what one costs more than the other, in each round."""
    found = []
    await seconds(work, ctx, 100), await seconds(base, base_ctx, 100)
    for _ in range(ROUNDS):
        without = await seconds(base, base_ctx, n)
        found.append((await seconds(work, ctx, n) - without) * 1e6)
    return found


async def measure() -> list[list[str]]:
    tool = one_tool(ToolRegistry())
    both = (STATE_READ.before, STATE_READ.after)
    cases: list[tuple[str, Any, RunContext, Any, RunContext, int, str]] = [
        ("a point, no hook in the run", guarded, place(), bare, place(), N, "0.2"),
        ("a point, a hook at another", guarded, place(STATE_WRITE.before), bare, place(), N, "0.2"),
        ("an effect, a hook at another point", one_effect, place(STATE_READ.before), one_effect, place(), N, "0.2"),
        ("a tool, a hook at another point", tool, place(STATE_READ.before), tool, place(), N_FIRED, ""),
        ("one hook before", guarded, place(both[0]), bare, place(), N_FIRED, ""),
        ("one before and one after", guarded, place(*both), bare, place(), N_FIRED, ""),
        ("one before that changes the input", guarded, place(both[0], function=keep), bare, place(), N_FIRED, ""),
        ("ten before", guarded, place(*[both[0]] * 10), bare, place(), N_FIRED, ""),
        ("a tool, one before and one after", tool, place("*ToolExecution"), tool, place(), N_FIRED, ""),
    ]
    rows = []
    for name, work, ctx, base, base_ctx, n, aim in cases:
        found = await differences(work, ctx, base, base_ctx, n)
        rows.append([name, f"{statistics.median(found):.3f}", f"{min(found):.3f}", aim])
    return rows


def main() -> None:
    table("What hook points add, in µs", ["", "median", "least", "aim"], asyncio.run(measure()))


if __name__ == "__main__":
    main()
