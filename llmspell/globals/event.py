"""`Event`: tell everybody who wants to know that something has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from llmspell.errors import BadArgument
from llmspell.events.handlers import HANDLER_TIMEOUT_S, MAX_TIMEOUT_S
from llmspell.events.queues import DEFAULT_CAPACITY, checked_capacity, checked_policy
from llmspell.globals.values import require_plain
from llmspell.interface.declare import Callback, Fields, method, script_global, script_object
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.event import Event
    from llmspell.globals.services import Services

MAX_RECEIVE_MS = 3_600_000
_OF_PUBLISH = ("correlation_id", "metadata")
_OF_QUEUES = ("capacity", "when_full")
_OF_FUNCTIONS = (*_OF_QUEUES, "priority", "timeout_ms")

Options = Annotated[dict[str, Value], Fields] | None


@script_object("EventRow", record=True)
class EventRow(TypedDict):
    """One event.

    Attributes:
        id: Its own, in all runs.
        event_type: What has happened, such as `order.paid`.
        data: About it.
        timestamp: When, in seconds since 1970.
        sequence: Its number among the events of the run.
        correlation_id: What it shares with the events that it has led to; its own id, unless the publisher gave one.
        metadata: What the publisher said of the event itself.
    """

    id: str
    event_type: str
    data: Value
    timestamp: float
    sequence: int
    correlation_id: str
    metadata: dict[str, Value]


@script_object("SubscriptionRow", record=True)
class SubscriptionRow(TypedDict):
    """One subscription.

    Attributes:
        id: What `receive` and `unsubscribe` take.
        pattern: Of the types that it gets.
        kind: `queue`, or `function` where a function gets them.
        once: Whether it ends with its first event.
        capacity: How many events may wait.
        when_full: `drop_oldest`, `drop_newest` or `error`.
        queued: How many wait now.
        delivered: How many it has got.
        dropped: How many it has lost because it was full.
        handled: How many were received, or handled by the function.
        failed: How often the function failed.
    """

    id: str
    pattern: str
    kind: str
    once: bool
    capacity: int
    when_full: str
    queued: int
    delivered: int
    dropped: int
    handled: int
    failed: int


@script_object("EventStats", record=True)
class EventStats(TypedDict):
    """What was counted in this run.

    Attributes:
        published: Events.
        delivered: Events put into queues; one that three have subscribed to counts three times.
        received: Events that `receive` has returned.
        handled: Calls of functions that went well.
        failed: Calls of functions that did not.
        dropped: Events that were lost because a queue was full.
        queued: Events that wait now.
        queued_bytes: What they count as.
        subscriptions: Those that there are.
    """

    published: int
    delivered: int
    received: int
    handled: int
    failed: int
    dropped: int
    queued: int
    queued_bytes: int
    subscriptions: int


@script_global("Event")
class EventGlobal:
    """Events of this run: publish them, have functions called with them, or keep and receive them.

    The type of an event is names joined by dots, `order.paid`. A pattern is a type or a glob of types: `order.*` is
    everything that begins with `order.`, `*` is everything, `?` is one character. Nobody who publishes an event waits
    for those who get it. Events stay within the run."""

    @classmethod
    def build(cls, services: Services) -> EventGlobal:
        return cls()

    @method(aliases=("emit",), again=True)
    async def publish(self, ctx: RunContext, event_type: str, data: Value = None, options: Options = None) -> int:
        """Publish an event.

        Args:
            event_type: Names joined by dots, such as `order.paid`.
            data: Plain data, 1 MB at most.
            options: `correlation_id`: what it shares with other events; inside a function that handles one, that one's
                if none is given. `metadata`: a table.

        Returns:
            Its sequence number, from 1.

        Raises:
            BadArgument: The type or the data are none.
            HookCancelled: A hook has cancelled it; nobody gets it.
            LLMSpellError: `queue_full`: a subscription with `when_full = "error"` has no room; nobody gets the event.
                `event_chain`: handlers publish what leads to themselves.
        """
        given = _options(options, _OF_PUBLISH, "Event.publish")
        correlation_id, metadata = given.get("correlation_id", ""), given.get("metadata", {})
        if not isinstance(correlation_id, str):
            raise BadArgument("Event.publish: correlation_id is a text")
        if metadata == []:
            metadata = {}
        if not isinstance(metadata, dict):
            raise BadArgument("Event.publish: metadata is a table with names")
        require_plain(data, "the data")
        require_plain(metadata, "the metadata")
        return await ctx.run.events.publish(
            event_type, data, ctx=ctx, correlation_id=correlation_id, metadata=metadata or None
        )

    @method(recorded=False)
    def on(
        self, ctx: RunContext, pattern: str, fn: Annotated[Callback, "event -> nil"], options: Options = None
    ) -> str:
        """Have a function called with each event that matches, one at a time and in order.

        It runs beside the rest of the script, and may call whatever the script may; what it publishes has the same
        correlation id. When it fails, that is logged, hooks at `EventHandlerError` are called, and it gets the next
        event. Events that still wait when the script ends are handled before the run does, for 2 seconds at most.

        Args:
            pattern: A type, or a glob of types.
            fn: Gets an `EventRow`.
            options: `capacity` (1000) and `when_full` of its queue, as in `subscribe`; `priority` (`normal`): which of
                several functions is begun first; `timeout_ms` (30000): for one event.

        Returns:
            An id for `unsubscribe`.
        """
        return _on(ctx, pattern, fn, options, "Event.on", once=False)

    @method(recorded=False)
    def once(
        self, ctx: RunContext, pattern: str, fn: Annotated[Callback, "event -> nil"], options: Options = None
    ) -> str:
        """Have a function called with the first event that matches, and with no other one.

        Args:
            pattern: A type, or a glob of types.
            fn: Gets an `EventRow`.
            options: As in `on`.

        Returns:
            An id for `unsubscribe`.
        """
        return _on(ctx, pattern, fn, options, "Event.once", once=True)

    @method(recorded=False)
    def subscribe(self, ctx: RunContext, pattern: str, options: Options = None) -> str:
        """Keep the events that match, from now on, until they are received.

        Args:
            pattern: A type, or a glob of types.
            options: `capacity` (1000): how many may wait, up to 100000. `when_full` (`drop_oldest`): what happens to
                one more: `drop_oldest` loses the oldest, `drop_newest` the new one, `error` refuses it to the
                publisher.

        Returns:
            An id for `receive` and `unsubscribe`.
        """
        given = _options(options, _OF_QUEUES, "Event.subscribe")
        return ctx.run.events.subscribe(
            pattern,
            checked_capacity(given.get("capacity", DEFAULT_CAPACITY)),
            checked_policy(given.get("when_full", "drop_oldest")),
        ).id

    @method(idempotent=True)
    async def receive(self, ctx: RunContext, id: str, timeout_ms: float = 5000) -> EventRow | None:
        """The next event of a subscription. Waits for it; other tasks go on meanwhile.

        Args:
            id: Of `subscribe`.
            timeout_ms: How long to wait; 0 does not wait.

        Returns:
            nil when none came in time.

        Raises:
            NotFound: There is no such subscription.
        """
        if not 0 <= timeout_ms <= MAX_RECEIVE_MS:
            raise BadArgument(f"Event.receive: timeout_ms is a number from 0 to {MAX_RECEIVE_MS}")
        event = await ctx.run.events.receive(id, timeout_ms / 1000)
        return None if event is None else _row(event)

    async def replayed(self, ctx: RunContext, method: str, args: list[Value], result: Value) -> None:
        """Take out of its queue what an earlier run has received."""
        if method == "receive" and result is not None:
            await ctx.run.events.receive(args[0], MAX_RECEIVE_MS / 1000)

    @method(recorded=False)
    def unsubscribe(self, ctx: RunContext, id: str) -> bool:
        """End a subscription. What still waits for it is lost.

        Args:
            id: Of `subscribe`, `on` or `once`.

        Returns:
            False when there is none of this id, or no more.
        """
        return ctx.run.events.unsubscribe(id)

    @method(recorded=False)
    def list_subscriptions(self, ctx: RunContext) -> list[SubscriptionRow]:
        """The subscriptions that there are, in the order in which they came."""
        rows: Any = [it.to_value() for it in ctx.run.events.subscriptions()]
        found: list[SubscriptionRow] = rows
        return found

    @method(recorded=False)
    def get_stats(self, ctx: RunContext) -> EventStats:
        """What was counted so far."""
        counts: Any = ctx.run.events.stats()
        stats: EventStats = counts
        return stats


def _on(ctx: RunContext, pattern: str, fn: Callback, options: Options, where: str, *, once: bool) -> str:
    given = _options(options, _OF_FUNCTIONS, where)
    timeout_ms, priority = given.get("timeout_ms", HANDLER_TIMEOUT_S * 1000), given.get("priority", "normal")
    if isinstance(timeout_ms, bool) or not isinstance(timeout_ms, int | float):
        raise BadArgument(f"{where}: timeout_ms is a number")
    if not 0 < timeout_ms <= MAX_TIMEOUT_S * 1000:
        raise BadArgument(f"{where}: timeout_ms is more than 0 and at most {MAX_TIMEOUT_S * 1000:.0f}")
    if not isinstance(priority, str | int | float):
        raise BadArgument(f"{where}: priority is a name or a number")

    async def call(event: Event, inner: RunContext) -> None:
        await fn(event.to_value(), around=inner)

    return ctx.run.events.on(
        pattern,
        call,
        once=once,
        priority=priority,
        timeout_s=timeout_ms / 1000,
        capacity=checked_capacity(given.get("capacity", DEFAULT_CAPACITY)),
        when_full=checked_policy(given.get("when_full", "drop_oldest")),
    ).id


def _options(options: Options, known: tuple[str, ...], where: str) -> dict[str, Value]:
    given = {key: it for key, it in (options or {}).items() if it is not None}
    for key in given:
        if key not in known:
            hint = did_you_mean(key[:100], known) or f"the options are {', '.join(known)}"
            raise BadArgument(f"{where} has no option {key[:100]}", hint=hint)
    return given


def _row(event: Event) -> EventRow:
    value: Any = event.to_value()
    row: EventRow = value
    return row
