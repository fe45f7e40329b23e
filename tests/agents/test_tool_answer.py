"""What a model and a program see of a tool's result."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.agents.tool_answer import MAX_ANSWER_CHARS, answer_of, failure_of, malformed_arguments, spent_in
from llmspell.errors import ConfigError, KeyMissing, LLMSpellError, PermissionDenied, ToolFailed
from llmspell.journal.entries import Usage
from llmspell.models.messages import ToolCall
from llmspell.tools.protocol import ToolResult
from llmspell.tools.registry import ToolRegistry
from llmspell.tools.results import answer

CALCULATOR = ToolRegistry().find("calculator")


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (answer("x", {"b": 1, "a": [1, 2]}), '{"b":1,"a":[1,2]}'),
        (answer("x", [1, {"a": "ü"}]), '[1,{"a":"ü"}]'),
        (answer("x", {"n": 3}, "three files"), "three files"),
        (answer("x", "as it is"), "as it is"),
        (answer("x", True), "true"),
        (answer("x", None), "(nothing)"),
        (answer("x", ""), "(nothing)"),
        (ToolResult("x", {"a": 1}, ""), '{"a":1}'),
        (answer("x", {"a": b"xyz"}), '{"a":"<3 bytes>"}'),
        (answer("x", {(1, 2): 3}, "[odd keys"), "[odd keys"),
    ],
)
def test_a_result_is_the_shortest_text_that_says_it_all(result: ToolResult, text: str) -> None:
    assert answer_of(result).text == text
    assert answer_of(result).result == result.result
    assert answer_of(result).error is None


def test_a_long_text_is_cut_and_says_so() -> None:
    found = answer_of(answer("x", "y" * (MAX_ANSWER_CHARS + 5)))
    assert found.text.endswith(f"(5 of {MAX_ANSWER_CHARS + 5} characters are left out)")
    assert len(found.result) == MAX_ANSWER_CHARS + 5
    assert answer_of(answer("x", "y" * MAX_ANSWER_CHARS)).text == "y" * MAX_ANSWER_CHARS


def test_a_failure_that_a_tool_reports_is_one() -> None:
    found = answer_of(ToolResult("x", None, "", success=False, error="no such city"))
    assert (found.text, found.error) == ("no such city", "no such city")
    assert answer_of(ToolResult("x", None, "", success=False)).error == "it failed"


def test_an_error_is_told_with_its_code_and_hint() -> None:
    found = failure_of(ToolFailed("no file a.txt", hint="did you mean b.txt?", code="file_not_found"))
    assert found.text == "Error (file_not_found): no file a.txt\ndid you mean b.txt?"
    assert found.error == "no file a.txt"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ('{"input": ', "Expecting value at line 1, column 11"),
        ("[1]", "a JSON object is needed, not list"),
        ("[" * 100_000, "maximum recursion depth"),
    ],
)
def test_malformed_arguments_are_explained(raw: str, problem: str) -> None:
    error = malformed_arguments(CALCULATOR, ToolCall("c", "calculator", {}, raw))
    assert problem in error.message
    assert error.hint == "write one JSON object with operation, input, variables"


@pytest.mark.parametrize(
    ("found", "usage", "cost_usd"),
    [
        ({}, Usage(), 0.0),
        ({"usage": {"input_tokens": 3, "output_tokens": 2, "cached_tokens": 1}, "cost_usd": 0.5}, Usage(3, 2, 1), 0.5),
        ({"usage": None, "cost_usd": None}, Usage(), 0.0),
    ],
)
def test_what_an_agent_says_it_has_used_is_read(found: dict[str, Any], usage: Usage, cost_usd: float) -> None:
    assert spent_in(found) == {"usage": usage, "cost_usd": cost_usd}


@pytest.mark.parametrize("error", [PermissionDenied, ConfigError, KeyMissing])
def test_a_hint_that_is_for_people_is_not_told_to_a_model(error: type[LLMSpellError]) -> None:
    found = failure_of(error("not so", hint="run again with --allow tool:x"))
    assert found.text == f"Error ({error.code}): not so\nyou cannot change that: go on without it"
