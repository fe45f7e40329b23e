"""What comes of a tool call: for the model a text it can read, for programs the result, or what went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.errors import ApprovalNeeded, BadArgument, ConfigError, FlowDenied, KeyMissing, PermissionDenied
from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.tools.results import readable

if TYPE_CHECKING:
    from llmspell.errors import LLMSpellError
    from llmspell.models.messages import ToolCall, Value
    from llmspell.tools.protocol import Tool, ToolResult

MAX_ANSWER_CHARS = 50_000  # of one tool's answer, that a model sees
# Errors whose hints are flags and settings: a model that reads them gives them to its user as an answer.
REFUSALS = (PermissionDenied.code, FlowDenied.code, ApprovalNeeded.code)
_FOR_PEOPLE = (*REFUSALS, ConfigError.code, KeyMissing.code)
_INSTEAD = "you cannot change that: go on without it"


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What came of one call.

    Attributes:
        text: As the model sees it.
        result: As programs see it.
        error: What went wrong, or None.
        usage, cost_usd: Of the agent that the tool is, where it is one.
    """

    text: str
    result: Value = None
    error: str | None = None
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0


def malformed_arguments(tool: Tool, call: ToolCall) -> BadArgument:
    """Says where the arguments stop to be JSON."""
    try:
        found = json.loads(call.raw)
        problem = f"a JSON object is needed, not {type(found).__name__}"
    except json.JSONDecodeError as error:
        problem = f"{error.msg} at line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError) as error:
        problem = str(error)
    fields = ", ".join(tool.schema.get("properties", {}))
    hint = f"write one JSON object{f' with {fields}' if fields else ''}"
    return BadArgument(f"the arguments of {tool.name} are not valid JSON: {problem}", hint=hint)


def answer_of(result: ToolResult) -> ToolAnswer:
    """The answer of a tool that ran."""
    text = result.text
    value = result.result
    # Indented JSON costs a model many tokens and tells it nothing.
    if isinstance(value, dict | list) and (not text or text[0] in "{["):
        text = _compact(value) or text
    elif not text and value is not None:
        text = readable(value)
    error = None if result.success else result.error or "it failed"
    return ToolAnswer(_bounded(text or error or "(nothing)"), value, error)


def failure_of(error: LLMSpellError) -> ToolAnswer:
    """The answer where something went wrong: what it was and what to do, for the model to correct itself."""
    text = f"Error ({error.code}): {error.message}"
    hint = _INSTEAD if error.code in _FOR_PEOPLE else error.hint
    return ToolAnswer(_bounded(f"{text}\n{hint}" if hint else text), error=error.message)


def spent_in(found: Mapping[str, Value]) -> dict[str, Value]:
    """What an agent says that it has used, in its result's metadata or its error's details."""
    usage = found.get("usage") or {}
    tokens = [int(usage.get(it) or 0) for it in ("input_tokens", "output_tokens", "cached_tokens")]
    return {"usage": Usage(*tokens), "cost_usd": float(found.get("cost_usd") or 0.0)}


def _compact(value: Value) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=readable)
    except (TypeError, ValueError, RecursionError):  # a key that is no string, an integer of thousands of digits
        return ""


def _bounded(text: str) -> str:
    if len(text) <= MAX_ANSWER_CHARS:
        return text
    return f"{text[:MAX_ANSWER_CHARS]}\n… ({len(text) - MAX_ANSWER_CHARS} of {len(text)} characters are left out)"
