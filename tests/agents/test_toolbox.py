"""What a model is told of an agent's tools, and which of them it means."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from canned_agents import Canned
from hypothesis import given
from hypothesis import strategies as st
from played_agents import made_tool

from llmspell.agents.spec import AgentSpec
from llmspell.agents.toolbox import Toolbox
from llmspell.effects.context import library_context
from llmspell.errors import BadArgument, ToolNotFound
from llmspell.models.messages import ToolCall
from llmspell.tools.registry import ToolRegistry


def toolbox(*tools: Any, registry: ToolRegistry | None = None, **fields: Any) -> Toolbox:
    return Toolbox(AgentSpec("ada", tools=tools, **fields), registry or ToolRegistry())


def use(box: Toolbox, name: str, **arguments: Any) -> Any:
    return asyncio.run(box.use(library_context(), ToolCall("c", name, arguments), None))


def echo_tool(name: str) -> Any:
    return made_tool(name, lambda params: f"{name} was here")


def test_tools_are_given_by_name_as_objects_and_as_agents() -> None:
    box = toolbox("calculator", echo_tool("shout"), Canned("helper", "hi", description="Helps."))
    assert [it.name for it in box.definitions] == ["calculator", "shout", "helper"]
    assert box.names == ("calculator", "shout", "helper")
    assert use(box, "calculator", input="1 + 1").result == 2
    assert use(box, "shout").text == "shout was here"
    assert use(box, "helper", input="?").text == "hi"


def test_a_name_that_is_unknown_is_refused_at_once_and_names_the_nearest() -> None:
    with pytest.raises(ToolNotFound) as caught:
        toolbox("calculater")
    assert "calculator" in caught.value.hint


def test_one_tool_by_two_spellings_is_one_and_two_tools_of_one_name_are_refused() -> None:
    assert len(toolbox("json-processor", "json_processor").definitions) == 1
    tool = echo_tool("shout")
    assert len(toolbox(tool, tool).definitions) == 1
    with pytest.raises(BadArgument, match='two tools of the agent ada are called "shout"'):
        toolbox(tool, echo_tool("shout"))


def test_hand_offs_come_last_and_keep_their_names() -> None:
    box = toolbox(echo_tool("transfer_to_billing"), handoffs=(Canned("billing"),))
    assert [it.name for it in box.definitions] == ["transfer_to_billing_2", "transfer_to_billing"]
    assert box.target(ToolCall("c", "transfer_to_billing")) is not None
    assert box.target(ToolCall("c", "transfer_to_billing_2")) is None
    assert use(box, "transfer_to_billing_2").text == "transfer_to_billing was here"


def test_a_model_is_shown_the_schema_without_annotations_of_ours() -> None:
    (definition,) = toolbox("calculator").definitions
    assert "x-aliases" not in str(definition.schema)
    assert set(definition.schema["properties"]) == {"operation", "input", "variables"}
    box = toolbox(made_tool("odd", lambda params: params["x-a"], {"x-a": {"type": "string", "x-note": 1}}))
    assert box.definitions[0].schema["properties"] == {"x-a": {"type": "string"}}
    assert use(box, "odd", **{"x-a": "found"}).text == "found"


@pytest.mark.parametrize("name", ["json-processor", "json_processor", "JSON-Processor", " json-processor "])
def test_a_tool_is_found_by_its_name_however_it_is_spelt(name: str) -> None:
    assert toolbox("json-processor").own_name(name) == "json-processor"
    assert toolbox("json-processor").knows(name)


def test_an_unknown_tool_is_answered_with_the_nearest_or_with_all() -> None:
    box = toolbox("calculator", "json-processor")
    assert use(box, "calculate").text.endswith("did you mean calculator?")
    assert use(box, "zzz").text.endswith("there are calculator, json-processor")
    assert use(toolbox(), "zzz").text.endswith("answer without tools")
    assert not box.knows("zzz") and box.own_name("zzz") == "zzz"


def test_a_tool_that_a_script_has_made_anew_is_the_new_one_and_one_it_has_removed_is_missed() -> None:
    registry = ToolRegistry()
    registry.register(made_tool("note", lambda _: "old"))
    box = toolbox("note", registry=registry)
    registry.unregister("note")
    registry.register(made_tool("note", lambda _: "new"))
    assert use(box, "note").text == "new"
    registry.unregister("note")
    assert "there is no tool" in use(box, "note").text


@pytest.mark.parametrize(
    ("choice", "known_as"),
    [("auto", "auto"), ("none", "none"), ("required", "required"), ("json_processor", "json-processor"), ("a.b", "a_b"),
     ("transfer_to_billing", "transfer_to_billing")],
)  # fmt: skip
def test_the_choice_of_a_tool_is_by_the_name_that_the_model_knows(choice: str, known_as: str) -> None:
    box = toolbox("json-processor", echo_tool("a.b"), handoffs=(Canned("billing"),), tool_choice=choice)
    assert box.choice == known_as


def test_a_choice_of_what_is_no_tool_is_refused_and_without_tools_there_is_none() -> None:
    with pytest.raises(BadArgument) as caught:
        toolbox("calculator", tool_choice="calculater")
    assert "calculator" in caught.value.hint
    assert toolbox(tool_choice="required").choice == "auto"


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"city": "string"}, "city"),
        ({"city": "string", "days": {"type": "integer", "default": 3}}, "city"),
        ({"city": "string", "days": "integer"}, ""),
        ({"days": "integer"}, ""),
        ({"city": "string?"}, "city"),
        ({"query": "string?", "days": "integer?"}, "query"),
        ({"city": "string?", "days": "integer?"}, ""),
        ({"mode": {"type": "string", "enum": ["a"]}}, ""),
        ({"type": "object", "properties": {"text": True, "note": {"type": "string"}}}, ""),
        ({"type": "object", "properties": {"x": True, "query": {"type": "string"}}, "required": ["query"]}, "query"),
        (None, ""),
    ],
)
def test_the_parameter_that_a_text_is_meant_for(parameters: Any, name: str) -> None:
    assert toolbox(made_tool("note", str, parameters)).text_parameter("note") == name


@given(st.lists(st.text(max_size=80), max_size=6, unique=True))
def test_a_model_knows_every_tool_by_a_name_of_its_own_that_providers_take(names: list[str]) -> None:
    tools = [_Named(it) for it in names]
    box = toolbox(*tools)
    known = [it.name for it in box.definitions]
    assert len(set(known)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", it) for it in known)
    assert [box.own_name(it) for it in known] == names


class _Named:
    """A tool with a name that no script could give it."""

    description = version = category = ""
    tags: tuple[str, ...] = ()
    schema: dict[str, Any] = {"type": "object"}

    def __init__(self, name: str) -> None:
        self.name = name
