"""The queue of one subscription: bounded, with a stated policy when it is full, and it counts what it drops."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

from llmspell.errors import BadArgument
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.events.event import Event

DEFAULT_CAPACITY = 1000
MAX_CAPACITY = 100_000

WhenFull = Literal["drop_oldest", "drop_newest", "error"]
POLICIES: tuple[WhenFull, ...] = ("drop_oldest", "drop_newest", "error")


class Waiting:
    """What all queues of a run hold together, in bytes. An event that waits in two queues counts twice."""

    __slots__ = ("limit", "n_bytes")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.n_bytes = 0


class EventQueue:
    """Events in the order in which they were published.

    Attributes:
        n_put: How many have been put in.
        n_dropped: How many were lost because it was full, or because all queues together were.
    """

    __slots__ = ("_events", "_waiting", "capacity", "n_dropped", "n_put", "when_full")

    def __init__(self, capacity: int, when_full: WhenFull, waiting: Waiting) -> None:
        self.capacity = capacity
        self.when_full = when_full
        self.n_put = 0
        self.n_dropped = 0
        self._events: deque[Event] = deque()
        self._waiting = waiting

    def __len__(self) -> int:
        return len(self._events)

    def has_room(self, n_bytes: int) -> bool:
        """Whether an event of this size can be put in without losing one."""
        waiting = self._waiting
        return len(self._events) < self.capacity and waiting.n_bytes + n_bytes <= waiting.limit

    def put(self, event: Event) -> bool:
        """Put one in. False where it was dropped: under `drop_newest`, or where no other one can make room for it."""
        waiting, n_bytes = self._waiting, event.n_bytes
        # As `has_room`, written out: this is done for every event and every subscription.
        is_full = len(self._events) >= self.capacity or waiting.n_bytes + n_bytes > waiting.limit
        if is_full and not self._make_room(n_bytes):
            self.n_dropped += 1
            return False
        self.n_put += 1
        waiting.n_bytes += n_bytes
        self._events.append(event)
        return True

    def get(self) -> Event | None:
        """Take the oldest out; None where there is none."""
        if not self._events:
            return None
        event = self._events.popleft()
        self._waiting.n_bytes -= event.n_bytes
        return event

    def clear(self) -> None:
        """Let go of all of them."""
        while self.get() is not None:
            pass

    def _make_room(self, n_bytes: int) -> bool:
        if self.when_full != "drop_oldest":
            return False
        while self._events and not self.has_room(n_bytes):
            self.get()
            self.n_dropped += 1
        return self.has_room(n_bytes)


def checked_capacity(capacity: object) -> int:
    """A capacity that was asked for.

    Raises:
        BadArgument: It is none.
    """
    if isinstance(capacity, float) and capacity.is_integer():
        capacity = int(capacity)
    if isinstance(capacity, bool) or not isinstance(capacity, int) or not 1 <= capacity <= MAX_CAPACITY:
        raise BadArgument(f"the capacity of a queue is a whole number from 1 to {MAX_CAPACITY}, not {capacity!r}"[:300])
    return capacity


def checked_policy(when_full: object) -> WhenFull:
    """What is to be done when the queue is full.

    Raises:
        BadArgument: It is none of the policies.
    """
    for it in POLICIES:
        if when_full == it:
            return it
    written = str(when_full)[:50]
    raise BadArgument(
        f"when_full cannot be {written!r}", hint=did_you_mean(written, POLICIES) or f"one of {', '.join(POLICIES)}"
    )
