"""The thin client and OpenAI's own read the same bytes as the same answer: hundreds of them, whole and cut up.

Where the official client fails, ours raises a `ProviderError`. Where they differ on purpose stands in a table below,
with what each of them makes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import openai
import pytest
from model_conversations import run, says
from varied_answers import Varied, streamed_answer, whole_answer

from llmspell.errors import MalformedAnswer, ProviderError
from llmspell.models.http_client import HttpClients
from llmspell.models.openai_model import OpenAIModel
from llmspell.models.protocol import Completed, ModelResponse, ReasoningDelta, TextDelta
from llmspell.models.provider_config import ProviderConfig

N_ANSWERS = 120  # in each of three ways
PIECE_BYTES = 7


@dataclass(frozen=True)
class Reading:
    """What a client has made of an answer; `calls` are names and arguments, parsed where they are JSON."""

    text: str
    calls: tuple[tuple[str, Any], ...] = ()
    usage: tuple[int, int, int] = (0, 0, 0)
    finish: str | None = None


@asynccontextmanager
async def serving(answers: Sequence[Varied]) -> AsyncIterator[str]:
    """A server that answers a request below `/{i}/` with the i-th of them; below `/{i}/cut/` in short pieces."""
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(task := asyncio.current_task())  # type: ignore[arg-type]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().lower().split("\r\n")
                n_bytes = next(int(it.partition(":")[2]) for it in lines if it.startswith("content-length:"))
                await reader.readexactly(n_bytes)
                _, i, *rest = lines[0].split()[1].split("/")
                writer.write(_wire(answers[int(i)], cut=rest[0] == "cut"))
                await writer.drain()
                if answers[int(i)].then == "drop":
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            connections.discard(task)  # type: ignore[arg-type]
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for it in connections:
            it.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def _wire(answer: Varied, *, cut: bool) -> bytes:
    head = f"HTTP/1.1 {answer.status} Said\r\nContent-Type: {answer.content_type}\r\n"
    if not cut and answer.then == "end":
        return f"{head}Content-Length: {len(answer.body)}\r\n\r\n".encode() + answer.body
    size = PIECE_BYTES if cut else len(answer.body)
    pieces = [answer.body[i : i + size] for i in range(0, len(answer.body), size)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(it), it) for it in pieces)
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + body + (b"0\r\n\r\n" if answer.then == "end" else b"")


class Clients:
    """Both clients on one server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = HttpClients()
        self._official = openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0)

    async def __aenter__(self) -> Clients:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()
        await self._official.close()

    async def ours(self, path: str, *, stream: bool) -> ModelResponse:
        model = OpenAIModel(ProviderConfig("p", "chat_completions", self._url + path), "m", http=self._http)
        if not stream:
            return await model.request(says("hi"))
        events = [it async for it in model.stream(says("hi"))]
        last = events[-1]
        assert isinstance(last, Completed)
        assert "".join(it.text for it in events if isinstance(it, TextDelta)) == last.response.message.text
        assert "".join(it.text for it in events if isinstance(it, ReasoningDelta)) == last.response.message.reasoning
        return last.response

    async def official(self, path: str, *, stream: bool) -> Any:
        from openai.lib.streaming.chat import ChatCompletionStreamState

        client = self._official.with_options(base_url=self._url + path)
        messages = [{"role": "user", "content": "hi"}]
        if not stream:
            return await client.chat.completions.create(model="m", messages=messages)
        state: Any = ChatCompletionStreamState()
        async for chunk in await client.chat.completions.create(model="m", messages=messages, stream=True):
            if chunk.object == "chat.completion.chunk":  # as `chat.completions.stream` does
                state.handle_chunk(chunk)
        return state.current_completion_snapshot


def read_ours(response: ModelResponse) -> Reading:
    message, usage = response.message, response.usage
    calls = tuple((it.name, _arguments(it.raw) if it.raw else dict(it.arguments)) for it in message.tool_calls)
    counted = (usage.input_tokens, usage.output_tokens, usage.cached_tokens)
    return Reading(message.text, calls, counted, response.finish_reason)


def read_official(completion: Any) -> Reading:
    """What a program would read; raises as it would where the client has let something through."""
    choice = completion.choices[0]
    message = choice.message
    functions = [it.function for it in message.tool_calls or ()]
    if not functions and message.tool_calls is None and message.function_call:
        functions = [message.function_call]
    calls = tuple((it.name, _arguments(it.arguments)) for it in functions)
    counted = (0, 0, 0)
    if completion.usage:
        details = completion.usage.prompt_tokens_details
        cached = (details.cached_tokens if details else None) or 0
        counted = (completion.usage.prompt_tokens, completion.usage.completion_tokens, cached)
    finish = choice.finish_reason
    if finish == "function_call":
        finish = "tool_calls"
    if finish is None:  # we say what follows from the answer
        finish = "tool_calls" if calls else "stop"
    return Reading(message.content or "", calls, counted, finish)


def _arguments(text: Any) -> Any:
    """Arguments as a program would use them; nothing and null are no arguments."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text) or {} if text else {}
    except ValueError:
        return text


async def both(clients: Clients, path: str, *, stream: bool) -> tuple[Any, Any]:
    """How each of them reads it; an exception where it fails."""
    try:
        official: Any = read_official(await clients.official(path, stream=stream))
    except Exception as error:  # whatever it is, a program would have no answer
        official = error
    try:
        ours: Any = read_ours(await clients.ours(path, stream=stream))
    except ProviderError as error:
        ours = error
    return official, ours


async def compared(answers: Sequence[Varied], *, stream: bool, cut: bool) -> tuple[int, int]:
    """Compare all; how many both have read, and how many neither."""
    n_read = n_failed = 0
    async with serving(answers) as url, Clients(url) as clients:
        for i, answer in enumerate(answers):
            official, ours = await both(clients, f"/{i}/cut" if cut else f"/{i}", stream=stream)
            context = f"seed {answer.seed}: {answer.body.decode()}"
            if isinstance(official, Exception):
                assert isinstance(ours, ProviderError), f"{context}\nthe official client: {official!r}\nours: {ours}"
                n_failed += 1
            else:
                assert ours == official, context
                n_read += 1
    return n_read, n_failed


def test_whole_answers_are_read_alike() -> None:
    n_read, n_failed = run(compared([whole_answer(it) for it in range(N_ANSWERS)], stream=False, cut=False))
    assert n_read > N_ANSWERS / 2 and n_failed > N_ANSWERS / 20


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "in pieces of seven bytes"])
def test_streamed_answers_are_read_alike(cut: bool) -> None:
    n_read, n_failed = run(compared([streamed_answer(it) for it in range(N_ANSWERS)], stream=True, cut=cut))
    assert n_read > N_ANSWERS / 2 and n_failed > N_ANSWERS / 20


def choice(message: dict[str, Any] | None = None, finish: str | None = "stop", **fields: Any) -> dict[str, Any]:
    return {"index": 0, "message": message or {"content": "a"}, "finish_reason": finish, **fields}


def called(function: Any, **fields: Any) -> dict[str, Any]:
    return choice({"content": None, "tool_calls": [{"id": "c", "type": "function", "function": function, **fields}]})


USAGE = {"prompt_tokens": 20, "completion_tokens": 198, "total_tokens": 623}

# What is said, what the official client makes of it, and what we do. MalformedAnswer and ProviderError are raised.
WHOLE_DIFFERENCES: list[tuple[str, Any, Any, Any]] = [
    (
        "a content of parts is their text",
        {"choices": [choice({"content": [{"type": "text", "text": "a"}]})]},
        Reading([{"type": "text", "text": "a"}], finish="stop"),  # type: ignore[arg-type]
        Reading("a", finish="stop"),
    ),
    (
        "a refusal is the text of an answer that has no other",
        {"choices": [choice({"content": None, "refusal": "no"})]},
        Reading("", finish="stop"),
        Reading("no", finish="stop"),
    ),
    (
        "the first choice is the one that says it is",
        {"choices": [choice({"content": "b"}, index=1), choice()]},
        Reading("b", finish="stop"),
        Reading("a", finish="stop"),
    ),
    (
        "output tokens include thoughts that only the total includes",
        {"choices": [choice()], "usage": USAGE},
        Reading("a", usage=(20, 198, 0), finish="stop"),
        Reading("a", usage=(20, 603, 0), finish="stop"),
    ),
    (
        "a reason to end that is not in the format is another one",
        {"choices": [choice(finish="weary")]},
        Reading("a", finish="weary"),
        Reading("a", finish="other"),
    ),
    (
        "a content that is neither is malformed",
        {"choices": [choice({"content": 3})]},
        Reading(3, finish="stop"),  # type: ignore[arg-type]
        MalformedAnswer,
    ),
    (
        "a call without a name is malformed",
        {"choices": [called({"arguments": "{}"})]},
        Reading("", ((None, {}),), finish="stop"),  # type: ignore[arg-type]
        MalformedAnswer,
    ),
    (
        "an error beside an answer is an error",
        {"choices": [choice()], "error": {"message": "no"}},
        Reading("a", finish="stop"),
        ProviderError,
    ),
    (
        "an error of a choice is an error",
        {"choices": [choice(error={"message": "no"})]},
        Reading("a", finish="stop"),
        ProviderError,
    ),
    (
        "an answer that ended with an error is one",
        {"choices": [choice(finish="error")]},
        Reading("a", finish="error"),
        ProviderError,
    ),
]


def chunk(delta: dict[str, Any], finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"object": "chat.completion.chunk", "choices": choices, **fields}


def piece(arguments: str, name: str | None = None, **fields: Any) -> dict[str, Any]:
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {"tool_calls": [{"type": "function", "function": function, **fields}]}


FAILS = Exception
F_CALLED = Reading("", (("f", {}),), finish="tool_calls")
STREAM_DIFFERENCES: list[tuple[str, list[Any], Any, Any]] = [
    (
        "a stream that ends before its answer is interrupted",
        [chunk({"content": "a"})],
        Reading("a", finish="stop"),
        ProviderError,
    ),
    (
        "chunks need not say that they are chunks",
        [{"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}]}],
        FAILS,
        Reading("a", finish="stop"),
    ),
    ("calls need no index", [chunk(piece("{", "f", id="c")), chunk(piece("}", id="c"), "tool_calls")], FAILS, F_CALLED),
    (
        "a name that is repeated is one name",
        [chunk(piece("{", "f", index=0)), chunk(piece("}", "f", index=0), "tool_calls")],
        Reading("", (("ff", {}),), finish="tool_calls"),
        F_CALLED,
    ),
    (
        "calls that share an index are told apart by their ids",
        [chunk(piece("{}", "f", index=0, id="a")), chunk(piece("{}", "g", index=0, id="b"), "tool_calls")],
        Reading("", (("fg", "{}{}"),), finish="tool_calls"),
        Reading("", (("f", {}), ("g", {})), finish="tool_calls"),
    ),
    (
        "usage that came is not taken back",
        [chunk({"content": "a"}, usage={**USAGE, "total_tokens": 218}), chunk({}, "stop")],
        Reading("a", finish="stop"),
        Reading("a", usage=(20, 198, 0), finish="stop"),
    ),
    (
        "halves of a character become one",
        [chunk({"content": "\ud83d"}), chunk({"content": "\ude00"}, "stop")],
        Reading("\ud83d\ude00", finish="stop"),
        Reading("\U0001f600", finish="stop"),
    ),
    (
        "an older call in a stream is a call",
        [
            chunk({"function_call": {"name": "f", "arguments": ""}}),
            chunk({"function_call": {"arguments": "{}"}}, "stop"),
        ],
        Reading("", (("f", {}),), finish="stop"),
        Reading("", (("f", {}),), finish="stop"),
    ),
]


def test_a_connection_that_breaks_after_the_answer_was_complete_costs_us_nothing_of_it() -> None:
    body = f"data: {json.dumps(chunk({'content': 'a'}, 'stop'))}\n\n".encode()
    dropped = Varied(0, body, "text/event-stream", then="drop")
    run(_check(dropped, openai.APIConnectionError, Reading("a", finish="stop"), stream=True))


def _table(differences: list[tuple[str, Any, Any, Any]]) -> Any:
    rows = [pytest.param(*rest, id=name) for name, *rest in differences]
    return pytest.mark.parametrize(("said", "official", "ours"), rows)


async def _check(answer: Varied, official: Any, ours: Any, *, stream: bool) -> None:
    async with serving([answer]) as url, Clients(url) as clients:
        for found, wanted in zip(await both(clients, "/0", stream=stream), (official, ours), strict=True):
            if isinstance(wanted, type):
                assert isinstance(found, wanted), found
            else:
                assert found == wanted


@_table(WHOLE_DIFFERENCES)
def test_a_whole_answer_is_read_differently_on_purpose(said: Any, official: Any, ours: Any) -> None:
    run(_check(Varied(0, json.dumps(said).encode()), official, ours, stream=False))


@_table(STREAM_DIFFERENCES)
def test_a_streamed_answer_is_read_differently_on_purpose(said: list[Any], official: Any, ours: Any) -> None:
    body = "".join(f"data: {json.dumps(it)}\n\n" for it in said).encode()
    run(_check(Varied(0, body, "text/event-stream"), official, ours, stream=True))
