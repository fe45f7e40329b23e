"""No point is dead: each of the table is reached by something that happens in a run, and by that only.

One run does a bit of everything, with a hook at every point, and is taken through its beginning and its end. What hooks
can change at each point is tested where the point is fired."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.bridge.bridge import Call
from llmspell.config.load import load_settings
from llmspell.effects.context import task_context
from llmspell.errors import LLMSpellError, ToolFailed
from llmspell.events.points import POINTS
from llmspell.journal.snapshot import unpack
from llmspell.runtime.script import Script
from llmspell.runtime.services import RunServices
from llmspell.runtime.usage_watch import Usage, UsageWatch
from llmspell.security.profile import Profile
from llmspell.workflows.workflow import WorkflowServices, workflow_from

FLAGS = {"state.path": ":memory:", "ledger.path": ":memory:", "journal.path": ":memory:"}


class Everything:
    """A run in which a hook is at every point, and what the hook was told: kind and name by point."""

    def __init__(self) -> None:
        builder = Profile.builder("test").extends("none").deny("tool:uuid-generator", "net:*")
        profile = builder.limit("memory_bytes", "1MB").limit("cpu_s", 10).build(base="/")
        settings = load_settings(files=(), environ={}, flags=FLAGS)
        self.services = RunServices(settings, profile, Script(b"", "x.lua", None, "lua", "lua54", {}))
        self.run = self.services.run
        self.seen: dict[str, tuple[str, str]] = {}
        self.n_calls = 0
        self.run.hooks.slow_s = -1.0  # whatever takes any time at all is slow

        async def look(moment: Any, ctx: Any) -> None:
            self.seen.setdefault(moment.point, (moment.kind, moment.name))

        self.run.hooks.register("*", look)

    @property
    def ctx(self) -> Any:
        return task_context(self.run)

    async def call(self, target: str, method: str, *args: Any) -> Any:
        self.n_calls += 1
        call = Call(b"\xc0", self.n_calls, "0", target, method, list(args), {}, False)
        answer = unpack(await self.services.bridge._perform(call))
        match answer:
            case {"$handle": [int(number), *_]}:
                return self.services.bridge.handles.find(number)
        return answer

    async def failing(self, target: str, method: str, *args: Any) -> None:
        with pytest.raises(LLMSpellError):
            await self.call(target, method, *args)

    async def all_of_it(self) -> None:
        await self.services.start(0)
        await self.tools_and_agents()
        await self.state()
        await self.sessions_and_events()
        await self.workflows()
        await self.call("Config", "drop", "tool:calculator")
        await self.failing("Tool", "execute", "calculator", {"input": "1"})
        watch = UsageWatch(self.run, lambda: Usage(1 << 20, 9.5))
        await watch.look()
        watch.close()
        await self.services.wind_up()
        await self.services.aclose()

    async def tools_and_agents(self) -> None:
        await self.call("Tool", "list")
        await self.call("Tool", "execute", "calculator", {"input": "1"})
        await self.failing("Tool", "execute", "calculator", {"input": "1 / 0"})
        ada = await self.call("Agent", "create", "ada", "", "echo")
        await ada.execute(self.ctx, "Hi")
        cheap = {"name": "bob", "model": {"scripted": [{"text": "x", "cost_usd": 1.0}]}, "budget": {"usd": 0.1}}
        bob = await self.call("Agent", "create", cheap)
        with pytest.raises(LLMSpellError, match="budget"):
            await bob.execute(self.ctx, "Hi")
        await ada.destroy(self.ctx)

    async def state(self) -> None:
        await self.call("State", "set", "n", 1)
        await self.call("State", "get", "n")
        await self.call("State", "migrate", "user:1", [{"version": 1, "up": _nothing}])
        others = [2]

        async def change(value: int, around: Any = None) -> int:
            if others:  # somebody else is faster, once
                await self.call("State", "set", "n", others.pop())
            return value + 1

        assert await self.call("State", "update", "n", change) == 3

    async def sessions_and_events(self) -> None:
        session = await self.call("Session", "create", {"name": "s"})
        for method in ("save", "checkpoint", "suspend", "resume", "complete"):
            await self.call("Session", method, session)
        await self.call("Event", "on", "a.*", _failing)
        await self.call("Event", "publish", "a.b", 1)
        await self.run.events.settle(self.ctx)

    async def workflows(self) -> None:
        async def good(step: Any) -> int:
            return 1

        async def bad(step: Any) -> int:
            raise ToolFailed("no")

        fields: dict[str, Any] = {"name": "w", "type": "sequential"}
        steps = [{"name": "a", "fn": good}, {"name": "b", "fn": good}]
        services = WorkflowServices(tools=self.services._parts.tools)
        await workflow_from({**fields, "steps": steps}, services).execute(self.ctx)
        steps[0]["compensate"] = good
        steps[1]["fn"] = bad
        await workflow_from({**fields, "steps": steps}, services).execute(self.ctx)


async def _nothing(*args: Any, around: Any = None) -> None:
    return None


async def _failing(*args: Any, around: Any = None) -> None:
    raise ToolFailed("no")


@pytest.fixture(scope="module")
def seen() -> dict[str, tuple[str, str]]:
    everything = Everything()
    asyncio.run(everything.all_of_it())
    return everything.seen


@pytest.mark.parametrize("point", POINTS)
def test_each_point_is_reached(point: str, seen: dict[str, tuple[str, str]]) -> None:
    assert point in seen
    kind, name = seen[point]
    family = POINTS[point].family
    assert kind == ("system" if family in ("system", "performance") else family)
    assert name or point.endswith("ToolDiscovery")


def test_nothing_else_is_reached(seen: dict[str, tuple[str, str]]) -> None:
    assert set(seen) == set(POINTS)


def test_what_a_table_says_of_a_point_is_a_sentence_that_can_follow_when() -> None:
    for point in POINTS.values():
        assert point.when[0].islower() and not point.when.endswith(".") and len(point.when) < 80
    assert {it.family for it in POINTS.values()} == {
        *("agent", "model", "tool", "workflow", "state", "system", "session", "event", "performance")
    }
