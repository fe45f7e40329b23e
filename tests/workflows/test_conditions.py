"""Conditions: each kind in each of its spellings, put together, and written as expressions."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from workflow_stage import script_function

from llmspell.effects.context import library_context
from llmspell.errors import BadArgument
from llmspell.workflows import expressions
from llmspell.workflows.conditions import holds, read_condition
from llmspell.workflows.expressions import MAX_EXPRESSION, parse_expression
from llmspell.workflows.result import StepResult
from llmspell.workflows.scope import Scope

TOOL = {
    "success": True,
    "text": "low risk",
    "result": {"score": 0.9, "tags": ["a"]},
    "error": None,
    "metadata": {},
    "duration_ms": 1,
    "operation": "x",
}


def scope() -> Scope:
    rows = {
        "good": StepResult("good", "tool", "succeeded", TOOL),
        "bad": StepResult("bad", "tool", "failed", None, "it broke", "broken"),
        "left": StepResult("left", "tool", "skipped"),
        "three": StepResult("three", "function", "succeeded", 3),
        "my-step": StepResult("my-step", "function", "succeeded", {"items": [1, {"x": 2}], "get": "got"}),
    }
    input = {"n": 5, "name": "Ann", "dry_run": False, "list": [1, 2], "items": "mine", "deep": {"a": {"b": 7}}}
    return Scope(input, {"mode": "fast", "count": 3, "deep": {"k": 1}, "none": None}, {"name": "w"}, input, rows)


def told(condition: Any) -> bool:
    read = read_condition(condition, "$.condition")
    assert read.shown
    value = read.to_value()
    assert read.kind == "function" or "function" in repr(value) or read_condition(value, "$").kind == read.kind
    return asyncio.run(holds(read, scope(), library_context()))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (True, True),
        (False, False),
        ("always", True),
        ("Never", False),
        ({"type": "always"}, True),
        ({"type": "never"}, False),
        ({"type": "shared_data_equals", "key": "mode", "value": "fast"}, True),
        ({"shared_data_equals": {"key": "mode", "expected_value": "slow"}}, False),
        ({"shared_data_equals": {"key": "count", "value": "{{steps.three}}"}}, True),
        ({"shared_data_equals": {"key": "deep.k", "value": 1}}, True),
        ({"shared_data_equals": {"key": "deep.k", "value": True}}, False),
        ({"shared_data_equals": {"key": "missing", "value": 1}}, False),
        ({"type": "shared_data_exists", "key": "mode"}, True),
        ({"shared_data_exists": "missing"}, False),
        ({"shared_data_exists": "none"}, False),
        ({"type": "shared_data_greater_than", "key": "count", "value": 2}, True),
        ({"type": "shared_data_less_than", "key": "count", "value": 2}, False),
        ({"type": "shared_data_less_than", "key": "missing", "value": 2}, False),
        ({"step_succeeded": "good"}, True),
        ({"step_succeeded": "bad"}, False),
        ({"step_succeeded": "left"}, False),
        ({"type": "step_failed", "step_id": "bad"}, True),
        ({"step_failed": "good"}, False),
        ({"step_failed": "nowhere"}, False),
        ({"step_skipped": "left"}, True),
        ({"step_result_equals": {"step": "three", "value": 3}}, True),
        ({"type": "step_result_equals", "step_name": "three", "expected": 4}, False),
        ({"step_result_equals": {"step": "good", "value": {"score": 0.9, "tags": ["a"]}}}, True),
        ({"type": "step_output_contains", "step_name": "good", "substring": "low"}, True),
        ({"step_output_contains": {"step": "good", "text": "high"}}, False),
        ({"step_output_contains": {"step": "good", "text": "0.9"}}, True),
        ({"and": [True, {"step_succeeded": "good"}]}, True),
        ({"all": [True, "never"]}, False),
        ({"or": ["never", {"step_failed": "bad"}]}, True),
        ({"any": [False, False]}, False),
        ({"not": {"step_failed": "bad"}}, False),
        ({"not": [{"step_failed": "good"}]}, True),
        ({"type": "and", "conditions": [{"type": "always"}, {"type": "not", "condition": {"type": "never"}}]}, True),
        ({"type": "or", "conditions": [{"type": "never"}]}, False),
        ([True, {"step_succeeded": "good"}], True),
        ({"expression": "input.n == 5"}, True),
        ({"type": "custom", "expression": "input.n == 6"}, False),
        (lambda context: context.output("three") == 3, True),
        ({"function": lambda context: None}, False),
        (script_function(lambda given: given["steps"]["three"] == 3), True),
    ],
    ids=lambda it: re.sub(r" at 0x[0-9a-f]+", "", repr(it)),  # each process of xdist must give the same names
)
def test_a_condition_holds_or_not(condition: Any, expected: bool) -> None:
    assert told(condition) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("input.n > 4 and not input.dry_run", True),
        ("input.n > 4 && !input.dry_run", True),
        ("input.n ~= 5 || false", False),
        ("input['name'] == 'Ann'", True),
        ('input.name != "Ann && Bo"', True),
        ("steps.good.result.score >= 0.5", True),
        ("steps.good.score >= 0.5", True),
        ("steps.good.success and steps.bad.status == 'failed'", True),
        ("steps['my-step'].items[1].x == 2", True),
        ("steps['my-step'].get == 'got'", True),
        ("input.items == 'mine'", True),
        ("{{steps.my-step.items.0}} + 1 == 2", True),
        ('"{{input.name}}" == "Ann"', False),
        ("'a' in steps.good.tags", True),
        ("input.n in [1, 5]", True),
        ("len(input.list) == 2 and max(1, input.n) == 5", True),
        ("contains(steps.good.text, 'risk') and starts_with(input.name, 'A') and ends_with(input.name, 'n')", True),
        ("shared.mode == 'fast' and shared.count - 1 == 2", True),
        ("three == 3 and mode == 'fast' and n == 5", True),
        ("input.deep.a.b % 2 == 1", True),
        ("has(input, 'n') and not has(input, 'm') and get(input, 'm', 8) == 8", True),
        ("nil == None", True),
        ("1 < input.n < 9", True),
        ("'big' if input.n > 3 else ''", True),
        ("upper(input.name) == 'ANN' and number('4') == 4 and round(2.6) == 3 and str(3) == '3'", True),
        ("workflow.name == 'w'", True),
        ("-input.n < 0 and +1 == 1", True),
        ("steps.three is not None", True),
    ],
)
def test_an_expression_comes_to_what_it_says(expression: str, expected: bool) -> None:
    assert told(expression) is expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("input.missing > 1", 'the input has no "missing"'),
        ("steps.nowhere.x", 'no step "nowhere"'),
        ("steps.bad.result", "has failed, it has no output"),
        ("nothing == 1", "nothing here is called"),
        ("input.name > 3", r'cannot be computed: a string \(".*"\) and an integer \(3\) cannot be compared'),
        ("input.name * 3", "cannot be computed"),
        ("1 / 0", "cannot be computed"),
        ("input.name.upper", 'has no "upper"'),
        ("input.__class__", 'has no "__class__"'),
        ("input.keys", 'has no "keys"'),
    ],
)
def test_an_expression_that_cannot_be_computed_says_why(expression: str, message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        told(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1 +",
        "x = 1",
        "lambda: 1",
        "[x for x in input]",
        "input.name.upper()",
        "eval('1')",
        "(1).__class__",
        "f'{input}'",
        "2 ** 9",
        "1 << 9",
        "b'x'",
        "1j",
        "len",
        "print(1)",
        "len(x=1)",
        "{'a': 1}",
        "(" * 300 + ")" * 300,
        "x" * (MAX_EXPRESSION + 1),
        "+".join(["1"] * 400),
    ],
)
def test_what_is_no_expression_is_refused_when_it_is_read(expression: str) -> None:
    with pytest.raises(BadArgument):
        if expression == "(1).__class__":
            told(expression)
        parse_expression(expression, "$.condition")
        told(expression)


def test_texts_that_expressions_make_are_bounded() -> None:
    place = scope()
    place.shared["long"] = "x" * 600_000
    expression = parse_expression("shared.long + shared.long", "$")
    with pytest.raises(BadArgument, match="too long"):
        expression.value(place)


def test_large_tables_are_not_made_text_of_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "_MAX_CHARS", 1000)
    place = scope()
    place.input = {"rows": [1] * 100, "text": "Abc" * 1000, "few": [1, 2]}
    assert parse_expression("starts_with(lower(input.text), 'abc') and len(str(input.few)) == 6", "$").value(place)
    for function in ("str", "lower", "upper", "trim"):
        with pytest.raises(BadArgument, match="a table of more than 1000 bytes is no text"):
            parse_expression(f"len({function}(input.rows)) > 1", "$").value(place)


def test_conditions_in_conditions_are_bounded_and_may_be_deep() -> None:
    def nest(n: int) -> Any:
        condition: Any = True
        for _ in range(n):
            condition = {"not": condition}
        return condition

    assert told(nest(30)) is True
    with pytest.raises(BadArgument, match="nested more than"):
        told(nest(40))
