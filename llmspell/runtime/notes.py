"""What a worker notes of its own sources of chance, as the host reads it: hostile input until it has passed here.

A note is the body of a NOTE message. A run's notes, in the order in which they came, with its seed and the messages
that the host sent, are all that a worker needs to do exactly the same again (docs/protocol.md)."""

from __future__ import annotations

from llmspell.wire.values import unpack

TYPE_CHECKING = False
if TYPE_CHECKING:  # on the quick path: no dataclasses, which load a dozen modules
    from collections.abc import Iterable
    from typing import Any

    Turn = list[
        Any
    ]  # [number of the turn, "frame"]: a message was taken; [number, "timer", path of the task]: its fired

# A worker keeps to less of its own accord (`worker.notes`); more than this is no worker of ours.
MAX_NOTE_BYTES = 4 << 20
MAX_PATH = 250  # of a task
MAX_COUNT = 1 << 62


_FIELDS = frozenset(
    {"turns", "clock", "stdin", "stdin_more", "stdin_crc", "clock_more", "turns_more", "lost", "waiting"}
)
_COUNTS = ("stdin_more", "stdin_crc", "clock_more", "turns_more", "lost", "waiting")


class WorkerNote:
    """What one NOTE holds, or several merged.

    Attributes:
        turns: Where a message was taken, or a timer fired, out of the usual order.
        clock: What the script read from clocks, in the order of reading.
        stdin: What was read from standard input.
        stdin_more: How many bytes were read beyond what is kept in `stdin`; the run can be replayed only with them.
        stdin_crc: CRC-32 of all that was read so far; 0 while `stdin` holds everything.
        clock_more: How many times a clock was read and not noted: from there on the run cannot be replayed.
        turns_more: The same of turns.
        waiting: Only of a replay: the worker waits for a message and has taken so many after START and EXECUTE. Where
            no more were sent, it waits for ever. -1 where nothing is said.
        lost: Only of a replay: the turn at which the script no longer did what the notes say; 0 where it always did.
    """

    __slots__ = ("clock", "clock_more", "lost", "stdin", "stdin_crc", "stdin_more", "turns", "turns_more", "waiting")

    def __init__(
        self,
        turns: list[Turn] | None = None,
        clock: list[int | float] | None = None,
        stdin: bytes = b"",
        *,
        stdin_more: int = 0,
        stdin_crc: int = 0,
        clock_more: int = 0,
        turns_more: int = 0,
        lost: int = 0,
        waiting: int = -1,
    ) -> None:
        self.turns: list[Turn] = [] if turns is None else turns
        self.clock: list[int | float] = [] if clock is None else clock
        self.stdin = stdin
        self.stdin_more = stdin_more
        self.stdin_crc = stdin_crc
        self.clock_more = clock_more
        self.turns_more = turns_more
        self.lost = lost
        self.waiting = waiting

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WorkerNote):
            return NotImplemented
        return all(getattr(self, it) == getattr(other, it) for it in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"WorkerNote({', '.join(f'{it}={getattr(self, it)!r}' for it in self.__slots__)})"

    @property
    def is_whole(self) -> bool:
        """Whether everything is noted that a replay needs, but for standard input."""
        return not (self.clock_more or self.turns_more)

    def for_replay(self, *, hold: bool = False) -> dict[str, Any]:
        """What `launch(replay=…)` takes.

        Args:
            hold: Timers fire only where the notes say until the host sends LIVE; otherwise until the notes are used up.
        """
        return {"turns": self.turns, "clock": self.clock, "hold": hold}


def read_note(body: bytes) -> WorkerNote:
    """Read the body of a NOTE.

    Raises:
        ValueError: No worker of ours sends this.
    """
    if len(body) > MAX_NOTE_BYTES:
        raise ValueError(f"a note of {len(body)} bytes")
    value = unpack(body)
    if type(value) is not dict or not value or not value.keys() <= _FIELDS:
        raise ValueError("a note that is no map of notes")
    clock = value.get("clock", [])
    if type(clock) is not list or not all(type(it) is float or type(it) is int for it in clock):
        raise ValueError("a note whose clock holds what is no number")
    stdin = value.get("stdin", b"")
    if type(stdin) is not bytes:
        raise ValueError("a note whose stdin is no bytes")
    for name in _COUNTS:
        if name in value:
            _require_count(value[name], name)
    counts = {name: value[name] for name in _COUNTS if name in value}
    return WorkerNote(_read_turns(value.get("turns", [])), clock, stdin, **counts)


def merge_notes(notes: Iterable[WorkerNote]) -> WorkerNote:
    """One run's notes, in their order, as one."""
    turns: list[Turn] = []
    clock: list[int | float] = []
    stdin: list[bytes] = []
    counts = dict.fromkeys(_COUNTS[:-1], 0)
    for note in notes:
        turns += note.turns
        clock += note.clock
        stdin.append(note.stdin)
        for name in ("stdin_more", "clock_more", "turns_more"):
            counts[name] += getattr(note, name)
        counts["stdin_crc"] = note.stdin_crc or counts["stdin_crc"]
        counts["lost"] = counts["lost"] or note.lost
    return WorkerNote(turns, clock, b"".join(stdin), **counts)


def _read_turns(value: Any) -> list[Turn]:
    if type(value) is not list:
        raise ValueError("a note whose turns are no list")
    for it in value:
        if type(it) is not list or len(it) not in (2, 3):
            raise ValueError("a note of a turn that is no list of two or three")
        _require_count(it[0], "turn")
        if it[1:] != ["frame"] and (it[1] != "timer" or len(it) != 3 or not _is_path(it[2])):
            raise ValueError("a note of a turn that says neither frame nor timer")
    return value


def _is_path(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= MAX_PATH


def _require_count(value: Any, name: str) -> None:
    if type(value) is not int or not 0 <= value <= MAX_COUNT:
        raise ValueError(f"a note whose {name} is no count")
