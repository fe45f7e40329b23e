"""A model that answers at once, in the chat-completions format: prints its port, serves until it is killed.

The model `short` streams three tokens, any other one `N_CHUNKS`. It does as little as can be, so that what is measured
is the client's."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

N_CHUNKS = 200  # of one stream
TEXT = "It is 42."
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}


def _answer(kind: str, **choice: Any) -> bytes:
    head = {"id": "chatcmpl-1", "object": kind, "created": 1_790_000_000, "model": "m", "usage": USAGE}
    return json.dumps({**head, "choices": [{"index": 0, **choice}]}).encode()


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return b"data: " + _answer("chat.completion.chunk", delta=delta, finish_reason=finish) + b"\n\n"


ANSWER = _answer("chat.completion", message={"role": "assistant", "content": TEXT}, finish_reason="stop")
EVENTS = [
    _event({"role": "assistant", "content": ""}),
    *[_event({"content": "word "})] * N_CHUNKS,
    _event({}, "stop"),
    b"data: [DONE]\n\n",
]

_WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_CHUNKS = [b"%x\r\n%b\r\n" % (len(it), it) for it in EVENTS]


class Answering(asyncio.Protocol):
    """Answers a request as soon as its body is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not length or len(body) < int(length):
            return
        self._received = b""
        if b'"stream":true' in body or b'"stream": true' in body:
            # The first token leaves before the rest is even begun, as it would with a model.
            self._transport.write(_STREAM_HEAD + _CHUNKS[0] + _CHUNKS[1])
            for chunk in _CHUNKS[-4:] if b'"short"' in body else _CHUNKS[2:]:
                self._transport.write(chunk)
            self._transport.write(b"0\r\n\r\n")
        else:
            self._transport.write(_WHOLE)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1])
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
