"""Hand the pieces of an answer on to whoever watches, without making the call wait for that.

A watcher is a function of a script's or a stream that it reads: it takes its time, asks another agent meanwhile, or
never comes back. What a call holds (a part of every budget that it concerns, its turn under a rate limit, a connection
with a deadline) is given back when the model is done, whatever the watcher does: it may be waiting for just that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from llmspell.errors import LLMSpellError
from llmspell.models.estimate import text_bytes
from llmspell.models.protocol import ReasoningDelta, TextDelta

if TYPE_CHECKING:
    from llmspell.models.attempted_call import OnModelEvent
    from llmspell.models.protocol import ModelEvent, ModelResponse

T = TypeVar("T")


class Watch:
    """The pieces that have arrived. What waits here is bounded by the size of an answer.

    Attributes:
        n_bytes: Of what has arrived of the answer, in UTF-8.
        pieces: The lengths of what has arrived: of text, and less than 0 of reasoning.
    """

    def __init__(self, on_event: OnModelEvent) -> None:
        self.n_bytes = 0
        self.pieces: list[int] = []
        self._on_event = on_event
        self._arrived: asyncio.Queue[ModelEvent | None] = asyncio.Queue()
        self._failure: Exception | None = None

    async def __call__(self, event: ModelEvent) -> None:
        """Take one; the watcher has a chance to see it before the next.

        Raises:
            Exception: What the watcher has raised.
        """
        if isinstance(event, TextDelta | ReasoningDelta):
            self.n_bytes += text_bytes(event.text)
            self.pieces.append(len(event.text) if isinstance(event, TextDelta) else -len(event.text))
        self._arrived.put_nowait(event)
        await asyncio.sleep(0)
        if self._failure is not None:
            raise self._failure

    async def again(self, response: ModelResponse, pieces: Sequence[int]) -> None:
        """Take the pieces of an answer that is not asked for again, as they once arrived."""
        text, reasoning = response.message.text, response.message.reasoning
        n_text, n_reasoning = sum(it for it in pieces if it > 0), -sum(it for it in pieces if it < 0)
        if (n_text, n_reasoning) != (len(text), len(reasoning)):  # it was cut, or put together from several attempts
            pieces = [it for it in (-len(reasoning), len(text)) if it]
        for it in pieces:
            if it >= 0:
                await self(TextDelta(text[:it]))
                text = text[it:]
            else:
                await self(ReasoningDelta(reasoning[:-it]))
                reasoning = reasoning[-it:]

    def end(self) -> None:
        """There are no more."""
        self._arrived.put_nowait(None)

    async def hand_on(self) -> None:
        """Hand on all of them, one after the other."""
        try:
            while (event := await self._arrived.get()) is not None:
                await self._on_event(event)
        except Exception as error:  # whatever it is: the work must hear of it
            self._failure = error
            raise


async def watched(on_event: OnModelEvent, work: Callable[[Watch], Awaitable[T]]) -> T:
    """Do some work that has a watch to hand to, and return when the watcher has seen everything.

    Raises:
        LLMSpellError: As the work raises it, when the watcher has seen what arrived before.
        Exception: What the watcher raises; it ends the work at once.
    """
    watch = Watch(on_event)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(watch.hand_on())
            failure = None
            try:
                done = await work(watch)
            except LLMSpellError as error:
                failure = error
            watch.end()
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    if failure is not None:
        raise failure
    return done
