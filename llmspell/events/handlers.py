"""Call the functions that have subscribed: for each subscription one event at a time and in order, many subscriptions
at a time, in bounded time. A function that fails is said so, and goes on with the next event."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from llmspell.errors import LLMSpellError, TimedOut, WorkerCrashed
from llmspell.events.hooks import ENDS_THE_RUN

if TYPE_CHECKING:
    from llmspell.effects.run import Run
    from llmspell.events.event import Event
    from llmspell.events.subscription import Subscription

HANDLER_TIMEOUT_S = 30.0
MAX_TIMEOUT_S = 3600.0
AT_ONCE = 64  # functions; each is a task of the script, of which there is a limit
MAX_REPORTS = 3  # of one subscription: one that fails for each event would fill the log


class Handlers:
    """What runs the functions of one run's subscriptions, while there are events for them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._at_work: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._n_at_work = 0
        self.n_lost = 0
        self.n_handled = 0
        self.n_failed = 0

    @property
    def n_at_work(self) -> int:
        """How many functions are being called now."""
        return self._n_at_work

    def begin(self, subscription: Subscription) -> None:
        """Events wait for a function: call it, unless that is under way."""
        if subscription.at_work is None:
            task = subscription.at_work = asyncio.get_running_loop().create_task(self._work(subscription))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def settle(self) -> None:
        """Wait until none of them has anything left to do."""
        own = asyncio.current_task()
        while others := self._at_work - {own}:
            await asyncio.wait(others)

    async def aclose(self) -> None:
        """Stop all of them."""
        tasks = list(self._at_work)
        for it in tasks:
            it.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, subscription: Subscription) -> None:
        try:
            while subscription.queue:
                async with self._places:
                    event = subscription.queue.get()
                    if event is not None:  # it was there; the subscription may have ended meanwhile
                        self._n_at_work += 1
                        try:
                            await self._handle(subscription, event)
                        finally:
                            self._n_at_work -= 1
        except ENDS_THE_RUN as error:
            self._run.stop(error)  # in a task of its own there is nobody else to be told
        finally:
            subscription.at_work = None

    async def _handle(self, subscription: Subscription, event: Event) -> None:
        function = subscription.function
        assert function is not None
        failure: LLMSpellError | None = None
        ctx = event.ctx.for_handler(event, subscription.number)
        try:
            returned = function(event, ctx)
            if inspect.isawaitable(returned):
                try:
                    async with asyncio.timeout(subscription.timeout_s) as timer:
                        await returned
                except TimeoutError:
                    if not timer.expired():
                        raise
                    failure = TimedOut(f"it took longer than {subscription.timeout_s:g} s")
        except ENDS_THE_RUN:
            raise
        except WorkerCrashed:
            self.n_lost += 1  # a function of a script that has ended
            return
        except Exception as error:  # somebody else's code: whatever it raises, the next event is another one's
            failure = _told(error)
        if failure is None:
            subscription.n_handled += 1
            self.n_handled += 1
        else:
            await self._failed(subscription, event, failure)

    async def _failed(self, subscription: Subscription, event: Event, failure: LLMSpellError) -> None:
        subscription.n_failed += 1
        self.n_failed += 1
        if self._run.say is not None and subscription.n_failed <= MAX_REPORTS:
            last = " (the last time that this is said of it)" if subscription.n_failed == MAX_REPORTS else ""
            self._run.say(
                "warn",
                f"the function of {subscription.id} ({subscription.pattern}) failed for the event {event.event_type}: "
                f"{failure}{last}",
            )
        hooks = self._run.hooks
        if hooks.at:
            try:
                await hooks.notify(
                    event.ctx.for_handler(event, subscription.number),
                    "EventHandlerError",
                    kind="event",
                    name=event.event_type,
                    input=event.to_value(),
                    error=failure,
                    metadata={"subscription": subscription.id, "pattern": subscription.pattern},
                )
            except ENDS_THE_RUN:
                raise
            except LLMSpellError:
                pass  # a fatal hook has failed, which has been said; there is nothing here that it could end


def _told(error: Exception) -> LLMSpellError:
    if isinstance(error, LLMSpellError):
        return error
    return LLMSpellError(f"{type(error).__name__}: {error}", code="handler_failed")
