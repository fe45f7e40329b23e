"""Read a script for the scripted model: a TOML file, or the same as plain data.

Where files are searched is not known here. docs/guide/scripted-models.md describes the format for its users."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from llmspell.config.read import NotTOML, read_text, read_toml
from llmspell.errors import ConfigError
from llmspell.journal.entries import Usage
from llmspell.models.messages import MediaKind, Value
from llmspell.models.protocol import Capabilities, FinishReason
from llmspell.models.scripted_errors import read_failure
from llmspell.models.scripted_table import Place, Table, check_names, shown
from llmspell.models.scripted_turns import Call, Repeat, Script, Turn, When

MAX_BYTES = 4 * 1024 * 1024


def load_scripted(path: str | os.PathLike[str]) -> Script:
    """The script in a TOML file.

    Raises:
        ConfigError: It cannot be read, is no TOML, or is no script; names the file, the line and the nearest key.
    """
    source = os.fspath(path)
    text = read_text(source, "the scripted model", "a scripted model is UTF-8 text", MAX_BYTES)
    return parse_scripted(text, source)


def parse_scripted(text: str, source: str) -> Script:
    """The script in a text in TOML, which `source` names. Raises as `load_scripted` does."""
    try:
        value = read_toml(text)
    except NotTOML as problem:
        raise ConfigError(
            f"{source}:{problem.line}: not TOML: {problem.reason}", details={"path": source, "line": problem.line}
        ) from None
    except RecursionError:
        raise ConfigError(f"{source} is nested too deep for a scripted model") from None
    return read_script(value, source, text)


def read_script(value: Sequence[Value] | Mapping[str, Value], source: str, text: str = "") -> Script:
    """The script in plain data: a list of turns, or a table with `turns`.

    Args:
        source: What errors call it.
        text: The file it was read from, for the lines of mistakes.
    """
    place = Place(source, text)
    table = Table(value if isinstance(value, Mapping) and value else {"turns": value}, place)
    media = table.take("media")
    for kind in (kinds := media if isinstance(media, list | tuple) else []):
        if kind not in get_args(MediaKind):
            place.fail(
                f"has a kind of media that there is not: {shown(kind)}", key="media", hint="image audio document"
            )
    if media is not None and not isinstance(media, list | tuple) and media != {}:
        place.fail(f"has media = {shown(media)}, which is not a list", key="media")
    tools, schema = table.flag("tools"), table.flag("schema")
    defaults = _Defaults(table)
    repeat = table.choice("repeat", get_args(Repeat))
    description = table.text("description")
    turns = table.items("turns")
    default = table.take("default")
    table.done()
    read = tuple(_turn(it, Place(source, text, ("turns", i), f"turn {i}"), defaults) for i, it in enumerate(turns, 1))
    fallback = (
        None
        if default is None
        else _turn(default, Place(source, text, ("default", 1), "default"), defaults, is_default=True)
    )
    if not read and fallback is None:
        place.fail("has no turns", hint='a [[turns]] table with text = "…" is one')
    if repeat in ("last", "all") and read and all(it.times is None for it in read):
        place.fail(f"has repeat = {shown(repeat)}, and no turn is ever used up", key="repeat")
    return Script(
        read,
        fallback,
        repeat or "none",  # type: ignore[arg-type]  # one of its choices
        Capabilities(tools is not False, schema is not False, Capabilities().media if media is None else tuple(kinds)),
        description,
        source if text else "",
    )


class _Defaults:
    """What a script says once for all of its turns."""

    def __init__(self, table: Table) -> None:
        self.delay_ms = table.number("delay_ms") or 0.0
        self.chunk_delay_ms = table.number("chunk_delay_ms") or 0.0
        self.chunk_size = table.count("chunk_size", 1)
        self.model = table.text("model")


def _turn(value: Value, place: Place, defaults: _Defaults, *, is_default: bool = False) -> Turn:
    table = Table({"text": value} if isinstance(value, str) else value, place)
    given = {it for it in ("text", "data", "chunks", "tool", "calls", "error", "reasoning") if table.has(it)}
    when = None if is_default else _when(table.take("when"), place)
    times = None if is_default else table.count("times", 1)
    text, data, chunks = table.text("text"), table.take("data"), table.texts("chunks")
    called = (*_own_call(table), *_calls(table))
    failure = read_failure(
        table.take("error"), place.inner("error"), breaks_off=bool(text or chunks or data is not None)
    )
    delay_ms, chunk_delay_ms = table.number("delay_ms"), table.number("chunk_delay_ms")
    turn = Turn(
        when=when,
        times=times if times is not None else (None if when is not None or is_default else 1),
        text=text,
        data=data,
        chunks=chunks,
        reasoning=table.text("reasoning"),
        calls=called,
        failure=failure,
        delay_ms=defaults.delay_ms if delay_ms is None else delay_ms,
        chunk_size=table.count("chunk_size", 1) or defaults.chunk_size,
        chunk_delay_ms=defaults.chunk_delay_ms if chunk_delay_ms is None else chunk_delay_ms,
        usage=_usage(table.take("usage"), place.inner("usage")),
        cost_usd=table.number("cost_usd"),
        finish_reason=table.choice("finish_reason", get_args(FinishReason)),  # type: ignore[arg-type]  # one of them
        citations=tuple(_citation(it, place) for it in table.items("citations")),
        opaque=table.table("opaque"),
        model=table.text("model") or defaults.model,
        request_id=table.text("request_id"),
    )
    table.done()
    if not given:
        place.fail("answers nothing", hint='it needs text, data, chunks, tool, calls or error; text = "" is an answer')
    for one, other in (("text", "data"), ("text", "chunks"), ("data", "chunks"), ("tool", "calls")):
        if one in given and other in given:
            place.fail(f"has both {one} and {other}", key=other)
    check_names((text, data, chunks, turn.reasoning, [(it.arguments, it.raw) for it in turn.calls]), place)
    return turn


def _when(value: Value, place: Place) -> When | None:
    if value is None:
        return None
    inner = place.inner("when")
    if isinstance(value, list | tuple) and value:
        value = {"input": value}
    table = Table({"input": value} if isinstance(value, str) else value, inner)
    after_tool = table.take("after_tool")
    if after_tool is not None and (not isinstance(after_tool, bool | str) or after_tool == ""):
        inner.fail(
            f"has after_tool = {shown(after_tool)}, which is neither true nor false nor a tool's name", key="after_tool"
        )
    when = When(
        input=table.text_or_texts("input"),
        said=table.text_or_texts("said"),
        system=table.text_or_texts("system"),
        tool_result=table.text_or_texts("tool_result"),
        after_tool=after_tool,
        offers=table.text("offers"),
        schema=table.flag("schema"),
        turn=table.count("turn", 1),
        variant=table.text("variant"),
    )
    table.done()
    return when


def _own_call(table: Table) -> tuple[Call, ...]:
    """The call that stands in the turn itself, its only one."""
    call = _call(table)
    if not call.name and (call.arguments or call.raw):
        table.place.fail("has arguments, and names no tool", hint='tool = "…"')
    return (call,) if call.name else ()


def _calls(table: Table) -> Iterator[Call]:
    for i, it in enumerate(table.items("calls"), 1):
        inner = Table({"tool": it} if isinstance(it, str) else it, table.place.inner(f"call {i}"))
        call = _call(inner, inner.text("id"))
        inner.done()
        if not call.name:
            inner.place.fail("names no tool", hint='tool = "…"')
        yield call


def _call(table: Table, call_id: str = "") -> Call:
    name, arguments, raw = table.text("tool"), table.table("arguments"), table.text("raw")
    if raw and arguments is not None:
        table.place.fail("has both arguments and raw", key="raw")
    if raw:
        try:
            written = json.loads(raw)
        except (ValueError, RecursionError):
            written = None
        arguments = written if isinstance(written, dict) else None
    return Call(name, arguments or {}, call_id, raw)


def _usage(value: Value, place: Place) -> Usage | None:
    if value is None:
        return None
    table = Table(value, place)
    names = ("input_tokens", "output_tokens", "cached_tokens")
    usage = Usage(*(table.count(it) or 0 for it in names))
    table.done()
    return usage


def _citation(value: Value, place: Place) -> Mapping[str, Value]:
    if isinstance(value, str):
        return {"url": value}
    if not isinstance(value, Mapping) or not (value.get("url") or value.get("title")):
        place.fail(f"cites {shown(value)}, which has neither url nor title", key="citations")
    return dict(value)
