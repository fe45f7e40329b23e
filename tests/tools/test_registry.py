"""Finding tools, adding a script's own, and running them."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping

import pytest

from llmspell.effects.context import RunContext
from llmspell.errors import BadArgument, InternalError, InvalidParams, PermissionDenied, ToolFailed, ToolNotFound
from llmspell.tools import ALIASES, BUILTIN
from llmspell.tools.protocol import Value
from llmspell.tools.registry import ToolRegistry
from llmspell.tools.script_tool import script_tool


async def echo(ctx: RunContext, params: Mapping[str, Value]) -> Value:
    return dict(params)


def test_names_are_sorted_and_each_can_be_found(registry: ToolRegistry) -> None:
    assert registry.names() == sorted(BUILTIN)
    assert [registry.find(name).name for name in registry.names()] == sorted(BUILTIN)


@pytest.mark.parametrize("name", ["hash-calculator", "hash_calculator", "Hash-Calculator", " hash-calculator ", "hash"])
def test_hyphens_underscores_case_and_aliases_make_no_difference(name: str, registry: ToolRegistry) -> None:
    assert registry.find(name).name == "hash-calculator"
    assert name in registry


def test_an_unknown_tool_is_named_with_the_nearest(registry: ToolRegistry) -> None:
    with pytest.raises(ToolNotFound, match='there is no tool "calcluator"') as caught:
        registry.find("calcluator")
    assert "calculator" in caught.value.hint
    assert "calcluator" not in registry
    with pytest.raises(ToolNotFound) as caught:
        registry.find("")
    assert "llmspell tool list" in caught.value.hint


def test_listing_filters_by_all_that_is_given(registry: ToolRegistry) -> None:
    assert [it["name"] for it in registry.list()] == sorted(BUILTIN)
    assert [it["name"] for it in registry.list(category="Files")] == ["file-operations", "file-search"]
    assert [it["name"] for it in registry.list(tag="json")] == ["json-processor"]
    assert registry.list(category="files", tag="json") == []
    assert [it["name"] for it in registry.list(text="JQ")] == ["json-processor"]
    assert set(registry.list()[0]) == {"name", "description", "version", "category", "tags"}


def test_search_needs_every_word_and_puts_a_name_first(registry: ToolRegistry) -> None:
    assert registry.search("hash")[0]["name"] == "hash-calculator"
    assert registry.search("calculator")[0]["name"] == "calculator"
    assert [it["name"] for it in registry.search("time zones")] == ["datetime-handler"]
    assert registry.search("time bananas") == []


def test_a_description_has_all_that_is_known(registry: ToolRegistry) -> None:
    about = registry.describe("hash")
    assert about["name"] == "hash-calculator"
    assert about["schema"]["properties"]["algorithm"]["default"] == "sha256"
    assert about["permissions"] == ["read:PATH"]
    assert about["examples"]
    assert "hash" in about["aliases"]
    assert about["origin"] == "built-in"


def test_a_disabled_tool_is_gone_and_says_why() -> None:
    registry = ToolRegistry(disabled=["file_operations", "file-search"])
    assert "file-operations" not in registry
    assert "file-operations" not in registry.names()
    assert "files" not in registry.categories()
    assert "calculator" in registry
    with pytest.raises(ToolNotFound, match="disabled by the settings"):
        registry.find("file-operations")
    with pytest.raises(BadArgument, match="there is no such tool") as caught:
        ToolRegistry(disabled=["calculater"])
    assert "calculator" in caught.value.hint


def test_a_script_adds_a_tool_and_removes_it_again(registry: ToolRegistry) -> None:
    registry.register(script_tool("my_tool", "Mine", None, echo))
    assert registry.find("MY-TOOL").description == "Mine"
    assert registry.describe("my_tool")["origin"] == "script"
    assert "my_tool" in registry.names()
    assert "script" in registry.categories()
    assert registry.unregister("my-tool") is True
    assert registry.unregister("my-tool") is False
    assert "my_tool" not in registry


def test_a_tool_that_is_made_anew_is_checked_by_its_new_schema(registry: ToolRegistry, make_context) -> None:
    ctx = make_context("tool:*")
    rich = {"type": "object", "properties": {"a": {"multipleOf": 2}}}
    for schema, good, bad in (({"a": "integer"}, 1, "x"), (rich, 2, 3), ({"a": "string"}, "x", 1)):
        registry.register(script_tool("mine", "", schema, echo))
        assert asyncio.run(registry.execute(ctx, "mine", {"a": good})).result == {"a": good}
        with pytest.raises(InvalidParams):
            asyncio.run(registry.execute(ctx, "mine", {"a": bad}))
        registry.unregister("mine")


def test_two_registries_do_not_share_the_tools_of_scripts(registry: ToolRegistry) -> None:
    registry.register(script_tool("mine", "", None, echo))
    assert "mine" not in ToolRegistry()


def test_a_name_that_is_taken_is_refused(registry: ToolRegistry) -> None:
    registry.register(script_tool("my_tool", "", None, echo))
    with pytest.raises(BadArgument, match='there is a tool "my_tool" already'):
        registry.register(script_tool("my-tool", "", None, echo))


@pytest.mark.parametrize("name", ["calculator", "hash_calculator"])
def test_a_built_in_tool_can_be_neither_replaced_nor_removed(name: str) -> None:
    for registry in (ToolRegistry(), ToolRegistry(disabled=[name])):
        with pytest.raises(BadArgument, match="cannot be replaced"):
            registry.register(script_tool(name, "", None, echo))
        with pytest.raises(BadArgument, match="cannot be removed"):
            registry.unregister(name)


def test_an_alias_stands_for_its_tool_also_when_it_is_registered(registry: ToolRegistry) -> None:
    with pytest.raises(BadArgument, match="cannot be replaced"):
        registry.register(script_tool(next(iter(ALIASES)), "", None, echo))


def test_parameters_in_a_table_of_their_own_are_unwrapped(call) -> None:
    assert call("calculator", {"parameters": {"input": "1 + 1"}}).result == 2
    assert call("calculator", {"input": "1 + 1"}).result == 2


def test_parameters_are_not_unwrapped_where_the_tool_has_one_of_that_name(registry, make_context) -> None:
    registry.register(script_tool("mine", "", {"parameters": "table"}, echo))
    result = asyncio.run(registry.execute(make_context("tool:*"), "mine", {"parameters": {"a": 1}}))
    assert result.result == {"parameters": {"a": 1}}


def test_a_tool_of_a_script_needs_the_permission_for_its_name_too(registry, make_context) -> None:
    registry.register(script_tool("mine", "", None, echo))
    with pytest.raises(PermissionDenied):
        asyncio.run(registry.execute(make_context("tool:other"), "mine", {}))
    assert asyncio.run(registry.execute(make_context("tool:mine"), "mine", {})).success


def test_a_name_is_checked_also_of_a_tool_that_was_made_elsewhere(registry: ToolRegistry) -> None:
    made = script_tool("fine", "", None, echo)
    with pytest.raises(BadArgument, match="is not a name for a tool"):
        registry.register(dataclasses.replace(made, name="not fine"))
    registry.register(made)


def test_a_tool_that_is_listed_under_another_name_is_our_mistake() -> None:
    with pytest.raises(InternalError, match='calls itself "calculator"'):
        ToolRegistry(builtin={"other": BUILTIN["calculator"]}).find("other")


def test_a_tool_that_runs_out_of_stack_fails_and_no_more(registry, make_context) -> None:
    async def fall(ctx: RunContext, params: Mapping[str, Value]) -> Value:
        return await fall(ctx, params)

    registry.register(script_tool("mine", "", None, fall))
    with pytest.raises(ToolFailed) as caught:
        asyncio.run(registry.execute(make_context("tool:*"), "mine", {}))
    assert caught.value.code == "too_large"


def test_an_error_of_a_tool_names_the_tool(registry, make_context) -> None:
    async def fail(ctx: RunContext, params: Mapping[str, Value]) -> Value:
        raise ToolFailed("no", code="my_code")

    registry.register(script_tool("mine", "", None, fail))
    with pytest.raises(ToolFailed) as caught:
        asyncio.run(registry.execute(make_context("tool:*"), "mine", {}))
    assert caught.value.code == "my_code"
    assert caught.value.details == {"tool": "mine"}


def test_a_cancelled_call_is_cancelled_at_once_and_the_next_one_works(registry, make_context) -> None:
    started = asyncio.Event()

    async def wait(ctx: RunContext, params: Mapping[str, Value]) -> Value:
        started.set()
        await asyncio.Event().wait()

    async def story() -> Value:
        registry.register(script_tool("mine", "", None, wait))
        ctx = make_context("tool:*")
        task = asyncio.create_task(registry.execute(ctx, "mine", {}))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return (await registry.execute(ctx, "calculator", {"input": "1 + 1"})).result

    assert asyncio.run(story()) == 2
