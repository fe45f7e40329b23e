"""`Agent` as scripts call it: what becomes of objects, names and functions that they hand over."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import AgentNotFound, BadArgument, ConfigError, ModelNotFound, NotFound, ToolNotFound
from llmspell.interface.declare import object_spec

ECHO = {"model": "echo"}


async def double(params: Any) -> Any:
    return params["n"] * 2


def made(script: Any, name: str, **fields: Any) -> Any:
    return script.call("Agent", "create", name=name, **{**ECHO, **fields})


def tool_of(script: Any, name: str) -> Any:
    parameters = {"n": "integer"}
    return script.call("Tool", "create", name=name, description="d", execute=double, parameters=parameters)


def test_an_agent_is_an_object_with_its_fields(script: Any) -> None:
    agent = made(script, "ada", description="Counts")
    spec = object_spec(agent)
    assert spec is not None and spec.name == "AgentObject"
    assert (agent.name, agent.description, agent.model) == ("ada", "Counts", "echo/echo")
    assert agent.id != made(script, "bea").id


def test_nothing_is_asked_and_nothing_recorded_before_an_agent_is_executed(script: Any) -> None:
    agent = script.call("Agent", "create", model="openai/gpt-5-mini")  # whose key nobody has
    assert script.journal.entries(script.run.run_id) == []
    agent = made(script, "ada")
    assert script.call(agent, "execute", "hello")["text"] == "hello"
    kinds = [(it.target, it.method) for it in script.journal.entries(script.run.run_id)]
    assert set(kinds) == {("AgentObject", "execute"), ("agent", "ada"), ("model", "echo/echo")}


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"modle": "echo"}, BadArgument, 'no field "modle"'),
        ({"model": "opnai/x"}, ModelNotFound, "opnai"),
        ({"model": "echo", "tools": ["calculater"]}, ToolNotFound, "calculater"),
        ({"model": "echo", "handoffs": ["nobody"]}, AgentNotFound, "nobody"),
        ({"model": "echo", "custom": {"a": double}}, BadArgument, r"custom\.a is a function, which is not plain data"),
        ({"model": "echo", "custom_config": {"mood": double}}, BadArgument, "mood is a function"),
        ({"model": "echo", "tools": [double]}, BadArgument, r"tools\[0\] must be a tool's name, .* not a function"),
        ({}, ConfigError, "no model is asked for"),
    ],
)
def test_a_mistake_in_a_field_is_told_and_makes_no_agent(
    fields: dict[str, Any], error: type[Exception], message: str, script: Any
) -> None:
    with pytest.raises(error, match=message):
        script.call("Agent", "create", fields)
    assert script.call("Agent", "list") == []
    assert script.call("Agent", "create", {"name": "right", "model": "echo"}).name == "right"


def test_tools_are_names_objects_tables_and_agents_and_the_names_of_agents(script: Any) -> None:
    helper, own = made(script, "helper"), tool_of(script, "twice")
    table = {"name": "once", "description": "d", "parameters": {"n": "integer"}, "execute": double}
    agent = made(script, "boss", tools=["calculator", own, table, helper, "helper"])
    assert script.call(agent, "discover_tools") == ["calculator", "twice", "once", "helper"]
    assert script.call(agent, "invoke_tool", "once", {"n": 4})["result"] == 8
    assert script.call(agent, "invoke_tool", "helper", {"input": "hi"})["text"] == "hi"
    assert not script.call("Tool", "exists", "once")


def test_a_tools_name_comes_before_an_agents(script: Any) -> None:
    made(script, "calculator")
    agent = made(script, "boss", tools=["calculator"])
    assert script.call(agent, "invoke_tool", "calculator", {"input": "1 + 1"})["result"] == 2


def test_fields_within_tables_of_fields_may_hold_tools_too(script: Any) -> None:
    made(script, "helper")
    agent = made(script, "boss", custom_config={"allowed_tools": ["helper", tool_of(script, "twice")], "mood": "calm"})
    assert script.call(agent, "discover_tools") == ["helper", "twice"]
    assert script.call(agent, "get_config")["custom"] == {"mood": "calm"}


def test_an_empty_table_is_no_tools_and_one_name_is_a_list_of_one(script: Any) -> None:
    assert script.call(made(script, "a", tools={}), "discover_tools") == []
    assert script.call(made(script, "b", tools="calculator"), "discover_tools") == ["calculator"]


def test_the_name_of_an_agent_stands_for_it_among_handoffs_members_critics_and_judges(script: Any) -> None:
    made(script, "one"), made(script, "two")
    assert script.call(made(script, "desk", handoffs=["one"]), "get_config")["handoffs"] == ["one"]
    team = script.call("Agent", "create_composite", "team", ["one", "two"], "vote", judge="desk")
    roles = [(it["name"], it["role"]) for it in script.call(team, "get_config")["parts"]]
    assert roles == [("one", "member"), ("two", "member"), ("desk", "judge")]
    careful = script.call("Agent", "reflect", agent="one", critic="two")
    assert [it["name"] for it in script.call(careful, "get_config")["parts"]] == ["one", "two"]
    with pytest.raises(AgentNotFound, match="tow"):
        script.call("Agent", "reflect", agent="tow")
    with pytest.raises(BadArgument, match="a member must be an agent"):
        script.call("Agent", "create_composite", "team", [5], "vote")


def test_a_judge_that_is_no_agents_name_is_a_models(script: Any) -> None:
    made(script, "one")
    team = script.call("Agent", "create_composite", "team", ["one"], "vote", judge="echo")
    assert script.call(team, "execute", "x")["text"] == "x"
    with pytest.raises(ModelNotFound):
        script.call("Agent", "create_composite", "team", ["one"], "vote", judge="nobody-at-all")


def test_a_builder_gives_the_same_agent_as_a_table(script: Any) -> None:
    builder = script.call("Agent", "builder")
    for name, value in (("name", "built"), ("model", "echo"), ("temperature", 0.5), ("tools", "calculator")):
        assert script.call(builder, name, value) is builder
    script.call(builder, "tool", tool_of(script, "twice"))
    built = {**script.call(script.call(builder, "build"), "get_config"), "id": ""}
    table = made(script, "built", temperature=0.5, tools=["calculator", "twice"])
    given = script.call(table, "get_config")
    assert {key: it for key, it in built.items() if key != "id"} == {
        key: it for key, it in given.items() if key != "id"
    }


def test_get_finds_an_agent_or_nothing_and_remove_forgets_it(script: Any) -> None:
    agent = made(script, "ada")
    assert script.call("Agent", "get", "ADA").id == agent.id
    assert script.call("Agent", "get", "bea") is None
    assert script.call("Agent", "remove", "ada") is True and script.call("Agent", "remove", "ada") is False
    assert script.call(agent, "execute", "still here")["text"] == "still here"


def test_the_newer_of_two_agents_has_the_name(script: Any) -> None:
    older, newer = made(script, "ada", description="old"), made(script, "Ada", description="new")
    assert script.call("Agent", "get", "ada").description == "new"
    script.call(older, "destroy")
    assert script.call("Agent", "exists", "ada") is True
    script.call(newer, "destroy")
    assert script.call("Agent", "exists", "ada") is False


def test_get_info_has_the_row_and_the_metrics(script: Any) -> None:
    agent = made(script, "ada")
    script.call(agent, "execute", "x")
    info = script.call("Agent", "get_info", "ada")
    assert (info["name"], info["kind"], info["metrics"]["executions"]) == ("ada", "agent", 1)
    script.call("Agent", "create_composite", "team", ["ada"], "parallel")
    assert script.call("Agent", "get_info", "team")["metrics"] == {}


def test_templates_take_agents_and_tools_of_the_scripts(script: Any) -> None:
    made(script, "helper")
    fields = {"model": "echo", "tools": ["helper", tool_of(script, "twice")]}
    agent = script.call("Agent", "create_from_template", "mine", "research", fields)
    assert script.call(agent, "discover_tools") == ["helper", "twice"]
    assert script.call("Agent", "get_info", "mine")["template"] == "research"
    with pytest.raises(NotFound, match="reserch"):
        script.call("Agent", "create_from_template", "mine", "reserch")


@pytest.mark.parametrize("wrong", [{"nam": "x"}, {"name": "x", "schema": {}}])
def test_wrap_as_tool_takes_name_and_description_only(wrong: dict[str, Any], script: Any) -> None:
    made(script, "ada")
    with pytest.raises(BadArgument, match="has no option"):
        script.call("Agent", "wrap_as_tool", "ada", wrong)
    tool = script.call("Agent", "wrap_as_tool", "ada", {"name": "muse", "description": "Inspires"})
    assert script.call("Tool", "execute", "muse", {"input": "x"})["text"] == "x"
    assert (tool.name, tool.description) == ("muse", "Inspires")


@pytest.mark.parametrize("criteria", ["is short", ["is short", "is true"], None])
def test_criteria_are_a_text_or_several(criteria: Any, script: Any) -> None:
    made(script, "ada")
    assert script.call("Agent", "reflect", agent="ada", criteria=criteria).name == "reflect-1"
    with pytest.raises(BadArgument, match="criteria is a text, or a list of texts"):
        script.call("Agent", "reflect", agent="ada", criteria=[5])
