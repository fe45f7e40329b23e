"""The recording that the lines of a tape stand for; see `tape_file`."""

from __future__ import annotations

import os
from dataclasses import replace
from json import JSONDecoder

from llmspell.journal.entries import Entry, RunOutcome, RunRecord, Usage, Value
from llmspell.journal.packed import shown_value
from llmspell.replay.natural import root_of, told, usual_order
from llmspell.replay.recording import Printed, Recording
from llmspell.replay.tape_shape import Fields, check_block, check_run, check_start
from llmspell.replay.tape_text import BadText, Lines, read_value
from llmspell.replay.tape_values import packed
from llmspell.suggestions import nearest

MAX_TAPE_BYTES = 512 * 1024 * 1024
HEADS = ("call", "invocation", "effect")
_STARTS = tuple(f"{it} " for it in HEADS)
_CALL_FIELDS = ("target", "method", "in", "on", "args", "named", "usage", "cost", "result", "error")
_RUN_FIELDS = (
    *("script", "language", "engine", "profile", "sha256", "seed", "args", "start", "outcome", "exit"),
    *(
        "stdin",
        "stdin_crc",
        "turns",
        "clock",
        "cut",
        "order",
        "checkpoints",
        "printed",
        "printed_sha256",
        "printed_bytes",
    ),
)


def read_lines(lines: Lines, folder: str, *, calls_only: bool = False) -> Recording:
    """The recording; the tape is in `folder`."""
    run = _read_fields(lines, _RUN_FIELDS, "the run")
    entries: dict[str, Entry] = {}
    unanswered: set[str] = set()
    while not lines.is_empty:
        head = lines.take()
        if not head.strip():
            continue
        if calls_only and head.startswith("effect "):
            _skip_block(lines)
            continue
        at = lines.at
        entry, is_answered = _read_block(head, lines, len(entries) + 1)
        if entry.key in entries:
            raise BadText(at, f"a second entry with the key {entry.key}")
        entries[entry.key] = entry
        if not is_answered:
            unanswered.add(entry.key)
    check_run(run)
    try:
        return _recording(run, entries, unanswered, folder)
    except BadText:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise BadText(1, f"what is said of the run is not as it should be ({error})") from error


def _recording(run: Fields, entries: dict[str, Entry], unanswered: set[str], folder: str) -> Recording:
    script = str(run.get("script", ""))
    start = _plain(run.get("start", {}))
    check_start(start, run.at.get("start", 1))
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
        if it.key not in places:
            continue
        if it.kind == "call":
            entries[it.key] = replace(it, closed=2 * places[it.key])
        elif it.kind == "invocation":
            root = places.get(root_of(it.parent), len(order) + 1)
            closed = 2 * len(order) + 3 if it.closed else 2 * root - 1
            entries[it.key] = replace(it, opened=2 * places[it.key], closed=closed)
    return replace(recording, order=tuple(order))


def _printed(run: dict[str, Value]) -> Printed | None:
    if "printed" in run:
        return Printed.of(_bytes_of(run["printed"]), keep=MAX_TAPE_BYTES)
    if "printed_sha256" in run:
        return Printed(None, str(run["printed_sha256"]), int(run.get("printed_bytes", 0)))
    return None


def _read_fields(lines: Lines, known: tuple[str, ...], what: str) -> Fields:
    """The `name: value` lines up to the next block."""
    found = Fields()
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
            near = nearest(name, known, limit=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise BadText(lines.at, f"{line.strip()[:60]!r} says nothing of {what} that there is{meant}")
        if name in found:
            raise BadText(lines.at, f"a second {name} of {what}")
        found.at[name] = lines.at
        found[name] = read_value(rest, lines)
    return found


def _skip_block(lines: Lines) -> None:
    while not lines.is_empty and not lines.peek().startswith(_STARTS):
        lines.take()


def _read_block(head: str, lines: Lines, place: int) -> tuple[Entry, bool]:
    at = lines.at
    kind, key, words = _read_head(head, at)
    flags = [it for it in words if it in ("local", "idempotent", "unanswered", "detached")]
    names = [it for it in words if it not in flags]
    if len(names) > 1 or (names and "." not in names[0]):
        raise BadText(at, f"a block begins as `call KEY TARGET.METHOD`, not as {head.strip()[:60]!r}")
    fields = _read_fields(lines, _CALL_FIELDS, f"a {kind}")
    check_block(kind, key, at, fields)
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
            closed=int("detached" in flags),  # what it really is follows from the order
            local="local" in flags,
            handle=int(fields.get("on", 0)),
        )
    except RecursionError as error:
        raise BadText(at, f"the {kind} that begins here holds a value that is nested too deep") from error
    except (TypeError, ValueError, OverflowError) as error:
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
