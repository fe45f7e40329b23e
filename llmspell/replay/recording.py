"""A run as it was: what a replay, a resumed or forked run, a test and the commands for tapes are made from.

Read from a journal (`recording_of`) or from a tape (`tape_file.read_tape`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from llmspell.journal.entries import Entry, Note, RunOutcome, RunRecord, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.journal.protocol import JournalReader

# What the host tells the worker besides answers and invocations, as steps of `Recording.order`.
CANCEL, CANCEL_ALL, ENDING = "cancel ", "cancel", "ending"
WORKER, ORDER, TAKEN_BACK = "worker", "order", "taken_back"  # the kinds of notes that are read here


@dataclass(frozen=True, slots=True)
class Printed:
    """What the script wrote to its stdout: all of it (`text`), or where that was too much its hash and size."""

    text: bytes | None = None
    sha256: str = ""
    size: int = 0

    @classmethod
    def of(cls, text: bytes, *, keep: int) -> Printed:
        return cls(text if len(text) <= keep else None, sha256(text).hexdigest(), len(text))

    def is_as(self, text: bytes) -> bool:
        """Whether this is what was written."""
        return text == self.text if self.text is not None else sha256(text).hexdigest() == self.sha256


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded run.

    Attributes:
        source: The script's text, redacted; None where it was not kept.
        outcome: How it ended; None for a run that was killed, or is still going on.
        entries: By key: calls, effects inside them, invocations of the script's functions. In the order in which
            they began.
        order: What the worker was told, in this order: a call's key when it was answered, an invocation's when it was
            begun, `CANCEL` and an invocation's key, `CANCEL_ALL`, `ENDING`.
        turns: The worker's notes on when it took a message or a timer out of turn.
        clock: What its clock said, reading by reading.
        is_cut: It noted more of both than is kept.
        stdin: What it read there; None where that was more than is kept, of which there is `stdin_crc`, the CRC-32.
        unknown: Keys of effects that were begun, did not end as far as anybody knows, and may not be repeated.
        checkpoints: Label and key.
        printed: What it wrote to stdout, where that was kept.
        labels: Notes of where what it had read came from (`effects.flows`).
    """

    about: RunRecord
    source: str | None = None
    outcome: RunOutcome | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    turns: list[Value] = field(default_factory=list)
    clock: list[Value] = field(default_factory=list)
    is_cut: bool = False
    stdin: bytes | None = None
    stdin_crc: int = 0
    unknown: tuple[str, ...] = ()
    checkpoints: tuple[tuple[str, str], ...] = ()
    printed: Printed | None = None
    labels: tuple[Note, ...] = ()

    def calls(self) -> list[Entry]:
        """The script's own calls, in the order in which they were made."""
        return [it for it in self.entries.values() if it.kind == "call"]

    def children(self, key: str) -> list[Entry]:
        """What happened directly inside an entry, in that order."""
        return [it for it in self.entries.values() if it.parent == key]

    @property
    def start(self) -> Mapping[str, Value]:
        """What the worker was started with: `mode`, `path` (the script's), `profile` (its fields), `tty`, `tz`."""
        return self.about.options

    @property
    def missing(self) -> list[str]:
        """What a strict replay would need and is not here, for people; empty where all of it is."""
        found = []
        keys = [it.key for it in self.entries.values() if it.kind != "effect" and not it.is_whole]
        if keys:
            found.append(f"the whole values of {_some(keys)}, which were too large to keep")
        if any(_is_private(it) for it in self.entries.values() if it.kind != "effect"):
            found.append("what was said to and read from encrypted state, which no record may have")
        if self.stdin is None:
            found.append("what the script read on stdin, which was too much to keep")
        if self.is_cut:
            found.append("all that the script read from clocks, which was too often to keep")
        if not self.start:
            found.append("what the script's process was started with")
        return found


def recording_of(reader: JournalReader, run_id: str) -> Recording | None:
    """What a journal has of a run; None where it does not know it."""
    row = reader.find_run(run_id)
    if row is None:
        return None
    run_id = row.run.run_id
    entries = sorted(reader.entries(run_id), key=lambda it: it.opened)
    order = [(it.closed, it.key) for it in entries if it.kind == "call" and it.closed]
    order += [(it.opened, it.key) for it in entries if it.kind == "invocation"]
    notes = list(reader.notes(run_id))
    order += [(int(it.value["tick"]), str(it.value["step"])) for it in notes if it.kind == ORDER]
    entries += [_taken_back(run_id, it) for it in notes if it.kind == TAKEN_BACK]
    entries.sort(key=lambda it: it.opened)
    worker = merged(it.value for it in notes if it.kind == WORKER)
    return Recording(
        about=row.run,
        source=reader.source(run_id),
        outcome=row.ending,
        entries={it.key: it for it in entries},
        order=tuple(key for _, key in sorted(order)),
        turns=worker["turns"],
        clock=worker["clock"],
        is_cut=worker["is_cut"],
        stdin=worker["stdin"],
        stdin_crc=worker["stdin_crc"],
        unknown=tuple(reader.unknown(run_id)),
        checkpoints=tuple((str(it.value), it.key) for it in notes if it.kind == "checkpoint"),
        labels=tuple(it for it in notes if it.kind == "label"),
    )


def merged(bodies: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    """A worker's notes as one, by the names that `Recording` has for them."""
    turns: list[Value] = []
    clock: list[Value] = []
    stdin: list[bytes] = []
    more, crc, is_cut = 0, 0, False
    for body in bodies:
        turns += body.get("turns", ())
        clock += body.get("clock", ())
        stdin.append(body.get("stdin", b""))
        more += body.get("stdin_more", 0)
        crc = body.get("stdin_crc", 0) or crc
        is_cut = is_cut or bool(body.get("clock_more") or body.get("turns_more"))
    read = None if more else b"".join(stdin)
    return {"turns": turns, "clock": clock, "is_cut": is_cut, "stdin": read, "stdin_crc": crc}


def _taken_back(run_id: str, note: Note) -> Entry:
    """The entry of a call that was taken back before it was begun."""
    return Entry(
        run_id,
        note.key,
        "",
        str(note.value["target"]),
        str(note.value["method"]),
        b"\x92\x90\x80",
        None,
        {"code": "cancelled", "message": "taken back before it was begun"},
        note.at,
        note.at,
        True,
        opened=int(note.value["tick"]),
        kind="call",
        local=True,
        handle=int(note.value["handle"]),
    )


def _is_private(entry: Entry) -> bool:
    return bool(entry.args == ["[private]"])


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
