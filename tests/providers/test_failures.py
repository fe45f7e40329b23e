"""What happens when a provider refuses, breaks, hangs or speaks nonsense, in each of the formats."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aimock_server import Aimock
from model_conversations import run, says, texts
from wire_server import Answer, WireServer
from wires import DEFAULT_LIMITS, KEY, Wire, opened

from llmspell.errors import MalformedAnswer, ProviderError
from llmspell.models.attempts import Attempts
from llmspell.models.protocol import ModelEvent, ModelResponse
from llmspell.models.provider_config import Limits


def failure(wire: Wire, origin: str, test_id: str, said: str, *, stream: bool = False) -> ProviderError:
    """The error that one request ends with."""

    async def work() -> None:
        async with opened(wire, origin, test_id) as model:
            if stream:
                async for _ in model.stream(says(said)):
                    pass
            else:
                await model.request(says(said))

    with pytest.raises(ProviderError) as raised:
        run(work())
    return raised.value


def attempt(
    wire: Wire, origin: str, test_id: str, said: str, limits: Limits = DEFAULT_LIMITS, *, stream: bool = False
) -> tuple[ModelResponse, int]:
    """The answer after as many attempts as it needs, and how many they were. Backs off for no time at all."""

    async def ignore(event: ModelEvent) -> None:
        pass

    async def work() -> tuple[ModelResponse, int]:
        async with opened(wire, origin, test_id, limits) as model:
            attempts = Attempts(random=lambda: 0.0)
            return await attempts.run(model, says(said), limits, on_event=ignore if stream else None)

    return run(work())


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("said", "details"),
    [
        ("hurry always", {"kind": "rate_limited", "retryable": True, "status": 429, "retry_after_s": 7.0}),
        ("break always", {"kind": "server", "retryable": True, "status": 500}),
        ("wrong key", {"kind": "authentication", "retryable": False, "status": 401}),
        ("what nobody has an answer to", {"kind": "not_found", "retryable": False, "status": 404}),
    ],
)
def test_a_refusal_says_what_the_server_said_and_one_request_was_made(
    wire: Wire, aimock: Aimock, test_id: str, said: str, details: dict[str, object], stream: bool
) -> None:
    error = failure(wire, aimock.url, test_id, said, stream=stream)
    (sent,) = aimock.journal(test_id)
    expected = {"provider": wire.provider, "model": wire.model, "attempts": 1, **details}
    assert {key: error.details.get(key) for key in expected} == expected
    assert error.details["request_id"] == sent["headers"]["x-request-id"]
    message = {429: "slow down", 500: "it broke", 401: "no such key", 404: "No fixture matched"}
    assert message[sent["response"]["status"]] in error.message
    assert KEY not in repr((error, error.details, error.hint))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("hurry once", "Now there is time."),  # 429 with Retry-After
        ("break once", "Mended."),  # 500
        ("vanish once", "Connected again."),  # the connection is dropped
    ],
)
def test_what_fails_once_is_asked_for_again(
    wire: Wire, aimock: Aimock, test_id: str, said: str, answer: str, stream: bool
) -> None:
    response, n_attempts = attempt(wire, aimock.url, test_id, said, stream=stream)
    assert (response.message.text, n_attempts) == (answer, 2)
    assert len(aimock.journal(test_id)) == 2


def test_what_fails_always_says_how_often_it_was_asked_for(wire: Wire, aimock: Aimock, test_id: str) -> None:
    with pytest.raises(ProviderError, match="it broke") as raised:
        attempt(wire, aimock.url, test_id, "break always", Limits(retries=2))
    assert raised.value.details["attempts"] == 3
    assert len(aimock.journal(test_id)) == 3


def test_a_stream_that_breaks_off_is_no_answer(wire: Wire, aimock: Aimock, test_id: str) -> None:
    seen: list[ModelEvent] = []

    async def work() -> None:
        async with opened(wire, aimock.url, test_id) as model:
            async for event in model.stream(says("stop halfway")):
                seen.append(event)

    with pytest.raises(ProviderError) as raised:
        run(work())
    assert "".join(texts(seen)).startswith("These words arrive")
    assert len(texts(seen)) == len(seen)  # nothing said that it was complete
    assert (raised.value.details["kind"], raised.value.details["retryable"]) == ("interrupted", True)


def test_an_answer_that_makes_no_sense_is_malformed(wire: Wire, aimock: Aimock, test_id: str) -> None:
    for stream in (False, True):
        error = failure(wire, aimock.url, test_id, "make no sense", stream=stream)
        assert isinstance(error, MalformedAnswer)
        assert error.details["retryable"] is False
        assert f"{wire.provider}/{wire.model}" in error.message


def test_a_server_that_hangs_is_left_at_the_deadline(wire: Wire, test_id: str) -> None:
    async def work() -> None:
        limits = Limits(timeout_s=0.3)
        server = WireServer(Answer({}, status=404), Answer(then="hang"))
        async with server, opened(wire, server.url, test_id) as model:
            with pytest.raises(ProviderError, match="404"):
                await model.request(says("hello"))  # whatever is imported at first is imported now
            with pytest.raises(ProviderError) as raised:
                await Attempts().run(model, says("hello"), limits)
            assert raised.value.details["kind"] == "timeout"
            assert "0.3 s" in raised.value.message
            if len(server.asked) > 1:  # else it did not come so far
                await server.left.wait()

    run(work())


def test_a_stream_that_hangs_is_left_at_the_deadline(wire: Wire, aimock: Aimock, test_id: str) -> None:
    seen: list[ModelEvent] = []

    async def keep(event: ModelEvent) -> None:
        seen.append(event)

    async def work() -> None:
        limits = Limits(timeout_s=0.5)
        async with opened(wire, aimock.url, test_id) as model:
            await model.request(says("say hello"))  # as above
            with pytest.raises(ProviderError) as raised:
                await Attempts().run(model, says("begin and hang"), limits, on_event=keep)
            assert raised.value.details["kind"] == "timeout"

    run(work())
    assert "These words come at once".startswith("".join(texts(seen))[:20])


def test_cancelling_leaves_a_server_that_hangs(wire: Wire, test_id: str) -> None:
    async def work() -> None:
        async with WireServer(Answer(then="hang")) as server, opened(wire, server.url, test_id) as model:
            asking = asyncio.ensure_future(model.request(says("hello")))
            while not server.asked:  # noqa: ASYNC110  # it has no event for it
                await asyncio.sleep(0)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await server.left.wait()

    run(work())


def test_nobody_at_the_address_is_a_failed_connection(wire: Wire, test_id: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        error = failure(wire, f"http://127.0.0.1:{free.getsockname()[1]}", test_id, "hello")
    assert (error.details["kind"], error.details["retryable"]) == ("connection", True)
    assert "refused" in error.message
