"""One event: that something of some type has happened, with data about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgpack

from llmspell.errors import BadArgument, LLMSpellError

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MAX_EVENT_BYTES = 1 << 20  # data and metadata together, as they would cross the wire
MAX_CHAIN = 32  # events of which each was published by a handler of the one before
OVERHEAD_BYTES = 600  # what the host keeps of an event beside its data
ITEM_BYTES = 48  # and of each item in it beside its bytes on the wire: an empty table is one byte there, and 64 here
SMALL_BYTES = 64  # so little cannot hold many items

Value = Any  # plain data

_SMALL = frozenset({type(None), bool, int, float})
_HOLDERS = frozenset({dict, list, tuple})


class Event:
    """Made by `bus.EventBus.publish`. Its data belong to everybody who gets it: nobody may change them.

    Attributes:
        sequence: Its number among the events of the run, from 1.
        timestamp: Seconds, as the run's clock has them.
        metadata: What the publisher says of the event, not of what has happened.
        chain: The types of the events that have led to it, its own last: each was published by a handler of the former.
        ctx: Where it was published; what handlers do is done on behalf of that.
        n_bytes: What it counts as while it waits.
    """

    __slots__ = (
        "_correlation_id",
        "chain",
        "ctx",
        "data",
        "event_type",
        "metadata",
        "n_bytes",
        "sequence",
        "timestamp",
    )

    def __init__(
        self,
        event_type: str,
        data: Value,
        sequence: int,
        ctx: RunContext,
        correlation_id: str,
        metadata: Mapping[str, Value] | None,
        chain: tuple[str, ...],
        n_bytes: int,
    ) -> None:
        self.event_type = event_type
        self.data = data
        self.sequence = sequence
        self.timestamp = ctx.run.clock()
        self.metadata = metadata
        self.chain = chain
        self.ctx = ctx
        self.n_bytes = n_bytes
        self._correlation_id = correlation_id

    @property
    def id(self) -> str:
        return f"{self.ctx.run.run_id}-{self.sequence}"

    @property
    def correlation_id(self) -> str:
        """What it has in common with all that it leads to: by default its own id, or what led to it has."""
        return self._correlation_id or self.id

    def to_value(self) -> dict[str, Value]:
        """As a script gets it."""
        return {
            "id": self.id,
            "event_type": self.event_type,
            "data": self.data,
            "timestamp": self.timestamp,
            "sequence": self.sequence,
            "correlation_id": self.correlation_id,
            "metadata": dict(self.metadata or {}),
        }


class Scale:
    """Weighs events. One for each run: it is of no use to two threads at once."""

    __slots__ = ("_pack",)

    def __init__(self) -> None:
        # One packer for all of them: making it costs more than packing what most events hold.
        self._pack = msgpack.Packer(default=_stand_in, unicode_errors="surrogatepass").pack

    def weigh(self, data: Value, metadata: Mapping[str, Value] | None) -> int:
        """What an event counts as.

        Raises:
            BadArgument: It is too large, or holds what is no plain data.
        """
        n_bytes = OVERHEAD_BYTES
        try:
            if type(data) not in _SMALL:
                n_bytes += len(self._pack(data))
            if metadata:
                n_bytes += len(self._pack(metadata))
        except (TypeError, ValueError, OverflowError, RecursionError) as problem:
            raise BadArgument(f"the data of an event is plain data: {problem}") from None
        if n_bytes > MAX_EVENT_BYTES + OVERHEAD_BYTES:
            raise BadArgument(
                f"an event has at most {MAX_EVENT_BYTES} bytes of data, this one has {n_bytes - OVERHEAD_BYTES}",
                hint="keep large data in State or a file, and publish where it is",
            )
        if n_bytes > OVERHEAD_BYTES + SMALL_BYTES:
            n_bytes += ITEM_BYTES * _n_items(data, metadata)
        return n_bytes


def chained(cause: Event | None, event_type: str) -> tuple[str, ...]:
    """The chain of an event that is published where another one is being handled.

    Raises:
        LLMSpellError: `event_chain`: it is too long. Handlers that publish what leads back to them never end.
    """
    if cause is None:
        return (event_type,)
    chain = cause.chain
    if len(chain) >= MAX_CHAIN:
        types = " → ".join((*chain[-4:], event_type))
        raise LLMSpellError(
            f"an event of the type {event_type} was not published: it would be number {len(chain) + 1} of a chain in "
            f"which each is published by a handler of the one before: … {types}",
            code="event_chain",
            hint="a handler must not publish what it is called for",
            details={"chain": list(chain), "event_type": event_type},
        )
    return (*chain, event_type)


def _n_items(*values: Value) -> int:
    """How many there are in all lists and tables together."""
    n_items = 0
    waiting = [it for it in values if type(it) in _HOLDERS]
    while waiting:
        it = waiting.pop()
        n_items += len(it)
        waiting += [one for one in (it.values() if type(it) is dict else it) if type(one) in _HOLDERS and one]
    return n_items


def _stand_in(value: object) -> object:
    if isinstance(value, int):  # of more than 64 bits
        return b"0" * (value.bit_length() // 3)
    raise TypeError(f"a {type(value).__name__} is none")
