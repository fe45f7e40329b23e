"""A recording as the lines of a tape; see `tape_file`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from llmspell.journal.entries import Entry, Usage, Value
from llmspell.replay.natural import is_detached, told, usual_order
from llmspell.replay.recording import Recording
from llmspell.replay.tape_text import one_line, write_value
from llmspell.replay.tape_values import packed_plain, spelled
from llmspell.security.profiles import BUILTIN

VERSION = 1
TITLE = f"llmspell tape {VERSION}"


def tape_lines(recording: Recording, folder: str) -> Iterator[str]:
    """The lines of a tape that is to lie in `folder`."""
    yield TITLE
    yield ""
    for name, value in _about(recording, folder):
        yield from write_value(name, value, "")
    entries = told(recording.entries)
    by_order = set(recording.order)
    for it in entries:
        yield ""
        yield from _block(it, recording.entries, is_answered=it.kind != "call" or it.key in by_order)


def _about(recording: Recording, folder: str) -> Iterator[tuple[str, Value]]:
    about, printed = recording.about, recording.printed
    start = dict(recording.start)
    path = start.pop("path", about.script)
    start.pop("cwd", None)  # where a tape is played is where its user is
    if _is_built_in(about.profile, start.get("profile")):
        del start["profile"]
    yield "script", os.path.relpath(path, folder) if os.path.isabs(path) else path
    yield "language", about.language
    yield "engine", about.engine
    yield "profile", about.profile
    yield "sha256", about.content_hash
    yield "seed", about.seed
    if about.args:
        yield "args", list(about.args)
    yield "start", _spelled_json(start)
    if recording.outcome is not None:
        yield "outcome", recording.outcome.outcome
        yield "exit", recording.outcome.exit_code
    if recording.stdin is None:
        yield "stdin_crc", recording.stdin_crc
    elif recording.stdin:
        yield "stdin", _text_or_bytes(recording.stdin)
    if recording.turns:
        yield "turns", recording.turns
    if recording.clock:
        yield "clock", recording.clock
    if recording.is_cut:
        yield "cut", True
    order = list(recording.order)
    if order != _default_order(recording):
        yield "order", order
    if recording.checkpoints:
        yield "checkpoints", [list(it) for it in recording.checkpoints]
    if printed is not None and printed.text is not None:
        yield "printed", _text_or_bytes(printed.text)
    elif printed is not None:
        yield "printed_sha256", printed.sha256
        yield "printed_bytes", printed.size


def block_lines(entry: Entry, recording: Recording) -> list[str]:
    """One entry as a tape has it."""
    return list(_block(entry, recording.entries, is_answered=entry.kind != "call" or entry.key in set(recording.order)))


def _is_built_in(name: str, fields: Value) -> bool:
    """Whether a profile is the built-in one of its name, which need not be described."""
    usual = BUILTIN.get(name)
    if usual is None or not isinstance(fields, dict):
        return False
    return all(_listed(usual[it]) == _listed(fields.get(it)) for it in usual if it in fields or it == "lua")


def _listed(value: Value) -> Value:
    return list(value) if isinstance(value, tuple) else value


def _block(entry: Entry, entries: Mapping[str, Entry], *, is_answered: bool) -> Iterator[str]:
    is_plain = entry.target.isidentifier() and entry.method.isidentifier()
    words = [entry.kind, entry.key if _is_word(entry.key) else one_line(entry.key)]
    words += [f"{entry.target}.{entry.method}"] if is_plain else []
    words += ["local"] if entry.local else []
    words += ["idempotent"] if entry.idempotent and entry.kind != "invocation" else []
    words += [] if is_answered else ["unanswered"]
    words += ["detached"] if is_detached(entry, entries) else []
    yield " ".join(words)
    if not is_plain and entry.kind != "invocation":
        yield from write_value("target", entry.target, "  ")
        yield from write_value("method", entry.method, "  ")
    if entry.parent:
        yield from write_value("in", entry.parent, "  ")
    if entry.handle:
        yield from write_value("on", entry.handle, "  ")
    args = spelled(entry.args_packed)
    if entry.kind == "call":
        args, named = args
        yield from write_value("args", args, "  ")
        if named:
            yield from write_value("named", named, "  ")
    else:
        yield from write_value("args", args, "  ")
    usage = entry.usage
    if usage != Usage():
        yield from write_value("usage", [usage.input_tokens, usage.output_tokens, usage.cached_tokens], "  ")
    if entry.cost_usd:
        yield from write_value("cost", entry.cost_usd, "  ")
    if entry.error is not None:
        yield from write_value("error", _spelled_json(dict(entry.error)), "  ")
    elif entry.result_packed is not None:
        yield from write_value("result", spelled(entry.result_packed), "  ")


def _is_word(text: str) -> bool:
    return bool(text) and text.isprintable() and " " not in text and not text.startswith('"')


def _spelled_json(value: Value) -> Value:
    return spelled(packed_plain(value))


def _text_or_bytes(data: bytes) -> Value:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return spelled(_bin(data))


def _bin(data: bytes) -> bytes:
    from msgpack import packb

    return bytes(packb(data))


def _default_order(recording: Recording) -> list[str]:
    order = set(recording.order)
    return [it for it in usual_order(told(recording.entries)) if it in order]
