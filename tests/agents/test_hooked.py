"""Agents under the eyes of hooks: when they are made, asked and destroyed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from played_agents import Stage

from llmspell.agents.registry import AgentRegistry
from llmspell.errors import HookCancelled, ProviderError
from llmspell.models.messages import assistant, user

FAILS = [{"error": "server"}]


class Watched(Stage):
    """A stage whose run has hooks, and the points that were reached."""

    def __init__(self, pattern: str = "*Agent*") -> None:
        super().__init__()
        self.points: list[str] = []
        self.seen: list[dict[str, Any]] = []

        async def look(moment: Any, ctx: Any) -> None:
            self.points.append(moment.point)
            self.seen.append(moment.to_value())

        self.run.hooks.register(pattern, look, "highest")
        self.services = replace(self.services, find=lambda name: self.registry.find(name))
        self.registry = AgentRegistry(self.services)

    def at(self, point: str, returned: Any) -> None:
        async def hook(moment: Any, ctx: Any) -> Any:
            return returned(moment) if callable(returned) else returned

        self.run.hooks.register(point, hook)

    def asked(self, *texts: str, turns: Any = "echo", watched: bool = False, **fields: Any) -> Any:
        async def main() -> Any:
            agent = self.agent(turns, **fields)
            return [await self.ask(agent, it, watched) for it in texts or ("Hi",)][-1]

        return asyncio.run(main())


def test_an_execution_passes_two_points_with_what_was_asked_and_answered():
    stage = Watched()
    stage.asked("Hello")
    assert stage.points == ["BeforeAgentExecution", "AfterAgentExecution"]
    before, after = stage.seen
    assert (before["agent"], before["input"]["text"]) == ("ada", "Hello")
    assert (after["output"]["text"], after["output"]["model"]) == ("Hello", "echo/echo")


SHOUTED = {"role": "user", "text": "HELLO"}


@pytest.mark.parametrize(
    "data", ["HELLO", {"text": "HELLO"}, {"messages": [SHOUTED]}, {"messages": [{"role": "user", "content": "HELLO"}]}]
)
def test_a_hook_changes_what_is_asked(data: Any):
    stage = Watched()
    stage.at("BeforeAgentExecution", {"type": "modified", "data": data})
    assert stage.asked("Hello").text == "HELLO"
    assert stage.requests[0].messages == (user("HELLO"),)


def test_a_hook_changes_options_and_context():
    stage = Watched()
    stage.at("BeforeAgentExecution", {"type": "modified", "data": {"options": {"temperature": 0}, "context": {"a": 1}}})
    stage.asked("Hello")
    assert stage.requests[0].settings.temperature == 0
    assert "a" in stage.requests[0].messages[0].text


@pytest.mark.parametrize(
    ("point", "type"),
    [("BeforeAgentExecution", "replace"), ("AfterAgentExecution", "modified"), ("AgentError", "replace")],
)
def test_a_hook_gives_the_answer_and_the_agent_remembers_it(point: str, type: str):
    stage = Watched()
    stage.at(point, {"type": type, "data": {"text": "mine", "metadata": {"by": "hook"}}})

    async def main() -> Any:
        agent = stage.agent(FAILS if point == "AgentError" else "echo", memory="buffer", retries=0)
        result = await stage.ask(agent, "Hello", watched=True)
        return result, agent.memory.messages()

    result, remembered = asyncio.run(main())
    assert (result.text, result.metadata) == ("mine", {"by": "hook"})
    assert remembered == [user("Hello"), assistant("mine")]
    assert ("mine" in [it.text for it in stage.events if it.kind == "text"]) == (point == "BeforeAgentExecution")


def test_a_hook_cancels_an_execution():
    stage = Watched()
    stage.at("BeforeAgentExecution", {"type": "cancel", "reason": "not now"})
    with pytest.raises(HookCancelled, match="agent ada was cancelled by a hook at BeforeAgentExecution: not now"):
        stage.asked()
    assert stage.requests == []


def test_a_failing_agent_passes_the_point_of_errors_and_is_asked_again():
    stage = Watched()
    stage.at("AgentError", {"type": "retry", "max_attempts": 3})
    assert stage.asked(turns=[{"error": "server"}, {"error": "server"}, "at last"], retries=0).text == "at last"
    assert stage.points == ["BeforeAgentExecution", "AgentError", "AgentError", "AfterAgentExecution"]
    assert stage.seen[1]["error"]["code"] == "provider_error" and stage.seen[2]["attempt"] == 2
    with pytest.raises(ProviderError):
        Watched().asked(turns=FAILS, retries=0)


def test_another_agent_answers():
    stage = Watched()
    stage.registry.create({"name": "bob", "model": {"scripted": ["bob here"]}})
    stage.at("BeforeAgentExecution", lambda it: {"type": "redirect", "target": "bob"} if it.name == "ada" else None)
    assert stage.asked().text == "bob here"
    assert [it["agent"] for it in stage.seen] == ["ada", "bob", "bob", "ada"]


def test_what_consists_of_several_agents_passes_the_points_too():
    from llmspell.agents.composites import create_composite

    stage = Watched()
    whole = create_composite("both", [stage.agent("echo"), stage.agent("echo")], "sequential")
    stage.at("AfterAgentExecution", lambda it: {"type": "modified", "data": "done"} if it.name == "both" else None)
    assert asyncio.run(stage.ask(whole, "Hi")).text == "done"
    assert [it["agent"] for it in stage.seen] == ["both", "ada", "ada", "ada", "ada", "both"]
    with pytest.raises(Exception, match="consists of several agents"):
        stage.at("BeforeAgentExecution", {"type": "redirect", "target": "ada"})
        asyncio.run(stage.ask(whole, "Hi"))


def test_a_hook_changes_the_fields_of_an_agent_that_is_made_and_sees_no_key():
    stage = Watched()
    stage.at("BeforeAgentInit", lambda it: {"type": "modified", "data": {**it.input, "system_prompt": "Be brief."}})
    fields = {"name": "ada", "model": "echo", "api_key": "sk-secret"}
    made = asyncio.run(stage.registry.make(stage.context, fields))
    assert (made.spec.system_prompt, made.spec.api_key) == ("Be brief.", "sk-secret")
    assert stage.points == ["BeforeAgentInit", "AfterAgentInit"]
    assert "sk-secret" not in repr(stage.seen)
    assert stage.seen[1]["output"]["name"] == "ada"


def test_a_hook_keeps_an_agent_from_being_made_and_from_being_destroyed():
    stage = Watched()
    made = asyncio.run(stage.registry.make(stage.context, {"name": "ada", "model": "echo"}))
    stage.at("BeforeAgentInit", "cancel"), stage.at("BeforeAgentShutdown", "cancel")
    with pytest.raises(HookCancelled):
        asyncio.run(stage.registry.make(stage.context, {"name": "bob", "model": "echo"}))
    with pytest.raises(HookCancelled):
        asyncio.run(stage.registry.destroy(stage.context, made))
    assert stage.registry.names() == ["ada"] and made.status == "ready"


def test_agents_are_shut_down_when_they_are_destroyed_and_at_the_end_of_the_run():
    stage = Watched()
    first = stage.registry.create({"name": "ada", "model": "echo"})
    stage.registry.create({"name": "bob", "model": "echo"})
    stage.at("BeforeAgentShutdown", lambda it: "cancel" if it.metadata["at_end"] else None)  # nothing stays at the end
    asyncio.run(stage.registry.destroy(stage.context, first))
    asyncio.run(stage.registry.shut_down(stage.context))
    told = [(it["point"], it["agent"], it["metadata"]["at_end"]) for it in stage.seen]
    assert told == [
        ("BeforeAgentShutdown", "ada", False),
        ("AfterAgentShutdown", "ada", False),
        ("BeforeAgentShutdown", "bob", True),
        ("AfterAgentShutdown", "bob", True),
    ]
    assert stage.registry.names() == []
