"""What a script can have the host keep by way of agents is bounded, and what is kept now and then is not refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.errors import BadArgument
from llmspell.globals import agent_run
from llmspell.globals.agent_object import MAX_DESCRIPTION

MB = 1024 * 1024


def held(script: Any) -> Any:
    return script.services.agents().services.held


def test_a_run_may_have_its_agents_keep_a_quarter_of_its_memory(script: Any) -> None:
    agent = script.call("Agent", "create", model="echo")
    n_kept = 0
    with pytest.raises(BadArgument, match="the agents of this run keep 128 MB in memory, 128 MB at most"):
        for i in range(40):
            script.call(agent, "set_state", f"k{i}", "x" * 4 * MB)
            n_kept += 1
    assert n_kept == 32
    with pytest.raises(BadArgument, match="let agents forget"):
        script.call("Agent", "create", model="echo")
    script.call(agent, "set_state", {f"k{i}": None for i in range(30)})
    assert script.call("Agent", "create", model="echo")
    assert script.call(agent, "get_state", "k31") == "x" * 4 * MB


def test_a_state_that_is_refused_is_left_as_it_was(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_run, "MAX_VALUES", 3)
    agent = script.call("Agent", "create", model="echo")
    script.call(agent, "set_state", {"a": 1, "b": 2, "c": 3})
    for wrong in ({"d": 4}, {"e": 5, "f": 6}, {"a": print}):
        with pytest.raises(BadArgument):
            script.call(agent, "set_state", wrong)
    script.call(agent, "set_state", {"a": None, "d": 4})
    state = script.call(agent, "get_state", "")
    assert {it: state[it] for it in ("b", "c", "d")} == {"b": 2, "c": 3, "d": 4} and "a" not in state


def test_streams_that_are_not_read_count_until_they_are_let_go_of(script: Any) -> None:
    async def main() -> None:
        agent = await script.acall("Agent", "create", model="echo")
        before = held(script).n_bytes
        streams = []
        with pytest.raises(BadArgument, match="128 MB at most"):
            while len(streams) < 2_000:
                streams.append(await script.acall(agent, "stream", "hi"))
        assert len(streams) > 500
        for it in streams:
            it.aclose()
        await asyncio.sleep(0)
        streams.clear()
        del it
        assert held(script).n_bytes - before < MB
        assert (await script.acall(await script.acall(agent, "stream", "hi"), "result"))["text"] == "hi"

    asyncio.run(main())


def test_agents_become_so_many_tools_and_the_same_one_again(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_run, "MAX_TOOLS", 2)
    agent = script.call("Agent", "create", model="echo")
    for name in ("one", "two", "one"):
        script.call(agent, "as_tool", name)
    with pytest.raises(BadArgument, match="at most 2 tools"):
        script.call(agent, "as_tool", "three")
    with pytest.raises(BadArgument, match="a tool's description has"):
        script.call(agent, "as_tool", "one", "x" * (MAX_DESCRIPTION + 1))
