"""Settings, tools and the form of the answer, as they go over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from model_conversations import run, says
from pydantic_ai.models.function import FunctionModel
from test_library_model import asked_of
from wire_server import Answer, claude, gemini

from llmspell.errors import BadArgument
from llmspell.models.library_settings import settings_of
from llmspell.models.protocol import Capabilities, ModelRequest, ModelSettings, ToolDefinition

WEATHER = ToolDefinition("weather", "of a city", {"type": "object", "properties": {"city": {"type": "string"}}})
CLOCK = ToolDefinition("clock", "", {"type": "object", "properties": {}})
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}
HELLO = {"anthropic": claude("hello"), "google": gemini("hello")}


def sent(library: str, request: ModelRequest, **fields: Any) -> Any:
    """The body that a request becomes."""

    async def work() -> Any:
        async with asked_of(library, Answer(HELLO[library]), **fields) as (model, server):
            await model.request(request)
            return server.asked[0].json

    return run(work())


def settings(**fields: Any) -> ModelRequest:
    return says("hi", settings=ModelSettings(**{"max_tokens": 100, **fields}))


def test_settings_reach_anthropic_by_its_names() -> None:
    body = sent("anthropic", settings(temperature=0.5, top_p=0.9, stop=("END",), seed=7))
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.5, 0.9, 100)
    assert body["stop_sequences"] == ["END"]
    assert "seed" not in body


def test_settings_reach_gemini_by_its_names() -> None:
    config = sent("google", settings(temperature=0.5, top_p=0.9, stop=("END",), seed=7))["generationConfig"]
    assert (config["temperature"], config["topP"], config["maxOutputTokens"], config["seed"]) == (0.5, 0.9, 100, 7)
    assert config["stopSequences"] == ["END"]


def test_nothing_is_sent_of_what_is_not_set() -> None:
    assert not {"temperature", "top_p", "stop_sequences", "thinking", "tools", "tool_choice"} & set(
        sent("anthropic", settings())
    )
    assert set(sent("google", says("hi"))) <= {"contents", "generationConfig"}


def test_reasoning_becomes_thinking() -> None:
    assert sent("anthropic", settings(reasoning="high", max_tokens=30_000))["thinking"]["type"] in (
        "enabled",
        "adaptive",
    )
    assert "thinking" not in sent("anthropic", settings(reasoning="none"))  # it does not, unless it is asked to
    thinking = [sent("google", settings(reasoning=it))["generationConfig"]["thinkingConfig"] for it in ("low", "high")]
    assert thinking[0] != thinking[1]


def test_an_amount_of_reasoning_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadArgument, match="no such amount of reasoning: lots") as raised:
        sent("anthropic", settings(reasoning="lots"))
    assert "none, minimal, low" in raised.value.hint


def test_fields_of_the_provider_are_sent_as_they_are() -> None:
    body = sent(
        "anthropic", settings(extra={"metadata": {"user_id": "u1"}, "top_k": 5, "anthropic_service_tier": "auto"})
    )
    assert (body["metadata"], body["top_k"], body["service_tier"]) == ({"user_id": "u1"}, 5, "auto")
    config = sent("google", settings(extra={"top_k": 5, "google_thinking_config": {"thinking_budget": 9}}))
    assert (config["generationConfig"]["topK"], config["generationConfig"]["thinkingConfig"]) == (
        5,
        {"thinking_budget": 9},
    )


def test_a_field_that_the_provider_cannot_be_sent_is_named() -> None:
    with pytest.raises(BadArgument, match="google cannot be sent the field safety") as raised:
        sent("google", settings(extra={"safety": "off"}))
    assert "begin with google_" in raised.value.hint


@pytest.mark.parametrize("name", ["model", "messages", "max_tokens", "stream", "tools", "system"])
def test_what_was_permitted_and_counted_cannot_be_replaced(name: str) -> None:
    with pytest.raises(BadArgument, match=f"{name} cannot be set as a field of the provider's own"):
        sent("anthropic", settings(extra={name: "claude-opus-4-8"}))


def test_tools_are_told_with_their_schemas() -> None:
    body = sent("anthropic", says("hi", tools=(WEATHER, CLOCK), settings=ModelSettings(max_tokens=100)))
    assert [(it["name"], it.get("description")) for it in body["tools"]] == [("weather", "of a city"), ("clock", "")]
    assert body["tools"][0]["input_schema"]["properties"] == {"city": {"type": "string"}}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"type": "auto"}),
        ("required", {"type": "any"}),
        ("clock", {"type": "tool", "name": "clock"}),
    ],
)
def test_a_choice_of_tools_is_told(choice: str, expected: dict[str, str]) -> None:
    request = says("hi", tools=(WEATHER, CLOCK), tool_choice=choice, settings=ModelSettings(max_tokens=100))
    assert sent("anthropic", request).get("tool_choice", {"type": "auto"}) == expected


def test_no_tool_is_called_where_none_may_be() -> None:
    request = says("hi", tools=(WEATHER,), tool_choice="none", settings=ModelSettings(max_tokens=100))
    body = sent("anthropic", request)
    assert body.get("tool_choice") == {"type": "none"} or "tools" not in body
    assert "tool_choice" not in sent(
        "anthropic", says("hi", tool_choice="none", settings=ModelSettings(max_tokens=100))
    )


def test_a_choice_of_a_tool_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadArgument, match="no such tool: wether") as raised:
        sent("anthropic", says("hi", tools=(WEATHER,), tool_choice="wether"))
    assert raised.value.hint == "did you mean weather?"
    with pytest.raises(BadArgument, match="there are no tools"):
        sent("anthropic", says("hi", tool_choice="required"))


def schema_request(schema: dict[str, Any]) -> ModelRequest:
    return says("who?", schema=schema, settings=ModelSettings(max_tokens=100))


def test_a_schema_is_kept_by_a_model_that_can() -> None:
    body = sent("anthropic", schema_request(PERSON))
    assert body["output_config"]["format"]["schema"]["required"] == ["name"]
    assert "system" not in body
    config = sent("google", schema_request(PERSON))["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"]["required"] == ["name"]


@pytest.mark.parametrize("schema", [PERSON, {"type": "array", "items": {"type": "string"}}])
def test_a_schema_is_asked_for_in_words_where_it_cannot_be_kept(schema: dict[str, Any]) -> None:
    is_object = schema["type"] == "object"
    body = sent("anthropic", schema_request(schema), capabilities=Capabilities(schema=not is_object))
    assert "output_config" not in body
    assert '"type":' in str(body["system"]) and schema["type"] in str(body["system"])


def test_fields_of_models_behind_bedrock_go_where_it_takes_them_and_nothing_else_does() -> None:
    model = FunctionModel(lambda *_: pytest.fail("nothing is asked"))
    model._system = "bedrock"
    inner = "bedrock_additional_model_requests_fields"
    wanted = ModelSettings(extra={"top_k": 5, inner: {"thinking": {"type": "enabled"}}})
    assert settings_of(wanted, {}, model) == {inner: {"top_k": 5, "thinking": {"type": "enabled"}}}
    with pytest.raises(BadArgument, match="max_tokens cannot be set"):
        settings_of(ModelSettings(extra={inner: {"max_tokens": 9}}), {}, model)
