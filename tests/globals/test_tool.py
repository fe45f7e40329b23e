from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadArgument, InvalidParams, PermissionDenied, ToolFailed, ToolNotFound
from llmspell.globals import tool
from llmspell.globals.tool import result_value
from llmspell.interface.declare import object_spec
from llmspell.tools.protocol import ToolResult


async def double(params: dict[str, Any]) -> Any:
    return {"twice": params["n"] * 2}


def test_list_gives_rows_and_filters_by_name_or_by_a_table(script: Any) -> None:
    rows = script.call("Tool", "list")
    assert {"name", "description", "version", "category", "tags"} == set(rows[0])
    math = [it["name"] for it in script.call("Tool", "list", {"tag": "math"})]
    assert "calculator" in math and len(math) < len(rows)
    assert script.call("Tool", "discover", tag="math") == script.call("Tool", "list", "", "math")


def test_search_and_categories(script: Any) -> None:
    assert script.call("Tool", "search", "calculator")[0]["name"] == "calculator"
    assert script.call("Tool", "search", "no such thing") == []
    assert "utilities" in script.call("Tool", "categories")


def test_get_finds_an_object_or_nothing(script: Any) -> None:
    tool = script.call("Tool", "get", "calculator")
    spec = object_spec(tool)
    assert spec is not None and spec.name == "ToolObject"
    assert tool.name == "calculator" and tool.schema["type"] == "object"
    assert (
        script.call(tool, "execute", {"input": "1 + 1"})["result"]
        == script.call("Tool", "execute", "calculator", {"input": "1 + 1"})["result"]
    )
    assert script.call("Tool", "get", "nothing") is None


def test_exists_info_and_schema(script: Any) -> None:
    assert script.call("Tool", "exists", "calculator") is True
    assert script.call("Tool", "exists", "nothing") is False
    assert script.call("Tool", "get_info", "calculator")["schema"] == script.call("Tool", "get_schema", "calculator")
    with pytest.raises(ToolNotFound, match="calculator"):
        script.call("Tool", "get_schema", "calculater")


def test_execute_takes_a_table_keywords_or_a_table_of_parameters(script: Any) -> None:
    by_table = script.call("Tool", "execute", "calculator", {"input": "2^10"})
    by_keyword = script.call("Tool", "invoke", "calculator", input="2^10")
    wrapped = script.call("Tool", "execute", "calculator", {"parameters": {"input": "2^10"}})
    assert by_table["text"] == by_keyword["text"] == wrapped["text"] == "1024"
    assert by_table["success"] is True and by_table["error"] is None and by_table["duration_ms"] >= 0


def test_a_mistake_in_the_parameters_is_named(script: Any) -> None:
    with pytest.raises(InvalidParams, match="input"):
        script.call("Tool", "execute", "calculator", {"inptu": "1"})


def test_a_tool_that_the_profile_denies_does_not_run_and_another_does(make_script: Any) -> None:
    script = make_script(deny=("tool:calculator",))
    with pytest.raises(PermissionDenied, match="calculator"):
        script.call("Tool", "execute", "calculator", {"input": "1"})
    digest = script.call("Tool", "execute", "hash-calculator", {"operation": "hash", "input": "abc"})
    assert digest["result"]["hash"].startswith("ba7816bf")
    assert digest["hash"] == digest["result"]["hash"]


def test_a_function_becomes_a_tool(script: Any) -> None:
    definition = {"name": "double", "description": "Twice.", "parameters": {"n": "integer"}, "execute": double}
    tool = script.call("Tool", "create", definition)
    assert tool.schema["required"] == ["n"]
    result = script.call("Tool", "execute", "double", {"n": 4})
    assert result["result"] == {"twice": 8} and result["twice"] == 8
    assert script.call(tool, "invoke", n=5)["twice"] == 10
    assert "double" in [it["name"] for it in script.call("Tool", "list", category="script")]
    with pytest.raises(InvalidParams, match=r"\$\.n"):
        script.call("Tool", "execute", "double", {"n": "x"})


def test_a_script_may_replace_its_own_tool_and_no_other(script: Any) -> None:
    async def one(params: Any) -> Any:
        return 1

    async def two(params: Any) -> Any:
        return 2

    script.call("Tool", "define", name="mine", description="", execute=one)
    script.call("Tool", "register", name="mine", description="", execute=two)
    assert script.call("Tool", "execute", "mine")["result"] == 2
    with pytest.raises(BadArgument, match="calculator"):
        script.call("Tool", "create", name="calculator", description="", execute=one)
    assert script.call("Tool", "execute", "calculator", input="1")["text"] == "1"


def test_a_missing_field_and_an_unknown_one_are_named(script: Any) -> None:
    with pytest.raises(BadArgument, match="field execute is missing"):
        script.call("Tool", "create", {"name": "x", "description": ""})
    with pytest.raises(BadArgument, match="did you mean parameters"):
        script.call("Tool", "create", {"name": "x", "description": "", "execute": double, "parameter": {}})


def test_an_error_of_the_function_reaches_the_caller(script: Any) -> None:
    async def broken(params: Any) -> Any:
        raise ToolFailed("no luck", code="bad_day")

    script.call("Tool", "create", name="broken", description="", execute=broken)
    with pytest.raises(ToolFailed, match="no luck") as caught:
        script.call("Tool", "execute", "broken")
    assert caught.value.code == "bad_day"


def test_keys_of_an_object_result_are_there_unless_they_clash() -> None:
    value: Any = result_value(ToolResult("op", {"text": "inner", "x": 1}, "outer", {"m": 1}))
    assert value["text"] == "outer" and value["x"] == 1 and value["result"] == {"text": "inner", "x": 1}
    assert value["metadata"] == {"m": 1} and value["operation"] == "op"
    plain: Any = result_value(ToolResult("op", [1], "1"))
    assert set(plain) == {"success", "text", "result", "error", "metadata", "duration_ms", "operation"}


def test_a_run_makes_no_more_than_a_thousand_tools(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tool.MAX_SCRIPT_TOOLS == 1000
    monkeypatch.setattr(tool, "MAX_SCRIPT_TOOLS", 20)
    for i in range(20):
        script.call("Tool", "create", f"t{i}", "", double)
    with pytest.raises(BadArgument, match="at most 20 tools"):
        script.call("Tool", "create", "one-more", "", double)
    assert script.call("Tool", "create", "t5", "again", double).description == "again"
