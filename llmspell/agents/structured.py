"""Read a model's answer as data: find the JSON in it, check it against the schema, say what is wrong.

Knows nothing of how the model is asked again (`agents.loop`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from llmspell.errors import InvalidParams, SchemaError
from llmspell.models.messages import Value
from llmspell.tools import simple_schema
from llmspell.tools.simple_schema import Violation
from llmspell.tools.validation import Effort, filled_in, sentence_of, violations

_SHOWN_CHARS = 100  # of an answer, in a message
MAX_RAW_CHARS = 20_000  # of an answer that is kept in an error
_MAX_STARTS = 50  # places at which JSON might begin, that are tried


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with an answer. `path` is the JSON path of it, `$` where it is no JSON at all."""

    path: str
    sentence: str

    def for_model(self) -> str:
        """What a model is told, so that it can correct itself."""
        return (
            f"Your answer is not what was asked for: {self.sentence}.\n"
            "Answer again with the corrected JSON object alone, without any other text."
        )

    def error(self, agent: str, raw: str, n_attempts: int, hint: str = "") -> SchemaError:
        """What the caller is told, when there are no attempts left."""
        times = "" if n_attempts == 1 else f" after {n_attempts} attempts"
        return SchemaError(
            f"the answer of the agent {agent} is not valid{times}: {self.sentence}{_beginning(raw)}",
            hint=hint or "say more in the system prompt or the schema's descriptions, or take a stronger model",
            details={"path": self.path, "raw": raw[:MAX_RAW_CHARS], "attempts": n_attempts},
        )


def _beginning(raw: str) -> str:
    """How an answer begins, on one line, for a message."""
    text = " ".join(raw[: 10 * _SHOWN_CHARS].split())
    shown = text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"
    return f"; it says: {shown}" if shown else ""


class AnswerSchema:
    """A JSON Schema that answers are read by. One is made for an agent, and used for all of its answers."""

    def __init__(self, schema: Mapping[str, Value]) -> None:
        self.schema = schema
        self._is_simple = simple_schema.is_simple(schema)

    def read(self, text: str) -> tuple[Value, Mistake | None]:
        """The data of an answer, its defaults filled in, or what is wrong with it.

        JSON may stand in a code fence, and prose around it. Of several JSON values the first valid one counts."""
        first: Mistake | None = None
        effort = Effort()
        try:
            for value in _json_values(text):
                settled = filled_in(self.schema, value, effort)
                violation = self._violation(settled, effort)
                if violation is None:
                    return settled, None
                first = first or Mistake(violation.path, sentence_of(violation))
        except InvalidParams as problem:
            return None, first or Mistake("$", problem.message)
        return None, first or Mistake("$", _no_json(text))

    def _violation(self, value: Value, effort: Effort) -> Violation | None:
        if self._is_simple:
            return simple_schema.first_violation(self.schema, value)
        return next(violations(self.schema, value, effort), None)


def _json_values(text: str) -> Iterator[Value]:
    """Whatever in the text may be meant as the answer, the likeliest first: all of it, fences, objects within prose."""
    stripped = text.strip()
    if (whole := _parsed(stripped)) is not _NOTHING:
        yield whole
        return
    for fenced in text.split("```")[1::2]:
        if (value := _parsed(fenced.partition("\n")[2])) is not _NOTHING:  # without the language's name
            yield value
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    at = text.find("{")
    for _ in range(_MAX_STARTS):
        if at < 0:
            return
        end = at + 1
        try:
            value, end = decoder.raw_decode(text, at)
            yield value
        except (ValueError, RecursionError):
            pass
        at = text.find("{", end)


_NOTHING = object()


def _parsed(text: str) -> Value:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _NOTHING


def _refuse_constant(name: str) -> Value:
    raise ValueError(f"{name} is no JSON")


def _no_json(text: str) -> str:
    """Why there is no JSON in a text, with the place where it breaks off."""
    if not text.strip():
        return "it is empty"
    begin = text.find("{")
    if begin < 0:
        return "it has no JSON object"
    try:
        json.JSONDecoder(parse_constant=_refuse_constant).raw_decode(text, begin)
    except json.JSONDecodeError as problem:
        return f"it is not JSON: {problem.msg.lower()} at line {problem.lineno}, column {problem.colno}"
    except (ValueError, RecursionError) as problem:
        return f"it is not JSON: {str(problem).lower()}"
    return "it has no JSON object"
