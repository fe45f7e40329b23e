"""Requests and readings that the tests of models share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from llmspell.models.messages import Message, user
from llmspell.models.protocol import Completed, Model, ModelEvent, ModelRequest, ModelResponse, TextDelta

T = TypeVar("T")
LONGEST_S = 30  # what is awaited happens at once, or the test has failed


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work, not for ever."""

    async def bounded() -> T:
        async with asyncio.timeout(LONGEST_S):
            return await work

    return asyncio.run(bounded())


def says(*messages: str | Message, **fields: Any) -> ModelRequest:
    """A request; a text is a person's message."""
    return ModelRequest(tuple(user(it) if isinstance(it, str) else it for it in messages), **fields)


def ask(model: Model, *messages: str | Message, **fields: Any) -> ModelResponse:
    """The whole answer of a model that needs no event loop of its own."""
    return run(model.request(says(*messages, **fields)))


async def events_of(model: Model, request: ModelRequest) -> list[ModelEvent]:
    return [it async for it in model.stream(request)]


def streamed(model: Model, *messages: str | Message, **fields: Any) -> list[ModelEvent]:
    """All events of a streamed answer."""
    return run(events_of(model, says(*messages, **fields)))


def texts(events: list[ModelEvent]) -> list[str]:
    """The pieces of text in a stream."""
    return [it.text for it in events if isinstance(it, TextDelta)]


def completed(events: list[ModelEvent]) -> ModelResponse:
    """What the stream came to."""
    last = events[-1]
    assert isinstance(last, Completed)
    return last.response
