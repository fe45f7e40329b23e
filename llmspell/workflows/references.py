"""Placeholders: `{{steps.fetch.result.total}}` in texts and tables, compiled once and filled in for each step.

    {{input}}  {{input.key}}                     what the workflow was given
    {{steps.NAME}}  {{steps.NAME.path}}          what a step has given; also step.NAME, step:NAME:path
    {{steps.NAME.output}}                        its essence: a tool's result, an agent's answer, a workflow's output
    {{loop.item}}  {{loop.index}}                also item, index, loop:current_item, loop_value, loop_index
    {{shared.key}}  {{previous}}                 shared data; what the step before has given
    {{NAME.path}}  $NAME.path                    a step of that name, else a key of the input, else of the shared data
    {{… | default("none")}}  {{… | json}}        another value where there is none; as JSON

A text that is one placeholder and nothing else becomes the value itself, whatever it is; in a longer text it becomes
text. Items of lists count from 0. `\\{{` is two braces, `$$` one dollar."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from llmspell.errors import BadArgument
from llmspell.workflows.lookup import look_up
from llmspell.workflows.outputs import is_larger, text_of
from llmspell.workflows.reference import Reference, parse_reference

if TYPE_CHECKING:
    from llmspell.workflows.scope import Scope

Value = Any
Fill: TypeAlias = Callable[["Scope"], Value]

MAX_TEXT = 16 * 1024 * 1024  # characters of one text that is filled in
MAX_TABLE_BYTES = 8 * 1024 * 1024  # of a table that is filled in, what it names several times counted as often
_MAX_LEVELS = 64  # of tables in tables in an input

_PLACEHOLDER = re.compile(r"\\?\{\{(.*?)\}\}", re.DOTALL)
_DOLLAR = re.compile(r"\$[A-Za-z_][\w-]*(?:\.[\w-]+|\[[^\]]+\])*")
_DEFAULT = re.compile(r"default\((.*)\)", re.DOTALL)
_ABSENT = object()


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A value that may have placeholders.

    Attributes:
        fill: Gives it with the placeholders filled in; None where there are none: then `value` is it.
    """

    value: Value
    fill: Fill | None = None
    references: tuple[Reference, ...] = field(default=())

    def get(self, scope: Scope) -> Value:
        """The value.

        Raises:
            BadArgument: A reference leads nowhere (`unknown_reference`).
        """
        return self.value if self.fill is None else self.fill(scope)


NOTHING = Compiled(None)


class _Found(list[Reference]):
    """The references of one value, and how much text it has come to while it is filled in, which is done in one go.

    Attributes:
        n_placeholders: Those with a default included, which are no references that have to lead somewhere.
        n_chars: Of the texts that were made so far; None where nobody counts them: a text alone has a limit of its own.
    """

    n_placeholders = 0
    n_chars: int | None = None

    def made(self, text: str, at: str) -> str:
        """Count a text.

        Raises:
            BadArgument: It is too much (`too_large`).
        """
        if self.n_chars is not None:
            self.n_chars += len(text)
            if self.n_chars > MAX_TABLE_BYTES:
                raise _too_large(at)
        return text


def compile_value(value: Value, at: str, *, is_text: bool = False, lenient: str = "") -> Compiled:
    """Compile a value, however deep its placeholders are.

    Args:
        at: Where it stands, for messages.
        is_text: A text stays one, also where it is a placeholder and nothing else.
        lenient: A key of the table whose text is itself a template for somebody else: of its placeholders only those
            are filled in that begin as references do (`input.`, `steps.`, `loop.`, `shared.`).

    Raises:
        BadArgument: A placeholder is no reference, or tables are nested too deep.
    """
    references = _Found()
    if lenient and isinstance(value, Mapping) and isinstance(value.get(lenient), str):
        fill = _compile_table(value, at, references, 0, lenient)
    else:
        fill = _compile(value, at, references, 0, is_text)
    if fill is not None and references.n_placeholders > 1 and not isinstance(value, str):
        fill = _bounded(fill, at, references)
    if fill is None and isinstance(value, str):
        value = _literal(value)
    return Compiled(value, fill, tuple(references))


def _compile(value: Value, at: str, found: _Found, level: int, is_text: bool = False) -> Fill | None:
    if isinstance(value, str):
        return _compile_text(value, at, found, is_text)
    if level > _MAX_LEVELS:
        raise BadArgument(f"the tables of {at[:200]} are nested more than {_MAX_LEVELS} deep", details={"path": at})
    if isinstance(value, Mapping):
        return _compile_table(value, at, found, level, "")
    if isinstance(value, list | tuple):
        of_items = [_compile(it, f"{at}[{i}]", found, level + 1) for i, it in enumerate(value)]
        if not any(of_items) and not any(isinstance(it, str) and _has_escape(it) for it in value):
            return None
        items = [_literal(it) if isinstance(it, str) else it for it in value]

        def fill_list(scope: Scope) -> Value:
            return [it if fill is None else fill(scope) for it, fill in zip(items, of_items, strict=True)]

        return fill_list
    return None


def _compile_table(value: Mapping[str, Value], at: str, found: _Found, level: int, lenient: str) -> Fill | None:
    fills: dict[str, Fill | None] = {}
    for key, it in value.items():
        if lenient and key == lenient:
            fills[key] = _compile_text(it, f"{at}.{key}", found, True, is_lenient=True)
        else:
            fills[key] = _compile(it, f"{at}.{key}", found, level + 1)
    if not any(fills.values()) and not any(isinstance(it, str) and _has_escape(it) for it in value.values()):
        return None
    plain = {key: _literal(it) if isinstance(it, str) else it for key, it in value.items() if fills[key] is None}
    filled = [(key, it) for key, it in fills.items() if it is not None]
    order = list(value)

    def fill_table(scope: Scope) -> Value:
        made = {key: fill(scope) for key, fill in filled}
        return {key: made[key] if key in made else plain[key] for key in order}

    return fill_table


def _bounded(fill: Fill, at: str, found: _Found) -> Fill:
    """A table may name one large output a thousand times, and whoever gets it copies it as often. Texts that are made
    of it are there a thousand times already."""

    def fill_bounded(scope: Scope) -> Value:
        found.n_chars = 0
        value = fill(scope)
        if is_larger(value, MAX_TABLE_BYTES):
            raise _too_large(at)
        return value

    return fill_bounded


def _too_large(at: str) -> BadArgument:
    return BadArgument(
        f"the table at {at} takes more than {MAX_TABLE_BYTES // (1024 * 1024)} MB when it is filled in",
        code="too_large",
        details={"path": at},
    )


def _compile_text(text: str, at: str, found: _Found, is_text: bool, *, is_lenient: bool = False) -> Fill | None:
    if "{{" not in text:
        if text.startswith("$") and not is_text and _DOLLAR.fullmatch(text):
            return _filler(text[1:], at, found)
        return None
    stripped = text.strip()
    whole = _PLACEHOLDER.fullmatch(stripped)
    if whole is not None and not is_text and not stripped.startswith("\\") and "{{" not in whole[1]:
        return _filler(whole[1], at, found)
    pieces: list[str | Fill] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        if match[0].startswith("\\"):
            pieces.append(match[0][1:])
        elif is_lenient and not _is_explicit(match[1], at):
            pieces.append(match[0])
        else:
            pieces.append(_filler(match[1], at, found))
    pieces.append(text[end:])
    if all(isinstance(it, str) for it in pieces):
        return None

    def fill_text(scope: Scope) -> str:
        n_chars = 0
        parts = []
        for piece in pieces:
            part = piece if isinstance(piece, str) else text_of(piece(scope))
            n_chars += len(part)
            if n_chars > MAX_TEXT:
                raise BadArgument(
                    f"the text at {at} has more than {MAX_TEXT} characters when it is filled in",
                    code="too_large",
                    details={"path": at},
                )
            parts.append(part)
        return found.made("".join(parts), at)

    return fill_text


def _filler(body: str, at: str, found: _Found) -> Fill:
    """What fills in one placeholder."""
    shown, *filters = _split_filters(body)
    reference = parse_reference(shown, at)
    default: Value = _ABSENT
    as_json = False
    for it in filters:
        if (given := _DEFAULT.fullmatch(it)) is not None:
            default = _json(given[1], body, at)
        elif it == "json":
            as_json = True
        elif it not in ("text", "string"):
            raise BadArgument(
                f"there is no filter {it[:60]!r} in {{{{{body[:100]}}}}}",
                hint="there are default(…), json and text",
                details={"path": at},
            )
        else:
            as_json = False
    found.n_placeholders += 1
    if default is _ABSENT:
        found.append(reference)

    def fill(scope: Scope) -> Value:
        try:
            value = look_up(reference, scope)
        except BadArgument:
            if default is _ABSENT:
                raise
            value = default
        if value is None and default is not _ABSENT:
            value = default
        if not as_json:
            return value
        return found.made(json.dumps(value, ensure_ascii=False, sort_keys=True, default=text_of), at)

    if "text" in filters or "string" in filters:
        return lambda scope: found.made(text_of(fill(scope)), at)
    if default is _ABSENT and not as_json:
        return lambda scope: look_up(reference, scope)
    return fill


def _is_explicit(body: str, at: str) -> bool:
    """Whether a placeholder begins as references do."""
    try:
        return parse_reference(next(_split_filters(body)), at).root != "name"
    except BadArgument:
        return False


def _split_filters(body: str) -> Iterator[str]:
    """The reference and its filters, without those bars that stand in quotes."""
    if "|" not in body:
        yield body
        return
    start, quote = 0, ""
    for i, char in enumerate(body):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "|":
            yield body[start:i].strip()
            start = i + 1
    yield body[start:].strip()


def _json(text: str, body: str, at: str) -> Value:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1]
    try:
        return json.loads(text)
    except ValueError:
        raise BadArgument(
            f"the default in {{{{{body[:100]}}}}} is no value", hint='such as default("none")', details={"path": at}
        ) from None


def _has_escape(text: str) -> bool:
    return "\\{{" in text or text.startswith("$$")


def _literal(text: str) -> str:
    """A text without placeholders, its escapes undone."""
    if text.startswith("$$"):
        text = text[1:]
    return text.replace("\\{{", "{{") if "\\{{" in text else text


def references_of(compiled: Sequence[Compiled]) -> list[Reference]:
    """All of several."""
    return [it for one in compiled for it in one.references]
