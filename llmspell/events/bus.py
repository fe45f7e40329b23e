"""The events of one run: whoever publishes one waits for nobody, and everybody who has subscribed gets it in order.

Queues are bounded and say what they do when they are full (`queues`). Functions are called by `handlers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument, LLMSpellError, NotFound
from llmspell.events.event import Event, Scale, chained
from llmspell.events.handlers import HANDLER_TIMEOUT_S, Handlers
from llmspell.events.hook import priority_of
from llmspell.events.intercept import intercept
from llmspell.events.listeners import Listeners
from llmspell.events.patterns import checked_pattern, checked_type
from llmspell.events.points import EVENT_EMIT
from llmspell.events.queues import DEFAULT_CAPACITY, EventQueue, Waiting, WhenFull
from llmspell.events.subscription import Handler, Subscription
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run

MAX_SUBSCRIPTIONS = 1000  # of one run
MAX_WAITING_BYTES = 64 << 20  # of all events that wait, in all queues together
MAX_CHECKED_TYPES = 10_000  # remembered; forgotten all at once when there are more
MAX_CORRELATION_ID = 200  # characters
RECEIVE_S = 5.0

Value = Any  # plain data


class EventBus:
    """Publishes and delivers. One for each run: `ctx.run.events`.

    Attributes:
        n_published: How many events were published; the last one's sequence number.
    """

    def __init__(self, run: Run) -> None:
        limit = run.profile.limits.memory_bytes
        # In the host, beside what the script's own process may take.
        self._waiting = Waiting(MAX_WAITING_BYTES if limit is None else min(MAX_WAITING_BYTES, limit // 8))
        self._run = run
        self._handlers = Handlers(run)
        self._listeners: Listeners[Subscription] = Listeners()
        self._by_id: dict[str, Subscription] = {}
        self._scale = Scale()
        self._checked: set[str] = set()
        self._last_number = 0
        self._n_strict = 0  # subscriptions whose full queue refuses an event
        self._n_dropped = 0  # of subscriptions that have ended, as are the others
        self._n_delivered = 0
        self.n_published = 0
        self.n_received = 0

    async def publish(
        self,
        event_type: str,
        data: Value = None,
        *,
        ctx: RunContext,
        correlation_id: str = "",
        metadata: Mapping[str, Value] | None = None,
    ) -> int:
        """Tell everybody who has subscribed to it of something that has happened.

        Args:
            event_type: Names joined by dots: `order.paid`.
            data: Plain data; whoever has published them may not change them any more.
            ctx: Where it is published. What handlers do is done on its behalf.
            correlation_id: Where none is given, that of the event that is being handled there, or the event's own id.
            metadata: More plain data, about the event itself.

        Returns:
            The event's sequence number.

        Raises:
            BadArgument: The type or the data are none.
            HookCancelled: A hook at BeforeEventEmit has cancelled it.
            LLMSpellError: `queue_full`: a subscription that asks for that has no room; nobody has got the event.
                `event_chain`: handlers publish what leads to themselves.
        """
        hooks = ctx.run.hooks
        if not (hooks.at and EVENT_EMIT.watched(hooks.at)):
            return self._put(ctx, event_type, data, correlation_id, metadata).sequence
        asked = {
            "event_type": checked_type(event_type),
            "data": data,
            "correlation_id": correlation_id,
            "metadata": dict(metadata or {}),
        }

        async def put(it: Value) -> Event:
            if not isinstance(it, Mapping) or not isinstance(it.get("event_type"), str):
                raise BadArgument("what a hook makes of an event has an event_type, data, correlation_id and metadata")
            correlated, more = it.get("correlation_id") or "", it.get("metadata") or {}
            if not isinstance(correlated, str) or not isinstance(more, Mapping):
                raise BadArgument("the correlation_id of an event is a text, and its metadata a table")
            return self._put(ctx, it["event_type"], it.get("data"), correlated, more)

        done = await intercept(ctx, EVENT_EMIT, "event", event_type, asked, put, show=_shown)
        return done.sequence if isinstance(done, Event) else 0

    def on(
        self,
        pattern: str,
        function: Handler,
        *,
        once: bool = False,
        priority: str | float = "normal",
        timeout_s: float = HANDLER_TIMEOUT_S,
        capacity: int = DEFAULT_CAPACITY,
        when_full: WhenFull = "drop_oldest",
    ) -> Subscription:
        """Have a function called with each event that matches, one at a time and in order.

        Args:
            pattern: A type, or a glob of types.
            function: Gets the event and the context to act in; plain or async.
            once: Only with the first one.
            priority: Of several functions, those with a higher one are begun first.
            timeout_s: For one event. A function that takes longer is stopped, and gets the next one.

        Raises:
            BadArgument: The pattern is none, or there are too many subscriptions.
        """
        queue = EventQueue(1 if once else capacity, when_full, self._waiting)
        return self._add(
            Subscription(
                self._next_number(),
                checked_pattern(pattern),
                queue,
                function=function,
                once=once,
                priority=priority_of(priority),
                timeout_s=timeout_s,
            )
        )

    def subscribe(
        self, pattern: str, capacity: int = DEFAULT_CAPACITY, when_full: WhenFull = "drop_oldest"
    ) -> Subscription:
        """Keep the events that match for `receive`.

        Args:
            capacity: How many may wait.
            when_full: What happens to one more: drop_oldest, drop_newest, or error, to whoever publishes it.

        Raises:
            BadArgument: The pattern is none, or there are too many subscriptions.
        """
        queue = EventQueue(capacity, when_full, self._waiting)
        return self._add(Subscription(self._next_number(), checked_pattern(pattern), queue))

    async def receive(self, id: str, timeout_s: float = RECEIVE_S) -> Event | None:
        """The next event of a subscription, waiting for it; None when none comes in time.

        Raises:
            NotFound: There is no such subscription.
            BadArgument: It is a function's.
        """
        subscription = self._by_id.get(id)
        if subscription is None:
            raise NotFound(
                f"there is no subscription {id[:100]}",
                hint=did_you_mean(id[:100], self._by_id) or "subscribe returns an id; unsubscribe ends it",
            )
        if subscription.function is not None:
            raise BadArgument(
                f"the events of {id} are given to a function", hint="use subscribe to have events to receive"
            )
        event = await subscription.take(timeout_s)
        if event is not None:
            self.n_received += 1
            subscription.n_handled += 1
        return event

    def unsubscribe(self, id: str) -> bool:
        """End a subscription; what still waits for it is lost, and who waits for it gets nothing. False when there is
        none of this id."""
        subscription = self._by_id.get(id)
        if subscription is None:
            return False
        self._remove(subscription)
        subscription.end()
        return True

    def subscriptions(self) -> list[Subscription]:
        """Those that there are, in the order in which they came."""
        return list(self._listeners)

    def stats(self) -> dict[str, int]:
        """What has been counted so far."""
        there = self.subscriptions()
        return {
            "published": self.n_published,
            "delivered": self._n_delivered + sum(it.queue.n_put for it in there),
            "received": self.n_received,
            "handled": self._handlers.n_handled,
            "failed": self._handlers.n_failed,
            "dropped": self._n_dropped + sum(it.queue.n_dropped for it in there),
            "queued": sum(len(it.queue) for it in there),
            "queued_bytes": self._waiting.n_bytes,
            "subscriptions": len(there),
        }

    async def settle(self, ctx: RunContext | None = None) -> None:
        """Wait until every function has been called with all that it was to be called with."""
        await self._handlers.settle()

    async def aclose(self) -> None:
        """End all subscriptions, and stop functions that are under way, and say how many events that has cost."""
        handlers = self._handlers
        n_lost = handlers.n_lost + handlers.n_at_work
        n_lost += sum(len(it.queue) for it in self._listeners if it.function is not None)
        if n_lost and self._run.say is not None and self._run.stopped is None:
            what = "1 event was" if n_lost == 1 else f"{n_lost} events were"
            self._run.say("warn", f"{what} still to be handled at the end, and dropped")
        for it in self.subscriptions():
            self._remove(it)
            it.end()
        await self._handlers.aclose()

    def _put(
        self,
        ctx: RunContext,
        event_type: str,
        data: Value,
        correlation_id: str,
        metadata: Mapping[str, Value] | None,
    ) -> Event:
        if event_type not in self._checked:
            checked_type(event_type)
            if len(self._checked) >= MAX_CHECKED_TYPES:
                self._checked.clear()
            self._checked.add(event_type)
        if len(correlation_id) > MAX_CORRELATION_ID:
            raise BadArgument(f"a correlation id has at most {MAX_CORRELATION_ID} characters")
        n_bytes = self._scale.weigh(data, metadata)
        cause = ctx.cause
        if cause is not None and not correlation_id:
            correlation_id = cause.correlation_id
        chain = chained(cause, event_type)
        listening = self._listeners.of(event_type)
        if self._n_strict:
            self._refuse_if_full(listening, event_type, n_bytes)
        self.n_published += 1
        event = Event(event_type, data, self.n_published, ctx, correlation_id, metadata, chain, n_bytes)
        for it in listening:
            if it.queue.put(event):
                if it.function is None:
                    if it.is_awaited:
                        it.wake()
                    continue
                if it.once:
                    self._remove(it)
                self._handlers.begin(it)
        return event

    def _refuse_if_full(self, listening: tuple[Subscription, ...], event_type: str, n_bytes: int) -> None:
        for it in listening:
            if it.queue.when_full == "error" and not it.queue.has_room(n_bytes):
                raise LLMSpellError(
                    f"the queue of {it.id} ({it.pattern}) is full: {len(it.queue)} events wait in it",
                    code="queue_full",
                    hint="receive them faster, give it a larger capacity, or another when_full",
                    details={"subscription": it.id, "event_type": event_type, "queued": len(it.queue)},
                )

    def _next_number(self) -> int:
        if len(self._listeners) >= MAX_SUBSCRIPTIONS:
            raise BadArgument(
                f"a run has at most {MAX_SUBSCRIPTIONS} subscriptions to events",
                hint="unsubscribe those that are done, or subscribe to a pattern",
            )
        return self._last_number + 1

    def _add(self, subscription: Subscription) -> Subscription:
        self._last_number = subscription.number
        self._n_strict += subscription.queue.when_full == "error"
        self._listeners.add(subscription)
        self._by_id[subscription.id] = subscription
        return subscription

    def _remove(self, subscription: Subscription) -> None:
        if self._listeners.remove(subscription.number) is not None:
            del self._by_id[subscription.id]
            self._n_strict -= subscription.queue.when_full == "error"
            self._n_delivered += subscription.queue.n_put
            self._n_dropped += subscription.queue.n_dropped


def _shown(event: Event) -> Value:
    return event.to_value()
