"""The thin client against servers on 127.0.0.1: what it sends, and what becomes of all that can go wrong."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from model_conversations import completed, run, says, texts
from wire_server import Answer, WireServer, sse

from llmspell.errors import ConfigError, KeyMissing, LLMSpellError, MalformedAnswer, ProviderError
from llmspell.journal.entries import Usage
from llmspell.models import http_client, openai_stream
from llmspell.models.http_client import HttpClients
from llmspell.models.messages import user
from llmspell.models.openai_model import OpenAIModel
from llmspell.models.protocol import Completed, ModelEvent, ModelRequest, ModelResponse, ReasoningDelta, TextDelta
from llmspell.models.provider_config import Limits, ProviderConfig
from llmspell.version import __version__

KEY = "sk-proj-Abcdefghij0123456789KLMNOP"
HELLO = {"id": "c1", "model": "m-2026", "choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}]}
CHUNKS = sse(
    {"choices": [{"delta": {"content": "hel"}}]},
    {"choices": [{"delta": {"content": "lo"}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
)
DONE = b"data: [DONE]\n\n"


@asynccontextmanager
async def model_of(server: WireServer | str, **fields: Any) -> AsyncIterator[OpenAIModel]:
    """A model of this server, whose connections are closed in the end."""
    url = server if isinstance(server, str) else f"{server.url}/v1"
    config = ProviderConfig("openai", "chat_completions", url, key_hint="OPENAI_API_KEY", **fields)
    http = HttpClients()
    try:
        yield OpenAIModel(config, "m", http=http)
    finally:
        await http.aclose()


def asked(*answers: Answer, request: ModelRequest | None = None, **fields: Any) -> tuple[ModelResponse, WireServer]:
    """The answer to a request, and the server that was asked."""

    async def work() -> tuple[ModelResponse, WireServer]:
        async with WireServer(*answers) as server, model_of(server, **fields) as model:
            return await model.request(request or says("hi")), server

    return run(work())


def streamed(*answers: Answer, events: list[ModelEvent] | None = None, **fields: Any) -> list[ModelEvent]:
    """What a request streams. What came before an error is in `events`, where they are given."""
    found = [] if events is None else events

    async def work() -> list[ModelEvent]:
        async with WireServer(*answers) as server, model_of(server, **fields) as model:
            async for it in model.stream(says("hi")):
                found.append(it)
            return found

    return run(work())


def test_a_request_is_signed_and_says_who_asks() -> None:
    response, server = asked(Answer(HELLO, headers={"x-request-id": "req_1"}), key=lambda: f" {KEY}\n")
    assert (response.message.text, response.model, response.request_id) == ("hello", "m-2026", "req_1")
    (request,) = server.asked
    assert request.target == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["user-agent"] == f"llmspell/{__version__}"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def test_a_local_server_gets_no_key() -> None:
    _, server = asked(Answer(HELLO))
    assert "authorization" not in server.asked[0].headers


def test_the_headers_of_the_settings_come_on_top() -> None:
    headers = {"X-Title": "me", "Authorization": "Basic YTpi", "User-Agent": "other"}
    _, server = asked(Answer(HELLO), key=lambda: KEY, headers=headers)
    sent = server.asked[0].headers
    assert (sent["x-title"], sent["authorization"], sent["user-agent"]) == ("me", "Basic YTpi", "other")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("", "/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/deployments/d?api-version=1#x", "/deployments/d/chat/completions?api-version=1"),
    ],
)
def test_the_base_url_is_extended_before_its_query(path: str, target: str) -> None:
    async def work() -> str:
        async with WireServer(Answer(HELLO)) as server, model_of(server.url + path) as model:
            await model.request(says("hi"))
            return server.asked[0].target

    assert run(work()) == target


@pytest.mark.parametrize(
    "url", ["", "localhost:8080/v1", "ftp://h/v1", "http://", "http://h:99999/v1", "http://[::1/v1"]
)
def test_a_base_url_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        OpenAIModel(ProviderConfig("mine", "chat_completions", url), "m", http=HttpClients())
    assert "providers.mine.base_url" in error.value.hint
    OpenAIModel(ProviderConfig("mine", "chat_completions", "http://[::1]:8080"), "m", http=HttpClients())


def test_the_key_is_asked_for_once_in_a_thread_and_not_before_it_is_needed() -> None:
    threads: list[threading.Thread] = []

    def key() -> str:
        threads.append(threading.current_thread())
        return KEY

    async def work() -> None:
        async with WireServer(Answer(HELLO)) as server, model_of(server, key=key) as model:
            assert threads == []
            await asyncio.gather(*(model.request(says("hi")) for _ in range(8)))
            await model.request(says("hi"))

    run(work())
    assert len(threads) == 1 and threads[0] is not threading.main_thread()


def test_without_a_key_nothing_is_sent_and_the_next_request_asks_again() -> None:
    keys = [KEY]

    def key() -> str:
        if not keys:
            raise KeyMissing("no key for openai", hint="set OPENAI_API_KEY")
        return keys.pop()

    async def work() -> None:
        async with WireServer(Answer(HELLO)) as server, model_of(server, key=key) as model:
            found = keys.pop()
            with pytest.raises(KeyMissing):
                await model.request(says("hi"))
            assert server.asked == []
            keys.append(found)
            await model.request(says("hi"))
            assert len(server.asked) == 1

    run(work())


@pytest.mark.parametrize("key", ["sk-two\nlines", "sk-\u043alyuch", "sk-\x07bell"])
def test_a_key_that_no_header_may_hold_is_named_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError) as error:
        asked(Answer(HELLO), key=lambda: key)
    assert "providers.openai.api_key" in error.value.hint
    assert key[3:] not in str(error.value)


def test_a_header_that_cannot_be_sent_is_named_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="header") as error:
        asked(Answer(HELLO), headers={"x-token": "se\ncret"})
    assert "cret" not in str(error.value)


def test_connections_are_kept_and_shared_by_all_models() -> None:
    async def work() -> int:
        async with WireServer(Answer(HELLO), Answer([*CHUNKS, DONE]), Answer(HELLO)) as server:
            http = HttpClients()
            config = ProviderConfig("p", "chat_completions", server.url)
            first, second = OpenAIModel(config, "a", http=http), OpenAIModel(config, "b", http=http)
            await first.request(says("hi"))
            assert [it async for it in second.stream(says("hi"))]
            await first.request(says("hi"))
            await first.aclose()
            await second.request(says("hi"))
            n_connections = len(server._connections)
            await http.aclose()
            return n_connections

    assert run(work()) == 1


def test_a_stream_hands_on_each_piece_and_ends_with_the_whole() -> None:
    events = streamed(Answer([*CHUNKS, DONE], headers={"x-request-id": "req_1"}))
    assert events[:2] == [TextDelta("hel"), TextDelta("lo")]
    response = completed(events)
    assert response.message.text == "hello" and response.request_id == "req_1"
    assert response.usage == Usage(7, 2)
    assert [type(it) for it in events].count(Completed) == 1


def test_a_stream_in_pieces_of_seven_bytes_is_the_same_stream() -> None:
    whole = b": comment\r\n\r\n" + b"".join(CHUNKS) + DONE
    pieces = [whole[i : i + 7] for i in range(0, len(whole), 7)]
    assert streamed(Answer(pieces)) == streamed(Answer([*CHUNKS, DONE]))


@pytest.mark.parametrize("then", ["end", "drop", "hang"])
def test_what_follows_the_last_word_of_a_stream_does_not_matter(then: Any) -> None:
    assert completed(streamed(Answer([*CHUNKS, DONE, b"more"], then=then))).message.text == "hello"


@pytest.mark.parametrize("then", ["end", "drop"])
def test_a_stream_without_last_word_is_complete_with_a_reason_to_end(then: Any) -> None:
    assert completed(streamed(Answer(CHUNKS, then=then))).usage == Usage(7, 2)


def test_a_last_event_without_its_empty_line_is_handed_on_too() -> None:
    events = streamed(Answer([CHUNKS[0], CHUNKS[1].rstrip()]))
    assert texts(events) == ["hel", "lo"] and completed(events).message.text == "hello"


@pytest.mark.parametrize("then", ["end", "drop"])
@pytest.mark.parametrize("cut", [1, 20])
def test_an_answer_that_breaks_off_is_no_answer(then: Any, cut: int) -> None:
    events: list[ModelEvent] = []
    with pytest.raises(ProviderError) as error:
        streamed(Answer([CHUNKS[0], CHUNKS[1][:cut]], headers={"x-request-id": "req_1"}, then=then), events=events)
    assert texts(events) == ["hel"]
    assert error.value.details["kind"] == "interrupted" and error.value.details["retryable"] is True
    assert error.value.details["request_id"] == "req_1"


def test_an_error_in_mid_stream_comes_after_what_was_said_before() -> None:
    events: list[ModelEvent] = []
    with pytest.raises(ProviderError, match="no provider left"):
        streamed(Answer([CHUNKS[0], *sse({"error": {"message": "no provider left", "code": 503}})]), events=events)
    assert texts(events) == ["hel"]


def test_a_server_that_does_not_stream_is_read_whole() -> None:
    message = {"content": "hello", "reasoning": "hm"}
    events = streamed(Answer({"choices": [{"message": message, "finish_reason": "stop"}]}))
    assert events[:2] == [ReasoningDelta("hm"), TextDelta("hello")]
    assert completed(events).message.text == "hello"
    empty = streamed(Answer({"choices": [{"message": {"content": None}, "finish_reason": "stop"}]}))
    assert [type(it) for it in empty] == [Completed]


def test_a_server_that_always_streams_is_put_together() -> None:
    response, _ = asked(Answer([*CHUNKS, b"data: [DONE]"]))
    assert (response.message.text, response.usage) == ("hello", Usage(7, 2))
    with pytest.raises(ProviderError) as error:
        asked(Answer(CHUNKS[:1]))
    assert error.value.details["kind"] == "interrupted"


def test_a_page_is_no_answer() -> None:
    page = Answer(b"<html>please log in</html>", headers={"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(MalformedAnswer, match="please log in"):
        asked(page)
    with pytest.raises(MalformedAnswer, match="please log in"):
        streamed(page)


@pytest.mark.parametrize(
    ("body", "field"), [({}, "choices"), ({"choices": [{}]}, "choices[0].message"), (b"{", "body")]
)
def test_a_malformed_answer_names_the_field(body: Any, field: str) -> None:
    for read in (asked, streamed):
        with pytest.raises(MalformedAnswer) as error:
            read(Answer(body))
        assert field in error.value.message


def test_a_refusal_keeps_the_providers_words_and_not_the_key() -> None:
    answer = Answer(
        {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}},
        status=401,
        headers={"x-request-id": "req_1"},
    )
    for read in (asked, streamed):
        with pytest.raises(ProviderError) as error:
            read(answer, key=lambda: KEY)
        assert "Incorrect API key provided" in error.value.message and "OPENAI_API_KEY" in error.value.hint
        assert error.value.details["status"] == 401 and error.value.details["request_id"] == "req_1"
        assert KEY[8:] not in f"{error.value} {error.value.details} {error.value.__cause__}"


def test_a_provider_may_ask_to_be_left_alone() -> None:
    with pytest.raises(ProviderError) as error:
        asked(Answer({"error": {"message": "slow down"}}, status=429, headers={"Retry-After": "2"}))
    assert error.value.details["retry_after_s"] == 2.0 and error.value.details["kind"] == "rate_limited"


def test_a_redirect_is_not_followed() -> None:
    async def work() -> None:
        async with WireServer(Answer(HELLO)) as other:
            redirect = Answer(status=307, headers={"Location": f"{other.url}/v1/chat/completions"})
            async with WireServer(redirect) as server, model_of(server, key=lambda: KEY) as model:
                with pytest.raises(ProviderError, match="redirects are not followed") as error:
                    await model.request(says("hi"))
            assert other.asked == [] and other.url in error.value.message

    run(work())


def test_a_server_that_refuses_connections_is_named_with_its_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://user:password@127.0.0.1:{taken.getsockname()[1]}/v1"

        async def work() -> None:
            async with model_of(url) as model:
                await model.request(says("hi"))

        with pytest.raises(ProviderError, match="cannot reach openai/m at http://127.0.0.1:.*/v1: connection") as error:
            run(work())
    assert error.value.details["kind"] == "connection" and error.value.details["retryable"] is True
    assert "password" not in str(error.value)


def test_a_host_that_is_not_known_is_a_failed_connection() -> None:
    async def work() -> None:
        async with model_of("http://nowhere.invalid/v1") as model:
            await model.request(says("hi"))

    with pytest.raises(ProviderError, match=r"cannot reach openai/m at http://nowhere\.invalid/v1") as error:
        run(work())
    assert error.value.details["kind"] == "connection"


def test_a_server_that_leaves_without_an_answer_is_a_failed_connection() -> None:
    with pytest.raises(ProviderError) as error:
        asked(Answer(b"", then="drop"))
    assert error.value.details["kind"] == "connection" and error.value.details["retryable"] is True
    with pytest.raises(ProviderError) as error:
        asked(Answer(b'{"choices"', then="drop"))
    assert error.value.details["kind"] == "interrupted"


def test_a_server_that_says_nothing_more_is_given_up_after_its_time() -> None:
    limits = Limits(timeout_s=0.05)
    for answer in (Answer(b"", then="hang"), Answer(CHUNKS[:1], then="hang")):
        with pytest.raises(ProviderError) as error:
            streamed(answer, limits=limits)
        assert error.value.details["kind"] == "timeout"
        assert error.value.hint == "wait longer with the setting providers.openai.timeout"


@pytest.mark.parametrize("answer", [Answer(b"", then="hang"), Answer(b'{"choices"', then="hang")])
def test_cancelling_a_request_closes_its_connection_at_once(answer: Answer) -> None:
    async def work() -> None:
        async with WireServer(answer) as server, model_of(server) as model:
            task = asyncio.ensure_future(model.request(says("hi")))
            await server.came.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.left.wait()

    run(work())


def test_closing_a_stream_closes_its_connection_at_once() -> None:
    async def work() -> None:
        async with WireServer(Answer(CHUNKS[:1], then="hang")) as server, model_of(server) as model:
            stream = model.stream(says("hi"))
            async with aclosing(stream) as events:  # type: ignore[type-var]
                async for event in events:
                    assert event == TextDelta("hel")
                    break
            await server.left.wait()

    run(work())


def test_the_deadline_is_the_callers() -> None:
    async def work() -> None:
        async with WireServer(Answer(b"", then="hang")) as server, model_of(server) as model:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await model.request(says("hi"))
            await server.left.wait()

    run(work())


def test_a_prompt_of_ten_megabytes_arrives() -> None:
    prompt = "\u00e9" * 5_000_000
    _, server = asked(Answer(HELLO), request=ModelRequest((user(prompt),)))
    assert server.asked[0].json["messages"][0]["content"] == prompt


def test_a_large_request_that_is_refused_before_it_was_read_says_why() -> None:
    async def work() -> None:
        gone = asyncio.Event()

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            body = b'{"error": {"message": "too large"}}'
            writer.write(
                b"HTTP/1.1 413 Too Large\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
            )
            while await reader.read(65536):
                pass
            writer.close()
            gone.set()

        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with server:
            async with model_of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as model:
                with pytest.raises(ProviderError, match="413: too large"):
                    await model.request(ModelRequest((user("x" * 10_000_000),)))
            await gone.wait()

    run(work())


def test_an_answer_without_end_is_refused_and_one_below_the_bound_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_BODY_BYTES", 2000)
    monkeypatch.setattr("llmspell.models.openai_model.MAX_BODY_BYTES", 2000)
    long = {"choices": [{"message": {"content": "x" * 3000}}]}
    with pytest.raises(MalformedAnswer, match="the body is longer than"):
        asked(Answer(long))
    with pytest.raises(MalformedAnswer, match="the body is longer than"):
        streamed(Answer([*CHUNKS[:1], *[b": ping\n\n"] * 400]))
    assert asked(Answer(HELLO))[0].message.text == "hello"
    assert completed(streamed(Answer(CHUNKS))).message.text == "hello"


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_stream, "MAX_EVENT_BYTES", 200)
    endless = [CHUNKS[0], b"data: " + b"x" * 300]
    with pytest.raises(MalformedAnswer, match="an event of the stream is longer than"):
        streamed(Answer(endless))
    with pytest.raises(MalformedAnswer, match="an event of the stream is longer than"):
        asked(Answer(endless))


def test_an_answer_whose_compression_is_broken_is_malformed() -> None:
    with pytest.raises(MalformedAnswer):
        asked(Answer(b"no gzip", headers={"Content-Encoding": "gzip"}))


def test_a_model_says_what_it_is() -> None:
    config = ProviderConfig("p", "chat_completions", "http://127.0.0.1:1")
    model = OpenAIModel(config, "m", http=HttpClients())
    assert (model.provider, model.name, model.capabilities) == ("p", "m", config.capabilities)


def test_an_answer_that_was_spoken_has_the_format_that_was_asked_for() -> None:
    audio = {"id": "a", "data": "AAAA", "transcript": "hi"}
    answer = Answer({"choices": [{"message": {"content": None, "audio": audio}, "finish_reason": "stop"}]})
    request = says("hi")
    request = replace(request, settings=replace(request.settings, extra={"audio": {"format": "flac", "voice": "v"}}))
    response, server = asked(answer, request=request)
    assert response.message.parts[1].mime == "audio/flac"  # type: ignore[union-attr]
    assert json.loads(server.asked[0].body)["audio"]["voice"] == "v"


def test_every_error_of_a_server_can_be_written_to_the_journal() -> None:
    for status in (400, 401, 402, 403, 404, 408, 409, 429, 500, 503):
        with pytest.raises(LLMSpellError) as error:
            asked(Answer(b"\xff\x00<html>", status=status))
        json.dumps(error.value.to_wire())
