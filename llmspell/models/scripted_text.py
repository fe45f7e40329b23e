"""Fill in the `{{names}}` of a scripted answer: names only, no expressions.

Not Jinja: a script that is not trusted may write an answer, the host fills it in, and a loop in a template could take
all of its memory (`Prompt.render` has a process of its own for that)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from llmspell.errors import BadArgument
from llmspell.models.messages import Value
from llmspell.models.scripted_turns import Asked

MAX_CHARACTERS = 16 * 1024 * 1024
NAMES = ("input", "said", "system", "last_tool_result", "tool_results", "n", "turn", "variant")
_NAME = re.compile(r"(\\?)\{\{\s*([A-Za-z0-9_]+)\s*\}\}")


def names_in(text: str) -> Iterator[str]:
    """The names that a text asks for. `1` to `9` are what the stars of its pattern stand for; `\\{{x}}` is no name."""
    for found in _NAME.finditer(text):
        if not found[1]:
            yield found[2]


def is_known(name: str) -> bool:
    """Whether `filled` knows the name."""
    return name in NAMES or (len(name) == 1 and name in "123456789")


def values_for(asked: Asked, stars: tuple[str, ...], n: int) -> dict[str, str]:
    """What the names stand for in one answer; `n` is the number of the request."""
    return {
        "input": asked.input,
        "said": asked.said,
        "system": asked.system,
        "last_tool_result": asked.last_tool_result,
        "tool_results": "\n".join(asked.tool_results),
        "n": str(n),
        "turn": str(asked.turn),
        "variant": asked.variant,
        **{str(i): stars[i - 1] if i <= len(stars) else "" for i in range(1, 10)},
    }


def filled(value: Value, values: Mapping[str, str]) -> Value:
    """The value with the names in its texts filled in, at any depth.

    Raises:
        BadArgument: The text would be longer than any answer.
    """
    if isinstance(value, str):
        return filled_text(value, values)
    if isinstance(value, Mapping):
        return {name: filled(it, values) for name, it in value.items()}
    if isinstance(value, list | tuple):
        return [filled(it, values) for it in value]
    return value


def filled_text(text: str, values: Mapping[str, str]) -> str:
    """One text with its names filled in. Raises as `filled` does."""
    if "{{" not in text:
        return text
    if len(text) + sum(len(values[it]) for it in names_in(text)) > MAX_CHARACTERS:
        raise BadArgument(f"a scripted answer of more than {MAX_CHARACTERS} characters cannot be given")
    return _NAME.sub(lambda found: found[0][1:] if found[1] else values[found[2]], text)
