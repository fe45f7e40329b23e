"""One model call by our thin client, beside bare HTTP clients and OpenAI's own, on a server that answers at once.

The server is a process of its own on 127.0.0.1; all keep their connection, and ask it for the same in turn."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import httpx2

from llmspell.models.http_client import HttpClients
from llmspell.models.http_errors import Asked
from llmspell.models.messages import system, user
from llmspell.models.openai_answer import read_body
from llmspell.models.openai_format import write_request
from llmspell.models.openai_model import OpenAIModel
from llmspell.models.openai_stream import ServerSentEvents, StreamReading
from llmspell.models.protocol import ModelRequest, TextDelta, ToolDefinition
from llmspell.models.provider_config import ProviderConfig
from measure import in_turn, table
from model_server import ANSWER, EVENTS, N_CHUNKS

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
CALLS = 50  # in one round

REQUEST = ModelRequest(
    (system("Be brief."), user("What is 6 * 7?")),
    (ToolDefinition("multiply", "Multiplies", {"type": "object", "properties": {"a": {"type": "number"}}}),),
)


class Client(Protocol):
    """Asks the server; nothing is done with the answer."""

    async def call(self) -> None:
        """For a whole answer."""

    async def first_token(self, model: str = "short") -> float:
        """For a stream, read to its end; seconds until its first text was there."""


class Ours:
    def __init__(self, url: str) -> None:
        config = ProviderConfig("p", "chat_completions", url, key=lambda: "k")
        clients = HttpClients()
        self._models = {name: OpenAIModel(config, name, http=clients) for name in ("short", "long")}

    async def call(self) -> None:
        await self._models["short"].request(REQUEST)

    async def first_token(self, model: str = "short") -> float:
        started, first = time.perf_counter(), 0.0
        async for event in self._models[model].stream(REQUEST):
            if not first and isinstance(event, TextDelta):
                first = time.perf_counter() - started
        return first


class BareHttpx:
    """What one would write in a hurry with the library that ours is built on."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/chat/completions"
        self._client = httpx2.AsyncClient(headers={"authorization": "Bearer k"})
        self._body = json.loads(write_request(_config(url), "m", REQUEST, stream=False))

    async def call(self) -> None:
        response = await self._client.post(self._url, json=self._body)
        assert response.json()["choices"][0]["message"]["content"]

    async def first_token(self, model: str = "short") -> float:
        started, first = time.perf_counter(), 0.0
        async with self._client.stream(
            "POST", self._url, json={**self._body, "stream": True, "model": model}
        ) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                    first = first or time.perf_counter() - started
        return first


class BareHttpClient:
    """The standard library's, which blocks and knows nothing of timeouts in between, proxies or pools."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(url.split("/")[2])
        self._body = write_request(_config(url), "m", REQUEST, stream=False)
        self._streams = {it: write_request(_config(url), it, REQUEST, stream=True) for it in ("short", "long")}
        self._headers = {"content-type": "application/json", "authorization": "Bearer k"}

    async def call(self) -> None:
        self._connection.request("POST", "/v1/chat/completions", self._body, self._headers)
        assert json.loads(self._connection.getresponse().read())["choices"][0]["message"]["content"]

    async def first_token(self, model: str = "short") -> float:
        started, first = time.perf_counter(), 0.0
        self._connection.request("POST", "/v1/chat/completions", self._streams[model], self._headers)
        response = self._connection.getresponse()
        while line := response.readline():
            if line.startswith(b"data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                first = first or time.perf_counter() - started
        return first


class Official:
    def __init__(self, url: str) -> None:
        import openai  # late: half a second, and not everybody has it

        self._client = openai.AsyncOpenAI(api_key="k", base_url=url, max_retries=0)
        body = json.loads(write_request(_config(url), "m", REQUEST, stream=False))
        self._fields: dict[str, Any] = body

    async def call(self) -> None:
        assert (await self._client.chat.completions.create(**self._fields)).choices[0].message.content

    async def first_token(self, model: str = "short") -> float:
        started, first = time.perf_counter(), 0.0
        async for chunk in await self._client.chat.completions.create(**{**self._fields, "model": model}, stream=True):
            if not first and chunk.choices[0].delta.content:
                first = time.perf_counter() - started
        return first


def _config(url: str) -> ProviderConfig:
    return ProviderConfig("p", "chat_completions", url)


async def _for_each_call(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds of one call, by the clock."""
    started = time.perf_counter()
    for _ in range(CALLS):
        await work()
    return (time.perf_counter() - started) / CALLS


async def _cpu_for_each_call(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds of this process's CPU for one call: what waiting for the server costs is not in it."""
    started = time.process_time()
    for _ in range(CALLS):
        await work()
    return (time.process_time() - started) / CALLS


async def _first_tokens(work: Callable[[], Awaitable[float]]) -> float:
    """The median of the seconds until the first token."""
    return median([await work() for _ in range(CALLS)])


def own_work() -> None:
    """What we add to HTTP: writing the request and reading the answer, no connection involved."""
    asked, config = Asked("p", "m"), _config("http://127.0.0.1:1/v1")
    stream = b"".join(EVENTS)

    def read_stream() -> None:
        reading, events = StreamReading(asked), ServerSentEvents()
        for i in range(0, len(stream), len(EVENTS[1])):
            for data in events.feed(stream[i : i + len(EVENTS[1])]):
                reading.feed(data)
        reading.finish()

    rows = []
    for name, work, n, aim in (
        ("write the request", partial(write_request, config, "m", REQUEST, stream=False), 1, ""),
        ("read the answer", partial(read_body, asked, ANSWER), 1, "100 us with the request"),
        ("json.loads of the same", partial(json.loads, ANSWER), 1, ""),
        ("read one event of a stream", read_stream, N_CHUNKS, ""),
        ("json.loads of the same", lambda: [json.loads(it[6:]) for it in EVENTS[:-1]], N_CHUNKS, ""),
    ):
        times = []
        for _ in range(ROUNDS):
            started = time.process_time()
            for _ in range(CALLS):
                work()
            times.append((time.process_time() - started) / CALLS / n)
        rows.append([name, _us(median(times)), aim])
    table("CPU of our own, without the network", ["", "each", "aim"], rows)


def compare(runner: asyncio.Runner, url: str) -> None:
    peers: list[tuple[str, type[Client], dict[str, str]]] = [
        ("httpx2, bare", BareHttpx, {"call": "1.1", "CPU": "1.2", "first token": "1.2"}),
        ("http.client, bare", BareHttpClient, {}),
    ]
    if find_spec("openai"):
        peers.append(("openai", Official, {"call": "0.5", "CPU": "0.5", "first token": "0.7"}))

    async def made(cls: Callable[[str], Client]) -> Client:
        return cls(url)

    ours = runner.run(made(Ours))
    for title, key, measured in (
        ("One call, by the clock", "call", lambda it: _for_each_call(it.call)),
        ("One call, CPU of the client", "CPU", lambda it: _cpu_for_each_call(it.call)),
        ("Time to the first token", "first token", lambda it: _first_tokens(it.first_token)),
        (
            f"A stream of {N_CHUNKS} tokens, CPU of the client",
            "stream",
            lambda it: _cpu_for_each_call(partial(it.first_token, "long")),
        ),
    ):
        rows = []
        for name, cls, aims in peers:
            peer = runner.run(made(cls))

            def seconds(client: Client, measured: Callable[[Client], Any] = measured) -> float:
                return float(runner.run(measured(client)))

            pairs = in_turn(
                partial(seconds, ours), partial(seconds, peer), max(3, ROUNDS // (5 if key == "stream" else 1))
            )
            cells = [_us(median(pairs.ours)), _us(median(pairs.peer)), f"{pairs.ratio:.2f}", pairs.spread]
            rows.append([f"beside {name}", *cells, aims.get(key, "")])
        table(f"{title}, {ROUNDS} rounds", ["", "ours", "peer", "ratio", "range", "aim"], rows)


def _us(seconds: float) -> str:
    return f"{seconds * 1_000_000:.1f} us"


def main() -> None:
    own_work()
    command = [sys.executable, str(Path(__file__).with_name("model_server.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            with asyncio.Runner() as runner:
                compare(runner, f"http://127.0.0.1:{int(server.stdout.readline())}/v1")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
