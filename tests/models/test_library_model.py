"""The model itself: when the library is imported, who is asked with which key, and how an answer is left."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from model_conversations import LONGEST_S, completed, events_of, run, says, texts
from wire_server import Answer, WireServer, claude, claude_stream, gemini, sse

from llmspell.errors import ConfigError, KeyMissing, MalformedAnswer, ProviderError
from llmspell.models.library_model import LibraryModel
from llmspell.models.protocol import Capabilities, ModelSettings, ReasoningDelta, TextDelta
from llmspell.models.provider_config import Limits, ProviderConfig

KEY = "sk-ant-api03-never-seen-1234567890"
NAMES = {"anthropic": "claude-sonnet-4-6", "google": "gemini-2.5-flash"}
HELLO = {"anthropic": claude("hello"), "google": gemini("hello")}
STREAMS = {
    "anthropic": claude_stream(["hel", "lo"]),
    "google": sse(gemini("hel", finish=None), gemini("lo")),
}
# The format's longest answer would be streamed by the library, whether or not it is asked for a stream.
SHORT = ModelSettings(max_tokens=100)
both = pytest.mark.parametrize("library", NAMES)


def config_of(library: str, url: str, **fields: Any) -> ProviderConfig:
    config = ProviderConfig(library, "library", url, key=lambda: KEY, library=library, extra=library)
    return replace(config, **fields)


@asynccontextmanager
async def asked_of(library: str, *answers: Answer, **fields: Any) -> AsyncIterator[tuple[LibraryModel, WireServer]]:
    """A model, and the server that answers it."""
    async with WireServer(*answers) as server:
        model = LibraryModel(config_of(library, server.url, **fields), NAMES[library])
        try:
            yield model, server
        finally:
            await model.aclose()


@both
def test_a_text_is_answered_with_who_answered_and_what_it_took(library: str) -> None:
    async def work() -> None:
        async with asked_of(library, Answer(HELLO[library], headers={"Request-Id": "req_7"})) as (model, server):
            answer = await model.request(says("hi", settings=SHORT))
        assert (answer.message.text, answer.finish_reason) == ("hello", "stop")
        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (10, 5)
        assert (answer.model, answer.request_id) == (NAMES[library], "req_7")
        assert KEY in str(server.asked[0].headers)

    run(work())


@both
def test_pieces_are_handed_on_as_they_arrive_and_come_to_the_whole_answer(library: str) -> None:
    async def work() -> None:
        async with asked_of(library, Answer(STREAMS[library])) as (model, _):
            events = await events_of(model, says("hi"))
        assert texts(events) == ["hel", "lo"]
        assert completed(events).message.text == "hello"

    run(work())


def test_thoughts_are_handed_on_apart_from_the_text() -> None:
    async def work() -> None:
        stream = sse(gemini({"text": "hm", "thought": True}, finish=None), gemini("so"))
        async with asked_of("google", Answer(stream)) as (model, _):
            events = await events_of(model, says("hi"))
        assert events[:-1] == [ReasoningDelta("hm"), TextDelta("so")]
        assert (completed(events).message.reasoning, completed(events).message.text) == ("hm", "so")

    run(work())


@both
def test_leaving_a_stream_between_two_pieces_closes_the_connection_at_once(library: str) -> None:
    async def work() -> None:
        async with asked_of(library, Answer(STREAMS[library][:-3] or STREAMS[library][:1], then="hang")) as (
            model,
            server,
        ):
            stream = model.stream(says("hi"))
            async for event in stream:
                assert isinstance(event, TextDelta)
                break
            await stream.aclose()
            await server.left.wait()

    run(work())


@both
def test_cancelling_whoever_waits_for_a_piece_closes_the_connection_at_once(library: str) -> None:
    async def work() -> None:
        came = asyncio.Event()

        async def read(model: LibraryModel) -> None:
            async for _ in model.stream(says("hi")):
                came.set()

        async with asked_of(library, Answer(STREAMS[library][:-3] or STREAMS[library][:1], then="hang")) as (
            model,
            server,
        ):
            reading = asyncio.create_task(read(model))
            await came.wait()
            reading.cancel()
            await server.left.wait()
            with pytest.raises(asyncio.CancelledError):
                await reading

    run(work())


@both
def test_cancelling_whoever_waits_for_a_whole_answer_closes_the_connection_at_once(library: str) -> None:
    async def work() -> None:
        async with asked_of(library, Answer(b"", then="hang")) as (model, server):
            asking = asyncio.create_task(model.request(says("hi", settings=SHORT)))
            await server.came.wait()
            asking.cancel()
            await server.left.wait()
            with pytest.raises(asyncio.CancelledError):
                await asking

    run(work())


@both
def test_one_attempt_is_made_however_it_fails(library: str) -> None:
    async def work() -> None:
        async with asked_of(library, Answer({"error": {"message": "no"}}, 500), Answer(HELLO[library])) as (
            model,
            server,
        ):
            with pytest.raises(ProviderError):
                await model.request(says("hi", settings=SHORT))
            assert len(server.asked) == 1
            assert (await model.request(says("hi", settings=SHORT))).message.text == "hello"

    run(work())


@both
def test_headers_of_the_settings_go_along(library: str) -> None:
    async def work() -> None:
        async with asked_of(library, Answer(HELLO[library]), headers={"X-Team": "blue"}) as (model, server):
            await model.request(says("hi", settings=SHORT))
        assert server.asked[0].headers["x-team"] == "blue"

    run(work())


def test_a_server_is_waited_for_as_long_as_the_settings_say() -> None:
    async def work() -> None:
        limits = Limits(timeout_s=0.05)
        async with asked_of("anthropic", Answer(b"", then="hang"), limits=limits) as (model, _):
            with pytest.raises(ProviderError, match="nothing more from anthropic/claude-sonnet-4-6 in time") as raised:
                await model.request(says("hi", settings=SHORT))
        assert (raised.value.details["kind"], raised.value.details["retryable"]) == ("timeout", True)

    run(work())


@pytest.mark.parametrize(("library", "header"), [("anthropic", "authorization"), ("google", "x-goog-api-key")])
def test_a_server_without_a_key_is_sent_none_of_the_environment(
    library: str, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Gateway: only-for-the-gateway\nX-Team: red")

    async def work() -> None:
        fields = {"key": lambda: "", "headers": {"X-Team": "blue"}}
        async with asked_of(library, Answer(HELLO[library]), **fields) as (model, server):
            await model.request(says("hi", settings=SHORT))
        headers = server.asked[0].headers
        assert (headers[header].removeprefix("Bearer "), headers["x-team"]) == ("none", "blue")
        assert "x-gateway" not in headers and KEY not in str(headers)

    run(work())


def test_a_server_with_a_key_of_the_settings_is_sent_the_headers_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: they are the user's, and so is the server."""
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Gateway: only-for-the-gateway")

    async def work() -> None:
        async with asked_of("anthropic", Answer(HELLO["anthropic"])) as (model, server):
            await model.request(says("hi", settings=SHORT))
        assert server.asked[0].headers["x-gateway"] == "only-for-the-gateway"

    run(work())


def test_a_missing_key_sends_nothing_and_the_next_request_asks_for_it_again() -> None:
    keys = iter(["", KEY])

    def key() -> str:
        found = next(keys)
        if not found:
            raise KeyMissing("no key for anthropic")
        return found

    async def work() -> None:
        async with asked_of("anthropic", Answer(HELLO["anthropic"]), key=key) as (model, server):
            with pytest.raises(KeyMissing):
                await model.request(says("hi", settings=SHORT))
            assert server.asked == []
            assert (await model.request(says("hi", settings=SHORT))).message.text == "hello"

    run(work())


def test_requests_at_once_ask_for_the_key_once_and_survive_the_first_being_cancelled() -> None:
    n_asked = 0

    def key() -> str:
        nonlocal n_asked
        n_asked += 1
        return KEY

    async def work() -> None:
        async with asked_of("anthropic", Answer(HELLO["anthropic"]), key=key) as (model, _):
            first, *others = (asyncio.create_task(model.request(says("hi", settings=SHORT))) for _ in range(5))
            await asyncio.sleep(0)
            first.cancel()
            answers = await asyncio.gather(*others)
            assert {it.message.text for it in answers} == {"hello"}
            assert first.cancelled()

    run(work())
    assert n_asked == 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # so that connections are kept

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(HELLO["anthropic"]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is to be seen of it."""


def test_one_model_serves_one_event_loop_after_the_other() -> None:
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server,
        asyncio.Runner() as first,
        asyncio.Runner() as second,
    ):
        threading.Thread(target=server.serve_forever).start()
        try:
            model = LibraryModel(config_of("anthropic", f"http://127.0.0.1:{server.server_port}"), NAMES["anthropic"])

            async def ask() -> str:
                async with asyncio.timeout(LONGEST_S):
                    return (await model.request(says("hi", settings=SHORT))).message.text

            assert first.run(ask()) == "hello"
            opened = model._opening
            assert opened is not None
            assert second.run(ask()) == "hello"
            second.run(model.aclose())
            first.run(opened.result().aclose())
        finally:
            server.shutdown()


def test_capabilities_are_those_of_the_settings_until_the_library_has_been_asked() -> None:
    async def work() -> None:
        wanted = Capabilities(media=("image", "audio"))
        async with asked_of("anthropic", Answer(HELLO["anthropic"]), capabilities=wanted) as (model, _):
            assert model.capabilities == wanted
            await model.request(says("hi", settings=SHORT))
            assert model.capabilities == Capabilities(tools=True, schema=True, media=("image",))

    run(work())


def test_a_closed_model_can_be_asked_again() -> None:
    async def work() -> None:
        async with asked_of("anthropic", Answer(HELLO["anthropic"])) as (model, server):
            await model.aclose()
            await model.request(says("hi", settings=SHORT))
            await model.aclose()
            assert (await model.request(says("hi", settings=SHORT))).message.text == "hello"
        assert len(server.asked) == 2

    run(work())


def test_a_provider_that_the_library_does_not_know_is_named() -> None:
    model = LibraryModel(ProviderConfig("mine", "library", library="acme"), "m")
    with pytest.raises(ConfigError, match="provider mine: pydantic-ai has no provider 'acme'"):
        run(model.request(says("hi")))


@pytest.mark.parametrize(
    ("library", "extra", "package"),
    [("groq", "", "pydantic-ai-slim[groq]"), ("mistral", "own", "llmspell[own]")],
)
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    library: str, extra: str, package: str
) -> None:
    model = LibraryModel(ProviderConfig(library, "library", library=library, extra=extra), "m")
    with pytest.raises(ConfigError) as raised:
        run(model.request(says("hi")))
    assert raised.value.message == f"provider {library} needs a package that is not installed"
    assert raised.value.hint == f"pip install '{package}'"


# Importing costs a second, so one process shows all of it: nothing is imported before a request; where the library is
# not there, that is said; while it is imported, the event loop answers; and two models import it once.
IMPORTS = """
import asyncio, sys, threading
from llmspell.errors import ConfigError, ProviderError
from llmspell.models.library_model import LibraryModel
from llmspell.models.messages import user
from llmspell.models.protocol import ModelRequest
from llmspell.models.provider_config import ProviderConfig

class Finder:
    is_there = False
    def __init__(self, loop):
        self.loop = loop
        self.answered = threading.Event()
        self.looked_for = []
    def find_spec(self, name, path=None, target=None):
        if name == "pydantic_ai" and not self.is_there:
            raise ModuleNotFoundError(name)
        if name in ("pydantic_ai", "pydantic_ai.models"):
            self.looked_for.append(name)
            self.loop.call_soon_threadsafe(self.answered.set)
            self.answered.wait(20)

async def main():
    config = ProviderConfig("anthropic", "library", "http://127.0.0.1:9", library="anthropic", extra="anthropic")
    models = [LibraryModel(config, "claude-sonnet-4-6") for _ in range(2)]
    request = ModelRequest((user("hi"),))
    heavy = {"pydantic_ai", "anthropic", "httpx2", "pydantic"}
    print("loaded", sorted(heavy & set(sys.modules)))
    finder = Finder(asyncio.get_running_loop())
    sys.meta_path.insert(0, finder)
    try:
        await models[0].request(request)
    except ConfigError as error:
        print(error)
    finder.is_there = True
    for it in models:
        try:
            await it.request(request)
        except ProviderError as error:
            print(error.details["kind"])
    print("answered", finder.answered.is_set(), *finder.looked_for)
asyncio.run(main())
"""


def test_the_library_is_imported_at_the_first_request_in_a_thread_and_once() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == [
        "loaded []",
        "provider anthropic needs a package that is not installed (pip install 'llmspell[anthropic]')",
        "connection",
        "connection",
        "answered True pydantic_ai pydantic_ai.models",
    ], done.stderr
    assert done.stderr == ""


def test_a_key_that_does_not_come_holds_up_neither_who_gives_up_nor_the_end() -> None:
    begun, gate, ended = threading.Event(), threading.Event(), threading.Event()

    def key() -> str:
        begun.set()
        gate.wait(LONGEST_S)
        ended.set()
        return KEY

    async def work() -> None:
        model = LibraryModel(config_of("anthropic", "http://127.0.0.1:1", key=key), NAMES["anthropic"])
        asking = asyncio.ensure_future(model.request(says("hi")))
        await asyncio.to_thread(begun.wait, LONGEST_S)
        asking.cancel()
        await asyncio.wait([asking])
        await model.aclose()

    run(work())
    assert not ended.is_set()
    gate.set()


@both
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_an_answer_without_end_is_refused_and_one_below_the_bound_is_not(
    library: str, status: int, is_streamed: bool, is_compressed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def packed(body: bytes) -> Answer:
        if not is_compressed:
            return Answer(body, status=status)
        return Answer(gzip.compress(body), status=status, headers={"content-encoding": "gzip"})

    async def work() -> None:
        long = b'{"error": {"message": "' + b"a" * 20_000 + b'"}}'
        short = b'{"error": {"message": "' + b"a" * 2_000 + b'"}}'
        async with asked_of(library, packed(long), packed(short)) as (model, _):
            for is_refused in (True, False):
                with pytest.raises(ProviderError) as raised:
                    if is_streamed:
                        await events_of(model, says("hi"))
                    else:
                        await model.request(says("hi", settings=SHORT))
                assert ("is longer than" in raised.value.message) is is_refused
                assert not is_refused or (
                    isinstance(raised.value, MalformedAnswer) and not raised.value.details["retryable"]
                )

    monkeypatch.setattr("llmspell.models.http_client.MAX_BODY_BYTES", 10_000)
    run(work())


@both
@pytest.mark.parametrize("is_streamed", [False, True])
def test_an_answer_that_is_compressed_twice_is_refused_before_it_is_undone(library: str, is_streamed: bool) -> None:
    async def work() -> None:
        body = json.dumps(HELLO[library]).encode()
        twice = Answer(gzip.compress(gzip.compress(body)), headers={"content-encoding": "gzip, gzip"})
        once = Answer(gzip.compress(body), headers={"content-encoding": "gzip"})
        async with asked_of(library, twice, once) as (model, server):
            with pytest.raises(ProviderError):
                if is_streamed:
                    await events_of(model, says("hi"))
                else:
                    await model.request(says("hi", settings=SHORT))
            assert (await model.request(says("hi", settings=SHORT))).message.text == "hello"
            assert [it.headers["accept-encoding"] for it in server.asked] == ["gzip, deflate"] * 2

    run(work())
