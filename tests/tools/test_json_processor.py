"""JSON by path and by jq, its schema, its form, its differences."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import BadArgument, LLMSpellError, ToolFailed
from llmspell.tools import json_query, json_values
from llmspell.tools.protocol import Value

NAME = "json-processor"
DATA = {"users": [{"name": "Ada", "a.b": 1}, {"name": "Bob"}, {}], "empty": None}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda it: st.lists(it, max_size=4) | st.dictionaries(st.text(max_size=3), it, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("users[0].name", "Ada"),
        ("users.0.name", "Ada"),
        ("$.users[-2].name", "Bob"),
        (".users[0].name", "Ada"),
        ("/users/1/name", "Bob"),
        ('users[0]["a.b"]', 1),
        ("users[0]['a.b']", 1),
        ("users[*].name", ["Ada", "Bob"]),
        ("users.*.name", ["Ada", "Bob"]),
        ("empty", None),
        ("$", DATA),
        ("", DATA),
    ],
)
def test_a_path_is_followed(path: str, value: Value, call) -> None:
    assert call(NAME, operation="get", input=DATA, query=path).result == value
    assert call(NAME, operation="get", input=json.dumps(DATA), path=path).result == value


@pytest.mark.parametrize(
    ("path", "code", "hint"),
    [
        ("usrs", "path_not_found", "users"),
        ("users[0].nam", "path_not_found", "name"),
        ("users[3]", "path_not_found", ""),
        ("users[99999999999999999999]", "path_not_found", ""),
        ("empty.x", "path_not_found", ""),
        ("users..name", "bad_path", ""),
        ("users[", "bad_path", ""),
        ("users[x]", "bad_path", ""),
    ],
)
def test_a_path_that_leads_nowhere_says_how_far_it_led(path: str, code: str, hint: str, call) -> None:
    with pytest.raises(ToolFailed) as caught:
        call(NAME, operation="get", input=DATA, query=path)
    assert caught.value.code == code
    assert hint in caught.value.hint
    if code == "path_not_found":
        result = call(NAME, operation="get", input=DATA, query=path, default="none")
        assert result.result == "none"
        assert result.metadata["found"] is False


@pytest.mark.parametrize(
    ("program", "result", "count"),
    [
        (".users[0].name", "Ada", 1),
        ("[.users[].name]", ["Ada", "Bob", None], 1),
        (".users[] | .name", ["Ada", "Bob", None], 3),
        ("empty", None, 0),
        ("def f: 1; f # comment", 1, 1),
        ('env | has("HOME")', False, 1),
        ('"a\\nb\\u2028"', "a\nb\u2028", 1),
    ],
)
def test_jq_answers(program: str, result: Value, count: int, call) -> None:
    answer = call(NAME, operation="query", input=DATA, query=program)
    assert answer.result == result
    assert answer.metadata["count"] == count


def test_jq_keeps_the_digits_of_integers(call) -> None:
    assert call(NAME, operation="query", input="[12345678901234567890]", query=".[0]").result == 12345678901234567890


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (".[", "bad_query"),
        ("nope(1)", "bad_query"),
        (".) , (.", "bad_query"),
        ("", "bad_query"),
        (".users.name", "query_failed"),
        ('error("several\nlines")', "query_failed"),
        ('1, error("late")', "query_failed"),
        ('repeat("x" * 10000000)', "too_large"),
    ],
)
def test_jq_fails_in_one_line(program: str, code: str, call) -> None:
    with pytest.raises(ToolFailed) as caught:
        call(NAME, operation="query", input=DATA, query=program)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)


def test_jq_reads_no_file_and_does_not_tell_whether_there_is_one(call, tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text('{"secret": 1}')
    (tmp_path / "there.jq").write_text("def f: 1;")
    messages = set()
    for name in ("there", "missing"):
        for program in ('import "%s" as $x {search: "%s"}; $x', 'include "%s" {search: "%s"}; 1'):
            with pytest.raises(ToolFailed) as caught:
                call(NAME, operation="query", input="1", query=program % (name, tmp_path))
            messages.add(caught.value.message.replace("include", "import"))
    assert len(messages) == 1


def test_jq_that_loops_for_ever_is_ended_and_so_is_its_process(call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_query, "TIMEOUT_S", 0.5)
    with pytest.raises(ToolFailed) as caught:
        call(NAME, operation="query", input="1", query="def f: f; f")
    assert caught.value.code == "query_timeout"


def test_jq_that_eats_memory_is_ended(call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_query, "_CHILD", json_query._CHILD.replace(str(json_query._MEMORY), str(100 * 1024**2)))
    with pytest.raises(ToolFailed) as caught:
        call(NAME, operation="query", input="1", query='"x" * 300000000 | length')
    assert caught.value.code == "too_large"


def test_a_pair_of_escapes_is_one_character(call) -> None:
    assert call(NAME, operation="get", input='["\\ud83d\\ude00"]', query="[0]").result == "😀"


def test_a_cancelled_query_ends_its_process(registry, make_context, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[asyncio.subprocess.Process] = []
    is_started = asyncio.Event()
    start = asyncio.create_subprocess_exec

    async def remember(*args: Value, **kwargs: Value) -> asyncio.subprocess.Process:
        started.append(await start(*args, **kwargs))
        is_started.set()
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remember)

    async def story() -> None:
        params = {"operation": "query", "input": "1", "query": "def f: f; f"}
        task = asyncio.create_task(registry.execute(make_context("tool:*"), NAME, params))
        await is_started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert started[0].returncode is not None


def test_without_the_library_jq_says_how_to_get_it_and_paths_still_work(call, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jq" else find(name))
    with pytest.raises(ToolFailed, match="not installed") as caught:
        call(NAME, operation="query", input=DATA, query=".")
    assert caught.value.code == "missing_library"
    assert "llmspell[jq]" in caught.value.hint
    assert call(NAME, operation="get", input=DATA, query="users[0].name").result == "Ada"


def test_validate_answers_for_syntax_and_for_a_schema(call) -> None:
    assert call(NAME, operation="validate", input='{"a": 1}').result == {"valid": True, "errors": []}
    bad = call(NAME, operation="validate", input='{"a": }')
    assert bad.success
    assert bad.result["valid"] is False
    assert (bad.result["errors"][0]["line"], bad.result["errors"][0]["column"]) == (1, 7)
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    assert call(NAME, operation="validate", input={"a": 1}, schema=schema).result["valid"] is True
    wrong = call(NAME, operation="validate", input={"a": "x"}, schema=schema).result
    assert wrong["errors"] == [{"path": "$.a", "message": '$.a must be an integer, not a string ("x")'}]
    rich = {"type": "array", "items": {"type": "integer", "multipleOf": 2}}
    assert len(call(NAME, operation="validate", input=[1, 2, 3], schema=rich).result["errors"]) == 2


@pytest.mark.parametrize("schema", [{"type": "strnig"}, {"pattern": "(a+)+$"}, {"$ref": "#"}, {"items": 3}])
def test_a_bad_or_unbounded_schema_is_refused(schema: Value, call) -> None:
    with pytest.raises(BadArgument):
        call(NAME, operation="validate", input='"aaaa"', schema=schema)


def test_forms(call) -> None:
    value = {"b": [1, 2.5, None, True], "a": "ü"}
    text = '{\n  "b": [\n    1,\n    2.5,\n    null,\n    true\n  ],\n  "a": "ü"\n}'
    assert call(NAME, operation="format", input=value).result == text
    assert call(NAME, operation="prettify", input=json.dumps(value)).result == text
    assert call(NAME, operation="minify", input=text).result == '{"b":[1,2.5,null,true],"a":"ü"}'
    assert call(NAME, operation="minify", input=text, sort_keys=True).result == '{"a":"ü","b":[1,2.5,null,true]}'
    assert call(NAME, operation="format", input=b"[1]", indent=0).result == "[\n1\n]"


def test_keys(call) -> None:
    assert call(NAME, operation="keys", input={"b": 1, "a": 2}).result == ["a", "b"]
    assert call(NAME, operation="keys", input="[5, 6]").result == [0, 1]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"operation": "format"}, "missing_input"),
        ({"operation": "format", "input": ""}, "invalid_json"),
        ({"operation": "format", "input": "[NaN]"}, "invalid_json"),
        ({"operation": "format", "input": "1" * 5000}, "invalid_json"),
        ({"operation": "format", "input": b"\xff"}, "invalid_json"),
        ({"operation": "format", "input": "[" * 100_000}, "too_deep"),
        ({"operation": "format", "input": "[" * 600 + "]" * 600}, "too_deep"),
        ({"operation": "format", "input": '["\\ud800"]'}, "not_text"),
        ({"operation": "get", "input": '["\\ud800"]', "query": "[0]"}, "not_text"),
        ({"operation": "validate", "input": "1", "schema": {"type": "object", "items": 1}}, "bad_argument"),
        ({"operation": "get", "input": "1", "query": "*.a"}, "path_not_found"),
        ({"operation": "format", "input": {"a": b"\xff"}}, "not_json"),
        ({"operation": "format", "input": [float("nan")]}, "not_json"),
        ({"operation": "keys", "input": "1"}, "not_a_table"),
        ({"operation": "get", "input": "1"}, "missing_input"),
        ({"operation": "query", "input": "1"}, "missing_input"),
        ({"operation": "merge", "input": "1"}, "missing_input"),
        ({"operation": "diff", "input": "1"}, "missing_input"),
        ({"operation": "format", "input": "1", "indent": 99}, "invalid_params"),
    ],
)
def test_it_refuses_with_a_code_of_its_own(params: dict[str, Value], code: str, call) -> None:
    with pytest.raises(LLMSpellError) as caught:
        call(NAME, params)
    assert caught.value.code == code


def test_too_long_a_text_is_refused(call, monkeypatch: pytest.MonkeyPatch) -> None:
    from llmspell.tools import json_processor

    monkeypatch.setattr(json_processor, "MAX_INPUT", 10)
    assert call(NAME, operation="minify", input="[1,2,3,45]").result == "[1,2,3,45]"
    with pytest.raises(ToolFailed, match="longer than 10 characters"):
        call(NAME, operation="minify", input="[1,2,3,456]")


@pytest.mark.parametrize("input", ["[" + "1," * 200_000 + "1]", [1] * 200_001, {"a": "x" * 300_000}])
def test_a_large_input_gives_the_same_in_a_thread(input: Value, call) -> None:
    answer = call(NAME, operation="minify", input=input).result
    assert json.loads(answer) == (json.loads(input) if isinstance(input, str) else input)


def test_merge_goes_into_tables_and_replaces_the_rest(call) -> None:
    one, other = {"a": {"x": 1, "y": 2}, "b": [1, 2]}, '{"a": {"y": 3}, "b": [9], "c": null}'
    assert call(NAME, operation="merge", input=one, other=other).result == {"a": {"x": 1, "y": 3}, "b": [9], "c": None}


def test_diff_tells_what_to_change(call) -> None:
    result = call(NAME, operation="diff", input={"a": 1, "b/c": [1, 2]}, other={"b/c": [1, 3, 4], "d": True})
    assert result.result == {
        "equal": False,
        "changes": [
            {"op": "remove", "path": "/a", "old": 1},
            {"op": "replace", "path": "/b~1c/1", "value": 3, "old": 2},
            {"op": "add", "path": "/b~1c/2", "value": 4},
            {"op": "add", "path": "/d", "value": True},
        ],
    }
    assert call(NAME, operation="diff", input={"a": 1}, other='{"a": 1}').result == {"equal": True, "changes": []}
    assert call(NAME, operation="diff", input="[1]", other="[true]").result["equal"] is False


def patched(value: Value, change: dict[str, Value]) -> Value:
    """RFC 6902, for the three operations that `differences` uses."""
    steps = json_values.steps_of(str(change["path"])) if change["path"] else []
    if not steps:
        return change["value"]
    *above, last = steps
    holder = value
    for it in above:
        holder = holder[int(str(it))] if isinstance(holder, list) else holder[it]
    key = int(str(last)) if isinstance(holder, list) else last
    match change["op"]:
        case "remove":
            del holder[key]
        case "add" if isinstance(holder, list):
            holder.insert(key, change["value"])
        case _:
            holder[key] = change["value"]
    return value


@given(VALUES, VALUES)
def test_applying_the_differences_gives_the_second(one: Value, other: Value) -> None:
    value = json.loads(json.dumps(one))
    for change in json_values.differences(one, other):
        value = patched(value, change)
    assert json.dumps(value, sort_keys=True).replace(".0", "") == json.dumps(other, sort_keys=True).replace(".0", "")


@given(VALUES)
def test_what_is_written_is_read_again(value: Value) -> None:
    assert json_values.parse(json_values.dump(value)) == value
    assert json_values.parse(json_values.dump(value, indent=2, ascii_only=True)) == value


@given(st.text(alphabet="ab.[]*\"'0-1$/~\\", max_size=12))
def test_any_path_leads_somewhere_or_nowhere_or_is_none(path: str) -> None:
    try:
        found, _ = json_values.get({"a": [{"b": 1}]}, path)
    except ToolFailed as error:
        assert error.code in ("bad_path", "invalid_json")
    else:
        if not found:
            assert json_values.missing({"a": [{"b": 1}]}, path).code == "path_not_found"
