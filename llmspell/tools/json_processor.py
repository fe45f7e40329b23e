"""Query, check, format, merge and compare JSON."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.errors import ToolFailed
from llmspell.tools import json_query, json_values
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.results import answer, off_loop, readable, weight_of

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MAX_INPUT = 32 * 1024 * 1024  # characters
MAX_ERRORS = 100


async def run(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    """Do what `operation` says."""
    operation = params["operation"]
    if "input" not in params:
        raise ToolFailed("json-processor: there is no JSON", code="missing_input", hint="give `input`, text or a value")
    weight = weight_of(params["input"], params.get("other"))
    if operation == "query":
        program = _needed(params, "query", "query")
        text = await off_loop(weight, lambda: json_values.dump(_value_of(params["input"], "input"), ascii_only=True))
        return _queried(await json_query.query(program, text))
    return await off_loop(weight, _answer, params)


def _answer(params: Mapping[str, Value]) -> ToolResult:
    operation = params["operation"]
    if operation == "validate":
        return _validate(params)
    value = _value_of(params["input"], "input")
    match operation:
        case "get":
            return _get(value, _needed(params, "query", "get"), params)
        case "merge":
            return answer("merge", json_values.merge(value, _value_of(_needed(params, "other", "merge"), "other")))
        case "diff":
            other = _value_of(_needed(params, "other", "diff"), "other")
            found = list(itertools.islice(json_values.differences(value, other), json_values.MAX_DIFFERENCES))
            return answer("diff", {"equal": not found, "changes": found}, _changes_in_words(found))
        case "keys":
            return _keys(value)
        case "minify":
            return answer("minify", json_values.dump(value, sort_keys=params["sort_keys"]))
        case _:
            return answer(operation, json_values.dump(value, indent=params["indent"], sort_keys=params["sort_keys"]))


def _value_of(given: Value, name: str) -> Value:
    """Text is JSON to be read, anything else is the value already."""
    if isinstance(given, bytes):
        try:
            given = given.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ToolFailed(f"json-processor: {name} is not UTF-8 text", code="invalid_json") from error
    if isinstance(given, str):
        if len(given) > MAX_INPUT:
            raise ToolFailed(f"json-processor: {name} is longer than {MAX_INPUT} characters", code="too_large")
        return json_values.parse(given)
    json_values.refuse_depth(given)
    return given


def _queried(outputs: list[str]) -> ToolResult:
    values = [json_values.parse(it) for it in outputs]
    # As jq prints: one output is itself, several are a list; how many there were is in the metadata.
    result = values[0] if len(values) == 1 else values
    return answer("query", result if values else None, "\n".join(map(readable, values)), count=len(values))


def _get(value: Value, path: str, params: Mapping[str, Value]) -> ToolResult:
    found, result = json_values.get(value, path)
    if not found:
        if "default" not in params:
            raise json_values.missing(value, path)
        result = params["default"]
    return answer("get", result, path=path, found=found)


def _keys(value: Value) -> ToolResult:
    if isinstance(value, dict):
        keys: list[Value] = sorted(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    else:
        raise ToolFailed("json-processor: only a table or a list has keys", code="not_a_table")
    return answer("keys", keys, "\n".join(map(str, keys)))


def _validate(params: Mapping[str, Value]) -> ToolResult:
    from llmspell.tools.schema_of import check_script_schema
    from llmspell.tools.validation import sentence_of, violations

    try:
        value = _value_of(params["input"], "input")
    except ToolFailed as error:
        if error.code not in ("invalid_json", "too_deep"):
            raise
        # That it is not JSON is an answer here and not a failure.
        row = {"path": "$", "message": error.message, **error.details}
        return answer("validate", {"valid": False, "errors": [row]}, error.message)
    rows: list[dict[str, Value]] = []
    if "schema" in params:
        schema = params["schema"]
        check_script_schema(schema)
        found = itertools.islice(violations(schema, value), MAX_ERRORS)
        rows = [{"path": it.path, "message": sentence_of(it)} for it in found]
    text = "valid" if not rows else "\n".join(str(it["message"]) for it in rows)
    return answer("validate", {"valid": not rows, "errors": rows}, text)


def _needed(params: Mapping[str, Value], name: str, operation: str) -> Value:
    if name not in params:
        raise ToolFailed(
            f'json-processor: "{operation}" needs "{name}"', code="missing_input", details={"path": f"$.{name}"}
        )
    return params[name]


def _changes_in_words(changes: list[dict[str, Value]]) -> str:
    return "\n".join(f"{it['op']} {it['path'] or '/'}" for it in changes) or "equal"


TOOL = ToolSpec(
    name="json-processor",
    idempotent=True,
    description="Query JSON by path or jq, validate it against a schema, format, merge and compare it",
    category="data",
    tags=("json", "jq", "query", "schema"),
    schema={
        "type": "object",
        "properties": {
            "operation": {
                "type": "string",
                "enum": ["query", "get", "validate", "format", "prettify", "minify", "merge", "diff", "keys"],
                "description": "query runs jq (an extra, llmspell[jq]); get follows a path; format is prettify",
            },
            "input": {
                "description": "JSON text, or a value; to pass a string as a value, write it as JSON",
                "x-aliases": ["data", "text", "content", "json"],
            },
            "query": {
                "type": "string",
                "maxLength": 65536,
                "description": "query: a jq program; get: users[0].name, items[*].id or a JSON Pointer",
                "x-aliases": ["path", "filter", "expression"],
            },
            "default": {"description": "get: what a path that leads nowhere gives; otherwise it is an error"},
            "other": {"description": "merge, diff: the second JSON", "x-aliases": ["with", "second"]},
            "schema": {
                "type": "object",
                "description": "validate: a JSON Schema; without it only the syntax is checked",
            },
            "indent": {"type": "integer", "minimum": 0, "maximum": 16, "default": 2, "description": "format: spaces"},
            "sort_keys": {"type": "boolean", "default": False, "description": "format, minify: keys in order"},
        },
        "required": ["operation"],
        "additionalProperties": False,
    },
    run=run,
    examples=(
        {"operation": "get", "input": '{"users": [{"name": "Ada"}]}', "query": "users[0].name"},
        {"operation": "query", "input": {"items": [{"id": 1}, {"id": 2}]}, "query": "[.items[].id]"},
        {"operation": "validate", "input": '{"age": "x"}', "schema": {"properties": {"age": {"type": "integer"}}}},
        {"operation": "prettify", "input": '{"b":1,"a":[1,2]}', "sort_keys": True},
        {"operation": "merge", "input": {"a": 1}, "other": {"b": 2}},
        {"operation": "diff", "input": {"a": 1}, "other": {"a": 2}},
        {"operation": "keys", "input": {"a": 1, "b": 2}},
    ),
    results={
        "query": "what jq gives: one output as it is, several as a list, none as nil; metadata has count",
        "get": "the value at the path; metadata has path, and found (false where default was given)",
        "validate": "{valid, errors}: a list of {path, message}",
        "format": "the JSON text",
        "prettify": "the JSON text",
        "minify": "the JSON text",
        "merge": "the value of both: tables key by key, the second wins",
        "diff": "{equal, changes}: a list of {op, path, value, old}; op is add, remove or replace",
        "keys": "a list of the table's keys in order, or of a list's indices from 0",
    },
    options={
        "query": "input, query",
        "get": "input, query; default",
        "validate": "input; schema",
        "format": "input; indent, sort_keys",
        "prettify": "input; indent, sort_keys",
        "minify": "input; sort_keys",
        "merge": "input, other",
        "diff": "input, other",
        "keys": "input",
    },
    needs={"query": "the extra llmspell[jq]"},
)
