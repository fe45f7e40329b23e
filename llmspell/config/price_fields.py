"""The tables `[prices."provider/model"]`: what may stand in them, and what is wrong with what does.

Names of models may have dots in them, so in a flag everything between `prices.` and the last dot is the name."""

from __future__ import annotations

import math

from llmspell.errors import ConfigError
from llmspell.suggestions import did_you_mean

SECTION = "prices"
FIELDS = {
    "input": "USD for a million input tokens.",
    "output": "USD for a million output tokens.",
    "cached": "USD for a million of the input tokens that the provider had kept; as the input where it says nothing.",
}


def path_of(key: str) -> tuple[str, ...]:
    """A key of a flag or variable as names: `prices.openai/gpt-4.1.input` has three."""
    names = tuple(key.split("."))
    return (SECTION, ".".join(names[1:-1]), names[-1]) if names[0] == SECTION and len(names) > 3 else names


def fault(path: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a key's name, as a message and a hint; None when it is known."""
    name = path[1]
    if len(path) == 2:
        return f'prices."{name}" is a table', f'write [prices."{name}"] and beneath it input = … and output = …'
    if len(path) > 3 or path[2] not in FIELDS:
        hint = did_you_mean(path[-1], FIELDS) or f"a price has {', '.join(FIELDS)}"
        if len(path) > 3:
            hint = f'put the name in quotes: [prices."{".".join(path[1:-1])}"]'
        return f"no such setting: {'.'.join(path)}", hint
    return None


def checked(path: tuple[str, ...], value: object, source: str) -> float:
    """A price as a number.

    Raises:
        ConfigError: It is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and math.isfinite(value):
        return float(value)
    raise ConfigError(f'prices."{path[1]}".{path[2]} is USD per million tokens, not {value!r} ({source})')
