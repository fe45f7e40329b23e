"""Events one after the other: read to the end, left early, stopped, broken off, read by several, read by nobody."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from llmspell.agents.events import AgentEvent
from llmspell.agents.result import AgentResult
from llmspell.errors import Cancelled, ProviderError
from llmspell.globals.agent_stream import MAX_WAITING, AgentStream

CTX: Any = None  # nothing here asks for it


class Work:
    """What a stream executes: says its texts, then ends with an error, an answer, or not at all."""

    def __init__(self, *texts: str, error: Exception | None = None, ends: bool = True) -> None:
        self.texts = texts
        self.error = error
        self.ends = ends
        self.n_said = 0
        self.was_cancelled = False

    async def __call__(self, on_event: Callable[[AgentEvent], Awaitable[None]]) -> AgentResult:
        try:
            for it in self.texts:
                await on_event(AgentEvent("text", it, "ada"))
                self.n_said += 1
            if not self.ends:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        if self.error is not None:
            raise self.error
        return AgentResult("".join(self.texts))


async def turns(n: int = 5) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


async def rest(stream: AgentStream) -> list[str]:
    found = []
    while (event := await stream.next(CTX)) is not None:
        found.append(event["text"])
    return found


def test_all_events_come_in_their_order_and_then_nothing_and_then_the_answer() -> None:
    async def main() -> None:
        stream = AgentStream(Work("a", "b", "c"))
        assert await rest(stream) == ["a", "b", "c"]
        assert await stream.next(CTX) is None
        assert (await stream.result(CTX))["text"] == "abc"

    asyncio.run(main())


def test_the_answer_can_be_had_before_all_was_read_and_what_was_not_read_is_skipped() -> None:
    async def main() -> None:
        stream = AgentStream(Work("a", "b", "c"))
        event = await stream.next(CTX)
        assert event is not None and event["text"] == "a"
        assert (await stream.result(CTX))["text"] == "abc"
        assert (await stream.result(CTX))["text"] == "abc"

    asyncio.run(main())


def test_more_events_than_may_wait_are_all_read() -> None:
    async def main() -> None:
        texts = [str(i) for i in range(MAX_WAITING * 2 + 3)]
        assert await rest(AgentStream(Work(*texts))) == texts
        assert (await AgentStream(Work(*texts)).result(CTX))["text"] == "".join(texts)

    asyncio.run(main())


def test_the_agent_waits_for_a_reader_that_is_slow() -> None:
    async def main() -> None:
        work = Work(*["x"] * (MAX_WAITING + 50))
        stream = AgentStream(work)
        await turns(MAX_WAITING + 100)
        assert work.n_said == MAX_WAITING
        await stream.next(CTX)
        await turns()
        assert work.n_said == MAX_WAITING + 1
        stream.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("n_events", [0, 1, MAX_WAITING, MAX_WAITING + 1])
def test_an_error_comes_after_all_events_before_it_and_each_time(n_events: int) -> None:
    async def main() -> None:
        stream = AgentStream(Work(*["x"] * n_events, error=ProviderError("broke off")))
        found = 0
        with pytest.raises(ProviderError, match="broke off"):
            while await stream.next(CTX) is not None:
                found += 1
        assert found == n_events
        with pytest.raises(ProviderError):
            await stream.next(CTX)
        with pytest.raises(ProviderError):
            await stream.result(CTX)

    asyncio.run(main())


@pytest.mark.parametrize("has_begun", [True, False])
def test_one_that_is_stopped_ends_its_loop_and_has_no_answer(has_begun: bool) -> None:
    async def main() -> None:
        work = Work("a", "b", ends=False)
        stream = AgentStream(work)
        if has_begun:
            await stream.next(CTX)
        stream.stop(CTX)
        assert await stream.next(CTX) is None
        with pytest.raises(Cancelled, match="stopped before it had answered"):
            await stream.result(CTX)
        assert work.was_cancelled is has_begun
        assert await rest(stream) == []

    asyncio.run(main())


def test_one_that_is_stopped_after_its_end_keeps_its_answer() -> None:
    async def main() -> None:
        stream = AgentStream(Work("a"))
        await rest(stream)
        stream.stop(CTX)
        assert (await stream.result(CTX))["text"] == "a"

    asyncio.run(main())


def test_a_reader_who_waits_hears_of_the_stop() -> None:
    async def main() -> None:
        stream = AgentStream(Work("a", ends=False))
        await stream.next(CTX)
        waiting = asyncio.create_task(stream.next(CTX))
        asking = asyncio.create_task(stream.result(CTX))
        await turns()
        stream.stop(CTX)
        assert await waiting is None
        with pytest.raises(Cancelled):
            await asking

    asyncio.run(main())


def test_several_readers_share_the_events_and_all_hear_of_the_end() -> None:
    async def main() -> None:
        stream = AgentStream(Work(*"abcdef"))
        found = await asyncio.gather(*(rest(stream) for _ in range(4)))
        assert sorted(it for part in found for it in part) == list("abcdef")

    asyncio.run(main())


@pytest.mark.parametrize("read", ["next", "result"])
def test_the_agent_stops_when_the_call_that_waits_for_it_is_cancelled(read: str) -> None:
    async def main() -> None:
        work = Work(ends=False)
        stream = AgentStream(work)
        waiting = asyncio.create_task(getattr(stream, read)(CTX))
        await turns()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await turns()
        assert work.was_cancelled
        assert await stream.next(CTX) is None

    asyncio.run(main())


def test_the_agent_stops_when_nobody_holds_the_stream_and_not_while_somebody_does() -> None:
    async def main() -> None:
        held, let_go = Work(ends=False), Work(ends=False)
        kept, stream = AgentStream(held), AgentStream(let_go)
        await turns()
        del stream
        gc.collect()
        await turns()
        assert let_go.was_cancelled and not held.was_cancelled
        kept.aclose()

    asyncio.run(main())


def test_an_error_that_nobody_reads_is_no_complaint_of_asyncios(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        stream = AgentStream(Work(error=ProviderError("unread")))
        await turns()
        del stream
        gc.collect()

    asyncio.run(main())
    assert caplog.records == []


def test_a_function_is_told_of_everything_and_gets_the_answer(script: Any) -> None:
    agent = script.call("Agent", "create", name="ada", model="echo")
    events = []

    async def watch(event: dict[str, Any]) -> None:
        events.append((event["type"], event["text"], event["agent"]))

    assert script.call(agent, "stream", "a b", watch)["text"] == "a b"
    assert events == [("text", "a", "ada"), ("text", " b", "ada"), ("progress", "", "ada"), ("done", "a b", "ada")]


def test_what_a_function_raises_ends_the_agent(script: Any) -> None:
    agent = script.call("Agent", "create", name="ada", model="echo")

    async def refuse(event: dict[str, Any]) -> None:
        raise ProviderError("enough")

    with pytest.raises(ProviderError, match="enough"):
        script.call(agent, "stream", "a b", refuse)
    assert script.call(agent, "get_metrics")["failures"] == 1


def test_without_a_function_there_is_a_stream(script: Any) -> None:
    agent = script.call("Agent", "create", name="ada", model="echo")

    async def main() -> list[str]:
        stream = await script.acall(agent, "stream", "a b")
        talk = await script.acall(agent, "conversation")
        other = await script.acall(talk, "stream", "c")
        assert await rest(other) == ["c", "", "c"]
        assert len(await script.acall(talk, "history")) == 2
        return await rest(stream)

    assert asyncio.run(main()) == ["a", " b", "", "a b"]
