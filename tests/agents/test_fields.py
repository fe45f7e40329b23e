"""A script's table of fields becomes a spec: every spelling, every check, nothing silently ignored."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from canned_agents import Canned
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.fields import BY_SPELLING, FIELDS, spec_from, with_overrides
from llmspell.agents.spec import AgentSpec, BudgetSpec, MemorySpec
from llmspell.errors import BadArgument
from llmspell.guardrails.spec import RailsSpec
from llmspell.models.protocol import ModelSettings

VALUES: dict[str, tuple[Any, Any]] = {  # what a script writes, and what the spec holds then
    "name": (" ada ", "ada"),
    "description": ("Calculates.", "Calculates."),
    "model": ("openai/gpt-5-mini", "openai/gpt-5-mini"),
    "provider": ("openai", "openai"),
    "system_prompt": ("Be brief.", "Be brief."),
    "tools": (["calculator"], ("calculator",)),
    "tool_choice": ("required", "required"),
    "schema": ({"type": "object", "properties": {"n": {"type": "integer"}}},) * 2,
    "repairs": (0, 0),
    "memory": ("window", MemorySpec("window")),
    "mode": ("react", "react"),
    "max_steps": (5, 5),
    "max_tool_calls": (0, 0),
    "max_identical_calls": (1, 1),
    "budget": (0.1, BudgetSpec(0.1)),
    "guardrails": ({"iterations": 3}, RailsSpec(limits={"iterations": 3.0})),
    "timeout_s": (30, 30.0),
    "retries": (0, 0),
    "fallback": (["a/b", "c/d"], ("a/b", "c/d")),
    "base_url": ("http://localhost:8000/v1", "http://localhost:8000/v1"),
    "api_key": ("k", "k"),
    "headers": ({"X-Team": "blue"}, {"X-Team": "blue"}),
    "custom": ({"colour": "blue"}, {"colour": "blue"}),
    "capabilities": (["maths"], ("maths",)),
}
SETTINGS: dict[str, tuple[Any, Any]] = {
    "temperature": (0, 0.0),
    "max_tokens": (100.0, 100),
    "top_p": (0.5, 0.5),
    "stop": ("\n\n", ("\n\n",)),
    "seed": (-1, -1),
    "reasoning": ("low", "low"),
    "extra": ({"top_k": 5}, {"top_k": 5}),
}


@pytest.mark.parametrize("spelling", [it for it, field in BY_SPELLING.items() if field.place in ("spec", "settings")])
def test_every_spelling_of_a_field_sets_it(spelling: str) -> None:
    field = BY_SPELLING[spelling]
    if field.name == "handoffs":
        other = Canned("other")
        assert spec_from({spelling: [other]}).handoffs == (other,)
        return
    given_, wanted = {**VALUES, **SETTINGS}[field.name]
    spec = spec_from({spelling: given_})
    assert getattr(spec.settings if field.place == "settings" else spec, field.name) == wanted
    assert dataclasses.replace(spec, **{field.name: getattr(AgentSpec("agent"), field.name)} if field.place == "spec"
                               else {"settings": ModelSettings()}) == AgentSpec("agent")  # fmt: skip


def test_no_two_fields_share_a_spelling_and_every_place_of_a_spec_has_a_field() -> None:
    assert len(BY_SPELLING) == sum(1 + len(it.spellings) for it in FIELDS)
    assert {it.name for it in dataclasses.fields(AgentSpec)} - {"settings"} == {
        it.name for it in FIELDS if it.place == "spec"
    }
    assert {it.name for it in dataclasses.fields(ModelSettings)} == {it.name for it in FIELDS if it.place == "settings"}


def test_nothing_is_needed_and_nothing_given_counts_as_not_given() -> None:
    assert spec_from({}) == AgentSpec("agent")
    assert spec_from({"temperature": None, "tools": None}) == AgentSpec("agent")
    assert spec_from({"tools": {}, "stop": [], "custom": []}) == AgentSpec("agent")


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        ({"temprature": 1}, 'an agent has no field "temprature"', "temperature"),
        ({"zzzz": 1}, 'an agent has no field "zzzz"', "custom"),
        ({"temperature": 2.1}, "temperature must be from 0 to 2, not 2.1", ""),
        ({"temperature": "hot"}, 'temperature must be a number, not a string ("hot")', ""),
        ({"temperature": True}, "temperature must be a number, not a boolean", ""),
        ({"temperature": float("nan")}, "temperature must be from 0 to 2, not nan", ""),
        ({"max_tokens": 0}, "max_tokens must be at least 1, not 0", ""),
        ({"max_tokens": 1.5}, "max_tokens must be a whole number", ""),
        ({"top_p": -0.1}, "top_p must be from 0 to 1", ""),
        ({"max_steps": 0}, "max_steps must be from 1 to 1000, not 0", ""),
        ({"system_prompt": 7}, "system_prompt must be a string, not an integer (7)", ""),
        ({"name": ""}, "name must be a line of 1 to 200 characters", ""),
        ({"name": "a\nb"}, "name must be a line", ""),
        ({"tools": {"a": 1}}, "tools must be a list, not a table with a", ""),
        ({"tools": [7]}, "tools[0] must be a tool's name, a tool or an agent", ""),
        ({"handoffs": ["ada"]}, "handoffs[0] must be an agent", ""),
        ({"mode": "raect"}, "mode must be one of", "react"),
        ({"type": "wizard"}, "type must be one of", ""),
        ({"schema": 7}, "schema must be a JSON Schema or a table of fields", ""),
        ({"schema": {"type": "array", "items": {"type": "string"}}}, "an answer must be an object", "field of its own"),
        ({"schema": {"n": "intger"}}, '"intger" is not a type', "integer"),
        ({"headers": {"X-A": "b\r\nX-C: d"}}, "headers.X-A must be a line of text", ""),
        ({"headers": {"X-A": "b" * 9000}}, "headers has more than 8192 characters", ""),
        ({"budget": -1}, "budget must be at least 0", ""),
        ({"budget": {"euro": 1}}, 'budget has no field "euro"', "usd, tokens"),
        ({"memory": {"type": "elephant"}}, "memory.type must be one of", ""),
        ({"memory": {"max_mesages": 5}}, 'memory has no field "max_mesages"', "max_messages"),
        (
            {"prompt": "a", "system_prompt": "b"},
            '"system_prompt" and "prompt" are the same field',
            "system_prompt alone",
        ),
        ({"model": {"modle_id": "x"}}, 'the model of an agent has no field "modle_id"', "model_id"),
        ({"settings": {"tools": []}}, '"tools" is no setting of a model', "beside"),
        ({"extra": {"model": "other/one"}}, "extra cannot hold model", ""),
        ({"settings": {"n": 8}}, "settings cannot hold n", ""),
        ({"resource_limits": {"max_coffee": 1}}, 'the resource_limits of an agent has no field "max_coffee"', ""),
        ({"system_prompt": "x" * 10_000_001}, "system_prompt has 10000001 characters, 10000000 at most", ""),
    ],
)
def test_what_a_field_cannot_hold_is_refused_with_its_name(fields: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(BadArgument) as caught:
        spec_from(fields)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_model_may_be_a_table() -> None:
    model = {"provider": "openai", "model_id": "gpt-5-mini", "temperature": 0.5, "settings": {"top_p": 0.9, "top_k": 5}}
    spec = spec_from({"model": model})
    assert (spec.provider, spec.model) == ("openai", "gpt-5-mini")
    assert spec.settings == ModelSettings(temperature=0.5, top_p=0.9, extra={"top_k": 5})
    for name in ("model", "name", "id", "model_name"):
        assert spec_from({"model": {name: "m"}}).model == "m"
    assert spec_from({"model_config": {"provider": "ollama", "model_id": "qwen"}}).provider == "ollama"


def test_a_model_may_be_a_script_in_place() -> None:
    turns = [{"text": "hello"}]
    assert spec_from({"model": {"scripted": turns}}).model == {"scripted": turns}
    assert spec_from({"model": {"scripted": turns, "temperature": 1}}).settings.temperature == 1


def test_what_stands_outside_wins_over_what_stands_within() -> None:
    spec = spec_from(
        {
            "model": {"model": "m", "temperature": 0.1},
            "temperature": 0.2,
            "custom_config": {"system_prompt": "inner", "colour": "blue"},
            "custom": {"size": 3},
            "resource_limits": {"max_execution_time_secs": 60, "max_tool_calls": 5, "max_memory_mb": 100},
        }
    )
    assert spec.settings.temperature == 0.2
    assert spec.system_prompt == "inner"
    assert spec.custom == {"colour": "blue", "size": 3}
    assert (spec.timeout_s, spec.max_tool_calls) == (60.0, 5)


@pytest.mark.parametrize(
    ("fields", "memory"),
    [
        ({"memory": True}, MemorySpec("buffer")),
        ({"memory": False}, MemorySpec("none")),
        ({"memory": "buffer"}, MemorySpec("buffer")),
        ({"memory": "summary"}, MemorySpec("summary")),
        ({"memory": {"type": "window", "max_messages": 6}}, MemorySpec("window", 6)),
        ({"memory": {"window": 6}}, MemorySpec("window", 6)),
        ({"memory": {"max_tokens": 500}}, MemorySpec("summary", max_tokens=500)),
        ({"memory": {}}, MemorySpec("buffer")),
        ({"memory": {"enabled": True, "type": "window"}}, MemorySpec("window")),
        ({"memory": {"enabled": False, "type": "window"}}, MemorySpec("none")),
        ({"max_conversation_length": 10}, MemorySpec("window", 10)),
        ({"max_conversation_length": 0}, MemorySpec("none")),
        ({"memory": True, "max_conversation_length": 10}, MemorySpec("window", 10)),
        ({"memory": "summary", "max_conversation_length": 10}, MemorySpec("summary")),
        ({"memory": False, "max_conversation_length": 10}, MemorySpec("none")),
    ],
)
def test_memory_has_several_forms(fields: dict[str, Any], memory: MemorySpec) -> None:
    assert spec_from(fields).memory == memory


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({"city": "string", "n": {"type": "integer", "default": 3}}, ["city"]),
        ([{"name": "city", "type": "string"}], ["city"]),
        ({"type": "json_schema", "json_schema": {"schema": {"type": "object", "required": ["city"]}}}, ["city"]),
        ({"type": "json_object"}, None),
        ("json", None),
    ],
)  # fmt: skip
def test_the_schema_of_an_answer_has_several_forms(value: Any, schema: list[str] | None) -> None:
    spec = spec_from({"response_format": value})
    assert spec.schema is not None and spec.schema["type"] == "object"
    assert spec.schema.get("required") == schema


def test_an_answer_may_be_text_after_all() -> None:
    assert spec_from({"response_format": {"type": "text"}}).schema is None
    assert spec_from({"schema": False}).schema is None
    # A table with a field called "type" is a table of fields.
    assert spec_from({"schema": {"type": "string", "name": "string"}}).schema["properties"].keys() == {"type", "name"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("value", "effort"),
    [
        (True, "medium"),
        (False, "none"),
        ("high", "high"),
        ({"effort": "low"}, "low"),
        ({"type": "enabled", "budget_tokens": 2048}, "low"),
        ({"budget_tokens": 10_000}, "medium"),
        ({"budget_tokens": 60_000}, "high"),
        ({"type": "disabled"}, "none"),
    ],
)
def test_how_hard_to_think_has_several_forms(value: Any, effort: str) -> None:
    assert spec_from({"thinking": value}).settings.reasoning == effort


def test_budgets_times_and_fallbacks_have_several_forms() -> None:
    assert spec_from({"budget": {"usd": 1, "tokens": 5000}}).budget == BudgetSpec(1.0, 5000)
    assert spec_from({"budget": {"max_cost": 1}}).budget == BudgetSpec(1.0)
    assert spec_from({"timeout_ms": 1500}).timeout_s == 1.5
    assert spec_from({"fallback": "a/b"}).fallback == ("a/b",)
    assert spec_from({"fallback": {"models": ["a/b", "c/d"]}}).fallback == ("a/b", "c/d")
    assert (
        spec_from({"tool_choice": {"type": "function", "function": {"name": "calculator"}}}).tool_choice == "calculator"
    )
    assert spec_from({"tool_choice": {"type": "any"}}).tool_choice == "required"


def test_react_is_a_way_to_work_and_the_other_types_are_names() -> None:
    assert spec_from({"type": "react"}).mode == "react"
    assert spec_from({"agent_type": "tool_orchestrator"}).mode == "auto"
    assert spec_from({"type": "react", "mode": "native"}).mode == "native"


def test_an_override_counts_over_the_spec_and_leaves_the_rest() -> None:
    spec = spec_from({"name": "ada", "temperature": 0.5, "top_p": 0.9, "tools": ["calculator"]})
    changed = with_overrides(spec, {"temperature": 1, "max_steps": 2, "tools": []})
    assert changed.settings == ModelSettings(temperature=1.0, top_p=0.9)
    assert (changed.max_steps, changed.tools, changed.name) == (2, (), "ada")
    assert spec.settings.temperature == 0.5


@pytest.mark.parametrize("name", ["name", "memory", "budget", "api_key", "base_url", "handoffs"])
def test_what_an_agent_keeps_for_its_life_cannot_be_overridden(name: str) -> None:
    with pytest.raises(BadArgument, match="cannot be changed for one execution"):
        with_overrides(AgentSpec("ada"), {name: "x"})


def test_an_override_that_is_unknown_names_the_nearest() -> None:
    with pytest.raises(BadArgument) as caught:
        with_overrides(AgentSpec("ada"), {"max_stepz": 1})
    assert "max_steps" in caught.value.hint


def test_another_model_is_of_the_same_provider_unless_it_names_its_own() -> None:
    spec = AgentSpec("ada", model="gpt-5", provider="openai")
    assert with_overrides(spec, {"model": "gpt-5-mini"}).provider == "openai"
    assert with_overrides(spec, {"model": "mistral/small"}).provider == ""


VALUE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(BY_SPELLING)) | st.text(max_size=10), VALUE, max_size=4))
def test_any_table_is_a_spec_or_one_clear_error(fields: dict[str, Any]) -> None:
    try:
        spec = spec_from(fields)
    except BadArgument as error:
        assert error.message and "\n" not in error.message[:20]
    else:
        assert isinstance(spec, AgentSpec)
