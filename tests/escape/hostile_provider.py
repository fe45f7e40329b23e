"""A provider on 127.0.0.1 that fails in every way, and each time says back whatever secret it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# How it answers, by the name of the model. `slow` says nothing until the client leaves; beside these there is
# `wants-a-file`, which calls a tool.
MODES = (
    "ok",
    "refuses",
    "masks",
    "breaks",
    "malformed",
    "misshapen",
    "redirects",
    "names-the-request",
    "stream-error",
    "stream-garbage",
    "drops",
    "slow",
    "asks-to-wait",
)


class HostileProvider:
    """Keeps the values of all headers that it was sent, by model."""

    def __init__(self) -> None:
        self.sent: dict[str, set[str]] = {}
        self.bodies: list[Any] = []
        self.done = threading.Event()
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self.done.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def seen(self) -> str:
        """Everything in headers that it was ever sent."""
        return "\n".join(sorted(it for values in self.sent.values() for it in values))


class _Handler(BaseHTTPRequestHandler):
    provider: HostileProvider
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        model = str(body.get("model", ""))
        self.provider.bodies.append(body)
        said = [value for _, value in self.headers.items()]
        self.provider.sent.setdefault(model, set()).update(said)
        secrets = [it.removeprefix("Bearer ") for it in said if "canary" in it]
        mode = model.rpartition("/")[2]
        if mode == "wants-a-file" and any(it.get("role") == "tool" for it in body.get("messages", ())):
            mode = "ok"  # it has what it wanted
        self._answer(mode, " ".join(secrets), bool(body.get("stream")))

    def _answer(self, mode: str, secret: str, is_stream: bool) -> None:
        told = {"message": f"the key {secret} is wrong", "type": secret, "code": secret, "param": secret}
        error = {"error": told, "request_id": secret, "id": secret}
        match mode:
            case "ok" if is_stream:
                piece = {"choices": [{"delta": {"content": "fine"}, "finish_reason": "stop", "index": 0}]}
                self._send(200, f"data: {json.dumps(piece)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream")
            case "ok":
                message = {"role": "assistant", "content": "fine"}
                self._json(200, {"choices": [{"message": message, "finish_reason": "stop", "index": 0}]})
            case "wants-a-file":
                asked = json.dumps({"operation": "read", "path": "notes.txt"})
                call = {"id": "1", "type": "function", "function": {"name": "file-operations", "arguments": asked}}
                message = {"role": "assistant", "content": None, "tool_calls": [call]}
                self._json(200, {"choices": [{"message": message, "finish_reason": "tool_calls", "index": 0}]})
            case "refuses":
                self._json(401, error)
            case "masks":
                masked = secret[:12] + "*" * 20 + secret[-4:]
                self._json(401, {"error": {"message": f"incorrect API key provided: {masked}"}})
            case "breaks":
                self._send(500, f"Traceback\n{secret}\n{self.headers}".encode(), "text/plain")
            case "malformed":
                self._send(200, f'{{"choices": {secret}'.encode(), "application/json")
            case "misshapen":
                self._json(200, {"choices": secret, secret: secret})
            case "redirects":
                self._send(307, b"", location=f"{self.provider.url}/{secret}/chat/completions?key={secret}#{secret}")
            case "names-the-request":
                self._json(429, error, **{"x-request-id": secret, "retry-after": secret, "request-id": secret})
            case "stream-error":
                self._send(200, f"data: {json.dumps(error)}\n\n".encode(), "text/event-stream")
            case "stream-garbage":
                self._send(200, f"event: {secret}\ndata: {secret}\n\n".encode(), "text/event-stream")
            case "drops":
                self.close_connection = True
                self.send_response(200, secret)
                self.send_header("content-type", secret)
                self.send_header("content-length", "1000")
                self.end_headers()
                self.wfile.write(secret.encode())
            case "asks-to-wait":
                self._json(429, error, **{"retry-after": "3600"})
            case _:
                self.provider.done.wait(30)
                self.close_connection = True

    def _json(self, status: int, body: Any, **headers: str) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", **headers)

    def _send(self, status: int, body: bytes, content_type: str = "text/plain", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": content_type, "content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def hostile_provider() -> Iterator[HostileProvider]:
    """One that runs inside of this."""
    provider = HostileProvider()
    try:
        yield provider
    finally:
        provider.close()
