"""The params of `llmspell tool call`: what `--input` and `--param` mean for a tool."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from llmspell.cli.given import read_json
from llmspell.errors import UsageError

_MAY_BE_OBJECT = frozenset({"operation", "input"})


def read_params(schema: Mapping[str, Any], input: str | None, pairs: list[str]) -> dict[str, Any]:
    """The params of a call.

    Args:
        schema: Of the tool. Its main field is `input`, or the only required one.
        input: A JSON object is all params, whatever its keys are, so that a misspelt one is found. Where the main
            field may itself be an object, only one with the key `operation` or `input` is. Any other text is the
            main field's value; so is all that `@FILE` or `-` reads.
        pairs: `KEY=VALUE`; they win over `input`. A VALUE that is JSON is read as JSON unless the schema wants a text.

    Raises:
        UsageError: A pair without `=`, a key that is there twice, a file that cannot be read, a text that begins as a
            JSON object and is none.
    """
    params: dict[str, Any] = {}
    if input is not None:
        params = _of_input(schema, input)
    seen: set[str] = set()
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"--param is KEY=VALUE, found {pair!r}", hint="for example --param operation=hash")
        if key in seen:
            raise UsageError(
                f"the param {key} is there twice", hint='a list is written as JSON: --param \'items=["a","b"]\''
            )
        seen.add(key)
        params[key] = _typed(text, _schema_of(schema, key))
    return params


def _of_input(schema: Mapping[str, Any], input: str) -> dict[str, Any]:
    main = main_field(schema)
    wanted = _schema_of(schema, main)
    if input == "-" or input.startswith("@"):
        return {main: _typed(_read_input(schema, input), wanted)}
    if not input.lstrip().startswith("{"):
        return {main: _typed(input, wanted)}
    hint = f"if it is meant as text, give it as --param {main}=TEXT"
    value = read_json(input, "--input begins as a JSON object and is none", hint)
    if _may_be_object(wanted) and not _MAY_BE_OBJECT & value.keys():
        return {main: value}
    return dict(value)


def main_field(schema: Mapping[str, Any]) -> str:
    """The param that a plain text stands for."""
    if "input" in schema.get("properties", {}):
        return "input"
    required = [it for it in schema.get("required", ()) if it != "operation"]
    return str(required[0]) if len(required) == 1 else "input"


def _schema_of(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What a param may be: found by its name, by another name of it, or among the options that may stand beside it."""
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    for name, it in properties.items():
        if key == name or key in it.get("x-aliases", ()):
            return it
    for it in properties.values():
        if it.get("x-flat") and (found := _schema_of(it, key)):
            return found
    return {}


def _kinds(schema: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = schema.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _may_be_object(schema: Mapping[str, Any]) -> bool:
    kinds = _kinds(schema)
    return not kinds or "object" in kinds


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A value by what the schema wants of it: a field that may be a text and nothing else is never read as JSON."""
    if _kinds(schema) == ("string",):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    # A text of braces is a text where no object can be meant.
    return text if isinstance(value, dict) and not _may_be_object(schema) else value


def _read_input(schema: Mapping[str, Any], text: str) -> str:
    if text == "-":
        try:
            return _decoded(schema, b"".join(iter(lambda: os.read(0, 1 << 16), b"")), "stdin")
        except OSError as error:
            raise UsageError(f"cannot read stdin: {(error.strerror or str(error)).lower()}") from error
    path = text[1:]
    try:
        with open(path, "rb") as file:
            return _decoded(schema, file.read(), path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {path or 'a file without a name'}: {reason.lower()}") from error


def _decoded(schema: Mapping[str, Any], raw: bytes, where: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} is not UTF-8 text", hint=file_hint(schema)) from error


def file_hint(schema: Mapping[str, Any]) -> str:
    """How this tool reads a file by itself, which it does without the limits of a text; empty where it cannot."""
    for name in ("file", "path"):
        if name in schema.get("properties", {}):
            return f"the tool reads a file by itself: --param {name}=PATH"
    return "this tool takes text alone"
