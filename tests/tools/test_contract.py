"""What every built-in tool keeps: its declaration is sound, its examples work, its mistakes are explained."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from llmspell.errors import InvalidParams, LLMSpellError, PermissionDenied
from llmspell.tools import ALIASES, BUILTIN
from llmspell.tools.protocol import ToolSpec
from llmspell.tools.registry import ToolRegistry
from llmspell.tools.simple_schema import is_simple

NAMES = sorted(BUILTIN)


def spec(name: str) -> ToolSpec:
    tool = ToolRegistry().find(name)
    assert isinstance(tool, ToolSpec)
    return tool


# What stands beside `operation` where a tool needs more than that.
BESIDE = {"file-operations": {"path": "x"}}


def properties(tool: ToolSpec) -> dict[str, dict[str, object]]:
    return dict(tool.schema["properties"])


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_valid_and_of_the_part_that_is_checked_without_a_library(name: str) -> None:
    schema = spec(name).schema
    Draft202012Validator.check_schema(schema)
    assert is_simple(schema)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_described_and_no_alias_is_a_parameter(name: str) -> None:
    seen: set[str] = set()
    for parameter, inner in properties(spec(name)).items():
        assert inner.get("description"), parameter
        aliases = list(inner.get("x-aliases", ()))
        assert not set(aliases) & (seen | set(properties(spec(name))))
        seen |= set(aliases)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is(name: str) -> None:
    tool = spec(name)
    assert tool.name == name
    assert tool.description
    assert not tool.description.endswith(".")
    assert re.fullmatch(r"[a-z]+", tool.category)
    assert tool.tags
    assert re.fullmatch(r"\d+\.\d+\.\d+", tool.version)
    for it in tool.permissions:
        assert it.partition(":")[0] in ("read", "write", "net", "run", "env")


@pytest.mark.parametrize("name", NAMES)
def test_its_examples_work_in_order_and_their_answers_are_plain(name: str, call) -> None:
    tool = spec(name)
    assert tool.examples
    for example in tool.examples:
        result = call(name, dict(example))
        assert result.success
        assert result.error is None
        assert isinstance(result.text, str)
        assert result.duration_ms >= 0
        assert result.operation == example.get("operation", properties(tool)["operation"].get("default"))
        json.dumps([result.result, dict(result.metadata)], allow_nan=False)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_says_what_it_takes_and_what_its_result_is(name: str) -> None:
    tool = spec(name)
    operations = set(properties(tool)["operation"]["enum"])
    assert set(tool.results) == set(tool.options) == operations
    assert set(tool.needs) <= operations
    flat = {inner for it in properties(tool).values() if it.get("x-flat") for inner in it["properties"]}
    known = {*properties(tool), *flat}
    taken = {word for it in tool.options.values() for word in re.findall(r"\w+", it)}
    assert taken - known <= {"or", "and", "its", "fields", "as", "add"}, taken - known
    assert known - taken <= {"operation", "options"}, known - taken


@pytest.mark.parametrize("name", NAMES)
def test_the_fields_of_each_result_are_those_that_are_promised(name: str, call) -> None:
    tool = spec(name)
    for example in tool.examples:
        result = call(name, dict(example))
        shape = tool.results[result.operation]
        rows = result.result if isinstance(result.result, list) else [result.result]
        for row in rows:
            if isinstance(row, dict) and "NAME" not in shape:
                promised = set(re.findall(r"\w+", shape))
                assert set(row) <= promised or result.operation in ("merge", "query"), set(row) - promised
        if shape.startswith("{"):
            assert isinstance(result.result, dict)
        elif "list of" in shape:
            assert isinstance(result.result, list)
        elif "text" in shape:
            assert isinstance(result.result, str)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_has_an_example_or_a_test(name: str) -> None:
    # Whatever is listed must be spoken of in the tool's own test file: nothing pretends.
    text = (Path(__file__).parent / f"test_{name.replace('-', '_')}.py").read_text()
    shown = {str(it.get("operation")) for it in spec(name).examples}
    for operation in properties(spec(name))["operation"]["enum"]:
        assert operation in shown or f'"{operation}"' in text, operation


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_named_with_the_nearest(name: str, call) -> None:
    with pytest.raises(InvalidParams) as caught:
        call(name, {"operatoin": "x"})
    assert caught.value.hint.startswith("did you mean operation")
    assert caught.value.details == {"tool": name, "path": "$.operatoin", "unknown": "operatoin"}


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_the_wrong_type_is_named_with_its_path(name: str, call) -> None:
    with pytest.raises(InvalidParams) as caught:
        call(name, {"operation": 3, **BESIDE.get(name, {})})
    assert caught.value.message == f"{name}: $.operation must be a string, not an integer (3)"
    assert caught.value.details["path"] == "$.operation"


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_operation_is_named_with_the_nearest(name: str, call) -> None:
    known = properties(spec(name))["operation"]["enum"][0]
    with pytest.raises(InvalidParams, match="must be one of") as caught:
        call(name, {"operation": known + "x", **BESIDE.get(name, {})})
    assert known in caught.value.hint


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("params", ["text", 3, [1], True])
def test_parameters_that_are_no_table_are_refused(name: str, params: object, call) -> None:
    with pytest.raises(InvalidParams, match=r"\$ must be a table of parameters"):
        call(name, params)


@pytest.mark.parametrize("name", NAMES)
def test_no_parameters_at_all_is_one_clear_error(name: str, call) -> None:
    with pytest.raises(LLMSpellError) as caught:
        call(name, {})
    assert caught.value.details["tool"] == name
    assert caught.value.message[0].islower()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_an_input_of_every_odd_kind_gives_an_answer_or_our_error(name: str, call) -> None:
    tool = spec(name)
    odd = [
        None,
        "",
        "\0",
        "é" * 50,
        b"",
        b"\xff\xfe",
        [],
        {},
        [[]],
        0,
        -1,
        1e308,
        float("nan"),
        10**400,
        True,
        "\ud800",
    ]
    for operation in properties(tool)["operation"]["enum"]:
        for value in odd:
            if name == "json-processor" and operation == "query":
                continue  # starts a process each time; has its own tests
            try:
                call(name, {"operation": operation, "input": value, **BESIDE.get(name, {})})
            except LLMSpellError as error:
                assert error.details["tool"] == name
                assert error.code != "internal_error"


@pytest.mark.parametrize("name", NAMES)
def test_it_needs_the_permission_for_its_name(name: str, call) -> None:
    example = dict(spec(name).examples[0])
    with pytest.raises(PermissionDenied) as caught:
        call(name, example, allow=("tool:other", "write:."))
    assert name in str(caught.value)
    assert call(name, example, allow=(f"tool:{name}", "read:.", "write:.")).success


@pytest.mark.parametrize("name", NAMES)
def test_calls_at_the_same_time_do_not_disturb_each_other(name: str, registry, make_context) -> None:
    example = dict(spec(name).examples[0])
    ctx = make_context("tool:*", "read:.", "write:.")

    async def all_at_once() -> list[object]:
        calls = [registry.execute(ctx, name, example) for _ in range(8)]
        return [(it.operation, type(it.result)) for it in await asyncio.gather(*calls)]

    assert len(set(asyncio.run(all_at_once()))) == 1


def test_aliases_lead_to_tools_and_hide_none() -> None:
    assert set(ALIASES.values()) <= set(BUILTIN)
    assert not set(ALIASES) & set(BUILTIN)


def modules_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_finding_names_imports_no_tool_and_listing_imports_no_library() -> None:
    named = modules_after("from llmspell.tools.registry import ToolRegistry\nToolRegistry().names()")
    assert not named & set(BUILTIN.values())
    listed = modules_after("from llmspell.tools.registry import ToolRegistry\nToolRegistry().list()")
    assert set(BUILTIN.values()) <= listed
    assert not listed & {"simpleeval", "dateutil", "jq", "jsonschema", "referencing"}


def test_looking_up_one_tool_imports_no_other() -> None:
    found = modules_after("from llmspell.tools.registry import ToolRegistry\nToolRegistry().find('calculator')")
    assert found & set(BUILTIN.values()) == {BUILTIN["calculator"]}
