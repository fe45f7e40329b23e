"""What a script hands over for agents: objects as what they stand for, inputs and the keys beside them as one."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadArgument
from llmspell.globals.agent_parts import AgentHandle, merged, unwrapped


class Somebody:
    name = "ada"
    description = ""


async def run(params: Any) -> Any:
    return params


def test_objects_are_replaced_by_what_they_stand_for_however_deep() -> None:
    somebody: Any = Somebody()
    handle = AgentHandle(somebody)
    found = unwrapped({"tools": [handle, ["x", {"judge": handle}]], "n": 1})
    assert found == {"tools": [somebody, ["x", {"judge": somebody}]], "n": 1}


@pytest.mark.parametrize("key", ["parameters", "schema"])
def test_a_table_with_a_name_and_a_function_is_a_tool(key: str) -> None:
    tool = unwrapped({"name": "twice", "description": "d", key: {"n": "integer"}, "execute": run})
    assert (tool.name, tool.description, tool.schema["required"]) == ("twice", "d", ["n"])


@pytest.mark.parametrize("table", [{"name": "twice"}, {"name": "twice", "execute": "no function"}, {"execute": run}])
def test_a_table_that_is_no_tool_stays_a_table(table: dict[str, Any]) -> None:
    assert unwrapped(table) == table


def test_a_tool_with_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(BadArgument, match="is not a name for a tool"):
        unwrapped({"name": "two words", "execute": run})


@pytest.mark.parametrize(
    ("input", "options", "expected"),
    [
        ("hi", None, "hi"),
        ("hi", {}, "hi"),
        ("hi", {"n": 1}, {"text": "hi", "n": 1}),
        ({"text": "hi", "n": 1}, {"n": 2}, {"text": "hi", "n": 2}),
        (None, {"text": "hi"}, {"text": "hi"}),
        (None, None, None),
        (["m"], None, {"messages": ["m"]}),
        (["m"], {"n": 1}, {"messages": ["m"], "n": 1}),
        (5, {"n": 1}, {"text": 5, "n": 1}),
    ],
)
def test_an_input_and_the_keys_beside_it_are_one(input: Any, options: Any, expected: Any) -> None:
    assert merged(input, options) == expected
