"""The agents of a run: names, looking them up, what is told of them, who works for whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from canned_agents import Canned
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from played_agents import Stage

from llmspell.agents import registry as module
from llmspell.agents.as_tool import as_tool
from llmspell.agents.composite_options import CompositeOptions
from llmspell.agents.composites import create_composite
from llmspell.agents.reflect import create_reflect
from llmspell.agents.registry import AgentRegistry
from llmspell.agents.relations import MAX_DEPTH
from llmspell.agents.templates import Templates
from llmspell.effects.context import library_context
from llmspell.errors import AgentNotFound, BadArgument, ModelNotFound, NotFound
from llmspell.tools.template_process import TemplateProcess


@pytest.fixture
def registry() -> AgentRegistry:
    return AgentRegistry(Stage().services)


def test_an_agent_is_made_and_found_by_its_name_in_any_spelling(registry: AgentRegistry) -> None:
    agent = registry.create({"name": "My_Helper", "model": "echo"})
    assert registry.find("my-helper") is registry.get("MY_HELPER") is agent
    assert "my helper" not in registry and "my_helper" in registry and 3 not in registry
    assert (len(registry), registry.names()) == (1, ["My_Helper"])


@pytest.mark.parametrize("fields", [{}, {"name": None}, {"agent_name": None}])
def test_one_without_a_name_gets_one(registry: AgentRegistry, fields: dict[str, Any]) -> None:
    assert registry.create({"model": "echo", **fields}).name == "agent-1"
    registry.create({"model": "echo", "name": "agent-2"})
    assert registry.create({"model": "echo"}).name == "agent-3"
    registry.remove("agent-3")
    assert registry.create({"model": "echo"}).name == "agent-4"


def test_a_name_by_its_other_spelling_is_a_name(registry: AgentRegistry) -> None:
    assert registry.create({"model": "echo", "agent_name": "x"}).name == "x"


def test_a_name_that_is_taken_is_refused_and_free_again_when_it_is_removed(registry: AgentRegistry) -> None:
    registry.create({"name": "a", "model": "echo"})
    with pytest.raises(BadArgument, match='there is an agent "a" already'):
        registry.create({"name": "A", "model": "echo"})
    with pytest.raises(BadArgument, match="already"):
        registry.register(Canned("a"))
    assert registry.remove("a") and not registry.remove("a")
    registry.register(Canned("a"))


def test_a_name_may_be_taken_from_whoever_has_it(registry: AgentRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_AGENTS", 2)
    first = registry.create({"name": "a", "model": "echo"}, template="chat")
    lead = registry.create({"name": "lead", "model": "echo", "tools": [first]})
    second = registry.create({"name": "A", "model": "echo"}, replace=True)
    assert registry.find("a") is second and len(registry) == 2
    assert registry.get_info("a")["template"] == ""
    assert lead.spec.tools == (first,)
    assert registry.describe(first)["id"] == first.id != second.id
    assert not registry.discard(first) and registry.find("a") is second
    third = Canned("a")
    registry.register(third, replace=True)
    assert registry.find("a") is third
    with pytest.raises(BadArgument, match="at most 2"):
        registry.create({"name": "new", "model": "echo"}, replace=True)
    assert registry.discard(third) and "a" not in registry


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", 3])
def test_what_is_no_name_is_refused(registry: AgentRegistry, name: Any) -> None:
    with pytest.raises(BadArgument, match="the name of an agent"):
        registry.register(Canned(name))


def test_an_agent_that_cannot_be_made_is_not_there(registry: AgentRegistry) -> None:
    with pytest.raises(ModelNotFound):
        registry.create({"name": "a", "model": "no-such-provider/x"})
    with pytest.raises(BadArgument):
        registry.create({"name": "a", "modle": "echo"})
    assert "a" not in registry


def test_an_unknown_name_names_the_nearest(registry: AgentRegistry) -> None:
    with pytest.raises(AgentNotFound) as caught:
        registry.find("helper")
    assert caught.value.hint == "no agent was made in this run"
    registry.create({"name": "helper", "model": "echo"})
    with pytest.raises(AgentNotFound, match='no agent "helpr"') as caught:
        registry.find("helpr")
    assert caught.value.hint == "did you mean helper?"
    with pytest.raises(AgentNotFound) as caught:
        registry.find("zzz")
    assert caught.value.hint == "there are helper"
    assert registry.get("zzz") is None


def test_there_are_so_many_agents_at_a_time(registry: AgentRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_AGENTS", 2)
    for it in ("a", "b"):
        registry.create({"name": it, "model": "echo"})
    with pytest.raises(BadArgument, match="at most 2 agents at a time"):
        registry.create({"model": "echo"})
    registry.remove("a")
    registry.create({"model": "echo"})


def team(registry: AgentRegistry) -> None:
    searcher = registry.create(
        {
            "name": "searcher",
            "description": "Finds files",
            "model": "echo",
            "tools": ["calculator"],
            "capabilities": ["search"],
        }
    )
    writer = registry.create({"name": "writer", "model": "echo", "memory": "buffer", "schema": {"city": "string"}})
    registry.create({"name": "lead", "model": {"scripted": [{"text": "x"}]}, "tools": [searcher], "handoffs": [writer]})
    registry.register(create_composite("line", [searcher, writer], "sequential"))


def test_a_list_has_a_row_for_each_by_name(registry: AgentRegistry) -> None:
    team(registry)
    rows = registry.list()
    assert [it["name"] for it in rows] == ["lead", "line", "searcher", "writer"]
    assert rows[2] == {
        "name": "searcher",
        "id": rows[2]["id"],
        "description": "Finds files",
        "kind": "agent",
        "model": "echo/echo",
        "capabilities": ["search", "tools"],
        "tools": ["calculator"],
        "status": "ready",
        "template": "",
    }
    assert (rows[0]["tools"], rows[0]["capabilities"]) == (["searcher"], ["tools", "handoff"])
    assert (rows[1]["kind"], rows[1]["capabilities"], rows[1]["model"]) == ("sequential", ["sequential"], "")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["lead", "line", "searcher", "writer"]),
        ({"capability": "Structured_Output"}, ["writer"]),
        ({"capability": "tools"}, ["lead", "searcher"]),
        ({"text": "FILES finds"}, ["searcher"]),
        ({"text": "calculator"}, ["searcher"]),
        ({"model": "echo"}, ["searcher", "writer"]),
        ({"kind": "sequential"}, ["line"]),
        ({"capability": "tools", "model": "echo"}, ["searcher"]),
        ({"text": "nothing"}, []),
    ],
)
def test_they_are_discovered_by_what_they_can_do(
    registry: AgentRegistry, asked: dict[str, str], names: list[str]
) -> None:
    team(registry)
    assert [it["name"] for it in registry.discover(**asked)] == names


def test_capabilities_are_listed_each_once(registry: AgentRegistry) -> None:
    team(registry)
    found = registry.list_capabilities()
    assert found == ["handoff", "memory", "search", "sequential", "structured-output", "tools"]


def test_details_are_plain_and_hold_no_key(registry: AgentRegistry) -> None:
    other = registry.create({"name": "other", "model": "echo"})
    registry.create(
        {
            "name": "a",
            "model": "x",
            "base_url": "http://127.0.0.1:1/v1",
            "api_key": "sk-very-secret-1234567890",
            "headers": {"X-Token": "hidden-value"},
            "system_prompt": "Be brief.",
            "temperature": 0.5,
            "stop": ["END"],
            "memory": "window",
            "budget": {"usd": 1},
            "handoffs": [other],
            "custom": {"mine": 1},
        }
    )
    details = registry.get_details("a")
    shown = json.dumps(details)
    assert "sk-very" not in shown and "hidden-value" not in shown
    assert details["settings"] == {"temperature": 0.5, "stop": ["END"]}
    assert details["headers"] == ["X-Token"]
    assert details["memory"]["type"] == "window" and details["budget"] == {"usd": 1.0, "tokens": None}
    assert (details["system_prompt"], details["custom"]) == ("Be brief.", {"mine": 1})
    assert details["parts"] == [{"name": "other", "role": "handoff"}]
    assert registry.get_info("a")["name"] == "a" and "settings" not in registry.get_info("a")


def test_details_of_composites_have_their_options_and_members(registry: AgentRegistry) -> None:
    options = CompositeOptions(judge=Canned("judge"), choices=("a", "b"))
    registry.register(create_composite("panel", [Canned("x")], "vote", options))
    details = registry.get_details("panel")
    assert (details["choices"], details["on_error"]) == (["a", "b"], "fail_fast")
    assert details["parts"] == [{"name": "x", "role": "member"}, {"name": "judge", "role": "judge"}]
    registry.register(asyncio.run(create_reflect("careful", Canned("w"), Canned("c"), "brief", 2)))
    details = registry.get_details("careful")
    assert (details["kind"], details["criteria"], details["rounds"]) == ("reflect", ["brief"], 2)


def test_instances_show_what_they_have_done() -> None:
    async def main() -> None:
        stage = Stage()
        registry = AgentRegistry(stage.services)
        agent = registry.create({"name": "z", "model": "echo"})
        registry.register(Canned("a"))
        await stage.ask(agent)
        first, second = registry.list_instances()
        assert (first["name"], first["metrics"]["executions"], first["status"]) == ("z", 1, "ready")
        assert (second["name"], second["metrics"]) == ("a", {})
        agent.pause()
        assert registry.list_instances()[0]["status"] == "paused"

    asyncio.run(main())


def leaf(name: str, role: str) -> dict[str, Any]:
    return {"name": name, "role": role, "parts": []}


def test_the_hierarchy_is_a_tree_of_who_works_for_whom(registry: AgentRegistry) -> None:
    team(registry)
    assert registry.get_hierarchy() == [
        {"name": "lead", "role": "", "parts": [leaf("searcher", "tool"), leaf("writer", "handoff")]},
        {"name": "line", "role": "", "parts": [leaf("searcher", "member"), leaf("writer", "member")]},
    ]
    assert registry.get_hierarchy("writer") == leaf("writer", "")
    with pytest.raises(AgentNotFound):
        registry.get_hierarchy("nobody")


def test_an_agent_that_was_wrapped_as_a_tool_is_in_the_hierarchy(registry: AgentRegistry) -> None:
    inner = registry.create({"name": "inner", "model": "echo"})
    registry.create({"name": "outer", "model": "echo", "tools": [as_tool(inner, name="ask"), "calculator"]})
    assert registry.get_hierarchy("outer") == {"name": "outer", "role": "", "parts": [leaf("inner", "tool")]}


class Knot(Canned):
    """Works for itself."""

    def parts(self) -> Any:
        return (("member", self),)


def test_a_circle_is_shown_once(registry: AgentRegistry) -> None:
    registry.register(Knot("knot"))
    again = {"name": "knot", "role": "member", "parts": [], "again": True}
    assert registry.get_hierarchy() == [{"name": "knot", "role": "", "parts": [again]}]


def test_a_tree_that_shares_its_branches_stays_small(registry: AgentRegistry) -> None:
    made: Any = Canned("a0")
    for i in range(1, 30):
        made = create_composite(f"a{i}", [made, made], "parallel")
    registry.register(made)
    shown = json.dumps(registry.get_hierarchy("a29"))
    assert len(shown) < 2_000_000 and '"more": true' in shown


def test_a_long_line_of_command_is_shown_as_far_as_can_be_read(registry: AgentRegistry) -> None:
    made: Any = Canned("a0")
    for i in range(1, 2000):
        made = create_composite(f"a{i}", [made], "sequential")
    registry.register(made)
    assert json.dumps(registry.get_hierarchy("a1999")).count('"name"') == MAX_DEPTH + 1


@pytest.fixture
def process() -> Iterator[TemplateProcess]:
    made = TemplateProcess()
    yield made
    made.close()


def test_an_agent_is_made_of_a_template(process: TemplateProcess) -> None:
    async def main() -> None:
        registry = AgentRegistry(Stage().services, Templates((), process))
        first = await registry.create_from_template(library_context(), "", "Chat", {"model": "echo", "about": "tea"})
        second = await registry.create_from_template(library_context(), "mine", "chat", {"model": "echo"})
        assert (first.name, second.name) == ("chat-1", "mine")
        assert "tea" in first.spec.system_prompt
        assert [it["template"] for it in registry.list()] == ["chat", "chat"]
        assert registry.discover(capability="conversation") == registry.list()
        with pytest.raises(NotFound):
            await registry.create_from_template(library_context(), "x", "chta")

    asyncio.run(main())


def test_a_name_that_was_made_up_is_not_the_agents_own(registry: AgentRegistry) -> None:
    unnamed, named = registry.create({"model": "echo"}), registry.create({"name": "ada", "model": "echo"})
    assert not registry.is_named(unnamed) and registry.is_named(named)
    again = registry.create({"name": unnamed.name, "model": "echo"}, replace=True)
    assert registry.is_named(again) and not registry.is_named(unnamed)


def test_without_templates_it_is_said(registry: AgentRegistry) -> None:
    with pytest.raises(BadArgument, match="there are no templates"):
        asyncio.run(registry.create_from_template(library_context(), "x", "chat"))


NAMES = st.sampled_from(["a", "A", "b_c", "b-c", "agent-1", "agent-2"])


class Names(RuleBasedStateMachine):
    """Registering, naming and removing, against a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = AgentRegistry(Stage().services)
        self.expected: dict[str, str] = {}

    @rule(name=NAMES)
    def register(self, name: str) -> None:
        key = name.lower().replace("_", "-")
        if key in self.expected:
            with pytest.raises(BadArgument):
                self.registry.register(Canned(name))
        else:
            self.registry.register(Canned(name))
            self.expected[key] = name

    @rule()
    def register_without_a_name(self) -> None:
        name = self.registry.free_name()
        assert name not in self.expected
        self.registry.register(Canned(name))
        self.expected[name] = name

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        key = name.lower().replace("_", "-")
        assert self.registry.remove(name) == (key in self.expected)
        self.expected.pop(key, None)

    @invariant()
    def all_are_there(self) -> None:
        assert self.registry.names() == sorted(self.expected.values())
        assert all(self.registry.find(key).name == name for key, name in self.expected.items())


TestNames = Names.TestCase
TestNames.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
