"""A server that answers with given bytes and keeps what it was asked: what a provider might say, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal


@dataclass(frozen=True)
class Asked:
    """One request, as it came over the wire. Names of headers are in lower case."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        body: What is sent as JSON; bytes are sent as they are, and a list as pieces of a stream.
        then: end: the answer is whole · drop: the connection breaks · hang: nothing more comes until the client leaves.
    """

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    then: Literal["end", "drop", "hang"] = "end"


class WireServer:
    """Gives its answers in their order, the last one again and again.

    `asked` is what came; `came` is set with the first of it, `left` when a client leaves an answer that hangs."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self._connections: set[asyncio.Task[None]] = set()
        self.asked: list[Asked] = []
        self.came = asyncio.Event()
        self.left = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> WireServer:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._server.close()
        for it in self._connections:
            it.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _head(reader):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {
                    name.strip().lower(): value.strip() for name, _, value in (it.partition(":") for it in lines)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.asked.append(Asked(first.split()[1], headers, body))
                self.came.set()
                answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
                writer.write(_wire(answer))
                await writer.drain()
                if answer.then == "hang":
                    await reader.read(1)
                    self.left.set()
                if answer.then != "end":
                    return
        except ConnectionError:
            self.left.set()
        finally:
            writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def _wire(answer: Answer) -> bytes:
    is_stream = isinstance(answer.body, list)
    if isinstance(answer.body, bytes) and not answer.body and answer.then != "end":
        return b""
    headers = {"Content-Type": "text/event-stream" if is_stream else "application/json", **answer.headers}
    if is_stream:
        content = b"".join(b"%x\r\n%b\r\n" % (len(it), it) for it in answer.body)
        headers["Transfer-Encoding"] = "chunked"
        content += b"0\r\n\r\n" if answer.then == "end" else b""
    else:
        content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        headers["Content-Length"] = str(len(content) + (1 if answer.then != "end" else 0))
    lines = [f"HTTP/1.1 {answer.status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def sse(*events: dict[str, Any]) -> list[bytes]:
    """Events of a stream, each in a piece of its own; named by their `type` where they have one."""
    names = (f"event: {it['type']}\n" if "type" in it else "" for it in events)
    return [f"{name}data: {json.dumps(it)}\n\n".encode() for name, it in zip(names, events, strict=True)]


def claude(*blocks: dict[str, Any] | str, stop_reason: str | None = "end_turn", **fields: Any) -> dict[str, Any]:
    """An answer in Anthropic's format; a text is a block of text."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [{"type": "text", "text": it} if isinstance(it, str) else it for it in blocks],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
        **fields,
    }


def claude_stream(texts: Sequence[str], *, ends: bool = True) -> list[bytes]:
    """A text in Anthropic's format, in pieces; without `ends`, its end is missing."""
    start = {"type": "message_start", "message": claude(stop_reason=None)}
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    deltas = [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": it}} for it in texts]
    end: list[dict[str, Any]] = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    return sse(start, block, *deltas, *(end if ends else []))


def gemini(*parts: dict[str, Any] | str, finish: str | None = "STOP", **fields: Any) -> dict[str, Any]:
    """An answer in Gemini's format; a text is a part of text."""
    content = {"role": "model", "parts": [{"text": it} if isinstance(it, str) else it for it in parts]}
    return {
        "candidates": [{"content": content, "index": 0, **({"finishReason": finish} if finish else {})}],
        "modelVersion": "gemini-2.5-flash",
        "responseId": "resp_1",
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15},
        **fields,
    }
