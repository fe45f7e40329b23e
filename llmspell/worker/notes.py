"""What a worker reads by itself, beside the host's messages: noted for the host, and fed back where a run is replayed.

Clocks, standard input, and the turns at which the loop took a message or fired a timer out of its usual order. With
the seed and the host's messages these are all that a run depends on (docs/protocol.md); the host keeps them. Bounded:
what comes after a bound is only counted, and the count says from where a replay is impossible."""

from __future__ import annotations

import os
from _collections import deque
from struct import Struct, unpack_from

from llmspell.wire.frames import frame, pack_str
from llmspell.wire.messages import NOTE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_CLOCK = 100_000  # readings of clocks
MAX_TURNS_BYTES = 2 << 20  # of packed turns; 100,000 of usual ones
MAX_STDIN_BYTES = 4 << 20
EARLY_BYTES = 65_536  # what is noted is sent with the next call, and when it has become so much

_INT = Struct(">Bq")
_FLOAT = Struct(">Bd")
_LIST = Struct(">BI")


class Notes:
    """The notes of one run.

    Attributes:
        on: Whether the host wants them.
        repeats: Whether this is a replay: there were notes to follow when it began.
        pending: Whether there is something to send. Looked at before each message that the host acts on.
        following: The recorded turns that this run repeats; None where it goes its own way.
    """

    def __init__(self, send: Callable[[bytes], None], max_message_bytes: int) -> None:
        self._send = send
        self._early_bytes = max(256, min(EARLY_BYTES, max_message_bytes // 4))
        self.on = False
        self.pending = False
        self.repeats = False
        self.following: Following | None = None
        self._recorded: deque[int | float] = deque()
        self._turns = bytearray()
        self._n_turns = 0
        self._turns_left = MAX_TURNS_BYTES
        self._clock = bytearray()
        self._clock_left = MAX_CLOCK
        self._stdin: list[bytes] = []
        self._n_stdin = 0
        self._stdin_left = MAX_STDIN_BYTES
        self._crc = 0
        self._checksum: Callable[[bytes, int], int] | None = None
        self._more = {"turns_more": 0, "clock_more": 0, "stdin_more": 0}
        self._marked: set[str] = set()  # those of `_more` that the host has heard of
        self._lost = 0

    def begin(self, on: bool, replay: bytes | None) -> bool:
        """What START says: whether to note, and the notes to follow. Returns whether clocks are to be read by `clock`.

        Called before the process is confined, and before anything is read."""
        self.on = bool(on)
        if self.on and _may_be_long():
            from zlib import crc32  # a third of a millisecond, and not to be had once the process is confined

            self._checksum = crc32
        if replay:
            self.repeats = True
            recorded = _unpack(replay, 0)[0]
            self._recorded = deque(recorded.get("clock", ()))
            turns = [(it[0], it[2] if len(it) > 2 else "") for it in recorded.get("turns", ())]
            self.following = Following(turns, bool(recorded.get("hold")))
        return self.on or bool(self._recorded)

    def turn(self, number: int, path: str) -> None:
        """At this turn the timer of the task `path` was fired, or with "" a message was taken while tasks were busy."""
        if not self.on:
            return
        if self._turns_left <= 0:
            self._count("turns_more", 1)
            return
        packed = _uint(number) + (b"\xa5timer" + pack_str(path) if path else b"\xa5frame")
        self._turns += (b"\x93" if path else b"\x92") + packed
        self._n_turns += 1
        self._turns_left -= len(packed) + 1
        self.pending = True
        if len(self._turns) > self._early_bytes:
            self.send()

    def clock(self, value: int | float) -> int | float:
        """What the script gets that reads a clock which says `value` now: that, or what it read in the recorded run."""
        if self._recorded:
            recorded = self._recorded.popleft()
            if type(recorded) is type(value):
                value = recorded
            else:  # it reads another clock than it did: what was noted means nothing to it
                self._recorded.clear()
                self.lose(0)
        if self.on:
            if self._clock_left <= 0:
                self._count("clock_more", 1)
            else:
                self._clock_left -= 1
                self._clock += _FLOAT.pack(0xCB, value) if type(value) is float else _INT.pack(0xD3, value)
                self.pending = True
                if len(self._clock) > self._early_bytes:
                    self.send()
        return value

    def stdin(self, data: bytes) -> None:
        """So much was taken from standard input."""
        if not self.on:
            return
        if self._checksum is not None:
            self._crc = self._checksum(data, self._crc)
        kept = data[: self._stdin_left]
        self._stdin_left -= len(kept)
        for start in range(0, len(kept), self._early_bytes):
            piece = kept[start : start + self._early_bytes]
            self._stdin.append(piece)
            self._n_stdin += len(piece)
            self.pending = True
            if self._n_stdin >= self._early_bytes:
                self.send()
        if len(kept) < len(data):
            self._count("stdin_more", len(data) - len(kept))

    def stdin_moved(self) -> None:
        """The script has changed its place in standard input: what it reads from here on is in no order."""
        if self.on:
            self._stdin_left = 0
            self._count("stdin_more", 1)

    def lose(self, turn: int) -> None:
        """The script does not do what the recorded turns say: from here on it goes its own way."""
        self.following = None
        self._recorded.clear()
        self._lost = self._lost or turn or 1
        self.pending = True

    def tell_waiting(self, n_taken: int) -> None:
        """A replayed run waits for a message, and has taken so many: a host that has sent no more must do something."""
        self._send(frame(NOTE, 0, b"\x81" + pack_str("waiting") + _uint(n_taken)))

    def send(self) -> None:
        """Send what there is now."""
        self._send(self.take())

    def take(self, *, last: bool = False) -> bytes:
        """The NOTE with what there is, as a frame; b"" without anything.

        Args:
            last: Nothing follows, so counts are told whole.
        """
        fields: list[bytes] = []
        if self._n_turns:
            fields.append(pack_str("turns") + _LIST.pack(0xDD, self._n_turns) + self._turns)
            self._turns, self._n_turns = bytearray(), 0
        if self._clock:
            fields.append(pack_str("clock") + _LIST.pack(0xDD, len(self._clock) // 9) + self._clock)
            self._clock = bytearray()
        if self._stdin:
            fields.append(pack_str("stdin") + _LIST.pack(0xC6, self._n_stdin) + b"".join(self._stdin))
            self._stdin, self._n_stdin = [], 0
        for name, count in self._more.items():
            if count and (last or name not in self._marked):
                self._marked.add(name)
                self._more[name] = 0
                fields.append(pack_str(name) + _uint(count))
                if name == "stdin_more":
                    fields.append(pack_str("stdin_crc") + _uint(self._crc))
        if self._lost:
            fields.append(pack_str("lost") + _uint(self._lost))
            self._lost = 0
        self.pending = False
        return frame(NOTE, 0, bytes((0x80 | len(fields),)) + b"".join(fields)) if fields else b""

    def _count(self, name: str, n: int) -> None:
        """What is only counted is told once when it begins, and at the end: not with every call."""
        self._more[name] += n
        if name not in self._marked:
            self.pending = True


def _may_be_long() -> bool:
    """Whether standard input is a file or a pipe: nobody types more than is kept."""
    try:
        return os.fstat(0).st_mode & 0o170000 != 0o020000  # a character device: a terminal, /dev/null
    except OSError:
        return False


class Following:
    """The turns that a replayed run repeats.

    Attributes:
        turns: (number, path), as `Notes.turn` was told them.
        hold: Whether the host has more of the recorded run to send: until it says LIVE no timer fires but by a note.
        until: When to stop waiting for more of it, on the monotonic clock; 0 while there are turns.
    """

    def __init__(self, turns: list[tuple[int, str]], hold: bool) -> None:
        self.turns = deque(turns)
        self.hold = hold
        self.until = 0.0


def _uint(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    return b"\xce" + number.to_bytes(4, "big") if number < 1 << 32 else b"\xcf" + number.to_bytes(8, "big")


# The worker of a Lua script has no MessagePack in Python, and what the host sends here is simple.
_WIDTHS = {
    0xCA: (">f", 4), 0xCB: (">d", 8), 0xCC: (">B", 1), 0xCD: (">H", 2), 0xCE: (">I", 4), 0xCF: (">Q", 8),
    0xD0: (">b", 1), 0xD1: (">h", 2), 0xD2: (">i", 4), 0xD3: (">q", 8),
}  # fmt: skip
_SIZES = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}


def _unpack(body: bytes, at: int) -> tuple[Any, int]:
    """The value at this place, and where the next one is: numbers, truth, text, lists and maps."""
    first = body[at]
    at += 1
    if first < 0x80:
        return first, at
    if first >= 0xE0:
        return first - 0x100, at
    if first in _WIDTHS:
        form, width = _WIDTHS[first]
        return unpack_from(form, body, at)[0], at + width
    if first in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[first], at
    if first in _SIZES:
        size = int.from_bytes(body[at : at + _SIZES[first]], "big")
        at += _SIZES[first]
        kind = "text" if first < 0xDC else "list" if first < 0xDE else "map"
    else:
        kind = "map" if first < 0x90 else "list" if first < 0xA0 else "text"
        size = first & (0x1F if kind == "text" else 0x0F)
    if kind == "text":
        return body[at : at + size].decode(), at + size
    items = []
    for _ in range(size if kind == "list" else 2 * size):
        item, at = _unpack(body, at)
        items.append(item)
    return (items if kind == "list" else dict(zip(items[::2], items[1::2], strict=True))), at
