"""Tools made of functions: their parts are checked, and whatever they return becomes a result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from llmspell.effects.context import RunContext
from llmspell.errors import BadArgument, InvalidParams
from llmspell.tools.protocol import ToolResult, Value
from llmspell.tools.registry import ToolRegistry
from llmspell.tools.script_tool import result_of, script_tool


async def echo(ctx: RunContext, params: Mapping[str, Value]) -> Value:
    return dict(params)


def test_it_gets_checked_parameters_with_their_defaults(registry: ToolRegistry, make_context) -> None:
    registry.register(script_tool("weather", "", {"city": "string", "days": {"type": "integer", "default": 3}}, echo))
    ctx = make_context("tool:*")
    result = asyncio.run(registry.execute(ctx, "weather", {"city": "Oslo"}))
    assert result.result == {"city": "Oslo", "days": 3}
    assert result.operation == "execute"
    assert result.text == '{\n  "city": "Oslo",\n  "days": 3\n}'
    with pytest.raises(InvalidParams, match=r"weather: \$\.city must be a string"):
        asyncio.run(registry.execute(ctx, "weather", {"city": 3}))


@pytest.mark.parametrize("name", [None, 3, "", "a b", "1a", "-a", "a/b", "a" * 65, "é"])
def test_a_bad_name_is_refused(name: object) -> None:
    with pytest.raises(BadArgument) as caught:
        script_tool(name, "", None, echo)
    assert caught.value.details == {"path": "$.name"}


@pytest.mark.parametrize("name", ["a", "my-tool", "my_tool.v2", "A" * 64])
def test_a_good_name_is_taken(name: str) -> None:
    assert script_tool(name, None, None, echo).name == name


def test_a_description_is_text() -> None:
    with pytest.raises(BadArgument, match="description must be a string"):
        script_tool("a", 3, None, echo)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("hello", "hello"),
        (42, "42"),
        (True, "true"),
        (None, ""),
        (b"\xff", "<1 bytes>"),
        ([1, 2], "[\n  1,\n  2\n]"),
        ({"a": b"x"}, '{\n  "a": "<1 bytes>"\n}'),
        ({"result": 1, "other": 2}, '{\n  "other": 2,\n  "result": 1\n}'),
        ({"operation": "x"}, '{\n  "operation": "x"\n}'),
    ],
)
def test_any_value_becomes_the_data_of_a_result(value: Value, text: str) -> None:
    result = result_of(value)
    assert result.result == value
    assert result.text == text
    assert result.success


def test_integers_of_thousands_of_digits_have_a_text_too() -> None:
    large = 10**5000
    assert result_of(large).text == hex(large)
    assert result_of([large]).text == "<a list of 1>"


def test_a_table_that_is_a_result_is_taken_as_it_is() -> None:
    result = result_of({"success": False, "error": "no rain", "text": "none", "result": [], "metadata": {"a": 1}})
    assert result == ToolResult("execute", [], "none", {"a": 1}, success=False, error="no rain")
    assert result_of({"text": "only text"}) == ToolResult("execute", "only text", "only text")
    assert result_of({"result": 3, "operation": "count"}) == ToolResult("count", 3, "3")
    assert result_of({"result": 3, "error": "bad"}).success is False


def test_a_result_passes_unchanged() -> None:
    result = ToolResult("x", 1, "one")
    assert result_of(result) is result


def test_what_describes_a_tool_has_bounds() -> None:
    assert script_tool("a", "x" * 100_000, None, echo).description == "x" * 100_000
    for description, parameters, tags in (
        ("x" * 200_001, None, ()),
        ("", {"a": {"type": "string", "description": "x" * 200_001}}, ()),
        ("", None, ("x" * 200_001,)),
    ):
        with pytest.raises(BadArgument, match="characters to describe"):
            script_tool("a", description, parameters, echo, tags=tags)
