"""Change text: case, naming styles, cutting, joining, wrapping. Characters are what a reader sees as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.errors import ToolFailed
from llmspell.tools import text_operations
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.results import answer, off_loop
from llmspell.tools.text_operations import OPERATIONS, SIDES, TRUNCATION_ENDS

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MAX_INPUT = 16 * 1024 * 1024  # characters
MAX_OUTPUT = 64 * 1024 * 1024
MAX_WIDTH = 10_000

# Which options an operation cannot do without.
_NEEDED: dict[str, tuple[str, ...]] = {"replace": ("from",), "truncate": ("length",)}


async def run(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    """Apply the operation."""
    operation = params["operation"]
    options = params["options"]
    for name in _NEEDED.get(operation, ()):
        if name not in options:
            raise ToolFailed(
                f'text-manipulator: "{operation}" needs the option "{name}"',
                code="missing_option",
                details={"path": f"$.options.{name}"},
            )
    if operation == "join":
        parts = _parts_of(params)
        text = await off_loop(sum(map(len, parts)), _join, parts, options.get("separator", ""))
        return answer(operation, text, parts=len(parts))
    if not isinstance(params.get("input"), str):
        raise ToolFailed(f'text-manipulator: "{operation}" needs a string as `input`', code="missing_input")
    source: str = params["input"]
    _refuse_growth(operation, source, options)
    result = await off_loop(len(source), OPERATIONS[operation], source, options)
    return answer(operation, result)


def _parts_of(params: Mapping[str, Value]) -> list[str]:
    parts = params.get("input", params["options"].get("parts"))
    if not isinstance(parts, list):
        raise ToolFailed('text-manipulator: "join" needs a list as `input`', code="missing_input")
    for i, it in enumerate(parts):
        if not isinstance(it, str | int | float):
            raise ToolFailed(
                f"text-manipulator: item {i + 1} of the list is not text",
                code="not_text",
                details={"path": f"$.input[{i}]"},
            )
    return [text_operations.written(it) for it in parts]


def _join(parts: list[str], separator: str) -> str:
    _refuse_size(sum(map(len, parts)) + len(separator) * max(0, len(parts) - 1))
    return separator.join(parts)


def _refuse_growth(operation: str, source: str, options: Mapping[str, Value]) -> None:
    """Refuse before the work what would become too long by it."""
    match operation:
        case "replace":
            count = text_operations.count_of(options["from"], source, options)
            _refuse_size(len(source) + count * (len(options.get("to", "")) - len(options["from"])))
        case "indent":
            width = len(options["prefix"]) if "prefix" in options else options.get("width", 4)
            _refuse_size(len(source) + (source.count("\n") + 1) * width)
        case _:
            pass


def _refuse_size(n_characters: int) -> None:
    if n_characters > MAX_OUTPUT:
        message = f"text-manipulator: the result would have {n_characters} characters, at most {MAX_OUTPUT} are allowed"
        raise ToolFailed(message, code="too_large")


_COUNT = {"type": "integer", "minimum": 0, "maximum": MAX_OUTPUT}
_OPTIONS: dict[str, Value] = {
    "from": {"type": "string", "description": "replace: what to look for", "x-aliases": ["search", "old", "pattern"]},
    "to": {"type": "string", "default": "", "description": "replace: what to put there"},
    "count": {**_COUNT, "description": "replace: how many at most; split: how many cuts at most"},
    "case_sensitive": {"type": "boolean", "description": "replace: true unless given"},
    "start": {"type": "integer", "description": "substring: first character, from 0; negative from the end"},
    "end": {"type": "integer", "description": "substring: where it stops, exclusive; negative from the end"},
    "length": {**_COUNT, "description": "substring: how many characters; truncate: the longest result"},
    "separator": {"type": "string", "description": "split: white space unless given; join: nothing unless given"},
    "parts": {"type": "array", "description": "join: the list, when it is not `input`"},
    "side": {"type": "string", "enum": list(SIDES), "description": "trim: both unless given"},
    "characters": {"type": "string", "description": "trim: what to remove; white space unless given"},
    "suffix": {"type": "string", "description": "truncate: put where text was cut; … unless given"},
    "at": {"type": "string", "enum": list(TRUNCATION_ENDS), "description": "truncate: where to cut; end unless given"},
    "width": {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_WIDTH,
        "description": "indent: spaces (4); word_wrap: columns (80)",
    },
    "prefix": {"type": "string", "maxLength": MAX_WIDTH, "description": "indent: what to put before each line"},
    "replacement": {"type": "string", "maxLength": 16, "description": "sanitize: for each character that is removed"},
}

TOOL = ToolSpec(
    name="text-manipulator",
    idempotent=True,
    description="Change text: case, naming style, replace, split, join, cut, wrap, indent, clean",
    category="utilities",
    tags=("text", "string", "unicode"),
    schema={
        "type": "object",
        "properties": {
            "operation": {
                "type": "string",
                "enum": sorted([*OPERATIONS, "join"]),
                "description": "What to do",
            },
            "input": {
                "type": ["string", "array"],
                "maxLength": MAX_INPUT,
                "description": "The text; for join a list",
                "x-aliases": ["text", "data", "content"],
            },
            "options": {
                "type": "object",
                "properties": _OPTIONS,
                "additionalProperties": False,
                "default": {},
                "description": "What the operation needs; the options may also stand beside `operation`",
                "x-flat": True,
            },
        },
        "required": ["operation"],
        "additionalProperties": False,
    },
    run=run,
    examples=(
        {"operation": "uppercase", "input": "straße"},
        {"operation": "replace", "input": "a-b-c", "options": {"from": "-", "to": "+"}},
        {"operation": "split", "input": "a,b,c", "separator": ","},
        {"operation": "join", "input": ["a", "b"], "options": {"separator": ", "}},
        {"operation": "snake_case", "input": "HTTPServer error-Code"},
        {"operation": "word_wrap", "input": "one two three four", "options": {"width": 9}},
    ),
    results={
        **dict.fromkeys(sorted([*OPERATIONS, "join"]), "the text"),
        "split": "a list of texts",
        "count": "{characters, code_points, bytes, words, lines}",
        "join": "the text; metadata has parts, how many there were",
    },
    options={
        **dict.fromkeys(sorted([*OPERATIONS, "join"]), "input"),
        "replace": "input, from; to, count, case_sensitive",
        "substring": "input; start, and end or length",
        "split": "input; separator, count",
        "join": "input (or parts); separator",
        "trim": "input; side, characters",
        "truncate": "input, length; suffix, at",
        "indent": "input; width or prefix",
        "word_wrap": "input; width",
        "sanitize": "input; replacement",
    },
)
