"""What guardrails and flow labels cost: a call without them, a permission that brings a label, texts under rules.

    python scripts/bench/guardrails.py

Figures are CPU time of one process, best of five. Nothing here is compared with anything; see docs/decisions/0024."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from llmspell.effects.context import library_context
from llmspell.effects.flows import watched
from llmspell.guardrails.rails import Found, Rails, checked_text
from llmspell.guardrails.reading import rails_from
from llmspell.guardrails.rule import Stream
from llmspell.security.profile import resolve_profile
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.registry import ToolRegistry

N = 20_000
TEXT = "The quick brown fox jumps over the lazy dog, and writes to nobody. " * 150  # 10 KB


def best(work: Callable[[], object], n: int = N) -> float:
    """Seconds of CPU for one, of the best round."""
    rounds = []
    for _ in range(5):
        started = time.process_time()
        for _ in range(n):
            work()
        rounds.append((time.process_time() - started) / n)
    return min(rounds)


def labels() -> None:
    ctx = library_context(profile=resolve_profile("medium", allow=("net:*", "read:/data")))
    ctx.permit("read", "/data/notes.txt")
    nothing = best(lambda: watched(ctx, "tool", "calculator"))
    again = best(lambda: watched(ctx, "read", "/data/notes.txt"))
    asked = best(lambda: ctx.permit("tool", "calculator"))
    print(f"flow labels: a source that is known {again * 1e6:.2f} us, a tool {nothing * 1e6:.2f} us")
    print(f"             (a whole `permit` of a tool {asked * 1e6:.2f} us)")
    both = library_context(profile=resolve_profile("medium", allow=("net:*", "read:/data", "flow:net:*")))
    both.permit("read", "/data/notes.txt")
    both.permit("net", "example.com:443")
    named = best(lambda: watched(both, "net", "example.com:443"))
    print(f"             a way out that is named, both labels held {named * 1e6:.2f} us")
    fresh = iter(range(10**9))
    new = best(lambda: watched(ctx, "read", f"/data/{next(fresh)}"), 150)
    print(f"             a source that is new {new * 1e6:.2f} us (the first 1000 of a run are listed)")


async def calls() -> None:
    async def run(ctx: object, params: Value) -> ToolResult:
        return ToolResult("do", None, "done")

    tool, registry = ToolSpec("take", "", "bench", {"type": "object"}, run), ToolRegistry()

    async def timed(rails: tuple[Rails, ...]) -> float:
        rounds = []
        for _ in range(5):
            ctx = library_context()
            ctx.run.rails = rails
            started = time.process_time()
            for _ in range(5_000):
                await registry.execute_tool(ctx, tool, {"text": "a short text"}, is_simple=True)
            rounds.append((time.process_time() - started) / 5_000)
        return min(rounds)

    plain = await timed(())
    guarded = await timed((Rails(rails_from("production")),))
    ctx = library_context()
    asked = best(lambda: ctx.run.rails or ctx.rails)
    print(f"tool call:   without guardrails {plain * 1e6:.1f} us (of which asking for them {asked * 1e6:.3f} us)")
    print(f"             with the preset production {guarded * 1e6:.1f} us")


def texts() -> None:
    fresh = iter(range(10**9))
    for name in ("production", "strict-pii"):
        rails = (Rails(rails_from(name)),)

        def checked(text: str, rails: tuple[Rails, ...] = rails) -> None:
            checked_text(rails, "to_model", "m", text, Found())

        first = best(lambda checked=checked: checked(f"{TEXT}{next(fresh)}"), 50)  # type: ignore[misc]
        again = best(lambda checked=checked: checked(TEXT), 5_000)  # type: ignore[misc]
        print(f"10 KB:       {name}: {first * 1e6:.0f} us, the same text again {again * 1e6:.2f} us")
    strict = Rails(rails_from("strict-pii"))

    def streamed() -> None:
        streams = strict.streams("from_model", "m")
        for at in range(0, len(TEXT), 5):
            piece = TEXT[at : at + 5]
            for _, stream in streams:
                piece = stream.feed(piece)

    assert isinstance(strict.streams("from_model", "m")[0][1], Stream)
    print(f"stream:      strict-pii, 10 KB in pieces of 5: {best(streamed, 3) / (len(TEXT) / 5) * 1e6:.1f} us a piece")


if __name__ == "__main__":
    labels()
    asyncio.run(calls())
    texts()
