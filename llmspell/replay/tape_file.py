"""Tapes: one recorded run in one text file that people can read, compare and change.

A tape begins with `llmspell tape 1`, goes on with what holds for the whole run, a `name: value` each, and then has a
block for each call, invocation and effect, in natural order. Values are as `tape_text` says. Nothing is in it that
differs between two runs that did the same: no times, no durations, no run ids. docs/guide/tapes.md describes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from json import JSONDecoder

from llmspell.errors import TapeError
from llmspell.journal.entries import Entry, RunOutcome, RunRecord, Usage, Value
from llmspell.replay.natural import told, usual_order
from llmspell.replay.recording import Printed, Recording
from llmspell.replay.tape_text import BadText, Lines, one_line, read_value, write_value
from llmspell.replay.tape_values import packed, packed_plain, spelled

VERSION = 1
TITLE = f"llmspell tape {VERSION}"
MAX_TAPE_BYTES = 512 * 1024 * 1024
PRINTED_KEPT = 256 * 1024  # bytes of what a script printed; of more, a tape has the hash
HEADS = ("call", "invocation", "effect")
_CALL_FIELDS = ("target", "method", "in", "on", "args", "named", "usage", "cost", "result", "error")
_RUN_FIELDS = (
    *("script", "language", "engine", "profile", "sha256", "seed", "args", "start", "outcome", "exit"),
    *("stdin", "stdin_crc", "turns", "clock", "cut", "order", "checkpoints", "printed", "printed_sha256", "printed_bytes"),
)


def write_tape(recording: Recording, path: str) -> None:
    """Write a tape, readable by its owner only. What was there before is replaced at once or not at all.

    Raises:
        TapeError: It cannot be written.
    """
    data = "\n".join(tape_lines(recording, os.path.dirname(os.path.abspath(path)))) + "\n"
    save(data.encode("utf-8"), path)


def save(data: bytes, path: str) -> None:
    """Put a tape's text where it belongs.

    Raises:
        TapeError: It cannot be written.
    """
    fresh = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
            os.replace(fresh, path)
        except BaseException:
            os.unlink(fresh)
            raise
    except OSError as error:
        raise TapeError(f"the tape {path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def read_tape(path: str) -> Recording:
    """Read a tape.

    Raises:
        TapeError: There is none, it is of a version that this llmspell does not know, or a line is not as it should be.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_TAPE_BYTES + 1)
    except OSError as error:
        hint = "llmspell run --record TAPE FILE makes one" if isinstance(error, FileNotFoundError) else ""
        raise TapeError(f"the tape {path} cannot be read: {(error.strerror or str(error)).lower()}", hint=hint) from error
    if len(data) > MAX_TAPE_BYTES:
        raise TapeError(f"the tape {path} is larger than {MAX_TAPE_BYTES >> 20} MiB")
    return parse_tape(data, path)


def parse_tape(data: bytes, path: str) -> Recording:
    """The recording that a tape's text stands for; `path` says where, and what the script's path is relative to."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TapeError(f"{path}:{line}: this is not text in UTF-8", hint="a tape is a text file") from error
    lines = Lines([it.removesuffix("\r") for it in text.split("\n")])
    title = lines.take().strip() if not lines.is_empty else ""
    if title != TITLE:
        if title.startswith("llmspell tape "):
            raise TapeError(
                f"{path}:1: a tape of version {title[14:40]}, this llmspell reads version {VERSION}",
                hint="record it again, or use the llmspell that made it",
            )
        raise TapeError(f"{path}:1: this is no tape", hint=f"the first line of a tape is {TITLE}")
    try:
        return _read(lines, os.path.dirname(os.path.abspath(path)))
    except BadText as bad:
        raise TapeError(
            f"{path}:{bad.line}: {bad.message}", hint="mend that line, or record the tape again", details={"line": bad.line}
        ) from bad


# Writing --------------------------------------------------------------------------------------------------------------


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
        yield from _block(it, is_answered=it.kind != "call" or it.key in by_order)


def _about(recording: Recording, folder: str) -> Iterator[tuple[str, Value]]:
    about, printed = recording.about, recording.printed
    start = dict(recording.start)
    path = start.pop("path", about.script)
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
    return list(_block(entry, is_answered=entry.kind != "call" or entry.key in set(recording.order)))


def _block(entry: Entry, *, is_answered: bool) -> Iterator[str]:
    is_plain = entry.target.isidentifier() and entry.method.isidentifier()
    words = [entry.kind, entry.key if _is_word(entry.key) else one_line(entry.key)]
    words += [f"{entry.target}.{entry.method}"] if is_plain else []
    words += ["local"] if entry.local else []
    words += ["idempotent"] if entry.idempotent and entry.kind != "invocation" else []
    words += [] if is_answered else ["unanswered"]
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


# Reading --------------------------------------------------------------------------------------------------------------


def _read(lines: Lines, folder: str) -> Recording:
    run = _read_fields(lines, _RUN_FIELDS, "the run")
    entries: dict[str, Entry] = {}
    unanswered: set[str] = set()
    while not lines.is_empty:
        head = lines.take()
        if not head.strip():
            continue
        at = lines.at
        entry, is_answered = _read_block(head, lines, len(entries) + 1)
        if entry.key in entries:
            raise BadText(at, f"a second entry with the key {entry.key}")
        entries[entry.key] = entry
        if not is_answered:
            unanswered.add(entry.key)
    try:
        return _recording(run, entries, unanswered, folder)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise BadText(1, f"what is said of the run is not as it should be ({error})") from error


def _recording(run: dict[str, Value], entries: dict[str, Entry], unanswered: set[str], folder: str) -> Recording:
    script = str(run.get("script", ""))
    start = _plain(run.get("start", {}))
    start["path"] = os.path.normpath(os.path.join(folder, script)) if script else ""
    about = RunRecord(
        run_id="",
        script=os.path.basename(script),
        language=str(run.get("language", "")),
        content_hash=str(run.get("sha256", "")),
        profile=str(run.get("profile", "")),
        args=tuple(str(it) for it in run.get("args", ())),
        started_at=0.0,
        seed=int(run.get("seed", 0)),
        engine=str(run.get("engine", "")),
        options=start,
    )
    outcome = RunOutcome(str(run["outcome"]), int(run.get("exit", 0)), 0.0) if "outcome" in run else None
    recording = Recording(
        about=about,
        outcome=outcome,
        entries=entries,
        turns=list(run.get("turns", ())),
        clock=list(run.get("clock", ())),
        is_cut=bool(run.get("cut", False)),
        stdin=None if "stdin_crc" in run else _bytes_of(run.get("stdin", "")),
        stdin_crc=int(run.get("stdin_crc", 0)),
        checkpoints=tuple((str(label), str(key)) for label, key in run.get("checkpoints", ())),
        printed=_printed(run),
    )
    if "order" in run:
        order = [str(it) for it in run["order"]]
    else:
        order = [it for it in usual_order(told(entries)) if it not in unanswered]
    places = {key: place for place, key in enumerate(order, 1)}
    for it in list(entries.values()):
        if it.kind == "call" and it.key in places:
            entries[it.key] = replace(it, closed=2 * places[it.key])
        elif it.kind == "invocation" and it.key in places:
            entries[it.key] = replace(it, opened=2 * places[it.key])
    return replace(recording, order=tuple(order))


def _printed(run: dict[str, Value]) -> Printed | None:
    if "printed" in run:
        return Printed.of(_bytes_of(run["printed"]), keep=MAX_TAPE_BYTES)
    if "printed_sha256" in run:
        return Printed(None, str(run["printed_sha256"]), int(run.get("printed_bytes", 0)))
    return None


def _read_fields(lines: Lines, known: tuple[str, ...], what: str) -> dict[str, Value]:
    """The `name: value` lines up to the next block."""
    found: dict[str, Value] = {}
    while not lines.is_empty:
        line = lines.peek()
        name, colon, rest = line.strip().partition(":")
        if not name:
            lines.take()
            continue
        if line.split(" ", 1)[0] in HEADS:
            break
        lines.take()
        if not colon or name not in known:
            from llmspell.suggestions import nearest

            near = nearest(name, known, limit=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise BadText(lines.at, f"{line.strip()[:60]!r} says nothing of {what} that there is{meant}")
        if name in found:
            raise BadText(lines.at, f"a second {name} of {what}")
        found[name] = read_value(rest, lines)
    return found


def _read_block(head: str, lines: Lines, place: int) -> tuple[Entry, bool]:
    at = lines.at
    kind, key, words = _read_head(head, at)
    flags = [it for it in words if it in ("local", "idempotent", "unanswered")]
    names = [it for it in words if it not in flags]
    if len(names) > 1 or (names and "." not in names[0]):
        raise BadText(at, f"a block begins as `call KEY TARGET.METHOD`, not as {head.strip()[:60]!r}")
    fields = _read_fields(lines, _CALL_FIELDS, f"a {kind}")
    target, _, method = names[0].rpartition(".") if names else ("", "", "")
    if kind == "invocation" and not names:
        target, method = "script", f"function {key.removeprefix('cb').partition('.')[0]}"
    try:
        args: Value = fields.get("args", [])
        if kind == "call":
            args = [args, fields.get("named", {})]
        usage = fields.get("usage")
        error = fields.get("error")
        entry = Entry(
            run_id="",
            key=key,
            parent=str(fields.get("in", "")),
            target=str(fields.get("target", target)),
            method=str(fields.get("method", method)),
            args_packed=packed(args),
            result_packed=packed(fields["result"]) if "result" in fields else None,
            error=None if error is None else _plain(error),
            started_at=0.0,
            ended_at=0.0 if "result" in fields or error is not None else None,
            idempotent="idempotent" in flags,
            usage=Usage(*usage) if usage is not None else Usage(),
            cost_usd=float(fields.get("cost", 0.0)),
            opened=2 * place - 1,
            kind=kind,  # type: ignore[arg-type]  # one of HEADS, as was asked above
            local="local" in flags,
            handle=int(fields.get("on", 0)),
        )
    except (TypeError, ValueError) as error:
        raise BadText(at, f"the {kind} that begins here: {error}") from error
    return entry, "unanswered" not in flags


def _read_head(head: str, at: int) -> tuple[str, str, list[str]]:
    """The kind, the key, and the other words of a block's first line."""
    kind, _, rest = head.strip().partition(" ")
    try:
        if rest.startswith('"'):
            key, end = JSONDecoder().raw_decode(rest)
            rest = rest[end:]
        else:
            key, _, rest = rest.partition(" ")
    except ValueError:
        key = ""
    if kind not in HEADS or not key:
        raise BadText(at, f"a block begins as `call KEY TARGET.METHOD`, not as {head.strip()[:60]!r}")
    return kind, key, rest.split()


def _plain(value: Value) -> dict[str, Value]:
    """A map of the tape as the value that it stands for."""
    from llmspell.journal.packed import shown_value

    found = shown_value(packed(value))
    if not isinstance(found, dict):
        raise ValueError("a map was expected")
    return found


def _bytes_of(value: Value) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8")
    from msgpack import unpackb

    found = unpackb(packed(value))
    if not isinstance(found, bytes):
        raise ValueError("a text was expected")
    return found
