"""Placeholders: what they point at, what becomes of their types, and what is said when they lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadArgument
from llmspell.workflows import references
from llmspell.workflows.reference import parse_reference
from llmspell.workflows.references import compile_value
from llmspell.workflows.result import StepResult
from llmspell.workflows.scope import Scope

TOOL = {
    "success": True,
    "text": "t",
    "result": {"n": 1, "text": "mine"},
    "error": None,
    "metadata": {},
    "duration_ms": 1,
    "operation": "x",
    "n": 1,
}
AGENT = {"text": "answer", "data": None, "messages": [], "tool_calls": [], "steps": [], "usage": {}}


def scope() -> Scope:
    rows = {
        "tool": StepResult("tool", "tool", "succeeded", TOOL),
        "agent": StepResult("agent", "agent", "succeeded", AGENT),
        "plain": StepResult("plain", "function", "succeeded", [1, [2, 3]]),
        "my step": StepResult("my step", "function", "succeeded", True),
        "bad": StepResult("bad", "function", "failed", None, "it broke", "broken"),
    }
    loop = {"item": {"id": 9}, "index": 2, "number": 3, "is_first": False, "count": 4, "is_last": False}
    return Scope(
        {"a": {"b": 1}, "topic": "rain", "tool": "hidden"},
        {"k": b"bytes", "z": 0},
        {"name": "w"},
        None,
        rows,
        loop,
        "before",
    )


def filled(value: Any) -> Any:
    return compile_value(value, "$.x").get(scope())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text", "plain text"),
        ("{{input.a}}", {"b": 1}),
        (" {{ input.a.b }} ", 1),
        ("{{input.a['b']}}", 1),
        ('{{input["a"].b}}', 1),
        ("{{input.a.b}}!", "1!"),
        ("{{input.a}}!", '{"b": 1}!'),
        ("{{steps.tool}}", TOOL),
        ("<{{steps.tool}}>", "<t>"),
        ("{{steps.tool.result.n}}", 1),
        ("{{step.tool.n}}", 1),
        ("{{step:tool:output}}", {"n": 1, "text": "mine"}),
        ("{{step:tool:result.n}}", 1),
        ("{{step:tool}}", TOOL),
        ("{{steps.tool.success}}", True),
        ("{{steps.agent.output}} {{steps.agent}}", "answer answer"),
        ("{{steps.plain[1][0]}} {{steps.plain.1.1}} {{steps.plain.-1.0}}", "2 3 2"),
        ("{{steps.plain.result.0}}", 1),
        ("{{steps.my step}}", True),
        ("{{steps.my step}}.", "true."),
        ("{{steps['my step'].output}}", True),
        ("{{steps.bad.error}}: {{steps.bad.error_code}} {{steps.bad.success}}", "it broke: broken false"),
        ("{{loop.item.id}} {{loop.index}} {{loop.number}} {{item.id}} {{index}} {{loop.count}}", "9 2 3 9 2 4"),
        ("{{loop:current_item.id}} {{loop:current_index}} {{loop_value.id}} {{loop_index}}", "9 2 9 2"),
        ("{{shared.k}}", b"bytes"),
        ("{{shared:k}}.", "bytes."),
        ("{{previous}}{{prev}}", "beforebefore"),
        ("{{workflow.name}}", "w"),
        ("{{topic}} {{z}} {{plain.0}}", "rain 0 1"),
        ("{{tool.n}}", 1),
        ("$topic", "rain"),
        ("$tool.result.n", 1),
        ("$input.a", {"b": 1}),
        ("$$topic", "$topic"),
        ("costs $5", "costs $5"),
        ("$5", "$5"),
        (r"\{{input.a}}", "{{input.a}}"),
        (r"\{{x}} {{topic}}", "{{x}} rain"),
        ("{{", "{{"),
        ("{{input.none | default(3)}}", 3),
        ("{{input.none|default('a | b')}}.", "a | b."),
        ("{{input.topic | default(3)}}", "rain"),
        ("{{input.a | json}}", '{"b": 1}'),
        ("{{steps.tool.result}}!", '{"n": 1, "text": "mine"}!'),
        ("{{loop}}!", '{"count": 4, "index": 2, "is_first": false, "is_last": false, "item": {"id": 9}, "number": 3}!'),
        ("{{steps.tool | text}}", "t"),
        ({"x": ["{{topic}}", {"y": "{{z}}"}], "n": 1, "e": "$$x"}, {"x": ["rain", {"y": 0}], "n": 1, "e": "$x"}),
        ([r"\{{a}}", 1], ["{{a}}", 1]),
        ({"a": 1}, {"a": 1}),
    ],
    ids=repr,
)
def test_a_placeholder_is_filled_in(text: Any, expected: Any) -> None:
    found = filled(text)
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{{input.c}}", 'the input has no "c"', "there is a, tool, topic"),
        ("{{input.topik}}", 'the input has no "topik"', "did you mean topic"),
        ("{{steps.tol}}", 'no step "tol" has run before', "did you mean tool"),
        ("{{steps.tool.missing}}", 'the output of the step tool has no "missing"', "there is"),
        ("{{steps.plain.7}}", 'has no "7"', "there is 0, 1"),
        ("{{steps.bad}}", "has failed, it has no output", ""),
        ("{{shared.q}}", "the shared data has no", "there is k, z"),
        ("{{topics}}", 'nothing here is called "topics"', "topic"),
        ("$topics", 'nothing here is called "topics"', "topic"),
        ("{{loop.nope}}", "the loop has no", ""),
        ("{{input.topic.x}}", '"x"', ""),
    ],
)
def test_a_reference_that_leads_nowhere_says_what_there_is(text: str, message: str, hint: str) -> None:
    with pytest.raises(BadArgument) as caught:
        filled(text)
    assert message in caught.value.message and hint in caught.value.hint
    assert caught.value.code == "unknown_reference" and caught.value.details["path"] == "$.x"


@pytest.mark.parametrize(
    "text",
    [
        "{{}}",
        "{{ .a }}",
        "{{a..b}}",
        "{{a[}}",
        "{{[0]}}",
        "{{1 + 1}}",
        '{{"a"}}',
        "{{a(b)}}",
        "{{a" + ".b" * 200 + "}}",
    ],
)
def test_what_is_no_reference_is_refused_when_it_is_compiled(text: str) -> None:
    with pytest.raises(BadArgument, match="is no reference"):
        compile_value(text, "$.x")


def test_filters_that_are_none_and_defaults_that_are_no_values_are_refused() -> None:
    with pytest.raises(BadArgument, match="no filter"):
        compile_value("{{a | upper}}", "$.x")
    with pytest.raises(BadArgument, match="is no value"):
        compile_value("{{a | default(b)}}", "$.x")


def test_a_value_without_placeholders_is_itself() -> None:
    value = {"a": [1, {"b": "c"}]}
    compiled = compile_value(value, "$.x")
    assert compiled.fill is None and compiled.value is value


def test_outside_of_a_loop_its_words_are_words_like_others() -> None:
    place = scope()
    place.loop = None
    place.input = {"item": 1}
    assert compile_value("{{item}}", "$").get(place) == 1
    with pytest.raises(BadArgument, match="no loop here"):
        compile_value("{{loop.item}}", "$").get(place)


def test_texts_and_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "MAX_TEXT", 10)
    with pytest.raises(BadArgument, match="more than 10 characters"):
        filled("{{topic}} {{topic}} {{topic}}")
    monkeypatch.setattr(references, "MAX_TABLE_BYTES", 1000)
    place = scope()
    place.input = {"long": "x" * 300}
    assert len(compile_value(["{{input.long}}"] * 2, "$.x").get(place)) == 2
    with pytest.raises(BadArgument, match="more than 0 MB") as caught:
        compile_value(["{{input.long}}"] * 3, "$.x").get(place)
    assert caught.value.code == "too_large"
    monkeypatch.setattr(references, "MAX_TEXT", 1000)
    for text in ("x {{input.long}}", "{{input.long | default(0) | json}}", "{{input.long | default(0) | text}}"):
        made = {f"k{i}": text for i in range(1000)}  # of which the first few are made, and not all, to be refused then
        compiled = compile_value(made, "$.x")
        with pytest.raises(BadArgument, match="more than 0 MB") as caught:
            compiled.get(place)
        assert caught.value.details["path"].startswith("$.x.k"), text
        assert compile_value(text, "$.x").get(place), "a text alone has a limit of its own"
    deep: Any = "{{topic}}"
    for _ in range(70):
        deep = [deep]
    with pytest.raises(BadArgument, match="nested more than 64 deep"):
        compile_value(deep, "$.x")


def test_a_template_for_a_tool_keeps_the_placeholders_that_are_the_tool_s() -> None:
    table = {
        "template": "Dear {{ name }} of {{topic}}: {{input.topic}} {{ a | upper }} {{ 1 + 1 }}",
        "name": "{{topic}}",
    }
    compiled = compile_value(table, "$.x", lenient="template")
    expected = "Dear {{ name }} of {{topic}}: rain {{ a | upper }} {{ 1 + 1 }}"
    assert compiled.get(scope()) == {"template": expected, "name": "rain"}
    assert [it.shown for it in compiled.references] == ["input.topic", "topic"]


def test_a_reference_is_read_into_its_parts() -> None:
    found = parse_reference(" steps.fetch.result[0].name ", "$.x")
    assert (found.root, found.name, found.path) == ("step", "fetch", ("result", "0", "name"))
    assert found.shown == "steps.fetch.result[0].name"
