"""What an argument of a command stands for: itself, a file (`@FILE`), stdin (`-`); and a value that may be JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from llmspell.cli import output
from llmspell.errors import UsageError

MAX_INPUT_BYTES = 64 * 1024 * 1024


def is_stdin(part: str) -> bool:
    """Whether an argument is read from stdin."""
    return part == "-" or part.removeprefix("@").startswith("/dev/")  # /dev/stdin, /dev/fd/0


def text_of(part: str) -> str:
    """The text itself, or what `-` (stdin) or `@FILE` stands for.

    Raises:
        UsageError: The file cannot be read, or holds too much.
    """
    if part == "-":
        if sys.stdin is None:
            return ""
        data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    elif part.startswith("@"):
        try:
            with open(part[1:], "rb") as file:
                data = file.read(MAX_INPUT_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise UsageError(f"{part[1:] or 'a file without a name'} cannot be read: {reason}") from error
    else:
        return part
    name = "stdin" if part == "-" else part[1:]
    if len(data) > MAX_INPUT_BYTES:
        raise UsageError(
            f"{name} holds more than {MAX_INPUT_BYTES // (1024 * 1024)} MB",
            hint="no model reads so much at once: cut it, or let a script read it in parts",
        )
    text = data.decode("utf-8", "replace")
    if "\ufffd" in text and (n_bytes := len(data.decode("utf-8", "ignore").encode())) < len(data):
        output.warn(f"{name} is not text in UTF-8: {len(data) - n_bytes} of {len(data)} bytes cannot be read")
    return text


def guessed(text: str) -> Any:
    """A value as JSON where it is a number, a list and the like; otherwise as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def read_json(text: str, message: str, hint: str) -> Any:
    """The value of a text that must be JSON.

    Args:
        message, hint: What is said where it is none; where the mistake is, is put behind the message.

    Raises:
        UsageError: It is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos + 1}: {error.msg.lower()}" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"{message}{where}", hint=hint) from error


def pair_of(text: str, flag: str) -> tuple[str, str]:
    """KEY=VALUE in two.

    Raises:
        UsageError: It is none.
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"{flag} is KEY=VALUE, found {text!r}", hint=f"for example {flag} topic=history")
    return key, value
