"""The input of `llmspell workflow run`: what `--input` and `--param` mean together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from llmspell.cli.given import guessed, pair_of, read_json, text_of
from llmspell.errors import UsageError

_PAIR = re.compile(r"[A-Za-z_][\w.-]*=")


def read_input(given: Sequence[str], pairs: Sequence[str]) -> Any:
    """The input of a workflow.

    Args:
        given: Each is JSON, a text, `@FILE`, `-`, or KEY=VALUE. What a file holds may be JSON or text as well.
        pairs: KEY=VALUE, whatever VALUE looks like; they win.

    Returns:
        None where nothing was given. A table where there are keys.

    Raises:
        UsageError: Two that cannot be put together, a text that begins as JSON and is none, a key given twice.
    """
    value: Any = None
    is_given = False
    keys: dict[str, Any] = {}
    for it in given:
        if _PAIR.match(it):
            key, text = pair_of(it, "--input")
            _put(keys, key, guessed(text_of(text)))
            continue
        if is_given:
            raise UsageError("--input is the whole input, and there are two", hint="a part of it is --input KEY=VALUE")
        value, is_given = _whole(it), True
    params: dict[str, Any] = {}
    for pair in pairs:
        key, text = pair_of(pair, "--param")
        _put(params, key, guessed(text))
    keys.update(params)
    if not keys:
        return value
    if is_given and not isinstance(value, dict):
        raise UsageError(
            f"the input is no table that {next(iter(keys))} could be put into", hint='write it as {"key": value}'
        )
    return {**(value or {}), **keys}


def _whole(given: str) -> Any:
    text = text_of(given)
    if text is given and text.lstrip()[:1] in ("{", "["):
        hint = "a text that looks like it is read from a file: @FILE, or -"
        return read_json(text, "--input begins as JSON and is none", hint)
    return guessed(text)


def _put(keys: dict[str, Any], key: str, value: Any) -> None:
    if key in keys:
        raise UsageError(f"the key {key} is there twice", hint=f'a list is written as JSON: {key}=\'["a","b"]\'')
    keys[key] = value
